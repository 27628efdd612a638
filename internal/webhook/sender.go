package webhook

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/cpics/working-together-api/internal/change"
	"github.com/cpics/working-together-api/internal/changelog"
	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/errs"
	"github.com/cpics/working-together-api/internal/web"
)

const (
	lookEvery  = time.Second // for what is due again, and for what others left
	tidyEvery  = time.Hour
	together   = time.Second     // how long lines are sent before the webhook is looked at again
	sendFor    = 5 * time.Second // after it was taken, nothing of a batch is sent any more: the lease must outlast the attempt
	storeGrace = 5 * time.Second // to store how attempts ended when the service stops
)

// Lines reads lines of the change log by their numbers, as the public reads them now, without their items. It fails when
// there is no such line.
type Lines func(tx *database.Tx, seqs []int64) (map[int64]changelog.Change, error)

// Sender sends deliveries. It is one of many, one a replica.
type Sender struct {
	db      *database.DB
	lines   Lines
	watcher *change.Watcher
	log     *slog.Logger
	clients clients
	nudged  chan struct{}

	timeout time.Duration // of one attempt
	every   time.Duration // between two looks when nothing happens

	mu    sync.Mutex
	busy  map[lane]bool // those that this replica works on
	lanes sync.WaitGroup
	tidy  time.Time // when old deliveries were last forgotten
}

// NewSender sends what the log in db says, read by lines, to where the guard allows.
func NewSender(db *database.DB, lines Lines, watcher *change.Watcher, guard *Guard, log *slog.Logger) *Sender {
	return &Sender{db: db, lines: lines, watcher: watcher, log: log, clients: newClients(guard), nudged: make(chan struct{}, 1),
		timeout: attemptTimeout, every: lookEvery, busy: map[lane]bool{}}
}

// Run sends until ctx is done. Attempts that are under way then are broken off, and another replica, or the next start,
// makes them again.
func (s *Sender) Run(ctx context.Context) {
	defer s.clients.close()
	defer s.lanes.Wait()
	for ctx.Err() == nil {
		head, active, err := s.look(ctx)
		if err != nil && ctx.Err() == nil && !away(err) {
			s.log.ErrorContext(ctx, "looking for webhook deliveries failed", "error", err)
		}
		s.rest(ctx, head, active)
	}
}

// Nudge says that something may have become due just now.
func (s *Sender) Nudge() {
	select {
	case s.nudged <- struct{}{}:
	default: // it is known already
	}
}

// look starts work in every lane that has something due. It tells the head of the log, and whether anybody follows it.
func (s *Sender) look(ctx context.Context) (head int64, active bool, err error) {
	var lanes []lane
	err = s.db.Read(ctx, func(tx *database.Tx) (err error) {
		if lanes, head, err = due(tx); err != nil {
			return err
		}
		return tx.Raw("SELECT EXISTS (SELECT 1 FROM webhooks WHERE disabled_at IS NULL)").Scan(&active).Error
	})
	if err != nil {
		return 0, false, err
	}
	for _, l := range lanes {
		s.start(ctx, l)
	}
	return head, active, s.forget(ctx)
}

// rest waits until the log moves, somebody nudges, or it is time to look again.
func (s *Sender) rest(ctx context.Context, head int64, active bool) {
	ctx, cancel := context.WithTimeout(ctx, s.every)
	defer cancel()
	if active {
		go func() {
			defer cancel()
			s.watcher.Wait(ctx, head)
		}()
	}
	select {
	case <-ctx.Done():
	case <-s.nudged:
	}
}

// start works on a lane, unless this replica does already. Each lane goes at its own pace: a target that hangs keeps
// nothing waiting but what is for itself.
func (s *Sender) start(ctx context.Context, l lane) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.busy[l] {
		return
	}
	s.busy[l] = true
	s.lanes.Go(func() {
		did, err := s.drive(ctx, l)
		if err != nil && ctx.Err() == nil && !away(err) {
			s.log.ErrorContext(ctx, "sending webhook deliveries failed", "webhook", l.WebhookID, "error", err)
		}
		s.mu.Lock()
		delete(s.busy, l)
		s.mu.Unlock()
		if did { // a line that came at the last moment found the lane busy
			s.Nudge()
		}
	})
}

// drive makes attempts in a lane, one after another, until nothing is due. It tells whether it made any.
func (s *Sender) drive(ctx context.Context, l lane) (did bool, err error) {
	var b *batch
	err = s.db.Write(ctx, func(tx *database.Tx) (err error) {
		b, err = claim(tx, l)
		return err
	})
	for err == nil && b != nil {
		did = true
		b, err = s.work(ctx, b)
	}
	return did, err
}

