package api_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/cpics/working-together-api/api"
	"github.com/cpics/working-together-api/api/apitest"
	"github.com/cpics/working-together-api/internal/database"
)

func overview(s *apitest.Service) *apitest.Answer { return s.Anonymous().Get("/v1/overview").Must(200) }

// titles gathers the titles of a list in an answer.
func titles(a *apitest.Answer, list string) []string {
	var all []string
	for i := range a.List(list) {
		all = append(all, a.String(list, i, "title"))
	}
	return all
}

func TestAnEmptyOverview(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		draft(s, "/v1/pages", text("Working together"))
		draft(s, "/v1/pages", text("Toolkit"))
		draft(s, "/v1/toolkit-assets", asset("A", "featured", true))
		draft(s, "/v1/principles", text("P"))
		a := overview(s)
		wantMembers(t, "overview", a.JSON(), `principles,caseStudies,featuredAssets,licence,attribution,links`)
		for _, list := range []string{"principles", "caseStudies", "featuredAssets"} {
			if a.At(list) == nil || len(a.List(list)) != 0 {
				t.Errorf("%s: %s", list, a.Raw)
			}
		}
	})
}

// TestTheOverviewShowsWhatTheItemsShow compares its parts with what their own addresses answer.
func TestTheOverviewShowsWhatTheItemsShow(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		relive(t, s, true)
		a := overview(s)
		wantMembers(t, "overview", a.JSON(), `page,principles,caseStudies,featuredAssets,toolkitPage,licence,attribution,links`)
		wantSame(t, "page", a.At("page"), s.Anonymous().Get("/v1/pages/working-together").JSON())
		wantEqual(t, titles(a, "principles"), []string{"Beta", "Alpha", "Gamma"})
		for i, slug := range []string{"beta", "alpha", "gamma-ray"} {
			wantSame(t, slug, a.At("principles", i), s.Anonymous().Get("/v1/principles/"+slug).JSON())
		}
		wantSame(t, "caseStudies", a.At("caseStudies"), s.Anonymous().Get("/v1/case-studies?limit=6").At("items"))
		wantSame(t, "featuredAssets", a.At("featuredAssets"), s.Anonymous().Get("/v1/toolkit-assets?featured=true").At("items"))
		wantSame(t, "toolkitPage", a.At("toolkitPage"), doc{"id": idOf("g2"), "type": "page", "slug": "toolkit", "title": "Toolkit", "href": apitest.BaseURL + "/v1/pages/toolkit"})
		wantSame(t, "licence", a.At("licence"), apitest.Site(t).Licence)
		wantSame(t, "attribution", a.At("attribution"), apitest.Site(t).Attribution)
		wantSame(t, "links", a.At("links"), doc{"self": apitest.BaseURL + "/v1/overview", "principles": apitest.BaseURL + "/v1/principles",
			"caseStudies": apitest.BaseURL + "/v1/case-studies", "toolkitAssets": apitest.BaseURL + "/v1/toolkit-assets"})
	})
}

func TestTheOverviewHasTheNewest(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		published(s, "/v1/principles", text("P"))
		var newest []string
		for i := range 21 {
			setClock(s, dawn.Add(time.Duration(i)*time.Minute))
			published(s, "/v1/case-studies", story(fmt.Sprint(i), "p"))
			published(s, "/v1/toolkit-assets", asset(fmt.Sprint(i), "featured", true))
			newest = append(newest, fmt.Sprint(i))
		}
		slices.Reverse(newest)
		a := overview(s)
		wantEqual(t, titles(a, "caseStudies"), newest[:6])
		wantEqual(t, titles(a, "featuredAssets"), newest[:12])
		for _, n := range []int{1, 6, 20} {
			few := s.Anonymous().Get(fmt.Sprint("/v1/overview?caseStudies=", n)).Must(200)
			wantEqual(t, titles(few, "caseStudies"), newest[:n])
			if (few.Tag() == a.Tag()) != (n == 6) {
				t.Errorf("%d case studies: tags %s, %s", n, few.Tag(), a.Tag())
			}
		}
		unpublish(s, "/v1/case-studies/20", "withdrawal").Must(200)
		s.Publisher().Delete("/v1/toolkit-assets/20", anyVersion).Must(204)
		s.Publisher().Patch("/v1/toolkit-assets/19?publish=true&updateType=minor", doc{"featured": false}, anyVersion).Must(200)
		b := overview(s)
		wantEqual(t, titles(b, "caseStudies"), newest[1:7])
		wantEqual(t, titles(b, "featuredAssets"), newest[2:14])
	})
}

