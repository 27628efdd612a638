package memory_test

import (
	"math"
	"runtime/debug"
	"testing"

	"github.com/cpics/working-together-api/internal/memory"
)

// TestBound: the limit is lower than none, holds garbage off during the start, grows with the work under way, and is the operator's where they set one.
func TestBound(t *testing.T) {
	limit := func() int64 { return debug.SetMemoryLimit(-1) }
	t.Cleanup(func() { debug.SetMemoryLimit(math.MaxInt64) })
	memory.Room(1 << 20)()
	if limit() != math.MaxInt64 {
		t.Errorf("room for work has set a limit: %d", limit())
	}
	t.Setenv("GOGC", "200")
	if memory.Bound(); limit() != math.MaxInt64 {
		t.Errorf("with GOGC the limit is %d", limit())
	}
	t.Setenv("GOGC", "")
	if memory.Bound(); limit() != memory.Most {
		t.Errorf("limit %d, want %d", limit(), memory.Most)
	}
	if percent := debug.SetGCPercent(-1); percent != -1 {
		t.Errorf("garbage is collected at %d %% during the start", percent)
	}
	if memory.Settle(); debug.SetGCPercent(100) <= 0 {
		t.Error("no garbage is collected after the start")
	}
	one, other := memory.Room(1000), memory.Room(100)
	if limit() != memory.Most+1100 {
		t.Errorf("with work under way: %d", limit())
	}
	one()
	one() // a second time does nothing
	if limit() != memory.Most+100 {
		t.Errorf("with less: %d", limit())
	}
	if other(); limit() != memory.Most {
		t.Errorf("after: %d", limit())
	}
}
