package richtext_test

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/cpics/working-together-api/internal/richtext"
)

// hostile are texts by which script, style or a frame could get onto a page.
var hostile = []string{
	`<script>alert(1)</script>`,
	`a <script>alert(1)</script> b`,
	`<img src=x onerror=alert(1)>`,
	`a <img src=x onerror=alert(1)> b`,
	`<iframe src="https://x.example"></iframe>`,
	`<svg onload=alert(1)><p>`,
	`<style>p{}</style><p style="x" class="y">`,
	`<math><mi xlink:href="javascript:alert(1)">`,
	`<div>` + "\n\n" + `<b onclick=alert(1)>words</b>`,
	`[a](javascript:alert(1))`,
	`[a](JaVaScRiPt:alert(1))`,
	`[a](java&#115;cript:alert(1))`,
	`[a](javascript&amp;colon;alert(1))`,
	`[a](javascript&amp;#58;alert(1))`,
	"[a](java\tscript:alert(1))",
	`[a](<java` + "\x01" + `script:alert(1)>)`,
	`[a](/javascript:alert(1))`,
	`[a](vbscript:x) [b](data:text/html,<script>) [c](file:///etc/passwd)`,
	`![a](javascript:alert(1)) ![b](data:image/svg+xml;base64,AAAA) ![c](mailto:a@b.example)`,
	`<javascript:alert(1)> <data:text/html,x>`,
	`[a](https://x.example "\" onmouseover=\"alert(1)")`,
	`![a" onerror="alert(1)](https://x.example/y.png)`,
	"```\"><script>alert(1)</script>\nx\n```",
	"# a {onclick=alert(1)}",
	`[a]: javascript:alert(1)` + "\n\n[a] ![a]",
	"<a href=\"https://x.example\nx\" onclick=alert(1)>a</a>",
	`&lt;script&gt;alert(1)&lt;/script&gt;`,
	`<!--><script>alert(1)</script>-->`,
	`<![CDATA[<script>alert(1)</script>]]>`,
	`<?php x ?><script>alert(1)</script>`,
	`<<script>script>alert(1)<</script>/script>`,
}

func TestNothingRuns(t *testing.T) {
	for _, text := range hostile {
		checkSafe(t, text, render(t, text))
	}
}

// Tags go, the words that people wrote between them stay.
func TestHTMLIsNoMarkup(t *testing.T) {
	cases{
		"in a line":  {"a <b class=\"x\">c</b><br/>d <!-- e -->f", "<p>a c d f</p>"},
		"a block":    {"<div>\n<p>one &amp; <b>two</b></p>\n</div>\n\nthree", "<p>one &amp; two</p>\n<p>three</p>"},
		"a script":   {"<script>\nalert(1)\n\nalert(2)\n</script>\n\nthree", "<p>three</p>"},
		"closed":     {"<pre>\none\n\ntwo</pre>", "<p>one two</p>"},
		"no element": {"5 < 6 > 4 <- <3", "<p>5 &lt; 6 &gt; 4 &lt;- &lt;3</p>"},
		"in code":    {"`<b>`", "<p><code>&lt;b&gt;</code></p>"},
	}.run(t)
}

var allowed = map[string][]string{
	"p": nil, "br": nil, "hr": nil, "blockquote": nil, "ul": nil, "ol": {"start"}, "li": nil, "strong": nil, "em": nil,
	"del": nil, "code": nil, "pre": nil, "table": nil, "thead": nil, "tbody": nil, "tr": nil, "th": {"scope"}, "td": nil,
	"h2": {"id"}, "h3": {"id"}, "h4": {"id"}, "h5": {"id"}, "h6": {"id"},
	"a": {"href", "title", "rel"}, "img": {"src", "alt", "title"},
}

// checkSafe reads HTML as a browser does and reports whatever a page must not get from a text.
func checkSafe(t *testing.T, text, got string) {
	t.Helper()
	z := html.NewTokenizer(strings.NewReader(got))
	for z.Next() != html.ErrorToken {
		token := z.Token()
		if token.Type == html.TextToken {
			continue
		}
		attributes, ok := allowed[token.Data]
		if !ok || token.Type == html.CommentToken || token.Type == html.DoctypeToken {
			t.Errorf("%q let %s through", text, token)
		}
		for _, a := range token.Attr {
			if !slices.Contains(attributes, a.Key) || !safeValue(a) {
				t.Errorf("%q let %s through", text, token)
			}
		}
	}
}

