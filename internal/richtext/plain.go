package richtext

import (
	"strings"

	"github.com/yuin/goldmark/ast"
	east "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/util"
)

// PlainText gives the words of a text without its markup, for search and summaries: one line for each paragraph,
// heading, table row and line of code, with single spaces inside. Links give their words, images their alternative.
func PlainText(text string) string {
	source := []byte(text)
	return plain(parse(source), source)
}

// plain is the text below one node.
func plain(tree ast.Node, source []byte) string {
	var b strings.Builder
	// Walk fails only when the function does.
	_ = ast.Walk(tree, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if entering {
			b.WriteString(own(n, source))
		}
		b.WriteString(gap(n, entering))
		return ast.WalkContinue, nil
	})
	var lines []string
	for line := range strings.SplitSeq(b.String(), "\n") {
		if line = strings.Join(strings.Fields(line), " "); line != "" {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\n")
}

// own is what n says itself, without its children.
func own(n ast.Node, source []byte) string {
	switch n := n.(type) {
	case *ast.String:
		return string(n.Value)
	case *ast.CodeBlock:
		return string(n.Lines().Value(source))
	case *ast.FencedCodeBlock:
		return string(n.Lines().Value(source))
	case *ast.Text:
		if n.IsRaw() {
			return strings.ReplaceAll(string(n.Value(source)), "\n", " ")
		}
		value := util.UnescapePunctuations(n.Value(source))
		return string(util.ResolveEntityNames(util.ResolveNumericReferences(value)))
	}
	return ""
}

// gap is what parts n from what follows: a line break after a block, a space between cells and between the lines of
// a paragraph.
func gap(n ast.Node, entering bool) string {
	if t, ok := n.(*ast.Text); ok && entering && (t.SoftLineBreak() || t.HardLineBreak()) {
		return " "
	}
	if entering || n.Type() == ast.TypeInline {
		return ""
	}
	if n.Kind() == east.KindTableCell {
		return " "
	}
	return "\n"
}
