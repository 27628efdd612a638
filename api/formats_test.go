package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/cpics/working-together-api/api"
	"github.com/cpics/working-together-api/api/apitest"
)

const (
	linkedData = "application/ld+json"
	fragment   = "text/html; charset=utf-8"
)

// formats are the values of the parameter, with the media type each has.
var formats = map[string]string{"jsonld": linkedData, "html": fragment}

// schemas are what schema.org calls the types.
var schemas = map[string]string{"principle": "CreativeWork", "case-study": "Article", "toolkit-asset": "DigitalDocument", "page": "WebPage",
	"organisation": "Organization", "topic": "DefinedTerm"}

// TestLinksLeadToEveryFormat: an item, a list's item and a draft name the addresses, and they answer.
func TestLinksLeadToEveryFormat(t *testing.T) {
	t.Parallel()
	eachKind(t, func(t *testing.T, s *apitest.Service, k contentKind) {
		live := published(s, k.path, k.complete(t, s))
		self := apitest.BaseURL + k.path + "/a-title"
		want := doc{"self": self, "web": "https://www.example.nhs.uk/working-together/" + k.name + "/a-title",
			"html": self + "?format=html", "jsonld": self + "?format=jsonld"}
		item := s.Anonymous().Get(k.path + "/a-title").Must(200)
		wantSame(t, "links of an item", item.At("links"), want)
		wantSame(t, "links of a draft", live.At("links"), want)
		list := s.Anonymous().Get(k.path + "?sort=-firstPublishedAt&limit=1").Must(200)
		wantSame(t, "links in a list", list.At("items", 0, "links"), want)
		for name, mediaType := range formats {
			a := s.Anonymous().Get(item.String("links", name)).Must(200)
			if got := a.Header.Get("Content-Type"); got != mediaType {
				t.Errorf("%s is %q", name, got)
			}
			if a.Tag() == "" || a.Tag() == item.Tag() || a.Header.Get("Last-Modified") != item.Header.Get("Last-Modified") ||
				a.Header.Get("Cache-Control") != item.Header.Get("Cache-Control") {
				t.Errorf("%s: %v", name, a.Header)
			}
		}
	})
}

// TestFormatsAreCachedLikeItems: conditional, compressed, by HEAD, by id, and never kept for those who show a token.
func TestFormatsAreCachedLikeItems(t *testing.T) {
	t.Parallel()
	eachKind(t, func(t *testing.T, s *apitest.Service, k contentKind) {
		id := published(s, k.path, k.complete(t, s).with("summary", strings.Repeat("Long. ", 80))).String("id")
		for name := range formats {
			address := k.path + "/" + id + "?format=" + name
			a := s.Anonymous().Get(address).Must(200)
			same := s.Anonymous().Get(address, apitest.Header{"If-None-Match", a.Tag()}).Must(304)
			if same.Header.Get("Content-Security-Policy") != a.Header.Get("Content-Security-Policy") || same.Tag() != a.Tag() {
				t.Errorf("%s: 304 with %v", name, same.Header)
			}
			s.Anonymous().Get(address, apitest.Header{"If-Modified-Since", a.Header.Get("Last-Modified")}).Must(304)
			head := s.Anonymous().Do("HEAD", address, nil).Must(200)
			if head.Header.Get("Content-Length") != fmt.Sprint(len(a.Raw)) || len(head.Raw) > 0 || head.Tag() != a.Tag() {
				t.Errorf("%s: HEAD %v", name, head.Header)
			}
			for _, coding := range []string{"br", "gzip"} {
				c := s.Anonymous().Get(address, apitest.Header{"Accept-Encoding", coding}).Must(200)
				if c.Header.Get("Content-Encoding") != coding || c.Tag() == a.Tag() || len(c.Raw) >= len(a.Raw) {
					t.Errorf("%s as %s: %v", name, coding, c.Header)
				}
			}
			if got := s.Reader().Get(address).Must(200).Header.Get("Cache-Control"); got != "private, no-store" {
				t.Errorf("%s with a token: %q", name, got)
			}
		}
	})
}

