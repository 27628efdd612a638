package cache

import "strings"

// unfiltered are the parameters that an answer may have been asked for with to be a last good copy: those that filter
// or search are not among them.
var unfiltered = map[string]bool{"limit": true, "cursor": true, "sort": true, "fields": true, "include": true, "format": true, "seq": true,
	"after": true, "type": true, "item": true, "caseStudies": true, "content": true, "url": true, "maxwidth": true, "maxheight": true,
	"preset": true, "focus": true}

// lastGood is the last answer that is kept for an address, to be used while the database is away. It may be older than
// what was published last; but what shows something that was withdrawn or removed is not among what is kept (see
// forget). Answers that say that nothing is there are none.
func (c *Cache) lastGood(address string) *Answer {
	a := c.store.get(address)
	if a == nil || a.rep == nil {
		return nil
	}
	_, query, _ := strings.Cut(address, "?")
	for pair := range strings.SplitSeq(query, "&") {
		if name, _, _ := strings.Cut(pair, "="); name != "" && !unfiltered[name] {
			return nil
		}
	}
	c.outages.Add(1)
	return a
}

// Holds says whether there is anything that could be served while the database is away.
func (c *Cache) Holds() bool {
	if c.store == nil {
		return false
	}
	_, answers := c.store.weight()
	return answers > 0
}
