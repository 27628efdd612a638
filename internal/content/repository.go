package content

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/google/uuid"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/cpics/working-together-api/internal/audit"
	"github.com/cpics/working-together-api/internal/auth"
	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/errs"
	"github.com/cpics/working-together-api/internal/slug"
	"github.com/cpics/working-together-api/internal/sortkey"
)

// DefaultLanguage is the language of content that names none.
const DefaultLanguage = "en-GB"

// Repository stores the entries of one content type. Every method is part of the caller's transaction.
type Repository[T Input] struct {
	site     *Site
	kind     Kind
	new      func() T
	attaches bool // entries name files
}

// NewRepository stores entries of the kind; create gives an empty input.
func NewRepository[T Input](site *Site, kind Kind, create func() T) *Repository[T] {
	return &Repository[T]{site: site, kind: kind, new: create, attaches: len(create().FileFields()) > 0}
}

// Kind is what the repository stores.
func (r *Repository[T]) Kind() Kind { return r.kind }

// NewInput gives an empty input.
func (r *Repository[T]) NewInput() T { return r.new() }

// Written is an input as it came, with the faults that were found while it was read; saving adds its own to them, so
// that a writer is told everything at once.
type Written[T any] struct {
	Input  T
	Faults []errs.Fault
}

// ParseID reads a reference that has the form of an id (RFC 9562, section 4: 8-4-4-4-12 hexadecimal digits).
func ParseID(ref string) (uuid.UUID, bool) {
	if !slug.IsID(ref) {
		return uuid.Nil, false
	}
	id, err := uuid.Parse(ref)
	return id, err == nil
}

// Create stores a new entry as a draft. An id of uuid.Nil makes a new one; a client's own must not be in use:
// errs.Stale when it is, errs.Conflict when it belonged to something recalled.
func (r *Repository[T]) Create(tx *database.Tx, by auth.Actor, id uuid.UUID, w Written[T]) (*Document[T], error) {
	entry, err := Begin(tx, by, id, r.kind.Type)
	if err != nil {
		return nil, err
	}
	return r.write(tx, by, entry, nil, w, audit.Create)
}

// freeID checks that a client's id is not in use, or makes one when it is uuid.Nil.
func freeID(tx *database.Tx, id uuid.UUID) (uuid.UUID, error) {
	if id == uuid.Nil {
		return uuid.NewV7()
	}
	other, err := entryByID(tx, id)
	switch {
	case err != nil || other == nil:
		return id, err
	case other.Status == Recalled:
		return id, errs.New(errs.Conflict, "This id belonged to something that was recalled and cannot be used again. Choose another.")
	default:
		return id, errs.New(errs.Stale, "Something with this id exists already. To replace it, send If-Match with its current tag.")
	}
}

// Begin stores a new entry under a free id (see freeID). Of those who ask for one id at the same time, the first to
// commit gets it, and the others wait and are told; who asks for none waits for nobody.
func Begin(tx *database.Tx, by auth.Actor, id uuid.UUID, typ string) (*Entry, error) {
	rows := func() *gorm.DB { return tx.Clauses(clause.OnConflict{DoNothing: true}) }
	if id == uuid.Nil {
		rows = tx.Soon
	}
	for {
		free, err := freeID(tx, id)
		if err != nil {
			return nil, err
		}
		entry := &Entry{ID: free, Type: typ, Status: Draft, Version: 1,
			CreatedAt: tx.Now, CreatedBy: by.Name, SavedAt: tx.Now, SavedBy: by.Name}
		res := rows().Create(entry)
		if res.Error != nil {
			return nil, fmt.Errorf("create an entry: %w", res.Error)
		}
		if id == uuid.Nil || res.RowsAffected == 1 {
			return entry, nil
		}
	}
}

// Save writes the draft of a locked entry; without one, a new draft is begun. The live edition stays as it is. It fails
// with errs.Scheduled when the draft is to be published.
func (r *Repository[T]) Save(tx *database.Tx, by auth.Actor, entry *Entry, w Written[T]) (*Document[T], error) {
	return r.overwrite(tx, by, entry, w, audit.Save)
}

// overwrite stores an input as the draft of an entry that has one, or a live edition.
func (r *Repository[T]) overwrite(tx *database.Tx, by auth.Actor, entry *Entry, w Written[T], action audit.Action) (*Document[T], error) {
	if entry.PublishAt != nil {
		return nil, errScheduled(entry)
	}
	if err := Touch(tx, by, entry); err != nil {
		return nil, err
	}
	before, err := r.working(tx, entry)
	if err != nil {
		return nil, err
	}
	return r.write(tx, by, entry, before, w, action)
}

