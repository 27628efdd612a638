package richtext

import (
	"github.com/yuin/goldmark/ast"
	east "github.com/yuin/goldmark/extension/ast"

	"github.com/cpics/working-together-api/internal/slug"
)

const (
	// topLevel is what the highest heading of a text becomes: h1 is the title of the page that shows it.
	topLevel = 2
	lowest   = 6
	// idPrefix keeps the ids of headings apart from those of the page that shows them.
	idPrefix = "wt-"
)

// setHeadings shifts all headings by the same number of levels, so that the highest is topLevel and none is below
// h6, and gives each an id made of its words. It returns the ids.
func setHeadings(tree ast.Node, source []byte) map[string]bool {
	headings := find[*ast.Heading](tree)
	highest := lowest
	for _, h := range headings {
		highest = min(highest, h.Level)
	}
	ids := headingIDs{taken: map[string]bool{}, last: map[string]int{}}
	for _, h := range headings {
		h.Level = min(h.Level-highest+topLevel, lowest)
		h.SetAttributeString("id", []byte(ids.next(slug.Make(plain(h, source)))))
	}
	return ids.taken
}

// headingIDs hands out each id once. It remembers the last number of every name, because counting from 2 again for
// each of thousands of equal headings would take the square of their number.
type headingIDs struct {
	taken map[string]bool
	last  map[string]int
}

func (h headingIDs) next(name string) string {
	id := idPrefix + name
	for h.taken[id] {
		h.last[name] = max(h.last[name], 1) + 1
		id = idPrefix + slug.Next(name, h.last[name])
	}
	h.taken[id] = true
	return id
}

// setHeaderCells marks the cells of each table's first row as the headers of their columns, for screen readers.
func setHeaderCells(tree ast.Node) {
	for _, header := range find[*east.TableHeader](tree) {
		for cell := header.FirstChild(); cell != nil; cell = cell.NextSibling() {
			cell.SetAttributeString("scope", []byte("col"))
		}
	}
}
