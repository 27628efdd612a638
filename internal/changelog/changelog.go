// Package changelog serves the public change log: what partners read to keep their copies right. Package change
// writes it.
package changelog

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"github.com/cpics/working-together-api/internal/change"
	"github.com/cpics/working-together-api/internal/content"
	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/errs"
	"github.com/cpics/working-together-api/internal/web"
)

// Change is one line of the log as partners read it.
type Change struct {
	Seq          int64        `json:"seq" validate:"required" example:"42"`                                                                    // of the line; later lines have larger ones
	Cursor       string       `json:"cursor" validate:"required" example:"AAEyNDI"`                                                            // what after= takes to go on behind this line
	At           time.Time    `json:"at" validate:"required" example:"2026-11-23T09:30:00Z"`                                                   // when it happened
	Event        change.Event `json:"event" validate:"required" enums:"published,refreshed,moved,withdrawn,gone,recalled" example:"published"` // what happened
	Type         string       `json:"type" validate:"required" example:"case-study"`
	ID           uuid.UUID    `json:"id" validate:"required" format:"uuid" example:"018d2a40-1c00-7b21-8c3f-6a1b3e4d5c02"`
	Slug         string       `json:"slug,omitempty" example:"shorter-waits-for-physiotherapy"`
	Title        string       `json:"title,omitempty" example:"Shorter waits for physiotherapy"`
	UpdateType   string       `json:"updateType,omitempty" enums:"major,minor" example:"major"`
	Digest       string       `json:"digest,omitempty" example:"sha-256:6b3a55e0261b0304143f805a24924d0c1c44524821305f31d9277843b8a10f4e"`                          // of the item as it is now; only in the newest line of an entry that still has one
	Href         string       `json:"href,omitempty" format:"uri" example:"https://api.example.nhs.uk/v1/case-studies/018d2a40-1c00-7b21-8c3f-6a1b3e4d5c02?seq=42"` // answers a state at least as new as this line
	PreviousSlug string       `json:"previousSlug,omitempty" example:"shorter-waits"`
	Explanation  string       `json:"explanation,omitempty" example:"The referral route has changed."`
	Alternative  string       `json:"alternative,omitempty" example:"https://www.example.nhs.uk/referrals"`
	Deadline     *time.Time   `json:"deadline,omitempty" example:"2026-12-01T12:00:00Z"` // by when copies must be deleted
	Item         any          `json:"item,omitempty" swaggertype:"object"`               // the public item as it is now, with item=true; where digest stands
}

// Changes is a part of the log.
type Changes struct {
	Items   []Change `json:"items" validate:"required"`                                                                           // in order, oldest first
	Next    string   `json:"next" validate:"required" format:"uri" example:"https://api.example.nhs.uk/v1/changes?after=AAEyNDI"` // always there: ask it again for what comes
	HasMore bool     `json:"hasMore" validate:"required" example:"false"`                                                         // whether it has lines already

	end place // where Next goes on
}

// place is a place in the log: behind the line with the number. At the start there is neither number nor cursor.
type place struct {
	seq    int64
	cursor string
}

// request is what a reader asks for.
type request struct {
	after string
	types []string
	limit int
	items bool
}

// scope is what cursors of a log belong to: those of another one are refused, even where it has begun alike.
type scope string

// scopeOf is the scope of the log in a database.
func scopeOf(tx *database.Tx) (scope, error) {
	id, err := change.LogID(tx)
	return scopeOfID(id), err
}

// cursor names a line by what a recall leaves of it, so that a log in which another line stands there is noticed: one
// that was restored and has gone another way since.
func (s scope) cursor(l change.Line) string {
	return web.EncodeCursor(string(s), false, nameOf(l)...)
}

// Cursor is the cursor behind a line of the log with the id, as after takes it.
func Cursor(logID string, l change.Line) string { return scopeOfID(logID).cursor(l) }

// scopeOfID is the scope of the log with an id.
func scopeOfID(logID string) scope { return scope("changes " + logID) }

func nameOf(l change.Line) []string {
	return []string{strconv.FormatInt(l.Seq, 10), l.EntryID.String(), string(l.Event), strconv.FormatInt(l.At.Unix(), 36)}
}

// position reads a cursor; 0 for the start. It fails with errs.CursorUnknown when this log has no such line.
func (s scope) position(tx *database.Tx, after string) (int64, error) {
	if after == "" {
		return 0, nil
	}
	_, parts, err := web.DecodeCursor(string(s), after)
	if err != nil || len(parts) == 0 {
		return 0, unknownCursor()
	}
	var found []change.Line
	err = tx.Where("seq = ?", parts[0]).Find(&found).Error
	if err != nil {
		return 0, fmt.Errorf("look up a cursor: %w", err)
	}
	if len(found) == 0 || !slices.Equal(nameOf(found[0]), parts) {
		return 0, unknownCursor()
	}
	return found[0].Seq, nil
}

