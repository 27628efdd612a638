package content

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/cpics/working-together-api/internal/audit"
	"github.com/cpics/working-together-api/internal/auth"
	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/errs"
)

// EditionRecord says when and how an edition was published.
type EditionRecord struct {
	Edition     int        `json:"edition" validate:"required" example:"2"`
	At          time.Time  `json:"at" validate:"required" example:"2026-03-02T09:00:00Z"` // when it was published
	UpdateType  UpdateType `json:"updateType" validate:"required" enums:"major,minor" example:"major"`
	ChangeNote  string     `json:"changeNote,omitempty" example:"Explained what timely means."`
	PublishedBy string     `json:"publishedBy" validate:"required" example:"communications team"`
}

func (d Edition) record() EditionRecord {
	return EditionRecord{Edition: d.Number, At: *d.PublishedAt, UpdateType: d.UpdateType, ChangeNote: d.ChangeNote, PublishedBy: d.PublishedBy}
}

// Editions lists the published editions of an entry, newest first.
func Editions(tx *database.Tx, entry *Entry) ([]EditionRecord, error) {
	var rows []Edition
	err := tx.Where("entry_id = ? AND state <> ?", entry.ID, stateDraft).Order("number DESC").Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read the editions: %w", err)
	}
	records := make([]EditionRecord, len(rows))
	for i, d := range rows {
		records[i] = d.record()
	}
	return records, nil
}

// PastEdition is a published edition as it was written.
type PastEdition[T Input] struct {
	EditionRecord
	Input T
}

// Edition gives a published edition; errs.NotFound when there is none of the number.
func (r *Repository[T]) Edition(tx *database.Tx, entry *Entry, number int) (*PastEdition[T], error) {
	var rows []Edition
	err := tx.Where("entry_id = ? AND number = ? AND state <> ?", entry.ID, number, stateDraft).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read an edition: %w", err)
	}
	if len(rows) == 0 {
		return nil, errs.New(errs.NotFound, "There is no published edition %d. The list of editions shows which there are.", number)
	}
	doc, err := r.loadOne(tx, rows[0])
	if err != nil {
		return nil, err
	}
	return &PastEdition[T]{rows[0].record(), doc.Input}, nil
}

// Restore fills the draft of a locked entry with a published edition. Its address stays: that is no content.
func (r *Repository[T]) Restore(tx *database.Tx, by auth.Actor, entry *Entry, number int) (*Document[T], error) {
	past, err := r.Edition(tx, entry, number)
	if err != nil {
		return nil, err
	}
	past.Input.Shared().Slug = ""
	return r.overwrite(tx, by, entry, Written[T]{Input: past.Input}, audit.Restore)
}

// Difference is one field in which two editions differ; From or To is absent where the field was.
type Difference struct {
	Pointer string          `json:"pointer" validate:"required" example:"/summary"` // JSON pointer (RFC 6901) into the input
	From    json.RawMessage `json:"from,omitempty" swaggertype:"object"`
	To      json.RawMessage `json:"to,omitempty" swaggertype:"object"`
}

// Diff compares two documents field by field, sorted by pointer. Lists are compared whole.
func Diff(from, to any) ([]Difference, error) {
	old, err := members(from)
	if err != nil {
		return nil, err
	}
	now, err := members(to)
	if err != nil {
		return nil, err
	}
	return diffMembers("", old, now), nil
}

func diffMembers(prefix string, old, now map[string]json.RawMessage) []Difference {
	names := maps.Clone(now)
	if names == nil {
		names = map[string]json.RawMessage{}
	}
	maps.Copy(names, old)
	differences := []Difference{}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		pointer := prefix + "/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
		var a, b map[string]json.RawMessage
		switch {
		case string(old[name]) == string(now[name]):
		case json.Unmarshal(old[name], &a) == nil && json.Unmarshal(now[name], &b) == nil:
			differences = append(differences, diffMembers(pointer, a, b)...)
		default:
			differences = append(differences, Difference{pointer, old[name], now[name]})
		}
	}
	return differences
}
