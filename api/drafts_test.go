package api_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/cpics/working-together-api/api/apitest"
)

// TestListOfDrafts: every entry but recalled ones, each as its editors see it, last saved first.
func TestListOfDrafts(t *testing.T) {
	t.Parallel()
	eachKind(t, func(t *testing.T, s *apitest.Service, k contentKind) {
		byState := map[string]string{}
		order := []string{"live", "draft", "gone", "live with a draft", "withdrawn", "recalled", "withdrawn with a draft"}
		aPrinciple(t, s)
		for i, state := range order {
			days(s, i+2)
			path := states[state](t, s, k)
			byState[state] = path[strings.LastIndex(path, "/")+1:]
		}
		list := func(query string, want ...string) *apitest.Answer {
			t.Helper()
			answer := s.Reader().Get(k.path + "?view=draft" + query).Must(200)
			got := slices.DeleteFunc(answer.Column("id"), func(id string) bool { return id == aPrinciple(t, s) })
			for i, state := range want {
				want[i] = byState[state]
			}
			t.Log(query)
			wantEqual(t, got, want)
			return answer
		}
		all := list("", "withdrawn with a draft", "withdrawn", "live with a draft", "gone", "draft", "live")
		if got := all.Header.Get("Cache-Control"); got != "private, no-store" {
			t.Errorf("Cache-Control: %q", got)
		}
		list("&sort=-savedAt", "withdrawn with a draft", "withdrawn", "live with a draft", "gone", "draft", "live")
		list("&sort=savedAt", "live", "draft", "gone", "live with a draft", "withdrawn", "withdrawn with a draft")
		list("&status=draft", "draft")
		list("&status=live", "live with a draft", "live")
		list("&status=withdrawn&status=gone", "withdrawn with a draft", "withdrawn", "gone")
		list("&hasDraft=true", "withdrawn with a draft", "live with a draft", "draft")
		list("&hasDraft=false", "withdrawn", "gone", "live")
		list("&hasDraft=true&status=live", "live with a draft")
		first := list("&limit=2&status=withdrawn&status=gone", "withdrawn with a draft", "withdrawn")
		next := s.Reader().Get(first.String("next")).Must(200)
		wantEqual(t, next.Column("id"), []string{byState["gone"]})
		wantEqual(t, s.Reader().Get(next.String("previous")).Must(200).Column("id"), first.Column("id"))
		for i := range all.List("items") {
			item := all.At("items", i).(map[string]any)
			one := s.Reader().Get(k.path + "/" + item["id"].(string) + "?view=draft").Must(200)
			wantSame(t, "in the list", item, doc(one.JSON()).without("checks"))
		}
	})
}

func TestListOfDraftsRefuses(t *testing.T) {
	t.Parallel()
	eachKind(t, func(t *testing.T, s *apitest.Service, k contentKind) {
		s.Anonymous().Get(k.path+"?view=draft").Problem(401, "unauthenticated")
		s.Anonymous().Get(k.path+"?view=draft&sort=nonsense").Problem(401, "unauthenticated")
		s.Anonymous().Get(k.path+"/nothing?view=draft").Problem(401, "unauthenticated")
		for _, query := range []string{"view=draft&view=draft", "view=live", "view=draft&status=recalled", "view=draft&hasDraft=1",
			"view=draft&sort=title", "view=draft&hasDraft=true&hasDraft=true", "hasDraft=true", "status=draft", "status=gone",
			"sort=savedAt", "view=draft&language=cy", "view=draft&limit=0"} {
			t.Log(query)
			s.Reader().Get(k.path+"?"+query).Problem(400, "invalid-query")
		}
	})
}

