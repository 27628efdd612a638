package api_test

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cpics/working-together-api/api/apitest"
)

var (
	contentLists   = []string{"principles", "case-studies", "toolkit-assets", "pages"}
	referenceLists = []string{"organisations", "topics"}
	allLists       = slices.Concat(contentLists, referenceLists)
)

// refusal is a query and what is wrong with it, in the order of the names.
type refusal struct {
	query  string
	faults []string
}

// everywhere are refused by every list.
var everywhere = []refusal{
	{"nope=1", []string{"nope unknown"}},
	{"Limit=1", []string{"Limit unknown"}},
	{"limit[]=1", []string{"limit[] unknown"}},
	{"=1", []string{" unknown"}},
	{"limit=0", []string{"limit range"}},
	{"limit=101", []string{"limit range"}},
	{"limit=-1", []string{"limit range"}},
	{"limit=99999999999999999999", []string{"limit range"}},
	{"limit=", []string{"limit format"}},
	{"limit", []string{"limit format"}},
	{"limit=ten", []string{"limit format"}},
	{"limit=1.0", []string{"limit format"}},
	{"limit=1e1", []string{"limit format"}},
	{"limit=01", []string{"limit format"}},
	{"limit=%2B5", []string{"limit format"}},
	{"limit=-0", []string{"limit format"}},
	{"limit=5&limit=5", []string{"limit repeated"}},
	{"limit=%FF", []string{"limit format"}},
	{"limit=1%00", []string{"limit format"}},
	{"cursor=", []string{"cursor length"}},
	{"cursor=x", []string{"cursor format"}},
	{"cursor=" + strings.Repeat("A", 2001), []string{"cursor length"}},
	{"sort=", []string{"sort range"}},
	{"sort=id", []string{"sort range"}},
	{"sort=savedAt", []string{"sort range"}},
	{"fields=", []string{"fields range"}},
	{"fields=nope", []string{"fields range"}},
	{"fields=id,", []string{"fields range"}},
	{"fields=id,%20slug", []string{"fields range"}},
	{"fields=links.self", []string{"fields range"}},
	{"fields=slug,slug", []string{"fields repeated"}},
	{"fields=slug&fields=id", []string{"fields repeated"}},
	{"limit=0&sort=x&fields=x&nope=1&cursor=x", []string{"cursor format", "fields range", "limit range", "nope unknown", "sort range"}},
}

// ofContent are refused by the lists of content types.
var ofContent = []refusal{
	{"status=draft", []string{"status range"}},
	{"status=gone", []string{"status range"}},
	{"status=live&status=withdrawn", []string{"status repeated"}},
	{"language=", []string{"language length"}},
	{"language=english%20please", []string{"language format"}},
	{"publishedAfter=yesterday", []string{"publishedAfter format"}},
	{"publishedBefore=2026-13-01", []string{"publishedBefore format"}},
	{"publishedBefore=9999-12-31T23:59:59-10:00", []string{"publishedBefore format"}},
	{"updatedAfter=2026-11-23T09:30:00", []string{"updatedAfter format"}},
	{"updatedAfter=2026-01-01&updatedAfter=2026-01-01", []string{"updatedAfter repeated"}},
	{"include=everything", []string{"include range"}},
	{"include=richText,richText", []string{"include repeated"}},
	{"hasDraft=true", []string{"hasDraft unknown"}},
	{"view=live", []string{"view range"}},
	{"organisationType=icb", []string{"organisationType unknown"}},
}

// ofOne are refused by one list.
var ofOne = map[string][]refusal{
	"principles": {
		{"principle=x", []string{"principle unknown"}},
		{"facets=principle", []string{"facets unknown"}},
	},
	"pages": {{"include=caseStudies", []string{"include range"}}, {"sort=number", []string{"sort range"}}},
	"case-studies": {
		{"principle=nobody", []string{"principle no-such"}},
		{"principle=", []string{"principle length"}},
		{"principle=018d0000-0000-7000-8000-00000000dead", []string{"principle no-such"}},
		{"principle=a&topic=b&organisation=c", []string{"organisation no-such", "principle no-such", "topic no-such"}},
		{"topic=nobody&nope=1&limit=0", []string{"limit range", "nope unknown", "topic no-such"}},
		{"topic=" + strings.Repeat("x&topic=", 50) + "y", []string{"topic length"}},
		{"facets=assetType", []string{"facets range"}},
		{"facets=topic,topic", []string{"facets repeated"}},
		{"assetType=poster", []string{"assetType unknown"}},
		{"sort=number", []string{"sort range"}},
	},
	"toolkit-assets": {
		{"assetType=song", []string{"assetType range"}},
		{"audience=everyone", []string{"audience range"}},
		{"featured=yes", []string{"featured range"}},
		{"principle=nobody&assetType=song", []string{"assetType range", "principle no-such"}},
		{"facets=featured", []string{"facets range"}},
	},
	"organisations": {
		{"organisationType=shop", []string{"organisationType range"}},
		{"language=en-GB", []string{"language unknown"}},
		{"include=richText", []string{"include unknown"}},
		{"sort=title", []string{"sort range"}},
		{"status=live", []string{"status unknown"}},
	},
	"topics": {{"organisationType=icb", []string{"organisationType unknown"}}, {"facets=topic", []string{"facets unknown"}}},
}

