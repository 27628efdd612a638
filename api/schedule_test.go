package api_test

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cpics/working-together-api/api"
	"github.com/cpics/working-together-api/api/apitest"
	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/database/dbtest"
)

// midday is when tests of schedules begin.
var midday = time.Date(2026, 3, 28, 12, 0, 0, 0, time.UTC)

// clock is one that stands still until it is moved.
type clock struct{ at atomic.Int64 }

// clockOf gives databases a clock of their own, at midday.
func clockOf(dbs ...*database.DB) *clock {
	c := &clock{}
	c.set(midday)
	for _, db := range dbs {
		db.SetClock(func() time.Time { return time.Unix(c.at.Load(), 0) })
	}
	return c
}

func (c *clock) set(at time.Time) { c.at.Store(at.Unix()) }

// stamp is a time as answers write it.
func stamp(at time.Time) string { return at.UTC().Format(time.RFC3339) }

// often looks for what is scheduled often enough for a test.
func often(cfg *api.Config) { cfg.LookEvery = 20 * time.Millisecond }

// scheduling runs a test on both engines, with a clock.
func scheduling(t *testing.T, test func(t *testing.T, s *apitest.Service, c *clock)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		c := clockOf(db)
		test(t, apitest.New(t, db, often), c)
	})
}

// publishAt has what is at an address published at a time.
func publishAt(s *apitest.Service, path string, at time.Time, members ...any) *apitest.Answer {
	return s.Publisher().Post(path+"/publish", doc{"at": stamp(at)}.with(members...), anyVersion)
}

// unpublishAt has what is at an address unpublished at a time.
func unpublishAt(s *apitest.Service, path, how string, at time.Time) *apitest.Answer {
	return s.Publisher().Post(path+"/unpublish", doc{"type": how, "explanation": "Because of " + how + ".", "at": stamp(at)}, anyVersion)
}

func cancel(s *apitest.Service, path, act string) *apitest.Answer {
	return s.Publisher().Delete(path+"/schedule?for="+act, anyVersion)
}

func view(s *apitest.Service, path string) *apitest.Answer {
	return s.Editor().Get(path + "?view=draft")
}

// statusBecomes waits until an entry has a status.
func statusBecomes(t *testing.T, s *apitest.Service, path, status string) *apitest.Answer {
	t.Helper()
	eventually(t, func() bool { return view(s, path).String("status") == status })
	return view(s, path)
}