// TestDraftView: what it shows of the entry, and that a credential alone does not change what a plain GET answers.
func TestDraftView(t *testing.T) {
	t.Parallel()
	eachKind(t, func(t *testing.T, s *apitest.Service, k contentKind) {
		path := threeEditions(t, s, k) // in the test of editions: live on day 4, draft of day 5
		view := s.Reader().Get(path + "?view=draft").Must(200)
		got := doc{}
		want := doc{"status": "live", "hasDraft": true, "edition": 4, "version": 8, "savedAt": noon(5), "createdBy": "editor", "updatedBy": "editor",
			"firstPublishedAt": noon(2), "updatedAt": noon(4), "publishedAt": nil, "scheduledFor": nil, "title": "Draft title"}
		for member := range want {
			got[member] = view.At(member)
		}
		wantSame(t, "view", got, want)
		if view.Tag() != `"v8"` || view.At("checks") == nil || view.Header.Get("Content-Encoding") != "" {
			t.Errorf("%v %s", view.Header, view.Raw)
		}
		public, plain := s.Anonymous().Get(path).Must(200), s.Editor().Get(path).Must(200)
		wantSame(t, "with a credential", plain.JSON(), public.JSON())
		if plain.Header.Get("Cache-Control") != "private, no-store" || !strings.HasPrefix(public.Header.Get("Cache-Control"), "public") {
			t.Errorf("caching: %q, %q", plain.Header.Get("Cache-Control"), public.Header.Get("Cache-Control"))
		}
		s.Editor().Delete(path+"/draft", anyVersion).Must(204)
		if view := s.Reader().Get(path + "?view=draft").Must(200); view.At("hasDraft").(bool) || view.Int("edition") != 3 || view.String("publishedAt") != noon(4) {
			t.Errorf("the live edition: %s", view.Raw)
		}
	})
}

// TestSecretsOfReaders: nothing that a reader may ask for tells whether a patient is in a story; editors see it.
func TestSecretsOfReaders(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		principle := aPrinciple(t, s)
		path := "/v1/case-studies/" + published(s, "/v1/case-studies", story("Story", principle)).String("id")
		for _, change := range []doc{{"patientInvolvement": "consented", "consent": doc{"reference": "IG-77"}}, {"consent": doc{"reference": "IG-78"}}} {
			s.Publisher().Patch(path+"?publish=true&changeNote=x", change, anyVersion).Must(200)
		}
		s.Editor().Patch(path, doc{"consent": nil}, anyVersion).Must(200)
		bare := "/v1/case-studies/" + draft(s, "/v1/case-studies", doc{"title": "Bare"}).String("id")
		for address, forEditors := range map[string]bool{
			path: false, "/v1/case-studies": false, "/v1/case-studies?include=richText": false,
			path + "?view=draft": true, bare + "?view=draft": true, "/v1/case-studies?view=draft": true, path + "/editions": false,
			path + "/editions/1": true, path + "/editions/2": true, path + "/editions/1/diff": true, path + "/editions/2/diff": true,
			path + "/editions/3/diff": true, path + "/editions/3/diff?against=1": true,
		} {
			if got := tellsOfPatients(s.Editor().Get(address).Must(200)); got != forEditors {
				t.Errorf("%s tells editors: %v, want %v", address, got, forEditors)
			}
			for name, c := range map[string]apitest.Client{"readers": s.Reader(), "anyone": s.Anonymous()} {
				if answer := c.Get(address); tellsOfPatients(answer) {
					t.Errorf("%s tells %s: %s", address, name, answer.Raw)
				}
			}
		}
		for _, query := range []string{"patientInvolvement=none", "consent=x", "fields=consent", "sort=patientInvolvement"} {
			s.Reader().Get("/v1/case-studies?"+query).Problem(400, "invalid-query")
		}
	})
}

func tellsOfPatients(a *apitest.Answer) bool {
	raw, _ := json.Marshal(a.At()) // of what was JSON a moment ago
	for _, word := range []string{"patientInvolvement", "consent", "patient", "IG-7"} {
		if strings.Contains(string(raw), word) {
			return true
		}
	}
	return false
}
