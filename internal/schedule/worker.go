// Package schedule does at its time what was scheduled, and tells how long answers may be kept until then.
//
// Every replica looks; which of them is first publishes, and the others find that there is nothing left to do: the
// transaction that publishes also removes the schedule, under the publish lock. docs/decisions/0023-schedules.md has the
// reasons.
package schedule

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"

	"github.com/cpics/working-together-api/internal/auth"
	"github.com/cpics/working-together-api/internal/change"
	"github.com/cpics/working-together-api/internal/content"
	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/errs"
	"github.com/cpics/working-together-api/internal/web"
)

const (
	lookEvery  = time.Second            // for what other replicas have scheduled
	lookTime   = 5 * time.Second        // what a look may take: a connection may have fallen silent
	doTime     = time.Minute            // what publishing may take, with the wait for others who publish
	soon       = 100 * time.Millisecond // when something is due within a second
	batchSize  = 50
	firstRetry = 5 * time.Second
	lastRetry  = 5 * time.Minute
	// turn is what a replica holds while it publishes, so that the others do not queue behind it for nothing.
	turn = "schedules"
)

// Worker does what is due, one after another. It is one of many, one a replica.
type Worker struct {
	Horizon   *web.Horizon
	LookEvery time.Duration // between two looks when nothing is due

	db      *database.DB
	doers   content.Doers
	watcher *change.Watcher
	log     *slog.Logger
	nudged  chan struct{}
}

// NewWorker does what is scheduled in db by the doers.
func NewWorker(db *database.DB, doers content.Doers, watcher *change.Watcher, log *slog.Logger) *Worker {
	w := &Worker{LookEvery: lookEvery, db: db, doers: doers, watcher: watcher, log: log, nudged: make(chan struct{}, 1)}
	w.Horizon = web.NewHorizon(db.Now, func(ctx context.Context) error {
		_, err := w.look(ctx)
		return err
	})
	db.OnTold(w.told)
	return w
}

// told hears of what this process has scheduled, before whoever did is answered.
func (w *Worker) told(v any, _ bool) {
	added, ok := v.(content.NewSchedule)
	if !ok {
		return
	}
	w.Horizon.Nearer(added.At)
	select {
	case w.nudged <- struct{}{}:
	default: // it is awake
	}
}

// Run does what is due until ctx is done. What is under way then is rolled back, and done by another replica or after the
// next start.
func (w *Worker) Run(ctx context.Context) {
	for ctx.Err() == nil {
		err := w.Step(ctx)
		if err != nil && ctx.Err() == nil && errs.KindOf(err) != errs.Unavailable {
			w.log.ErrorContext(ctx, "looking for what is scheduled failed", "error", err.Error())
		}
		select {
		case <-ctx.Done():
		case <-w.nudged:
		case <-time.After(w.pause(err)):
		}
	}
}

// pause is until the next look.
func (w *Worker) pause(failed error) time.Duration {
	if until, known := w.Horizon.Until(); known && failed == nil && until <= time.Second {
		return min(soon, w.LookEvery)
	}
	return w.LookEvery
}

// Step does all that is due now, unless another replica is at it.
func (w *Worker) Step(ctx context.Context) error {
	for {
		due, err := w.look(ctx)
		if err != nil || len(due) == 0 {
			return err
		}
		any := false
		for _, d := range due {
			settled, err := w.settle(ctx, d)
			if errors.Is(err, database.ErrHeld) {
				return nil
			}
			if err != nil {
				return err
			}
			any = any || settled
		}
		if !any { // others were quicker with all of it
			return nil
		}
	}
}

// look finds what is due, and the horizon. Who sees that something is not scheduled any more has followed the log to where
// it was done: so what is kept of before is not given out again with the time that is left until the next.
func (w *Worker) look(ctx context.Context) (due []content.Due, err error) {
	ctx, cancel := context.WithTimeout(ctx, lookTime)
	defer cancel()
	seen := w.Horizon.Seen()
	var next *time.Time
	err = w.db.Read(change.WithTrace(ctx, &change.Trace{}, w.watcher), func(tx *database.Tx) error {
		if next, err = content.NextSchedule(tx); err != nil || next == nil || next.After(tx.Now) {
			return err
		}
		due, err = content.DueSchedules(tx, batchSize)
		return err
	})
	if err == nil {
		w.Horizon.Set(next, seen)
	}
	return due, err
}

// settle does what is due, takes it away where something stands against it, or puts it off where it fails. It reports
// whether it changed anything.
func (w *Worker) settle(ctx context.Context, d content.Due) (settled bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, doTime)
	defer cancel()
	err = w.db.WriteHolding(ctx, turn, func(tx *database.Tx) error {
		settled = false
		log, err := change.Lock(tx)
		if err != nil {
			return err
		}
		tx.Now = w.db.Now() // it may have waited for others
		settled, err = w.do(tx, log, d)
		return err
	})
	switch kind := errs.KindOf(err); {
	case err == nil, errors.Is(err, database.ErrHeld), kind == errs.Unavailable, ctx.Err() != nil:
		return settled, err
	case kind == errs.NotPublishable, kind == errs.NothingToPublish, kind == errs.Conflict, kind == errs.InvalidContent:
		w.log.WarnContext(ctx, "what was scheduled could not be done and is not scheduled any more", about(d, err)...)
		return true, w.db.Write(ctx, func(tx *database.Tx) error { return d.Miss(tx, auth.System("schedule")) })
	}
	w.log.ErrorContext(ctx, "what was scheduled failed and is tried again", about(d, err)...)
	return true, w.db.Write(ctx, func(tx *database.Tx) error { return d.PutOff(tx, pause) })
}

// do is Doers.Do; a panic is a failure like any other: it would come again at each start.
func (w *Worker) do(tx *database.Tx, log *change.Log, d content.Due) (done bool, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v\n%s", r, debug.Stack())
		}
	}()
	return w.doers.Do(tx, log, d)
}

// about is what the log says of what is due.
func about(d content.Due, err error) []any {
	return []any{"entry", d.EntryID.String(), "act", string(d.Act), "error", err.Error()}
}

// pause is how long is waited after so many attempts.
func pause(attempts int) time.Duration {
	return min(lastRetry, firstRetry<<min(attempts-1, 10))
}
