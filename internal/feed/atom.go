package feed

import (
	"encoding/xml"
	"time"

	"github.com/cpics/working-together-api/internal/represent"
)

const atomNamespace = "http://www.w3.org/2005/Atom"

// atom is a feed in the form of RFC 4287.
type atom struct {
	XMLName  xml.Name    `xml:"http://www.w3.org/2005/Atom feed"`
	Language string      `xml:"xml:lang,attr"`
	ID       string      `xml:"id"`
	Title    string      `xml:"title"`
	Subtitle string      `xml:"subtitle"`
	Updated  string      `xml:"updated"`
	Author   atomAuthor  `xml:"author"`
	Rights   string      `xml:"rights"`
	Links    []xmlLink   `xml:"link"`
	Entries  []atomEntry `xml:"entry"`
}

type atomAuthor struct {
	Name string `xml:"name"`
	URI  string `xml:"uri"`
}

type atomEntry struct {
	Language   string         `xml:"xml:lang,attr"`
	ID         string         `xml:"id"`
	Title      string         `xml:"title"`
	Published  string         `xml:"published"`
	Updated    string         `xml:"updated"`
	Links      []xmlLink      `xml:"link"`
	Categories []atomCategory `xml:"category"`
	Summary    string         `xml:"summary"`
	Content    *atomContent   `xml:"content"`
}

type atomCategory struct {
	Term   string `xml:"term,attr"`
	Scheme string `xml:"scheme,attr"`
	Label  string `xml:"label,attr"`
}

type atomContent struct {
	Type string `xml:"type,attr"`
	HTML string `xml:",chardata"`
}

func writeAtom(p page) ([]byte, error) {
	f := atom{Language: "en-GB", ID: p.id, Title: p.title, Subtitle: p.about(), Updated: atomDate(p.updated()),
		Author: atomAuthor{represent.Name, p.site.Home()}, Rights: p.rights(),
		Links: append(p.links("application/atom+xml"), xmlLink{Rel: "alternate", Type: "text/html", Href: p.site.Home()})}
	for _, e := range p.entries {
		f.Entries = append(f.Entries, p.atomEntry(e))
	}
	return writeXML(f)
}

func (p page) atomEntry(e entry) atomEntry {
	a := atomEntry{Language: e.Language, ID: e.guid(), Title: e.Title, Published: atomDate(e.date), Updated: atomDate(e.date),
		Summary: e.Summary, Links: []xmlLink{{Rel: "alternate", Type: "text/html", Href: e.Core.Links.Web},
			{Rel: "alternate", Type: "application/json", Href: e.Core.Links.Self}}}
	for _, f := range e.Files {
		a.Links = append(a.Links, xmlLink{Rel: "enclosure", Type: f.MediaType, Href: f.Href, Length: f.Size, Title: f.Label})
	}
	for _, t := range p.tags(e) {
		a.Categories = append(a.Categories, atomCategory{t.term, t.scheme, t.label})
	}
	if e.html != "" {
		a.Content = &atomContent{"html", e.html}
	}
	return a
}

func atomDate(at time.Time) string { return at.UTC().Format(time.RFC3339) }
