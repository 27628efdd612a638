package api_test

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/cpics/working-together-api/api/apitest"
	"github.com/cpics/working-together-api/docs"
	"github.com/cpics/working-together-api/internal/database/dbtest"
)

// headers are request headers by name; TAG and WHEN in their values stand for the tag and date of what is there.
type headers map[string]string

func (h headers) of(seen *apitest.Answer) []apitest.Header {
	var list []apitest.Header
	for name, value := range h {
		at, _ := http.ParseTime(seen.Header.Get("Last-Modified"))
		value = strings.NewReplacer("TAG", seen.Tag(), "WHEN-1", at.Add(-time.Second).Format(http.TimeFormat),
			"WHEN+1", at.Add(time.Second).Format(http.TimeFormat), "WHEN850", at.Format(time.RFC850), "WHEN", at.Format(http.TimeFormat)).Replace(value)
		list = append(list, apitest.Header{name, value})
	}
	return list
}

// preconditions is the truth table of RFC 9110 §13.2.2 for reading.
var preconditions = []struct {
	sent   headers
	status int
}{
	{headers{"If-None-Match": `TAG`}, 304},
	{headers{"If-None-Match": `W/TAG`}, 304},
	{headers{"If-None-Match": `"a,b" , W/"c",TAG`}, 304},
	{headers{"If-None-Match": `*`}, 304},
	{headers{"If-None-Match": `"other"`}, 200},
	{headers{"If-None-Match": `v1`}, 200},
	{headers{"If-None-Match": ``}, 200},
	{headers{"If-Modified-Since": `WHEN`}, 304},
	{headers{"If-Modified-Since": `WHEN+1`}, 304},
	{headers{"If-Modified-Since": `WHEN850`}, 304},
	{headers{"If-Modified-Since": `WHEN-1`}, 200},
	{headers{"If-Modified-Since": `yesterday`}, 200},
	{headers{"If-None-Match": `"other"`, "If-Modified-Since": `WHEN`}, 200},
	{headers{"If-None-Match": `TAG`, "If-Modified-Since": `WHEN-1`}, 304},
	{headers{"If-Match": `TAG`}, 200},
	{headers{"If-Match": `*`}, 200},
	{headers{"If-Match": `"other", TAG`}, 200},
	{headers{"If-Match": `W/TAG`}, 412},
	{headers{"If-Match": `"other"`}, 412},
	{headers{"If-Match": `TAG`, "If-None-Match": `TAG`}, 304},
	{headers{"If-Match": `"other"`, "If-None-Match": `TAG`}, 412},
	{headers{"If-Unmodified-Since": `WHEN`}, 200},
	{headers{"If-Unmodified-Since": `WHEN-1`}, 412},
	{headers{"If-Unmodified-Since": `WHEN-1`, "If-None-Match": `TAG`}, 412},
	{headers{"If-Unmodified-Since": `WHEN-1`, "If-Match": `TAG`}, 200},
	{headers{"If-Unmodified-Since": `soon`}, 200},
	// What Node's fetch adds to a conditional request. It speaks to caches, not to the origin.
	{headers{"If-None-Match": `TAG`, "Cache-Control": "no-cache", "Pragma": "no-cache"}, 304},
	{headers{"If-None-Match": `TAG`, "Cache-Control": "max-age=0"}, 304},
	{headers{"If-None-Match": `TAG`, "Cache-Control": "no-store"}, 304},
}

// A date is no proof where two states had it: only the tag tells them apart then (RFC 9110 §8.8.2.2).
func TestTwoChangesInOneSecondAreToldApart(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		at := time.Now().UTC().Truncate(time.Second)
		s.DB.SetClock(func() time.Time { return at })
		page := "/v1/pages/" + published(s, "/v1/pages", text("One")).String("id")
		topic := "/v1/topics/" + s.Editor().Post("/v1/topics", doc{"name": "One"}).Must(201).String("id")
		addresses := []string{page, page + "?format=jsonld", "/v1/oembed?url=" + url.QueryEscape(apitest.BaseURL+page), topic, topic + "?format=html"}
		since := func(address string) []apitest.Header {
			return []apitest.Header{{"If-Modified-Since", s.Anonymous().Get(address).Must(200).Header.Get("Last-Modified")}}
		}
		had := map[string][]apitest.Header{}
		for _, address := range addresses {
			had[address] = since(address)
			s.Anonymous().Get(address, had[address]...).Must(304)
		}
		change := func(title string) {
			s.Publisher().Patch(page+"?publish=true&changeNote=Again", doc{"title": title}, apitest.IfMatch("*")).Must(200)
			s.Editor().Patch(topic, doc{"name": title}, apitest.IfMatch("*")).Must(200)
		}
		change("Two")
		for _, address := range addresses {
			if now := since(address); !slices.Equal(now, had[address]) {
				t.Errorf("%s: %v and %v in one second", address, had[address], now)
			}
			s.Anonymous().Get(address, had[address]...).Must(200)
		}
		at = at.Add(time.Second)
		change("Three")
		for _, address := range addresses {
			s.Anonymous().Get(address, had[address]...).Must(200)
			s.Anonymous().Get(address, since(address)...).Must(304)
		}
	})
}

