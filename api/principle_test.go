package api_test

import (
	"testing"

	"github.com/cpics/working-together-api/api/apitest"
)

func TestFirstLight(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		made := s.Editor().Post("/v1/principles", map[string]any{"title": "Keeping people first"}).Must(201)
		ref := "/v1/principles/" + made.String("id")
		if got := made.Header.Get("Location"); got != apitest.BaseURL+ref+"?view=draft" {
			t.Errorf("Location: %q", got)
		}
		s.Anonymous().Get(ref).Problem(404, "not-found")
		s.Publisher().Post(ref+"/publish", nil, apitest.IfMatch(made.Tag())).Problem(422, "not-publishable")
		fixed := s.Editor().Patch(ref, map[string]any{"summary": "People come first.", "body": "Ask **them**."}, apitest.IfMatch(made.Tag())).Must(200)
		s.Editor().Post(ref+"/publish", nil, apitest.IfMatch(fixed.Tag())).Problem(403, "forbidden")
		live := s.Publisher().Post(ref+"/publish", nil, apitest.IfMatch(fixed.Tag())).Must(200)
		seen := s.Anonymous().Get("/v1/principles/keeping-people-first").Must(200)
		if seen.String("body", "html") != "<p>Ask <strong>them</strong>.</p>\n" || seen.Int("number") != 1 || seen.String("status") != "live" {
			t.Errorf("published: %s", seen.Raw)
		}
		s.Editor().Patch(ref, map[string]any{"title": "Edited"}, apitest.IfMatch(live.Tag())).Must(200)
		if again := s.Anonymous().Get(ref).Must(200); string(again.Raw) != string(seen.Raw) {
			t.Errorf("an edit shows:\n%s\n%s", seen.Raw, again.Raw)
		}
		if list := s.Anonymous().Get("/v1/principles").Must(200); list.Int("total") != 1 || list.String("items", 0, "title") != "Keeping people first" {
			t.Errorf("list: %s", list.Raw)
		}
		s.Publisher().Delete(ref, apitest.IfMatch("*")).Must(204)
		s.Anonymous().Get(ref).Problem(410, "gone")
	})
}
