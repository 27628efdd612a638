package index

import (
	"cmp"
	"errors"
	"fmt"
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
//
// In a light transaction it sends statements of its own, and has each state confirmed that they read.
func Suggest(tx *database.Tx, word string, confirm func(Head) error) ([]string, error) {
	n := utf8.RuneCountInString(word)
	if n < minMistaken || strings.ContainsFunc(word, unicode.IsDigit) {
		return nil, nil
	}
	most := 1
	if n >= minTwice {
		most = 2
	}
	found, all, err := within(tx, word, most, confirm)
	if err == nil && !all && most > 1 { // with one mistake more of the word is right, so that fewer have to be looked at
		var once []meant
		once, _, err = within(tx, word, 1, confirm)
		found = append(once, found...)
	}
	return likeliest(found), err
}

// meant is a word that somebody may have meant.
type meant struct {
	word      string
	documents int64
	mistakes  int
}

// within finds words with so many mistakes at most, among those that begin or end as the word does. all says that there
// are no others.
func within(tx *database.Tx, word string, mistakes int, confirm func(Head) error) (found []meant, all bool, err error) {
	runes := []rune(word)
	end := max(2, min(longEnd, len(runes)/(mistakes+1)))
	front, back := termWord+string(runes[:end]), reversed(string(runes[len(runes)-end:]))
	statement := termsFrom("term") + " UNION ALL " + termsFrom("backwards")
	if tx.Light {
		tx.AllowAnother()
		statement += selectHead
	}
	looked := 0
	err = each(tx, statement, []any{front, after(front), back, after(back)}, func(scan scanner) error {
		var term string
		var m meant
		var kind int
		err := scan(&term, &m.documents, &kind)
		if kind == headRow {
			return errors.Join(err, confirm(Head{m.documents, term}))
		}
		looked++
		m.word = strings.TrimPrefix(term, termWord)
		m.mistakes = distance(runes, []rune(m.word), mistakes)
		if m.mistakes <= mistakes && !strings.ContainsFunc(m.word, unicode.IsDigit) {
			found = append(found, m)
		}
		return err
	})
	return found, looked < maxLooked, err
}

// likeliest are the words to propose: those with the fewest mistakes, the commonest first.
func likeliest(found []meant) (all []string) {
	slices.SortFunc(found, func(a, b meant) int {
		return cmp.Or(cmp.Compare(a.mistakes, b.mistakes), cmp.Compare(b.documents, a.documents), strings.Compare(a.word, b.word))
	})
	for _, m := range found {
		if m.mistakes == found[0].mistakes && len(all) < maxSuggested && !slices.Contains(all, m.word) {
			all = append(all, m.word)
		}
	}
	return all
}

// termsFrom is a statement that reads the commonest words whose term, or whose letters backwards, begin in a way: see
// selectBegun.
func termsFrom(column string) string {
	return fmt.Sprintf("SELECT * FROM (SELECT term, documents, 0 FROM search_terms WHERE %[1]s >= (SELECT ?) AND %[1]s < (SELECT ?)"+
		" AND backwards <> '' ORDER BY documents DESC, term LIMIT %[2]d) AS from_%[1]s", column, maxLooked)
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
