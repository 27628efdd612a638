// Package feed serves what was published last as RSS 2.0, Atom (RFC 4287) and JSON Feed 1.1. A feed holds the live
// entries, each once, by the date of its newest major edition: these dates strictly increase in the order of publishing,
// because some readers pass over an item that is no newer than the one before (package change makes them, with the
// log). Corrections move nothing.
package feed

import (
	"slices"
	"time"

	"github.com/cpics/working-together-api/internal/change"
	"github.com/cpics/working-together-api/internal/content"
	"github.com/cpics/working-together-api/internal/represent"
)

// filter is a parameter that narrows a feed down to what links to one of some entries.
type filter struct{ param, target string }

var (
	byPrinciple    = filter{"principle", "principle"}
	byOrganisation = filter{"organisation", "organisation"}
	byTopic        = filter{"topic", "topic"}
)

// channel is one feed, in whatever format.
type channel struct {
	title   string
	typ     string // of its entries; "" for all
	filters []filter
}

// channels are the feeds by name.
var channels = map[string]channel{
	"all":            {represent.Name, "", []filter{byPrinciple, byOrganisation, byTopic}},
	"case-studies":   {represent.Name + ": case studies", "case-study", []filter{byPrinciple, byOrganisation, byTopic}},
	"toolkit-assets": {represent.Name + ": toolkit", "toolkit-asset", []filter{byPrinciple}},
}

// format is a way to write a feed.
type format struct {
	mediaType string
	write     func(page) ([]byte, error)
}

// formats are the formats by what a feed's name ends with.
var formats = map[string]format{
	"rss":  {"application/rss+xml; charset=utf-8", writeRSS},
	"atom": {"application/atom+xml; charset=utf-8", writeAtom},
	"json": {"application/feed+json", writeJSON},
}

// page is a part of a feed, newest entries first.
type page struct {
	channel
	site    *content.Site
	id      string // of the feed whatever its pages: its address
	self    string
	next    string // "" on the last page
	changed change.Moment
	entries []entry
}

// entry is one item of a feed.
type entry struct {
	represent.Item
	date time.Time
	html string // the whole text; "" in a feed of summaries
}

// guid names the entry for ever, wherever its address goes.
func (e entry) guid() string { return "urn:uuid:" + e.ID.String() }

// tag is what an entry is about.
type tag struct{ scheme, term, label string }

// tagged are the types of what an entry is filed under.
var tagged = []string{byPrinciple.target, byOrganisation.target, byTopic.target}

// tags are the principles, organisations and topics that an entry links to.
func (p page) tags(e entry) []tag {
	var tags []tag
	for _, r := range e.Related {
		for _, l := range r.Links {
			if slices.Contains(tagged, l.Type) {
				tags = append(tags, tag{p.site.BaseURL + "/v1/" + content.CollectionOf(l.Type), l.Slug, l.Title})
			}
		}
	}
	return tags
}
