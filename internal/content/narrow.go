package content

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/cpics/working-together-api/internal/change"
	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/errs"
	"github.com/cpics/working-together-api/internal/search/index"
	"github.com/cpics/working-together-api/internal/search/words"
)

// narrowed is a public list as statements read it: the entries of a type in a status that pass each of the filters.
type narrowed struct {
	engine  database.Engine
	scope   string // names the selection
	kind    Kind
	status  Status
	filters []anyOf   // the one that the fewest entries pass comes first
	also    statement // further conditions on listings r
	query   string
	matches *index.Matches // what the query leaves; nil without one
}

// anyOf is a filter: an entry passes when it is in one of the lists of a dimension.
type anyOf struct {
	dimension string
	values    []string // without repetition; none: nothing passes
}

// statement is SQL with its arguments, in the order of their question marks.
type statement struct {
	strings.Builder
	args []any
}

func (s *statement) add(text string, args ...any) *statement {
	s.WriteString(text)
	s.args = append(s.args, args...)
	return s
}

func (s *statement) append(part *statement) *statement { return s.add(part.String(), part.args...) }

// join appends statements with something between them.
func (s *statement) join(parts []*statement, between string) *statement {
	for i, part := range parts {
		if i > 0 {
			s.add(between)
		}
		s.append(part)
	}
	return s
}

// narrow turns a selection of the public list into lists. A filter value that was never public is errs.InvalidQuery.
func (k Kind) narrow(l *Lookup, s Selection) (*narrowed, error) {
	change.Members(l.tx, k.Type)
	if s.Query != "" || s.UpdatedAfter != nil {
		change.Editions(l.tx, k.Type)
	}
	n := &narrowed{engine: l.tx.Engine, scope: k.Type + " " + s.Scope(), kind: k, status: s.Statuses[0]}
	if len(s.Languages) > 0 {
		n.filters = append(n.filters, anyOf{dimLanguage, unique(s.Languages)})
	}
	var faults []errs.Fault
	for _, f := range k.Filters {
		values := s.Filters[f.Param]
		if len(values) == 0 {
			continue
		}
		if f.Relation != "" {
			ids, more, err := k.publicTargets(l, f, values)
			if err != nil {
				return nil, err
			}
			values, faults = ids, append(faults, more...)
		}
		n.filters = append(n.filters, anyOf{f.Param, unique(values)})
	}
	if err := errs.Invalid(errs.InvalidQuery, faults...); err != nil {
		return nil, err
	}
	n.addDates(s)
	if err := n.addQuery(l, s.Query); err != nil {
		return nil, err
	}
	return n, n.plan(l)
}

// unique gives values in their order, each once.
func unique(values []string) []string {
	var once []string
	for _, v := range values {
		if !slices.Contains(once, v) {
			once = append(once, v)
		}
	}
	return once
}

// publicTargets looks up the entries that a filter names, and gives their ids. One that is public no more stands for
// nothing.
func (k Kind) publicTargets(l *Lookup, f Filter, values []string) (live []string, faults []errs.Fault, err error) {
	rel, ok := k.relation(f.Relation)
	if !ok {
		return nil, nil, fmt.Errorf("filter %s follows the unknown relation %s", f.Param, f.Relation)
	}
	ids, faults, err := l.PublicTargets(f.Param, rel.Target, values)
	for _, id := range ids {
		live = append(live, id.String())
	}
	return live, faults, err
}

// PublicTargets looks up the entries of a type that a parameter names by id or slug: it gives the ids of the live ones,
// and a fault for each that was never public. One that is public no more stands for nothing.
func (l *Lookup) PublicTargets(param, typ string, values []string) (live []uuid.UUID, faults []errs.Fault, err error) {
	found, err := l.find(typ, values)
	if err != nil {
		return nil, nil, err
	}
	var ids []uuid.UUID
	for _, v := range values {
		if target, ok := found[canonicalRef(v)]; ok && target.everPublic {
			ids = append(ids, target.ID)
		} else {
			faults = append(faults, errs.In(param, errs.NoSuch, "There is no %s with the id or slug %q.", typ, v))
		}
	}
	change.Shows(l.tx, ids...)
	targets, err := l.targets(ids)
	for _, id := range ids {
		if targets[id].Status == Live {
			live = append(live, id)
		}
	}
	return live, faults, err
}

// addQuery leaves of the list what a search finds.
func (n *narrowed) addQuery(l *Lookup, query string) error {
	if query == "" {
		return nil
	}
	if l.tx.Light {
		return database.ErrMore
	}
	for _, typ := range EditionTypes() { // what a beginning may mean depends on the words of all
		change.Lists(l.tx, typ)
	}
	n.query = query
	return n.match(l, false)
}