// work sends a batch, stores how its last attempt ended and takes the next batch of the lane, in one transaction. No
// connection to the database is held while it sends.
func (s *Sender) work(ctx context.Context, b *batch) (next *batch, err error) {
	outcomes, failure := s.send(ctx, b)
	storing, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeGrace)
	defer cancel()
	err = s.db.Write(storing, func(tx *database.Tx) (err error) {
		next, err = conclude(tx, b, outcomes, failure == nil && ctx.Err() == nil)
		return err
	})
	return next, errors.Join(failure, err)
}

// send makes the attempts of a batch, one after another, until one fails or it is time to look at the webhook again.
// Each that was taken is stored before the next is sent, and leaves the batch. What is told of what is left is of its
// first deliveries: how an attempt ended that is not stored yet, or nothing.
func (s *Sender) send(ctx context.Context, b *batch) (outcomes []outcome, err error) {
	t, err := s.tell(ctx, b.rows)
	for err == nil {
		late := time.Since(b.taken)
		if ctx.Err() != nil || late > sendFor || b.begun && late > together {
			return nil, nil
		}
		o := s.clients.send(ctx, b, b.rows[0].ID, t.bodies[b.rows[0].ID], s.db.Now(), s.timeout)
		if o.failure != "" || len(b.rows) == 1 {
			return []outcome{o}, nil
		}
		var ours, recalled bool
		if ours, recalled, err = s.pass(ctx, b, o, t.head); err != nil || !ours {
			return []outcome{o}, err
		}
		if b.begun, b.rows = true, b.rows[1:]; recalled {
			t, err = s.tell(ctx, b.rows)
		}
	}
	if ctx.Err() == nil && !away(err) {
		outcomes = []outcome{{at: s.db.Now(), failure: "The service could not make the delivery; its log says why."}}
	}
	return outcomes, err
}

// pass stores that the first delivery of a batch was taken, unless somebody else has the batch by now, and looks
// whether anything was recalled since head was the head of the log.
func (s *Sender) pass(ctx context.Context, b *batch, o outcome, head int64) (ours, recalled bool, err error) {
	storing, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeGrace)
	defer cancel()
	err = s.db.Write(storing, func(tx *database.Tx) (err error) {
		if ours, err = storeTaken(tx, b.rows[0], o); err == nil {
			recalled, err = change.RecalledSince(tx, head)
		}
		return err
	})
	return ours, recalled, err
}

// told is what deliveries say, as the log told it when its head was there.
type told struct {
	head   int64
	bodies map[uuid.UUID][]byte
}

// tell is what deliveries say at this moment.
func (s *Sender) tell(ctx context.Context, rows []row) (t told, err error) {
	seqs := []int64{}
	for _, d := range rows {
		if d.Seq != nil {
			seqs = append(seqs, *d.Seq)
		}
	}
	var lines map[int64]changelog.Change
	err = s.db.Read(ctx, func(tx *database.Tx) (err error) {
		if t.head, err = change.Head(tx); err == nil {
			lines, err = s.lines(tx, seqs)
		}
		return err
	})
	if err != nil {
		return t, err
	}
	t.bodies = map[uuid.UUID][]byte{}
	for _, d := range rows {
		if t.bodies[d.ID], err = bodyOf(d, lines); err != nil {
			return t, err
		}
	}
	return t, nil
}

// bodyOf is what a delivery says: its line, or that it is a test.
func bodyOf(d row, lines map[int64]changelog.Change) ([]byte, error) {
	e := event{Type: d.Event, Timestamp: d.MadeAt, Data: testData{WebhookID: d.WebhookID.String(), Message: "This is a test. Nothing has changed."}}
	if d.Seq != nil {
		line := lines[*d.Seq]
		e.Timestamp, e.Data = line.At, line
	}
	return web.Marshal(e)
}

// forget deletes what was delivered a month ago. What has failed stays as long as its webhook.
func (s *Sender) forget(ctx context.Context) error {
	now := s.db.Now()
	if now.Sub(s.tidy) < tidyEvery {
		return nil
	}
	s.tidy = now
	return s.db.Write(ctx, func(tx *database.Tx) error {
		return tx.Where("status = ? AND finished_at < ?", delivered, now.Add(-kept)).Delete(&row{}).Error
	})
}

// away reports whether a failure is the database's absence, which passes.
func away(err error) bool { return errs.KindOf(err) == errs.Unavailable }