// TestFormatsRefuseWhatTheyDoNotUnderstand: only HTML, whose address people share, lets strange parameters pass.
func TestFormatsRefuseWhatTheyDoNotUnderstand(t *testing.T) {
	t.Parallel()
	eachKind(t, func(t *testing.T, s *apitest.Service, k contentKind) {
		published(s, k.path, k.complete(t, s))
		path := k.path + "/a-title"
		for _, r := range []refusal{
			{"format=xml", []string{"format range"}}, {"format=", []string{"format range"}}, {"format=HTML", []string{"format range"}},
			{"format=html&format=html", []string{"format repeated"}}, {"format=jsonld&utm_source=x", []string{"utm_source unknown"}},
			{"format=jsonld&include=caseStudies", []string{"include unknown"}}, {"format=html&seq=x", []string{"seq format"}},
			{"format=html&view=live", []string{"view range"}},
		} {
			refuses(t, s, path, r)
		}
		s.Anonymous().Get(path + "?format=html&utm_source=mail&fbclid=1&fbclid=2").Must(200)
		s.Anonymous().Get(path + "?format=html&seq=1").Must(200)
		s.Anonymous().Get(path+"?format=html&view=draft").Problem(401, "unauthenticated")
		wantEqual(t, s.Reader().Get(path+"?view=draft&format=html").Problem(400, "invalid-query").Faults(), []string{"format range"})
		s.Anonymous().Get(k.path+"?format=html").Problem(400, "invalid-query")
	})
}

// TestFormatsFollowTheEntry through its life.
func TestFormatsFollowTheEntry(t *testing.T) {
	t.Parallel()
	eachKind(t, func(t *testing.T, s *apitest.Service, k contentKind) {
		path := k.path + "/" + draft(s, k.path, k.complete(t, s)).String("id")
		each := func(check func(address, name string)) {
			for name := range formats {
				check(path+"?format="+name, name)
			}
		}
		each(func(address, _ string) { s.Anonymous().Get(address).Problem(404, "not-found") })
		publish(s, path, "").Must(200)
		s.Editor().Patch(path, doc{"title": "Covert", "slug": "covert"}, anyVersion).Must(200)
		each(func(address, name string) {
			if a := s.Anonymous().Get(address).Must(200); strings.Contains(strings.ToLower(string(a.Raw)), "covert") {
				t.Errorf("%s shows a draft", name)
			}
		})
		publish(s, path, "Moved.").Must(200)
		for name := range formats {
			moved := s.Anonymous().Get(k.path + "/a-title?format=" + name).Must(308)
			if got := moved.Header.Get("Location"); got != apitest.BaseURL+k.path+"/covert?format="+name {
				t.Errorf("moved to %s", got)
			}
		}
		s.Publisher().Post(path+"/unpublish", doc{"type": "withdrawal", "explanation": "No <longer> so.", "alternative": "/v1/pages/new"}, anyVersion).Must(200)
		notice := string(s.Anonymous().Get(path + "?format=html").Must(200).Raw)
		for _, want := range []string{"Withdrawn on", "No &lt;longer&gt; so.", `<a href="` + apitest.BaseURL + `/v1/pages/new?format=html">`} {
			if !strings.Contains(notice, want) {
				t.Errorf("no %q in %s", want, notice)
			}
		}
		data := s.Anonymous().Get(path + "?format=jsonld").Must(200)
		if data.String("creativeWorkStatus") != "Withdrawn" || data.String("expires") == "" {
			t.Errorf("withdrawn: %s", data.Raw)
		}
		unpublish(s, path, "gone").Must(200)
		each(func(address, _ string) { s.Anonymous().Get(address).Problem(410, "gone") })
		unpublish(s, path, "recall").Must(200)
		each(func(address, _ string) { s.Anonymous().Get(address).Problem(404, "not-found") })
	})
}

