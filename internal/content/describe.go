package content

import "github.com/cpics/working-together-api/internal/richtext"

// Description is what an item's own fields say, in words that need no knowledge of its type: for other systems, which
// read it as HTML or as linked data.
type Description struct {
	Sections   []Section      // its rich text, in order
	Related    []Related      // what it links to, in order
	Image      *File          // what stands for it; nil when nothing does
	Files      []File         // what it is, or brings, in files
	URL        string         // where it leads; "" for what is here itself
	Properties map[string]any // what else schema.org has words for; empty values are left out
}

// Section is rich text under a heading.
type Section struct {
	Heading string         // "" for text that needs none
	Text    *richtext.Text // nil when there is none
}

// Related are the shown links of one member.
type Related struct {
	Heading  string
	Property string // of schema.org: about or mentions
	Links    []Link
}
