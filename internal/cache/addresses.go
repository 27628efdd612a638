package cache

import (
	"hash/maphash"
	"time"
)

// addresses remembers when addresses were last asked for, the last so many of them, by their hash. Nobody outside can
// choose two with one hash.
type addresses struct {
	seed maphash.Seed
	by   map[uint64]noted
	ring []uint64 // hashes, in the order in which they were noted
	next int      // of the ring
}

type noted struct {
	asked time.Duration
	at    int // of the ring
}

func newAddresses(room int) addresses {
	return addresses{seed: maphash.MakeSeed(), by: map[uint64]noted{}, ring: make([]uint64, max(room, looked))}
}

// note remembers an address in the place of the one that was noted first.
func (as *addresses) note(address string, asked time.Duration) {
	hash := maphash.String(as.seed, address)
	if old := as.ring[as.next]; as.by[old].at == as.next { // it has not been noted again since
		delete(as.by, old)
	}
	as.by[hash] = noted{asked, as.next}
	as.ring[as.next] = hash
	as.next = (as.next + 1) % len(as.ring)
}

// take says when an address was last asked for, and forgets it.
func (as *addresses) take(address string) (asked time.Duration, ok bool) {
	hash := maphash.String(as.seed, address)
	n, ok := as.by[hash]
	delete(as.by, hash)
	return n.asked, ok
}
