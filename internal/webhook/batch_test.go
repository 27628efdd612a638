package webhook

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cpics/working-together-api/internal/change"
	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/database/dbtest"
)

// TestABatchOfOneThatVanishesComesAgainUnderTheSameIDs has a sender vanish over as many lines as it may have.
func TestABatchOfOneThatVanishesComesAgainUnderTheSameIDs(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		r := newTarget(t, nil)
		id := w.hook(r.URL)
		w.publish(batchSize+5, change.Published)
		var lost *batch
		w.write(func(tx *database.Tx) error {
			first, err := claim(tx, lane{id, true})
			if err == nil && len(first.rows) != 1 {
				t.Errorf("%d lines are sent to a target of which nothing is known", len(first.rows))
			}
			if err == nil {
				lost, err = conclude(tx, first, []outcome{{at: tx.Now, status: 204}}, true)
			}
			return err
		})
		if len(lost.rows) != batchSize {
			t.Fatalf("%d lines are taken at once", len(lost.rows))
		}
		w.advance(lease)
		w.write(func(tx *database.Tx) error { // another one takes the first of them, while the lost one comes back with bad news
			other, err := claim(tx, lane{id, true})
			if err != nil {
				return err
			}
			if next, err := conclude(tx, lost, []outcome{{status: 410, failure: "It answered 410."}}, true); next != nil || err != nil {
				t.Errorf("who has lost the lease was given more to do: %v, %v", next, err)
			}
			_, err = conclude(tx, other, nil, false)
			return err
		})
		w.send(dbtest.Replica(t, w.db))
		w.pass(time.Second)
		wantLines(t, r, 2, batchSize+5)
		ids := map[string]int{}
		for _, req := range r.requests() {
			ids[req.Header.Get("Webhook-Id")]++
		}
		for _, d := range lost.rows {
			if ids[d.ID.String()] != 1 {
				t.Errorf("line %d came %d times as %s", *d.Seq, ids[d.ID.String()], d.ID)
			}
		}
		if hook, all := w.stored(id); count(all, delivered) != batchSize+5 || hook.DisabledAt != nil || all[1].Attempts != 2 || all[batchSize+1].Attempts != 1 {
			t.Errorf("%d delivered, disabled at %v, %+v, %+v", count(all, delivered), hook.DisabledAt, all[1], all[batchSize+1])
		}
	})
}

func TestWhatComesBehindAFailureIsGivenBackUnsent(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		status := atomic.Int32{}
		status.Store(503)
		r := newTarget(t, func(seq int64) int {
			if seq == 5 {
				return int(status.Load())
			}
			return 200
		})
		id := w.hook(r.URL)
		w.publish(10, change.Published)
		w.send(w.db)
		w.idle()
		wantLines(t, r, 1, 4)
		_, all := w.stored(id)
		for i, d := range all {
			want := row{Status: pending}
			switch {
			case i < 4:
				want = row{Status: delivered, Attempts: 1}
			case i == 4:
				want = row{Status: pending, Attempts: 1}
			}
			if d.Status != want.Status || d.Attempts != want.Attempts || d.LeasedUntil != nil || d.LastAt == nil != (want.Attempts == 0) {
				t.Errorf("line %d: %+v", i+1, d)
			}
		}
		status.Store(200)
		w.pass(time.Minute)
		wantLines(t, r, 1, 10)
		if _, all = w.stored(id); all[9].Attempts != 1 || all[4].Attempts != 2 {
			t.Errorf("at last: %+v", all)
		}
	})
}

// TestNothingRecalledIsSentAfterwards recalls an entry while a batch is sent that was taken before.
func TestNothingRecalledIsSentAfterwards(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		var came, told atomic.Int32
		r := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, req *http.Request) {
			body, _ := io.ReadAll(req.Body)
			if strings.Contains(string(body), "Told in error") {
				told.Add(1)
			}
			if came.Add(1) != 5 {
				return
			}
			err := w.db.Write(context.Background(), func(tx *database.Tx) error {
				log, err := change.Lock(tx)
				if err == nil {
					err = log.Erase(w.entry.ID)
				}
				if err == nil {
					err = log.Append(change.Line{EntryID: w.entry.ID, Type: w.entry.Type, Event: change.Recalled})
				}
				return err
			})
			if err != nil {
				t.Error(err)
			}
		}))
		t.Cleanup(r.Close)
		w.hook(r.URL)
		w.append(20, change.Line{Event: change.Published, Title: "Told in error"})
		w.send(w.db)
		eventually(t, func() bool { return came.Load() == 21 })
		if told.Load() != 5 {
			t.Errorf("of 20 deliveries %d had the title, and 5 were sent before the recall", told.Load())
		}
	})
}

// TestEachLineIsStoredBeforeTheNextIsSent has a target look what is stored whenever a line comes.
func TestEachLineIsStoredBeforeTheNextIsSent(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		id := make(chan string, 1)
		r := newTarget(t, func(seq int64) int {
			hook := <-id
			id <- hook
			var done int64
			err := w.db.Read(context.Background(), func(tx *database.Tx) error {
				return tx.Model(&row{}).Where("webhook_id = ? AND status = ?", hook, delivered).Count(&done).Error
			})
			if err != nil || done != seq-1 {
				t.Errorf("when line %d came, %d were stored as delivered: %v", seq, done, err)
			}
			return 200
		})
		id <- w.hook(r.URL).String()
		w.publish(batchSize+5, change.Published)
		w.send(w.db)
		eventually(t, func() bool { return len(r.got()) == batchSize+5 })
	})
}

// TestWhoLostABatchStops takes a batch away while its first line is sent: the sender has no say in what comes behind.
func TestWhoLostABatchStops(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		r := newTarget(t, func(seq int64) int {
			if seq == 5 {
				dbtest.Exec(t, w.db, "UPDATE webhook_deliveries SET claims = claims + 1 WHERE status = 'pending'")
			}
			return 200
		})
		w.hook(r.URL)
		w.publish(10, change.Published)
		w.send(w.db)
		eventually(t, func() bool { return len(r.got()) >= 5 })
		w.idle()
		wantLines(t, r, 1, 5)
	})
}
