package cache

import (
	"sync/atomic"

	"github.com/cpics/working-together-api/internal/change"
)

// slots is how many generations there are, a power of two. Keys that share one only make answers seem old that are
// not: with 65,536 (half a megabyte), a publish that raises ten keys hits one list of twenty items in 300 so.
const slots = 1 << 16

// generations are what has happened to what answers show. The generation of a key is the number of the newest line of
// the change log that raised it. They fill no more room however much happens.
type generations struct {
	raised [slots]atomic.Int64
	floor  atomic.Int64 // every key has at least this generation
	// version counts the batches that have been raised. While it stays, so does every generation.
	version atomic.Uint64
}

func newGenerations() *generations {
	g := &generations{}
	g.version.Store(1) // an answer that was never compared has 0
	return g
}

// slot is where the generation of a key is.
func slot(key change.Key) uint32 { return uint32(key) % slots }

// raise notes a batch of the log.
func (g *generations) raise(batch change.Batch) {
	if batch.More {
		lift(&g.floor, batch.Last)
	}
	for _, line := range batch.Lines {
		for _, key := range line.Keys() {
			lift(&g.raised[slot(key)], line.Seq)
		}
	}
	g.version.Add(1)
}

// lift makes n at least to.
func lift(n *atomic.Int64, to int64) {
	for {
		was := n.Load()
		if was >= to || n.CompareAndSwap(was, to) {
			return
		}
	}
}

// good says whether nothing has raised one of the slots since the line head.
func (g *generations) good(head int64, slots []uint32) bool {
	if g.floor.Load() > head {
		return false
	}
	for _, s := range slots {
		if g.raised[s].Load() > head {
			return false
		}
	}
	return true
}
