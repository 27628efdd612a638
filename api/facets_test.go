package api_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cpics/working-together-api/api/apitest"
	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/database/dbtest"
)

// counts writes a facet as "title count", or "value count", in its order.
func counts(a *apitest.Answer, facet string) []string {
	var list []string
	for i := range a.List("facets", facet) {
		at := func(member string) string { return a.String("facets", facet, i, member) }
		if (at("id") != "") != (at("slug") != "" && at("title") != "" && at("value") == "") {
			at = func(string) string { return "neither an entry nor a word" }
		}
		list = append(list, fmt.Sprint(at("title")+at("value"), " ", a.Int("facets", facet, i, "count")))
	}
	return list
}

// facets checks what a query counts, facet by facet.
type facets struct {
	query string
	want  map[string][]string
}

func wantFacets(t *testing.T, s *apitest.Service, list string, rows []facets) {
	t.Helper()
	for _, row := range rows {
		a := s.Anonymous().Get("/v1/" + list + "?" + row.query).Must(200)
		if got := len(a.JSON()["facets"].(map[string]any)); got != len(row.want) {
			t.Errorf("%s: %d facets", row.query, got)
		}
		for facet, want := range row.want {
			if got := counts(a, facet); !slices.Equal(got, want) || a.At("facets", facet) == nil {
				t.Errorf("%s: %s counts %q, want %q", row.query, facet, got, want)
			}
		}
	}
}

func TestFacetsOfCaseStudies(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		for _, title := range []string{"Beta", "Élan", "alpha", "Unused", "Withdrawn"} {
			published(s, "/v1/principles", text(title))
			refer(s, "/v1/topics", topic(title))
		}
		unseen := draft(s, "/v1/principles", text("Unseen")).String("id")
		published(s, "/v1/case-studies", story("A", "alpha", "topics", []string{"beta", "elan"}))
		published(s, "/v1/case-studies", story("B", "alpha", "principles", []string{"beta", "alpha", unseen}, "topics", []string{"elan"}))
		published(s, "/v1/case-studies", story("C", "elan", "principles", []string{"elan", "withdrawn"}, "topics", []string{"beta"}, "language", "cy"))
		published(s, "/v1/case-studies", story("D", "beta"))
		unpublish(s, "/v1/case-studies/d", "withdrawal").Must(200)
		unpublish(s, "/v1/principles/withdrawn", "withdrawal").Must(200)
		draft(s, "/v1/case-studies", story("E", "alpha", "topics", []string{"alpha"}))
		all := map[string][]string{"principle": {"alpha 2", "Beta 1", "Élan 1"}, "topic": {"Beta 2", "Élan 2"}, "organisation": nil}
		wantFacets(t, s, "case-studies", []facets{
			{"facets=principle,topic,organisation", all},
			{"facets=principle,topic,organisation&limit=1", all},
			{"facets=topic,principle&principle=elan", map[string][]string{"principle": all["principle"], "topic": {"Beta 1"}}},
			{"facets=principle,topic&principle=alpha&topic=beta", map[string][]string{"principle": {"alpha 1", "Élan 1"}, "topic": {"Élan 2", "Beta 1"}}},
			{"facets=principle&principle=alpha&principle=beta", map[string][]string{"principle": all["principle"]}},
			{"facets=principle&principle=unused", map[string][]string{"principle": all["principle"]}},
			{"facets=topic&principle=unused", map[string][]string{"topic": nil}},
			{"facets=topic&language=cy", map[string][]string{"topic": {"Beta 1"}}},
			{"facets=principle&status=withdrawn", map[string][]string{"principle": {"Beta 1"}}},
			{"facets=principle&publishedBefore=2000-01-01", map[string][]string{"principle": nil}},
		})
		if plain := s.Anonymous().Get("/v1/case-studies").Must(200); plain.At("facets") != nil {
			t.Errorf("facets that nobody asked for: %s", plain.Raw)
		}
	})
}

