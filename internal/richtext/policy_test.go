package richtext

import (
	"strings"
	"testing"
)

// The second lock by itself, as if the first were open.
func TestPolicyAlone(t *testing.T) {
	for in, want := range map[string]string{
		`<script>x</script><p onclick="x" style="x" class="y">a</p>`:           `<p>a</p>`,
		`<h1 id="wt-a">a</h1><h2 id="a">b</h2><h3 id="wt-c">c</h3>`:            `a<h2>b</h2><h3 id="wt-c">c</h3>`,
		`<a href="javascript:x">a</a><a href="/b">b</a><a href="#c">c</a>`:     `abc`,
		`<a href="#wt-a" target="_blank" rel="opener">a</a>`:                   `<a href="#wt-a">a</a>`,
		`<img src="data:image/png;base64,AAAA" alt="a"><img src="/b" alt="b">`: `<img alt="a"><img alt="b">`,
		`<iframe src="https://x.example"></iframe><form><input></form>b`:       ` b`,
		`<th scope="row" align="left">a</th><!-- b -->`:                        `<th>a</th>`,
	} {
		if got := policy.Sanitize(in); strings.TrimSpace(got) != strings.TrimSpace(want) {
			t.Errorf("%s became %s, want %s", in, got, want)
		}
	}
}

// What goes beyond a bound stays as text; nothing is lost.
func TestBounds(t *testing.T) {
	r, err := New("https://api.example")
	if err != nil {
		t.Fatal(err)
	}
	nobody := func(Ref) (string, bool) { return "", false }
	for name, c := range map[string]struct {
		text, tag string
		want      int
	}{
		"quotes":            {strings.Repeat("> ", maxDepth+50) + "a", "<blockquote>", maxDepth},
		"lists":             {strings.Repeat("- ", maxDepth) + "a", "<ul>", maxDepth / 2},
		"links":             {strings.Repeat("[a](< ", maxAddressFailures-1) + "[b](/c)", "<a ", 1},
		"links after many":  {strings.Repeat("[a](< ", maxAddressFailures) + "[b](/c)", "<a ", 0},
		"brackets":          {strings.Repeat("[a] ", maxFailures-1) + "[b](/c)", "<a ", 1},
		"brackets and more": {strings.Repeat("[a] ", maxFailures) + "[b](/c)", "<a ", 1},
		"cells":             {strings.Repeat("a|b\n-|-\na|b\n\n", maxCells/6+10), "<table>", maxCells / 6},
		"one address often": {"[a]: /" + strings.Repeat("b", minAddresses/100-1) + "\n\n" + strings.Repeat("[a] ", 150), "<a ", 100},
	} {
		if got := strings.Count(r.Render(c.text, nobody), c.tag); got != c.want {
			t.Errorf("%s: %d %s, want %d", name, got, c.tag, c.want)
		}
	}
}
