package content

import (
	"database/sql"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"github.com/cpics/working-together-api/internal/change"
	"github.com/cpics/working-together-api/internal/slug"
)

// Listing is what is read of a public list.
type Listing struct {
	Selection
	Window
	Facets []string // parameters whose values are counted
}

// note says what the list depends on beside its members and what they show, where that is the order.
func (in Listing) note(l *Lookup, k Kind) {
	switch in.Sort.Column {
	case "first_published_at": // which never changes
	case "updated_at":
		change.Editions(l.tx, k.Type)
	default:
		change.Lists(l.tx, k.Type)
	}
}

// noteShown notes that documents are shown. One that is read only to know whether there are more is not.
func noteShown[T Input](l *Lookup, docs []*Document[T]) {
	for _, doc := range docs {
		change.Shows(l.tx, doc.Entry.ID)
	}
}

// Listed is a part of a public list.
type Listed[T Input] struct {
	Found
	Documents []*Document[T]
	Facets    map[string][]FacetCount
}

// List reads a part of a public list, with one statement as long as what it refers to is known. It fails with
// errs.InvalidQuery when a filter names what was never public, or the window's place does not fit its order.
func (r *Repository[T]) List(l *Lookup, in Listing) (*Listed[T], error) {
	in.note(l, r.kind)
	n, err := r.kind.narrow(l, in.Selection)
	if err != nil {
		return nil, err
	}
	page, about, err := n.parts(l, in)
	if err != nil {
		return nil, err
	}
	list := &Listed[T]{}
	if n.nothing() {
		err = readBeside(l, &about.beside)
	} else {
		list.Documents, err = r.read(l, page, &about.beside, in.order())
	}
	if err != nil {
		return nil, err
	}
	l.keepTotal(n.scope, about.total)
	list.Found = about.found(in.Window, n.exact(), len(list.Documents))
	list.Documents = list.Documents[:min(len(list.Documents), in.Limit)]
	if in.Backwards {
		slices.Reverse(list.Documents)
	}
	list.Entries = make([]Entry, len(list.Documents))
	for i, doc := range list.Documents {
		list.Entries[i] = doc.Entry
	}
	noteShown(l, list.Documents)
	list.Facets, err = r.kind.facets(l, about.censuses)
	return list, err
}

// First reads the first documents of a public list, with their history if it is asked for, and does not count it.
func (r *Repository[T]) First(l *Lookup, s Selection, win Window, history bool) ([]*Document[T], error) {
	Listing{Window: win}.note(l, r.kind)
	n, err := r.kind.narrow(l, s)
	if err != nil || n.nothing() {
		return nil, err
	}
	page, err := n.page(win, direction{limit: win.Limit})
	if err != nil {
		return nil, err
	}
	docs, err := r.read(l, page, nil, Listing{Window: win}.order())
	noteShown(l, docs)
	if err != nil || !history {
		return docs, err
	}
	return docs, addHistory(l, docs)
}

// addHistory reads the history of public documents.
func addHistory[T Input](l *Lookup, docs []*Document[T]) error {
	ids := make([]uuid.UUID, len(docs))
	for i, doc := range docs {
		ids[i] = doc.Entry.ID
	}
	histories, err := historyOf(l.tx, ids)
	for _, doc := range docs {
		doc.History = histories[doc.Entry.ID]
	}
	return err
}

// Public reads the public entries among some, by id, with their history if it is asked for.
func (r *Repository[T]) Public(l *Lookup, ids []uuid.UUID, history bool) ([]*Document[T], error) {
	if len(ids) == 0 {
		return nil, nil
	}
	page := new(statement).add("SELECT id AS entry_id FROM entries WHERE type = ? AND status IN ('live', 'withdrawn') AND id IN ("+
		strings.TrimSuffix(strings.Repeat("?, ", len(ids)), ", ")+")", r.kind.Type)
	for _, id := range ids {
		page.args = append(page.args, id)
	}
	docs, err := r.read(l, page, nil, "")
	noteShown(l, docs)
	if err != nil || !history {
		return docs, err
	}
	return docs, addHistory(l, docs)
}