// lastAudit tells the newest rows of the audit of an entry, as "action by whom at its version", oldest first.
func lastAudit(t *testing.T, s *apitest.Service, id string, rows int) (list []string) {
	t.Helper()
	err := s.DB.Read(t.Context(), func(tx *database.Tx) error {
		return tx.Raw(`SELECT action || ' ' || actor_name || ' ' || version FROM (SELECT * FROM audit WHERE entry_id = ? ORDER BY id DESC LIMIT ?) AS newest
			ORDER BY id`, id, rows).Scan(&list).Error
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestADraftIsPublishedWhenItIsTime(t *testing.T) {
	t.Parallel()
	for _, k := range contentKinds {
		t.Run(k.name, func(t *testing.T) {
			t.Parallel()
			scheduling(t, func(t *testing.T, s *apitest.Service, c *clock) {
				path := k.path + "/" + draft(s, k.path, k.complete(t, s)).String("id")
				id, before := strings.TrimPrefix(path, k.path+"/"), lastSeq(t, s)
				at := midday.Add(time.Hour)
				answer := publishAt(s, path, at).Must(202)
				if answer.Tag() != `"v2"` || answer.Int("version") != 2 || answer.String("status") != "draft" ||
					answer.String("scheduledFor") != stamp(at) || answer.String("schedule", "publish") != stamp(at) || answer.At("schedule", "unpublish") != nil {
					t.Errorf("answered %s %s", answer.Tag(), answer.Raw)
				}
				wantSame(t, "the draft view", view(s, path).JSON(), answer.JSON())
				if listed := s.Reader().Get(k.path + "?view=draft&fields=scheduledFor"); !strings.Contains(string(listed.Raw), stamp(at)) {
					t.Errorf("the list of drafts says %s", listed.Raw)
				}
				c.set(at.Add(-time.Second))
				time.Sleep(100 * time.Millisecond) // several looks
				s.Anonymous().Get(path).Problem(404, "not-found")
				wantEvents(t, s, before)
				c.set(at.Add(time.Second))
				done := statusBecomes(t, s, path, "live")
				if done.Int("version") != 3 || done.At("scheduledFor") != nil || done.At("schedule") != nil || done.At("hasDraft") != false ||
					done.String("publishedAt") != stamp(at.Add(time.Second)) || done.String("updatedBy") != "publisher" {
					t.Errorf("published as %s", done.Raw)
				}
				s.Anonymous().Get(path).Must(200)
				wantEvents(t, s, before, "published "+id)
				wantSame(t, "audit", lastAudit(t, s, id, 2), []string{"publish.schedule publisher 2", "publish publisher 3"})
				wantInvariants(t, s)
			})
		})
	}
}

// TestALaterEditionKeepsItsNote: how it is to be published is said, and checked, when it is scheduled.
func TestALaterEditionKeepsItsNote(t *testing.T) {
	t.Parallel()
	scheduling(t, func(t *testing.T, s *apitest.Service, c *clock) {
		path := "/v1/pages/" + published(s, "/v1/pages", text("Page")).String("id")
		publishAt(s, path, midday.Add(time.Hour), "changeNote", "n").Problem(409, "nothing-to-publish")
		s.Editor().Patch(path, doc{"title": "Second"}, anyVersion).Must(200)
		if got := publishAt(s, path, midday.Add(time.Hour)).Problem(422, "invalid-content").Faults(); fmt.Sprint(got) != "[/changeNote required]" {
			t.Errorf("faults %v", got)
		}
		publishAt(s, path, midday.Add(time.Hour), "changeNote", "What is new.").Must(202)
		c.set(midday.Add(time.Hour))
		eventually(t, func() bool { return s.Anonymous().Get(path).String("title") == "Second" })
		item := s.Anonymous().Get(path)
		if item.Int("edition") != 2 || item.String("changeNote") != "What is new." || item.String("changeHistory", 0, "at") != stamp(midday.Add(time.Hour)) {
			t.Errorf("%s", item.Raw)
		}
		if who := s.Reader().Get(path+"/editions").String("items", 0, "publishedBy"); who != "publisher" {
			t.Errorf("published by %q", who)
		}
		s.Editor().Patch(path, doc{"summary": "Shorter."}, anyVersion).Must(200)
		publishAt(s, path, midday.Add(2*time.Hour), "updateType", "minor").Must(202)
		c.set(midday.Add(3 * time.Hour))
		eventually(t, func() bool { return s.Anonymous().Get(path).Int("edition") == 3 })
		if item := s.Anonymous().Get(path); item.String("updatedAt") != stamp(midday.Add(time.Hour)) {
			t.Errorf("a minor edition moved updatedAt: %s", item.Raw)
		}
	})
}

// TestAScheduledDraftStaysAsItIs is the table of what may be done meanwhile.
func TestAScheduledDraftStaysAsItIs(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		at := time.Now().Add(24 * time.Hour)
		never := "/v1/pages/" + draft(s, "/v1/pages", text("Never")).String("id")
		again := "/v1/pages/" + published(s, "/v1/pages", text("Again")).String("id")
		s.Editor().Patch(again, doc{"title": "Edited"}, anyVersion).Must(200)
		for _, path := range []string{never, again} {
			publishAt(s, path, at, "changeNote", "n").Must(202)
			before := view(s, path).JSON()
			for request, answer := range map[string]*apitest.Answer{
				"PUT":                s.Editor().Put(path, text("Other"), anyVersion),
				"PUT with publish":   s.Publisher().Put(path+"?publish=true&changeNote=n", text("Other"), anyVersion),
				"PATCH":              s.Editor().Patch(path, doc{"title": "Other"}, anyVersion),
				"PATCH with publish": s.Publisher().Patch(path+"?publish=true&changeNote=n", doc{"title": "Other"}, anyVersion),
				"a PATCH with fault": s.Editor().Patch(path, doc{"slug": "!"}, anyVersion),
				"DELETE …/draft":     s.Editor().Delete(path+"/draft", anyVersion),
				"publish":            publish(s, path, "n"),
				"another schedule":   publishAt(s, path, at.Add(time.Hour), "changeNote", "n"),
			} {
				if got := outcomeOf(answer); got != "409 scheduled" {
					t.Errorf("%s: %s", request, got)
				}
			}
			s.Editor().Patch(path, doc{"title": "Other"}).Problem(428, "precondition-required")
			s.Editor().Patch(path, doc{"title": "Other"}, apitest.IfMatch(`"v1"`)).Problem(412, "stale")
			wantSame(t, "the draft", view(s, path).JSON(), before)
		}
		s.Editor().Delete(never, anyVersion).Problem(409, "scheduled")
		s.Editor().Post(again+"/editions/1/restore", nil, anyVersion).Problem(409, "scheduled")
		if dry := s.Editor().Post(again+"/publish?dryRun=true", doc{"at": stamp(at)}).Must(200); dry.At("publishable") != true {
			t.Errorf("a dry run says %s", dry.Raw)
		}

		s.Editor().Delete(never+"/schedule?for=publish", anyVersion).Problem(403, "forbidden")
		s.Publisher().Delete(never+"/schedule?for=publish").Problem(428, "precondition-required")
		s.Publisher().Delete(never+"/schedule?for=publish", apitest.IfMatch(`"v1"`)).Problem(412, "stale")
		s.Publisher().Delete(never+"/schedule", anyVersion).Problem(400, "invalid-query")
		s.Publisher().Delete(never+"/schedule?for=both", anyVersion).Problem(400, "invalid-query")
		cancel(s, never, "unpublish").Problem(404, "not-found")
		done := s.Publisher().Delete(never+"/schedule?for=publish", apitest.IfMatch(`"v2"`)).Must(204)
		if done.Tag() != `"v3"` || done.Header.Get("Cache-Control") != "private, no-store" {
			t.Errorf("cancelling answered %s", headerLines(done.Header))
		}
		cancel(s, never, "publish").Problem(404, "not-found")
		if got := view(s, never); got.Int("version") != 3 || got.At("scheduledFor") != nil {
			t.Errorf("after cancelling: %s", got.Raw)
		}
		s.Editor().Patch(never, doc{"title": "Other"}, apitest.IfMatch(`"v3"`)).Must(200)
		s.Editor().Delete(never, anyVersion).Must(204)
		wantInvariants(t, s)
	})
}

func TestSchedulesAreRefused(t *testing.T) {
	t.Parallel()
	scheduling(t, func(t *testing.T, s *apitest.Service, c *clock) {
		never := "/v1/pages/" + draft(s, "/v1/pages", text("Never")).String("id")
		live := "/v1/pages/" + published(s, "/v1/pages", text("Live")).String("id")
		for name, at := range map[string]any{"now": stamp(midday), "past": stamp(midday.Add(-time.Hour)), "beyond": "9999-12-31T23:59:59-01:00",
			"a fraction": "2030-01-01T00:00:00.5Z", "a date": "2030-01-01", "a number": 1, "nothing": nil} {
			for _, answer := range []*apitest.Answer{s.Publisher().Post(never+"/publish", doc{"at": at}, anyVersion),
				s.Editor().Post(never+"/publish?dryRun=true", doc{"at": at}),
				s.Publisher().Post(live+"/unpublish", doc{"type": "gone", "at": at}, anyVersion)} {
				if faults := answer.Problem(422, "invalid-content").Faults(); len(faults) != 1 || !strings.HasPrefix(faults[0], "/at ") || !strings.Contains(string(answer.Raw), "Give a time ") {
					t.Errorf("%s: %s gives %v", name, answer.Request.URL, faults)
				}
			}
		}
		later := midday.Add(time.Hour)
		if got := unpublishAt(s, live, "recall", later).Problem(422, "invalid-content").Faults(); fmt.Sprint(got) != "[/at range]" {
			t.Errorf("a recall that waits: %v", got)
		}
		if got := s.Publisher().Post(live+"/unpublish", doc{"type": "withdrawal", "alternative": "!", "at": stamp(midday)}, anyVersion).Faults(); len(got) != 3 {
			t.Errorf("not all faults at once: %v", got)
		}
		unpublishAt(s, never, "gone", later).Problem(409, "conflict")
		s.Editor().Post(never+"/publish", doc{"at": stamp(later)}, anyVersion).Problem(403, "forbidden")
		s.Publisher().Post(never+"/publish", doc{"at": stamp(later)}).Problem(428, "precondition-required")
		s.Publisher().Post("/v1/pages?publish=true&at="+stamp(later), text("Other")).Problem(400, "invalid-query")

		bare := "/v1/pages/" + draft(s, "/v1/pages", doc{"title": "Bare"}).String("id")
		if checks := publishAt(s, bare, later).Problem(422, "not-publishable").List("checks"); len(checks) != 1 {
			t.Errorf("checks %v", checks)
		}
		consent := doc{"reference": "C", "expiresOn": "2026-03-30"} // valid now, and not on the day
		study := "/v1/case-studies/" + draft(s, "/v1/case-studies", story("Study", aPrinciple(t, s), "patientInvolvement", "consented", "consent", consent)).String("id")
		publishAt(s, study, midday.AddDate(0, 0, 7)).Problem(422, "not-publishable")
		if dry := s.Editor().Post(study+"/publish?dryRun=true", doc{"at": stamp(midday.AddDate(0, 0, 7))}).Must(200); dry.At("publishable") != false {
			t.Errorf("a dry run for a day without consent: %s", dry.Raw)
		}
		publishAt(s, study, midday.Add(time.Hour)).Must(202)
		for _, path := range []string{never, live, bare} {
			if got := view(s, path); got.At("scheduledFor") != nil || got.Int("version") > 2 {
				t.Errorf("what was refused left %s", got.Raw)
			}
		}
	})
}

func TestAnEntryIsUnpublishedWhenItIsTime(t *testing.T) {
	t.Parallel()
	eachSchedule := map[string]struct {
		event  string
		public int
	}{"withdrawal": {"withdrawn", 200}, "gone": {"gone", 410}}
	for how, want := range eachSchedule {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			scheduling(t, func(t *testing.T, s *apitest.Service, c *clock) {
				id := published(s, "/v1/pages", text("Page")).String("id")
				path, before, at := "/v1/pages/"+id, lastSeq(t, s), midday.Add(time.Hour)
				answer := s.Publisher().Post(path+"/unpublish", doc{"type": how, "explanation": "Over.", "alternative": "/v1/pages/other",
					"deadline": "2026-04-01T00:00:00Z", "at": stamp(at)}, anyVersion).Must(202)
				if answer.Tag() != `"v2"` || answer.String("status") != "live" || answer.String("scheduledFor") != stamp(at) ||
					answer.String("schedule", "unpublish") != stamp(at) || answer.At("schedule", "publish") != nil {
					t.Errorf("answered %s %s", answer.Tag(), answer.Raw)
				}
				unpublishAt(s, path, how, at.Add(time.Hour)).Problem(409, "scheduled")
				s.Editor().Patch(path, doc{"title": "Edited meanwhile"}, anyVersion).Must(200)
				s.Editor().Delete(path+"/draft", anyVersion).Must(204)
				c.set(at)
				done := statusBecomes(t, s, path, want.event)
				if done.Int("version") != 5 || done.At("scheduledFor") != nil {
					t.Errorf("it is %s", done.Raw)
				}
				item := s.Anonymous().Get(path).Must(want.public)
				said := item.String("explanation") + item.String("withdrawal", "explanation") + item.String("alternative") + item.String("withdrawal", "alternative")
				if said != "Over./v1/pages/other" {
					t.Errorf("it says %q: %s", said, item.Raw)
				}
				line := wantEvents(t, s, before, want.event+" "+id)[0]
				if !line.At.Equal(at) || line.Deadline == nil || line.Explanation != "Over." {
					t.Errorf("the line is %+v", line)
				}
				wantSame(t, "audit", lastAudit(t, s, id, 1), []string{map[string]string{"withdrawal": "withdraw", "gone": "gone"}[how] + " publisher 5"})
				wantInvariants(t, s)
			})
		})
	}
}

