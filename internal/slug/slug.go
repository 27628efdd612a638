// Package slug makes and checks slugs, the readable part of an item's address such as "musculoskeletal-conditions".
// It knows their form only; who owns which slug is decided where entries are stored.
package slug

import (
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// Max is the most characters a slug has.
const Max = 100

// reserved is a path segment of its own: /v1/principles/order sets the order of the principles.
const reserved = "order"

// fallback stands in for a title without one usable letter, and goes in front of one that would make a slug nobody
// may have.
const fallback = "item"

// spelling rewrites what Unicode does not decompose and readers would miss, and drops apostrophes, so that
// "people's" becomes "peoples" and not "people-s". It sees case folded text only.
var spelling = strings.NewReplacer(
	"&", " and ", "'", "", "’", "", "‘", "", "ʼ", "",
	"æ", "ae", "œ", "oe", "ø", "o", "ł", "l", "đ", "d", "ð", "d", "þ", "th", "ı", "i",
)

// Make derives a slug from a title. The result is always Valid and the same for the same title. It is cut at a word
// when there is room for one. Two titles may give one slug: Next makes the others.
func Make(title string) string {
	s := strings.Join(words(title), "-")
	if s == "" {
		return fallback
	}
	s = cut(s, Max)
	if s == reserved || IsID(s) {
		s = fallback + "-" + s
	}
	return s
}

// words splits a title into runs of the letters and digits a slug may have.
func words(title string) []string {
	plain := strings.Map(func(r rune) rune {
		if unicode.Is(unicode.M, r) {
			return -1
		}
		return r
	}, norm.NFKD.String(title))
	return strings.FieldsFunc(spelling.Replace(cases.Fold().String(plain)), func(r rune) bool {
		return !allowed(r)
	})
}

func allowed(r rune) bool { return 'a' <= r && r <= 'z' || '0' <= r && r <= '9' }

// cut shortens s to limit characters: after a whole word, or inside the first one when that is too long by itself.
func cut(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	if i := strings.LastIndexByte(s[:limit+1], '-'); i > 0 {
		return s[:i]
	}
	return s[:limit]
}

// Next is the slug to try when base and its numbers below n are taken: "base-2" for n = 2. The result is Valid
// when base is and n is from 2 to 99,999; base loses words where the number needs their room.
func Next(base string, n int) string {
	suffix := "-" + strconv.Itoa(n)
	return cut(base, Max-len(suffix)) + suffix
}

// Valid reports whether s may be a slug: lower-case letters a to z and digits in words joined by single hyphens, at
// most Max characters, neither the word "order" nor anything that reads as an id.
func Valid(s string) bool {
	if s == "" || len(s) > Max || s == reserved || IsID(s) {
		return false
	}
	for word := range strings.SplitSeq(s, "-") {
		if word == "" || strings.ContainsFunc(word, func(r rune) bool { return !allowed(r) }) {
			return false
		}
	}
	return true
}

// IsID reports whether a path segment has the form of a UUID (RFC 9562, section 4), in either case. It then means an
// id and never a slug.
func IsID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i, c := range []byte(s) {
		hyphen := i == 8 || i == 13 || i == 18 || i == 23
		if hyphen != (c == '-') || !hyphen && !hex(c) {
			return false
		}
	}
	return true
}

func hex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}
