package content

import (
	"bytes"
	"cmp"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"github.com/cpics/working-together-api/internal/change"
	"github.com/cpics/working-together-api/internal/database"
)

// FacetCount is one value of a facet, and how many entries it leaves in the list.
type FacetCount struct {
	ID          uuid.UUID // of an entry; uuid.Nil for a word
	Slug, Title string
	Value       string // a word
	Count       int
}

// census counts the entries of a selection by the lists that they are in, for some facets.
type census struct {
	of         *narrowed
	dimensions []string
	text       sql.NullString // "list count,list count", as counts gives it
}

// censuses are what facets are read from: every filter is applied but a facet's own, so that those by which the selection
// is not narrowed share one. Of what a query leaves, the newest index.MaxCount are counted.
func (n *narrowed) censuses(l *Lookup, facets []string) (all []*census, err error) {
	var shared *census
	for _, dimension := range facets {
		own := slices.ContainsFunc(n.filters, func(f anyOf) bool { return f.dimension == dimension })
		if !own && shared != nil {
			shared.dimensions = append(shared.dimensions, dimension)
			continue
		}
		t := &census{of: n.without(dimension), dimensions: []string{dimension}}
		if !own {
			shared = t
		}
		if n.matches != nil {
			if err := t.of.match(l, true); err != nil {
				return nil, err
			}
			t.of.matches.More = false
		}
		all = append(all, t)
	}
	return all, nil
}

// counts is one text, because the statement tells it with every row of the list: lists by number, and how many of the
// entries are in each. There may be lists of other dimensions among them.
func (t *census) counts() *statement {
	n := t.of
	if n.nothing() {
		return new(statement).add("''")
	}
	s := new(statement).add("(SELECT string_agg(CAST(f.id AS text) || ' ' || CAST(f.total AS text), ',') FROM (")
	switch ref, single := n.single(); {
	case single && ref == listRef{}:
		s.add("SELECT id, total FROM lists WHERE type = ? AND status = ? AND dimension IN (?"+strings.Repeat(", ?", len(t.dimensions)-1)+")",
			n.kind.Type, n.status)
		for _, dimension := range t.dimensions {
			s.add("", dimension)
		}
	case single:
		s.add("SELECT other_id AS id, total FROM list_pairs WHERE list_id = ").append(n.list(ref)).
			add(" UNION ALL SELECT list_id, total FROM list_pairs WHERE other_id = ").append(n.list(ref))
	default:
		s.add("SELECT o.list_id AS id, count(*) AS total FROM (").append(union(n.branches("r.entry_id"))).
			add(") AS u JOIN listings o ON o.entry_id = u.entry_id GROUP BY o.list_id")
	}
	return s.add(") AS f WHERE f.total > 0)")
}

// facets reads what censuses gave: by dimension, the values with how many entries each leaves, the most common first and
// equal counts by title. Values that nothing has are left out, and so are entries that are public no more.
func (k Kind) facets(l *Lookup, all []*census) (map[string][]FacetCount, error) {
	facets := map[string][]FacetCount{}
	for _, t := range all {
		for _, dimension := range t.dimensions {
			facets[dimension] = nil
		}
		if err := t.read(l, facets); err != nil {
			return nil, err
		}
	}
	for param, counts := range facets {
		rel, linked := k.relation(k.filter(param).Relation)
		if !linked {
			sortWords(counts)
			continue
		}
		change.Lists(l.tx, rel.Target)
		named, err := l.named(counts)
		if err != nil {
			return nil, err
		}
		facets[param] = named
	}
	return facets, nil
}

// read adds what was counted to facets.
func (t *census) read(l *Lookup, facets map[string][]FacetCount) error {
	if t.text.String == "" {
		return nil
	}
	lists, err := l.lists(t.of.kind.Type, t.of.status)
	if err != nil {
		return err
	}
	for part := range strings.SplitSeq(t.text.String, ",") {
		list, count, _ := strings.Cut(part, " ")
		id, err := strconv.Atoi(list)
		n, wrong := strconv.Atoi(count)
		if err = errors.Join(err, wrong); err != nil {
			return fmt.Errorf("read a facet: %w", err)
		}
		ref, ok := lists[id]
		if !ok {
			return database.ErrMore
		}
		if slices.Contains(t.dimensions, ref.dimension) {
			facets[ref.dimension] = append(facets[ref.dimension], FacetCount{Value: ref.value, Count: n})
		}
	}
	return nil
}

// lists gives the lists of a type in a status by number. In a light transaction they are those that are remembered: it
// fails with database.ErrMore when there are none.
func (l *Lookup) lists(typ string, status Status) (map[int]listRef, error) {
	key := typ + " " + string(status)
	if l.tx.Light {
		if known, ok := l.memory.lists.Load(key); ok {
			return known.(map[int]listRef), nil
		}
		return nil, database.ErrMore
	}
	var rows []struct {
		ID               int
		Dimension, Value string
	}
	if err := l.tx.Raw("SELECT id, dimension, value FROM lists WHERE type = ? AND status = ?", typ, status).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("read lists: %w", err)
	}
	lists := make(map[int]listRef, len(rows))
	for _, row := range rows {
		lists[row.ID] = listRef{row.Dimension, row.Value}
	}
	l.memory.lists.Store(key, lists)
	return lists, nil
}

// named gives the entries whose ids are counted.
func (l *Lookup) named(counts []FacetCount) ([]FacetCount, error) {
	ids := make([]uuid.UUID, len(counts))
	for i, c := range counts {
		id, err := uuid.Parse(c.Value)
		if err != nil {
			return nil, fmt.Errorf("read a facet: %w", err)
		}
		ids[i] = id
	}
	targets, err := l.targets(ids)
	if err != nil {
		return nil, err
	}
	var live []FacetCount
	for i, id := range ids {
		if t := targets[id]; t.Status == Live {
			live = append(live, FacetCount{ID: id, Slug: t.Slug, Title: t.Title, Count: counts[i].Count})
		}
	}
	slices.SortFunc(live, func(a, b FacetCount) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), bytes.Compare(targets[a.ID].TitleKey, targets[b.ID].TitleKey), compareIDs(a.ID, b.ID))
	})
	return live, nil
}

// sortWords orders the values of a facet of words.
func sortWords(counts []FacetCount) {
	slices.SortFunc(counts, func(a, b FacetCount) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), strings.Compare(a.Value, b.Value))
	})
}

func compareIDs(a, b uuid.UUID) int { return bytes.Compare(a[:], b[:]) }
