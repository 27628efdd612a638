package slug_test

import (
	"strings"
	"testing"

	"github.com/cpics/working-together-api/internal/slug"
)

func TestMake(t *testing.T) {
	long := strings.Repeat("care ", 30)
	for title, want := range map[string]string{
		"Keeping the person at the centre of decisions":   "keeping-the-person-at-the-centre-of-decisions",
		"Considerate, quality, and timely communications": "considerate-quality-and-timely-communications",
		"Health & care":                        "health-and-care",
		"R&D":                                  "r-and-d",
		"People's voices, patients’ views":     "peoples-voices-patients-views",
		"Crème brûlée à la Ŵyn":                "creme-brulee-a-la-wyn",
		"Straße, Ærø and Łódź":                 "strasse-aero-and-lodz",
		"½ a ﬁle, №5 ＦＵＬＬ":                     "1-2-a-file-no5-full",
		"  --A__b--  ":                         "a-b",
		"":                                     "item",
		"Oʼne ŉ":                               "one-n",
		"日本語":                                  "item",
		"Order!":                               "item-order",
		"0197ad5c-0000-7000-8000-000000000001": "item-0197ad5c-0000-7000-8000-000000000001",
		"0197AD5C 0000 7000 8000 000000000001": "item-0197ad5c-0000-7000-8000-000000000001",
		long:                                   strings.TrimSuffix(strings.Repeat("care-", 20), "-"),
		strings.Repeat("x", 150):               strings.Repeat("x", 100),
		strings.Repeat("x", 100) + " y":        strings.Repeat("x", 100),
		"0197ad5c-0000-7000-8000-000000000001 " + strings.Repeat("y", 90): "item-0197ad5c-0000-7000-8000-000000000001",
	} {
		if got := slug.Make(title); got != want {
			t.Errorf("Make(%q) = %q, want %q", title, got, want)
		}
	}
}

func TestNext(t *testing.T) {
	for _, c := range []struct {
		base string
		n    int
		want string
	}{
		{"referrals", 2, "referrals-2"},
		{"referrals-2", 2, "referrals-2-2"},
		{strings.Repeat("x", 100), 10, strings.Repeat("x", 97) + "-10"},
		{strings.Repeat("x", 96) + "-yz", 3, strings.Repeat("x", 96) + "-3"},
		{strings.Repeat("x", 96) + "-y", 3, strings.Repeat("x", 96) + "-y-3"},
	} {
		got := slug.Next(c.base, c.n)
		if got != c.want || !slug.Valid(got) {
			t.Errorf("Next(%q, %d) = %q, want the valid slug %q", c.base, c.n, got, c.want)
		}
	}
}

func TestValid(t *testing.T) {
	for s, want := range map[string]bool{
		"a":                                    true,
		"a-1-b2":                               true,
		"orders":                               true,
		strings.Repeat("a", 100):               true,
		"0197ad5c000070008000000000000001":     true,
		"0197ad5c-0000-7000-8000-00000000000g": true,
		"":                                     false,
		"order":                                false,
		"0197ad5c-0000-7000-8000-000000000001": false,
		strings.Repeat("a", 101):               false,
		"-a":                                   false,
		"a-":                                   false,
		"a--b":                                 false,
		"A":                                    false,
		"a_b":                                  false,
		"é":                                    false,
		"a\n":                                  false,
		"a/b":                                  false,
	} {
		if got := slug.Valid(s); got != want {
			t.Errorf("Valid(%q) = %t, want %t", s, got, want)
		}
	}
}

func TestIsID(t *testing.T) {
	for s, want := range map[string]bool{
		"0197ad5c-0000-7000-8000-000000000001":          true,
		"0197AD5C-0000-7000-8000-00000000000F":          true,
		"00000000-0000-0000-0000-000000000000":          true,
		"0197ad5c-0000-7000-8000-00000000000":           false,
		"0197ad5c00-00-7000-8000-000000000001":          false,
		"{0197ad5c-0000-7000-8000-000000000001}":        false,
		"urn:uuid:0197ad5c-0000-7000-8000-000000000001": false,
		"0197ad5c000070008000000000000001":              false,
	} {
		if got := slug.IsID(s); got != want {
			t.Errorf("IsID(%q) = %t, want %t", s, got, want)
		}
	}
}

// Every title, whatever bytes it holds, has a valid slug that is its own slug.
func FuzzMake(f *testing.F) {
	for _, s := range []string{"", "order", "a&b", "ﷺ", "\xff\xfe", "0197ad5c-0000-7000-8000-000000000001", "ŉ İ ß"} {
		f.Add(s, 2)
	}
	f.Fuzz(func(t *testing.T, title string, n int) {
		s := slug.Make(title)
		if !slug.Valid(s) || slug.Make(s) != s {
			t.Errorf("Make(%q) = %q: not valid, or not stable", title, s)
		}
		if n >= 2 && n <= 99_999 {
			if next := slug.Next(s, n); !slug.Valid(next) || next == s {
				t.Errorf("Next(%q, %d) = %q", s, n, next)
			}
		}
	})
}
