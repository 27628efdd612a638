package webhook

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"github.com/cpics/working-together-api/internal/change"
	"github.com/cpics/working-together-api/internal/database"
)

const (
	firstPause = 5 * time.Second // before the second attempt; the pause then grows with the time that has passed
	mostPause  = time.Hour
	giveUp     = 72 * time.Hour   // after the first attempt of a round
	stepAside  = time.Hour        // how long later lines wait for one that is answered, but refused
	unheard    = 24 * time.Hour   // without anything taken, a delivery that is given up disables its webhook
	lease      = 30 * time.Second // longer than an attempt, clocks of replicas that differ by some seconds included
	kept       = 30 * 24 * time.Hour
)

// Event types of deliveries that are not lines of the log, and what stands before the event of those that are.
const (
	testEvent   = "webhook.test"
	eventPrefix = "change."
)

// status is how far a delivery has come.
type status string

const (
	pending   status = "pending"
	delivered status = "delivered"
	failed    status = "failed"
)

// Delivery is what became of one event on its way to a webhook.
type Delivery struct {
	ID             uuid.UUID  `json:"id" validate:"required" format:"uuid" example:"01976a2c-4d3e-7f10-8a5b-1c2d3e4f5a6b"`                 // what webhook-id says, at every attempt
	Event          string     `json:"event" validate:"required" example:"change.published"`                                                // the type in the delivery's body
	Seq            int64      `json:"seq,omitempty" example:"42"`                                                                          // the line of the change log; absent in test events
	EntryID        *uuid.UUID `json:"entryId,omitempty" swaggertype:"string" format:"uuid" example:"018d2a40-1c00-7b21-8c3f-6a1b3e4d5c02"` // what the line is about
	EntryType      string     `json:"entryType,omitempty" example:"case-study"`                                                            // and of which type that is
	Status         string     `json:"status" validate:"required" enums:"pending,delivered,failed" example:"pending"`                       // pending: it is sent, or waits for another attempt
	Attempts       int        `json:"attempts" validate:"required" example:"2"`                                                            // how often it was sent
	CreatedAt      time.Time  `json:"createdAt" validate:"required" example:"2026-11-23T09:30:00Z"`                                        // when its turn came
	LastAttemptAt  *time.Time `json:"lastAttemptAt,omitempty" example:"2026-11-23T09:30:05Z"`                                              // when it was sent last
	NextAttemptAt  *time.Time `json:"nextAttemptAt,omitempty" example:"2026-11-23T09:30:15Z"`                                              // only while it is pending: not before then
	FinishedAt     *time.Time `json:"finishedAt,omitempty" example:"2026-11-23T09:30:15Z"`                                                 // only when it is not: since when
	ResponseStatus int        `json:"responseStatus,omitempty" example:"503"`                                                              // HTTP status of the last answer; absent when there was none
	Error          string     `json:"error,omitempty" example:"The target answered 503."`                                                  // why the last attempt failed
}

// row is a delivery as it is stored.
type row struct {
	ID             uuid.UUID
	WebhookID      uuid.UUID
	Event          string
	Seq            *int64 // nil for a test event
	EntryID        *uuid.UUID
	EntryType      string
	InTurn         bool // the webhook's later lines wait for it
	Status         status
	Attempts       int // also what fences those off who lost their lease
	MadeAt         time.Time
	RoundAt        time.Time // when this round of attempts began
	NextAt         time.Time
	LeasedUntil    *time.Time // somebody is sending it until then
	LastAt         *time.Time
	FinishedAt     *time.Time
	ResponseStatus int
	Error          string
}

// TableName is where deliveries are stored.
func (row) TableName() string { return "webhook_deliveries" }

func (d row) view() Delivery {
	v := Delivery{ID: d.ID, Event: d.Event, EntryID: d.EntryID, EntryType: d.EntryType, Status: string(d.Status), Attempts: d.Attempts,
		CreatedAt: d.MadeAt, LastAttemptAt: d.LastAt, FinishedAt: d.FinishedAt, ResponseStatus: d.ResponseStatus, Error: d.Error}
	if d.Seq != nil {
		v.Seq = *d.Seq
	}
	if d.Status == pending {
		v.NextAttemptAt = &d.NextAt
	}
	return v
}

// newRow is a delivery that may be sent at once; a line of nil makes it a test event, which waits for nothing.
func newRow(webhook uuid.UUID, line *change.Line, now time.Time) (*row, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return nil, fmt.Errorf("make a delivery's id: %w", err)
	}
	d := &row{ID: id, WebhookID: webhook, Event: testEvent, Status: pending, MadeAt: now, RoundAt: now, NextAt: now}
	if line != nil {
		d.Event, d.Seq, d.EntryID, d.EntryType, d.InTurn = eventPrefix+string(line.Event), &line.Seq, &line.EntryID, line.Type, true
	}
	return d, nil
}

