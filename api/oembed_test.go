package api_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/cpics/working-together-api/api/apitest"
)

// embed asks for what is to be embedded for an address.
func embed(s *apitest.Service, address string) *apitest.Answer {
	return s.Anonymous().Get("/v1/oembed?url=" + url.QueryEscape(address))
}

// TestEmbedsEveryType by all its addresses.
func TestEmbedsEveryType(t *testing.T) {
	t.Parallel()
	eachKind(t, func(t *testing.T, s *apitest.Service, k contentKind) {
		id := published(s, k.path, k.complete(t, s)).String("id")
		s.Publisher().Patch(k.path+"/"+id+"?publish=true&updateType=minor", doc{"slug": "moved"}, anyVersion).Must(200)
		item := s.Anonymous().Get(k.path + "/moved").Must(200)
		shown := s.Anonymous().Get(item.String("links", "html")).Must(200)
		web := "https://www.example.nhs.uk/working-together/" + k.name + "/"
		for _, address := range []string{item.String("links", "self"), item.String("links", "html"), item.String("links", "web"), web + "moved/?utm=1#x",
			apitest.BaseURL + k.path + "/" + id, apitest.BaseURL + k.path + "/a-title", web + "a-title"} {
			a := embed(s, address).Must(200)
			for name, want := range map[string]any{"version": "1.0", "type": "rich", "title": "A title", "html": string(shown.Raw), "cache_age": 300,
				"author_name": "Working Together", "author_url": "https://www.example.nhs.uk/working-together/",
				"provider_name": "Working Together", "provider_url": "https://www.example.nhs.uk/working-together/", "width": 600} {
				wantSame(t, address+": "+name, a.At(name), want)
			}
			if a.Int("height") < 100 || a.Tag() == "" || a.Header.Get("Last-Modified") == "" || !strings.HasPrefix(a.Header.Get("Cache-Control"), "public") {
				t.Errorf("%d pixels high, %v", a.Int("height"), a.Header)
			}
		}
		discovered := `<` + apitest.BaseURL + `/v1/oembed?url=` + url.QueryEscape(item.String("links", "self")) + `>; rel="alternate"; type="application/json+oembed"`
		if got := shown.Header.Get("Link"); !strings.Contains(got, discovered) {
			t.Errorf("no %s in %s", discovered, got)
		}
	})
}

// TestEmbedsReferenceData too: links belong to every item.
func TestEmbedsReferenceData(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		refer(s, "/v1/topics", topic("Referrals"))
		if a := embed(s, "https://www.example.nhs.uk/working-together/topic/referrals").Must(200); a.String("title") != "Referrals" {
			t.Errorf("%s", a.Raw)
		}
	})
}

// TestEmbedsOnlyWhatIsPublic: a draft, another site and nothing at all are answered alike.
func TestEmbedsOnlyWhatIsPublic(t *testing.T) {
	t.Parallel()
	eachKind(t, func(t *testing.T, s *apitest.Service, k contentKind) {
		made := draft(s, k.path, k.complete(t, s))
		nothing := embed(s, apitest.BaseURL+k.path+"/nothing").Problem(404, "not-found")
		for _, address := range []string{made.String("links", "self"), made.String("links", "web"), apitest.BaseURL + k.path + "/" + made.String("id"),
			"https://www.example.com/", "http://127.0.0.1:1/v1/pages/a-title", "file:///etc/passwd", "javascript:alert(1)", apitest.BaseURL, "/v1/pages/x", "%"} {
			a := embed(s, address).Problem(404, "not-found")
			if a.String("detail") != nothing.String("detail") {
				t.Errorf("%s: %s", address, a.String("detail"))
			}
		}
		path := k.path + "/" + made.String("id")
		publish(s, path, "").Must(200)
		unpublish(s, path, "withdrawal").Must(200)
		if a := embed(s, apitest.BaseURL+path).Must(200); !strings.Contains(a.String("html"), "Because of withdrawal.") {
			t.Errorf("no notice in %s", a.Raw)
		}
		unpublish(s, path, "gone").Must(200)
		if a := embed(s, apitest.BaseURL+path).Problem(410, "gone"); a.String("explanation") != "Because of gone." {
			t.Errorf("%s", a.Raw)
		}
		unpublish(s, path, "recall").Must(200)
		embed(s, apitest.BaseURL+path).Problem(404, "not-found")
	})
}

// TestEmbedObeysTheConsumer in what oEmbed lets it ask for.
func TestEmbedObeysTheConsumer(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		published(s, "/v1/pages", text("One", "body", strings.Repeat("Long words. ", 500)))
		address := "/v1/oembed?url=" + url.QueryEscape(apitest.BaseURL+"/v1/pages/one")
		wide, narrow := s.Anonymous().Get(address).Must(200), s.Anonymous().Get(address+"&maxwidth=300&format=json&dnt=1").Must(200)
		if narrow.Int("width") != 300 || narrow.Int("height") <= wide.Int("height") {
			t.Errorf("%d × %d, and %d × %d", wide.Int("width"), wide.Int("height"), narrow.Int("width"), narrow.Int("height"))
		}
		low := s.Anonymous().Get(address + "&maxwidth=500&maxheight=100").Must(200)
		wantSame(t, "box", []int{low.Int("width"), low.Int("height")}, []int{500, 100})
		s.Anonymous().Get(address+"&format=xml").Problem(501, "not-implemented")
		for _, r := range []refusal{
			{"", []string{"url required"}}, {"url=", []string{"url length"}}, {"url=a&url=b", []string{"url repeated"}},
			{"url=" + strings.Repeat("a", 2001), []string{"url length"}}, {"url=a&format=yaml&maxwidth=0&maxheight=x&dnt=maybe&theme=dark",
				[]string{"dnt range", "format range", "maxheight format", "maxwidth range", "theme unknown"}},
		} {
			refuses(t, s, "/v1/oembed", r)
		}
	})
}