// TestPublishAndUnpublishSideBySide: for a while only, or away for a while.
func TestPublishAndUnpublishSideBySide(t *testing.T) {
	t.Parallel()
	scheduling(t, func(t *testing.T, s *apitest.Service, c *clock) {
		monday, friday := midday.Add(48*time.Hour), midday.Add(144*time.Hour)
		campaign := "/v1/pages/" + draft(s, "/v1/pages", text("Campaign")).String("id")
		publishAt(s, campaign, monday).Must(202)
		wantEqual(t, unpublishAt(s, campaign, "gone", monday).Problem(422, "invalid-content").Faults(), []string{"/at range"})
		both := unpublishAt(s, campaign, "gone", friday).Must(202)
		if both.String("scheduledFor") != stamp(monday) || both.String("schedule", "unpublish") != stamp(friday) {
			t.Errorf("both: %s", both.Raw)
		}
		cancel(s, campaign, "publish").Must(204)
		if left := view(s, campaign); left.At("schedule") != nil {
			t.Errorf("the unpublish of what will not be public stays: %s", left.Raw)
		}
		publishAt(s, campaign, monday).Must(202)
		unpublishAt(s, campaign, "gone", friday).Must(202)
		cancel(s, campaign, "unpublish").Must(204)
		unpublishAt(s, campaign, "withdrawal", friday).Must(202)

		away := "/v1/pages/" + published(s, "/v1/pages", text("Away")).String("id")
		s.Editor().Patch(away, doc{"title": "Back"}, anyVersion).Must(200)
		publishAt(s, away, friday, "changeNote", "Back.").Must(202)
		wantEqual(t, unpublishAt(s, away, "withdrawal", friday).Problem(422, "invalid-content").Faults(), []string{"/at range"})
		unpublishAt(s, away, "withdrawal", monday).Must(202)
		cancel(s, away, "publish").Must(204)
		wantEqual(t, publishAt(s, away, monday, "changeNote", "Back.").Problem(422, "invalid-content").Faults(), []string{"/at range"})
		publishAt(s, away, friday, "changeNote", "Back.").Must(202)
		wantInvariants(t, s)

		c.set(monday)
		if got := statusBecomes(t, s, campaign, "live"); got.String("scheduledFor") != stamp(friday) {
			t.Errorf("on Monday: %s", got.Raw)
		}
		if got := statusBecomes(t, s, away, "withdrawn"); got.String("schedule", "publish") != stamp(friday) {
			t.Errorf("on Monday: %s", got.Raw)
		}
		c.set(friday)
		statusBecomes(t, s, campaign, "withdrawn")
		statusBecomes(t, s, away, "live")
		wantInvariants(t, s)
	})
}

