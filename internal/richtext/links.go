package richtext

import (
	"bytes"
	"net/url"
	"strings"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/util"
)

// minAddresses is how many characters the addresses and titles of links may have together in any text; longer texts
// may have their own length. Without it, thousands of short references to one long address would make gigabytes.
const minAddresses = 100_000

// budget is how many characters the addresses and titles of a text may still have.
type budget int

func newBudget(source []byte) budget { return budget(max(len(source), minAddresses)) }

// afford reports whether a link may be looked at. It comes before all else, because reading an address costs its length.
func (b *budget) afford(destination, title []byte) bool {
	*b -= budget(len(destination) + len(title))
	return *b >= 0
}

// links rewrites the addresses of one text.
type links struct {
	*Renderer
	resolve Resolver
	ids     map[string]bool // of the text's headings
	budget
}

// named is an address in a text with its title.
type named struct{ destination, title []byte }

func linksOf(tree ast.Node) (all []named) {
	for _, link := range find[*ast.Link](tree) {
		all = append(all, named{link.Destination, link.Title})
	}
	return all
}

func imagesOf(tree ast.Node) (all []named) {
	for _, image := range find[*ast.Image](tree) {
		all = append(all, named{image.Destination, image.Title})
	}
	return all
}

// each calls with the absolute addresses of those that there is room to look at.
func (r *Renderer) each(all []named, b budget, with func(*url.URL)) {
	for _, n := range all {
		if !b.afford(n.destination, n.title) {
			return
		}
		if address, ok := r.address(n.destination); ok {
			with(address)
		}
	}
}

// set gives every link and image its final address and leaves the words of those that must not have one.
func (l *links) set(tree ast.Node) {
	for _, n := range find[*ast.Link](tree) {
		href, external := l.href(n.Destination, n.Title)
		if href == "" {
			unwrap(n)
			continue
		}
		n.Destination = literal(href)
		if external {
			n.SetAttributeString("rel", []byte("noopener noreferrer"))
		}
	}
	for _, n := range find[*ast.Image](tree) {
		if src := l.src(n.Destination, n.Title); src != "" {
			n.Destination = literal(src)
		} else {
			unwrap(n)
		}
	}
}

// src is where an image is fetched from, "" when it has no address on the web.
func (l *links) src(destination, title []byte) string {
	if !l.afford(destination, title) {
		return ""
	}
	address, ok := l.address(destination)
	if !ok || !web(address) {
		return ""
	}
	return address.String()
}

// href is where a link leads, "" for nowhere, and whether that is another site.
func (l *links) href(destination, title []byte) (href string, external bool) {
	if !l.afford(destination, title) {
		return "", false
	}
	if name, ok := bytes.CutPrefix(destination, []byte("#")); ok {
		return l.within(string(name)), false
	}
	address, ok := l.address(destination)
	if !ok {
		return "", false
	}
	ref, ok := l.item(address)
	if !ok {
		return address.String(), web(address) && !strings.EqualFold(address.Host, l.base.Host)
	}
	href, ok = l.resolve(ref)
	if !ok {
		return "", false
	}
	if address.Fragment != "" && !strings.Contains(href, "#") {
		href += "#" + address.EscapedFragment()
	}
	return href, false
}

// within is the address of a heading of the same text, which is named with or without the prefix of ids.
func (l *links) within(name string) string {
	if l.ids[idPrefix+name] {
		return "#" + idPrefix + name
	}
	if l.ids[name] {
		return "#" + name
	}
	return ""
}

// address is the absolute address that a destination in the text stands for; false for what is none, and for schemes
// other than http, https, mailto and tel. A path from the root starts at the service's root, also when that is
// itself below a path of its host.
func (r *Renderer) address(destination []byte) (*url.URL, bool) {
	u, err := url.Parse(string(util.URLEscape(destination, true)))
	if err != nil || len(destination) == 0 {
		return nil, false
	}
	if u.Scheme == "" {
		if u.Host == "" && strings.HasPrefix(u.Path, "/") {
			u = belowBase(u)
		}
		u = r.base.ResolveReference(u)
	}
	return u, web(u) || (u.Scheme == "mailto" || u.Scheme == "tel") && u.Opaque != ""
}

// belowBase makes a path from the root one from where the base address ends.
func belowBase(u *url.URL) *url.URL {
	relative := *u
	relative.Path = "." + u.Path
	if u.RawPath != "" {
		relative.RawPath = "." + u.RawPath
	}
	return &relative
}

// web reports whether u is an absolute address of a web page.
func web(u *url.URL) bool {
	return (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
}

// item is the item that an absolute address names. An address with a query names more than the item and is left alone.
func (r *Renderer) item(u *url.URL) (Ref, bool) {
	path, ok := strings.CutPrefix(u.Path, r.base.Path+"v1/")
	if !ok || !strings.EqualFold(u.Host, r.base.Host) || u.RawQuery != "" {
		return Ref{}, false
	}
	collection, name, _ := strings.Cut(path, "/")
	if !r.collections[collection] || name == "" || strings.Contains(name, "/") {
		return Ref{}, false
	}
	return Ref{Collection: collection, Name: name}, true
}

// file is what stands for the id in the address of a file's bytes.
func (r *Renderer) file(u *url.URL) (string, bool) {
	path, ok := strings.CutPrefix(u.Path, r.base.Path+"v1/files/")
	if !ok || !strings.EqualFold(u.Host, r.base.Host) {
		return "", false
	}
	id, name, ok := strings.Cut(path, "/")
	return id, ok && id != "" && name != ""
}

// literal writes an address so that the renderer, which expects Markdown and resolves entities, leaves it as it is.
func literal(address string) []byte {
	return []byte(strings.ReplaceAll(address, "&", "&amp;"))
}

// unwrap puts the children of n in its place.
func unwrap(n ast.Node) {
	parent := n.Parent()
	for child := n.FirstChild(); child != nil; child = n.FirstChild() {
		n.RemoveChild(n, child)
		parent.InsertBefore(parent, n, child)
	}
	parent.RemoveChild(parent, n)
}
