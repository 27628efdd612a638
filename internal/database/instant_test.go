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

// TestMomentsCompareAsTimesDo: what a row has, in whole seconds, against any time.
func TestMomentsCompareAsTimesDo(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		at := time.Date(2024, 5, 1, 9, 20, 0, 0, time.UTC)
		dbtest.Exec(t, db, "CREATE TABLE moments (at timestamp NOT NULL)")
		dbtest.Exec(t, db, "INSERT INTO moments (at) VALUES (?)", at)
		for _, off := range []time.Duration{0, time.Microsecond, time.Second - time.Microsecond, -time.Microsecond, time.Second, -time.Second} {
			var before, after bool
			err := db.Read(context.Background(), func(tx *database.Tx) error {
				with := tx.Engine.MomentOf(at.Add(off))
				return tx.Raw("SELECT m < ?, m > ? FROM (SELECT "+tx.Engine.Moment("at")+" AS m FROM moments) AS x", with, with).Row().Scan(&before, &after)
			})
			if err != nil || before != (off > 0) || after != (off < 0) {
				t.Errorf("%s off: before %t, after %t, error %v", off, before, after, err)
			}
		}
	})
}
