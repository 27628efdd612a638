package words

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Query is what somebody looks for. A document is found when it has all of Words and Phrases and nothing of Without
// and WithoutPhrases; what nobody looks for is found nowhere, see Empty.
type Query struct {
	Words          []Word     // in the order given, with their places in the query
	Begun          bool       // the last of Words may be the beginning of a word only
	Phrases        [][]string // words, as they are written, that stand in a row
	Without        []string   // stems
	WithoutPhrases [][]string
}

// minBegun is how many letters of a word are enough to look for all that begin so.
const minBegun = 3

// Parse reads a query as people type it, and never fails. Words are looked for together, in whatever order. "Double
// quotes" look for words in a row, a - right before a word or phrase for what is without it. The last word may be
// unfinished. All other signs part words, as they do in texts, and so does a quote without its other half.
func Parse(text string) Query {
	p := parser{text: text, rest: text}
	for p.rest != "" {
		p.term()
	}
	q := p.query
	n := len(q.Words)
	q.Begun = p.lastIsWord && utf8.RuneCountInString(q.Words[n-1].Text) >= minBegun
	return q
}

// Empty says whether there is nothing to look for.
func (q Query) Empty() bool {
	return len(q.Words) == 0 && len(q.Without) == 0 && len(q.WithoutPhrases) == 0
}

// parser goes through a query once.
type parser struct {
	text, rest string
	query      Query
	lastIsWord bool // what was read last is a word that one looks for, outside of quotes
}

// term reads up to the end of a word, of what a - stands before, or of a phrase.
func (p *parser) term() {
	p.rest = strings.TrimLeftFunc(p.rest, unicode.IsSpace)
	rest, without := strings.CutPrefix(p.rest, "-")
	if without = without && rest != "" && !startsWithSpace(rest); without {
		p.rest = rest
	}
	if quoted, after, ok := cutQuoted(p.rest); ok {
		_, size := utf8.DecodeRuneInString(p.rest)
		p.add(quoted, len(p.text)-len(p.rest)+size, true, without)
		p.rest = after
		return
	}
	p.rest = strings.TrimLeftFunc(p.rest, isQuote) // one without its other half
	end := strings.IndexFunc(p.rest, func(r rune) bool { return unicode.IsSpace(r) || isQuote(r) })
	if end < 0 {
		end = len(p.rest)
	}
	p.add(p.rest[:end], len(p.text)-len(p.rest), false, without)
	p.rest = p.rest[end:]
}

// add takes in a part of the query that begins at a place.
func (p *parser) add(part string, at int, quoted, without bool) {
	var found []Word
	var row []string
	for w := range All(part) {
		w.Start, w.End = w.Start+at, w.End+at
		found, row = append(found, w), append(row, w.Text)
	}
	if len(found) == 0 {
		return
	}
	p.lastIsWord = !quoted && !without
	q := &p.query
	switch {
	case without && len(row) == 1:
		q.Without = append(q.Without, Stem(row[0]))
	case without: // not what has one of the words, but what has them together
		q.WithoutPhrases = append(q.WithoutPhrases, row)
	default:
		q.Words = append(q.Words, found...)
		if quoted {
			q.Phrases = append(q.Phrases, row)
		}
	}
}

func startsWithSpace(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return unicode.IsSpace(r)
}

// isQuote takes for a double quote what keyboards and word processors make of one.
func isQuote(r rune) bool { return strings.ContainsRune(`"“”„«»＂`, r) }

// cutQuoted takes a phrase and its quotes off the front of a text.
func cutQuoted(text string) (quoted, after string, ok bool) {
	first, size := utf8.DecodeRuneInString(text)
	if !isQuote(first) {
		return "", "", false
	}
	end := strings.IndexFunc(text[size:], isQuote)
	if end < 0 {
		return "", "", false
	}
	quoted, after = text[size:size+end], text[size+end:]
	_, size = utf8.DecodeRuneInString(after)
	return quoted, after[size:], true
}