// Published reads the public entry that a reference names now, with its history, and when its public side changed last.
// It gives nil when there is none: FindPublic knows why.
func (r *Repository[T]) Published(l *Lookup, ref string) (doc *Document[T], modified change.Moment, err error) {
	page := new(statement)
	if id, isID := ParseID(ref); isID {
		change.Shows(l.tx, id)
		page.add("SELECT id AS entry_id FROM entries WHERE id = ? AND type = ? AND status IN ('live', 'withdrawn')", id, r.kind.Type)
	} else if slug.Valid(ref) { // nothing else is one, nor can every database take it
		change.Names(l.tx, r.kind.Type, ref)
		page.add(`SELECT s.entry_id FROM slugs s JOIN entries x ON x.id = s.entry_id
			WHERE s.type = ? AND s.slug = ? AND s.state = 'current' AND x.status IN ('live', 'withdrawn')`, r.kind.Type, ref)
	} else {
		return nil, modified, nil
	}
	var earlier int
	var before sql.NullTime
	b := &beside{dest: []any{&earlier, &modified.At, &before}, perRow: true}
	b.columns.add(`(SELECT count(*) FROM editions x WHERE x.entry_id = e.id AND x.update_type = 'major' AND x.state = 'superseded'),
		(SELECT c.at FROM changes c WHERE c.entry_id = e.id ORDER BY c.seq DESC LIMIT 1),
		(SELECT c.at FROM changes c WHERE c.entry_id = e.id ORDER BY c.seq DESC LIMIT 1 OFFSET 1)`)
	docs, err := r.read(l, page, b, "")
	if err != nil || len(docs) == 0 {
		return nil, modified, err
	}
	doc, modified.Again = docs[0], before.Valid && before.Time.Equal(modified.At)
	noteShown(l, docs)
	if earlier == 0 {
		doc.History = []HistoryItem{{Edition: doc.Edition.Number, At: *doc.Edition.PublishedAt, ChangeNote: doc.Edition.ChangeNote}}
		return doc, modified, nil
	}
	return doc, modified, addHistory(l, docs)
}

// beside is what a statement tells beside its documents.
type beside struct {
	columns statement
	dest    []any
	perRow  bool // it is about each document, so that there is nothing to tell without one
}

// about is what an answer says of a list beside its rows.
type about struct {
	beside
	total, before int // before: whether there is something on the side that the cursor comes from
	censuses      []*census
}

// parts are the two parts of a list's statement: its rows' places, and what it says of the whole.
func (n *narrowed) parts(l *Lookup, in Listing) (page *statement, a *about, err error) {
	a = &about{}
	if a.censuses, err = n.censuses(l, in.Facets); err != nil {
		return nil, nil, err
	}
	a.dest = []any{&a.total, &a.before}
	if total, ok := l.total(n.scope); ok { // several values have to be counted, which is worth remembering
		a.columns.add("CAST(? AS integer)", total)
	} else {
		a.columns.append(n.total())
	}
	a.columns.add(" AS total, ")
	if in.From == nil || n.nothing() {
		a.columns.add("0")
	} else {
		// With the cursor's own entry: when nothing is left there, no address for that side is given.
		other, err := n.page(in.Window, direction{backwards: !in.Backwards, inclusive: true, limit: 1})
		if err != nil {
			return nil, nil, err
		}
		a.columns.add("(SELECT count(*) FROM (").append(other).add(") AS x)")
	}
	a.columns.add(" AS before")
	for i, t := range a.censuses {
		a.columns.add(", ").append(t.counts()).add(" AS census" + strconv.Itoa(i))
		a.dest = append(a.dest, &t.text)
	}
	page, err = n.page(in.Window, direction{backwards: in.Backwards, limit: in.Limit + 1})
	return page, a, err
}

// found says how a part lies in its list, of which one row more than asked for was read.
func (a *about) found(win Window, exact bool, rows int) Found {
	f := Found{Total: a.total, Before: a.before > 0, After: rows > win.Limit}
	if !exact && f.Total > countLimit {
		f.Total, f.TotalIsMinimum = countLimit, true
	}
	if win.Backwards {
		f.Before, f.After = f.After, f.Before
	}
	return f
}

// readBeside reads what is told of a list in which no row was found.
func readBeside(l *Lookup, b *beside) error {
	if b.perRow {
		return nil
	}
	var now head
	s := new(statement).add("SELECT " + selectHead + ", ").append(&b.columns)
	rows, err := l.tx.Query(s.String(), s.args...)
	if err != nil {
		return fmt.Errorf("count a list: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := rows.Scan(append([]any{&now.Seq, nullable(&now.Entry)}, b.dest...)...); err != nil {
			return fmt.Errorf("count a list: %w", err)
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("count a list: %w", err)
	}
	return l.confirm(now)
}

// order is how the rows of a page stand.
func (in Listing) order() string {
	if in.Sort.Descending != in.Backwards {
		return " ORDER BY p.key DESC, p.entry_id DESC"
	}
	return " ORDER BY p.key, p.entry_id"
}
