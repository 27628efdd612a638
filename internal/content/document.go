package content

import (
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/cpics/working-together-api/internal/database"
)

// Document is one edition with its entry, its type's own fields and what it links to.
type Document[T Input] struct {
	Entry    Entry
	Edition  Edition
	Input    T                     // what was written, links as ids
	Links    map[string][]Target   // by relation, in the order given, whether shown or not
	Files    map[string][]Attached // by relation, in the order given
	HasDraft bool
	// ChangeNote is that of the last major edition; only of what is public.
	ChangeNote string
	History    []HistoryItem // major editions, newest first; only where it was asked for
}

// Target is what an edition links to, as the public knows it.
type Target struct {
	ID        uuid.UUID
	Type      string
	Status    Status
	Slug      string
	Title     string
	TitleKey  []byte
	ShortName string
	Place     int
}

// HistoryItem is one major edition in an item's public history.
type HistoryItem struct {
	Edition    int       `json:"edition" validate:"required" example:"2"`
	At         time.Time `json:"at" validate:"required" example:"2026-11-23T09:30:00Z"`
	ChangeNote string    `json:"changeNote" validate:"required" example:"Added the new referral form."`
}

// load completes editions of one type, in the order given, with a fixed number of statements however many they are.
func (r *Repository[T]) load(tx *database.Tx, editions []Edition) ([]*Document[T], error) {
	ids := make([]uuid.UUID, len(editions))
	entryIDs := make([]uuid.UUID, len(editions))
	for i, d := range editions {
		ids[i], entryIDs[i] = d.ID, d.EntryID
	}
	if len(ids) == 0 {
		return nil, nil
	}
	entries, err := entriesByID(tx, entryIDs)
	if err != nil {
		return nil, err
	}
	inputs, err := r.inputs(tx, ids)
	if err != nil {
		return nil, err
	}
	links, err := linksOf(tx, ids)
	if err != nil {
		return nil, err
	}
	files := map[uuid.UUID]map[string][]Attached{}
	if r.attaches {
		if files, err = filesOf(tx, ids); err != nil {
			return nil, err
		}
	}
	docs := make([]*Document[T], 0, len(editions))
	for _, d := range editions {
		in, ok := inputs[d.ID]
		if !ok {
			return nil, fmt.Errorf("edition %s has no row in %s", d.ID, r.kind.Table)
		}
		doc := &Document[T]{Entry: entries[d.EntryID], Edition: d, Input: in, Links: links[d.ID],
			Files: files[d.ID], HasDraft: d.State == stateDraft}
		doc.fillInput()
		docs = append(docs, doc)
	}
	return docs, nil
}

// Workings completes entries that a list for editors found, in their order: by their draft, or by their live edition
// where they have none.
func (r *Repository[T]) Workings(tx *database.Tx, entries []Entry) ([]*Document[T], error) {
	ids := make([]uuid.UUID, len(entries))
	for i, e := range entries {
		ids[i] = e.ID
	}
	var rows []Edition
	if err := tx.Where("entry_id IN ? AND state IN ?", ids, []state{stateLive, stateDraft}).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read editions: %w", err)
	}
	chosen := map[uuid.UUID]Edition{}
	for _, d := range rows {
		if d.State == stateDraft || chosen[d.EntryID].State != stateDraft {
			chosen[d.EntryID] = d
		}
	}
	editions := make([]Edition, 0, len(ids))
	for _, id := range ids {
		if d, ok := chosen[id]; ok {
			editions = append(editions, d)
		}
	}
	return r.load(tx, editions)
}

// loadOne is load for one edition.
func (r *Repository[T]) loadOne(tx *database.Tx, d Edition) (*Document[T], error) {
	docs, err := r.load(tx, []Edition{d})
	if err != nil {
		return nil, err
	}
	return docs[0], nil
}

func entriesByID(tx *database.Tx, ids []uuid.UUID) (map[uuid.UUID]Entry, error) {
	var rows []Entry
	if err := tx.Where("id IN ?", ids).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read entries: %w", err)
	}
	byID := make(map[uuid.UUID]Entry, len(rows))
	for _, e := range rows {
		byID[e.ID] = e
	}
	return byID, nil
}

// inputs reads the rows of the type's own table.
func (r *Repository[T]) inputs(tx *database.Tx, editions []uuid.UUID) (map[uuid.UUID]T, error) {
	var rows []T
	if err := tx.Table(r.kind.Table).Where("edition_id IN ?", editions).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read %s: %w", r.kind.Table, err)
	}
	byID := make(map[uuid.UUID]T, len(rows))
	for _, in := range rows {
		byID[in.Shared().EditionID] = in
	}
	return byID, nil
}

// linksOf reads what editions link to, by edition and relation.
func linksOf(tx *database.Tx, editions []uuid.UUID) (map[uuid.UUID]map[string][]Target, error) {
	var rows []struct {
		EditionID uuid.UUID
		Relation  string
		Target
	}
	err := tx.Raw(`
		SELECT l.edition_id, l.relation, e.id, e.type, e.status, e.slug, e.title, e.title_key, e.short_name, e.place
		FROM edition_links l JOIN entries e ON e.id = l.target_id
		WHERE l.edition_id IN ? ORDER BY l.edition_id, l.relation, l.position`, editions).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read links: %w", err)
	}
	links := map[uuid.UUID]map[string][]Target{}
	for _, row := range rows {
		if links[row.EditionID] == nil {
			links[row.EditionID] = map[string][]Target{}
		}
		links[row.EditionID][row.Relation] = append(links[row.EditionID][row.Relation], row.Target)
	}
	return links, nil
}

// fillInput completes the input with what is stored outside the type's own table.
func (d *Document[T]) fillInput() {
	d.fillShared()
	for name, refs := range d.Input.LinkFields() {
		*refs = nil
		for _, t := range d.Links[name] {
			*refs = append(*refs, t.ID.String())
		}
	}
	for _, field := range d.Input.FileFields() {
		field.set(d.Files[field.Name])
	}
}

// fillShared is fillInput without the links.
func (d *Document[T]) fillShared() {
	c := d.Input.Shared()
	c.EditionID = d.Edition.ID
	c.Slug, c.Title, c.Summary, c.Language = d.Edition.Slug, d.Edition.Title, d.Edition.Summary, d.Edition.Language
	c.LastReviewedOn, c.ReviewDueOn = d.Edition.LastReviewedOn, d.Edition.ReviewDueOn
}
