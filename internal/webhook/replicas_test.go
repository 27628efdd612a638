package webhook

import (
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/cpics/working-together-api/internal/change"
	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/database/dbtest"
)

func TestAnotherReplicaTakesOverFromOneThatEnds(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		release := make(chan struct{})
		var once sync.Once
		r := newTarget(t, func(int64) int {
			first := false
			once.Do(func() { first = true })
			if first {
				<-release
				return 0
			}
			return 200
		})
		id := w.hook(r.URL)
		stop := w.send(w.db)
		w.publish(5, change.Published)
		eventually(t, func() bool { return r.under.Load() == 1 })
		stop() // in the midst of a request
		if _, all := w.stored(id); len(all) != 1 || all[0].Status != pending || all[0].LeasedUntil != nil || all[0].Error != "" {
			t.Errorf("after the end: %+v", all)
		}
		w.send(dbtest.Replica(t, w.db))
		eventually(t, func() bool { return len(r.got()) == 5 })
		close(release)
		wantLines(t, r, 1, 5)
	})
}

func TestAnotherReplicaTakesOverFromOneThatVanishes(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		r := newTarget(t, nil)
		id := w.hook(r.URL)
		w.publish(3, change.Published)
		var lost *batch
		w.write(func(tx *database.Tx) (err error) { // a sender takes an attempt, and is never heard of again
			lost, err = claim(tx, lane{id, true})
			return err
		})
		w.send(dbtest.Replica(t, w.db))
		w.pass(lease - time.Second)
		if len(r.requests()) != 0 {
			t.Error("a delivery was sent while another sender had the lease")
		}
		w.pass(2 * time.Second)
		wantLines(t, r, 1, 3)
		w.write(func(tx *database.Tx) error { // and yet it comes back, with bad news of old
			next, err := conclude(tx, lost, []outcome{{status: 500, failure: "The target answered 500."}}, true)
			if next != nil {
				t.Error("who has lost the lease was given more to do")
			}
			return err
		})
		if _, all := w.stored(id); all[0].Status != delivered || all[0].Attempts != 2 || all[0].Error != "" {
			t.Errorf("%+v", all[0])
		}
	})
}

func TestReplicasShareTheWork(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		var targets []*target
		for range 4 {
			r := newTarget(t, nil)
			w.hook(r.URL)
			targets = append(targets, r)
		}
		for range 3 {
			w.send(dbtest.Replica(t, w.db))
		}
		var publishers sync.WaitGroup
		for range 4 {
			publishers.Go(func() { w.publish(15, change.Published) })
		}
		publishers.Wait()
		for _, r := range targets {
			eventually(t, func() bool { return len(r.got()) >= 60 })
			wantLines(t, r, 1, 60)
			if r.tangle > 0 {
				t.Errorf("%d requests came while another was under way", r.tangle)
			}
		}
	})
}

func TestAWebhookChoosesEventsAndTypes(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		removals, none := newTarget(t, nil), newTarget(t, nil)
		w.hook(removals.URL, func(in *Input) { in.Events, in.Types = []string{"gone", "recalled"}, []string{"page", "topic"} })
		other := w.hook(none.URL, func(in *Input) { in.Types = []string{"case-study"} })
		w.send(w.db)
		w.publish(2, change.Published)
		w.publish(1, change.Gone)
		w.publish(2, change.Refreshed)
		w.publish(1, change.Recalled)
		w.pass(time.Second)
		if got := removals.got(); !slices.Equal(got, []int64{3, 6}) || len(none.requests()) != 0 {
			t.Errorf("taken: %v, and %d requests of the other type", got, len(none.requests()))
		}
		if hook, all := w.stored(other); hook.Seq != 6 || len(all) != 0 {
			t.Errorf("who wants nothing of it is at %d with %d deliveries", hook.Seq, len(all))
		}
	})
}

func TestDeliveriesThatWereTakenAreForgottenAfterAMonth(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		r := newTarget(t, func(seq int64) int {
			if seq == 1 {
				return 410
			}
			return 200
		})
		id := w.hook(r.URL)
		w.send(w.db)
		w.publish(1, change.Published)
		w.pass(time.Second)
		w.change(id, func(in *Input) { in.Enabled = true })
		w.publish(2, change.Published)
		w.pass(29 * 24 * time.Hour)
		if _, all := w.stored(id); len(all) != 3 {
			t.Errorf("after 29 days %d deliveries are left", len(all))
		}
		w.pass(2 * 24 * time.Hour)
		eventually(t, func() bool {
			_, all := w.stored(id)
			return len(all) == 1 && all[0].Status == failed
		})
	})
}

func TestDeletingAWebhookEndsItsDeliveries(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		release := make(chan struct{})
		r := newTarget(t, func(int64) int { <-release; return 200 })
		id := w.hook(r.URL)
		w.send(w.db)
		w.publish(3, change.Published)
		eventually(t, func() bool { return r.under.Load() == 1 })
		w.write(func(tx *database.Tx) error { return tx.Delete(&record{ID: id}).Error })
		close(release)
		w.pass(time.Hour)
		if got := r.got(); !slices.Equal(got, []int64{1}) {
			t.Errorf("taken: %v", got)
		}
		var left int64
		w.write(func(tx *database.Tx) error {
			return tx.Raw("SELECT (SELECT count(*) FROM webhook_deliveries) + (SELECT count(*) FROM webhook_secrets)").Scan(&left).Error
		})
		if left != 0 {
			t.Errorf("%d rows are left", left)
		}
	})
}
