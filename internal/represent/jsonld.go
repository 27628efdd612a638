package represent

import (
	"reflect"
	"strings"
	"time"

	"github.com/cpics/working-together-api/internal/content"
	"github.com/cpics/working-together-api/internal/richtext"
)

// node is one thing in JSON-LD: keywords, which begin with @, and properties of schema.org.
type node map[string]any

// put adds a property that has a value.
func (n node) put(name string, value any) {
	v := reflect.ValueOf(value)
	if !v.IsValid() || v.IsZero() || v.Kind() == reflect.Slice && v.Len() == 0 {
		return
	}
	if at, ok := value.(time.Time); ok {
		value = at.UTC().Format(time.RFC3339)
	}
	n[name] = value
}

// linkedData says what an item is in the words of schema.org. Its @id is its address by id, which never changes, and
// its url is for readers. What schema.org allows of creative works only (licence, author, dates) is said of the page
// about an organisation or a topic, which are none; and when something was reviewed of web pages only.
func linkedData(site *content.Site, i Item) node {
	n := node{"@context": "https://schema.org", "@type": content.SchemaOf(i.Type), "@id": site.Href(i.Type, i.ID.String()),
		"identifier": i.ID.String(), "url": i.Core.Links.Web, "name": i.Title}
	n.put("description", i.Summary)
	for name, value := range i.Properties {
		n.put(name, value)
	}
	if i.Image != nil {
		n["image"] = mediaObject(*i.Image)
	}
	encodings := make([]node, len(i.Files))
	for at, f := range i.Files {
		encodings[at] = mediaObject(f)
	}
	n.put("encoding", encodings)
	for _, r := range i.Related {
		things, _ := n[r.Property].([]node)
		n.put(r.Property, append(things, linked(site, r.Links)...))
	}
	about := n
	if i.Edition > 0 {
		n.published(i)
	} else {
		about = n.page(i)
	}
	about.work(site, i)
	if n["@type"] != "WebPage" && i.Edition > 0 {
		about = n.page(i)
	}
	about.put("lastReviewed", i.LastReviewedOn)
	return n
}

// page describes the page whose subject the node is, as a part of it.
func (n node) page(i Item) node {
	page := node{"@type": "WebPage", "@id": i.Core.Links.Web}
	n["mainEntityOfPage"] = page
	return page
}

// published says what all creative works with editions have.
func (n node) published(i Item) {
	text := "text"
	if n["@type"] == "Article" {
		text = "articleBody"
		n["headline"] = i.Title
	}
	n.put(text, plain(i.Sections))
	n.put("version", i.Edition)
	n.put("datePublished", i.FirstPublishedAt)
	n["creativeWorkStatus"] = "Published"
	if i.Withdrawal != nil {
		n["creativeWorkStatus"] = "Withdrawn"
		n.put("expires", i.Withdrawal.At)
	}
}

// work says of a creative work whose it is, when it changed, and how it may be used.
func (n node) work(site *content.Site, i Item) {
	home := site.Home()
	us := node{"@type": "Organization", "@id": home + "#publisher", "name": Name, "url": home}
	n["author"], n["publisher"] = us, us
	n["isPartOf"] = node{"@type": "WebSite", "@id": home + "#website", "name": Name, "url": home}
	n.put("inLanguage", i.Language)
	n.put("dateModified", i.UpdatedAt)
	n["license"], n["creditText"], n["usageInfo"] = site.Licence.URL, site.Attribution.Text, site.Attribution.URL
}

// linked names what is linked to.
func linked(site *content.Site, links []content.Link) []node {
	nodes := make([]node, len(links))
	for i, l := range links {
		nodes[i] = node{"@type": content.SchemaOf(l.Type), "@id": site.Href(l.Type, l.ID.String()), "name": l.Title, "url": site.Web(l.Type, l.Slug)}
		nodes[i].put("position", l.Number)
		nodes[i].put("alternateName", l.ShortName)
	}
	return nodes
}

// plain gives the words of sections, under their headings.
func plain(sections []content.Section) string {
	var lines []string
	for _, s := range sections {
		if s.Text == nil {
			continue
		}
		if s.Heading != "" {
			lines = append(lines, s.Heading)
		}
		lines = append(lines, richtext.PlainText(s.Text.Markdown))
	}
	return strings.Join(lines, "\n")
}
