package api_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cpics/working-together-api/api/apitest"
	"github.com/cpics/working-together-api/internal/change"
	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/database/dbtest"
)

// TestWhatStandsAgainstItThenIsNotPublished: never in part, and its editors see it.
func TestWhatStandsAgainstItThenIsNotPublished(t *testing.T) {
	t.Parallel()
	scheduling(t, func(t *testing.T, s *apitest.Service, c *clock) {
		principle := published(s, "/v1/principles", text("Principle")).String("id")
		id := draft(s, "/v1/case-studies", story("Study", principle)).String("id")
		path, at := "/v1/case-studies/"+id, midday.Add(time.Hour)
		publishAt(s, path, at).Must(202)
		unpublishAt(s, path, "gone", midday.Add(2*time.Hour)).Must(202)
		unpublish(s, "/v1/principles/"+principle, "recall").Must(200)
		before := lastSeq(t, s)
		c.set(at)
		eventually(t, func() bool { return view(s, path).At("schedule") == nil })
		got := view(s, path)
		if got.String("status") != "draft" || got.Int("version") != 4 || got.String("updatedBy") != "schedule" ||
			got.String("checks", 0, "code") != "schedule-missed" || !strings.Contains(got.String("checks", 0, "detail"), stamp(at)) {
			t.Errorf("the draft says %s", got.Raw)
		}
		wantEvents(t, s, before)
		wantSame(t, "audit", lastAudit(t, s, id, 1), []string{"publish.missed schedule 4"})
		c.set(midday.Add(3 * time.Hour))
		time.Sleep(100 * time.Millisecond)
		wantEvents(t, s, before)
		s.Editor().Patch(path, doc{"principles": []string{aPrinciple(t, s)}}, anyVersion).Must(200)
		if view(s, path).String("checks", 0, "code") != "schedule-missed" {
			t.Error("it is forgotten before it is published")
		}
		publishAt(s, path, midday.Add(4*time.Hour)).Must(202)
		if got := view(s, path); len(got.List("checks")) != 0 {
			t.Errorf("scheduled again, it says %s", got.Raw)
		}
		c.set(midday.Add(4 * time.Hour))
		statusBecomes(t, s, path, "live")
		wantInvariants(t, s)
	})
}

// TestAFailureIsTriedAgainAndHoldsUpNothing has one of three fail by what no request can cause.
func TestAFailureIsTriedAgainAndHoldsUpNothing(t *testing.T) {
	t.Parallel()
	scheduling(t, func(t *testing.T, s *apitest.Service, c *clock) {
		var paths []string
		for i := range 3 {
			paths = append(paths, "/v1/pages/"+draft(s, "/v1/pages", text(fmt.Sprint("Page ", i))).String("id"))
			publishAt(s, paths[i], midday.Add(time.Duration(i+1)*time.Minute)).Must(202)
		}
		unpublishAt(s, paths[0], "gone", midday.Add(time.Hour)).Must(202)
		first := strings.TrimPrefix(paths[0], "/v1/pages/")
		dbtest.Exec(t, s.DB, refusing(s.DB.Engine(), first))
		c.set(midday.Add(5 * time.Minute))
		statusBecomes(t, s, paths[1], "live")
		statusBecomes(t, s, paths[2], "live")
		attempts := func() int { return number(t, s.DB, "SELECT coalesce(max(attempts), 0) FROM schedules") }
		eventually(t, func() bool { return attempts() == 1 })
		if n := number(t, s.DB, "SELECT count(*) FROM schedules"); n != 2 {
			t.Errorf("%d schedules are left, want both of the first", n)
		}
		c.set(midday.Add(5*time.Minute + 5*time.Second))
		eventually(t, func() bool { return attempts() == 2 })
		dbtest.Exec(t, s.DB, map[database.Engine]string{database.SQLite: "DROP TRIGGER refuse", database.Postgres: "DROP TRIGGER refuse ON entries"}[s.DB.Engine()])
		before := lastSeq(t, s)
		c.set(midday.Add(10 * time.Minute))
		statusBecomes(t, s, paths[0], "live")
		wantEvents(t, s, before, "published "+first)
		c.set(midday.Add(time.Hour))
		statusBecomes(t, s, paths[0], "gone")
		wantInvariants(t, s)
	})
}

// TestAFailureDoesNotPutOffTheEnd: the time to unpublish counts, though publishing is to be tried again later than that.
func TestAFailureDoesNotPutOffTheEnd(t *testing.T) {
	t.Parallel()
	scheduling(t, func(t *testing.T, s *apitest.Service, c *clock) {
		id := draft(s, "/v1/pages", text("Page")).String("id")
		path := "/v1/pages/" + id
		publishAt(s, path, midday.Add(time.Minute)).Must(202)
		unpublishAt(s, path, "gone", midday.Add(time.Minute+2*time.Second)).Must(202)
		dbtest.Exec(t, s.DB, refusing(s.DB.Engine(), id))
		c.set(midday.Add(time.Minute))
		eventually(t, func() bool { return number(t, s.DB, "SELECT coalesce(max(attempts), 0) FROM schedules") == 1 })
		c.set(midday.Add(time.Minute + 2*time.Second)) // sooner than it is tried again
		eventually(t, func() bool { return view(s, path).At("schedule") == nil })
		if got := view(s, path); got.String("status") != "draft" || got.String("checks", 0, "code") != "schedule-missed" {
			t.Errorf("the draft says %s", got.Raw)
		}
	})
}

