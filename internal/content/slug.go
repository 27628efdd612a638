package content

import (
	"errors"
	"fmt"

	"github.com/google/uuid"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/errs"
	"github.com/cpics/working-together-api/internal/slug"
)

// findSlug reads who has an address; nil when nobody does.
func findSlug(tx *database.Tx, typ, s string) (*slugRow, error) {
	if !slug.Valid(s) { // nobody can, and not every database takes any text
		return nil, nil
	}
	var row slugRow
	err := tx.Where("type = ? AND slug = ?", typ, s).Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("look up a slug: %w", err)
	}
	return &row, nil
}

// takeSlug reserves an address for an entry and says whether it has it now: it was free, or the entry's own before.
// A second writer of the same slug waits for the first one's transaction to end.
func takeSlug(tx *database.Tx, entry *Entry, s string) (bool, error) {
	row := slugRow{Type: entry.Type, Slug: s, EntryID: entry.ID, State: slugReserved}
	res := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&row)
	if res.Error != nil {
		return false, fmt.Errorf("reserve a slug: %w", res.Error)
	}
	if res.RowsAffected == 1 {
		return true, nil
	}
	owner, err := findSlug(tx, entry.Type, s)
	return owner != nil && owner.EntryID == entry.ID, err
}

// makeSlug reserves the first free address made from a title: title, title-2, title-3 …
func makeSlug(tx *database.Tx, entry *Entry, title string) (string, error) {
	base := slug.Make(title)
	for n, s := 2, base; ; n++ {
		if ok, err := takeSlug(tx, entry, s); err != nil || ok {
			return s, err
		}
		s = slug.Next(base, n)
	}
}

// ChooseSlug decides the address of what is being written and reserves it. An absent slug keeps the one the entry had,
// or is made from the title, unless there is none; a given one must be free or the entry's own, and is a fault
// otherwise.
func ChooseSlug(tx *database.Tx, entry *Entry, given, before, title string) (string, []errs.Fault, error) {
	switch {
	case given == "" && before == "" && title == "":
		return "", nil, nil
	case given == "" && before == "":
		made, err := makeSlug(tx, entry, title)
		return made, nil, err
	case given == "" || given == before:
		return before, nil, nil
	}
	ok, err := takeSlug(tx, entry, given)
	if err != nil || ok {
		return given, nil, err
	}
	return "", []errs.Fault{errs.At("/slug", errs.Taken,
		"The slug %q belongs to another entry, or did. Choose another, or leave it out to keep the present one.", given)}, nil
}

// releaseSlugs frees the addresses that were only reserved, except the one that is kept ("" keeps none).
func releaseSlugs(tx *database.Tx, entry uuid.UUID, keep string) error {
	err := tx.Where("entry_id = ? AND state = ? AND slug <> ?", entry, slugReserved, keep).Delete(&slugRow{}).Error
	if err != nil {
		return fmt.Errorf("free reserved slugs: %w", err)
	}
	return nil
}

// MakeCurrent makes a reserved, former or current slug of the entry its address; the one before becomes former.
func MakeCurrent(tx *database.Tx, entry uuid.UUID, s string) error {
	err := tx.Model(&slugRow{}).Where("entry_id = ? AND state = ? AND slug <> ?", entry, slugCurrent, s).
		Update("state", slugFormer).Error
	if err == nil {
		err = tx.Model(&slugRow{}).Where("entry_id = ? AND slug = ?", entry, s).Update("state", slugCurrent).Error
	}
	if err != nil {
		return fmt.Errorf("change the address: %w", err)
	}
	return nil
}
