package richtext

import (
	"bytes"
	"html"
	"strings"

	"github.com/microcosm-cc/bluemonday"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// The bounds that keep a short hostile text from becoming much work. No text that people write comes near them.
const (
	// maxDepth is how many blocks stand inside one another; what would nest deeper stays text.
	maxDepth = 100
	// maxCells is for all tables of a text; a table that goes beyond it stays text. Rows that are too short are
	// filled up, so that cells can be as many as the square of the characters written.
	maxCells = 20_000
	// maxFailures is how often "]" may turn out to end no link; links after that stay text. Each failure reads what
	// stands between the brackets.
	maxFailures = 1_000
	// maxAddressFailures is the same for "](", which reads the rest of its line.
	maxAddressFailures = 100
)

// markdown parses and renders; it is set up once and shared.
var markdown = goldmark.New(
	goldmark.WithParser(parser.NewParser(
		parser.WithBlockParsers(blockParsers()...),
		parser.WithInlineParsers(inlineParsers()...),
		parser.WithParagraphTransformers(parser.DefaultParagraphTransformers()...),
	)),
	goldmark.WithExtensions(
		boundedTables{},
		extension.Strikethrough,
		extension.NewLinkify(extension.WithLinkifyAllowedProtocols([]string{"http:", "https:"})),
	),
)

// blockParsers are those of CommonMark in its order, but those that nest stop at maxDepth.
func blockParsers() []util.PrioritizedValue {
	return []util.PrioritizedValue{
		util.Prioritized(parser.NewSetextHeadingParser(), 100),
		util.Prioritized(parser.NewThematicBreakParser(), 200),
		util.Prioritized(shallow{parser.NewListParser()}, 300),
		util.Prioritized(parser.NewListItemParser(), 400), // opens only in a list, which is shallow
		util.Prioritized(parser.NewCodeBlockParser(), 500),
		util.Prioritized(parser.NewATXHeadingParser(), 600),
		util.Prioritized(parser.NewFencedCodeBlockParser(), 700),
		util.Prioritized(shallow{parser.NewBlockquoteParser()}, 800),
		util.Prioritized(parser.NewHTMLBlockParser(), 900),
		util.Prioritized(parser.NewParagraphParser(), 1000),
	}
}

// shallow opens a block only above maxDepth.
type shallow struct{ parser.BlockParser }

func (s shallow) Open(parent ast.Node, reader text.Reader, pc parser.Context) (ast.Node, parser.State) {
	if len(pc.OpenedBlocks()) >= maxDepth {
		return nil, parser.NoChildren
	}
	return s.BlockParser.Open(parent, reader, pc)
}

// inlineParsers are those of CommonMark in its order, but links stop after maxFailures.
func inlineParsers() []util.PrioritizedValue {
	return []util.PrioritizedValue{
		util.Prioritized(parser.NewCodeSpanParser(), 100),
		util.Prioritized(boundedLinks{parser.NewLinkParser()}, 200),
		util.Prioritized(parser.NewAutoLinkParser(), 300),
		util.Prioritized(parser.NewRawHTMLParser(), 400),
		util.Prioritized(parser.NewEmphasisParser(), 500),
	}
}

// boundedLinks reads links until too many were none.
type boundedLinks struct{ parser.InlineParser }

// failuresKey is where the failures of a text are counted, by whether an address seemed to follow.
var failuresKey = map[bool]parser.ContextKey{false: parser.NewContextKey(), true: parser.NewContextKey()}

func (b boundedLinks) Parse(parent ast.Node, block text.Reader, pc parser.Context) ast.Node {
	line, _ := block.PeekLine()
	if !bytes.HasPrefix(line, []byte("]")) {
		return b.InlineParser.Parse(parent, block, pc)
	}
	addressed, most := bytes.HasPrefix(line, []byte("](")), maxFailures
	if addressed {
		most = maxAddressFailures
	}
	failures := pc.ComputeIfAbsent(failuresKey[addressed], func() any { return 0 }).(int)
	if failures >= most {
		return nil
	}
	link := b.InlineParser.Parse(parent, block, pc)
	if link == nil {
		pc.Set(failuresKey[addressed], failures+1)
	}
	return link
}

// CloseBlock tells the parser that its block ends, which the interface it is known by leaves out.
func (b boundedLinks) CloseBlock(parent ast.Node, block text.Reader, pc parser.Context) {
	b.InlineParser.(parser.CloseBlocker).CloseBlock(parent, block, pc)
}

// boundedTables are GitHub's tables, at most maxCells.
type boundedTables struct{}

func (boundedTables) Extend(m goldmark.Markdown) {
	m.Parser().AddOptions(
		parser.WithParagraphTransformers(util.Prioritized(bounded{extension.NewTableParagraphTransformer()}, 200)),
		parser.WithASTTransformers(util.Prioritized(extension.NewTableASTTransformer(), 0)),
	)
	// Alignment would need a style, and the look of a table is for the page it stands on.
	plain := extension.NewTableHTMLRenderer(extension.WithTableCellAlignMethod(extension.TableCellAlignNone))
	m.Renderer().AddOptions(renderer.WithNodeRenderers(util.Prioritized(plain, 500)))
}

// bounded makes a paragraph a table only while the text's cells last.
type bounded struct{ parser.ParagraphTransformer }

var cellsKey = parser.NewContextKey()

func (b bounded) Transform(node *ast.Paragraph, reader text.Reader, pc parser.Context) {
	cells := pc.ComputeIfAbsent(cellsKey, func() any { return 0 }).(int) + cellsAtMost(node.Lines(), reader.Source())
	if cells > maxCells {
		return
	}
	pc.Set(cellsKey, cells)
	b.ParagraphTransformer.Transform(node, reader, pc)
}

// cellsAtMost is how many cells a paragraph could have as a table; 0 when no row of it can be a table's second.
func cellsAtMost(lines *text.Segments, source []byte) int {
	columns := 0
	for _, line := range lines.Sliced(0, lines.Len()) {
		value := line.Value(source)
		if len(bytes.Trim(value, " \t\r\n|:-")) == 0 {
			columns = max(columns, bytes.Count(value, []byte("|"))+1)
		}
	}
	return columns * lines.Len()
}

// parse reads Markdown into a tree in which every address is an ast.Link or ast.Image, and which holds no HTML.
func parse(source []byte) ast.Node {
	tree := markdown.Parser().Parse(text.NewReader(source))
	for _, n := range find[*ast.AutoLink](tree) {
		n.Parent().ReplaceChild(n.Parent(), n, linkOf(n, source))
	}
	for _, n := range find[*ast.RawHTML](tree) {
		dropTag(n, source)
	}
	for _, n := range find[*ast.HTMLBlock](tree) {
		dropBlock(n, source)
	}
	return tree
}

// find lists the nodes of one type in the order of the text, so that callers may change the tree.
func find[T ast.Node](tree ast.Node) (found []T) {
	// Walk fails only when the function does.
	_ = ast.Walk(tree, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if t, ok := n.(T); ok && entering {
			found = append(found, t)
		}
		return ast.WalkContinue, nil
	})
	return found
}

