package words_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/cpics/working-together-api/internal/search/words"
)

// inRow is what In promises, by reading all words.
func inRow(text string, row []string) bool {
	all := words.Texts(text)
	for i := 0; i+len(row) <= len(all); i++ {
		if slices.Equal(all[i:i+len(row)], row) {
			return true
		}
	}
	return false
}

var rowTexts = []string{
	"", "kidney", "Kidney disease", "kidney diseases", "a kidney disease, and a kidney", "kidney kidney disease", "mankidney disease", "kidney-disease",
	"kidney\ndisease", "“kidney” – disease", "the patient's care", "the patient’s care", "s care", "it's s care", "Organization of care", "organisation of care",
	"pediatric ward", "Paediatric ward", "kidney élan disease", "kid\u00adney disease", "KI\u0301DNEY disease", "café of care", "x's s's", "\xff kidney\xff disease",
	strings.Repeat("a", 70) + " b", strings.Repeat("a", 64) + " b", "disease kidney", "center of care centre", "K disease", "ſ care", "kidney² disease",
}

func TestARowIsFoundWhereItsWordsFollowOneAnother(t *testing.T) {
	t.Parallel()
	rows := map[string]bool{}
	for _, text := range rowTexts {
		all := words.Texts(text)
		for i := range all {
			for n := 1; n <= 3 && i+n <= len(all); n++ {
				rows[strings.Join(all[i:i+n], " ")] = true
			}
		}
	}
	found := 0
	for row := range rows {
		r := words.NewRow(strings.Fields(row))
		for _, text := range rowTexts {
			want := inRow(text, strings.Fields(row))
			if r.In(text) != want {
				t.Errorf("%q in %q: %t", row, text, !want)
			}
			if want {
				found++
			}
		}
	}
	if found < len(rows) {
		t.Errorf("%d rows, found %d times", len(rows), found)
	}
}

func FuzzRow(f *testing.F) {
	for _, text := range rowTexts {
		f.Add(text, "kidney disease")
		f.Add("kidney disease", text)
	}
	f.Fuzz(func(t *testing.T, text, phrase string) {
		row := words.Texts(phrase)
		if len(row) == 0 {
			return
		}
		if got, want := words.NewRow(row).In(text), inRow(text, row); got != want {
			t.Errorf("%q in %q: %t, want %t", row, text, got, want)
		}
	})
}
