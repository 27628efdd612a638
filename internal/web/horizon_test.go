package web

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"
)

func TestCutShort(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		said string
		left int64
		want string
	}{
		{publicCaching, 120, publicCaching},
		{publicCaching, 119, "public, max-age=60, stale-while-revalidate=59, stale-if-error=86400"},
		{publicCaching, 60, "public, max-age=60, stale-while-revalidate=0, stale-if-error=86400"},
		{publicCaching, 7, "public, max-age=7, stale-while-revalidate=0, stale-if-error=86400"},
		{publicCaching, 0, "public, max-age=0, stale-while-revalidate=0, stale-if-error=86400"},
		{movedCaching, 59, "public, max-age=59"},
		{"public, max-age=300, immutable", 120, "public, max-age=300, immutable"},
		{"public, max-age=300, immutable", 119, "public, max-age=119, immutable"},
		{"public, no-cache", 0, "public, no-cache"},
		{"no-store", 0, "no-store"},
		{privateNoStore, 0, privateNoStore},
	} {
		h := http.Header{"Cache-Control": {c.said}}
		shared := h["Cache-Control"]
		cutShort(h, c.left)
		if got := h.Get("Cache-Control"); got != c.want || shared[0] != c.said {
			t.Errorf("%s with %d s left: %s, want %s; the answer's own words are now %s", c.said, c.left, got, c.want, shared[0])
		}
	}
}

func TestHorizon(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 29, 0, 59, 0, 0, time.UTC) // the clocks of people are put forward a minute later
	at := func(seconds int) *time.Time {
		then := now.Add(time.Duration(seconds) * time.Second)
		return &then
	}
	learned := 0
	h := NewHorizon(func() time.Time { return now }, func(context.Context) error { learned++; return errors.New("the database is away") })
	want := func(what string, near bool, seconds int64) {
		t.Helper()
		if h.Near() != near || seconds >= 0 && left(h.known(t.Context()), now) != seconds {
			t.Errorf("%s: near is %t, %d s are left", what, h.Near(), left(h.known(t.Context()), now))
		}
	}
	want("not known", true, 0)
	if learned == 0 {
		t.Error("nobody looked")
	}
	early := h.Seen()
	h.Nearer(*at(500))
	want("still not known", true, 0) // something else may be nearer
	h.Set(nil, early)
	want("not known to who looked before", true, 0)
	h.Set(nil, h.Seen())
	want("nothing", false, -1)
	h.Set(at(121), h.Seen())
	want("in 121 s", false, 120)
	h.Set(at(120), h.Seen())
	want("in 120 s", true, 119)
	before := h.Seen()
	h.Nearer(*at(30)) // while somebody reads
	h.Set(at(120), before)
	want("in 30 s, which the reader did not see", true, 29)
	h.Nearer(*at(90))
	want("something later", true, 29)
	h.Set(at(10), before)
	want("in 10 s, which an old reader saw", true, 9)
	h.Set(at(-5), h.Seen())
	want("overdue", true, 0)
	h.Set(nil, h.Seen())
	want("cancelled", false, -1)
}

func BenchmarkHorizonNear(b *testing.B) {
	h := NewHorizon(time.Now, nil)
	h.Set(nil, h.Seen())
	for b.Loop() {
		if h.Near() {
			b.Fatal("nothing is scheduled")
		}
	}
}
