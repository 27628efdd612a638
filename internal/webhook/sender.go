package webhook

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/cpics/working-together-api/internal/change"
	"github.com/cpics/working-together-api/internal/changelog"
	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/errs"
	"github.com/cpics/working-together-api/internal/web"
)

const (
	lookEvery  = time.Second // for what is due again, and for what others left
	tidyEvery  = time.Hour
	storeGrace = 5 * time.Second // to store how an attempt ended when the service stops
)

// Lines reads one line of the change log as the public reads it now, without its item.
type Lines func(tx *database.Tx, seq int64) (*changelog.Change, error)

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
	var j *job
	err = s.db.Write(ctx, func(tx *database.Tx) (err error) {
		j, err = claim(tx, l)
		return err
	})
	for err == nil && j != nil {
		did = true
		j, err = s.attempt(ctx, j)
	}
	return did, err
}

// attempt sends one delivery, stores how it ended, and takes the next attempt of the lane. No connection to the
// database is held while it sends.
func (s *Sender) attempt(ctx context.Context, j *job) (next *job, err error) {
	o := outcome{interrupted: true}
	body, at, failure := s.body(ctx, j)
	switch {
	case failure == nil:
		o = s.clients.send(ctx, j, body, at, s.timeout)
	case ctx.Err() == nil && !away(failure):
		o = outcome{failure: "The service could not make the delivery; its log says why."}
	}
	storing, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeGrace)
	defer cancel()
	err = s.db.Write(storing, func(tx *database.Tx) (err error) {
		next, err = conclude(tx, j, o)
		return err
	})
	return next, errors.Join(failure, err)
}

// body is what a delivery says at this moment, and the time of the attempt.
func (s *Sender) body(ctx context.Context, j *job) (body []byte, at time.Time, err error) {
	d := j.delivery
	e := event{Type: d.Event, Timestamp: d.MadeAt, Data: testData{WebhookID: d.WebhookID.String(), Message: "This is a test. Nothing has changed."}}
	if d.Seq != nil {
		err = s.db.Read(ctx, func(tx *database.Tx) error {
			line, err := s.lines(tx, *d.Seq)
			if err == nil {
				e.Timestamp, e.Data = line.At, line
			}
			return err
		})
	}
	if err == nil {
		body, err = web.Marshal(e)
	}
	return body, s.db.Now(), err
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
