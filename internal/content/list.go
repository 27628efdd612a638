package content

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/errs"
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
	PublishedAfter  *time.Time
	PublishedBefore *time.Time
	UpdatedAfter    *time.Time
}

// exact says whether the whole list is counted.
func (s Selection) exact() bool {
	values := len(s.Languages)
	for _, v := range s.Filters {
		values += len(v)
	}
	return values <= 1 && s.PublishedAfter == nil && s.PublishedBefore == nil && s.UpdatedAfter == nil
}

// Scope names the selection in one form, whatever order its parts came in: cursors belong to it.
func (s Selection) Scope() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%t %v %q", s.Drafts, s.Statuses, slices.Sorted(slices.Values(s.Languages)))
	if s.HasDraft != nil {
		fmt.Fprintf(&b, " %t", *s.HasDraft)
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

// where is a condition of a statement over entries e, with what it joins.
type where struct {
	joins []string
	conds []string
	args  []any
}

func (w *where) add(cond string, args ...any) {
	w.conds = append(w.conds, cond)
	w.args = append(w.args, args...)
}

func (w *where) join(clause string) {
	if !slices.Contains(w.joins, clause) {
		w.joins = append(w.joins, clause)
	}
}

// from gives the statement's part from FROM on.
func (w *where) from() string {
	return " FROM entries e " + strings.Join(w.joins, " ") + " WHERE " + strings.Join(w.conds, " AND ")
}

// conditions turns a selection into SQL. A filter value that was never public is errs.InvalidQuery. The filter named
// by without is left out.
func (k Kind) conditions(tx *database.Tx, s Selection, without string) (*where, error) {
	w := &where{}
	w.add("e.type = ?", k.Type)
	if len(s.Statuses) > 0 {
		w.add("e.status IN ?", s.Statuses)
	} else {
		w.add("e.status <> ?", Recalled)
	}
	if s.HasDraft != nil {
		w.add("EXISTS (SELECT 1 FROM editions x WHERE x.entry_id = e.id AND x.state = 'draft') = ?", *s.HasDraft)
	}
	if len(s.Languages) > 0 {
		w.join(joinLive)
		w.add("d.language IN ?", s.Languages)
	}
	s.addDates(w)
	var faults []errs.Fault
	for _, f := range k.Filters {
		values := s.Filters[f.Param]
		if len(values) == 0 || f.Param == without {
			continue
		}
		more, err := k.filter(tx, w, f, values)
		if err != nil {
			return nil, err
		}
		faults = append(faults, more...)
	}
	return w, errs.Invalid(errs.InvalidQuery, faults...)
}

// joinLive brings in the live edition of each entry.
const joinLive = "JOIN editions d ON d.entry_id = e.id AND d.state = 'live'"

func (s Selection) addDates(w *where) {
	if s.PublishedAfter != nil {
		w.add("e.first_published_at > ?", *s.PublishedAfter)
	}
	if s.PublishedBefore != nil {
		w.add("e.first_published_at < ?", *s.PublishedBefore)
	}
	if s.UpdatedAfter != nil {
		w.add("e.updated_at > ?", *s.UpdatedAfter)
	}
}

// filter adds the condition of one filter.
func (k Kind) filter(tx *database.Tx, w *where, f Filter, values []string) ([]errs.Fault, error) {
	switch {
	case f.Relation != "":
		ids, faults, err := k.publicTargets(tx, f, values)
		if err != nil || len(faults) > 0 {
			return faults, err
		}
		w.join(joinLive)
		w.add("EXISTS (SELECT 1 FROM edition_links l WHERE l.edition_id = d.id AND l.relation = ? AND l.target_id IN ?)", f.Relation, ids)
	case f.Flag != "":
		k.joinType(w)
		flags := make([]bool, len(values))
		for i, v := range values {
			flags[i] = v == "true"
		}
		w.add("t."+f.Flag+" IN ?", flags)
	default:
		k.joinType(w)
		all := slices.Clone(values)
		for _, v := range values {
			all = append(all, f.Also[v]...)
		}
		w.add("t."+f.Column+" IN ?", all)
	}
	return nil, nil
}

// joinType brings in the type's own row: that of the live edition, where the type has editions.
func (k Kind) joinType(w *where) {
	if k.Plain {
		w.join("JOIN " + k.Table + " t ON t.id = e.id")
		return
	}
	w.join(joinLive)
	w.join("JOIN " + k.Table + " t ON t.edition_id = d.id")
}

// publicTargets looks up the entries that a filter names. One that is public no more stands for nothing.
func (k Kind) publicTargets(tx *database.Tx, f Filter, values []string) ([]uuid.UUID, []errs.Fault, error) {
	rel, ok := k.relation(f.Relation)
	if !ok {
		return nil, nil, fmt.Errorf("filter %s follows the unknown relation %s", f.Param, f.Relation)
	}
	found, err := find(tx, rel.Target, values)
	if err != nil {
		return nil, nil, err
	}
	ids := []uuid.UUID{uuid.Nil} // SQL has no empty list
	var faults []errs.Fault
	for _, v := range values {
		target, ok := found[canonicalRef(v)]
		switch {
		case !ok || !target.everPublic():
			faults = append(faults, errs.In(f.Param, errs.NoSuch, "There is no %s with the id or slug %q.", rel.Target, v))
		case target.Status == Live:
			ids = append(ids, target.ID)
		}
	}
	return ids, faults, nil
}

// Check fails with errs.InvalidQuery when a filter of the selection names what was never public.
func (k Kind) Check(tx *database.Tx, s Selection) error {
	_, err := k.conditions(tx, s, "")
	return err
}

// First reads the first entries of a list, without counting it.
func (r *Repository[T]) First(tx *database.Tx, s Selection, win Window) ([]Entry, error) {
	w, err := r.kind.conditions(tx, s, "")
	if err != nil {
		return nil, err
	}
	return slice(tx, w, win, direction{limit: win.Limit})
}

// Find reads a part of a list. It fails with errs.InvalidQuery when a filter names what was never public, or the
// window's place does not fit its order.
func (k Kind) Find(tx *database.Tx, s Selection, win Window) (*Found, error) {
	w, err := k.conditions(tx, s, "")
	if err != nil {
		return nil, err
	}
	return findWindow(tx, w, win, s.exact())
}

// Find reads a part of a list, as Kind.Find does.
func (r *Repository[T]) Find(tx *database.Tx, s Selection, win Window) (*Found, error) {
	return r.kind.Find(tx, s, win)
}
