package content

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/cpics/working-together-api/internal/database"
)

// FacetCount is one value of a facet, and how many entries it leaves in the list.
type FacetCount struct {
	ID          uuid.UUID // of an entry; uuid.Nil for a word
	Slug, Title string
	Value       string // a word
	Count       int
}

// Facet counts the values of a filter over the live entries of a selection, every other filter applied, the most
// common first and equal counts by title. Values that nothing has are left out.
func (r *Repository[T]) Facet(tx *database.Tx, s Selection, param string) ([]FacetCount, error) {
	w, err := r.kind.conditions(tx, s, param)
	if err != nil {
		return nil, err
	}
	w.join(joinLive)
	for _, f := range r.kind.Filters {
		if f.Param == param {
			return r.facet(tx, w, f)
		}
	}
	return nil, fmt.Errorf("%s has no filter %s", r.kind.Collection, param)
}

func (r *Repository[T]) facet(tx *database.Tx, w *where, f Filter) ([]FacetCount, error) {
	var statement string
	if f.Relation != "" {
		w.join("JOIN edition_links fl ON fl.edition_id = d.id")
		w.join("JOIN entries fe ON fe.id = fl.target_id")
		w.add("fl.relation = ? AND fe.status = ?", f.Relation, Live)
		statement = "SELECT fe.id, fe.slug, fe.title, count(*) AS count" + w.from() +
			" GROUP BY fe.id, fe.slug, fe.title, fe.title_key ORDER BY count(*) DESC, fe.title_key, fe.id"
	} else {
		r.kind.joinType(w)
		w.add("t." + f.Column + " <> ''")
		statement = "SELECT t." + f.Column + " AS value, count(*) AS count" + w.from() +
			" GROUP BY t." + f.Column
	}
	var counts []FacetCount
	if err := tx.Raw(statement, w.args...).Scan(&counts).Error; err != nil {
		return nil, fmt.Errorf("count the facet %s: %w", f.Param, err)
	}
	if f.Column != "" {
		counts = f.widen(counts)
		sortWords(counts)
	}
	return counts, nil
}

// widen makes the count of a value that finds others too what its filter would leave.
func (f Filter) widen(counts []FacetCount) []FacetCount {
	exact := map[string]int{}
	for _, c := range counts {
		exact[c.Value] = c.Count
	}
	var wide []FacetCount
	for _, v := range f.Values {
		n := exact[v]
		for _, also := range f.Also[v] {
			n += exact[also]
		}
		if n > 0 {
			wide = append(wide, FacetCount{Value: v, Count: n})
		}
	}
	return wide
}

// sortWords orders the values of a facet of words, in Go, for the engines' collations differ.
func sortWords(counts []FacetCount) {
	slices.SortFunc(counts, func(a, b FacetCount) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), strings.Compare(a.Value, b.Value))
	})
}
