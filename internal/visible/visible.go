// Package visible tells text that somebody can see from text that only looks as if it were there.
package visible

import (
	"strings"
	"unicode"
)

// Text reports whether s has a letter, digit, sign or symbol, and not spaces and formatting characters alone (Unicode
// general categories L, N, P and S).
func Text(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return unicode.In(r, unicode.L, unicode.N, unicode.P, unicode.S) })
}
