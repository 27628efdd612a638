package sortkey_test

import (
	"bytes"
	"slices"
	"testing"

	"github.com/cpics/working-together-api/internal/sortkey"
)

func TestKey(t *testing.T) {
	for title, want := range map[string]string{
		"Referrals":             "referrals",
		"  Two\t words\u00a0x ": "two words x",
		"Émile":                 "emile",
		"E\u0301MILE":           "emile",
		"Straße":                "strasse",
		"ﬁle №5":                "file no5",
		"İstanbul":              "istanbul",
		"Σίσυφος":               "σισυφοσ",
		"":                      "",
		" \u0301 ":              "",
	} {
		got := sortkey.Key(title)
		if got == nil || string(got) != want {
			t.Errorf("Key(%q) = %q, want %q", title, got, want)
		}
	}
}

func TestOrder(t *testing.T) {
	titles := []string{"zebra", "Éclair", "apple", "Zoe", "eclairs", "Apple pie", "10 steps", "Ångström"}
	slices.SortFunc(titles, func(a, b string) int { return bytes.Compare(sortkey.Key(a), sortkey.Key(b)) })
	want := []string{"10 steps", "Ångström", "apple", "Apple pie", "Éclair", "eclairs", "zebra", "Zoe"}
	if !slices.Equal(titles, want) {
		t.Errorf("order %q, want %q", titles, want)
	}
}

// A key is its own key: what was folded once stays as it is.
func FuzzKey(f *testing.F) {
	for _, s := range []string{"", "ŉ", "ẞ", "ᾳ", "\xff", "각", "ϴ"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, title string) {
		once := sortkey.Key(title)
		if twice := sortkey.Key(string(once)); !bytes.Equal(once, twice) {
			t.Errorf("Key(%q) = %q, and of that %q", title, once, twice)
		}
	})
}