func TestListsRefuseWhatTheyDoNotUnderstand(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		for _, list := range allLists {
			refusals := append(slices.Clone(everywhere), ofOne[list]...)
			if slices.Contains(contentLists, list) {
				refusals = append(refusals, ofContent...)
			}
			for _, r := range refusals {
				refuses(t, s, "/v1/"+list, r)
			}
		}
	})
}

func TestOtherAddressesRefuseParameters(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		published(s, "/v1/principles", text("One"))
		published(s, "/v1/pages", text("One"))
		refer(s, "/v1/topics", topic("One"))
		for path, refusals := range map[string][]refusal{
			"/":                  {{"x=1", []string{"x unknown"}}},
			"/v1/changes":        {{"wait=00", []string{"wait format"}}, {"limit=010", []string{"limit format"}}},
			"/v1/topics/one":     {{"fields=id", []string{"fields unknown"}}, {"view=live", []string{"view unknown"}}},
			"/v1/pages/one":      {{"seq=01", []string{"seq format"}}, {"include=x", []string{"include unknown"}}, {"fields=id", []string{"fields unknown"}}},
			"/v1/principles/one": {{"include=x", []string{"include range"}}, {"include=caseStudies&include=caseStudies", []string{"include repeated"}}, {"view=", []string{"view range"}}},
			"/v1/overview": {{"caseStudies=0", []string{"caseStudies range"}}, {"caseStudies=21", []string{"caseStudies range"}}, {"caseStudies=02", []string{"caseStudies format"}},
				{"caseStudies=1&caseStudies=1", []string{"caseStudies repeated"}}, {"caseStudies=x&fields=y", []string{"caseStudies format", "fields unknown"}}},
		} {
			for _, r := range refusals {
				refuses(t, s, path, r)
			}
		}
		many := strings.Repeat("limit=1&", 101)
		s.Anonymous().Get("/v1/pages?"+many).Problem(400, "invalid-query")
		long := s.Anonymous().Get("/v1/pages?limit="+strings.Repeat("1", 9000)).Problem(400, "invalid-query")
		wantEqual(t, long.Faults(), []string{"query length"})
	})
}

// TestListsOfEditorsRefuseToo is about the lists that need a credential.
func TestListsOfEditorsRefuseToo(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		draft(s, "/v1/pages", text("One"))
		for address, refusals := range map[string][]refusal{
			"/v1/pages?view=draft&": {{"status=recalled", []string{"status range"}}, {"hasDraft=maybe", []string{"hasDraft range"}}, {"sort=title", []string{"sort range"}},
				{"view=draft", []string{"view repeated"}}, {"fields=checks", []string{"fields range"}}, {"fields=digest", []string{"fields range"}},
				{"language=cy", []string{"language unknown"}}, {"include=richText&limit=0&cursor=x", []string{"cursor format", "include unknown", "limit range"}}},
			"/v1/tokens?": {{"limit=0&cursor=x&fields=secret&nope=1", []string{"cursor format", "fields range", "limit range", "nope unknown"}}},
		} {
			for _, r := range refusals {
				a := s.Admin().Get(address+r.query).Problem(400, "invalid-query")
				wantEqual(t, slices.Sorted(slices.Values(a.Faults())), r.faults)
			}
		}
		a := s.Reader().Get("/v1/pages?view=draft&fields=title,input,hasDraft").Must(200)
		wantMembers(t, "drafts", a.At("items", 0).(map[string]any), `id,title,hasDraft,input`)
		a = s.Admin().Get("/v1/tokens?fields=name").Must(200)
		wantMembers(t, "tokens", a.At("items", 0).(map[string]any), `id,name`)
	})
}

// refuses checks that a query is answered with all that is wrong with it.
func refuses(t *testing.T, s *apitest.Service, path string, r refusal) {
	t.Helper()
	a := s.Anonymous().Get(path + "?" + r.query)
	if a.StatusCode != 400 {
		t.Errorf("%s?%s: %d, want 400\n%s", path, r.query, a.StatusCode, a.Raw)
		return
	}
	a.Problem(400, "invalid-query")
	if got := slices.Sorted(slices.Values(a.Faults())); !slices.Equal(got, r.faults) {
		t.Errorf("%s?%s: faults %q, want %q", path, r.query, got, r.faults)
	}
}

