package content

import (
	"bytes"
	"cmp"
	"database/sql"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"github.com/cpics/working-together-api/internal/change"
)

// FacetCount is one value of a facet, and how many entries it leaves in the list.
type FacetCount struct {
	ID          uuid.UUID // of an entry; uuid.Nil for a word
	Slug, Title string
	Value       string // a word
	Count       int
}

// facets reads what narrowed.facet gave for each of some parameters: the values of a filter over the entries of a
// selection, every other filter applied, the most common first and equal counts by title. Values that nothing has are
// left out, and so are entries that are public no more.
func (k Kind) facets(l *Lookup, params []string, texts []sql.NullString) (map[string][]FacetCount, error) {
	facets := map[string][]FacetCount{}
	for i, param := range params {
		if rel, ok := k.relation(k.filter(param).Relation); ok {
			change.Lists(l.tx, rel.Target)
		}
		counts, err := parseCounts(texts[i].String)
		if err != nil {
			return nil, err
		}
		if k.filter(param).Relation != "" {
			counts, err = l.named(counts)
		} else {
			sortWords(counts)
		}
		if err != nil {
			return nil, err
		}
		facets[param] = counts
	}
	return facets, nil
}

// parseCounts reads "value count,value count".
func parseCounts(text string) ([]FacetCount, error) {
	if text == "" {
		return nil, nil
	}
	var counts []FacetCount
	for part := range strings.SplitSeq(text, ",") {
		value, count, _ := strings.Cut(part, " ")
		n, err := strconv.Atoi(count)
		if err != nil {
			return nil, fmt.Errorf("read a facet: %w", err)
		}
		counts = append(counts, FacetCount{Value: value, Count: n})
	}
	return counts, nil
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
