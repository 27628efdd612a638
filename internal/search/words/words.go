// Package words turns text into the words that can be searched for. Documents and queries go through the same
// functions, so the databases, whose own ideas of English differ, are never asked what a word is.
//
// A word is a run of letters and digits, compatibility decomposed (NFKD) without marks, case folded, in British
// spelling: "Élan", "ELAN" and "elan" are one word, "follow-up" and "CUH/NHS" are two words each. There are no stop
// words. What reads as one word to people stays one: soft hyphens and other format characters inside it are ignored, and
// the possessive 's is no word of its own.
package words

import (
	"iter"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// maxRunes is how much of a word counts. What is longer is no word of a language, and some database refuses to index it.
const maxRunes = 64

// Word is one word of a text.
type Word struct {
	Text       string // folded, in British spelling; letters and digits only
	Spelt      string // folded, as the text spells it
	Start, End int    // where it stands in the text, in bytes
}

// Stem is what the word has in common with its inflections.
func (w Word) Stem() string { return Stem(w.Text) }

// All goes through the words of a text.
func All(text string) iter.Seq[Word] {
	return func(yield func(Word) bool) {
		s := splitter{text: text, possessive: -1}
		for s.next() {
			if !yield(s.word) {
				return
			}
		}
	}
}

// Texts are the words of a text alone.
func Texts(text string) []string {
	var all []string
	for w := range All(text) {
		all = append(all, w.Text)
	}
	return all
}

// splitter goes through a text once.
type splitter struct {
	text string
	at   int // how far it was read
	word Word
	// possessive is where an s would follow that belongs to the last word: right behind an apostrophe right behind it.
	possessive int
}

// next reads up to the end of a word, and says whether there was one.
func (s *splitter) next() bool {
	for s.at < len(s.text) {
		spelt, start := s.run()
		if spelt == "" {
			continue
		}
		if spelt == "s" && start == s.possessive {
			continue
		}
		s.word = Word{Text: British(spelt), Spelt: spelt, Start: start, End: s.at}
		s.possessive = s.at + apostrophe(s.text[s.at:])
		return true
	}
	return false
}

// run reads letters and digits up to the first character that is neither, or one such character alone.
func (s *splitter) run() (spelt string, start int) {
	start = s.at
	for s.at < len(s.text) && asciiWord(s.text[s.at]) {
		s.at++
	}
	if s.at == len(s.text) || s.text[s.at] < utf8.RuneSelf {
		spelt = cut(strings.ToLower(s.text[start:s.at]))
		if s.at == start {
			s.at++
		}
		return spelt, start
	}
	return s.foreignRun(start)
}

// foreignRun is run for what is not ASCII alone.
func (s *splitter) foreignRun(start int) (string, int) {
	var b strings.Builder
	b.WriteString(strings.ToLower(s.text[start:s.at]))
	for s.at < len(s.text) {
		r, size := utf8.DecodeRuneInString(s.text[s.at:])
		folded, part := fold(r)
		if !part {
			if b.Len() == 0 {
				s.at += size
			}
			break
		}
		if b.Len() == 0 && folded == "" { // a mark on nothing
			start = s.at + size
		}
		b.WriteString(folded)
		s.at += size
	}
	return cut(b.String()), start
}

func asciiWord(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}

// cut keeps the first maxRunes characters.
func cut(s string) string {
	if len(s) <= maxRunes {
		return s
	}
	n := 0
	for i := range s {
		if n == maxRunes {
			return s[:i]
		}
		n++
	}
	return s
}

// apostrophe is the length of the apostrophe that a text goes on with, 0 where it goes on otherwise.
func apostrophe(rest string) int {
	if r, size := utf8.DecodeRuneInString(rest); r == '\'' || r == '’' || r == '＇' {
		return size
	}
	return 0
}

// folded remembers what fold found.
var folded sync.Map // rune to foldedRune

type foldedRune struct {
	text string
	part bool
}

// fold gives what a character adds to a word: nothing for a mark or a format character. It is no part of a word when
// something besides letters, digits and marks would be left of it.
func fold(r rune) (text string, part bool) {
	if known, ok := folded.Load(r); ok {
		f := known.(foldedRune)
		return f.text, f.part
	}
	f := foldRune(r)
	folded.Store(r, f)
	return f.text, f.part
}

func foldRune(r rune) foldedRune {
	if r == utf8.RuneError {
		return foldedRune{}
	}
	bare := strings.Map(func(r rune) rune {
		if unicode.Is(unicode.M, r) || unicode.Is(unicode.Cf, r) {
			return -1
		}
		return r
	}, norm.NFKD.String(string(r)))
	bare = cases.Fold().String(bare)
	other := strings.ContainsFunc(bare, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	return foldedRune{bare, !other}
}
