package reference

import (
	"fmt"
	"slices"

	"github.com/google/uuid"
	"gorm.io/gorm/clause"

	"github.com/cpics/working-together-api/internal/audit"
	"github.com/cpics/working-together-api/internal/auth"
	"github.com/cpics/working-together-api/internal/change"
	"github.com/cpics/working-together-api/internal/content"
	"github.com/cpics/working-together-api/internal/content/rest"
	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/errs"
	"github.com/cpics/working-together-api/internal/sortkey"
)

// maxUsers is how many entries an errs.InUse names.
const maxUsers = 20

// Store stores the entries of one type. Every method is part of the caller's transaction; to those that write, the
// caller brings the publish lock, taken before anything else.
type Store[T Input] struct {
	kind content.Kind
	new  func() T
}

// NewStore stores entries of the kind; create gives an empty input.
func NewStore[T Input](kind content.Kind, create func() T) *Store[T] {
	return &Store[T]{kind: kind, new: create}
}

// Record is an entry with what its editors wrote.
type Record[T Input] struct {
	Entry content.Entry
	Input T
}

// Records completes entries of the type, in their order, with one statement however many they are.
func (s *Store[T]) Records(tx *database.Tx, entries []content.Entry) ([]Record[T], error) {
	inputs, err := s.inputs(tx, entries)
	if err != nil {
		return nil, err
	}
	records := make([]Record[T], len(entries))
	for i, e := range entries {
		in, ok := inputs[e.ID]
		if !ok {
			return nil, fmt.Errorf("entry %s has no row in %s", e.ID, s.kind.Table)
		}
		complete(in, &e)
		records[i] = Record[T]{e, in}
	}
	return records, nil
}

// inputs reads the rows of the type's own table.
func (s *Store[T]) inputs(tx *database.Tx, entries []content.Entry) (map[uuid.UUID]T, error) {
	if len(entries) == 0 {
		return nil, nil
	}
	ids := make([]uuid.UUID, len(entries))
	for i, e := range entries {
		ids[i] = e.ID
	}
	change.Shows(tx, ids...)
	var rows []T
	if err := tx.Table(s.kind.Table).Where("id IN ?", ids).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read %s: %w", s.kind.Table, err)
	}
	byID := make(map[uuid.UUID]T, len(rows))
	for _, in := range rows {
		byID[in.Shared().ID] = in
	}
	return byID, nil
}

// Record is Records for one entry.
func (s *Store[T]) Record(tx *database.Tx, entry *content.Entry) (Record[T], error) {
	records, err := s.Records(tx, []content.Entry{*entry})
	if err != nil {
		return Record[T]{}, err
	}
	return records[0], nil
}

// complete fills in what the entry keeps of an input.
func complete(in Input, e *content.Entry) {
	c := in.Shared()
	c.Slug, c.Name = e.Slug, e.Title
	if short := in.Short(); short != nil {
		*short = e.ShortName
	}
}

// Create stores a new entry. An id of uuid.Nil makes a new one; a client's own must not be in use: errs.Stale when it
// is, errs.Conflict when it belonged to something recalled. What is wrong with the input is errs.InvalidContent.
func (s *Store[T]) Create(tx *database.Tx, log *change.Log, by auth.Actor, id uuid.UUID, w content.Written[T]) (Record[T], error) {
	entry, err := content.Begin(tx, by, id, s.kind.Type)
	if err != nil {
		return Record[T]{}, err
	}
	return s.write(tx, log, by, entry, nil, w)
}

// Add is Create for a document that is still JSON.
func (s *Store[T]) Add(tx *database.Tx, log *change.Log, by auth.Actor, id uuid.UUID, document []byte) error {
	written, err := rest.DecodeInto(s.new(), document)
	if err != nil {
		return err
	}
	_, err = s.Create(tx, log, by, id, written)
	return err
}

// Save replaces what a locked live entry says. What is wrong with the input is errs.InvalidContent.
func (s *Store[T]) Save(tx *database.Tx, log *change.Log, by auth.Actor, entry *content.Entry, w content.Written[T]) (Record[T], error) {
	before, err := s.Record(tx, entry)
	if err != nil {
		return before, err
	}
	if err := content.Touch(tx, by, entry); err != nil {
		return before, err
	}
	return s.write(tx, log, by, entry, before.Input, w)
}

