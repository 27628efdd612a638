package words_test

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/cpics/working-together-api/internal/search/words"
)

// written shows a query: its words, a * where the last may be a beginning, phrases, and what is left out.
func written(q words.Query) string {
	var parts []string
	for _, w := range q.Words {
		parts = append(parts, w.Text)
	}
	s := strings.Join(parts, " ")
	if q.Begun {
		s += "*"
	}
	for _, p := range q.Phrases {
		s += " " + fmt.Sprint(p)
	}
	for _, w := range q.Without {
		s += " -" + w
	}
	for _, p := range q.WithoutPhrases {
		s += " -" + fmt.Sprint(p)
	}
	return strings.TrimSpace(s)
}

func TestParse(t *testing.T) {
	t.Parallel()
	for query, want := range map[string]string{
		"": "", " ": "", `"`: "", `""`: "", `"" ""`: "", "-": "", "--": "", "- -": "", "AND": "and*", "🙂": "", "\u200f": "",
		"kidney disease": "kidney disease*", "kidney ": "kidney*", "ab": "ab", "follow-up": "follow up", "CUH/NHS": "cuh nhs*",
		`"kidney disease"`: "kidney disease [kidney disease]", `a "b c" d`: "a b c d [b c]", `“b c” d`: "b c d [b c]", `«b c»`: "b c [b c]",
		`"kidney`: "kidney*", `kidney"`: "kidney*", `"a b" c"`: "a b c [a b]", `"a" "b`: "a b [a]", `a"b c"d`: "a b c d [b c]",
		"-kidney": "-kidney", "kidney -disease": "kidney -diseas", "kidney - disease": "kidney disease*", "--kidney": "-kidney",
		"-follow-up": "-[follow up]", `-"a b"`: "-[a b]", `-"a`: "-a", `-"a" b`: "b -a", "kidney-disease": "kidney disease*",
		"a -": "a", "kidneys* AND (x OR y)": "kidneys and x or y", "title:kid NEAR(1)": "title kid near 1", "organiz": "organiz*",
		"a\u00a0-b": "a -b", "patient's": "patient*", "color -center": "colour -centr",
	} {
		if got := written(words.Parse(query)); got != want {
			t.Errorf("%q is read as %q, want %q", query, got, want)
		}
	}
}

// Words know where in the query they stand: a suggestion puts others there.
func TestParsedPlaces(t *testing.T) {
	t.Parallel()
	const query = ` kídny “and the” -x "re\u0301nal`
	var got []string
	for _, w := range words.Parse(query).Words {
		got = append(got, query[w.Start:w.End])
	}
	if want := "kídny|and|the|re|u0301nal"; strings.Join(got, "|") != want {
		t.Errorf("%q", got)
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"", `"`, `-"a b" c`, "a -b", "“x” «y", "\xff -\xfe", `""""""`, "- - -", "'s -'s"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		q := words.Parse(text)
		if q.Begun && len(q.Words) == 0 {
			t.Errorf("%q: the beginning of nothing", text)
		}
		end := 0
		for _, w := range q.Words {
			if w.Start < end || w.End <= w.Start || w.End > len(text) {
				t.Errorf("%q: a word from %d to %d", text, w.Start, w.End)
			}
			end = w.End
			if w.Text == "" || !utf8.ValidString(w.Text) || strings.ContainsAny(w.Text, `"' ()&|!:*\`) {
				t.Errorf("%q: the word %q", text, w.Text)
			}
		}
		for _, row := range append(q.Phrases, q.WithoutPhrases...) {
			if len(row) == 0 {
				t.Errorf("%q: an empty phrase", text)
			}
		}
	})
}