// linkOf is an address that stands in the text by itself, as a link with that address for its words.
func linkOf(n *ast.AutoLink, source []byte) *ast.Link {
	link := ast.NewLink()
	address := string(util.URLEscape(n.URL(source), false))
	if n.AutoLinkType == ast.AutoLinkEmail && !strings.HasPrefix(strings.ToLower(address), "mailto:") {
		address = "mailto:" + address
	}
	link.Destination = literal(address)
	link.AppendChild(link, words(string(n.Label(source))))
	return link
}

// words is text that is shown as it is.
func words(s string) *ast.String {
	n := ast.NewString([]byte(s))
	n.SetRaw(true)
	return n
}

// dropTag removes one HTML tag or comment from a line. The tag that people use to break lines becomes a space.
func dropTag(n *ast.RawHTML, source []byte) {
	if tag := bytes.ToLower(n.Segments.Value(source)); bytes.HasPrefix(tag, []byte("<br")) {
		n.Parent().InsertBefore(n.Parent(), n, words(" "))
	}
	n.Parent().RemoveChild(n.Parent(), n)
}

// untagged strips every tag, and scripts and styles with all that they hold.
var untagged = bluemonday.StrictPolicy().AddSpaceWhenStrippingTag(true)

// dropBlock puts a paragraph with the words of an HTML block in its place, or nothing when it has none.
func dropBlock(n *ast.HTMLBlock, source []byte) {
	markup := n.Lines().Value(source)
	if n.HasClosure() {
		markup = append(markup, n.ClosureLine.Value(source)...)
	}
	// The policy escapes what it keeps, and rendering will do so again.
	kept := html.UnescapeString(untagged.Sanitize(string(markup)))
	if kept = strings.Join(strings.Fields(kept), " "); kept != "" {
		paragraph := ast.NewParagraph()
		paragraph.AppendChild(paragraph, words(kept))
		n.Parent().InsertBefore(n.Parent(), n, paragraph)
	}
	n.Parent().RemoveChild(n.Parent(), n)
}