const cursorAdvice = "This cursor is not of this service's log. Start without one, and drop from your copy what you do not see again."

func unknownCursor() error { return errs.New(errs.CursorUnknown, cursorAdvice) }

// row is a line with what becomes of its entry later.
type row struct {
	change.Line
	Newest bool
	Status content.Status // of the entry now
}

// read gives the lines after a position from one snapshot.
func (h Handler) read(tx *database.Tx, req request) (*Changes, error) {
	log, err := scopeOf(tx)
	if err != nil {
		return nil, err
	}
	from, err := log.position(tx, req.after)
	if err != nil {
		return nil, err
	}
	rows, err := lines(tx, from, req)
	if err != nil {
		return nil, err
	}
	page := &Changes{Items: []Change{}, HasMore: len(rows) > req.limit}
	if page.HasMore {
		rows = rows[:req.limit]
	}
	shown, err := h.shown(tx, rows, req.items)
	if err != nil {
		return nil, err
	}
	for _, r := range rows {
		page.Items = append(page.Items, h.line(log, r, shown, req.items))
	}
	if page.end, err = end(tx, log, req, page); err != nil {
		return nil, err
	}
	page.Next = h.address(req, page.end.cursor)
	return page, nil
}

// end is the place to go on from behind a page. When the page is the end of the log, that is behind the newest line of
// all, so that lines of other types are not read again.
func end(tx *database.Tx, log scope, req request, page *Changes) (place, error) {
	p := place{cursor: req.after}
	if n := len(page.Items); n > 0 {
		p = place{page.Items[n-1].Seq, page.Items[n-1].Cursor}
	}
	if page.HasMore {
		return p, nil
	}
	var newest change.Line
	if err := tx.Order("seq DESC").Limit(1).Find(&newest).Error; err != nil {
		return p, fmt.Errorf("read the newest line of the change log: %w", err)
	}
	if newest.Seq > 0 {
		p = place{newest.Seq, log.cursor(newest)}
	}
	return p, nil
}

// lines reads one line more than asked for, to know whether there are more.
func lines(tx *database.Tx, from int64, req request) ([]row, error) {
	query := logged(tx).Where("c.seq > ?", from).Order("c.seq").Limit(req.limit + 1)
	if len(req.types) > 0 {
		query = query.Where("c.type IN ?", req.types)
	}
	var rows []row
	if err := query.Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("read the change log: %w", err)
	}
	return rows, nil
}

// logged reads lines with what became of their entries.
func logged(tx *database.Tx) *gorm.DB {
	return tx.Table("changes c").Select(`c.*, e.status,
		NOT EXISTS (SELECT 1 FROM changes n WHERE n.entry_id = c.entry_id AND n.seq > c.seq) AS newest`).
		Joins("JOIN entries e ON e.id = c.entry_id")
}

// Lines gives the lines with some numbers as List does, without their items. It fails when one of them is not there.
func (h Handler) Lines(tx *database.Tx, seqs []int64) (map[int64]Change, error) {
	found := map[int64]Change{}
	if len(seqs) == 0 {
		return found, nil
	}
	var rows []row
	if err := logged(tx).Where("c.seq IN ?", seqs).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("read lines of the change log: %w", err)
	}
	shown, err := h.shown(tx, rows, false)
	if err != nil {
		return nil, err
	}
	log, err := scopeOf(tx)
	if err != nil {
		return nil, err
	}
	for _, r := range rows {
		found[r.Seq] = h.line(log, r, shown, false)
	}
	for _, seq := range seqs {
		if _, ok := found[seq]; !ok {
			return nil, fmt.Errorf("the change log has no line %d", seq)
		}
	}
	return found, nil
}

// shown reads the items that lines show: those of the newest line of an entry that is still public.
func (h Handler) shown(tx *database.Tx, rows []row, whole bool) (map[uuid.UUID]content.Shown, error) {
	byType := map[string][]uuid.UUID{}
	for _, r := range rows {
		if r.Newest && r.Status.Public() {
			byType[r.Type] = append(byType[r.Type], r.EntryID)
		}
	}
	return h.Sources.Show(tx, byType, whole)
}

// line is a line on its way out.
func (h Handler) line(log scope, r row, shown map[uuid.UUID]content.Shown, items bool) Change {
	l := Change{Seq: r.Seq, Cursor: log.cursor(r.Line), At: r.At, Event: r.Event, Type: r.Type, ID: r.EntryID, Slug: r.Slug,
		Title: r.Title, UpdateType: r.UpdateType, PreviousSlug: r.PreviousSlug, Explanation: r.Explanation,
		Alternative: r.Alternative, Deadline: r.Deadline}
	if r.Status != content.Recalled {
		l.Href = h.Site.Href(r.Type, r.EntryID.String()) + "?seq=" + strconv.FormatInt(r.Seq, 10)
	}
	if now, ok := shown[r.EntryID]; ok && r.Newest {
		l.Digest = now.Digest
		if items {
			l.Item = now.Item
		}
	}
	return l
}
