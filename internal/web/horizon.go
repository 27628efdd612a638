package web

import (
	"context"
	"math"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/labstack/echo/v4"
)

// Horizon is the next moment at which what anyone may read changes because it was scheduled to. No answer tells a cache to
// keep it beyond that. Further away than two minutes, which is how long answers are kept, it shows in nothing; so bytes of
// files, which are kept for five, can be kept beyond it when they are sent before that.
type Horizon struct {
	now   func() time.Time
	learn func(context.Context) error
	at    atomic.Int64 // in seconds since 1970; unknown, or never
	mu    sync.Mutex   // held while at is set
	seen  uint64       // how often it came nearer
}

const (
	unknown int64 = 0 // long over, so that nothing is kept
	never   int64 = math.MaxInt64
	within        = 120 // seconds: the most that Cache-Control says, stale-while-revalidate included
)

// NewHorizon is a horizon that nobody knows yet. now is the clock by which schedules go, in whole seconds; learn finds out
// where the horizon is and sets it, for whoever is to answer before anybody has.
func NewHorizon(now func() time.Time, learn func(context.Context) error) *Horizon {
	h := &Horizon{now: now, learn: learn}
	h.at.Store(unknown)
	return h
}

// Near reports whether answers have to be looked at, which [Horizon.Keep] does. While nothing is scheduled it costs next
// to nothing.
func (h *Horizon) Near() bool {
	at := h.at.Load()
	return at != never && (at == unknown || left(at, h.now()) < within)
}

// Until is how long it is until the horizon, by the clock; false for one that is not there or not known.
func (h *Horizon) Until() (time.Duration, bool) {
	at := h.at.Load()
	return time.Duration(at-h.now().Unix()) * time.Second, at != never && at != unknown
}

// left is how many seconds are left for sure: the clock has whole seconds only, so one of them may be over.
func left(at int64, now time.Time) int64 { return max(0, at-now.Unix()-1) }

// Seen is to be asked before the database is, so that Set knows whether something has come nearer meanwhile.
func (h *Horizon) Seen() uint64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.seen
}

// Set sets what was found in the database, nil for nothing, unless something that the database did not show then is nearer.
func (h *Horizon) Set(at *time.Time, seen uint64) {
	found := never
	if at != nil {
		found = at.Unix()
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if was := h.at.Load(); h.seen == seen || found < was {
		h.at.Store(found)
	}
}

// Nearer tells of something that was scheduled just now.
func (h *Horizon) Nearer(at time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.seen++
	if was := h.at.Load(); was != unknown && at.Unix() < was {
		h.at.Store(at.Unix())
	}
}

// Keep has the answers of a public route kept no longer than to the horizon. It counts where that is before anything is
// read as well as when the answer is sent: so neither an answer that took long nor one that was overtaken by what was
// scheduled outlives it.
func (h *Horizon) Keep(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if r := c.Request(); (r.Method == http.MethodGet || r.Method == http.MethodHead) && !Credentialed(c) {
			before := h.known(r.Context())
			res := c.Response()
			res.Before(func() { cutShort(res.Header(), left(min(before, h.at.Load()), h.now())) })
		}
		return next(c)
	}
}

// known is the horizon, which somebody has to look for first. Where that cannot be found out, nothing is kept.
func (h *Horizon) known(ctx context.Context) int64 {
	if h.at.Load() == unknown {
		_ = h.learn(ctx) // who cannot learn it can hardly answer either
	}
	return h.at.Load()
}

// cutShort makes an answer be kept for no longer than so many seconds: first it is not shown any more while a newer one is
// fetched, and then it is fresh for a shorter time. What is to be kept for longer than the two minutes in which that
// matters, as files are, is cut short only in these.
func cutShort(h http.Header, seconds int64) {
	const fresh, stale = "max-age=", "stale-while-revalidate="
	said := h.Get("Cache-Control")
	if seconds >= within || !strings.Contains(said, fresh) {
		return
	}
	parts := strings.Split(said, ", ")
	for _, name := range []string{fresh, stale} {
		for i, part := range parts {
			if value, ok := strings.CutPrefix(part, name); ok {
				n, _ := strconv.ParseInt(value, 10, 64) // our own words
				n = min(n, seconds)
				seconds -= n
				parts[i] = name + strconv.FormatInt(n, 10)
			}
		}
	}
	h.Set("Cache-Control", strings.Join(parts, ", "))
}
