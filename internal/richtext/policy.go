package richtext

import (
	"regexp"

	"github.com/microcosm-cc/bluemonday"
)

// policy is the allow-list that all HTML passes on its way out: what Markdown needs and nothing else. The tree is
// clean before; this is the second lock.
var policy = newPolicy()

func newPolicy() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements("p", "br", "hr", "blockquote", "ul", "ol", "li", "strong", "em", "del", "code", "pre",
		"h2", "h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td")
	p.AllowURLSchemes("http", "https", "mailto", "tel")
	p.AllowRelativeURLs(true) // for #wt-…; the patterns below allow no other
	p.RequireParseableURLs(true)
	p.AllowAttrs("id").Matching(regexp.MustCompile(`^`+idPrefix+`[a-z0-9-]+$`)).OnElements("h2", "h3", "h4", "h5", "h6")
	p.AllowAttrs("href").Matching(regexp.MustCompile(`^(?:https?://|mailto:|tel:|#` + idPrefix + `)`)).OnElements("a")
	p.AllowAttrs("rel").Matching(regexp.MustCompile(`^noopener noreferrer$`)).OnElements("a")
	p.AllowAttrs("src").Matching(regexp.MustCompile(`^https?://`)).OnElements("img")
	p.AllowAttrs("alt").OnElements("img")
	p.AllowAttrs("title").OnElements("a", "img")
	p.AllowAttrs("start").Matching(bluemonday.Integer).OnElements("ol")
	p.AllowAttrs("scope").Matching(regexp.MustCompile(`^col$`)).OnElements("th")
	return p
}