// match finds what the query leaves of the list. The links that filters ask for are looked for as well: a word may be in
// many texts, and in few of those.
func (n *narrowed) match(l *Lookup, newest bool) (err error) {
	f := index.Filter{Withdrawn: n.status == Withdrawn}
	if !f.Withdrawn {
		f.Types = []string{n.kind.Type}
		for _, filter := range n.filters {
			if ids := n.kind.linked(filter); len(ids) > 0 {
				f.Links = append(f.Links, ids)
			}
		}
	}
	n.matches, err = index.Match(l.tx, words.Parse(n.query), f, newest)
	return err
}

// linked gives the entries that a filter asks for links to; none, where it asks for something else.
func (k Kind) linked(f anyOf) (ids []uuid.UUID) {
	i := slices.IndexFunc(k.Filters, func(known Filter) bool { return known.Param == f.dimension })
	if i < 0 || k.Filters[i].Relation == "" {
		return nil
	}
	for _, value := range f.values {
		if id, err := uuid.Parse(value); err == nil {
			ids = append(ids, id)
		}
	}
	return ids
}

// addDates takes over the conditions on times, which the rows of lists have.
func (n *narrowed) addDates(s Selection) {
	if s.PublishedAfter != nil {
		n.also.add(" AND r.first_published_at > ?", n.engine.MomentOf(*s.PublishedAfter))
	}
	if s.PublishedBefore != nil {
		n.also.add(" AND r.first_published_at < ?", n.engine.MomentOf(*s.PublishedBefore))
	}
	if s.UpdatedAfter != nil {
		n.also.add(" AND r.updated_at > ?", n.engine.MomentOf(*s.UpdatedAfter))
	}
}

// plan puts the filter first that the fewest entries pass: its rows are gone through, the others are looked up.
func (n *narrowed) plan(l *Lookup) error {
	if len(n.filters) < 2 {
		return nil
	}
	sizes, err := l.sizesOf(n.kind.Type, n.status)
	if err != nil {
		return err
	}
	size := func(f anyOf) (sum int) {
		for _, v := range f.values {
			sum += sizes[listRef{f.dimension, v}]
		}
		return sum
	}
	slices.SortStableFunc(n.filters, func(a, b anyOf) int { return cmp.Compare(size(a), size(b)) })
	return nil
}

// without leaves out the filter of a dimension.
func (n *narrowed) without(dimension string) *narrowed {
	rest := *n
	rest.filters = slices.DeleteFunc(slices.Clone(n.filters), func(f anyOf) bool { return f.dimension == dimension })
	return &rest
}

// nothing says whether a filter or the query lets nothing pass.
func (n *narrowed) nothing() bool {
	return n.matches != nil && n.matches.Count() == 0 || slices.ContainsFunc(n.filters, func(f anyOf) bool { return len(f.values) == 0 })
}

// single gives the one list that a selection is, when it has at most one filter value.
func (n *narrowed) single() (listRef, bool) {
	switch {
	case n.also.Len() > 0 || n.matches != nil:
	case len(n.filters) == 0:
		return listRef{}, true
	case len(n.filters) == 1 && len(n.filters[0].values) == 1:
		return listRef{n.filters[0].dimension, n.filters[0].values[0]}, true
	}
	return listRef{}, false
}

// pair gives the two lists that a selection is, when it has two filters of one value each.
func (n *narrowed) pair() (a, b listRef, ok bool) {
	if n.also.Len() > 0 || n.matches != nil || len(n.filters) != 2 || len(n.filters[0].values) != 1 || len(n.filters[1].values) != 1 {
		return a, b, false
	}
	first, second := n.filters[0], n.filters[1]
	return listRef{first.dimension, first.values[0]}, listRef{second.dimension, second.values[0]}, true
}

// list is the id of a list.
func (n *narrowed) list(ref listRef) *statement {
	return new(statement).add("(SELECT id FROM lists WHERE type = ? AND status = ? AND dimension = ? AND value = ?)",
		n.kind.Type, n.status, ref.dimension, ref.value)
}

// bits are those of a list in the masks of its entries.
func (n *narrowed) bits(ref listRef) *statement {
	return new(statement).add("(SELECT "+fmt.Sprintf(listBits, "id")+" FROM lists WHERE type = ? AND status = ? AND dimension = ? AND value = ?)",
		n.kind.Type, n.status, ref.dimension, ref.value)
}

// size is how many entries a list has, by the kept count.
func (n *narrowed) size(ref listRef) *statement {
	return new(statement).add("coalesce((SELECT total FROM lists WHERE type = ? AND status = ? AND dimension = ? AND value = ?), 0)",
		n.kind.Type, n.status, ref.dimension, ref.value)
}

