package words

import (
	"html"
	"strings"
	"testing"
	"unicode/utf8"
)

// standFor gives what the words of a query stand for, without beginnings.
func standFor(query string) map[string][]int {
	stand := map[string][]int{}
	for i, w := range Texts(query) {
		stand[Stem(w)] = append(stand[Stem(w)], i)
	}
	return stand
}

func TestSnippet(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("word ", 100)
	for _, c := range []struct{ text, query, want string }{
		{"The renal team's letter.", "team", "The renal <mark>team</mark>&#39;s letter."},
		{"<b>Referrals</b> & \"more\"\nof them", "referral", "&lt;b&gt;<mark>Referrals</mark>&lt;/b&gt; &amp; &#34;more&#34; of them"},
		{"Élan and e\u0301lan", "elan", "<mark>Élan</mark> and <mark>e\u0301lan</mark>"},
		{"Nothing here.", "absent", "Nothing here."},
		{"", "absent", ""},
		{"— … —", "absent", "— … —"},
		{long + "kidney " + long, "kidney", "… " + strings.Repeat("word ", 8) + "<mark>kidney</mark>" + strings.Repeat(" word", 23) + " …"},
		{"kidney " + long + "kidney disease", "kidney disease", "… " + strings.Repeat("word ", 8) + "<mark>kidney</mark> <mark>disease</mark>"},
		{"organized in colour", "organise color", "<mark>organized</mark> in <mark>colour</mark>"},
	} {
		got, found := Snippet(c.text, standFor(c.query))
		if got != c.want {
			t.Errorf("%.40q for %q:\n%s\n%s", c.text, c.query, got, c.want)
		}
		if found != strings.Contains(c.want, "<mark>") {
			t.Errorf("%.40q for %q: found %v", c.text, c.query, found)
		}
	}
}

// A snippet is a part of the text: without its marks and escapes nothing else is left.
func FuzzSnippet(f *testing.F) {
	f.Add("The <b>kidney</b> & more", "kidney")
	f.Add(strings.Repeat("é ", 200)+"kidney", "kidney é")
	f.Add("\xff\xfe kidney", "kidney")
	f.Fuzz(func(t *testing.T, text, query string) {
		if !utf8.ValidString(text) || strings.Contains(text, "mark>") {
			return // no text is stored that is not valid
		}
		got, _ := Snippet(text, standFor(query))
		bare := html.UnescapeString(strings.NewReplacer("<mark>", "", "</mark>", "").Replace(got))
		bare = strings.TrimSuffix(strings.TrimPrefix(bare, "… "), " …")
		if !strings.Contains(flat(text), strings.Trim(bare, " ")) {
			t.Errorf("%q is no part of %q", bare, text)
		}
		if strings.ContainsAny(strings.NewReplacer("<mark>", "", "</mark>", "").Replace(got), "<>") {
			t.Errorf("markup in %q", got)
		}
	})
}
