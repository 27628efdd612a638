// Package dbtest gives tests real databases. A test that is about data runs on every engine:
//
//	dbtest.Each(t, func(t *testing.T, db *database.DB) { … })
//
// Each database is fresh, migrated and the test's own, so that everything can run in parallel. The Postgres server is
// the one that TEST_DATABASE_URL names, else a throw-away one for this process (package cluster).
// WT_TEST_MAX_CONNS=1 gives every database one connection: work that needs a second one while it holds the first then
// hangs in the test, not under load.
package dbtest

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"

	"github.com/cpics/working-together-api/internal/database"
)

// Each runs test once an engine, in parallel, as subtests named after the engine.
func Each(t *testing.T, test func(t *testing.T, db *database.DB)) {
	t.Helper()
	for _, engine := range []database.Engine{database.SQLite, database.Postgres} {
		t.Run(string(engine), func(t *testing.T) {
			t.Parallel()
			test(t, New(t, engine))
		})
	}
}

// New is a fresh, migrated database that is removed when the test ends.
func New(t testing.TB, engine database.Engine) *database.DB {
	t.Helper()
	return Open(t, URL(t, engine))
}

// URL is the address of a fresh, migrated database that is removed when the test ends.
func URL(t testing.TB, engine database.Engine) string {
	t.Helper()
	if engine == database.Postgres {
		return postgresURL(t, true)
	}
	file, err := sqliteTemplate()
	check(t, err)
	path := filepath.Join(t.TempDir(), "test.db")
	check(t, os.WriteFile(path, file, 0o600))
	return "sqlite:" + path
}

// Empty is [URL] without a schema.
func Empty(t testing.TB, engine database.Engine) string {
	t.Helper()
	if engine == database.Postgres {
		return postgresURL(t, false)
	}
	return "sqlite:" + filepath.Join(t.TempDir(), "new", "test.db")
}

// Open opens the database until the test ends.
func Open(t testing.TB, url string) *database.DB {
	t.Helper()
	db, err := database.Open(context.Background(), database.Config{URL: url, MaxConns: maxConns(t)})
	check(t, err)
	addresses.Store(db, url)
	t.Cleanup(func() {
		addresses.Delete(db)
		if err := db.Close(); err != nil {
			t.Error("closing the database:", err)
		}
	})
	return db
}

// Exec runs a statement in a transaction of its own: what a test does to the rows behind the service's back.
func Exec(t testing.TB, db *database.DB, statement string, values ...any) {
	t.Helper()
	check(t, db.Write(context.Background(), func(tx *database.Tx) error { return tx.Exec(statement, values...).Error }))
}

// addresses remembers where each open database is, *database.DB to URL.
var addresses sync.Map

// Replica opens db's database once more, as another copy of the service would. It goes by the clock of db, whatever that
// is set to: by another one, what is scheduled would be due at another time.
func Replica(t testing.TB, db *database.DB) *database.DB {
	t.Helper()
	url, ok := addresses.Load(db)
	if !ok {
		t.Fatal("dbtest did not open this database")
	}
	replica := Open(t, url.(string))
	replica.SetClock(db.Now)
	return replica
}

func maxConns(t testing.TB) int {
	t.Helper()
	setting := os.Getenv("WT_TEST_MAX_CONNS")
	if setting == "" {
		return 0
	}
	n, err := strconv.Atoi(setting)
	check(t, err)
	return n
}

// sqliteTemplate is the bytes of a migrated database, made once a process.
var sqliteTemplate = sync.OnceValues(func() (file []byte, err error) {
	dir, err := os.MkdirTemp("", "wtlite")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "template.db")
	if err := migrated("sqlite:" + path); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})

// migrated makes the schema and closes, which also brings SQLite's log into its file.
func migrated(url string) error {
	ctx := context.Background()
	db, err := database.Open(ctx, database.Config{URL: url})
	if err != nil {
		return err
	}
	defer db.Close()
	return database.Migrate(ctx, db)
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