// The number of a list that went with its value may be given to the list of another one.
func TestFacetsAfterAValueIsRecalled(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		published(s, "/v1/principles", text("Kept"))
		published(s, "/v1/case-studies", story("A", "kept"))
		for _, title := range []string{"First", "Second", "Third"} {
			name := strings.ToLower(title)
			published(s, "/v1/principles", text(title))
			both := []string{"kept", name}
			published(s, "/v1/case-studies", story(title, "kept", "principles", both))
			for range 2 { // looked up, and remembered
				wantFacets(t, s, "case-studies", []facets{
					{"facets=principle&limit=1", map[string][]string{"principle": {"Kept 2", title + " 1"}}},
					{"facets=topic,principle&limit=2&language=en-GB", map[string][]string{"principle": {"Kept 2", title + " 1"}, "topic": nil}},
				})
			}
			unpublish(s, "/v1/case-studies/"+name, "recall").Must(200)
			unpublish(s, "/v1/principles/"+name, "recall").Must(200)
			wantFacets(t, s, "case-studies", []facets{{"facets=principle&limit=1", map[string][]string{"principle": {"Kept 1"}}}})
		}
	})
}

func TestFacetsOfAssets(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		published(s, "/v1/principles", text("P"))
		for i, audience := range []string{"staff", "staff", "public", "both", "both", "both"} {
			published(s, "/v1/toolkit-assets", asset(fmt.Sprint("Asset ", i), "audience", audience, "featured", i%2 == 0, "principles", []string{"p"}))
		}
		published(s, "/v1/toolkit-assets", asset("For nobody"))
		wantFacets(t, s, "toolkit-assets", []facets{
			{"facets=assetType,principle,audience", map[string][]string{"assetType": {"link 7"}, "principle": {"P 6"}, "audience": {"staff 5", "public 4", "both 3"}}},
			{"facets=audience&audience=both", map[string][]string{"audience": {"staff 5", "public 4", "both 3"}}},
			{"facets=audience,assetType&featured=true", map[string][]string{"audience": {"public 2", "staff 2", "both 1"}, "assetType": {"link 3"}}},
		})
		for audience, total := range map[string]int{"staff": 5, "public": 4, "both": 3} { // a count is what its filter finds
			if got := s.Anonymous().Get("/v1/toolkit-assets?audience=" + audience).Must(200).Int("total"); got != total {
				t.Errorf("audience=%s finds %d", audience, got)
			}
		}
	})
}

func TestFieldsAndIncludes(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		published(s, "/v1/principles", text("P"))
		refer(s, "/v1/organisations", organisation("O"))
		published(s, "/v1/case-studies", story("A", "p"))
		whole := `"type","slug","title","language","edition","licence","attribution","links","status","summary","firstPublishedAt","publishedAt","updatedAt","changeNote","digest"`
		own := `,"principles","organisations","topics","assets"`
		texts := `,"challenge","approach","outcome"`
		for address, want := range map[string]string{
			"/v1/case-studies":                                          whole + own,
			"/v1/case-studies?include=richText":                         whole + own + texts,
			"/v1/case-studies/a":                                        whole + own + texts + `,"changeHistory"`,
			"/v1/case-studies?fields=title":                             `"title"`,
			"/v1/case-studies?fields=links,title,slug":                  `"title","slug","links"`,
			"/v1/case-studies?fields=id":                                ``,
			"/v1/case-studies?fields=outcome":                           ``,
			"/v1/case-studies?fields=outcome,digest&include=richText":   `"outcome","digest"`,
			"/v1/principles":                                            whole + `,"number"`,
			"/v1/principles?include=caseStudies":                        whole + `,"number","caseStudies"`,
			"/v1/principles?include=caseStudies,richText&fields=number": `"number"`,
			"/v1/principles/p":                                          whole + `,"number","body","changeHistory"`,
			"/v1/principles/p?include=caseStudies":                      whole + `,"number","body","changeHistory","caseStudies"`,
			"/v1/organisations?fields=name":                             `"name"`,
			"/v1/organisations/o":                                       `"type","slug","name","organisationType","version","updatedAt","digest","links"`,
		} {
			a := s.Anonymous().Get(address).Must(200)
			item, _ := a.At("items", 0).(map[string]any)
			if !strings.Contains(strings.TrimPrefix(address, "/v1/"), "/") != (item != nil) {
				t.Fatalf("%s: %s", address, a.Raw)
			}
			if item == nil {
				item = a.JSON()
			}
			wantMembers(t, address, item, `"id",`+want)
		}
	})
}

