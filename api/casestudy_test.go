package api_test

import (
	"testing"

	"github.com/cpics/working-together-api/api/apitest"
)

// principleNamed publishes a principle.
func principleNamed(t *testing.T, s *apitest.Service, title string) *apitest.Answer {
	t.Helper()
	return s.Publisher().Post("/v1/principles?publish=true", map[string]any{"title": title, "summary": title + "."}).Must(201)
}

func TestCaseStudyFlow(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		first, second := principleNamed(t, s, "First"), principleNamed(t, s, "Second")
		if first.Int("number") != 1 || second.Int("number") != 2 {
			t.Fatalf("numbers: %s %s", first.Raw, second.Raw)
		}
		draft := s.Editor().Post("/v1/case-studies", map[string]any{"title": "A story"}).Must(201)
		ref := "/v1/case-studies/" + draft.String("id")
		refused := s.Publisher().Post(ref+"/publish", nil, apitest.IfMatch(draft.Tag())).Problem(422, "not-publishable")
		var pointers []string
		for i := range refused.List("checks") {
			pointers = append(pointers, refused.String("checks", i, "pointer"))
		}
		wantEqual(t, pointers, []string{"/summary", "/challenge", "/approach", "/outcome", "/principles", "/patientInvolvement"})
		full := map[string]any{"title": "A story", "summary": "Short.", "challenge": "c", "approach": "See [the first](/v1/principles/first).",
			"outcome": "o", "principles": []string{"second", first.String("id")}, "patientInvolvement": "consented",
			"consent": map[string]any{"reference": "IG-1"}}
		s.Editor().Put(ref, full, apitest.IfMatch(draft.Tag())).Must(200)
		live := s.Publisher().Post(ref+"/publish", nil, apitest.IfMatch("*")).Must(200)
		if live.String("consent", "reference") != "IG-1" {
			t.Errorf("editors see no consent: %s", live.Raw)
		}
		seen := s.Anonymous().Get(ref).Must(200)
		if seen.At("consent") != nil || seen.At("patientInvolvement") != nil || seen.At("input") != nil {
			t.Errorf("secrets are public: %s", seen.Raw)
		}
		if seen.String("principles", 0, "title") != "Second" || seen.String("principles", 1, "title") != "First" {
			t.Errorf("order of links: %s", seen.Raw)
		}
		if got := seen.String("approach", "html"); got != "<p>See <a href=\"https://www.example.nhs.uk/working-together/principle/first\" rel=\"noopener noreferrer\">the first</a>.</p>\n" &&
			got != "<p>See <a href=\"https://www.example.nhs.uk/working-together/principle/first\">the first</a>.</p>\n" {
			t.Errorf("mention: %s", got)
		}
		s.Anonymous().Get("/v1/case-studies?principle=first&facets=principle").Must(200)
		over := s.Anonymous().Get("/v1/overview").Must(200)
		if len(over.List("principles")) != 2 || len(over.List("caseStudies")) != 1 {
			t.Errorf("overview: %s", over.Raw)
		}
		if p := s.Anonymous().Get("/v1/principles/first?include=caseStudies").Must(200); p.String("caseStudies", 0, "title") != "A story" {
			t.Errorf("include: %s", p.Raw)
		}
	})
}

func wantEqual(t *testing.T, got, want []string) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("got %q, want %q", got, want)
	}
	for i := range got {
		if got[i] != want[i] {
			t.Fatalf("got %q, want %q", got, want)
		}
	}
}