// TestAFeedOfTwoChangesInOneSecondIsToldApart: a recall in the second of the publication must show.
func TestAFeedOfTwoChangesInOneSecondIsToldApart(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		at := time.Now().UTC().Truncate(time.Second)
		s.DB.SetClock(func() time.Time { return at })
		principle := published(s, "/v1/principles", text("P")).String("id")
		at = at.Add(time.Second)
		study := "/v1/case-studies/" + published(s, "/v1/case-studies", story("One", principle)).String("id")
		had := map[string]apitest.Header{}
		for _, feed := range []string{"/v1/feeds/all.rss", "/v1/feeds/case-studies.atom?content=full", "/v1/feeds/all.json"} {
			had[feed] = apitest.Header{"If-Modified-Since", s.Anonymous().Get(feed).Must(200).Header.Get("Last-Modified")}
			s.Anonymous().Get(feed, had[feed]).Must(304)
		}
		s.Publisher().Post(study+"/unpublish", doc{"type": "recall", "explanation": "Told in error."}, apitest.IfMatch("*")).Must(200)
		for feed, date := range had {
			if now := s.Anonymous().Get(feed, date).Must(200).Header.Get("Last-Modified"); now != date[1] {
				t.Errorf("%s: %s and %s in one second", feed, date[1], now)
			}
		}
	})
}

func TestPreconditionsOfReading(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		published(s, "/v1/pages", text("One"))
		for _, method := range []string{"GET", "HEAD"} {
			seen := s.Anonymous().Do(method, "/v1/pages/one", nil).Must(200)
			for _, row := range preconditions {
				a := s.Anonymous().Do(method, "/v1/pages/one", nil, row.sent.of(seen)...)
				if a.StatusCode != row.status {
					t.Errorf("%s with %v: %d, want %d", method, row.sent, a.StatusCode, row.status)
				}
				wantFields(t, a, seen, row.status)
			}
		}
	})
}

// wantFields compares the header fields of an answer with those of a 200.
func wantFields(t *testing.T, a, seen *apitest.Answer, status int) {
	t.Helper()
	for _, name := range []string{"ETag", "Last-Modified", "Cache-Control", "Vary", "Link", "Access-Control-Allow-Origin"} {
		want := seen.Header.Values(name)
		if status == 412 && name != "Vary" && name != "Access-Control-Allow-Origin" {
			want = nil
			if name == "Cache-Control" {
				want = []string{"no-store"}
			}
		}
		if got := a.Header.Values(name); !slices.Equal(got, want) {
			t.Errorf("%d: %s is %q, want %q", status, name, got, want)
		}
	}
	if status == 304 && (len(a.Raw) > 0 || a.Header.Get("Content-Type") != "" || a.Header.Get("Content-Length") != "") {
		t.Errorf("a 304 has content: %v %s", a.Header, a.Raw)
	}
}

// TestListsAreRevalidated is about answers without a date.
func TestListsAreRevalidated(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		for _, title := range []string{"One", "Two", "Three"} {
			published(s, "/v1/principles", text(title))
		}
		page := s.Anonymous().Get("/v1/principles?limit=1").Must(200).String("next")
		for _, address := range []string{page, "/v1/overview", "/v1/principles", "/v1/topics", "/", "/v1/openapi.json"} {
			seen := s.Anonymous().Get(address).Must(200)
			if seen.Header.Get("Last-Modified") != "" {
				t.Errorf("%s has a date", address)
			}
			wantFields(t, s.Anonymous().Get(address, apitest.Header{"If-None-Match", seen.Tag()}).Must(304), seen, 304)
			s.Anonymous().Get(address, apitest.Header{"If-Modified-Since", time.Now().Format(http.TimeFormat)}).Must(200)
		}
		before := s.Anonymous().Get("/v1/principles").Must(200).Tag()
		publish(s, "/v1/principles/one", "Nothing to publish.").Must(409)
		if s.Anonymous().Get("/v1/principles").Tag() != before {
			t.Error("a refused change changes the tag")
		}
		published(s, "/v1/principles", text("Four"))
		s.Anonymous().Get("/v1/principles", apitest.Header{"If-None-Match", before}).Must(200)
	})
}

// TestTagsAreTheSameEverywhere restarts the service and starts another beside it. TestEnginesAnswerAlike compares the
// engines.
func TestTagsAreTheSameEverywhere(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		relive(t, s, false)
		restarted, replica := apitest.New(t, s.DB), apitest.New(t, dbtest.Replica(t, s.DB))
		for _, address := range []string{"/v1/overview", "/v1/case-studies?facets=topic", "/v1/case-studies/one", "/v1/topics", "/v1/topics/energie", "/v1/openapi.json"} {
			for _, coding := range []string{"identity", "gzip", "br"} {
				accept := apitest.Header{"Accept-Encoding", coding}
				want := s.Anonymous().Get(address, accept).Must(200).Tag()
				for name, other := range map[string]*apitest.Service{"restarted": restarted, "replica": replica} {
					if got := other.Anonymous().Get(address, accept).Must(200).Tag(); got != want {
						t.Errorf("%s, %s, %s: %s, want %s", name, address, coding, got, want)
					}
				}
			}
		}
	})
}

