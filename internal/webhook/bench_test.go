package webhook

import (
	"testing"

	"github.com/cpics/working-together-api/internal/change"
	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/database/dbtest"
)

// BenchmarkLines is how fast lines that wait in the log come to a receiver which answers at once.
func BenchmarkLines(b *testing.B) {
	for _, engine := range []database.Engine{database.SQLite, database.Postgres} {
		b.Run(string(engine), func(b *testing.B) {
			w := newWorld(b, dbtest.New(b, engine))
			r := newTarget(b, nil)
			w.hook(r.URL)
			w.publish(b.N, change.Published)
			b.ResetTimer()
			w.send(w.db)
			eventually(b, func() bool { return len(r.got()) >= b.N })
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "lines/s")
		})
	}
}
