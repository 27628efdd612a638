package sortkey_test

import (
	"testing"

	"github.com/cpics/working-together-api/internal/sortkey"
)

func BenchmarkKey(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		sortkey.Key("Élan and follow-up: CUH/NHS discharge planning")
	}
}
