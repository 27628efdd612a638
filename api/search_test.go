package api_test

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/cpics/working-together-api/api/apitest"
)

// find searches as anybody, with further parameters.
func find(s *apitest.Service, q string, more ...string) *apitest.Answer {
	return s.Anonymous().Get("/v1/search?q=" + url.QueryEscape(q) + strings.Join(more, "")).Must(200)
}

// wantFound fails the test unless a search finds these slugs, in this order.
func wantFound(t *testing.T, s *apitest.Service, q string, want ...string) {
	t.Helper()
	a := find(s, q)
	if got := a.Column("slug"); !slices.Equal(got, want) || a.Int("total") != len(want) {
		t.Errorf("%q finds %q, %d in all; want %q", q, got, a.Int("total"), want)
	}
}

// The search follows an entry through its life, in step with what is public.
func TestSearchFollowsLife(t *testing.T) {
	t.Parallel()
	eachKind(t, func(t *testing.T, s *apitest.Service, k contentKind) {
		d := k.complete(t, s).with("title", "Quillfeather", "slug", "quill")
		path := k.path + "/" + draft(s, k.path, d).String("id")
		wantFound(t, s, "quillfeather")
		publish(s, path, "").Must(200)
		wantFound(t, s, "quillfeather", "quill")
		s.Editor().Patch(path, doc{"summary": "Now with oxlips."}, anyVersion).Must(200)
		wantFound(t, s, "oxlips")
		publish(s, path, "More.").Must(200)
		wantFound(t, s, "oxlips", "quill")
		s.Editor().Patch(path, doc{"title": "Renamed", "slug": "renamed"}, anyVersion).Must(200)
		publish(s, path, "Renamed.").Must(200)
		wantFound(t, s, "quillfeather")
		wantFound(t, s, "renamed", "renamed")
		withdrawn := k.path + "?status=withdrawn&q="
		unpublish(s, path, "withdrawal").Must(200)
		wantFound(t, s, "oxlips")
		wantEqual(t, s.Anonymous().Get(withdrawn+"oxlips").Must(200).Column("slug"), []string{"renamed"})
		wantEqual(t, s.Anonymous().Get(withdrawn+"oxl").Must(200).Column("slug"), []string{"renamed"})
		wantEqual(t, s.Anonymous().Get(k.path+"?q=oxlips").Must(200).Column("slug"), nil)
		publish(s, path, "").Must(200)
		wantFound(t, s, "oxlips", "renamed")
		wantEqual(t, s.Anonymous().Get(withdrawn+"oxlips").Must(200).Column("slug"), nil)
		unpublish(s, path, "gone").Must(200)
		wantFound(t, s, "oxlips")
	})
}

// Every text of every type is searched, and what is found says where it is.
func TestSearchFindsEveryText(t *testing.T) {
	t.Parallel()
	eachKind(t, func(t *testing.T, s *apitest.Service, k contentKind) {
		d := k.complete(t, s)
		looked := 0
		for _, member := range []string{"title", "summary", "body", "challenge", "approach", "outcome"} {
			if _, has := d[member]; !has {
				continue
			}
			word := "zz" + member
			made := published(s, k.path, d.with("title", "A title", member, "It says *"+word+"* & <b>more</b>."))
			a := find(s, word)
			if a.Int("total") != 1 || a.String("items", 0, "id") != made.String("id") || a.String("items", 0, "type") != k.name ||
				a.String("items", 0, "href") != apitest.BaseURL+k.path+"/"+made.String("slug") {
				t.Errorf("%s: %s", word, a.Raw)
			}
			if member != "title" && !strings.Contains(a.String("items", 0, "snippet"), "<mark>"+word+"</mark>") {
				t.Errorf("%s: %s", word, a.Raw)
			}
			looked++
		}
		if looked < 2 {
			t.Errorf("%s: only %d texts", k.name, looked)
		}
	})
}

