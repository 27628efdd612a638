package content

import (
	"errors"
	"fmt"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"github.com/cpics/working-together-api/internal/change"
	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/errs"
)

// Moved is the answer to a former address: the entry is to be asked for at its current one.
type Moved struct {
	Collection string
	Slug       string // the current address
}

// Error is for logs.
func (m *Moved) Error() string { return "moved to /v1/" + m.Collection + "/" + m.Slug }

// Find locks nothing and gives the entry that a reference names. It fails with errs.NotFound when there is none or it
// was recalled, with *Moved for a former slug of a live or withdrawn entry, and with errs.Gone for one of a gone entry.
func Find(tx *database.Tx, typ, ref string) (*Entry, error) {
	id, isID := ParseID(ref)
	var row *slugRow
	if !isID {
		change.Names(tx, typ, ref)
		var err error
		if row, err = findSlug(tx, typ, ref); err != nil {
			return nil, err
		}
		if row == nil {
			return nil, errNotFound()
		}
		id = row.EntryID
	}
	change.Shows(tx, id)
	entry, err := entryByID(tx, id)
	switch {
	case err != nil:
		return nil, err
	case entry == nil || entry.Type != typ || entry.Status == Recalled:
		return nil, errNotFound()
	case row == nil || row.State != slugFormer:
		return entry, nil
	case entry.Status == Gone:
		return nil, GoneError(entry)
	default:
		return nil, &Moved{Collection: CollectionOf(typ), Slug: entry.Slug}
	}
}

// FindForUpdate is Find, and keeps the entry to this transaction until it ends.
func FindForUpdate(tx *database.Tx, typ, ref string) (*Entry, error) {
	entry, err := Find(tx, typ, ref)
	if err != nil {
		return nil, err
	}
	locked, err := takeEntry(tx.Lock(), entry.ID)
	if err != nil {
		return nil, err
	}
	if locked == nil || locked.Status == Recalled { // somebody else was quicker
		return nil, errNotFound()
	}
	return locked, nil
}

// FindPublic gives the entry that anyone may read at a reference. Beyond what Find fails with, a draft is
// errs.NotFound, also by a slug that only a draft has; what was removed is errs.Gone.
func FindPublic(tx *database.Tx, typ, ref string) (*Entry, error) {
	entry, err := Find(tx, typ, ref)
	if err != nil {
		return nil, err
	}
	_, isID := ParseID(ref)
	switch {
	case entry.Status == Draft || !isID && ref != entry.Slug:
		return nil, errNotFound()
	case entry.Status == Gone:
		return nil, GoneError(entry)
	}
	return entry, nil
}

// GoneError tells a reader what became of a removed entry.
func GoneError(e *Entry) error {
	err := errs.New(errs.Gone, "This has been removed. Delete your copy, and use the alternative where there is one.")
	if e.Explanation != "" {
		err = err.With("explanation", e.Explanation)
	}
	if e.Alternative != "" {
		err = err.With("alternative", e.Alternative)
	}
	return err
}

// editionIn reads the edition of an entry that is in a state; nil when there is none.
func editionIn(tx *database.Tx, entry uuid.UUID, s state) (*Edition, error) {
	var d Edition
	err := tx.Where("entry_id = ? AND state = ?", entry, s).Take(&d).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read an edition: %w", err)
	}
	return &d, nil
}

// working gives what an editor works on: the draft, or the live edition where there is none; nil for an entry that
// has neither yet.
func (r *Repository[T]) working(tx *database.Tx, entry *Entry) (*Document[T], error) {
	d, err := editionIn(tx, entry.ID, stateDraft)
	if err == nil && d == nil {
		d, err = editionIn(tx, entry.ID, stateLive)
	}
	if err != nil || d == nil {
		return nil, err
	}
	return r.loadOne(tx, *d)
}

// Working gives the draft of an entry, or its live edition where there is none.
func (r *Repository[T]) Working(tx *database.Tx, entry *Entry) (*Document[T], error) {
	doc, err := r.working(tx, entry)
	if err == nil && doc == nil {
		err = fmt.Errorf("entry %s has neither a draft nor a live edition", entry.ID)
	}
	return doc, err
}

// historyOf reads the major editions of entries, newest first.
func historyOf(tx *database.Tx, entries []uuid.UUID) (map[uuid.UUID][]HistoryItem, error) {
	var rows []Edition
	err := tx.Select("entry_id", "number", "published_at", "change_note").
		Where("entry_id IN ? AND state <> ? AND update_type = ?", entries, stateDraft, Major).
		Order("entry_id, number DESC").Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read the history: %w", err)
	}
	byEntry := map[uuid.UUID][]HistoryItem{}
	for _, d := range rows {
		byEntry[d.EntryID] = append(byEntry[d.EntryID], HistoryItem{Edition: d.Number, At: *d.PublishedAt, ChangeNote: d.ChangeNote})
	}
	return byEntry, nil
}
