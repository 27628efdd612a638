// Package index keeps what can be searched for, and finds it: the same documents on both engines, because the words
// are made in Go (package words) and the databases only keep which document has which token.
//
// A token is a letter, which says what is meant, and letters or digits:
//
//	d         every live document
//	k caseStudy… the type of a live document
//	l 3f9c…   what a live document links to: see idToken
//	t, s, a   stems of a live document: of its title, of title and summary, of all its text
//	x         stems and words of a withdrawn document, of all its text
//	r a…      how new a document is: see recent.go
//
// So a search in titles or of one type is a search for other tokens, and costs what those cost that are found.
package index

import (
	"crypto/sha256"
	"encoding/base32"
	"maps"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/cpics/working-together-api/internal/search/words"
)

// Version is that of what the index holds. Whoever changes how words or tokens are made raises it: the next start
// then makes the index anew.
const Version = 3

// The kinds of tokens.
const (
	tokenLive      = "d"
	tokenType      = "k"
	tokenLink      = "l"
	tokenTitle     = "t"
	tokenSummary   = "s" // title or summary
	tokenAnywhere  = "a"
	tokenWithdrawn = "x"
	tokenRecent    = "r"
	termWord       = "w" // counted, not indexed: a word of a live document
)

// Document is what readers can find of an entry.
type Document struct {
	Entry     uuid.UUID
	Type      string
	Withdrawn bool  // found by lists of withdrawn entries only
	Place     int64 // its first line in the change log
	Text
	Links []uuid.UUID // what it links to, for filters
}

// Text is the plain text of a document.
type Text struct{ Title, Summary, Body string }

// maxTokenBytes bounds the tokens of one document: Postgres takes up to a megabyte of them. That is a text of 40,000
// different words; what comes after is not found.
const maxTokenBytes = 900_000

// termSet gathers tokens and words.
type termSet struct {
	terms map[string]struct{}
	bytes int
}

func (s *termSet) add(kind, term string) {
	token := kind + term
	if _, known := s.terms[token]; known || s.bytes+len(token) > maxTokenBytes {
		return
	}
	s.terms[token] = struct{}{}
	s.bytes += len(token)
}

func (s *termSet) sorted() []string { return slices.Sorted(maps.Keys(s.terms)) }

// tokens are what the index holds of a document, each once and sorted.
func (d *Document) tokens() []string {
	s := termSet{terms: map[string]struct{}{}}
	for _, token := range bucketTokens(d.Place) {
		s.add(token, "")
	}
	if d.Withdrawn {
		for _, text := range []string{d.Title, d.Summary, d.Body} {
			for w := range words.All(text) {
				s.add(tokenWithdrawn, w.Text)
				s.add(tokenWithdrawn, w.Stem())
			}
		}
		return s.sorted()
	}
	s.add(tokenLive, "")
	s.add(tokenType, typeToken(d.Type))
	for _, id := range d.Links {
		s.add(tokenLink, idToken(id))
	}
	for i, text := range []string{d.Title, d.Summary, d.Body} {
		kinds := []string{tokenTitle, tokenSummary, tokenAnywhere}[i:]
		for w := range words.All(text) {
			for _, kind := range kinds {
				s.add(kind, w.Stem())
			}
		}
	}
	return s.sorted()
}

// terms are what is counted of a document: its tokens and, of a live one, its words.
func (d *Document) terms(tokens []string) map[string]struct{} {
	all := make(map[string]struct{}, 2*len(tokens))
	for _, token := range tokens {
		all[token] = struct{}{}
	}
	if d.Withdrawn {
		return all
	}
	for _, text := range []string{d.Title, d.Summary, d.Body} {
		for w := range words.All(text) {
			all[termWord+w.Text] = struct{}{}
		}
	}
	return all
}

func typeToken(typ string) string { return strings.ReplaceAll(typ, "-", "") }

// idToken is half as long as the id, as links are a third of the tokens of a short document. It has 80 bits of a digest, so
// that no two ids have the same by chance; who makes ids until two have finds each by a filter that names the other.
func idToken(id uuid.UUID) string {
	sum := sha256.Sum256(id[:])
	return tokenDigits.EncodeToString(sum[:10])
}

// tokenDigits are those of an expression's tokens: letters, which FTS5 folds, in lower case.
var tokenDigits = base32.NewEncoding("0123456789abcdefghijklmnopqrstuv").WithPadding(base32.NoPadding)

// reversed is a word from its end.
func reversed(word string) string {
	runes := []rune(word)
	slices.Reverse(runes)
	return string(runes)
}
