package webhook

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/google/uuid"

	"github.com/cpics/working-together-api/internal/change"
)

const (
	firstPause = 5 * time.Second // before the second attempt; the pause then grows with the time that has passed
	mostPause  = time.Hour
	giveUp     = 72 * time.Hour // after the first attempt of a round
	stepAside  = time.Hour      // how long later lines wait for one that is answered, but refused
	unheard    = 24 * time.Hour // without anything taken, a delivery that is given up disables its webhook
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
	Attempts       int
	Claims         int // how often somebody took it, which fences those off who lost their lease
	MadeAt         time.Time
	RoundAt        time.Time // when this round of attempts began
	NextAt         time.Time
	LeasedUntil    *time.Time // somebody has it until then
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

// take gives a delivery to a sender, which is to send it before the lease ends.
func (d *row) take(now time.Time) {
	until := now.Add(lease)
	d.Attempts, d.Claims, d.LeasedUntil = d.Attempts+1, d.Claims+1, &until
	if d.Error == "" { // a round begins with its first attempt, however long that waited for others
		d.RoundAt = now
	}
}

// giveBack ends the lease of a delivery that was not sent.
func (d *row) giveBack() { d.Attempts, d.LeasedUntil = d.Attempts-1, nil }

// outcome is how an attempt ended.
type outcome struct {
	at          time.Time     // when it began
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
	if d.LastAt = &o.at; o.interrupted {
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