// TestRecallEmptiesTheSearch: the words of what is recalled find nothing at once, and are proposed to nobody.
func TestRecallEmptiesTheSearch(t *testing.T) {
	t.Parallel()
	eachKind(t, func(t *testing.T, s *apitest.Service, k contentKind) {
		d := k.complete(t, s).with("title", "Zwetschgenbaum", "summary", "Mirabellenkuchen.")
		made := published(s, k.path, d)
		wantFound(t, s, "zwetschgenbaum", made.String("slug"))
		for _, typo := range []string{"zwetschenbaum", "mirabelenkuchen", "xwetschgenbaum"} {
			if a := find(s, typo); a.String("didYouMean") == "" || a.Int("total") != 0 {
				t.Errorf("%s: %s", typo, a.Raw)
			}
		}
		unpublish(s, k.path+"/"+made.String("id"), "recall").Must(200)
		for _, q := range []string{"zwetschgenbaum", "zwetschenbaum", "zwe", "mirabelenkuchen", "xwetschgenbaum", `"zwetschgenbaum"`, "-kitchen zwetschgen"} {
			a := find(s, q, "&facets=type,principle,topic")
			if a.Int("total") != 0 || a.String("didYouMean") != "" || strings.Contains(strings.ToLower(string(a.Raw)), "mirabellen") {
				t.Errorf("%s: %s", q, a.Raw)
			}
			if l := s.Anonymous().Get(k.path + "?q=" + url.QueryEscape(q)).Must(200); l.Int("total") != 0 {
				t.Errorf("%s: %s", q, l.Raw)
			}
		}
	})
}

// A draft's words and those of editions that were superseded are proposed to nobody either.
func TestDidYouMean(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		page := "/v1/pages/" + published(s, "/v1/pages", doc{"title": "Musculoskeletal referrals", "summary": "For the kidney clinic."}).String("id")
		published(s, "/v1/pages", doc{"title": "Kidney disease", "summary": "Two kidneys."})
		draft(s, "/v1/pages", doc{"title": "Chrysanthemum"})
		for q, want := range map[string]string{
			"kidny": "kidney", "Kindey disease": "kidney disease", "kidny diesase": "kidney disease", "muscoloskeletel": "musculoskeletal",
			`"kidny disease"`: `"kidney disease"`, "refferals -disease": "referrals -disease", "kidny -kidney": "", "crysanthemum": "",
			"kidney": "", "clinic disease": "", "k": "", "xx": "", "zzzzzz": "", "1234": "", "kidny muscoloskeletel disease": "",
		} {
			a := find(s, q)
			if got := a.String("didYouMean"); got != want {
				t.Errorf("%q: did you mean %q, want %q", q, got, want)
			}
			if want != "" && find(s, want).Int("total") == 0 {
				t.Errorf("%q leads to %q, which finds nothing", q, want)
			}
		}
		s.Editor().Patch(page, doc{"title": "Joint referrals"}, anyVersion).Must(200)
		publish(s, page, "Plainer.").Must(200)
		if a := find(s, "muscoloskeletel"); a.String("didYouMean") != "" {
			t.Errorf("%s", a.Raw)
		}
	})
}

func TestSearchFiltersAndFacets(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		first := published(s, "/v1/principles", doc{"title": "First principle", "summary": "Care."}).String("slug")
		second := published(s, "/v1/principles", doc{"title": "Second principle", "summary": "Care."}).String("slug")
		topic := s.Editor().Post("/v1/topics", doc{"name": "Renal"}).Must(201).String("slug")
		study := contentKinds[1].complete(t, s).with("summary", "Care.")
		published(s, "/v1/case-studies", study.with("title", "One", "principles", []string{first}, "topics", []string{topic}))
		published(s, "/v1/case-studies", study.with("title", "Two", "principles", []string{first, second}))
		published(s, "/v1/case-studies", study.with("title", "Three", "principles", []string{second}, "summary", "Nothing."))
		published(s, "/v1/pages", doc{"title": "Four", "summary": "Care."})
		for more, want := range map[string]string{
			"": "four two one second-principle first-principle", "&type=page": "four", "&type=page&type=case-study": "four two one",
			"&principle=" + first: "two one", "&principle=" + second: "two", "&principle=" + first + "&principle=" + second: "two one",
			"&topic=" + topic: "one", "&topic=" + topic + "&principle=" + second: "", "&type=toolkit-asset": "", "&type=page&topic=" + topic: "",
		} {
			if a := find(s, "care", more); strings.Join(a.Column("slug"), " ") != want || a.Int("total") != len(strings.Fields(want)) {
				t.Errorf("%s: %q, %d in all; want %s", more, a.Column("slug"), a.Int("total"), want)
			}
		}
		a := find(s, "care", "&facets=type,principle,topic&principle="+second)
		wantSame(t, "type", a.At("facets", "type"), []doc{{"value": "case-study", "count": 1}})
		wantSame(t, "topic", a.At("facets", "topic"), []doc{})
		if a.String("facets", "principle", 0, "slug") != first || a.Int("facets", "principle", 0, "count") != 2 ||
			a.String("facets", "principle", 1, "title") != "Second principle" || a.Int("facets", "principle", 1, "count") != 1 {
			t.Errorf("%s", a.Raw)
		}
		wantSame(t, "types", find(s, "care", "&facets=type").At("facets", "type"), []doc{{"value": "case-study", "count": 2},
			{"value": "principle", "count": 2}, {"value": "page", "count": 1}})
		unpublish(s, "/v1/principles/"+second, "withdrawal").Must(200)
		wantEqual(t, find(s, "care", "&principle="+second).Column("slug"), nil)
		if a := find(s, "care", "&facets=principle"); len(a.List("facets", "principle")) != 1 {
			t.Errorf("%s", a.Raw)
		}
		unpublish(s, "/v1/principles/"+second, "recall").Must(200)
		s.Anonymous().Get("/v1/search?q=care&principle="+second).Problem(400, "invalid-query")
	})
}

