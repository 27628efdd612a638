package cache

import (
	"context"
	"strings"
	"sync"

	"github.com/labstack/echo/v4"

	"github.com/cpics/working-together-api/internal/change"
	"github.com/cpics/working-together-api/internal/errs"
	"github.com/cpics/working-together-api/internal/web"
)

// Keep is for routes that anyone may read: it answers from what is kept, and keeps what the handler answers. However
// many ask at once for what is not there yet, the handler is asked once. Requests with a credential, those that wait
// for something to happen and those for drafts pass by.
func (c *Cache) Keep(next echo.HandlerFunc) echo.HandlerFunc { return c.keeping(next, serveable) }

// KeepFound is Keep for a route where what is not there may come without a line of the change log: that it is not there
// is not kept.
func (c *Cache) KeepFound(next echo.HandlerFunc) echo.HandlerFunc {
	return c.keeping(next, func(error) (*errs.Error, bool) { return nil, false })
}

// keeping keeps the handler's answers, and those of its failures that may be kept.
func (c *Cache) keeping(next echo.HandlerFunc, failures func(error) (*errs.Error, bool)) echo.HandlerFunc {
	return func(ec echo.Context) error {
		address := c.addressOf(ec.Request())
		if address == "" || web.Credentialed(ec) || personal(ec.Request().URL.RawQuery) {
			return next(ec)
		}
		return c.serve(ec, address, maker{next, failures})
	}
}

// maker makes answers.
type maker struct {
	handle   echo.HandlerFunc
	failures func(error) (*errs.Error, bool) // says of a failure whether it is kept
}

// personal says whether a query may ask for what is not the same for everyone, or not at once.
func personal(query string) bool {
	return strings.Contains(query, "wait=") || strings.Contains(query, "view=")
}

// serve answers with what is kept, or asks the handler.
func (c *Cache) serve(ec echo.Context, address string, make maker) error {
	if c.watcher.Away() {
		if a := c.lastGood(address); a != nil {
			return a.serve(ec) // without waiting for the database to say no
		}
	}
	for {
		if a := c.find(address); a != nil {
			return a.serve(ec)
		}
		f, first := c.flights.join(address)
		if first {
			return c.fill(ec, f, make)
		}
		a, err := f.wait(ec.Request().Context())
		switch {
		case err != nil:
			return err
		case a == nil: // the handler made nothing that others may have
			return make.handle(c.traced(ec, &change.Trace{}))
		case a.good(c.gens.Load()):
			return a.serve(ec)
		}
	}
}

// serve answers a request that came through the router.
func (a *Answer) serve(ec echo.Context) error {
	if a.failure != nil {
		return a.failure
	}
	return a.rep.Serve(ec)
}

// fill asks the handler, and keeps its answer. Those who wait for it have it before it is sent to the one who asked,
// who may be slow to take it.
func (c *Cache) fill(ec echo.Context, f *flight, make maker) error {
	defer c.flights.land(f, nil)
	c.fills.Add(1)
	gens := c.gens.Load() // before anything is read
	trace := &change.Trace{}
	land := func(rep web.Kept) *Answer {
		a := newAnswer(f.address, ec.Path(), gens, trace)
		if a != nil {
			a.rep = rep
		}
		return a
	}
	web.OnPublic(ec, func(rep web.Kept) {
		if a := land(rep); a != nil {
			c.keep(a)
			c.flights.land(f, a)
		}
	})
	err := make.handle(c.traced(ec, trace))
	if errs.KindOf(err) == errs.Unavailable && !ec.Response().Committed {
		if a := c.lastGood(f.address); a != nil {
			return a.serve(ec)
		}
	}
	if failure, ok := make.failures(err); ok {
		if a := land(nil); a != nil {
			a.failure = failure
			c.keep(a)
			c.flights.land(f, a)
		}
	}
	return err
}

// traced has what the request reads noted.
func (c *Cache) traced(ec echo.Context, trace *change.Trace) echo.Context {
	r := ec.Request()
	ec.SetRequest(r.WithContext(change.WithTrace(r.Context(), trace, c.watcher)))
	return ec
}

// flights are the answers that are being made.
type flights struct {
	mu sync.Mutex
	by map[string]*flight
}

// flight is one answer that is being made, and that others wait for.
type flight struct {
	address string
	landed  chan struct{}
	answer  *Answer // nil when there is none to be shared
	over    bool
}

// join gives the flight of an address, and whether the caller is the first, who must land it.
func (fs *flights) join(address string) (f *flight, first bool) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	if f, ok := fs.by[address]; ok {
		return f, false
	}
	if fs.by == nil {
		fs.by = map[string]*flight{}
	}
	f = &flight{address: address, landed: make(chan struct{})}
	fs.by[address] = f
	return f, true
}

// land ends a flight; the second time it does nothing.
func (fs *flights) land(f *flight, a *Answer) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	if f.over {
		return
	}
	f.over, f.answer = true, a
	delete(fs.by, f.address)
	close(f.landed)
}

// wait waits until the flight has landed.
func (f *flight) wait(ctx context.Context) (*Answer, error) {
	select {
	case <-f.landed:
		return f.answer, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
