package cache

import (
	"net/http"
	"slices"
	"sync/atomic"

	"github.com/cpics/working-together-api/internal/change"
	"github.com/cpics/working-together-api/internal/errs"
	"github.com/cpics/working-together-api/internal/web"
)

// Answer is what is kept for an address: a representation or a file, or the failure that says that nothing is there.
type Answer struct {
	key     string
	route   string // the template of the address, for the log and metrics
	rep     web.Kept
	failure *errs.Error // 404 or 410

	gens  *generations
	head  int64    // the newest line of the log that it knows of
	slots []uint32 // of what it shows
	// checked is the version of gens at which it was last found to be good.
	checked atomic.Uint64
}

// newAnswer is an answer made from what a trace has seen; nil where nothing was read that could tell when it is old.
func newAnswer(key, route string, gens *generations, trace *change.Trace) *Answer {
	head, keys, ok := trace.Seen()
	if !ok {
		return nil
	}
	found := make([]uint32, len(keys))
	for i, key := range keys {
		found[i] = slot(key)
	}
	slices.Sort(found)
	return &Answer{key: key, route: route, gens: gens, head: head, slots: slices.Clip(slices.Compact(found))}
}

// good says whether the answer is what the service would say now, as far as gens know.
func (a *Answer) good(gens *generations) bool {
	if a.gens != gens {
		return false
	}
	version := gens.version.Load() // first: what is raised from here on is looked for the next time
	if a.checked.Load() == version {
		return true
	}
	if !gens.good(a.head, a.slots) {
		return false
	}
	a.checked.Store(version)
	return true
}

// Route is the template of the address that it answers.
func (a *Answer) Route() string { return a.route }

// Serve answers a request that it is ready for, by itself: common are the headers that every answer has. It reports the
// status and the bytes of the body that were sent; ok is false where it could not, and nothing was sent.
func (a *Answer) Serve(w http.ResponseWriter, r *http.Request, common web.Headers) (status, sent int, ok bool) {
	status, sent, _ = a.rep.ServeKept(w, r, common) // a client that went away is no fault
	return status, sent, status != 0
}

// overhead is what an answer takes beside its bytes, roughly: its fields, tags and headers, and its place in the store.
const overhead = 1 << 10

// size is how much memory the answer takes.
func (a *Answer) size() int {
	n := overhead + len(a.key) + 4*len(a.slots)
	if a.rep != nil {
		n += a.rep.Size()
	}
	return n
}
