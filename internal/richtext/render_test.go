package richtext_test

import (
	"strings"
	"testing"

	"github.com/cpics/working-together-api/internal/richtext"
)

// published are the items that the tests' resolver knows.
var published = map[richtext.Ref]string{
	{Collection: "principles", Name: "centre"}:                                 "https://www.example/principles/centre",
	{Collection: "pages", Name: "018cc251-f400-7000-8000-0000000000a1"}:        "https://www.example/pages/toolkit?a=1&b=2",
	{Collection: "case-studies", Name: "anchored"}:                             "https://www.example/stories#anchored",
	{Collection: "principles", Name: "a&b"}:                                    "https://www.example/ampersand",
	{Collection: "organisations", Name: "not a collection of this Renderer's"}: "https://www.example/never",
}

func resolve(ref richtext.Ref) (string, bool) {
	href, ok := published[ref]
	return href, ok
}

func newRenderer(t testing.TB, base string) *richtext.Renderer {
	t.Helper()
	r, err := richtext.New(base, "principles", "case-studies", "pages")
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func render(t *testing.T, markdown string) string {
	t.Helper()
	return strings.TrimSpace(newRenderer(t, "https://api.example/").Render(markdown, resolve))
}

type cases map[string]struct{ markdown, want string }

func (cs cases) run(t *testing.T) {
	t.Helper()
	for name, c := range cs {
		t.Run(name, func(t *testing.T) {
			if got := render(t, c.markdown); got != c.want {
				t.Errorf("%q became\n%s\nwant\n%s", c.markdown, got, c.want)
			}
		})
	}
}

func TestMarkdown(t *testing.T) {
	cases{
		"nothing":       {"", ""},
		"emphasis":      {"**every** *decision* ~~not~~ `x<y`", "<p><strong>every</strong> <em>decision</em> <del>not</del> <code>x&lt;y</code></p>"},
		"lists":         {"3. a\n4. b\n\n- c", "<ol start=\"3\">\n<li>a</li>\n<li>b</li>\n</ol>\n<ul>\n<li>c</li>\n</ul>"},
		"table":         {"|a|b|\n|:-:|-|\n|1|2|", "<table>\n<thead>\n<tr>\n<th scope=\"col\">a</th>\n<th scope=\"col\">b</th>\n</tr>\n</thead>\n<tbody>\n<tr>\n<td>1</td>\n<td>2</td>\n</tr>\n</tbody>\n</table>"},
		"code":          {"```go\na < b\n```", "<pre><code>a &lt; b\n</code></pre>"},
		"quote":         {"> a\n\n---", "<blockquote>\n<p>a</p>\n</blockquote>\n<hr>"},
		"line break":    {"a\\\nb", "<p>a<br>\nb</p>"},
		"entities":      {"&copy; &amp; &lt;b&gt; 5 < 6", "<p>© &amp; &lt;b&gt; 5 &lt; 6</p>"},
		"British signs": {"£5 – “care”", "<p>£5 – “care”</p>"},
	}.run(t)
}

func TestHeadings(t *testing.T) {
	cases{
		"from h1":         {"# Why\n## How", `<h2 id="wt-why">Why</h2>` + "\n" + `<h3 id="wt-how">How</h3>`},
		"from h3":         {"### Why\n#### How\n### What", `<h2 id="wt-why">Why</h2>` + "\n" + `<h3 id="wt-how">How</h3>` + "\n" + `<h2 id="wt-what">What</h2>`},
		"not below h6":    {"# a\n###### b", `<h2 id="wt-a">a</h2>` + "\n" + `<h6 id="wt-b">b</h6>`},
		"underlined":      {"Why\n===", `<h2 id="wt-why">Why</h2>`},
		"equal":           {"# a\n# a-2\n# a\n# a", `<h2 id="wt-a">a</h2>` + "\n" + `<h2 id="wt-a-2">a-2</h2>` + "\n" + `<h2 id="wt-a-3">a</h2>` + "\n" + `<h2 id="wt-a-4">a</h2>`},
		"id of words":     {"# **Bold** [link](https://x.example) & `c`", `<h2 id="wt-bold-link-and-c"><strong>Bold</strong> <a href="https://x.example" rel="noopener noreferrer">link</a> &amp; <code>c</code></h2>`},
		"no letters":      {"# !!", `<h2 id="wt-item">!!</h2>`},
		"link within":     {"# Why me\n[a](#why-me) [b](#wt-why-me) [c](#elsewhere)", `<h2 id="wt-why-me">Why me</h2>` + "\n" + `<p><a href="#wt-why-me">a</a> <a href="#wt-why-me">b</a> c</p>`},
		"attributes stay": {"# a {#x onclick=y}", `<h2 id="wt-a-x-onclick-y">a {#x onclick=y}</h2>`},
	}.run(t)
}

func TestLinks(t *testing.T) {
	cases{
		"another site":         {"[a](https://www.nhs.example/x?y=1&z=2#f)", `<p><a href="https://www.nhs.example/x?y=1&amp;z=2#f" rel="noopener noreferrer">a</a></p>`},
		"title":                {`[a](https://x.example "b & \"c\"")`, `<p><a href="https://x.example" title="b &amp; &#34;c&#34;" rel="noopener noreferrer">a</a></p>`},
		"own site":             {"[a](https://API.example/docs)", `<p><a href="https://API.example/docs">a</a></p>`},
		"from the root":        {"[a](/docs?x=y#z)", `<p><a href="https://api.example/docs?x=y#z">a</a></p>`},
		"relative":             {"[a](docs/x%2Fy)", `<p><a href="https://api.example/docs/x%2Fy">a</a></p>`},
		"without scheme":       {"[a](//x.example/y)", `<p><a href="https://x.example/y" rel="noopener noreferrer">a</a></p>`},
		"bare address":         {"see https://x.example/a?b=c&d.", `<p>see <a href="https://x.example/a?b=c&amp;d" rel="noopener noreferrer">https://x.example/a?b=c&amp;d</a>.</p>`},
		"bare www":             {"see www.x.example", `<p>see <a href="http://www.x.example" rel="noopener noreferrer">www.x.example</a></p>`},
		"address as it is":     {`<https://x.example/a\.b?c&amp;d>`, `<p><a href="https://x.example/a%5C.b?c&amp;amp;d" rel="noopener noreferrer">https://x.example/a\.b?c&amp;amp;d</a></p>`},
		"mail and telephone":   {"<a@b.example> [c](mailto:d@e.example) [f](tel:+441223000000)", `<p><a href="mailto:a@b.example">a@b.example</a> <a href="mailto:d@e.example">c</a> <a href="tel:+441223000000">f</a></p>`},
		"by reference":         {"[a][x] [x]\n\n[x]: /v1/principles/centre", `<p><a href="https://www.example/principles/centre">a</a> <a href="https://www.example/principles/centre">x</a></p>`},
		"no address":           {"[a]() [b](http:) [c](https:x) [d](mailto:) [e](http://[x)", "<p>a b c d e</p>"},
		"entities once":        {"[a](https://x.example/?b&amp;copy;=1)", `<p><a href="https://x.example/?b&amp;copy;=1" rel="noopener noreferrer">a</a></p>`},
		"backslash":            {`[a](/\x.example)`, `<p><a href="https://api.example/%5Cx.example">a</a></p>`},
		"image":                {"![An *old* clinic & ward](/v1/files/1/a.png)", `<p><img src="https://api.example/v1/files/1/a.png" alt="An old clinic &amp; ward"></p>`},
		"image that cannot be": {"![alt *text*](data:image/png;base64,AAAA) ![mail](mailto:a@b.example)", "<p>alt <em>text</em> mail</p>"},
		"image in a link":      {"[![a](/b.png)](/v1/principles/centre)", `<p><a href="https://www.example/principles/centre"><img src="https://api.example/b.png" alt="a"></a></p>`},
	}.run(t)
}

func TestLinksToItems(t *testing.T) {
	cases{
		"by slug":            {"[a](/v1/principles/centre)", `<p><a href="https://www.example/principles/centre">a</a></p>`},
		"by id":              {"[a](/v1/pages/018cc251-f400-7000-8000-0000000000a1)", `<p><a href="https://www.example/pages/toolkit?a=1&amp;b=2">a</a></p>`},
		"absolute":           {"[a](http://api.example/v1/principles/centre)", `<p><a href="https://www.example/principles/centre">a</a></p>`},
		"bare":               {"https://api.example/v1/principles/centre", `<p><a href="https://www.example/principles/centre">https://api.example/v1/principles/centre</a></p>`},
		"escaped":            {"[a](/v1/principles/a%26b)", `<p><a href="https://www.example/ampersand">a</a></p>`},
		"to a heading":       {"[a](/v1/principles/centre#wt-x) [b](/v1/case-studies/anchored#x)", `<p><a href="https://www.example/principles/centre#wt-x">a</a> <a href="https://www.example/stories#anchored">b</a></p>`},
		"not to be seen":     {"a [**draft**](/v1/principles/draft) and https://api.example/v1/principles/draft", "<p>a <strong>draft</strong> and https://api.example/v1/principles/draft</p>"},
		"with a query":       {"[a](/v1/principles/centre?format=html)", `<p><a href="https://api.example/v1/principles/centre?format=html">a</a></p>`},
		"below an item":      {"[a](/v1/principles/centre/editions)", `<p><a href="https://api.example/v1/principles/centre/editions">a</a></p>`},
		"of no collection":   {"[a](/v1/overview) [b](/v1/principles/)", `<p><a href="https://api.example/v1/overview">a</a> <a href="https://api.example/v1/principles/">b</a></p>`},
		"of another service": {"[a](https://other.example/v1/principles/centre)", `<p><a href="https://other.example/v1/principles/centre" rel="noopener noreferrer">a</a></p>`},
	}.run(t)
}

// Behind a proxy the service may stand below a path of its host.
func TestBaseWithAPath(t *testing.T) {
	r := newRenderer(t, "https://host.example/wt")
	got := r.Render("[a](/v1/principles/centre) [b](/docs) [c](docs) ![d](/v1/files/1/x%20y.png)", resolve)
	want := `<p><a href="https://www.example/principles/centre">a</a> <a href="https://host.example/wt/docs">b</a> <a href="https://host.example/wt/docs">c</a> <img src="https://host.example/wt/v1/files/1/x%20y.png" alt="d"></p>` + "\n"
	if got != want {
		t.Errorf("got  %swant %s", got, want)
	}
}

func TestNewRefuses(t *testing.T) {
	for _, base := range []string{"", "/v1", "api.example", "ftp://api.example", "https:///x", "https://x.example?y", "https://x.example#y", "http://%zz"} {
		if _, err := richtext.New(base); err == nil {
			t.Errorf("%q was accepted as the service's address", base)
		}
	}
}

func TestReferences(t *testing.T) {
	r := newRenderer(t, "https://api.example")
	got := r.References("# [b](/v1/pages/b)\n[a](/v1/principles/a#x), https://api.example/v1/principles/c, [a again][r]\n" +
		"`[no](/v1/pages/code)` ![no](/v1/pages/image) [no](/v1/pages/q?x=y) [no](https://x.example/v1/pages/z)\n\n[r]: /v1/principles/a")
	want := []richtext.Ref{{Collection: "pages", Name: "b"}, {Collection: "principles", Name: "a"}, {Collection: "principles", Name: "c"}}
	if len(got) != len(want) {
		t.Fatalf("found %v, want %v", got, want)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("reference %d is %v, want %v", i, got[i], want[i])
		}
	}
	if none := r.References("nothing"); none == nil || len(none) != 0 {
		t.Errorf("a text without links has %v, want an empty list", none)
	}
}

func TestPlainText(t *testing.T) {
	for markdown, want := range map[string]string{
		"": "",
		"# A *title*\n\nOne\ntwo  \nthree&nbsp;&#38; \\*four\\*": "A title\nOne two three & *four*",
		"- a\n- b\n\n  c":     "a\nb\nc",
		"|a|b|\n|-|-|\n|1|2|": "a b\n1 2",
		"![alt](/x.png) [link](/v1/pages/x) <https://x.example>": "alt link https://x.example",
		"`a\\*b` wor**d**":   "a\\*b word",
		"    code\n    more": "code\nmore",
		"<div>kept <b>words</b></div><script>gone()</script>": "kept words",
		"a <b>c</b><br>d <!-- gone -->":                       "a c d",
	} {
		if got := richtext.PlainText(markdown); got != want {
			t.Errorf("%q became %q, want %q", markdown, got, want)
		}
	}
}
