// Package richtext turns the Markdown that editors write into HTML that any site can show, and into plain text.
//
// The Markdown is CommonMark with the tables, strikethrough and bare addresses of GitHub's dialect. HTML inside it is
// no markup here: tags are dropped and the words between them stay. What comes out is safe twice over: the tree is
// rewritten until it holds only what is wanted, and the HTML made of it passes an allow-list (policy.go).
//
// Work and output grow with the length of the text, not with its cunning: see parse.go and links.go for the bounds.
package richtext

import (
	"bytes"
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// Text is rich text as it leaves the service.
type Text struct {
	Markdown string `json:"markdown" validate:"required" example:"People take part in **every** decision about them."`                 // as the editor wrote it
	HTML     string `json:"html" validate:"required" example:"<p>People take part in <strong>every</strong> decision about them.</p>"` // safe to show: headings from h2, absolute addresses, no script, style or class
}

// Ref is a mention of another item: what /v1/{Collection}/{Name} names.
type Ref struct {
	Collection string // such as "principles"
	Name       string // the item's id or slug, as written
}

// Resolver says where people read the item that ref names: an absolute http(s) address. With false the words of a
// link stay and the link goes.
type Resolver func(ref Ref) (href string, ok bool)

// Renderer renders for one service. Many goroutines may share it.
type Renderer struct {
	base        *url.URL // the service's own address; its path ends in a slash
	collections map[string]bool
}

// New is a Renderer for the service at baseURL, an absolute http or https address. Addresses in a text that are not
// absolute belong to it, and those of the form /v1/{collection}/{ref} name items when the collection is listed.
func New(baseURL string, collections ...string) (*Renderer, error) {
	base, err := url.Parse(strings.TrimRight(baseURL, "/") + "/")
	if err != nil || !web(base) || base.RawQuery != "" || base.Fragment != "" {
		return nil, fmt.Errorf("%q is not an absolute http or https address", baseURL)
	}
	r := &Renderer{base: base, collections: map[string]bool{}}
	for _, c := range collections {
		r.collections[c] = true
	}
	return r, nil
}

// Render gives the HTML of a text. It is the same for the same text and answers of resolve, which is asked once for
// each link to an item. An empty text gives an empty string.
func (r *Renderer) Render(text string, resolve Resolver) string {
	source := []byte(text)
	tree := parse(source)
	l := links{Renderer: r, resolve: resolve, ids: setHeadings(tree, source), budget: newBudget(source)}
	l.set(tree)
	setHeaderCells(tree)
	var html bytes.Buffer
	// Neither step fails: the only writer is memory.
	_ = markdown.Renderer().Render(&html, source, tree)
	return policy.SanitizeReader(&html).String()
}

// References lists the items that the links of a text name, each once, in the order of the text.
func (r *Renderer) References(text string) []Ref {
	if !strings.Contains(text, "[") { // which every kind of link begins with
		return []Ref{}
	}
	source := []byte(text)
	refs, seen := []Ref{}, map[Ref]bool{}
	r.each(linksOf(parse(source)), newBudget(source), func(address *url.URL) {
		if ref, ok := r.item(address); ok && !seen[ref] {
			seen[ref] = true
			refs = append(refs, ref)
		}
	})
	return refs
}

// Files lists the files of the service that the images and links of a text name, by what stands for the id in their
// addresses, each once, in the order of the text, images first.
func (r *Renderer) Files(text string) []string {
	source := []byte(text)
	tree := parse(source)
	var names []string
	r.each(append(imagesOf(tree), linksOf(tree)...), newBudget(source), func(address *url.URL) {
		if name, ok := r.file(address); ok && !slices.Contains(names, name) {
			names = append(names, name)
		}
	})
	return names
}
