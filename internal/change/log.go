// Package change writes the public change log: one line for everything public that happens, in order, with a number
// that only grows. The log is also the outbox that caches, feeds, mirrors and webhooks follow.
package change

import (
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/cpics/working-together-api/internal/database"
)

// Event is what happened to an entry.
type Event string

// The events of the log.
const (
	Published Event = "published" // a new edition, or made or changed reference data
	Refreshed Event = "refreshed" // the same edition, but what it shows of others changed
	Moved     Event = "moved"     // a new address
	Withdrawn Event = "withdrawn" // readable, no longer current
	Gone      Event = "gone"      // removed from its address
	Recalled  Event = "recalled"  // should never have been public: delete your copy
)

// Line is one line of the log: a row of table changes.
type Line struct {
	Seq          int64 `gorm:"primaryKey;autoIncrement:false"`
	EntryID      uuid.UUID
	Type         string
	Event        Event
	At           time.Time
	Slug         string
	Title        string
	UpdateType   string
	PreviousSlug string
	Explanation  string
	Alternative  string
	Deadline     *time.Time
	FeedAt       *time.Time // the date that feeds show, of a major edition; set by Append
	Lists        string     // ListsKept, ListsReordered, or empty
}

// ListsKept marks the line of an entry that stands in every list as before, but for those that ask for the last edition:
// the order by update, and searches.
const ListsKept = "kept"

// ListsReordered marks the line of an entry that stands in the lists it stood in, at another place perhaps where they go by
// title, name or number.
const ListsReordered = "reordered"

// TableName names the table.
func (Line) TableName() string { return "changes" }

// Log is the right to write lines: the publish lock is held until the transaction ends. Those who follow the log in
// this process are told its lines when the transaction is committed.
type Log struct {
	tx      *database.Tx
	written written
}

// written is what a transaction wrote to the log.
type written struct {
	lines []Line
	more  bool  // than lines has
	last  int64 // the number of the last line, whether lines has it or not
}

// first is the number of the first line; 0 where it is not known.
func (w *written) first() int64 {
	if len(w.lines) == 0 {
		return 0
	}
	return w.lines[0].Seq
}

func (w *written) add(lines ...Line) {
	w.lines = append(w.lines, lines...)
	w.last = w.lines[len(w.lines)-1].Seq
}

// Lock takes the publish lock. It must be the first statement of every transaction that changes the public side: the
// lock is what makes a smaller seq readable before a larger one, and what keeps places, former slugs and refreshed
// lines of two publishers apart.
func Lock(tx *database.Tx) (*Log, error) {
	res := tx.Exec("UPDATE change_head SET seq = seq")
	if res.Error != nil {
		return nil, fmt.Errorf("take the publish lock: %w", res.Error)
	}
	log := &Log{tx: tx}
	tx.Tell(&log.written)
	return log, nil
}

// Append writes a line; its Seq and At are set here.
func (l *Log) Append(line Line) error {
	if err := l.take(&line.Seq); err != nil {
		return err
	}
	line.At = l.tx.Now
	if line.Event == Published && line.UpdateType == "major" {
		if err := l.date(&line); err != nil {
			return err
		}
	}
	if err := l.tx.Create(&line).Error; err != nil {
		return fmt.Errorf("write a line of the change log: %w", err)
	}
	l.written.add(line)
	return nil
}

// date gives a line its date in feeds: its time, or a second after the date before it. So the dates strictly increase,
// and none ever changes.
func (l *Log) date(line *Line) error {
	var last []time.Time
	err := l.tx.Model(&Line{}).Where("feed_at IS NOT NULL").Order("feed_at DESC").Limit(1).Pluck("feed_at", &last).Error
	if err != nil {
		return fmt.Errorf("read the last date in feeds: %w", err)
	}
	at := line.At
	if len(last) > 0 && !at.After(last[0]) {
		at = last[0].Add(time.Second)
	}
	line.FeedAt = &at
	return nil
}

// take hands out the next number.
func (l *Log) take(seq *int64) error {
	err := l.tx.Raw("UPDATE change_head SET seq = seq + 1 RETURNING seq").Scan(seq).Error
	if err != nil {
		return fmt.Errorf("take the next number of the change log: %w", err)
	}
	return nil
}

// showing selects the entries whose live edition links to some others, or names them in its text by slug or by id.
const showing = `
	SELECT d.entry_id FROM edition_links l JOIN editions d ON d.id = l.edition_id
		WHERE d.state = 'live' AND l.target_id IN ?
	UNION SELECT d.entry_id FROM slugs s JOIN edition_mentions m ON m.name = s.slug AND m.type = s.type
		JOIN editions d ON d.id = m.edition_id WHERE d.state = 'live' AND s.entry_id IN ?
	UNION SELECT d.entry_id FROM edition_mentions m JOIN editions d ON d.id = m.edition_id
		WHERE d.state = 'live' AND m.name IN ?`

