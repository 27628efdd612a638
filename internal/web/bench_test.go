package web_test

import (
	"testing"
	"time"

	"github.com/cpics/working-together-api/internal/web"
)

// BenchmarkCursor makes the address of a place in a list and reads it again.
func BenchmarkCursor(b *testing.B) {
	const scope, at, id = "case-studies -firstPublishedAt topic=0197a3c2-5d1e-7c44-9a51-3f1f6f0c2b77", "2026-11-23T09:30:00Z", "0197a3c2-5d1e-7c44-9a51-3f1f6f0c2b78"
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := web.DecodeCursor(scope, web.EncodeCursor(scope, false, at, id)); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkRepresentation tags an answer of the size of a list.
func BenchmarkRepresentation(b *testing.B) {
	body := make([]byte, 43<<10)
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		web.NewRepresentation(body, web.PublicOptions{LastModified: time.Unix(1, 0)})
	}
}
