package cache

import (
	"fmt"
	"net/http/httptest"
	"testing"

	"github.com/google/uuid"

	"github.com/cpics/working-together-api/internal/change"
	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/database/dbtest"
	"github.com/cpics/working-together-api/internal/web"
)

// filled is a cache that keeps a number of answers of 2 kB, each of which shows ten entries.
func filled(b *testing.B, count int) (*Cache, []*Answer) {
	b.Helper()
	c := New(change.NewWatcher(dbtest.New(b, database.SQLite)), 64<<20)
	answers := make([]*Answer, count)
	for i := range answers {
		a := &Answer{key: fmt.Sprintf("/v1/case-studies?cursor=%d", i), rep: web.NewRepresentation(make([]byte, 2<<10), web.PublicOptions{}),
			gens: c.gens.Load()}
		for range 10 {
			a.slots = append(a.slots, slot(change.EntryKey(uuid.New())))
		}
		answers[i] = a
		c.keep(a)
	}
	return c, answers
}

// BenchmarkReady finds answers, as nothing changes and right after something has: then each is compared once.
func BenchmarkReady(b *testing.B) {
	c, answers := filled(b, 1000)
	for name, changes := range map[string]int{"nothing new": 0, "a change before each": 1} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			r := httptest.NewRequest("GET", answers[7].key, nil)
			for b.Loop() {
				c.gens.Load().version.Add(uint64(changes))
				if c.Ready(r) == nil {
					b.Fatal("it is not there")
				}
			}
		})
	}
}

// BenchmarkKeep keeps an answer in the place of an older one.
func BenchmarkKeep(b *testing.B) {
	c, answers := filled(b, 1000)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		c.keep(answers[i%len(answers)])
	}
}

// BenchmarkRaise notes a line of the change log.
func BenchmarkRaise(b *testing.B) {
	c, _ := filled(b, 1)
	batch := change.Batch{Lines: []change.Line{{Seq: 1, EntryID: uuid.New(), Type: "case-study", Slug: "a-story"}}}
	b.ReportAllocs()
	for b.Loop() {
		c.gens.Load().raise(batch)
	}
}