// TestAnOverdueWindowIsNotOpened: after a standstill, nothing is published whose time to be unpublished has come too.
func TestAnOverdueWindowIsNotOpened(t *testing.T) {
	t.Parallel()
	scheduling(t, func(t *testing.T, s *apitest.Service, c *clock) {
		id := draft(s, "/v1/pages", text("Page")).String("id")
		path := "/v1/pages/" + id
		live := published(s, "/v1/pages", text("Live")).String("id")
		s.Editor().Patch("/v1/pages/"+live, doc{"title": "Next"}, anyVersion).Must(200)
		for _, page := range []string{path, "/v1/pages/" + live} {
			publishAt(s, page, midday.Add(time.Hour), "changeNote", "Next.").Must(202)
			unpublishAt(s, page, "gone", midday.Add(2*time.Hour)).Must(202)
		}
		before := lastSeq(t, s)
		c.set(midday.Add(time.Hour * 24 * 400))
		statusBecomes(t, s, "/v1/pages/"+live, "gone")
		eventually(t, func() bool { return view(s, path).At("schedule") == nil })
		if got := view(s, path); got.String("status") != "draft" || got.String("checks", 0, "code") != "schedule-missed" {
			t.Errorf("the draft says %s", got.Raw)
		}
		wantEvents(t, s, before, "gone "+live)
		wantInvariants(t, s)
	})
}
