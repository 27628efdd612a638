// Package sortkey makes the bytes that titles and names are ordered by. The databases do not agree on how text sorts,
// nor do two machines with one database; bytes made here sort alike everywhere.
package sortkey

import (
	"strings"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// Key is what title sorts by, compared byte by byte: compatibility decomposed (NFKD), without marks, full case folding
// (both as Unicode defines them), and single spaces where white space was. "Émile", "EMILE" and " emile" share one
// key, so order ties by something else. A title of marks and spaces only has an empty key, never nil.
func Key(title string) []byte {
	bare := strings.Map(func(r rune) rune {
		if unicode.Is(unicode.M, r) {
			return -1
		}
		return r
	}, norm.NFKD.String(title))
	// A Caser has state, so each call makes its own.
	folded := cases.Fold().String(bare)
	return []byte(strings.Join(strings.Fields(folded), " "))
}
