package words

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// Row is words in a row that texts are looked through for. Texts tells what words are; a Row looks at those only that
// stand where one of its own could begin.
type Row struct {
	words  []string
	spelt  []string // how the first of them may be spelt
	always bool     // only reading all words of a text tells
}

// NewRow makes a Row of words as Texts gives them.
func NewRow(words []string) *Row {
	r := &Row{words: words}
	if len(words) == 0 {
		return r
	}
	first := words[0]
	// An s may belong to the word before it, and of a word that was cut nobody knows the rest.
	r.always = first == "s" || utf8.RuneCountInString(first) >= maxRunes || strings.ContainsFunc(first, foreign)
	r.spelt = spelt(first)
	return r
}

func foreign(r rune) bool { return r >= utf8.RuneSelf }

// spelt are all ways to spell a word of which British makes that word.
func spelt(word string) []string {
	all := []string{word}
	add := func(american string) {
		if British(american) == word && !slices.Contains(all, american) {
			all = append(all, american)
		}
	}
	list := listed()
	for _, w := range list.american {
		if list.whole[w] == word {
			add(w)
		}
	}
	for front, british := range list.fronts {
		if rest, ok := strings.CutPrefix(word, british); ok {
			add(front + rest)
		}
	}
	return all
}

// In says whether the words stand in a row in a text.
func (r *Row) In(text string) bool {
	if r.always || unusual(text) {
		return r.follows(text, false)
	}
	lower := strings.ToLower(text)
	for _, word := range r.spelt {
		for at := 0; ; at++ {
			next := strings.Index(lower[at:], word)
			if next < 0 {
				break
			}
			if at += next; (at == 0 || !asciiWord(lower[at-1])) && r.follows(lower[at:], true) {
				return true
			}
		}
	}
	return false
}

// unusual says whether a text has anything but ASCII that is a part of words.
func unusual(text string) bool {
	for i := 0; i < len(text); i++ {
		if text[i] < utf8.RuneSelf {
			continue
		}
		r, size := utf8.DecodeRuneInString(text[i:])
		if _, part := fold(r); part {
			return true
		}
		i += size - 1
	}
	return false
}

// follows says whether the words stand in a row in a text, or right at its start.
func (r *Row) follows(text string, atStart bool) bool {
	var last []string // the words just read, as many as there are in the row
	for w := range All(text) {
		if len(last) == len(r.words) {
			last = slices.Delete(last, 0, 1)
		}
		if last = append(last, w.Text); slices.Equal(last, r.words) {
			return true
		}
		if atStart && w.Text != r.words[len(last)-1] {
			return false
		}
	}
	return false
}
