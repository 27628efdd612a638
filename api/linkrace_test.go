package api_test

import (
	"testing"

	"github.com/cpics/working-together-api/api/apitest"
)

// A link is made while its target is discarded or recalled: it is refused, or it vanishes with the target.
func TestLinksToWhatIsBeingErased(t *testing.T) {
	t.Parallel()
	removals := map[string]struct {
		make   func(s *apitest.Service) *apitest.Answer
		remove func(s *apitest.Service, path string) *apitest.Answer
		status int
	}{
		"discarded": {
			func(s *apitest.Service) *apitest.Answer { return draft(s, "/v1/principles", doc{"title": "Target"}) },
			func(s *apitest.Service, path string) *apitest.Answer { return s.Editor().Delete(path, anyVersion) }, 204,
		},
		"recalled": {
			func(s *apitest.Service) *apitest.Answer {
				return published(s, "/v1/principles", doc{"title": "Target", "summary": "s"})
			},
			func(s *apitest.Service, path string) *apitest.Answer { return unpublish(s, path, "recall") }, 200,
		},
	}
	for name, r := range removals {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			apitest.Each(t, func(t *testing.T, s *apitest.Service) {
				studies := []string{}
				for range 6 {
					studies = append(studies, "/v1/case-studies/"+draft(s, "/v1/case-studies", doc{"title": "A study"}).String("id"))
				}
				for range 10 {
					target := r.make(s).String("id")
					linking := doc{"principles": []string{target}, "challenge": "As in [this](/v1/principles/" + target + ")."}
					answers := atOnce(1+len(studies), func(i int) *apitest.Answer {
						if i == 0 {
							return r.remove(s, "/v1/principles/"+target)
						}
						return s.Editor().Patch(studies[i-1], linking, anyVersion)
					})
					answers[0].Must(r.status)
					for _, a := range answers[1:] {
						if a.StatusCode != 200 {
							a.Problem(422, "invalid-content")
						}
					}
					wantNoLinksToWhatIsErased(t, s)
				}
			})
		})
	}
}

func wantNoLinksToWhatIsErased(t *testing.T, s *apitest.Service) {
	t.Helper()
	if n := number(t, s.DB, `SELECT count(*) FROM edition_links l WHERE NOT EXISTS (
		SELECT 1 FROM entries e WHERE e.id = l.target_id AND e.status <> 'recalled')`); n > 0 {
		t.Errorf("%d links lead to what was erased", n)
	}
}
