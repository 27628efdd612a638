package webhook

import (
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"github.com/cpics/working-together-api/internal/change"
	"github.com/cpics/working-together-api/internal/database"
)

const (
	// lease is how long a batch belongs to who took it: longer than it takes to begin its last attempt (sendFor), and
	// that attempt, clocks of replicas that differ by some seconds included.
	lease = 30 * time.Second
	// batchSize is how many lines are taken from the log together.
	batchSize = 32
)

// lane is a queue of deliveries that are sent one after another: of each webhook those in turn, and the rest.
type lane struct {
	WebhookID uuid.UUID
	InTurn    bool
}

// batch is what its holder may send until the lease ends: some deliveries of a lane, one after another.
type batch struct {
	lane    lane
	webhook record
	secrets []secret
	rows    []row
	taken   time.Time // by this machine's clock
	begun   bool      // some were sent, and are not in rows any more
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
			AND (w.disabled_at IS NULL OR d.seq IS NULL)
			AND NOT (d.in_turn AND EXISTS (SELECT 1 FROM webhook_deliveries e
				WHERE e.webhook_id = d.webhook_id AND e.in_turn AND e.status = 'pending' AND e.seq < d.seq))`,
		head, tx.Now, tx.Now).Scan(&lanes).Error
	if err != nil {
		return nil, 0, fmt.Errorf("look for deliveries that are due: %w", err)
	}
	return lanes, head, nil
}

// claim takes the next delivery of a lane; nil when there is none, or another replica is at it. It is one alone, for
// who knows whether the target works.
func claim(tx *database.Tx, l lane) (*batch, error) {
	var w record
	err := tx.LockFree().Take(&w, "id = ?", l.WebhookID).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("take a webhook: %w", err)
	}
	return next(tx, l, &w, 1)
}

// next takes the next deliveries in a lane of a locked webhook, up to a number.
func next(tx *database.Tx, l lane, w *record, most int) (*batch, error) {
	rows, err := waiting(tx, l, w, most)
	if err != nil || len(rows) > 0 && !rows[0].free(tx.Now) {
		return nil, err
	}
	if l.InTurn && w.DisabledAt == nil && len(rows) < most {
		if rows, err = advance(tx, w, rows, most); err != nil {
			return nil, err
		}
	}
	if len(rows) == 0 {
		return nil, nil
	}
	for i := range rows {
		rows[i].take(tx.Now)
	}
	b := &batch{lane: l, webhook: *w, rows: rows, taken: time.Now()}
	if err := store(tx, rows); err != nil {
		return nil, err
	}
	b.secrets, err = signing(tx, w.ID)
	return b, err
}

// free reports whether a delivery may be sent now.
func (d *row) free(now time.Time) bool {
	return !d.NextAt.After(now) && (d.LeasedUntil == nil || !d.LeasedUntil.After(now))
}

// store writes deliveries, new ones and others, in one statement.
func store(tx *database.Tx, rows []row) error {
	if err := tx.Save(&rows).Error; err != nil {
		return fmt.Errorf("store deliveries: %w", err)
	}
	return nil
}

// waiting gives the pending deliveries of a lane that come first. In turn, those behind the first wait for it whether
// they are due or not; others only count when they are, for they do not wait for one another.
func waiting(tx *database.Tx, l lane, w *record, most int) (rows []row, err error) {
	q := tx.Where("webhook_id = ? AND status = ? AND in_turn = ?", w.ID, pending, l.InTurn).Limit(most)
	if l.InTurn {
		q = q.Order("seq")
	} else {
		q = q.Where("next_at <= ? AND (leased_until IS NULL OR leased_until <= ?)", tx.Now, tx.Now).Order("next_at, id")
	}
	if w.DisabledAt != nil {
		q = q.Where("seq IS NULL")
	}
	if err := q.Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("look for pending deliveries: %w", err)
	}
	return rows, nil
}

// advance moves a webhook on to the next lines of the log that are for it, and makes their deliveries behind rows,
// until there are as many as wanted; to the log's end when there are fewer.
func advance(tx *database.Tx, w *record, rows []row, most int) ([]row, error) {
	place, err := change.Head(tx) // before lines are looked for: what comes between is not passed over
	if err != nil {
		return nil, err
	}
	lines, err := nextLines(tx, w, place, most-len(rows))
	if err != nil {
		return nil, err
	}
	for _, line := range lines {
		d, err := newRow(w.ID, &line, tx.Now)
		if err != nil {
			return nil, err
		}
		rows = append(rows, *d)
	}
	if len(rows) == most {
		place = lines[len(lines)-1].Seq
	}
	if place > w.Seq {
		w.Seq = place
		if err := tx.Model(w).Update("seq", place).Error; err != nil {
			return nil, fmt.Errorf("move a webhook on: %w", err)
		}
	}
	return rows, nil
}

// nextLines are the first lines behind a webhook's place, up to head, that are for it.
func nextLines(tx *database.Tx, w *record, head int64, most int) (lines []change.Line, err error) {
	q := tx.Where("seq > ? AND seq <= ?", w.Seq, head)
	if events := split(w.Events); len(events) > 0 {
		q = q.Where("event IN ?", events)
	}
	if types := split(w.Types); len(types) > 0 {
		q = q.Where("type IN ?", types)
	}
	if err := q.Order("seq").Limit(most).Find(&lines).Error; err != nil {
		return nil, fmt.Errorf("read a webhook's next lines: %w", err)
	}
	return lines, nil
}

// conclude stores how the attempts at the first deliveries of a batch ended and gives the others back. If there is to
// be more, it takes what comes next in the lane: many when all were taken, one alone after a failure. Who lost the lease
// meanwhile has no say.
func conclude(tx *database.Tx, b *batch, outcomes []outcome, more bool) (*batch, error) {
	var w record
	err := tx.Lock().Take(&w, "id = ?", b.webhook.ID).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return nil, nil // deleted, with its deliveries
	}
	if err != nil {
		return nil, fmt.Errorf("take a webhook: %w", err)
	}
	rows, err := held(tx, b)
	if err != nil || rows == nil {
		return nil, err
	}
	before, most := w, batchSize
	for i, o := range outcomes {
		rows[i].conclude(&w, o, tx.Now)
		if o.failure != "" {
			most = 1
		}
	}
	for i := range rows[len(outcomes):] {
		rows[len(outcomes)+i].giveBack()
	}
	if err := store(tx, rows); err != nil {
		return nil, err
	}
	if w != before {
		if err := tx.Save(&w).Error; err != nil {
			return nil, fmt.Errorf("store a webhook: %w", err)
		}
	}
	if !more {
		return nil, nil
	}
	return next(tx, b.lane, &w, most)
}

// storeTaken stores that the target took a delivery. It reports whether the delivery was this sender's still.
func storeTaken(tx *database.Tx, d row, o outcome) (bool, error) {
	d.conclude(&record{}, o, tx.Now)
	done := tx.Model(&row{}).Where("id = ? AND claims = ? AND status = ?", d.ID, d.Claims, pending).Select("*").Updates(&d)
	if done.Error != nil {
		return false, fmt.Errorf("store a delivery: %w", done.Error)
	}
	return done.RowsAffected == 1, nil
}

// held reads a batch as it is stored now; nil when another sender has taken some of it since.
func held(tx *database.Tx, b *batch) ([]row, error) {
	ids := make([]uuid.UUID, len(b.rows))
	at := map[uuid.UUID]int{}
	for i, d := range b.rows {
		ids[i], at[d.ID] = d.ID, i
	}
	var found []row
	if err := tx.Find(&found, "id IN ?", ids).Error; err != nil {
		return nil, fmt.Errorf("read deliveries: %w", err)
	}
	rows := make([]row, len(b.rows))
	for _, d := range found {
		i := at[d.ID]
		if d.Claims != b.rows[i].Claims || d.Status != pending {
			return nil, nil
		}
		rows[i] = d
	}
	if len(found) < len(rows) {
		return nil, nil
	}
	return rows, nil
}
