package feed

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"html"
	"net/http"
	"time"
)

// rss is a feed in RSS 2.0 (www.rssboard.org/rss-specification), with the elements of the modules Atom and Content.
type rss struct {
	XMLName xml.Name   `xml:"rss"`
	Version string     `xml:"version,attr"`
	Atom    string     `xml:"xmlns:atom,attr"`
	Content string     `xml:"xmlns:content,attr"`
	Channel rssChannel `xml:"channel"`
}

type rssChannel struct {
	Title       string    `xml:"title"`
	Link        string    `xml:"link"`
	Description string    `xml:"description"`
	Language    string    `xml:"language"`
	Copyright   string    `xml:"copyright"`
	Built       string    `xml:"lastBuildDate,omitempty"`
	Links       []xmlLink `xml:"atom:link"`
	Items       []rssItem `xml:"item"`
}

type rssItem struct {
	Title       string         `xml:"title"`
	Link        string         `xml:"link"`
	Description string         `xml:"description"` // HTML, as readers take it
	Content     string         `xml:"content:encoded,omitempty"`
	Categories  []rssCategory  `xml:"category"`
	Enclosures  []rssEnclosure `xml:"enclosure"`
	GUID        rssGUID        `xml:"guid"`
	Date        string         `xml:"pubDate"`
}

type rssCategory struct {
	Domain string `xml:"domain,attr"`
	Label  string `xml:",chardata"`
}

type rssEnclosure struct {
	URL    string `xml:"url,attr"`
	Length int64  `xml:"length,attr"`
	Type   string `xml:"type,attr"`
}

type rssGUID struct {
	IsPermaLink bool   `xml:"isPermaLink,attr"`
	ID          string `xml:",chardata"`
}

// xmlLink is Atom's link (RFC 4287 §4.2.7).
type xmlLink struct {
	Rel    string `xml:"rel,attr"`
	Type   string `xml:"type,attr,omitempty"`
	Href   string `xml:"href,attr"`
	Length int64  `xml:"length,attr,omitempty"`
	Title  string `xml:"title,attr,omitempty"`
}

func writeRSS(p page) ([]byte, error) {
	c := rssChannel{Title: p.title, Link: p.site.Home(), Description: p.about(), Language: "en-GB", Copyright: p.rights(),
		Built: rssDate(p.updated()), Links: p.links("application/rss+xml")}
	for _, e := range p.entries {
		item := rssItem{Title: e.Title, Link: e.Core.Links.Web, Description: html.EscapeString(e.Summary), Content: e.html,
			GUID: rssGUID{ID: e.guid()}, Date: rssDate(e.date)}
		for _, t := range p.tags(e) {
			item.Categories = append(item.Categories, rssCategory{t.scheme, t.label})
		}
		for _, f := range e.Files {
			item.Enclosures = append(item.Enclosures, rssEnclosure{f.Href, f.Size, f.MediaType})
		}
		c.Items = append(c.Items, item)
	}
	return writeXML(rss{Version: "2.0", Atom: atomNamespace, Content: "http://purl.org/rss/1.0/modules/content/", Channel: c})
}

// rssDate writes a time as RFC 822 with four digits of the year, in the one zone that every reader knows.
func rssDate(at time.Time) string { return at.UTC().Format(http.TimeFormat) }

// about says in a sentence what the feed holds.
func (p page) about() string {
	return "What was published or thoroughly revised, newest first. " + p.site.Attribution.Text
}

// rights says how the content may be used.
func (p page) rights() string {
	return fmt.Sprintf("%s %s: %s", p.site.Attribution.Text, p.site.Licence.Name, p.site.Licence.URL)
}

// updated is when the newest entry of the page was published, or the log last written where there is none.
func (p page) updated() time.Time {
	if len(p.entries) > 0 {
		return p.entries[0].date
	}
	return p.changed.At
}

// links are the addresses of this page and of the next (RFC 5005 §3).
func (p page) links(mediaType string) []xmlLink {
	links := []xmlLink{{Rel: "self", Type: mediaType, Href: p.self}}
	if p.next != "" {
		links = append(links, xmlLink{Rel: "next", Type: mediaType, Href: p.next})
	}
	return links
}

func writeXML(document any) ([]byte, error) {
	var out bytes.Buffer
	out.WriteString(xml.Header)
	if err := xml.NewEncoder(&out).Encode(document); err != nil {
		return nil, fmt.Errorf("write a feed: %w", err)
	}
	return out.Bytes(), nil
}