// TestLinkedDataSaysWhatItIs, whose it is, how it may be used and when it was last looked at.
func TestLinkedDataSaysWhatItIs(t *testing.T) {
	t.Parallel()
	eachKind(t, func(t *testing.T, s *apitest.Service, k contentKind) {
		id := published(s, k.path, k.complete(t, s).with("lastReviewedOn", "2024-01-02", "language", "cy")).String("id")
		item := s.Anonymous().Get(k.path + "/a-title").Must(200)
		data := s.Anonymous().Get(k.path + "/a-title?format=jsonld").Must(200)
		page := data.JSON()
		if k.name != "page" {
			page = page["mainEntityOfPage"].(map[string]any)
		}
		us := doc{"@type": "Organization", "@id": "https://www.example.nhs.uk/working-together/#publisher", "name": "Working Together",
			"url": "https://www.example.nhs.uk/working-together/"}
		for name, want := range map[string]any{"@context": "https://schema.org", "@type": schemas[k.name], "@id": apitest.BaseURL + k.path + "/" + id,
			"url": item.String("links", "web"), "name": "A title", "description": "A summary.", "inLanguage": "cy", "identifier": id,
			"datePublished": item.At("firstPublishedAt"), "dateModified": item.At("updatedAt"), "license": item.At("licence", "url"),
			"creditText": item.At("attribution", "text"), "usageInfo": item.At("attribution", "url"), "author": us, "publisher": us,
			"isPartOf": doc{"@type": "WebSite", "@id": "https://www.example.nhs.uk/working-together/#website", "name": "Working Together",
				"url": "https://www.example.nhs.uk/working-together/"}} {
			wantSame(t, name, data.At(name), want)
		}
		wantSame(t, "lastReviewed", page["lastReviewed"], "2024-01-02")
		if k.name == "case-study" {
			wantSame(t, "about", data.At("about"), []doc{{"@type": "CreativeWork", "@id": apitest.BaseURL + "/v1/principles/" + aPrinciple(t, s), "name": "Linked",
				"url": "https://www.example.nhs.uk/working-together/principle/linked", "position": 1}})
			wantSame(t, "articleBody", data.At("articleBody"), "Challenge\nOne.\nApproach\nTwo.\nOutcome\nThree.")
		}
	})
}

// hostile is text that would do harm as markup.
const hostile = `</script><script>alert(1)</script><img src=x onerror=alert(1)>" onmouseover="alert(1)`

// TestFormatsRunNothing, whatever was written.
func TestFormatsRunNothing(t *testing.T) {
	t.Parallel()
	eachKind(t, func(t *testing.T, s *apitest.Service, k contentKind) {
		evil := k.complete(t, s).with("title", hostile, "slug", "evil", "summary", hostile)
		for _, member := range []string{"body", "challenge", "approach", "outcome"} {
			if evil[member] != nil {
				evil[member] = "# A\n\n### A\n\n<script>alert(1)</script> [x](javascript:alert(1)) " + hostile + " [a](#a)\n\n<style>*{display:none}</style>"
			}
		}
		published(s, k.path, evil)
		a := s.Anonymous().Get(k.path + "/evil?format=html").Must(200)
		wantHarmless(t, a)
		data := s.Anonymous().Get(k.path + "/evil?format=jsonld").Must(200)
		if strings.ContainsAny(string(data.Raw), "<>&") {
			t.Errorf("it can end a script element: %s", data.Raw)
		}
		if !json.Valid(data.Raw) || data.String("name") != hostile {
			t.Errorf("name: %q", data.String("name"))
		}
	})
}

var policyOfFragments = regexp.MustCompile(`^default-src 'none'; img-src \*; .*\bsandbox\b`)

