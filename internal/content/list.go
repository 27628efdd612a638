package content

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/cpics/working-together-api/internal/change"
	"github.com/cpics/working-together-api/internal/database"
)

// countLimit is how far a list is counted when that cannot be done cheaply.
const countLimit = 10_000

// Selection says which entries a list holds.
type Selection struct {
	Drafts          bool                // the editors' list: every entry but recalled ones, each by its draft where it has one
	Statuses        []Status            // any of them; none: all of the list
	HasDraft        *bool               // editors' list only
	Filters         map[string][]string // by parameter, as they were asked for
	Languages       []string
	Query           string // public lists only: what a search for this finds; none: all
	PublishedAfter  *time.Time
	PublishedBefore *time.Time
	UpdatedAfter    *time.Time
}

// Scope names the selection in one form, whatever order its parts came in: cursors belong to it.
func (s Selection) Scope() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%t %v %q", s.Drafts, s.Statuses, slices.Sorted(slices.Values(s.Languages)))
	if s.HasDraft != nil {
		fmt.Fprintf(&b, " %t", *s.HasDraft)
	}
	if s.Query != "" {
		fmt.Fprintf(&b, " q=%q", s.Query)
	}
	for _, name := range slices.Sorted(maps.Keys(s.Filters)) {
		fmt.Fprintf(&b, " %s=%q", name, slices.Sorted(slices.Values(s.Filters[name])))
	}
	for _, t := range []*time.Time{s.PublishedAfter, s.PublishedBefore, s.UpdatedAfter} {
		if t == nil {
			b.WriteString(" -")
		} else {
			b.WriteString(" " + t.Format(time.RFC3339Nano))
		}
	}
	return b.String()
}

// Sort is an order of a list. Ties go by id.
type Sort struct {
	Column     string // of entries
	Descending bool
	key        func(*Entry) string               // the column's value in a cursor
	parse      func(string) (value any, ok bool) // and back
}

// Sorts are the orders of lists by the names they have in the sort parameter.
var Sorts = map[string]Sort{
	"firstPublishedAt":  byTime("first_published_at", false, func(e *Entry) *time.Time { return e.FirstPublishedAt }),
	"-firstPublishedAt": byTime("first_published_at", true, func(e *Entry) *time.Time { return e.FirstPublishedAt }),
	"updatedAt":         byTime("updated_at", false, func(e *Entry) *time.Time { return e.UpdatedAt }),
	"-updatedAt":        byTime("updated_at", true, func(e *Entry) *time.Time { return e.UpdatedAt }),
	"savedAt":           byTime("saved_at", false, func(e *Entry) *time.Time { return &e.SavedAt }),
	"-savedAt":          byTime("saved_at", true, func(e *Entry) *time.Time { return &e.SavedAt }),
	"title":             byTitle(false),
	"-title":            byTitle(true),
	"name":              byTitle(false), // of organisations and topics
	"number": {Column: "place",
		key: func(e *Entry) string { return strconv.Itoa(e.Place) },
		parse: func(s string) (any, bool) {
			n, err := strconv.ParseInt(s, 10, 32) // as wide as the column
			return n, err == nil
		}},
}

func byTime(column string, descending bool, at func(*Entry) *time.Time) Sort {
	return Sort{Column: column, Descending: descending,
		key: func(e *Entry) string { return at(e).UTC().Format(time.RFC3339) },
		parse: func(s string) (any, bool) {
			t, err := time.Parse("2006-01-02T15:04:05Z", s) // no offset, which could lead to a year that no column holds
			return t, err == nil
		}}
}

func byTitle(descending bool) Sort {
	return Sort{Column: "title_key", Descending: descending,
		key:   func(e *Entry) string { return string(e.TitleKey) },
		parse: func(s string) (any, bool) { return []byte(s), true }}
}

// Place is where an entry stands in a list sorted like this: what a cursor remembers.
func (s Sort) Place(e *Entry) []string { return []string{s.key(e), e.ID.String()} }

// Window is the part of a list to read.
type Window struct {
	Sort      Sort
	Limit     int
	From      []string // a Place; none: from the start
	Backwards bool     // what stands before From, not after
}

// Found is a part of a list.
type Found struct {
	Entries        []Entry
	Total          int
	TotalIsMinimum bool
	Before, After  bool // whether the list goes on before and after this part
}

// drafts is a list for editors as statements read it: a condition on entries e.
func (k Kind) drafts(s Selection) *statement {
	w := new(statement).add(" FROM entries e WHERE e.type = ?", k.Type)
	if len(s.Statuses) > 0 {
		w.add(" AND e.status IN ?", s.Statuses)
	} else {
		w.add(" AND e.status <> ?", Recalled)
	}
	if s.HasDraft != nil {
		w.add(" AND EXISTS (SELECT 1 FROM editions x WHERE x.entry_id = e.id AND x.state = 'draft') = ?", *s.HasDraft)
	}
	return w
}

// FindDrafts reads a part of the list for editors. It fails with errs.InvalidQuery when the window's place does not fit
// its order.
func (r *Repository[T]) FindDrafts(tx *database.Tx, s Selection, win Window) (*Found, error) {
	return findWindow(tx, r.kind.drafts(s), win)
}

// Check fails with errs.InvalidQuery when a filter of the selection names what was never public.
func (k Kind) Check(l *Lookup, s Selection) error {
	_, err := k.narrow(l, s)
	return err
}

// Entries reads a part of a public list of entries that have no editions, as Repository.List does for those that have.
func (k Kind) Entries(l *Lookup, in Listing) (*Found, error) {
	in.note(l, k)
	n, err := k.narrow(l, in.Selection)
	if err != nil {
		return nil, err
	}
	page, about, err := n.parts(l, in)
	if err != nil {
		return nil, err
	}
	if err := readBeside(l, &about.beside); err != nil {
		return nil, err
	}
	var rows []Entry
	s := new(statement).add("SELECT e.* FROM (").append(page).add(") AS p JOIN entries e ON e.id = p.entry_id" + in.order())
	if err := l.tx.Raw(s.String(), s.args...).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("read %s: %w", k.Collection, err)
	}
	l.keepTotal(n.scope, about.total)
	found := about.found(in.Window, n.exact(), len(rows))
	if found.Entries = rows[:min(len(rows), in.Limit)]; in.Backwards {
		slices.Reverse(found.Entries)
	}
	for _, e := range found.Entries {
		change.Shows(l.tx, e.ID)
	}
	return &found, nil
}