// selection is a query and the titles that it finds, in order.
type selection struct {
	query string
	want  []string
}

// finds checks what queries of a list find.
func finds(t *testing.T, s *apitest.Service, list string, selections []selection) {
	t.Helper()
	for _, sel := range selections {
		a := s.Anonymous().Get("/v1/" + list + "?" + sel.query)
		a.Must(200)
		titles := a.Column("title")
		if slices.Contains(referenceLists, list) {
			titles = a.Column("name")
		}
		if !slices.Equal(titles, sel.want) {
			t.Errorf("%s?%s: %q, want %q", list, sel.query, titles, sel.want)
		}
		if a.Int("total") != len(sel.want) {
			t.Errorf("%s?%s: total %d, want %d", list, sel.query, a.Int("total"), len(sel.want))
		}
	}
}

func TestFiltersOfCaseStudies(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		for _, title := range []string{"Pa", "Pb", "Pc"} {
			published(s, "/v1/principles", text(title))
		}
		secret := s.Editor().Post("/v1/principles", text("Secret")).Must(201)
		ta, to := refer(s, "/v1/topics", topic("Ta")), refer(s, "/v1/organisations", organisation("Oa"))
		refer(s, "/v1/topics", topic("Tb"))
		published(s, "/v1/case-studies", story("A", "pa", "topics", []string{"ta"}, "organisations", []string{"oa"}))
		published(s, "/v1/case-studies", story("B", "pb", "topics", []string{"tb"}, "language", "cy"))
		published(s, "/v1/case-studies", story("C", "pa", "principles", []string{"pb", "pa", secret.String("id")}))
		hidden := s.Editor().Post("/v1/case-studies", story("Hidden", "pa", "topics", []string{"ta"})).Must(201)
		s.Editor().Patch("/v1/principles/pc", doc{"slug": "reserved"}, anyVersion).Must(200)
		finds(t, s, "case-studies", []selection{
			{"sort=title", []string{"A", "B", "C"}},
			{"sort=title&principle=pa", []string{"A", "C"}},
			{"sort=title&principle=pb", []string{"B", "C"}},
			{"sort=title&principle=pa&principle=pb", []string{"A", "B", "C"}},
			{"sort=title&principle=pa&principle=pa", []string{"A", "C"}},
			{"sort=title&principle=pa&topic=ta", []string{"A"}},
			{"principle=pa&topic=tb", nil},
			{"principle=pc", nil},
			{"sort=title&topic=tb&topic=" + ta.String("id"), []string{"A", "B"}},
			{"organisation=" + strings.ToUpper(to.String("id")), []string{"A"}},
			{"language=cy", []string{"B"}},
			{"language=CY", []string{"B"}},
			{"sort=title&language=cy&language=en-gb", []string{"A", "B", "C"}},
			{"language=fr", nil}, // a tag names nothing that could be missing, unlike a slug: something may be published in it later
			{"language=zz", nil}, // well-formed, though not registered
			{"sort=-title&status=live", []string{"C", "B", "A"}},
			{"status=withdrawn", nil},
		})
		for _, ref := range []string{"secret", secret.String("id"), "reserved", hidden.String("id"), "ta"} {
			refuses(t, s, "/v1/case-studies", refusal{"principle=" + ref, []string{"principle no-such"}})
		}
	})
}

// There are more values than a row's mask has bits, so that many of them share some.
func TestCombinationsOfManyValues(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		const many = 36
		name := func(of string, i int) string { return fmt.Sprintf("%s-%02d", of, i%many) }
		published(s, "/v1/principles", text("P"))
		for i := range many {
			refer(s, "/v1/topics", topic(name("t", i)))
			refer(s, "/v1/organisations", organisation(name("o", i)))
		}
		topics, organisations := func(i int) []string { return []string{name("t", i), name("t", 5*i+1)} }, func(i int) []string { return []string{name("o", i), name("o", 7*i+5)} }
		for i := range many {
			published(s, "/v1/case-studies", story(name("s", i), "p", "topics", topics(i), "organisations", organisations(i)))
		}
		for i := range many {
			for k := range 5 {
				top, org := name("t", i), name("o", i+3*k)
				var want []string
				for n := range many {
					if slices.Contains(topics(n), top) && slices.Contains(organisations(n), org) {
						want = append(want, name("s", n))
					}
				}
				query := "sort=title&topic=" + top + "&organisation=" + org
				finds(t, s, "case-studies", []selection{{query, want}, {query + "&principle=p", want}, {query + "&language=cy&language=en-GB", want}})
			}
		}
	})
}