var ownAnchor = regexp.MustCompile(`^#?wt-[a-z0-9-]+$`)

func safeValue(a html.Attribute) bool {
	switch a.Key {
	case "id":
		return ownAnchor.MatchString(a.Val)
	case "href", "src":
		u, err := url.Parse(a.Val)
		if err != nil {
			return false
		}
		absolute := (u.Scheme == "https" || u.Scheme == "http") && u.Host != ""
		return absolute || a.Key == "href" && (u.Scheme == "mailto" || u.Scheme == "tel" || ownAnchor.MatchString(a.Val))
	}
	return true
}

// TestHostileLengthIsBounded bounds what comes out; what it costs is measured by BenchmarkHostile.
func TestHostileLengthIsBounded(t *testing.T) {
	t.Parallel()
	const length = 10_000
	r := newRenderer(t, "https://api.example")
	for name, text := range long(length) {
		if got := r.Render(text, resolve); len(got) > 100*length {
			t.Errorf("%s: %d characters became %d", name, len(text), len(got))
		}
	}
}

// BenchmarkHostile renders the longest texts that the service takes, made to be slow.
func BenchmarkHostile(b *testing.B) {
	r := newRenderer(b, "https://api.example")
	for name, text := range long(100_000) {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				r.Render(text, resolve)
				richtext.PlainText(text)
				r.References(text)
			}
		})
	}
}

func long(length int) map[string]string {
	texts := map[string]string{
		"table of short rows":  strings.Repeat("|a", length/6) + "\n" + strings.Repeat("|-", length/6) + "\n" + strings.Repeat("a\n", length/6),
		"tables of short rows": strings.Repeat(strings.Repeat("|a", 50)+"\n"+strings.Repeat("|-", 50)+"\n"+strings.Repeat("a\n", 100)+"\n", length/400),
		"one long address":     "[a]: https://x.example/" + strings.Repeat("b", length/2) + "\n\n" + strings.Repeat("[a]", length/6),
		"one long title":       "[a]: /b '" + strings.Repeat("c", length/2) + "'\n\n" + strings.Repeat("![a]", length/8),
		"nested emphasis":      strings.Repeat("*a", length/4) + strings.Repeat("a*", length/4),
		"nested brackets":      strings.Repeat("[", length/2) + strings.Repeat("]", length/2),
		"nested images":        strings.Repeat("![", length/6) + "a" + strings.Repeat("](b)", length/6),
		"deep lists":           strings.Repeat("- ", length/2),
		"nested quotes":        strings.Repeat(strings.Repeat("> ", 150)+"a\n", length/302),
	}
	for _, piece := range []string{"[", "*", ">", "_", "`", "<", "]", "![", "[a](", "1. ", "*a _b ", "a**b_", "~a ~~b ", "# a\n",
		"<div>\n\n", "<b>", "<!--", " a@b.c", "|", "|`\\|`|\n", "&#1", "\\", "\x00", "www.a ", "(http://a.b"} {
		texts[fmt.Sprintf("repeated %q", piece)] = strings.Repeat(piece, length/len(piece))
	}
	return texts
}

func FuzzRender(f *testing.F) {
	for _, text := range hostile {
		f.Add(text)
	}
	for _, text := range long(300) {
		f.Add(text)
	}
	r := newRenderer(f, "https://api.example")
	f.Fuzz(func(t *testing.T, text string) {
		checkSafe(t, text, r.Render(text, resolve))
		richtext.PlainText(text)
		r.References(text)
	})
}

func BenchmarkRender(b *testing.B) {
	r := newRenderer(b, "https://api.example")
	text := strings.Repeat("## A heading\n\nA [link](/v1/principles/centre), **strong** words and a list:\n\n- one\n- two\n\n", 10)
	for b.Loop() {
		r.Render(text, resolve)
	}
}
