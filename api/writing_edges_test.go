package api_test

import (
	"testing"

	"github.com/cpics/working-together-api/api/apitest"
)

// TestEmptyIsNotAbsent: text that may be left out is refused when it is given empty, and never replaced in silence.
func TestEmptyIsNotAbsent(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		answer := s.Editor().Post("/v1/case-studies", map[string]any{"title": "A", "slug": "", "language": "", "happenedOn": "",
			"patientInvolvement": "", "lastReviewedOn": ""}).Problem(422, "invalid-content")
		wantSameSet(t, answer.Faults(), []string{"/slug length", "/language length", "/happenedOn length", "/patientInvolvement length",
			"/lastReviewedOn length"})
	})
}

// TestDeletingWhatIsPublicAsksForTheRoleFirst: 403 comes before 428 and 412 (contract, order of checks).
func TestDeletingWhatIsPublicAsksForTheRoleFirst(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		ref := "/v1/principles/" + principleNamed(t, s, "First").String("id")
		s.Editor().Delete(ref).Problem(403, "forbidden")
		s.Editor().Delete(ref, apitest.IfMatch(`"v99"`)).Problem(403, "forbidden")
		s.Publisher().Delete(ref).Problem(428, "precondition-required")
	})
}

// TestDeletingTellsTheTagOfWhatLivesOn: an entry that is gone, or lost its draft, can be written to again.
func TestDeletingTellsTheTagOfWhatLivesOn(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		ref := "/v1/principles/" + principleNamed(t, s, "First").String("id")
		saved := s.Editor().Patch(ref, map[string]any{"title": "Second"}, apitest.IfMatch("*")).Must(200)
		discarded := s.Editor().Delete(ref+"/draft", apitest.IfMatch(saved.Tag())).Must(204)
		gone := s.Publisher().Delete(ref, apitest.IfMatch(discarded.Tag())).Must(204)
		s.Publisher().Post(ref+"/publish", nil, apitest.IfMatch(gone.Tag())).Must(200)
		draft := s.Editor().Post("/v1/principles", map[string]any{"title": "Never public"}).Must(201)
		if all := s.Editor().Delete("/v1/principles/"+draft.String("id"), apitest.IfMatch("*")).Must(204); all.Tag() != "" {
			t.Errorf("a discarded entry has the tag %s", all.Tag())
		}
	})
}

// TestDryRunHeedsATagThatIsSent: it needs none, but one that is stale means that something else was judged.
func TestDryRunHeedsATagThatIsSent(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		made := s.Editor().Post("/v1/principles", map[string]any{"title": "First"}).Must(201)
		address := "/v1/principles/" + made.String("id") + "/publish?dryRun=true"
		s.Editor().Post(address, nil).Must(200)
		s.Editor().Post(address, nil, apitest.IfMatch(made.Tag())).Must(200)
		s.Editor().Post(address, nil, apitest.IfMatch(`"v7"`)).Problem(412, "stale")
	})
}

// TestATokenIsMadeOnce: its secret cannot be given again, so a request that asks for that is refused.
func TestATokenIsMadeOnce(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		before := s.Admin().Get("/v1/tokens").Must(200).Int("total")
		refused := s.Admin().Post("/v1/tokens", map[string]any{"name": "n", "role": "reader"}, key("k")).Problem(400, "invalid-query")
		wantSameSet(t, refused.Faults(), []string{"Idempotency-Key unknown"})
		if after := s.Admin().Get("/v1/tokens").Must(200).Int("total"); after != before {
			t.Errorf("%d tokens, want %d", after, before)
		}
	})
}