func TestFiltersFollowWhatBecameOfTheirTargets(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		for _, title := range []string{"Stays", "Moves", "Withdrawn", "Gone", "Recalled"} {
			published(s, "/v1/principles", text(title))
		}
		recalled := s.Anonymous().Get("/v1/principles/recalled").Must(200).String("id")
		published(s, "/v1/case-studies", story("A", "stays", "principles", []string{"stays", "moves", "withdrawn", "gone", "recalled"}))
		s.Publisher().Patch("/v1/principles/moves?publish=true&updateType=minor", doc{"slug": "moved"}, anyVersion).Must(200)
		s.Publisher().Patch("/v1/principles/moved?publish=true&updateType=minor", doc{"slug": "moved-on"}, anyVersion).Must(200)
		for ref, how := range map[string]string{"withdrawn": "withdrawal", "gone": "gone", "recalled": "recall"} {
			s.Publisher().Post("/v1/principles/"+ref+"/unpublish", doc{"type": how, "explanation": "Because."}, anyVersion).Must(200)
		}
		finds(t, s, "case-studies", []selection{
			{"principle=moves", []string{"A"}}, {"principle=moved", []string{"A"}}, {"principle=moved-on", []string{"A"}},
			{"principle=withdrawn", nil}, {"principle=gone", nil}, {"principle=gone&principle=stays", []string{"A"}},
		})
		for _, ref := range []string{"recalled", recalled} {
			refuses(t, s, "/v1/case-studies", refusal{"principle=" + ref, []string{"principle no-such"}})
		}
	})
}

func TestFiltersOfOtherLists(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		published(s, "/v1/principles", text("P"))
		published(s, "/v1/toolkit-assets", asset("A", "audience", "staff", "featured", true, "principles", []string{"p"}))
		published(s, "/v1/toolkit-assets", asset("B", "audience", "public"))
		published(s, "/v1/toolkit-assets", asset("C", "audience", "both", "featured", true))
		published(s, "/v1/toolkit-assets", asset("D"))
		finds(t, s, "toolkit-assets", []selection{
			{"sort=title&audience=staff", []string{"A", "C"}},
			{"sort=title&audience=public", []string{"B", "C"}},
			{"sort=title&audience=both", []string{"C"}},
			{"sort=title&audience=staff&audience=public", []string{"A", "B", "C"}},
			{"sort=title&featured=true", []string{"A", "C"}},
			{"sort=title&featured=false", []string{"B", "D"}},
			{"sort=title&featured=true&audience=staff&principle=p", []string{"A"}},
			{"sort=title&assetType=link", []string{"A", "B", "C", "D"}},
			{"assetType=poster", nil},
			{"assetType=poster&assetType=link&sort=-title", []string{"D", "C", "B", "A"}},
		})
		refer(s, "/v1/organisations", organisation("H", "organisationType", "icb"))
		refer(s, "/v1/organisations", organisation("I"))
		finds(t, s, "organisations", []selection{
			{"", []string{"H", "I"}}, {"organisationType=icb", []string{"H"}},
			{"organisationType=icb&organisationType=acute-trust", []string{"H", "I"}}, {"organisationType=other", nil},
		})
	})
}

func TestDateFilters(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		day := func(n int) time.Time { return time.Date(2024, 3, n, 12, 0, 0, 0, time.UTC) }
		for n := 1; n <= 3; n++ {
			setClock(s, day(n))
			published(s, "/v1/pages", text(fmt.Sprint(n)))
		}
		setClock(s, day(9))
		s.Publisher().Patch("/v1/pages/1?publish=true&changeNote=More.", doc{"summary": "More."}, anyVersion).Must(200)
		s.Publisher().Patch("/v1/pages/2?publish=true&updateType=minor", doc{"summary": "Right."}, anyVersion).Must(200)
		finds(t, s, "pages", []selection{
			{"publishedAfter=2024-03-02", []string{"3", "2"}},
			{"publishedAfter=2024-03-02T12:00:00Z", []string{"3"}},
			{"publishedAfter=2024-03-02T11:59:59.5Z", []string{"3", "2"}},
			{"publishedAfter=" + url.QueryEscape("2024-03-02T14:00:00+02:00"), []string{"3"}},
			{"publishedBefore=2024-03-02T12:00:00Z", []string{"1"}},
			{"publishedBefore=2024-03-02T12:00:01Z&publishedAfter=2024-03-01T12:00:00Z", []string{"2"}},
			{"publishedAfter=0000-01-01", []string{"3", "2", "1"}},
			{"publishedBefore=9999-12-31", []string{"3", "2", "1"}},
			{"updatedAfter=2024-03-03T12:00:00Z", []string{"1"}},
			{"sort=-updatedAt", []string{"1", "3", "2"}}, {"sort=updatedAt", []string{"2", "3", "1"}},
			{"sort=firstPublishedAt", []string{"1", "2", "3"}}, {"sort=-firstPublishedAt", []string{"3", "2", "1"}},
		})
	})
}