// Pages lead through the best 200, each once, while others come and go.
func TestSearchPages(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		for i := range 215 {
			published(s, "/v1/pages", doc{"title": fmt.Sprint("Number ", i), "summary": "Everywhere.", "slug": fmt.Sprint("n-", i)})
		}
		seen := map[string]bool{}
		next, pages := "/v1/search?limit=50&q=everywhere", 0
		for next != "" {
			a := s.Anonymous().Get(next).Must(200)
			for _, slug := range a.Column("slug") {
				if seen[slug] {
					t.Errorf("%s twice", slug)
				}
				seen[slug] = true
			}
			if link := a.Header.Get("Link"); (a.String("next") != "") != strings.Contains(link, `rel="next"`) {
				t.Errorf("next %q, Link %q", a.String("next"), link)
			}
			if pages == 0 {
				if a.Int("total") != 215 || a.Column("slug")[0] != "n-214" {
					t.Errorf("%s", a.Raw)
				}
				published(s, "/v1/pages", doc{"title": "Newer", "summary": "Everywhere."})
				unpublish(s, "/v1/pages/n-100", "gone").Must(200)
			}
			next = a.String("next")
			pages++
		}
		// The newer one has one of the 200 places.
		if len(seen) != 199 || pages != 4 || seen["newer"] || seen["n-100"] {
			t.Errorf("%d items on %d pages", len(seen), pages)
		}
		last := find(s, "everywhere", "&limit=1").String("next")
		for _, other := range []string{strings.Replace(last, "q=everywhere", "q=summary", 1), last + "&type=page", last + "x",
			strings.Replace(last, "/v1/search", "/v1/pages", 1)} {
			s.Anonymous().Get(other).Problem(400, "invalid-query")
		}
	})
}

func TestSearchRefusals(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		for query, want := range map[string][]string{
			"":            {"q required"},
			"q=":          {"q length"},
			"q=a&q=b":     {"q repeated"},
			"q=a%00b":     {"q format"},
			"q=%ff":       {"q format"},
			"q=a&limit=0": {"limit range"}, "q=a&limit=51": {"limit range"}, "q=a&limit=x": {"limit format"},
			"q=a&type=topic": {"type range"}, "q=a&facets=organisation": {"facets range"}, "q=a&sort=title": {"sort unknown"},
			"q=a&cursor=AAAA": {"cursor format"}, "q=a&principle=nothing&topic=none": {"principle no-such", "topic no-such"},
			"limit=99&type=x&principle=nothing": {"q required", "type range", "limit range", "principle no-such"},
			"q=" + strings.Repeat("a", 201):     {"q length"},
			"q=" + strings.Repeat("%20a", 1500): {"q length"},
		} {
			a := s.Anonymous().Get("/v1/search?"+query).Problem(400, "invalid-query")
			if got := a.Faults(); !slices.Equal(slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values(want))) {
				t.Errorf("%.60s: %q, want %q: %s", query, got, want, a.Raw)
			}
		}
		s.Anonymous().Get("/v1/search?q="+strings.Repeat("a", 10_000)).Problem(400, "invalid-query")
		for _, k := range contentKinds {
			s.Anonymous().Get(k.path+"?q=").Problem(400, "invalid-query")
			s.Anonymous().Get(k.path+"?q="+strings.Repeat("a", 201)).Problem(400, "invalid-query")
			s.Reader().Get(k.path+"?view=draft&q=a").Problem(400, "invalid-query")
		}
		s.Anonymous().Get("/v1/topics?q=a").Problem(400, "invalid-query")
	})
}

