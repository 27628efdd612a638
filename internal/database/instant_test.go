package database_test

import (
	"context"
	"testing"
	"time"

	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/database/dbtest"
)

// TestInstants reads times by hand that gorm has stored, and one that is absent.
func TestInstants(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		stored := time.Date(1969, 7, 20, 20, 17, 40, 0, time.UTC)
		ctx := context.Background()
		err := db.Write(ctx, func(tx *database.Tx) error {
			return tx.Exec("INSERT INTO tokens (id, name, role, digest, created_at, created_by) VALUES ('01a2212f-2971-76e5-891c-4c671e1e2640', 'n', 'reader', ?, ?, 'c')",
				[]byte("h"), stored).Error
		})
		if err != nil {
			t.Fatal(err)
		}
		var made, expires *time.Time
		err = db.Read(ctx, func(tx *database.Tx) error {
			rows, err := tx.Query("SELECT " + tx.Engine.Instant("created_at") + ", " + tx.Engine.Instant("expires_at") + " FROM tokens")
			if err != nil {
				return err
			}
			defer rows.Close()
			expires = &stored
			for rows.Next() {
				if err := rows.Scan(database.Instant{To: &made}, database.Instant{To: &expires}); err != nil {
					return err
				}
			}
			return rows.Err()
		})
		if err != nil || made == nil || *made != stored || expires != nil {
			t.Errorf("made %v, expires %v, %v; want %v and nothing", made, expires, err, stored)
		}
	})
}