// write stores an input; before is what it replaces, nil for a new entry.
func (s *Store[T]) write(tx *database.Tx, log *change.Log, by auth.Actor, entry *content.Entry, before Input, w content.Written[T]) (Record[T], error) {
	was := *entry
	slug, err := address(tx, entry, w)
	if err != nil {
		return Record[T]{}, err
	}
	appear(tx, entry, slug, w.Input)
	if err := s.storeRows(tx, entry, w.Input); err != nil {
		return Record[T]{}, err
	}
	if err := content.Relist(tx, entry.Type, entry.ID); err != nil {
		return Record[T]{}, err
	}
	if err := content.Announce(log, &was, entry, "", false); err != nil {
		return Record[T]{}, err
	}
	complete(w.Input, entry)
	fields, err := content.ChangedFields(before, w.Input)
	if err != nil {
		return Record[T]{}, err
	}
	action := audit.Save
	if before == nil {
		action = audit.Create
	}
	return Record[T]{*entry, w.Input}, content.Record(tx, by, action, entry, 0, fields)
}

// address reserves the slug that an input asks for, or tells all that is wrong with the input.
func address[T Input](tx *database.Tx, entry *content.Entry, w content.Written[T]) (string, error) {
	faults, slug := w.Faults, ""
	if !slices.ContainsFunc(faults, func(f errs.Fault) bool { return f.Pointer == "/slug" }) {
		c := w.Input.Shared()
		chosen, taken, err := content.ChooseSlug(tx, entry, c.Slug, entry.Slug, c.Name)
		if err != nil {
			return "", err
		}
		slug, faults = chosen, append(faults, taken...)
	}
	return slug, errs.Invalid(errs.InvalidContent, faults...)
}

// appear makes an entry show an input, from now on.
func appear(tx *database.Tx, entry *content.Entry, slug string, in Input) {
	name := in.Shared().Name
	entry.Status, entry.Slug, entry.Title, entry.TitleKey = content.Live, slug, name, sortkey.Key(name)
	if short := in.Short(); short != nil {
		entry.ShortName = *short
	}
	entry.UpdatedAt = &tx.Now
	if entry.FirstPublishedAt == nil {
		entry.FirstPublishedAt = &tx.Now
	}
}

// storeRows writes the entry, its address and the type's own row.
func (s *Store[T]) storeRows(tx *database.Tx, entry *content.Entry, in T) error {
	if err := tx.Save(entry).Error; err != nil {
		return fmt.Errorf("write an entry: %w", err)
	}
	if err := content.MakeCurrent(tx, entry.ID, entry.Slug); err != nil {
		return err
	}
	in.Shared().ID = entry.ID
	if err := tx.Table(s.kind.Table).Clauses(clause.OnConflict{UpdateAll: true}).Create(in).Error; err != nil {
		return fmt.Errorf("write %s: %w", s.kind.Table, err)
	}
	return nil
}

// Delete removes a locked live entry from its address, for good. It fails with errs.InUse, which names some of them,
// while drafts or editions link to it.
func (s *Store[T]) Delete(tx *database.Tx, log *change.Log, by auth.Actor, entry *content.Entry) error {
	if err := content.AwaitLinks(tx, entry.ID); err != nil {
		return err
	}
	users, err := content.UsersOf(tx, entry.ID, maxUsers)
	if err != nil {
		return err
	}
	if len(users) > 0 {
		return errs.New(errs.InUse, "Others link to this, in a draft or as published: users names up to %d of them. Remove those links first.", maxUsers).
			With("users", users)
	}
	entry.Status, entry.UnpublishedAt = content.Gone, &tx.Now
	if err := content.Touch(tx, by, entry); err != nil {
		return err
	}
	if err := content.Relist(tx, entry.Type, entry.ID); err != nil {
		return err
	}
	if err := log.Append(change.Line{Event: change.Gone, EntryID: entry.ID, Type: entry.Type, Slug: entry.Slug, Title: entry.Title}); err != nil {
		return err
	}
	return content.Record(tx, by, audit.Delete, entry, 0, nil)
}
