package index

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/cpics/working-together-api/internal/database"
)

const (
	minMistaken = 4 // letters of a word that may be a spelling mistake: shorter ones are too much alike
	minTwice    = 6 // letters of a word in which two mistakes are thought of
	// longEnd is how many letters at an end must be right, if the word has that many for each part.
	longEnd = 3
	// maxLooked is how many words are compared with a mistaken one, from each of its ends.
	maxLooked = 2000
	// maxSuggested is how many words are proposed for one.
	maxSuggested = 3
)

// Suggest gives words of live documents that somebody may have meant by a word that none has, the likeliest first:
// those with the fewest mistakes between them, and of these the commonest. A mistake is a letter too many, too few, or
// wrong, or two that changed places. At one end at least the words are alike, or they are not found.
func Suggest(tx *database.Tx, word string) ([]string, error) {
	n := utf8.RuneCountInString(word)
	if n < minMistaken || strings.ContainsFunc(word, unicode.IsDigit) {
		return nil, nil
	}
	most := 1
	if n >= minTwice {
		most = 2
	}
	for mistakes := 1; mistakes <= most; mistakes++ {
		found, err := within(tx, word, mistakes)
		if err != nil || len(found) > 0 {
			return found, err
		}
	}
	return nil, nil
}

// meant is a word that somebody may have meant.
type meant struct {
	word      string
	documents int64
	mistakes  int
}

// within finds words with so many mistakes at most, among those that begin or end as the word does.
func within(tx *database.Tx, word string, mistakes int) ([]string, error) {
	runes := []rune(word)
	end := max(2, min(longEnd, len(runes)/(mistakes+1)))
	front, back := termWord+string(runes[:end]), reversed(string(runes[len(runes)-end:]))
	var found []meant
	err := each(tx, termsFrom("term")+" UNION ALL "+termsFrom("backwards"),
		[]any{front, after(front), maxLooked, back, after(back), maxLooked}, func(scan scanner) error {
			var term string
			var m meant
			err := scan(&term, &m.documents)
			m.word = strings.TrimPrefix(term, termWord)
			m.mistakes = distance(runes, []rune(m.word), mistakes)
			if m.mistakes <= mistakes && !strings.ContainsFunc(m.word, unicode.IsDigit) {
				found = append(found, m)
			}
			return err
		})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(found, func(a, b meant) int {
		return cmp.Or(cmp.Compare(a.mistakes, b.mistakes), cmp.Compare(b.documents, a.documents), strings.Compare(a.word, b.word))
	})
	var all []string
	for _, m := range found {
		if len(all) < maxSuggested && !slices.Contains(all, m.word) {
			all = append(all, m.word)
		}
	}
	return all, nil
}

// termsFrom is a statement that reads the commonest words whose term, or whose letters backwards, begin in a way.
func termsFrom(column string) string {
	return "SELECT * FROM (SELECT term, documents FROM search_terms WHERE " + column + " >= ? AND " + column +
		" < ? AND backwards <> '' ORDER BY documents DESC, term LIMIT ?) AS from_" + column
}

// distance counts the mistakes between two words, as the optimal string alignment distance; above most it may be any
// number above most.
func distance(a, b []rune, most int) int {
	if len(a)-len(b) > most || len(b)-len(a) > most {
		return most + 1
	}
	rows := [3][]int{make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		now, last, before := rows[i%3], rows[(i+2)%3], rows[(i+1)%3]
		now[0] = i
		for j := 1; j <= len(b); j++ {
			wrong := 1
			if a[i-1] == b[j-1] {
				wrong = 0
			}
			now[j] = min(last[j]+1, now[j-1]+1, last[j-1]+wrong)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				now[j] = min(now[j], before[j-2]+1)
			}
		}
	}
	return rows[len(a)%3][len(b)]
}
