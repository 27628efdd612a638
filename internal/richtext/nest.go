package richtext

import (
	"fmt"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// Outline collects HTML that Render gave into one document, so that the whole has one outline and no id twice. The
// zero value is an empty document.
type Outline struct{ ids map[string]bool }

// Nest gives HTML that Render gave as a part below other headings: its own begin at the level top and go down one by
// one, whatever levels the text skips, none below h6. An id that an earlier part has is changed, and so are the links
// to it.
func (o *Outline) Nest(text string, top int) string {
	n := nesting{top: top, renamed: o.rename(text)}
	var b strings.Builder
	for z := html.NewTokenizer(strings.NewReader(text)); z.Next() != html.ErrorToken; {
		raw := string(z.Raw())
		token := z.Token()
		if n.change(&token) {
			raw = token.String()
		}
		b.WriteString(raw)
	}
	return b.String()
}

// rename takes the ids of a text, and gives those another name that are taken.
func (o *Outline) rename(text string) map[string]string {
	if o.ids == nil {
		o.ids = map[string]bool{}
	}
	renamed := map[string]string{}
	for z := html.NewTokenizer(strings.NewReader(text)); z.Next() != html.ErrorToken; {
		for _, a := range z.Token().Attr {
			if a.Key != "id" {
				continue
			}
			id := a.Val
			for n := 2; o.ids[id]; n++ {
				id = fmt.Sprint(a.Val, "-", n)
			}
			o.ids[id], renamed[a.Val] = true, id
		}
	}
	return renamed
}

// nesting is the state of one Nest.
type nesting struct {
	top     int
	levels  []atom.Atom // of the headings around the place, as the text has them
	renamed map[string]string
}

// change makes a token one of the nested text, and tells whether it is another now.
func (n *nesting) change(t *html.Token) bool {
	switch {
	case isHeading(t.DataAtom):
		if t.Type == html.StartTagToken {
			n.enter(t.DataAtom)
		}
		t.Data = fmt.Sprint("h", min(n.top+len(n.levels)-1, lowest))
	case t.DataAtom != atom.A:
		return false
	}
	for i, a := range t.Attr {
		switch fragment, within := strings.CutPrefix(a.Val, "#"); {
		case a.Key == "id":
			t.Attr[i].Val = n.renamed[a.Val]
		case a.Key == "href" && within && n.renamed[fragment] != "":
			t.Attr[i].Val = "#" + n.renamed[fragment]
		}
	}
	return true
}

// enter goes to a heading: those of its level and below end there.
func (n *nesting) enter(level atom.Atom) {
	for len(n.levels) > 0 && n.levels[len(n.levels)-1].String() >= level.String() {
		n.levels = n.levels[:len(n.levels)-1]
	}
	n.levels = append(n.levels, level)
}

func isHeading(a atom.Atom) bool {
	switch a {
	case atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
		return true
	}
	return false
}
