package words_test

import (
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/cpics/working-together-api/internal/search/words"
)

func TestSplit(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                                  "",
		"Follow-up of COVID-19 at CUH/NHS":  "follow up of covid 19 at cuh nhs",
		"the patient's and patients’ s":     "the patient and patients s",
		"it's O'Brien's":                    "it o brien",
		"S’s s":                             "s s",
		"Élan ELAN e\u0301lan":              "elan elan elan",
		"straße STRASSE":                    "strasse strasse",
		"mus\u00adculo\u200dskeletal":       "musculoskeletal",
		"½ m² ﬁne Ⅳ":                        "m2 fine iv",
		"\u200fשלום\u200e":                  "שלום",
		"\u0301 \u0301a":                    "a",
		"🙂 ❤️ ok🙂ok":                        "ok ok",
		"organization of pediatric centers": "organisation of paediatric centres",
		"color coloring analyzed":           "colour colouring analysed",
		"a\x00b\xffc":                       "a b c",
		"N’Djamena ’s":                      "n djamena s",
		strings.Repeat("é", 70):             strings.Repeat("e", 64),
		"٣٤ a１":                             "٣٤ a1",
	} {
		if got := strings.Join(words.Texts(text), " "); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// Words know where they stand: what is marked in a snippet is what was written.
func TestPlaces(t *testing.T) {
	t.Parallel()
	const text = "«É\u0301lan» d’Émile’s co\u00adoperate e\u0301 x"
	var got []string
	for w := range words.All(text) {
		got = append(got, text[w.Start:w.End])
	}
	if want := []string{"É\u0301lan", "d", "Émile", "co\u00adoperate", "e\u0301", "x"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestStem(t *testing.T) {
	t.Parallel()
	for _, family := range []string{"refer referred referring refers", "community communities", "organisation organization organisations organise organizing",
		"centre centers centred", "colour colors coloring", "paediatric pediatrics", "programme programs", "practise practice practices",
		"haemodialysis hemodialysis", "counselling counseling", "labelled labeled labelling", "behaviour behaviors", "analyse analyzed", "anaemia anemia"} {
		all := words.Texts(family)
		for _, w := range all {
			if words.Stem(w) != words.Stem(all[0]) {
				t.Errorf("%s is %s, %s is %s", w, words.Stem(w), all[0], words.Stem(all[0]))
			}
		}
	}
}

func TestBeginnings(t *testing.T) {
	t.Parallel()
	for begun, want := range map[string]string{"organiz": "organiz organis", "pedia": "pedia paedia", "cente": "cente centr", "colo": "colo",
		"color": "colour", "behav": "behav", "hem": "hem haem", "kid": "kid"} {
		got := words.Beginnings(begun)
		for _, w := range strings.Fields(want) {
			if !slices.Contains(got, w) {
				t.Errorf("%s: %q lacks %s", begun, got, w)
			}
		}
		if len(got) > 12 {
			t.Errorf("%s: %q", begun, got)
		}
	}
}

// No spelling leads to one that leads on: text and query would not meet.
func TestSpellingsAreFinal(t *testing.T) {
	t.Parallel()
	for _, american := range words.American() {
		if british := words.British(american); words.British(british) != british {
			t.Errorf("%s leads to %s, and that to %s", american, british, words.British(british))
		}
	}
	if n := len(words.American()); n < 1000 {
		t.Errorf("only %d spellings", n)
	}
}

func FuzzAll(f *testing.F) {
	for _, seed := range []string{"", "Follow-up", "e\u0301", "\xff\xfe", "ﬃ", "İ", "\u200f", "'s's", strings.Repeat("a", 100)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		end := 0
		for w := range words.All(text) {
			if w.Text == "" || !utf8.ValidString(w.Text) || utf8.RuneCountInString(w.Text) > 80 {
				t.Errorf("%q has the word %q", text, w.Text)
			}
			if strings.ContainsFunc(w.Text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
				t.Errorf("%q has the word %q", text, w.Text)
			}
			if w.Start < end || w.End <= w.Start || w.End > len(text) {
				t.Errorf("%q has %q from %d to %d", text, w.Text, w.Start, w.End)
			}
			end = w.End
			if stem := w.Stem(); stem == "" || !utf8.ValidString(stem) {
				t.Errorf("the stem of %q is %q", w.Text, stem)
			}
		}
	})
}