func TestThePagesOfTheOverview(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		page := published(s, "/v1/pages", text("Working together")).String("id")
		published(s, "/v1/pages", text("Toolkit"))
		for _, step := range []struct {
			what          string
			do            func()
			page, toolkit string // their slugs
		}{
			{"as set", func() {}, "working-together", "toolkit"},
			{"moved", func() {
				s.Publisher().Patch("/v1/pages/working-together?publish=true&updateType=minor", doc{"slug": "home"}, anyVersion).Must(200)
			}, "home", "toolkit"},
			{"moved again, and a draft", func() {
				s.Publisher().Patch("/v1/pages/toolkit?publish=true&updateType=minor", doc{"slug": "tools"}, anyVersion).Must(200)
				s.Editor().Patch("/v1/pages/home", doc{"slug": "away", "title": "Unseen"}, anyVersion).Must(200)
			}, "home", "tools"},
			{"withdrawn", func() { unpublish(s, "/v1/pages/home", "withdrawal").Must(200) }, "", "tools"},
			{"back", func() {
				s.Editor().Delete("/v1/pages/"+page+"/draft", anyVersion).Must(204)
				s.Publisher().Post("/v1/pages/home/publish", nil, anyVersion).Must(200)
			}, "home", "tools"},
			{"gone", func() { s.Publisher().Delete("/v1/pages/tools", anyVersion).Must(204) }, "home", ""},
			{"recalled", func() { unpublish(s, "/v1/pages/home", "recall").Must(200) }, "", ""},
			{"another at the address", func() { published(s, "/v1/pages", text("Working together")) }, "working-together", ""},
		} {
			before := overview(s).Tag()
			step.do()
			a := overview(s)
			if a.String("page", "slug") != step.page || a.String("toolkitPage", "slug") != step.toolkit {
				t.Errorf("%s: %s, %s", step.what, a.String("page", "slug"), a.String("toolkitPage", "slug"))
			}
			if step.what != "as set" && a.Tag() == before {
				t.Errorf("%s: the tag stays", step.what)
			}
		}
		other := apitest.New(t, s.DB, func(c *api.Config) { c.OverviewPage, c.ToolkitPage = "tools", "working-together" })
		if a := overview(other); a.At("page") != nil || a.String("toolkitPage", "slug") != "working-together" {
			t.Errorf("other settings: %s", a.Raw)
		}
	})
}

// TestTheGuidingDocument publishes assets that need files behind the service's back, which stores none yet.
func TestTheGuidingDocument(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		for i, title := range []string{"Older", "Newer", "Draft"} {
			id := draft(s, "/v1/toolkit-assets", asset(title, "assetType", "guiding-document").without("url")).String("id")
			at := dawn.AddDate(0, 0, i)
			if title == "Draft" {
				continue
			}
			err := s.DB.Write(t.Context(), func(tx *database.Tx) error {
				if err := tx.Exec(`UPDATE editions SET state = 'live', update_type = 'major', change_note = 'n', published_at = ? WHERE entry_id = ?`, at, id).Error; err != nil {
					return err
				}
				return tx.Exec(`UPDATE entries SET status = 'live', slug = ?, title = ?, first_published_at = ?, updated_at = ? WHERE id = ?`,
					title, title, at, at, id).Error
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		rebuild(t, s.DB)
		if a := overview(s); a.String("guidingDocument", "title") != "Newer" || a.At("guidingDocument", "changeHistory") != nil {
			t.Errorf("%s", a.Raw)
		}
	})
}