// repeat lets a delivery be sent again at once. One that was finished begins a new round, for which no line waits.
func (d *row) repeat(now time.Time) {
	if d.Status != pending {
		d.Status, d.InTurn, d.FinishedAt = pending, false, nil
	}
	d.RoundAt, d.NextAt = now, now
}

// outcome is how an attempt ended.
type outcome struct {
	status      int           // of the answer; 0 when there was none
	failure     string        // in plain words; "" when the target took it
	retryAfter  time.Duration // what the target asked for
	interrupted bool          // by our own end: it says nothing about the target
}

// refused reports whether the target works and does not want this delivery, so that others may fare better.
func (o outcome) refused() bool {
	return o.status >= 400 && o.status < 500 && o.status != 408 && o.status != 429 || o.status == 500
}

// conclude notes what became of an attempt. What was not taken is tried again after a pause, for three days; then it is
// a failed delivery.
func (d *row) conclude(w *record, o outcome, now time.Time) {
	d.LeasedUntil, d.NextAt = nil, now
	if o.interrupted {
		return
	}
	d.ResponseStatus, d.Error = o.status, o.failure
	if o.failure == "" {
		d.finish(delivered, now)
		w.FailingSince = nil
		return
	}
	test := d.Seq == nil
	if !test && w.FailingSince == nil {
		w.FailingSince = &now
	}
	passed := now.Sub(d.RoundAt)
	switch {
	case o.status == 410:
		d.finish(failed, now)
		w.disable(now, "The target answered 410: it wants no more deliveries.")
	case test:
		d.finish(failed, now)
	case passed >= giveUp:
		d.finish(failed, now)
		if now.Sub(*w.FailingSince) >= unheard {
			w.disable(now, "A delivery was given up after %d hours, and no other was taken since %s. The last failure: %s",
				int(giveUp.Hours()), w.FailingSince.UTC().Format(time.RFC3339), o.failure)
		}
	default:
		d.NextAt = now.Add(pause(passed, o.retryAfter))
		d.InTurn = d.InTurn && (passed < stepAside || !o.refused())
	}
}

func (d *row) finish(s status, now time.Time) { d.Status, d.FinishedAt = s, &now }

// pause is how long to wait when attempts have failed for some time: about as long again, so that pauses double, up to
// an hour, give or take a fifth, so that many do not come back at the same moment. A target may ask for more.
func pause(passed, asked time.Duration) time.Duration {
	p := min(max(passed, firstPause), mostPause)
	p = p*4/5 + rand.N(p*2/5)
	return max(p, min(asked, mostPause)).Round(time.Second) // as all times are kept
}

// lane is a queue of deliveries that are sent one after another: of each webhook those in turn, and the rest.
type lane struct {
	WebhookID uuid.UUID
	InTurn    bool
}

// job is one attempt that its holder may make until the lease ends.
type job struct {
	lane     lane
	webhook  record
	delivery row
	secrets  []secret
}

// due finds the lanes in which somebody could have something to send, and the head of the log.
func due(tx *database.Tx) (lanes []lane, head int64, err error) {
	if head, err = change.Head(tx); err != nil {
		return nil, 0, err
	}
	err = tx.Raw(`
		SELECT w.id AS webhook_id, true AS in_turn FROM webhooks w WHERE w.disabled_at IS NULL AND w.seq < ?
			AND NOT EXISTS (SELECT 1 FROM webhook_deliveries d WHERE d.webhook_id = w.id AND d.in_turn AND d.status = 'pending')
		UNION
		SELECT d.webhook_id, d.in_turn FROM webhook_deliveries d JOIN webhooks w ON w.id = d.webhook_id
			WHERE d.status = 'pending' AND d.next_at <= ? AND (d.leased_until IS NULL OR d.leased_until <= ?)
			AND (w.disabled_at IS NULL OR d.seq IS NULL)`, head, tx.Now, tx.Now).Scan(&lanes).Error
	if err != nil {
		return nil, 0, fmt.Errorf("look for deliveries that are due: %w", err)
	}
	return lanes, head, nil
}

// claim takes the next attempt of a lane; nil when there is none, or another replica is at it.
func claim(tx *database.Tx, l lane) (*job, error) {
	var w record
	err := tx.LockFree().Take(&w, "id = ?", l.WebhookID).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("take a webhook: %w", err)
	}
	return next(tx, l, &w)
}

