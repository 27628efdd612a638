package database_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"

	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/database/dbtest"
)

// eachEmpty is dbtest.Each with databases that have no schema yet.
func eachEmpty(t *testing.T, test func(t *testing.T, engine database.Engine, url string)) {
	t.Helper()
	for _, engine := range []database.Engine{database.SQLite, database.Postgres} {
		t.Run(string(engine), func(t *testing.T) {
			t.Parallel()
			test(t, engine, dbtest.Empty(t, engine))
		})
	}
}

func TestReplicasThatStartTogetherMigrateOnce(t *testing.T) {
	t.Parallel()
	const replicas = 8
	eachEmpty(t, func(t *testing.T, _ database.Engine, url string) {
		var inside, seeded atomic.Int32
		var all sync.WaitGroup
		for range replicas {
			db := dbtest.Open(t, url)
			all.Go(func() {
				if err := database.MigrateThen(t.Context(), db, func(context.Context) error {
					if inside.Add(1) != 1 {
						t.Error("two replicas are at it at once")
					}
					seeded.Add(1)
					inside.Add(-1)
					return nil
				}); err != nil {
					t.Error(err)
				}
				wantUpToDate(t, db)
			})
		}
		all.Wait()
		if seeded.Load() != replicas {
			t.Errorf("%d of %d came through", seeded.Load(), replicas)
		}
	})
}

// A migration that vacuums, or makes an index concurrently, waits for every snapshot or cannot do its work beside it.
func TestNobodyHoldsASnapshotWhileMigrating(t *testing.T) {
	t.Parallel()
	db := dbtest.Open(t, dbtest.Empty(t, database.Postgres))
	err := database.MigrateThen(t.Context(), db, func(ctx context.Context) error {
		return db.Read(ctx, func(tx *database.Tx) error {
			var holders []string
			err := tx.Raw(`SELECT query FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
				AND backend_type = 'client backend' AND backend_xmin IS NOT NULL`).Scan(&holders).Error
			if len(holders) > 0 {
				t.Errorf("snapshots are held after: %q", holders)
			}
			return err
		})
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestANewerDatabaseIsRefusedInOneLine(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		dbtest.Exec(t, db, "INSERT INTO schema_migrations (version_id, is_applied) VALUES (99999, true)")
		err := database.MigrateThen(t.Context(), db, func(context.Context) error { t.Error("seeded all the same"); return nil })
		if !errors.Is(err, database.ErrNewer) || strings.Contains(err.Error(), "\n") || !strings.Contains(err.Error(), "99999") {
			t.Errorf("Migrate = %v, want one line that names the migration", err)
		}
	})
}

func TestABrokenMigrationLeavesNothingOfItself(t *testing.T) {
	t.Parallel()
	files := fstest.MapFS{
		"00001_first.sql":           {Data: []byte("-- +goose Up\nCREATE TABLE first (n integer);\n")},
		"00002_second.sqlite.sql":   {Data: []byte("-- +goose Up\nCREATE TABLE lite (n integer);\n")},
		"00002_second.postgres.sql": {Data: []byte("-- +goose Up\nCREATE TABLE pg (n bigint);\n")},
		"00003_third.sql":           {Data: []byte("-- +goose Up\nCREATE TABLE third (n integer);\nINSERT INTO nowhere VALUES (1);\n")},
	}
	nothing := func(context.Context) error { return nil }
	eachEmpty(t, func(t *testing.T, engine database.Engine, url string) {
		db := dbtest.Open(t, url)
		if err := database.MigrateFiles(t.Context(), db, files, nothing); err == nil {
			t.Error("a broken migration worked")
		}
		own := map[database.Engine]string{database.SQLite: "lite", database.Postgres: "pg"}[engine]
		other := map[database.Engine]string{database.SQLite: "pg", database.Postgres: "lite"}[engine]
		for table, want := range map[string]bool{"first": true, own: true, other: false, "third": false} {
			err := db.Read(t.Context(), func(tx *database.Tx) error { return tx.Exec("SELECT n FROM " + table).Error })
			if (err == nil) != want {
				t.Errorf("table %s is there: %v, want %v", table, err == nil, want)
			}
		}
	})
}

func TestStatusTellsWhatIsPending(t *testing.T) {
	t.Parallel()
	eachEmpty(t, func(t *testing.T, _ database.Engine, url string) {
		db := dbtest.Open(t, url)
		all, err := database.Status(t.Context(), db)
		must(t, err)
		for _, m := range all {
			if !m.Applied.IsZero() || m.Version == 0 || m.String() == "" {
				t.Errorf("%+v is not pending or has no name", m)
			}
		}
		must(t, database.Migrate(t.Context(), db))
		wantUpToDate(t, db)
	})
}

func wantUpToDate(t *testing.T, db *database.DB) {
	t.Helper()
	all, err := database.Status(t.Context(), db)
	if err != nil || len(all) == 0 {
		t.Errorf("Status = %v, %v", all, err)
	}
	for _, m := range all {
		if m.Applied.IsZero() {
			t.Errorf("migration %d is pending", m.Version)
		}
	}
}

// TestSettled: there is nothing to do only where the schema is the program's, all conditions hold, and nobody is at it.
func TestSettled(t *testing.T) {
	t.Parallel()
	eachEmpty(t, func(t *testing.T, engine database.Engine, url string) {
		db := dbtest.Open(t, url)
		want := func(settled bool, when string, conditions ...string) {
			t.Helper()
			if database.Settled(t.Context(), db, conditions...) != settled {
				t.Errorf("%s: settled is %v", when, !settled)
			}
		}
		want(false, "without a schema")
		must(t, database.MigrateThen(t.Context(), db, func(ctx context.Context) error {
			if engine == database.Postgres { // on SQLite it waits its turn, which is longer than this lasts
				want(false, "while somebody seeds")
			}
			return nil
		}))
		want(true, "migrated")
		want(true, "conditions hold", "1 = 1", "NOT EXISTS (SELECT 1 FROM entries)")
		want(false, "a condition does not hold", "1 = 1", "EXISTS (SELECT 1 FROM entries)")
		want(false, "a condition that cannot be asked", "EXISTS (SELECT 1 FROM nowhere)")
		want(true, "after one that could not")
		dbtest.Exec(t, db, "INSERT INTO schema_migrations (version_id, is_applied) VALUES (99999, true)")
		want(false, "newer than the program")
		dbtest.Exec(t, db, "DELETE FROM schema_migrations WHERE version_id IN (1, 99999)")
		want(false, "a migration is missing")
	})
}
