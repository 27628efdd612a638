package change_test

import (
	"context"
	"testing"
	"time"

	"github.com/cpics/working-together-api/internal/change"
	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/database/dbtest"
)

// TestWaitingForAConnectionIsNoOutage: a watcher that waits for the only connection does not take the database for away,
// or what is kept from before a publish would be answered after it.
func TestWaitingForAConnectionIsNoOutage(t *testing.T) {
	t.Parallel()
	for _, engine := range []database.Engine{database.SQLite, database.Postgres} {
		t.Run(string(engine), func(t *testing.T) {
			t.Parallel()
			db, err := database.Open(t.Context(), database.Config{URL: dbtest.URL(t, engine), MaxConns: 1})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = db.Close() })
			w := change.NewWatcher(db)
			ctx, cancel := context.WithCancel(t.Context())
			ran := make(chan struct{})
			go func() { defer close(ran); w.Run(ctx) }()
			err = db.Read(t.Context(), func(tx *database.Tx) error {
				for began := time.Now(); time.Since(began) < 4*time.Second; time.Sleep(10 * time.Millisecond) { // a look and its patience
					if w.Away() {
						t.Fatal("the database is taken for away")
					}
				}
				return nil
			})
			if err != nil {
				t.Error(err)
			}
			cancel()
			<-ran
		})
	}
}