// Touch counts a write to the entry and stores its row, with whatever else of it was changed.
func Touch(tx *database.Tx, by auth.Actor, entry *Entry) error {
	entry.Version++
	entry.SavedAt, entry.SavedBy = tx.Now, by.Name
	return store(tx, entry)
}

// store writes an entry's row.
func store(tx *database.Tx, entry *Entry) error {
	if err := tx.Save(entry).Error; err != nil {
		return fmt.Errorf("write an entry: %w", err)
	}
	return nil
}

// write stores an input as the draft of an entry, whose row is stored too. before is what was worked on until then; nil
// for an entry that begins, of which nothing need be looked for.
func (r *Repository[T]) write(tx *database.Tx, by auth.Actor, entry *Entry, before *Document[T], w Written[T], action audit.Action) (*Document[T], error) {
	draft, oldSlug, err := r.nextDraft(tx, entry, before)
	if err != nil {
		return nil, err
	}
	links, faults, err := resolveLinks(tx, r.kind, w.Input, w.Faults)
	if err != nil {
		return nil, err
	}
	files, fileFaults, err := resolveFiles(tx, w.Input, w.Faults)
	if err != nil {
		return nil, err
	}
	c := w.Input.Shared()
	faults = slices.Concat(w.Faults, faults, fileFaults)
	if !faultAt(faults, "/slug") {
		chosen, taken, err := ChooseSlug(tx, entry, c.Slug, oldSlug, c.Title)
		if err != nil {
			return nil, err
		}
		draft.Slug, faults = chosen, append(faults, taken...)
	}
	if err := errs.Invalid(errs.InvalidContent, faults...); err != nil {
		return nil, err
	}
	draft.fill(c)
	links, err = r.storeDraft(tx, draft, w.Input, links, files, before == nil)
	if err != nil {
		return nil, err
	}
	if before == nil {
		return r.finishCreate(tx, by, entry, draft, w.Input, links, files)
	}
	if err := releaseSlugs(tx, entry.ID, draft.Slug); err != nil {
		return nil, err
	}
	return r.finishWrite(tx, by, entry, draft, before, action)
}

// faultAt says whether something is wrong at a place of the input.
func faultAt(faults []errs.Fault, pointer string) bool {
	return slices.ContainsFunc(faults, func(f errs.Fault) bool { return f.Pointer == pointer })
}

// fill sets what the shared fields of an input say.
func (d *Edition) fill(c *Common) {
	d.Title, d.TitleKey, d.Summary = c.Title, sortkey.Key(c.Title), c.Summary
	d.Language, d.LastReviewedOn, d.ReviewDueOn = c.Language, c.LastReviewedOn, c.ReviewDueOn
	if d.Language == "" {
		d.Language = DefaultLanguage
	}
}

// nextDraft is the edition that a write goes to, and the slug that stays unless another is given.
func (r *Repository[T]) nextDraft(tx *database.Tx, entry *Entry, before *Document[T]) (*Edition, string, error) {
	if before == nil {
		id, err := uuid.NewV7()
		return &Edition{ID: id, EntryID: entry.ID, Number: 1, State: stateDraft}, "", err
	}
	if before.Edition.State == stateDraft {
		d := before.Edition
		return &d, d.Slug, nil
	}
	id, err := uuid.NewV7()
	number, numberErr := nextNumber(tx, entry.ID)
	return &Edition{ID: id, EntryID: entry.ID, Number: number, State: stateDraft}, before.Edition.Slug, errors.Join(err, numberErr)
}

// nextNumber is the number of the edition after the last published one.
func nextNumber(tx *database.Tx, entry uuid.UUID) (int, error) {
	var number int
	err := tx.Raw("SELECT coalesce(max(number), 0) + 1 FROM editions WHERE entry_id = ? AND state <> ?", entry, stateDraft).
		Scan(&number).Error
	return number, err
}