// next takes the next attempt in a lane of a locked webhook.
func next(tx *database.Tx, l lane, w *record) (*job, error) {
	d, err := waiting(tx, l, w)
	if err == nil && d == nil && l.InTurn {
		d, err = advance(tx, w)
	}
	if err != nil || d == nil || d.NextAt.After(tx.Now) || d.LeasedUntil != nil && d.LeasedUntil.After(tx.Now) || w.DisabledAt != nil && d.Seq != nil {
		return nil, err
	}
	until := tx.Now.Add(lease)
	d.Attempts, d.LastAt, d.LeasedUntil = d.Attempts+1, &tx.Now, &until
	if err := tx.Save(d).Error; err != nil {
		return nil, fmt.Errorf("lease a delivery: %w", err)
	}
	secrets, err := signing(tx, w.ID)
	return &job{lane: l, webhook: *w, delivery: *d, secrets: secrets}, err
}

// waiting gives the pending delivery of a lane that comes first; nil when there is none.
func waiting(tx *database.Tx, l lane, w *record) (*row, error) {
	q := tx.Where("webhook_id = ? AND status = ? AND in_turn = ?", w.ID, pending, l.InTurn)
	if !l.InTurn { // of those that may be sent, for they do not wait for one another
		q = q.Where("next_at <= ? AND (leased_until IS NULL OR leased_until <= ?)", tx.Now, tx.Now)
	}
	if w.DisabledAt != nil {
		q = q.Where("seq IS NULL")
	}
	var found []row
	if err := q.Order("next_at, id").Limit(1).Find(&found).Error; err != nil {
		return nil, fmt.Errorf("look for a pending delivery: %w", err)
	}
	if len(found) == 0 {
		return nil, nil
	}
	return &found[0], nil
}

// advance moves a webhook to the next line of the log that is for it, and makes its delivery; to the log's end and nil
// when there is none.
func advance(tx *database.Tx, w *record) (*row, error) {
	if w.DisabledAt != nil {
		return nil, nil
	}
	head, err := change.Head(tx) // before the line is looked for: what comes between is not passed over
	if err != nil {
		return nil, err
	}
	line, err := nextLine(tx, w, head)
	if err != nil {
		return nil, err
	}
	var d *row
	place := head
	if line != nil {
		place = line.Seq
		if d, err = newRow(w.ID, line, tx.Now); err != nil {
			return nil, err
		}
	}
	if place > w.Seq {
		w.Seq = place
		if err := tx.Model(w).Update("seq", place).Error; err != nil {
			return nil, fmt.Errorf("move a webhook on: %w", err)
		}
	}
	return d, nil
}

// nextLine is the first line behind a webhook's place, up to head, that is for it; nil when there is none.
func nextLine(tx *database.Tx, w *record, head int64) (*change.Line, error) {
	q := tx.Where("seq > ? AND seq <= ?", w.Seq, head)
	if events := split(w.Events); len(events) > 0 {
		q = q.Where("event IN ?", events)
	}
	if types := split(w.Types); len(types) > 0 {
		q = q.Where("type IN ?", types)
	}
	var lines []change.Line
	if err := q.Order("seq").Limit(1).Find(&lines).Error; err != nil {
		return nil, fmt.Errorf("read a webhook's next line: %w", err)
	}
	if len(lines) == 0 {
		return nil, nil
	}
	return &lines[0], nil
}

// conclude stores how a job ended and takes the next attempt of its lane. Who lost the lease meanwhile has no say.
func conclude(tx *database.Tx, j *job, o outcome) (*job, error) {
	var w record
	err := tx.Lock().Take(&w, "id = ?", j.webhook.ID).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return nil, nil // deleted, with its deliveries
	}
	if err != nil {
		return nil, fmt.Errorf("take a webhook: %w", err)
	}
	var d row
	err = tx.Take(&d, "id = ?", j.delivery.ID).Error
	if err != nil {
		return nil, fmt.Errorf("read a delivery: %w", err)
	}
	if d.Attempts != j.delivery.Attempts || d.Status != pending {
		return nil, nil
	}
	d.conclude(&w, o, tx.Now)
	if err := tx.Save(&d).Error; err != nil {
		return nil, fmt.Errorf("store a delivery: %w", err)
	}
	if err := tx.Save(&w).Error; err != nil {
		return nil, fmt.Errorf("store a webhook: %w", err)
	}
	if o.interrupted {
		return nil, nil
	}
	return next(tx, j.lane, &w)
}