// wantMembers compares an item's members with quoted names.
func wantMembers(t *testing.T, what string, item map[string]any, quoted string) {
	t.Helper()
	var got []string
	for name := range item {
		got = append(got, name)
	}
	want := strings.FieldsFunc(quoted, func(r rune) bool { return r == ',' || r == '"' })
	slices.Sort(got)
	if slices.Sort(want); !slices.Equal(got, want) {
		t.Errorf("%s: %q, want %q", what, got, want)
	}
}

func TestIncludedCaseStudiesAreTheNewestFive(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		published(s, "/v1/principles", text("P"))
		published(s, "/v1/principles", text("Q"))
		for i := range 7 {
			setClock(s, dawn.Add(time.Duration(i)*time.Hour))
			published(s, "/v1/case-studies", story(fmt.Sprint(i), "p"))
		}
		unpublish(s, "/v1/case-studies/5", "withdrawal").Must(200)
		s.Editor().Patch("/v1/case-studies/6", doc{"title": "Unseen", "principles": []string{"q"}}, anyVersion).Must(200)
		for _, path := range [][]any{{"caseStudies"}, {"items", 0, "caseStudies"}} {
			address := "/v1/principles/p?include=caseStudies"
			if len(path) > 1 {
				address = "/v1/principles?include=caseStudies"
			}
			a := s.Anonymous().Get(address).Must(200)
			var titles []string
			for i := range a.List(path...) {
				titles = append(titles, a.String(append(path, i, "title")...))
			}
			wantEqual(t, titles, []string{"6", "4", "3", "2", "1"})
		}
		if q := s.Anonymous().Get("/v1/principles/q?include=caseStudies").Must(200); q.At("caseStudies") == nil || len(q.List("caseStudies")) != 0 {
			t.Errorf("nothing to include: %s", q.Raw)
		}
	})
}

// TestStatementsDoNotGrow: whatever is shown of however many items takes the same number of statements.
func TestStatementsDoNotGrow(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		s := apitest.New(t, db, keepNothing)
		addresses := []string{"/v1/principles?include=caseStudies,richText", "/v1/case-studies?include=richText&facets=principle,topic,organisation&principle=p-0",
			"/v1/toolkit-assets?facets=principle,audience,assetType", "/v1/pages?include=richText", "/v1/organisations", "/v1/topics", "/v1/overview",
			"/v1/principles?view=draft", "/v1/case-studies?view=draft", "/v1/toolkit-assets?view=draft", "/v1/pages?view=draft"}
		var before []int64
		for i := range 20 {
			ref := fmt.Sprint("p-", i)
			mention := "See [it](/v1/principles/" + ref + ") and [a page](/v1/pages/g-" + fmt.Sprint(i) + ")."
			published(s, "/v1/principles", text("P "+fmt.Sprint(i), "body", mention))
			refer(s, "/v1/topics", topic("T "+fmt.Sprint(i)))
			refer(s, "/v1/organisations", organisation("O "+fmt.Sprint(i)))
			published(s, "/v1/pages", text("G "+fmt.Sprint(i), "body", mention))
			published(s, "/v1/toolkit-assets", asset("A "+fmt.Sprint(i), "principles", []string{ref}, "featured", true))
			published(s, "/v1/case-studies", story("S "+fmt.Sprint(i), "p-0", "approach", mention, "principles", []string{"p-0", ref}[:1+min(i, 1)],
				"topics", []string{"t-" + fmt.Sprint(i)}, "organisations", []string{"o-" + fmt.Sprint(i)}, "assets", []string{"a-" + fmt.Sprint(i)}))
			if i > 0 && i < 19 {
				continue
			}
			for k, address := range addresses {
				client := s.Anonymous()
				if strings.Contains(address, "view=draft") {
					client = s.Reader()
				}
				switch taken := statementsOf(s, client, address); {
				case i == 0:
					before = append(before, taken)
				case taken != before[k] || taken == 0:
					t.Errorf("%s: %d statements for one item, %d for 20", address, before[k], taken)
				}
			}
		}
	})
}
