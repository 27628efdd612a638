package richtext_test

import (
	"strings"
	"testing"

	"github.com/cpics/working-together-api/internal/richtext"
)

func TestNestKeepsOneOutline(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ text, want string }{
		{"# A\n\n## B\n\n# C", `<h4 id="wt-a">A</h4><h5 id="wt-b">B</h5><h4 id="wt-c">C</h4>`},
		{"# A\n\n#### B\n\n### C\n\n## D", `<h4 id="wt-a">A</h4><h5 id="wt-b">B</h5><h5 id="wt-c">C</h5><h5 id="wt-d">D</h5>`},
		{"# A\n\n## B\n\n### C\n\n#### D", `<h4 id="wt-a">A</h4><h5 id="wt-b">B</h5><h6 id="wt-c">C</h6><h6 id="wt-d">D</h6>`},
		{"1 < 2 & [a](https://a.example/?b=1&c=2)", `<p>1 &lt; 2 &amp; <a href="https://a.example/?b=1&amp;c=2" rel="noopener noreferrer">a</a></p>`},
		{"| a |\n|---|\n| b |", `<table><thead><tr><th scope="col">a</th></tr></thead><tbody><tr><td>b</td></tr></tbody></table>`},
	} {
		var o richtext.Outline
		if got := strings.ReplaceAll(o.Nest(render(t, c.text), 4), "\n", ""); got != c.want {
			t.Errorf("%q\n got %s\nwant %s", c.text, got, c.want)
		}
	}
}

func TestNestGivesNoIDTwice(t *testing.T) {
	t.Parallel()
	var o richtext.Outline
	part := render(t, "# A\n\n# A\n\n[to the second](#a-2)")
	wants := []string{
		`<h3 id="wt-a">A</h3><h3 id="wt-a-2">A</h3><p><a href="#wt-a-2">to the second</a></p>`,
		`<h3 id="wt-a-3">A</h3><h3 id="wt-a-2-2">A</h3><p><a href="#wt-a-2-2">to the second</a></p>`,
	}
	for i, want := range wants {
		if got := strings.ReplaceAll(o.Nest(part, 3), "\n", ""); got != want {
			t.Errorf("part %d\n got %s\nwant %s", i, got, want)
		}
	}
}