// common is how many entries two lists have in common, by the kept count.
func (n *narrowed) common(a, b listRef) *statement {
	const kept = "(SELECT p.total FROM list_pairs p WHERE p.list_id = "
	return new(statement).
		add("coalesce(" + kept).append(n.list(a)).add(" AND p.other_id = ").append(n.list(b)).
		add("), " + kept).append(n.list(b)).add(" AND p.other_id = ").append(n.list(a)).add("), 0)")
}

// branches are the statements that together go through the driver's rows which pass all other filters: one for each of
// the driver's values. A row may come from several.
func (n *narrowed) branches(columns string) []*statement {
	driver := anyOf{values: []string{""}}
	if len(n.filters) > 0 {
		driver = n.filters[0]
	}
	var all []*statement
	for _, v := range driver.values {
		others := n.filters[min(1, len(n.filters)):]
		s := new(statement).add("SELECT " + columns + " FROM ").append(n.rows()).add("r.list_id = ").
			append(n.driven(listRef{driver.dimension, v}, others)).append(&n.also)
		for _, other := range others {
			s.append(n.passes(other))
		}
		all = append(all, s)
	}
	return all
}

// driven is the id of a list, or NULL where it is known to have nothing in common with a value that is asked for too: all
// of its rows would be looked at for nothing.
func (n *narrowed) driven(driver listRef, others []anyOf) *statement {
	s := new(statement).add("CASE")
	for _, other := range others {
		if len(other.values) == 1 {
			s.add(" WHEN ").append(n.common(driver, listRef{other.dimension, other.values[0]})).add(" = 0 THEN NULL")
		}
	}
	if len(s.args) == 0 {
		return n.list(driver)
	}
	return s.add(" ELSE ").append(n.list(driver)).add(" END")
}

// rows are the listings r that the query leaves, up to where more conditions follow. If it leaves few, they are looked up;
// of many, some stand near the beginning of any list.
func (n *narrowed) rows() *statement {
	switch s := new(statement); {
	case n.matches == nil:
		return s.add("listings r WHERE ")
	case n.matches.More:
		cond, args := n.matches.Has("r.entry_id")
		return s.add("listings r WHERE "+cond+" AND ", args...)
	default:
		ids, arg := n.matches.Entries()
		return s.add("("+ids+") AS m CROSS JOIN listings r WHERE r.entry_id = m.entry_id AND ", arg)
	}
}

// passes is the condition that row r passes a filter. The row's mask tells of nearly all that do not. What is left is
// looked up: by a subquery and no join, so that every planner goes the way that was chosen here.
func (n *narrowed) passes(f anyOf) *statement {
	may, ids := make([]*statement, len(f.values)), make([]*statement, len(f.values))
	for i, v := range f.values {
		ref := listRef{f.dimension, v}
		may[i] = new(statement).add("~r.mask & ").append(n.bits(ref)).add(" = 0")
		ids[i] = n.list(ref)
	}
	is := new(statement).add("= ").join(ids, "")
	if len(ids) > 1 {
		is = new(statement).add("IN (").join(ids, ", ").add(")")
	}
	return new(statement).add(" AND (").join(may, " OR ").
		add(") AND (SELECT 1 FROM listings o WHERE o.entry_id = r.entry_id AND o.list_id ").append(is).add(" LIMIT 1) IS NOT NULL")
}

// union makes one statement of branches, each row once. With one branch it is that.
func union(branches []*statement) *statement {
	if len(branches) == 1 {
		return branches[0]
	}
	u := new(statement)
	for i, b := range branches {
		if i > 0 {
			u.add(" UNION ")
		}
		u.add("SELECT * FROM (").append(b).add(fmt.Sprintf(") AS b%d", i))
	}
	return u
}

// page are the places of a window's rows: key and entry_id, nearest first.
func (n *narrowed) page(win Window, dir direction) (*statement, error) {
	order, operator := win.compare(dir)
	column := win.Sort.Column
	branches := n.branches("r." + column + " AS key, r.entry_id")
	for _, b := range branches {
		if win.From != nil {
			value, id, err := win.place()
			if err != nil {
				return nil, err
			}
			if at, ok := value.(time.Time); ok {
				value = n.engine.MomentOf(at)
			}
			b.add(fmt.Sprintf(" AND (r.%s, r.entry_id) %s ( ?, ?)", column, operator), value, id)
		}
		b.add(fmt.Sprintf(" ORDER BY r.%s %s, r.entry_id %s LIMIT %d", column, order, order, dir.limit))
	}
	if len(branches) == 1 {
		return branches[0], nil
	}
	return new(statement).add("SELECT key, entry_id FROM (").append(union(branches)).
		add(fmt.Sprintf(") AS u ORDER BY key %s, entry_id %s LIMIT %d", order, order, dir.limit)), nil
}
