package represent

import (
	_ "embed" // for the template
	"fmt"
	"html/template"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
	"golang.org/x/text/language"

	"github.com/cpics/working-together-api/internal/content"
	"github.com/cpics/working-together-api/internal/file/preset"
	"github.com/cpics/working-together-api/internal/richtext"
)

// fragmentPolicy lets a browser that opens the HTML by itself, or in a frame of any site, show it with its images:
// it runs nothing and sends nothing, whatever may be wrong with it.
const fragmentPolicy = "default-src 'none'; img-src *; base-uri 'none'; form-action 'none'; frame-ancestors *; " +
	"sandbox allow-popups allow-popups-to-escape-sandbox allow-top-navigation-by-user-activation"

//go:embed fragment.html
var fragmentText string

var fragmentTemplate = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("fragment").Funcs(template.FuncMap{"date": date}).Parse(fragmentText))
})

// Fragment is an item as a piece of HTML, to be put into any page: one article with its attribution, licence and
// dates, without script, style or form. Its title is a second-level heading, since the page around it has the first,
// and everything else is below that.
func Fragment(site *content.Site, i Item) (template.HTML, error) {
	return write(&fragment{Item: i, site: site, Titled: true})
}

// Body is Fragment without the title, for readers that show it by themselves.
func Body(site *content.Site, i Item) (template.HTML, error) {
	return write(&fragment{Item: i, site: site})
}

func write(f *fragment) (template.HTML, error) {
	var b strings.Builder
	err := fragmentTemplate().Execute(&b, f)
	if err != nil {
		err = fmt.Errorf("%s %s as HTML: %w", f.Type, f.ID, err)
	}
	return template.HTML(unbroken(b.String())), err
}

// unbroken leaves line breaks only between blocks and in preformatted text. WordPress takes all others out of what it
// embeds, without a space in their place.
func unbroken(text string) string {
	var b strings.Builder
	var last atom.Atom // the tag before
	preformatted := 0
	for z := html.NewTokenizer(strings.NewReader(text)); z.Next() != html.ErrorToken; {
		raw := string(z.Raw())
		switch token := z.Token(); {
		case token.Type != html.TextToken:
			last = token.DataAtom
			if last == atom.Pre {
				preformatted += map[html.TokenType]int{html.StartTagToken: 1, html.EndTagToken: -1}[token.Type]
			}
			raw = strings.ReplaceAll(raw, "\n", " ")
		case preformatted == 0 && (strings.TrimSpace(raw) != "" || slices.Contains(inline, last)):
			raw = strings.ReplaceAll(raw, "\n", " ")
		}
		b.WriteString(raw)
	}
	return b.String()
}

// inline are the elements of text beside which a line break is a space.
var inline = []atom.Atom{atom.A, atom.Strong, atom.Em, atom.Del, atom.Code, atom.Img, atom.Span, atom.Time}

// htmlHeader is what goes with the HTML beside its body: how safe it is, and where else the item is to be had.
func htmlHeader(site *content.Site, i Item) map[string]string {
	links := i.Core.Links
	return map[string]string{
		"Content-Security-Policy": fragmentPolicy,
		"Content-Language":        i.Language,
		"Link": fmt.Sprintf(`<%s>; rel="canonical", <%s>; rel="alternate"; type="application/json", <%s>; rel="alternate"; type="application/ld+json", `+
			`<%s/v1/oembed?url=%s>; rel="alternate"; type="application/json+oembed", <%s>; rel="license"`,
			links.Web, links.Self, links.JSONLD, site.BaseURL, url.QueryEscape(links.Self), site.Licence.URL),
	}
}

// fragment is what the template is filled with.
type fragment struct {
	Item
	Titled  bool
	site    *content.Site
	outline richtext.Outline
}

// Licence is that of all content; organisations and topics do not carry it themselves.
func (f *fragment) Licence() content.Licence { return f.site.Licence }

// Attribution is that of all content.
func (f *fragment) Attribution() content.Attribution { return f.site.Attribution }

// Nested is the HTML of a text below a heading. It was made safe when it was rendered (package richtext).
func (f *fragment) Nested(t *richtext.Text, top int) template.HTML {
	return template.HTML(f.outline.Nest(t.HTML, top))
}

// Picture is the rendition of the item's image to show; nil when there is none.
func (f *fragment) Picture() *preset.Rendition {
	if f.Image == nil {
		return nil
	}
	if r, ok := shown(f.Image); ok {
		return &r
	}
	return nil
}

// Downloads are the item's files.
func (f *fragment) Downloads() []download {
	downloads := make([]download, len(f.Files))
	for i, file := range f.Files {
		downloads[i] = download{file}
	}
	return downloads
}

// Web is where people read what a link leads to.
func (f *fragment) Web(l content.Link) string { return f.site.Web(l.Type, l.Slug) }

// Instead is where people read the alternative of something withdrawn, which may be an item of this service.
func (f *fragment) Instead() string {
	alternative := f.Withdrawal.Alternative
	if strings.HasPrefix(alternative, "/") {
		alternative = f.site.BaseURL + alternative
	}
	if strings.HasPrefix(alternative, f.site.BaseURL+"/v1/") && !strings.ContainsAny(alternative, "?#") {
		alternative += "?format=html"
	}
	return alternative
}

// Host is the site that the item leads to.
func (f *fragment) Host() string {
	u, err := url.Parse(f.URL)
	if err != nil {
		return f.URL
	}
	return u.Host
}

// Direction is that in which the item's language is written.
func (f *fragment) Direction() string {
	script, _ := language.Make(f.Language).Script()
	switch script.String() {
	case "Arab", "Hebr", "Syrc", "Thaa", "Nkoo", "Adlm", "Rohg":
		return "rtl"
	}
	return "ltr"
}

// Ours marks the service's own words, which are English, in items that are not.
func (f *fragment) Ours() template.HTMLAttr {
	if base, _ := language.Make(f.Language).Base(); base.String() == "en" {
		return ""
	}
	return ` lang="en-GB" dir="ltr"`
}

// date shows the day of a time, or of a date as items carry it, for people and for programs.
func date(v any) (template.HTML, error) {
	at, isTime := v.(time.Time)
	machine := at.UTC().Format(time.RFC3339)
	if !isTime {
		machine = fmt.Sprint(v)
		var err error
		if at, err = time.Parse(time.DateOnly, machine); err != nil {
			return "", err
		}
	}
	return template.HTML(fmt.Sprintf(`<time datetime="%s">%s</time>`, machine, at.UTC().Format("2 January 2006"))), nil
}