func TestLastModifiedMovesWithWhatIsSeen(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		at := dawn
		steps := []struct {
			what  string
			do    func()
			moves bool
		}{
			{"a draft", func() { s.Editor().Patch("/v1/case-studies/one", doc{"summary": "New."}, anyVersion).Must(200) }, false},
			{"a minor edition", func() {
				s.Publisher().Post("/v1/case-studies/one/publish", doc{"updateType": "minor"}, anyVersion).Must(200)
			}, true},
			{"a linked title", func() {
				s.Publisher().Patch("/v1/principles/p?publish=true&updateType=minor", doc{"title": "Q"}, anyVersion).Must(200)
			}, true},
			{"a linked summary", func() {
				s.Publisher().Patch("/v1/principles/p?publish=true&updateType=minor", doc{"summary": "Q"}, anyVersion).Must(200)
			}, false},
			{"a linked name", func() { s.Editor().Patch("/v1/topics/t", doc{"name": "U"}, anyVersion).Must(200) }, true},
			{"a link that is hidden", func() { unpublish(s, "/v1/principles/p", "withdrawal").Must(200) }, true},
			{"the number of another principle", func() { published(s, "/v1/principles", text("Other")) }, false},
			{"withdrawal", func() { unpublish(s, "/v1/case-studies/one", "withdrawal").Must(200) }, true},
			{"return", func() { s.Publisher().Post("/v1/case-studies/one/publish", nil, anyVersion).Must(200) }, true},
		}
		setClock(s, at)
		published(s, "/v1/principles", text("P"))
		refer(s, "/v1/topics", topic("T"))
		published(s, "/v1/case-studies", story("One", "p", "topics", []string{"t"}))
		for _, step := range steps {
			before := s.Anonymous().Get("/v1/case-studies/one").Must(200)
			setClock(s, at.Add(time.Minute))
			step.do()
			after := s.Anonymous().Get("/v1/case-studies/one").Must(200)
			if step.moves {
				at = at.Add(time.Minute)
			}
			if got := after.Header.Get("Last-Modified"); got != at.Format(http.TimeFormat) || (after.Tag() != before.Tag()) != step.moves {
				t.Errorf("%s: Last-Modified %s, want %s; tags %s %s", step.what, got, at.Format(http.TimeFormat), before.Tag(), after.Tag())
			}
		}
	})
}

// TestIncludesHaveNoDate: what is included changes without the item.
func TestIncludesHaveNoDate(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		setClock(s, dawn)
		published(s, "/v1/principles", text("P"))
		since := apitest.Header{"If-Modified-Since", dawn.Add(time.Hour).Format(http.TimeFormat)}
		s.Anonymous().Get("/v1/principles/p", since).Must(304)
		published(s, "/v1/case-studies", story("One", "p"))
		if a := s.Anonymous().Get("/v1/principles/p?include=caseStudies", since).Must(200); a.Header.Get("Last-Modified") != "" || len(a.List("caseStudies")) != 1 {
			t.Errorf("%v %s", a.Header, a.Raw)
		}
	})
}

// reads are the addresses to try of every GET that the description knows, in the world of the history.
func reads(t *testing.T) map[string]*openapi3.Operation {
	t.Helper()
	description, err := openapi3.NewLoader().LoadFromData(docs.OpenAPIJSON(apitest.BaseURL))
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]*openapi3.Operation{}
	for path, item := range description.Paths.Map() {
		if item.Get != nil {
			for _, address := range addressesOf(t, path, []string{"alpha", "one", "poster", "toolkit", "referrals", "care-board", "nothing"}) {
				all[address] = item.Get
			}
		}
	}
	return all
}

func TestHeadSaysWhatGetSays(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		relive(t, s, true)
		addresses := append(slices.Sorted(maps.Keys(reads(t))), "/nothing", "/v1/pages?limit=0", "/v1/pages?limit=1", "/v1/case-studies/five?x=1")
		for _, c := range []apitest.Client{s.Anonymous(), s.Admin()} {
			for _, address := range addresses {
				for _, coding := range []string{"identity", "br"} {
					sent := []apitest.Header{{"X-Request-Id", "one"}, {"Accept-Encoding", coding}}
					get, head := c.Get(address, sent...), c.Do("HEAD", address, nil, sent...)
					get.Header.Del("Date")
					head.Header.Del("Date")
					if get.StatusCode != head.StatusCode || headerLines(get.Header) != headerLines(head.Header) || len(head.Raw) > 0 {
						t.Errorf("%s: GET %d\n%sHEAD %d\n%s", address, get.StatusCode, headerLines(get.Header), head.StatusCode, headerLines(head.Header))
					}
				}
			}
		}
	})
}
