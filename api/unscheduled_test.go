package api_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/cpics/working-together-api/api/apitest"
)

// TestWhoUnpublishesNowDecidesAnew: nothing comes back, or goes, that was decided before.
func TestWhoUnpublishesNowDecidesAnew(t *testing.T) {
	t.Parallel()
	scheduling(t, func(t *testing.T, s *apitest.Service, c *clock) {
		for i, how := range []string{"withdrawal", "gone", "DELETE"} {
			id := published(s, "/v1/pages", text(fmt.Sprint("Page ", i))).String("id")
			path := "/v1/pages/" + id
			s.Editor().Patch(path, doc{"title": "Edited"}, anyVersion).Must(200)
			publishAt(s, path, midday.Add(time.Hour), "changeNote", "n").Must(202)
			unpublishAt(s, path, "gone", midday.Add(2*time.Hour)).Must(202)
			actions[how](s, path)
			if got := view(s, path); got.At("schedule") != nil || got.Int("version") != 5 {
				t.Errorf("after %s: %s", how, got.Raw)
			}
		}
		id := published(s, "/v1/pages", text("Withdrawn")).String("id")
		path := "/v1/pages/" + id
		unpublish(s, path, "withdrawal").Must(200)
		publishAt(s, path, midday.Add(time.Hour)).Must(202)
		if got := unpublish(s, path, "withdrawal").Must(200); got.String("scheduledFor") != stamp(midday.Add(time.Hour)) {
			t.Errorf("with a new explanation the schedule went: %s", got.Raw)
		}
		before := lastSeq(t, s)
		c.set(midday.Add(3 * time.Hour))
		statusBecomes(t, s, path, "live")
		wantEvents(t, s, before, "published "+id)
		wantInvariants(t, s)
	})
}

// TestARecallErasesSchedules: what they say, and the answers that repeat it.
func TestARecallErasesSchedules(t *testing.T) {
	t.Parallel()
	scheduling(t, func(t *testing.T, s *apitest.Service, c *clock) {
		path := "/v1/pages/" + published(s, "/v1/pages", text("Page")).String("id")
		s.Editor().Patch(path, doc{"title": "Edited"}, anyVersion).Must(200)
		publishAt(s, path, midday.Add(time.Hour), "changeNote", "Flagged note.").Must(202)
		s.Publisher().Post(path+"/unpublish", doc{"type": "gone", "explanation": "Flagged words.", "at": stamp(midday.Add(2 * time.Hour))}, anyVersion, key("k")).Must(202)
		unpublish(s, path, "recall").Must(200)
		if n := number(t, s.DB, "SELECT count(*) FROM schedules"); n != 0 {
			t.Errorf("%d schedules are left", n)
		}
		before := lastSeq(t, s)
		c.set(midday.Add(3 * time.Hour))
		time.Sleep(100 * time.Millisecond)
		wantEvents(t, s, before)
		wantInvariants(t, s)
	})
}

func TestASecondRequestWithTheKeySchedulesNothing(t *testing.T) {
	t.Parallel()
	scheduling(t, func(t *testing.T, s *apitest.Service, c *clock) {
		path := "/v1/pages/" + draft(s, "/v1/pages", text("Page")).String("id")
		ask := func() *apitest.Answer {
			return s.Publisher().Post(path+"/publish", doc{"at": stamp(midday.Add(time.Hour))}, apitest.IfMatch(`"v1"`), key("k"))
		}
		first, second := ask().Must(202), ask().Must(202)
		if second.Header.Get("Idempotency-Replayed") != "true" || string(second.Raw) != string(first.Raw) || second.Tag() != first.Tag() {
			t.Errorf("repeated: %s%s", headerLines(second.Header), second.Raw)
		}
		c.set(midday.Add(2 * time.Hour))
		statusBecomes(t, s, path, "live")
		if string(ask().Must(202).Raw) != string(first.Raw) {
			t.Error("after it was done the key answers otherwise")
		}
	})
}
