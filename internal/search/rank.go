package search

import (
	"cmp"
	"errors"
	"slices"
	"strconv"

	"github.com/cpics/working-together-api/internal/search/index"
	"github.com/cpics/working-together-api/internal/search/words"
)

// best is how many results can be paged through: those after are worth a better query.
const best = 200

// hit is a document that was found, and how good it is. The best come first when these are compared one after the
// other: tier, begun and apart by the smaller, place by the greater.
type hit struct {
	tier  int // 1: all words are in the title, 2: in title and summary, 3: somewhere
	begun int // 1: the last word is there only as the beginning of another
	apart int // 1: the words do not stand in a row
	place int64
}

func compare(a, b hit) int {
	return cmp.Or(a.tier-b.tier, a.begun-b.begun, a.apart-b.apart, cmp.Compare(b.place, a.place))
}

// parts are what a cursor remembers of a hit.
func (h hit) parts() []string {
	return []string{strconv.Itoa(h.tier), strconv.Itoa(h.begun), strconv.Itoa(h.apart), strconv.FormatInt(h.place, 10)}
}

// parseHit reads parts.
func parseHit(parts []string) (h hit, ok bool) {
	if len(parts) != 4 {
		return h, false
	}
	var all [4]error
	h.tier, all[0] = strconv.Atoi(parts[0])
	h.begun, all[1] = strconv.Atoi(parts[1])
	h.apart, all[2] = strconv.Atoi(parts[2])
	h.place, all[3] = strconv.ParseInt(parts[3], 10, 64)
	return h, errors.Join(all[:]...) == nil
}

// rank finds the best documents, the best first: the newest of each tier are candidates, as many as can be shown.
func rank(s *index.Search, q words.Query) ([]hit, error) {
	found := map[int64]bool{}
	var hits []hit
	for i, where := range []index.Where{index.InTitle, index.InSummary, index.Anywhere} {
		if len(hits) >= best {
			break
		}
		if len(q.Words) == 0 && where != index.Anywhere {
			continue // nothing is looked for that could be in a title
		}
		places, _, err := s.Newest(where, best)
		if err != nil {
			return nil, err
		}
		places = slices.DeleteFunc(places, func(place int64) bool { return found[place] })
		tier, err := grade(s, q, i+1, places)
		if err != nil {
			return nil, err
		}
		hits = append(hits, tier...)
		for _, place := range places {
			found[place] = true
		}
	}
	slices.SortFunc(hits, compare)
	return hits[:min(best, len(hits))], nil
}

// grade says how good the documents of a tier are. In the last one the newest are best.
func grade(s *index.Search, q words.Query, tier int, places []int64) ([]hit, error) {
	hits := make([]hit, len(places))
	for i, place := range places {
		hits[i] = hit{tier: tier, place: place}
	}
	if tier == 3 || len(places) < 2 {
		return hits, nil
	}
	texts, err := s.Titles(places)
	if err != nil {
		return nil, err
	}
	stand := s.Stand()
	last := q.Words[len(q.Words)-1].Stem()
	for i := range hits {
		fields := [][]string{stems(texts[hits[i].place].Title)}
		if tier == 2 {
			fields = append(fields, stems(texts[hits[i].place].Summary))
		}
		if !slices.ContainsFunc(fields, func(f []string) bool { return slices.Contains(f, last) }) {
			hits[i].begun = 1
		}
		if !slices.ContainsFunc(fields, func(f []string) bool { return inRow(f, stand, len(q.Words)) }) {
			hits[i].apart = 1
		}
	}
	return hits, nil
}

func stems(text string) []string {
	var all []string
	for w := range words.All(text) {
		all = append(all, w.Stem())
	}
	return all
}

// inRow says whether the words of a query follow one another in a text.
func inRow(text []string, stand map[string][]int, n int) bool {
	for i := 0; i+n <= len(text); i++ {
		row := 0
		for row < n && slices.Contains(stand[text[i+row]], row) {
			row++
		}
		if row == n {
			return true
		}
	}
	return false
}
