// Package memory keeps what the process takes of the machine's memory small, unless the operator has said what it may
// take: with GOMEMLIMIT or GOGC, to which this package yields.
package memory

import (
	"math"
	"os"
	"runtime/debug"
	"sync"
)

// Most is how many bytes the Go runtime is to make do with: near it, it collects garbage more often. Nothing fails that
// needs more. What SQLite allocates and the program itself come on top.
const Most = 48 << 20

// SQLite is how many bytes of those on top SQLite takes that another database leaves to Go.
const SQLite = 16 << 20

var (
	mu    sync.Mutex
	bound bool  // the limit is ours
	rooms int64 // bytes that work under way needs beyond Most
)

// collecting is when garbage is collected that the limit does not ask for: when there is so much of it, in hundredths of
// what is in use.
const collecting = 150

// Bound has the process make do with Most. Until Settle is called, garbage is collected near that only: what a start
// leaves is little, and a collection takes as long as a tenth of it.
func Bound() {
	if os.Getenv("GOMEMLIMIT") != "" || os.Getenv("GOGC") != "" || debug.SetMemoryLimit(-1) != math.MaxInt64 { // negative: a look
		return
	}
	mu.Lock()
	defer mu.Unlock()
	bound = true
	debug.SetGCPercent(-1)
	set()
}

// Settle has garbage collected as usual: the start is over.
func Settle() {
	mu.Lock()
	defer mu.Unlock()
	if bound {
		debug.SetGCPercent(collecting)
	}
}

// Room makes room for work that needs so many bytes, until end is called: it would otherwise spend its time on garbage
// that is none.
func Room(bytes int64) (end func()) {
	add := func(n int64) {
		mu.Lock()
		defer mu.Unlock()
		rooms += n
		set()
	}
	add(bytes)
	return sync.OnceFunc(func() { add(-bytes) })
}

func set() {
	if bound {
		debug.SetMemoryLimit(Most + rooms)
	}
}