// A list with q is the list without, less what a search does not find: with its filters, facets, order and cursors.
func TestListsByQuery(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		other := published(s, "/v1/principles", doc{"title": "Other", "summary": "x"}).String("slug")
		study := contentKinds[1].complete(t, s)
		for i := range 12 {
			d := study.with("title", fmt.Sprintf("Story %02d", 11-i), "slug", fmt.Sprint("s-", i), "challenge", fmt.Sprintf("Word%d here, and green leaves.", i%3))
			if i%2 == 0 {
				d["principles"] = []string{other}
			}
			published(s, "/v1/case-studies", d)
		}
		published(s, "/v1/pages", doc{"title": "Word1", "summary": "A page."})
		for query, want := range map[string]string{
			"q=word1": "s-10 s-7 s-4 s-1", "q=word1&sort=firstPublishedAt": "s-1 s-4 s-7 s-10", "q=word1&sort=title": "s-10 s-7 s-4 s-1",
			"q=word1&principle=" + other: "s-10 s-4", "q=green+-word1+-word2": "s-9 s-6 s-3 s-0", "q=%22green+leaves%22+word2": "s-11 s-8 s-5 s-2",
			"q=%22leaves+green%22": "", "q=absent": "", "q=%F0%9F%99%82": "", "q=wor&limit=3": "s-11 s-10 s-9", "q=word1&publishedAfter=2100-01-01": "",
			"q=word1&language=cy": "", "q=word1&language=en-GB&principle=" + other: "s-10 s-4",
		} {
			a := s.Anonymous().Get("/v1/case-studies?" + query).Must(200)
			if got := strings.Join(a.Column("slug"), " "); got != want {
				t.Errorf("%s: %q, want %q", query, got, want)
			}
			if n := len(strings.Fields(want)); a.Int("total") != n && !strings.Contains(query, "limit") {
				t.Errorf("%s: total %d, want %d", query, a.Int("total"), n)
			}
		}
		a := s.Anonymous().Get("/v1/case-studies?q=word1&limit=3&facets=principle").Must(200)
		if a.Int("facets", "principle", 0, "count") != 2 || a.Int("total") != 4 {
			t.Errorf("%s", a.Raw)
		}
		rest := s.Anonymous().Get(a.String("next")).Must(200)
		wantEqual(t, rest.Column("slug"), []string{"s-1"})
		wantEqual(t, s.Anonymous().Get(rest.String("previous")).Must(200).Column("slug"), []string{"s-10", "s-7", "s-4"})
		s.Anonymous().Get(strings.Replace(a.String("next"), "word1", "word2", 1)).Problem(400, "invalid-query")
	})
}

// An answer is kept until what it shows may have changed, and not longer.
func TestSearchIsCached(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		published(s, "/v1/pages", doc{"title": "Juniper", "summary": "x"})
		for _, path := range []string{"/v1/search?q=juniper", "/v1/pages?q=juniper"} {
			a := s.Anonymous().Get(path).Must(200)
			if a.Tag() == "" || !strings.HasPrefix(a.Header.Get("Cache-Control"), "public, max-age=60") {
				t.Errorf("%s: %v", path, a.Header)
			}
			s.Anonymous().Get(path, apitest.Header{"If-None-Match", a.Tag()}).Must(304)
		}
		more := published(s, "/v1/pages", doc{"title": "Juniper again", "summary": "x"})
		for _, path := range []string{"/v1/search?q=juniper", "/v1/pages?q=juniper"} {
			if a := s.Anonymous().Get(path); a.Int("total") != 2 {
				t.Errorf("%s: %s", path, a.Raw)
			}
		}
		unpublish(s, "/v1/pages/"+more.String("id"), "recall").Must(200)
		for _, path := range []string{"/v1/search?q=juniper", "/v1/pages?q=juniper"} {
			if a := s.Anonymous().Get(path); a.Int("total") != 1 {
				t.Errorf("%s: %s", path, a.Raw)
			}
		}
	})
}