// wantHarmless looks at a fragment as a browser reads it: nothing that runs, styles, submits or frames, one outline, and
// no id twice.
func wantHarmless(t *testing.T, a *apitest.Answer) {
	t.Helper()
	if policy := a.Header.Get("Content-Security-Policy"); !policyOfFragments.MatchString(policy) || strings.Contains(policy, "allow-scripts") {
		t.Errorf("policy %q", policy)
	}
	allowed := strings.Fields("article h2 h3 h4 h5 h6 p div strong em a ul ol li footer time img figure figcaption code pre br hr blockquote del table thead tbody tr th td")
	attributes := strings.Fields("class lang dir role href rel datetime id title alt src width height start scope")
	level, ids := 1, map[string]bool{}
	z := html.NewTokenizer(strings.NewReader(string(a.Raw)))
	for z.Next() != html.ErrorToken {
		token := z.Token()
		if token.Type == html.TextToken || token.Type == html.EndTagToken {
			continue
		}
		if !slices.Contains(allowed, token.Data) {
			t.Errorf("<%s> in %s", token.Data, a.Raw)
		}
		for _, attr := range token.Attr {
			if !slices.Contains(attributes, attr.Key) || strings.HasPrefix(strings.ToLower(attr.Val), "javascript:") {
				t.Errorf("%s=%q in %s", attr.Key, attr.Val, a.Raw)
			}
			if attr.Key == "id" && ids[attr.Val] {
				t.Errorf("two have the id %s", attr.Val)
			}
			ids[attr.Val] = ids[attr.Val] || attr.Key == "id"
		}
		if len(token.Data) == 2 && token.Data[0] == 'h' && token.Data != "hr" {
			now := int(token.Data[1] - '0')
			if now > level+1 || now < 2 || now == 2 && level > 1 {
				t.Errorf("h%d after h%d in %s", now, level, a.Raw)
			}
			level = now
		}
	}
	if level == 1 {
		t.Errorf("no heading in %s", a.Raw)
	}
}

// TestReferenceDataInFormats: organisations and topics have them too.
func TestReferenceDataInFormats(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		refer(s, "/v1/organisations", organisation("City Hospital", "shortName", "CH", "odsCode", "RGT", "url", "https://www.example.nhs.uk/ch"))
		refer(s, "/v1/topics", topic("Referrals", "summary", "From one to another."))
		for path, want := range map[string]doc{
			"/v1/organisations/city-hospital": {"@type": "Organization", "name": "City Hospital", "alternateName": "CH", "sameAs": "https://www.example.nhs.uk/ch",
				"identifier": doc{"@type": "PropertyValue", "propertyID": "ODS code", "value": "RGT"}},
			"/v1/topics/referrals": {"@type": "DefinedTerm", "name": "Referrals", "description": "From one to another.", "termCode": "referrals"},
		} {
			item := s.Anonymous().Get(path).Must(200)
			data := s.Anonymous().Get(item.String("links", "jsonld")).Must(200)
			for name, value := range want {
				wantSame(t, path+" "+name, data.At(name), value)
			}
			wantSame(t, "license", data.At("mainEntityOfPage", "license"), "https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/")
			a := s.Anonymous().Get(item.String("links", "html") + "&utm_source=x").Must(200)
			wantHarmless(t, a)
			if !strings.Contains(string(a.Raw), "<h2>"+item.String("name")+"</h2>") || !strings.Contains(string(a.Raw), "Contains public sector information.") {
				t.Errorf("%s", a.Raw)
			}
			refuses(t, s, path, refusal{"format=jsonld&view=draft", []string{"view unknown"}})
		}
	})
}

// withoutWebsite is a service that knows of none.
func withoutWebsite(cfg *api.Config) {
	site := *cfg.Site
	site.WebTemplate = ""
	cfg.Site = &site
}

// TestWithoutAWebsiteTheHTMLIsThePage for readers.
func TestWithoutAWebsiteTheHTMLIsThePage(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, with *apitest.Service) {
		s := apitest.New(t, with.DB, withoutWebsite)
		published(s, "/v1/principles", text("One"))
		published(s, "/v1/pages", text("Two", "body", "[one](/v1/principles/one)"))
		a := s.Anonymous().Get("/v1/pages/two").Must(200)
		if a.String("links", "web") != a.String("links", "html") {
			t.Errorf("links: %v", a.At("links"))
		}
		if want := `href="` + apitest.BaseURL + `/v1/principles/one?format=html"`; !strings.Contains(a.String("body", "html"), want) {
			t.Errorf("no %s in %s", want, a.String("body", "html"))
		}
		if got := s.Anonymous().Get("/v1/pages/two?format=jsonld").Must(200).String("publisher", "url"); got != apitest.BaseURL+"/" {
			t.Errorf("publisher at %s", got)
		}
		if s.Anonymous().Get(a.String("links", "web")).StatusCode != http.StatusOK {
			t.Error("the page is not there")
		}
	})
}
