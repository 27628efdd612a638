// Package cache keeps the answers that anyone may read, ready to be sent, and knows at every moment which of them are
// still right. docs/decisions/0020-cache.md has the reasons.
//
// An answer is kept under its address as it was sent, with the number of the newest line of the change log that it
// knows of, and with what it shows: entries, addresses, lists (see [change.Trace]). Each of these has a generation, the
// number of the newest line that was about it. An answer is good while none of its generations is beyond its number.
// Nothing is searched for or thrown out when something is published, and what was read before a publish and finished
// after it is old from the start.
//
// What this process publishes raises the generations after the commit and before the writer is answered; what others
// publish, when the change.Watcher hears of it; and at the latest when somebody reads it here: nobody is shown a
// snapshot before every line in it has been raised. So who has seen something new here is never shown anything older.
package cache

import (
	"net/http"
	"strings"
	"sync/atomic"

	"github.com/cpics/working-together-api/internal/change"
	"github.com/cpics/working-together-api/internal/errs"
	"github.com/cpics/working-together-api/internal/web"
)

// maxAddress is how long an address may be to be kept, in bytes: that of a list with a cursor has some 200.
const maxAddress = 512

// Cache keeps answers, in a budget of bytes: see store for which of them.
type Cache struct {
	watcher *change.Watcher
	store   *store
	gens    atomic.Pointer[generations]
	flights flights

	hits, fills, outages atomic.Uint64
}

// Hits is how many requests were answered from what is kept and good.
func (c *Cache) Hits() uint64 { return c.hits.Load() }

// Fills is how many answers were made.
func (c *Cache) Fills() uint64 { return c.fills.Load() }

// Outages is how many requests were answered with a last good copy, for want of a database.
func (c *Cache) Outages() uint64 { return c.outages.Load() }

// Bytes is about how much memory what is kept takes.
func (c *Cache) Bytes() uint64 {
	if c.store == nil {
		return 0
	}
	bytes, _ := c.store.weight()
	return uint64(bytes)
}

// New keeps answers in at most budget bytes, following the log that the watcher watches. With a budget below 0 none are
// kept.
func New(watcher *change.Watcher, budget int64) *Cache {
	if budget < 0 {
		return &Cache{}
	}
	c := &Cache{watcher: watcher, store: newStore(budget)}
	c.gens.Store(newGenerations())
	watcher.Follow(c.follow)
	return c
}

// follow hears of the log.
func (c *Cache) follow(batch change.Batch) {
	if batch.Restarted {
		c.gens.Store(newGenerations())
	} else {
		c.gens.Load().raise(batch)
	}
	if batch.More {
		c.store.drop(func(*Answer) bool { return true })
		return
	}
	c.forget(batch.Lines)
}

// forget drops what shows an entry that is withdrawn, gone or recalled. It would not be shown any more in any case; but
// what is to be shown never again, not even while the database is away, has no business in memory. After a recall that is
// to be feared of what does not say what it shows.
func (c *Cache) forget(lines []change.Line) {
	removed := map[uint32]bool{}
	for _, line := range lines {
		switch line.Event {
		case change.Withdrawn, change.Gone, change.Recalled:
			removed[slot(change.EntryKey(line.EntryID))] = true
		}
		if line.Event == change.Recalled {
			removed[slot(change.Everything)] = true
		}
	}
	if len(removed) == 0 {
		return
	}
	c.store.drop(func(a *Answer) bool { return a.shows(removed) })
}

func (a *Answer) shows(slots map[uint32]bool) bool {
	for _, s := range a.slots {
		if slots[s] {
			return true
		}
	}
	return false
}

// addressOf is what the answer to a request is kept under; "" for what is not kept.
func (c *Cache) addressOf(r *http.Request) string {
	if c.store == nil || len(r.RequestURI) > maxAddress || !strings.HasPrefix(r.RequestURI, "/") {
		return ""
	}
	return r.RequestURI
}

// find is the answer that is kept for an address; nil when there is none that is good.
func (c *Cache) find(address string) *Answer {
	a := c.store.get(address)
	if a == nil || !a.good(c.gens.Load()) {
		return nil
	}
	c.hits.Add(1)
	return a
}

// keep keeps an answer, unless it is old already or a newer one is kept.
func (c *Cache) keep(a *Answer) {
	if a.rep != nil {
		a.rep.OnGrowth(func() { c.store.put(a, func(kept *Answer) bool { return kept == a }) }) // to weigh it anew
	}
	c.store.put(a, func(kept *Answer) bool { return kept == nil || kept.gens != a.gens || kept.head <= a.head })
	if !a.good(c.gens.Load()) { // also when it has become so since it was put there
		c.store.discard(a)
	}
}

// Ready is the good answer that is kept for a request, ready to be served ahead of the router; nil when there is none,
// or the request asks for more than that.
func (c *Cache) Ready(r *http.Request) *Answer {
	if !web.Plain(r) {
		return nil
	}
	address := c.addressOf(r)
	if address == "" {
		return nil
	}
	a := c.find(address)
	if a == nil || a.rep == nil {
		return nil
	}
	return a
}

// serveable says whether a failure is one that is kept: that nothing is there, or no more.
func serveable(err error) (*errs.Error, bool) {
	failure, ok := err.(*errs.Error)
	return failure, ok && (failure.Kind == errs.NotFound || failure.Kind == errs.Gone)
}