func showingArgs(shown []uuid.UUID) []any {
	ids := orNone(shown)
	names := make([]string, len(ids))
	for i, id := range ids {
		names[i] = id.String()
	}
	return []any{ids, ids, names}
}

// Showing gives the entries that show something of an entry, public or not: what Refresh would find, for a caller who
// is about to erase how it is found.
func Showing(tx *database.Tx, entry uuid.UUID) ([]uuid.UUID, error) {
	var ids []uuid.UUID
	if err := tx.Raw(showing, showingArgs([]uuid.UUID{entry})...).Scan(&ids).Error; err != nil {
		return nil, fmt.Errorf("find what shows an entry: %w", err)
	}
	return ids, nil
}

// Refresh writes a refreshed line for each of the entries, and for every public entry whose live edition links to one
// of shown, or names it in its text; except gets none. One statement, whatever their number.
func (l *Log) Refresh(entries, shown []uuid.UUID, except uuid.UUID) error {
	if len(entries) == 0 && len(shown) == 0 {
		return nil
	}
	args := append([]any{Refreshed, l.tx.Now, except, orNone(entries)}, showingArgs(shown)...)
	res := l.tx.Exec(`
		INSERT INTO changes (seq, entry_id, type, event, at, slug, title)
		SELECT (SELECT seq FROM change_head) + row_number() OVER (ORDER BY e.id), e.id, e.type, ?, ?, e.slug, e.title
		FROM entries e
		WHERE e.status IN ('live', 'withdrawn') AND e.id <> ? AND e.id IN (SELECT id FROM entries WHERE id IN ? UNION `+showing+`)`,
		args...)
	if res.Error != nil {
		return fmt.Errorf("write refreshed lines: %w", res.Error)
	}
	if res.RowsAffected == 0 {
		return nil
	}
	err := l.tx.Raw("UPDATE change_head SET seq = seq + ? RETURNING seq", res.RowsAffected).Scan(&l.written.last).Error
	if err != nil {
		return fmt.Errorf("count refreshed lines: %w", err)
	}
	return l.readBack(res.RowsAffected)
}

// readBack learns the last n lines that were written, unless they are too many to be worth it.
func (l *Log) readBack(n int64) error {
	if n > maxLines {
		l.written.more = true
		return nil
	}
	lines, _, err := after(l.tx, l.written.last-n)
	if err != nil {
		return err
	}
	l.written.add(lines...)
	return nil
}

// orNone keeps an IN list from being empty, which SQL does not allow.
func orNone(ids []uuid.UUID) []uuid.UUID {
	if len(ids) == 0 {
		return []uuid.UUID{uuid.Nil}
	}
	return ids
}

// Erase leaves of an entry's earlier lines nothing but that they happened: what a recall demands.
func (l *Log) Erase(entry uuid.UUID) error {
	err := l.tx.Exec(`UPDATE changes SET slug = '', title = '', update_type = '', previous_slug = '', explanation = '',
		alternative = '', lists = '', deadline = NULL WHERE entry_id = ?`, entry).Error
	if err != nil {
		return fmt.Errorf("erase lines of the change log: %w", err)
	}
	return nil
}

// recentLines is how many of the newest lines tell whether several changes happened in one second.
const recentLines = 1000

// LastOfAll is when the public side changed last: the time of the newest line; zero for an empty log. One change can
// have several lines: what it refreshed, and where it moved to.
func LastOfAll(tx *database.Tx) (m Moment, err error) {
	var line Line
	if err := tx.Select("seq", "at").Order("seq DESC").Limit(1).Find(&line).Error; err != nil {
		return m, fmt.Errorf("read the last change: %w", err)
	}
	var events []Event
	err = tx.Model(&Line{}).Where("seq > ? AND at = ?", line.Seq-recentLines, line.At).Pluck("event", &events).Error
	if err != nil {
		return m, fmt.Errorf("read what changed in the last second: %w", err)
	}
	changes := 0
	for _, e := range events {
		if e != Refreshed && e != Moved {
			changes++
		}
	}
	return Moment{At: line.At, Again: changes > 1 || len(events) == recentLines}, nil
}

// Moment is when something changed last.
type Moment struct {
	At    time.Time
	Again bool // it had changed before in the same second: the time alone does not tell its states apart
}

// Last is when the public side of an entry changed last; zero where the log does not know it.
func Last(tx *database.Tx, entry uuid.UUID) (Moment, error) {
	var lines []Line
	if err := tx.Select("at").Where("entry_id = ?", entry).Order("seq DESC").Limit(2).Find(&lines).Error; err != nil {
		return Moment{}, fmt.Errorf("read the last changes of an entry: %w", err)
	}
	if len(lines) == 0 {
		return Moment{}, nil
	}
	return Moment{lines[0].At, len(lines) > 1 && lines[0].At.Equal(lines[1].At)}, nil
}
