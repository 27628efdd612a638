package api_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/cpics/working-together-api/api"
	"github.com/cpics/working-together-api/api/apitest"
	"github.com/cpics/working-together-api/internal/content"
	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/database/dbtest"
	"github.com/cpics/working-together-api/internal/richtext"
	"github.com/cpics/working-together-api/internal/seed"
	"github.com/cpics/working-together-api/internal/starter"
)

// canonicalForm is what a partner's program would make of an item by the words of the description alone: its RFC
// 8785 form without what digests leave out. It does not use the code under test.
func canonicalForm(t *testing.T, item map[string]any) string {
	t.Helper()
	for name := range strings.FieldsSeq("digest links version edition firstPublishedAt publishedAt updatedAt changeNote changeHistory licence attribution") {
		delete(item, name)
	}
	cut(item)
	var b bytes.Buffer
	enc := json.NewEncoder(&b) // which sorts members
	enc.SetEscapeHTML(false)
	if err := enc.Encode(item); err != nil {
		t.Fatal(err)
	}
	// The one thing that encoding/json escapes without need.
	return strings.NewReplacer(`\u2028`, "\u2028", `\u2029`, "\u2029", "\n", "").Replace(b.String())
}

// cut takes out what digests leave out at any depth.
func cut(value any) {
	switch v := value.(type) {
	case map[string]any:
		for name := range strings.FieldsSeq("href html renditions accessibility") {
			delete(v, name)
		}
		for _, member := range v {
			cut(member)
		}
	case []any:
		for _, element := range v {
			cut(element)
		}
	}
}

func digestOf(form string) string { return fmt.Sprintf("sha-256:%x", sha256.Sum256([]byte(form))) }

// TestDigestsCanBeComputedFromOutside recomputes the digest of every item of every list.
func TestDigestsCanBeComputedFromOutside(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		relive(t, s, true)
		hard := "<b> & \u2028 \u2029 \"quoted\" \\back\\ €\u0301 \U0001f469\u200d⚕️ \uffff /slash\t"
		published(s, "/v1/pages", text("Hard € \U0001f600 & < >", "body", hard, "slug", "hard"))
		refer(s, "/v1/topics", topic("Hard \U0001f600 \ufb01", "summary", "\u00e9 e\u0301"))
		n := 0
		for _, list := range allLists {
			for _, query := range []string{"", "?status=withdrawn"} {
				if query != "" && (list == "organisations" || list == "topics") {
					continue
				}
				items := s.Anonymous().Get("/v1/" + list + query).Must(200)
				for i, slug := range items.Column("slug") {
					n++
					detail := s.Anonymous().Get("/v1/" + list + "/" + slug).Must(200)
					digest := detail.String("digest")
					if want := digestOf(canonicalForm(t, detail.JSON())); digest != want || items.String("items", i, "digest") != want {
						t.Errorf("%s/%s: %s, in the list %s, want %s", list, slug, digest, items.String("items", i, "digest"), want)
					}
				}
			}
		}
		if n < 15 {
			t.Errorf("only %d items", n)
		}
	})
}

// TestTheDocumentedDigest holds the worked example of the page for partners against the starter content.
func TestTheDocumentedDigest(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../docs/for-partners.md")
	if err != nil {
		t.Fatal(err)
	}
	s := apitest.New(t, dbtest.New(t, database.SQLite))
	documents, err := starter.Documents()
	if err != nil {
		t.Fatal(err)
	}
	if err := seed.Load(t.Context(), s.DB, api.Seeders(apitest.Site(t), apitest.Folder(t)), documents); err != nil {
		t.Fatal(err)
	}
	a := s.Anonymous().Get("/v1/topics/medicines").Must(200)
	form := canonicalForm(t, a.JSON())
	for _, shown := range []string{form, digestOf(form)} {
		if a.String("digest") != digestOf(form) || !bytes.Contains(page, []byte(shown)) {
			t.Errorf("the page for partners does not show %s", shown)
		}
	}
}

// step is something that happens, and whether the digest of the case study "one" follows it.
type step struct {
	what    string
	do      func()
	changes bool
}

func TestWhatADigestFollows(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		for _, title := range []string{"P", "Q", "R"} {
			published(s, "/v1/principles", text(title))
		}
		refer(s, "/v1/topics", topic("T"))
		refer(s, "/v1/organisations", organisation("O"))
		published(s, "/v1/pages", text("Mentioned"))
		study := "/v1/case-studies/" + published(s, "/v1/case-studies", story("One", "p", "principles", []string{"p", "q"}, "topics", []string{"t"},
			"organisations", []string{"o"}, "approach", "See [it](/v1/pages/mentioned).")).String("id")
		for _, next := range append(changesOfItself(s, study), changesOfOthers(s, study)...) {
			before := s.Anonymous().Get(study).Must(200).String("digest")
			next.do()
			if after := s.Anonymous().Get(study).Must(200).String("digest"); (after != before) != next.changes {
				t.Errorf("%s: %s, then %s", next.what, before, after)
			}
		}
	})
}

// minorly is a minor edition with other members.
func minorly(s *apitest.Service, path string, d doc) func() {
	return func() { s.Publisher().Patch(path+"?publish=true&updateType=minor", d, anyVersion).Must(200) }
}