// TestAScheduleIsDoneOnce by one of three replicas, though the one that is first is killed in the middle of it, and all of
// them are at it.
func TestAScheduleIsDoneOnce(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		c := clockOf(db)
		first := apitest.New(t, db, often)
		replicas := []*apitest.Service{first, apitest.New(t, db, often), apitest.New(t, db, often)}
		const n = 40
		var paths []string
		for i := range n {
			paths = append(paths, "/v1/principles/"+draft(first, "/v1/principles", text(fmt.Sprint("Principle ", i))).String("id"))
			publishAt(first, paths[i], midday.Add(time.Hour)).Must(202)
		}
		before := lastSeq(t, first)
		died := errors.New("the process is killed")
		err := db.WriteHolding(t.Context(), "schedules", func(tx *database.Tx) error { // as the worker does
			if _, err := change.Lock(tx); err != nil {
				return err
			}
			c.set(midday.Add(time.Hour))
			if err := tx.Exec("DELETE FROM schedules").Error; err != nil {
				return err
			}
			time.Sleep(200 * time.Millisecond) // the others come meanwhile
			return died
		})
		if !errors.Is(err, died) {
			t.Fatal(err)
		}
		for i, path := range paths {
			statusBecomes(t, replicas[i%3], path, "live")
		}
		lines := map[string]bool{}
		for _, line := range linesAfter(t, first, before) {
			lines[line.EntryID.String()] = true
		}
		if last := lastSeq(t, first); last != before+n || len(lines) != n {
			t.Errorf("%d lines about %d of %d", last-before, len(lines), n)
		}
		wantInvariants(t, first)
	})
}

// TestSchedulesSurviveARestart: what was due while no service ran is done by the next one.
func TestSchedulesSurviveARestart(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		c := clockOf(db)
		s := apitest.New(t, db, often)
		path := "/v1/pages/" + draft(s, "/v1/pages", text("Page")).String("id")
		publishAt(s, path, midday.Add(time.Hour)).Must(202)
		s.Stop()
		c.set(midday.Add(24 * time.Hour))
		time.Sleep(100 * time.Millisecond)
		if got := view(s, path).String("status"); got != "draft" {
			t.Fatalf("a service that has stopped made it %s", got)
		}
		next := apitest.New(t, db)
		if done := statusBecomes(t, next, path, "live"); done.String("publishedAt") != stamp(midday.Add(24*time.Hour)) {
			t.Errorf("it became public at another time than it says: %s", done.Raw)
		}
	})
}

// TestCancellingWinsOrLosesWhole races cancelling against the time: the draft is published or can be changed, never both.
func TestCancellingWinsOrLosesWhole(t *testing.T) {
	t.Parallel()
	scheduling(t, func(t *testing.T, s *apitest.Service, c *clock) {
		for i := range 20 {
			path := "/v1/pages/" + draft(s, "/v1/pages", text(fmt.Sprint("Page ", i))).String("id")
			at := midday.Add(time.Duration(i+1) * time.Hour)
			publishAt(s, path, at).Must(202)
			var both sync.WaitGroup
			var cancelled *apitest.Answer
			both.Go(func() { c.set(at) })
			both.Go(func() {
				time.Sleep(time.Duration(i) * 2 * time.Millisecond)
				cancelled = cancel(s, path, "publish")
			})
			both.Wait()
			if cancelled.StatusCode == 204 {
				time.Sleep(60 * time.Millisecond)
				s.Anonymous().Get(path).Must(404)
				s.Editor().Patch(path, doc{"title": "Other"}, anyVersion).Must(200)
			} else {
				cancelled.Problem(404, "not-found")
				statusBecomes(t, s, path, "live")
			}
		}
		wantInvariants(t, s)
	})
}

// TestManyAreDueAtOnce, as after a night without the service.
func TestManyAreDueAtOnce(t *testing.T) {
	t.Parallel()
	scheduling(t, func(t *testing.T, s *apitest.Service, c *clock) {
		const n = 120
		for i := range n {
			publishAt(s, "/v1/pages/"+draft(s, "/v1/pages", text(fmt.Sprint("Page ", i))).String("id"), midday.Add(time.Minute)).Must(202)
		}
		c.set(midday.Add(time.Hour))
		eventually(t, func() bool { return number(t, s.DB, "SELECT count(*) FROM schedules") == 0 })
		if total := s.Anonymous().Get("/v1/pages?limit=1").Int("total"); total != n {
			t.Errorf("%d of %d are public", total, n)
		}
		wantInvariants(t, s)
	})
}

// refusing makes the database refuse that an entry becomes live.
func refusing(engine database.Engine, id string) string {
	if engine == database.SQLite {
		return "CREATE TRIGGER refuse BEFORE UPDATE ON entries WHEN NEW.id = '" + id + "' AND NEW.status = 'live' BEGIN SELECT RAISE(ABORT, 'refused'); END"
	}
	return `CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'refused'; END $$;
		CREATE TRIGGER refuse BEFORE UPDATE ON entries FOR EACH ROW WHEN (NEW.id = '` + id + `' AND NEW.status = 'live') EXECUTE FUNCTION refuse()`
}
