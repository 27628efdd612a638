package words_test

import (
	"strings"
	"testing"

	"github.com/cpics/working-together-api/internal/search/words"
)

// BenchmarkParse reads a query.
func BenchmarkParse(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		words.Parse(`"discharge planning" organisation -paediatric follow-up refer`)
	}
}

// BenchmarkAll goes through the words of a text of a thousand, with their stems.
func BenchmarkAll(b *testing.B) {
	text := strings.Repeat("Timely communications between organisations shorten the waiting of patients. ", 100)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		for w := range words.All(text) {
			w.Stem()
		}
	}
}