func changesOfItself(s *apitest.Service, study string) []step {
	return []step{
		{"a draft", func() { s.Editor().Patch(study, doc{"title": "Two"}, anyVersion).Must(200) }, false},
		{"no draft any more", func() { s.Editor().Delete(study+"/draft", anyVersion).Must(204) }, false},
		{"a minor edition of the same content", minorly(s, study, doc{"title": "One"}), false},
		{"a major edition of the same content", func() {
			s.Publisher().Patch(study+"?publish=true&changeNote=Same.", doc{"title": "One"}, anyVersion).Must(200)
		}, false},
		{"secret members", minorly(s, study, doc{"patientInvolvement": "consented", "consent": doc{"reference": "x"}}), false},
		{"the summary", minorly(s, study, doc{"summary": "New."}), true},
		{"the slug", minorly(s, study, doc{"slug": "new"}), true},
		{"the language", minorly(s, study, doc{"language": "cy"}), true},
		{"a review date", minorly(s, study, doc{"reviewDueOn": "2027-01-01"}), true},
		{"rich text", minorly(s, study, doc{"outcome": "New."}), true},
		{"the order of links", minorly(s, study, doc{"principles": []string{"q", "p"}}), true},
	}
}

func changesOfOthers(s *apitest.Service, study string) []step {
	ids := func(refs ...string) doc {
		for i, ref := range refs {
			refs[i] = s.Anonymous().Get("/v1/principles/" + ref).Must(200).String("id")
		}
		return doc{"ids": refs}
	}
	return []step{
		{"a linked title", minorly(s, "/v1/principles/p", doc{"title": "Pp"}), true},
		{"a linked slug", minorly(s, "/v1/principles/p", doc{"slug": "pp"}), true},
		{"a linked summary", minorly(s, "/v1/principles/pp", doc{"summary": "Pp"}), false},
		{"a linked name", func() { s.Editor().Patch("/v1/topics/t", doc{"name": "Tt"}, anyVersion).Must(200) }, true},
		{"a linked short name", func() { s.Editor().Patch("/v1/organisations/o", doc{"shortName": "Oo"}, anyVersion).Must(200) }, true},
		{"a linked address", func() {
			s.Editor().Patch("/v1/organisations/o", doc{"url": "https://o.example"}, anyVersion).Must(200)
		}, false},
		{"a linked number", func() { s.Publisher().Put("/v1/principles/order", ids("q", "pp", "r")).Must(200) }, true},
		{"another number", func() { published(s, "/v1/principles", text("S")) }, false},
		{"a mentioned slug, which only html shows", minorly(s, "/v1/pages/mentioned", doc{"slug": "mentioned-2"}), false},
		{"a link that is withdrawn", func() { unpublish(s, "/v1/principles/q", "withdrawal").Must(200) }, true},
		{"its withdrawal", func() { unpublish(s, study, "withdrawal").Must(200) }, true},
		{"its return", func() { s.Publisher().Post(study+"/publish", nil, anyVersion).Must(200) }, true},
	}
}

// TestDigestsAreTheSameAtAnyAddress gives a copy of the service another address, site, licence and attribution.
func TestDigestsAreTheSameAtAnyAddress(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		relive(t, s, true)
		const elsewhere = "http://mirror.example:8080/deep"
		rendered, err := richtext.New(elsewhere, content.Collections()...)
		if err != nil {
			t.Fatal(err)
		}
		mirror := apitest.New(t, s.DB, func(c *api.Config) {
			c.Site = &content.Site{BaseURL: elsewhere, Text: rendered, Licence: content.Licence{Name: "Other", URL: "https://licence.example"},
				Attribution: content.Attribution{Text: "Other", URL: "https://attribution.example"}}
		})
		for _, address := range []string{"/v1/pages/toolkit", "/v1/case-studies/one", "/v1/principles/alpha", "/v1/toolkit-assets/poster", "/v1/topics/energie"} {
			here, there := s.Anonymous().Get(address).Must(200), mirror.Anonymous().Get(address).Must(200)
			if here.String("digest") != there.String("digest") || here.String("links", "self") == there.String("links", "self") {
				t.Errorf("%s: %s\n%s", address, here.Raw, there.Raw)
			}
		}
	})
}

// TestItemsSayWhoseTheyAre: licence, attribution, language and review dates on every item, by the settings.
func TestItemsSayWhoseTheyAre(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		relive(t, s, true)
		site := apitest.Site(t)
		for _, list := range contentLists {
			for _, item := range s.Anonymous().Get("/v1/" + list).Must(200).List("items") {
				m := item.(map[string]any)
				wantSame(t, "licence", m["licence"], site.Licence)
				wantSame(t, "attribution", m["attribution"], site.Attribution)
				slug, language := m["slug"].(string), "en-GB"
				if slug == "two" {
					language = "cy"
				}
				if m["language"] != language || (m["lastReviewedOn"] == "2024-01-02") != (slug == "two") || (m["reviewDueOn"] == "2025-01-02") != (slug == "two") {
					t.Errorf("%s: %v", slug, m)
				}
				if _, err := time.Parse("2006-01-02T15:04:05Z", m["publishedAt"].(string)); err != nil {
					t.Errorf("%s: %v", slug, err)
				}
			}
		}
	})
}
