package words

import (
	"html"
	"strings"
)

const (
	snippetBefore = 8  // words before the first that was looked for
	snippetWords  = 32 // words of a snippet
	// maxLookedThrough is how much of a text, in bytes, is looked through for words to show.
	maxLookedThrough = 32_000
)

// Snippet shows where in a text the words stand that were looked for: as HTML, they in mark elements and all else
// escaped. It takes the part with the most of them, and says whether there was any. stand gives, by stem, the words that
// were looked for.
func Snippet(text string, stand map[string][]int) (markup string, found bool) {
	if len(text) > maxLookedThrough {
		text = strings.ToValidUTF8(text[:maxLookedThrough], "")
	}
	var all []Word
	var marked []int
	for w := range All(text) {
		if len(stand[w.Stem()]) > 0 {
			marked = append(marked, len(all))
		}
		all = append(all, w)
	}
	if len(all) == 0 {
		return html.EscapeString(flat(text)), false
	}
	from := 0
	if len(marked) > 0 {
		from = max(0, mostTelling(all, marked, stand)-snippetBefore)
	}
	return markUp(text, all, from, min(len(all), from+snippetWords), stand), len(marked) > 0
}

// mostTelling gives the marked word with which the most of those begin that were looked for.
func mostTelling(all []Word, marked []int, stand map[string][]int) int {
	telling, most := marked[0], 0
	for i, first := range marked {
		seen := map[int]bool{}
		for _, m := range marked[i:] {
			if m-first >= snippetWords-snippetBefore {
				break
			}
			for _, word := range stand[all[m].Stem()] {
				seen[word] = true
			}
		}
		if len(seen) > most {
			telling, most = first, len(seen)
		}
	}
	return telling
}

// markUp writes the words from one to before another.
func markUp(text string, all []Word, from, to int, stand map[string][]int) string {
	var b strings.Builder
	start, end := all[from].Start, all[to-1].End
	if from == 0 {
		start = 0
	} else {
		b.WriteString("… ")
	}
	if to == len(all) {
		end = len(text)
	}
	for _, w := range all[from:to] {
		b.WriteString(html.EscapeString(flat(text[start:w.Start])))
		shown := html.EscapeString(text[w.Start:w.End])
		if len(stand[w.Stem()]) > 0 {
			shown = "<mark>" + shown + "</mark>"
		}
		b.WriteString(shown)
		start = w.End
	}
	b.WriteString(html.EscapeString(flat(text[start:end])))
	if to < len(all) {
		b.WriteString(" …")
	}
	return b.String()
}

// flat puts a text on one line.
func flat(text string) string { return strings.ReplaceAll(text, "\n", " ") }