// storeDraft writes the rows of a draft, and gives its links with those of its text. first says that the draft has no
// rows yet that would be in the way.
func (r *Repository[T]) storeDraft(tx *database.Tx, draft *Edition, in T, links []linkRow, files []fileRow, first bool) ([]linkRow, error) {
	in.Shared().EditionID = draft.ID
	rows := func() *gorm.DB { return tx.Clauses(clause.OnConflict{UpdateAll: true}) }
	if first {
		rows = tx.Soon
	}
	if err := rows().Create(draft).Error; err != nil {
		return nil, fmt.Errorf("write a draft: %w", err)
	}
	if err := rows().Table(r.kind.Table).Create(in).Error; err != nil {
		return nil, fmt.Errorf("write a draft's %s: %w", r.kind.Table, err)
	}
	mentioned, err := resolveMentions(tx, r.site.Text, in)
	if err != nil {
		return nil, err
	}
	links = append(links, mentioned...)
	if !first {
		if err := removeDraftRows(tx, draft.ID, r.attaches); err != nil {
			return nil, err
		}
	}
	if err := saveLinks(tx, draft.ID, links, namesIn(r.site.Text, in, draft.ID)); err != nil {
		return nil, err
	}
	return links, saveFiles(tx, draft.ID, files)
}

// removeDraftRows takes away what a draft linked to, named and attached.
func removeDraftRows(tx *database.Tx, edition uuid.UUID, attaches bool) error {
	rows := []any{&linkRow{}, &mentionRow{}}
	if attaches {
		rows = append(rows, &fileRow{})
	}
	for _, row := range rows {
		if err := tx.Where("edition_id = ?", edition).Delete(row).Error; err != nil {
			return fmt.Errorf("replace what a draft links to: %w", err)
		}
	}
	return nil
}

// finishCreate is finishWrite for an entry that begins: all there is to it was just written, so only what it refers to
// is read.
func (r *Repository[T]) finishCreate(tx *database.Tx, by auth.Actor, entry *Entry, draft *Edition, in T, links []linkRow, files []fileRow) (*Document[T], error) {
	doc := &Document[T]{Entry: *entry, Edition: *draft, Input: in, HasDraft: true}
	edition := []uuid.UUID{draft.ID}
	if len(links) > 0 {
		linked, err := linksOf(tx, edition)
		if err != nil {
			return nil, err
		}
		doc.Links = linked[draft.ID]
	}
	if len(files) > 0 {
		attached, err := filesOf(tx, edition)
		if err != nil {
			return nil, err
		}
		doc.Files = attached[draft.ID]
	}
	doc.fillInput()
	fields, err := ChangedFields(nil, doc.Input)
	if err != nil {
		return nil, err
	}
	return doc, Record(tx, by, audit.Create, entry, draft.Number, fields)
}

// finishWrite records the write and gives what is stored now.
func (r *Repository[T]) finishWrite(tx *database.Tx, by auth.Actor, entry *Entry, draft *Edition, before *Document[T], action audit.Action) (*Document[T], error) {
	doc, err := r.loadOne(tx, *draft)
	if err != nil {
		return nil, err
	}
	fields, err := ChangedFields(before.Input, doc.Input)
	if err != nil {
		return nil, err
	}
	return doc, Record(tx, by, action, entry, draft.Number, fields)
}

// Record writes the audit row of a change to an entry.
func Record(tx *database.Tx, by auth.Actor, action audit.Action, entry *Entry, edition int, fields []string) error {
	return audit.Record(tx, audit.Row{By: by.Who(), Action: action, Type: entry.Type, Entry: entry.ID,
		Version: entry.Version, Edition: edition, Fields: fields})
}

// ChangedFields names the members in which two documents differ, sorted; before may be nil.
func ChangedFields(before, after any) ([]string, error) {
	old, err := members(before)
	if err != nil {
		return nil, err
	}
	now, err := members(after)
	if err != nil {
		return nil, err
	}
	changed := map[string]bool{}
	for name := range old {
		changed[name] = string(old[name]) != string(now[name])
	}
	for name := range now {
		changed[name] = string(old[name]) != string(now[name])
	}
	maps.DeleteFunc(changed, func(_ string, differs bool) bool { return !differs })
	return slices.Sorted(maps.Keys(changed)), nil
}

// members splits a document into its members.
func members(doc any) (map[string]json.RawMessage, error) {
	var m map[string]json.RawMessage
	b, err := json.Marshal(doc)
	if err == nil {
		err = json.Unmarshal(b, &m)
	}
	return m, err
}

// entryByID reads an entry; nil when there is none.
func entryByID(tx *database.Tx, id uuid.UUID) (*Entry, error) {
	return takeEntry(tx.DB, id)
}

func takeEntry(db *gorm.DB, id uuid.UUID) (*Entry, error) {
	var e Entry
	err := db.Where("id = ?", id).Take(&e).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read an entry: %w", err)
	}
	return &e, nil
}
