package database_test

import (
	"context"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gorm.io/gorm"

	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/database/dbtest"
	"github.com/cpics/working-together-api/internal/errs"
)

func TestViolationsBearGormsNamesAndTheConstraints(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name, sql        string
		want             error
		postgres, sqlite string // what Constraint says
	}{
		{"primary key", "INSERT INTO parents (id, name) VALUES ('p', 'new')", gorm.ErrDuplicatedKey, "parents_pkey", "parents.id"},
		{"unique", "INSERT INTO parents (id, name) VALUES ('r', 'ann')", gorm.ErrDuplicatedKey, "parents_name", "parents.name"},
		{"foreign key", "INSERT INTO children (id, parent, age) VALUES ('d', 'nobody', 1)", gorm.ErrForeignKeyViolated, "children_parent", ""},
		{"restrict", "DELETE FROM parents WHERE id = 'q'", gorm.ErrForeignKeyViolated, "children_parent", ""},
		{"check", "INSERT INTO children (id, parent, age) VALUES ('d', 'p', -1)", gorm.ErrCheckConstraintViolated, "children_age", "children_age"},
	}
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		makeFamily(t, db)
		must(t, db.Write(t.Context(), func(tx *database.Tx) error {
			must(t, tx.Exec("INSERT INTO parents (id, name) VALUES ('q', 'bea')").Error)
			return tx.Exec("INSERT INTO children (id, parent, age) VALUES ('c', 'q', 1)").Error
		}))
		for _, c := range cases {
			err := db.Write(t.Context(), func(tx *database.Tx) error { return tx.Exec(c.sql).Error })
			want := map[database.Engine]string{database.Postgres: c.postgres, database.SQLite: c.sqlite}[db.Engine()]
			if !errors.Is(err, c.want) || database.Constraint(err) != want {
				t.Errorf("%s: %v, constraint %q; want %v, %q", c.name, err, database.Constraint(err), c.want, want)
			}
		}
	})
}

func TestAFaultOfOursIsNotCalledUnavailable(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		for _, sql := range []string{"SELEC 1", "SELECT 1 FROM nowhere", `SELECT "no_such_column" FROM schema_migrations`} {
			err := db.Read(t.Context(), func(tx *database.Tx) error { return tx.Exec(sql).Error })
			if errs.KindOf(err) != errs.Internal {
				t.Errorf("%s: %v, want an internal error", sql, err)
			}
		}
	})
}

func TestACallerThatWentAwayIsNoFailureOfTheDatabase(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		for name, run := range map[string]func(context.Context, func(*database.Tx) error) error{"Write": db.Write, "Read": db.Read} {
			err := run(ctx, func(*database.Tx) error { t.Error("the work was run"); return nil })
			if !errors.Is(err, context.Canceled) || errs.KindOf(err) == errs.Unavailable {
				t.Errorf("%s = %v, want context.Canceled", name, err)
			}
		}
	})
}

func TestADatabaseThatIsAwayIsUnavailable(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	must(t, os.WriteFile(file, []byte("not a database, and too long to be an empty one"), 0o600))
	dir := t.TempDir()
	for name, address := range map[string]string{
		"no server":       "postgres:///x?host=" + url.QueryEscape(dir),
		"a folder for it": "sqlite:" + dir,
	} {
		_, err := database.Open(t.Context(), database.Config{URL: address})
		if errs.KindOf(err) != errs.Unavailable {
			t.Errorf("%s: Open = %v, want unavailable", name, err)
		}
	}
	if _, err := database.Open(t.Context(), database.Config{URL: "sqlite:" + file}); err == nil {
		t.Error("Open took a file that is no database")
	}
}

func TestPostgresIsUnavailableWhileItRefusesAndBackAfterwards(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t, database.Postgres)
	makeCounters(t, db, "a")
	err := db.Write(t.Context(), func(tx *database.Tx) error {
		must(t, add(tx, "a", 1))
		other := dbtest.Replica(t, db)
		dbtest.Exec(t, other, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
		return add(tx, "a", 1)
	})
	if errs.KindOf(err) != errs.Unavailable {
		t.Errorf("Write on a cut connection = %v, want unavailable", err)
	}
	wantCounters(t, db, counter{"a", 0})
}

func TestOpenRefusesWhatIsNoDatabaseURL(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{"", "mysql://x", "sqlite:", "sqlite::memory:", "sqlite://relative/or/not", "postgres://:bad port/x"} {
		db, err := database.Open(t.Context(), database.Config{URL: bad})
		if err == nil {
			t.Errorf("Open(%q) worked", bad)
			must(t, db.Close())
		} else if strings.Contains(err.Error(), "\n") {
			t.Errorf("Open(%q) says it in several lines: %v", bad, err)
		}
	}
}

func TestSQLiteMakesFoldersAndTakesAnyPath(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"data/wt.db", "a b/ü?x=1#y%20.db"} {
		path := filepath.Join(t.TempDir(), name)
		db := dbtest.Open(t, "sqlite:"+path)
		makeCounters(t, db)
		file, err := os.Stat(path)
		must(t, err)
		if mode := file.Mode().Perm(); mode&0o007 != 0 {
			t.Errorf("%s is open to everybody: %v", name, mode)
		}
		if file.Size() == 0 {
			t.Errorf("%s is empty: the database is elsewhere", name)
		}
	}
}

func TestSQLiteSettingsHoldForReadersAndTheWriter(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t, database.SQLite)
	want := map[string]string{"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "secure_delete": "1", "busy_timeout": "5000"}
	for name, run := range map[string]func(context.Context, func(*database.Tx) error) error{"Write": db.Write, "Read": db.Read} {
		must(t, run(t.Context(), func(tx *database.Tx) error {
			for pragma, value := range want {
				var got string
				must(t, tx.Raw("PRAGMA "+pragma).Row().Scan(&got))
				if got != value {
					t.Errorf("%s: %s is %s, want %s", name, pragma, got, value)
				}
			}
			return nil
		}))
	}
}

func TestScrubLeavesNothingOfWhatWasDeleted(t *testing.T) {
	t.Parallel()
	const marker = "Zwetschgenknödel"
	address := dbtest.URL(t, database.SQLite)
	db := dbtest.Open(t, address)
	makeCounters(t, db, marker)
	dbtest.Exec(t, db, "DELETE FROM counters")
	if !holds(t, address, marker) {
		t.Fatal("the marker is nowhere even before Scrub: the test shows nothing")
	}
	must(t, db.Scrub(t.Context()))
	if holds(t, address, marker) {
		t.Error("the marker is still on the disk")
	}
}

// TestScrubGoesOnAfterALongRead: a read that began before the deletion keeps the log; Scrub does its work once it ends.
func TestScrubGoesOnAfterALongRead(t *testing.T) {
	t.Parallel()
	const marker = "Zwetschgenknödel"
	address := dbtest.URL(t, database.SQLite)
	db := dbtest.Open(t, address)
	makeCounters(t, db, marker)
	must(t, db.Read(t.Context(), func(tx *database.Tx) error {
		must(t, tx.Exec("SELECT count(*) FROM counters").Error)
		dbtest.Exec(t, db, "DELETE FROM counters")
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		must(t, db.Scrub(ctx))
		if !holds(t, address, marker) {
			t.Error("the log was emptied under a reader")
		}
		return nil
	}))
	for holds(t, address, marker) {
		if t.Context().Err() != nil {
			t.Fatal("the marker stays on the disk")
		}
	}
}

// holds looks for text in the bytes of the database's files.
func holds(t *testing.T, address, text string) bool {
	t.Helper()
	files, err := filepath.Glob(strings.TrimPrefix(address, "sqlite:") + "*")
	must(t, err)
	for _, file := range files {
		all, err := os.ReadFile(file)
		must(t, err)
		if strings.Contains(string(all), text) {
			return true
		}
	}
	return false
}

func makeFamily(t *testing.T, db *database.DB) {
	t.Helper()
	must(t, db.Write(t.Context(), func(tx *database.Tx) error {
		for _, sql := range []string{
			"CREATE TABLE parents (id text PRIMARY KEY, name text NOT NULL, CONSTRAINT parents_name UNIQUE (name))",
			"CREATE TABLE children (id text PRIMARY KEY, parent text NOT NULL, age integer NOT NULL," +
				" CONSTRAINT children_parent FOREIGN KEY (parent) REFERENCES parents (id) ON DELETE RESTRICT," +
				" CONSTRAINT children_age CHECK (age >= 0))",
			"INSERT INTO parents (id, name) VALUES ('p', 'ann')",
		} {
			must(t, tx.Exec(sql).Error)
		}
		return nil
	}))
}

// TestShortStatements: unless an address asks for it, Postgres neither compiles statements nor starts workers for them.
func TestShortStatements(t *testing.T) {
	t.Parallel()
	url := dbtest.Empty(t, database.Postgres)
	for suffix, want := range map[string][2]string{"": {"off", "0"}, "&jit=on": {"on", "0"}, "&jit=on&max_parallel_workers_per_gather=3": {"on", "3"}} {
		db := dbtest.Open(t, url+suffix)
		err := db.Read(t.Context(), func(tx *database.Tx) error {
			var got [2]string
			err := tx.Raw("SELECT current_setting('jit'), current_setting('max_parallel_workers_per_gather')").Row().Scan(&got[0], &got[1])
			if got != want {
				t.Errorf("%q with %q, want %q", got, suffix, want)
			}
			return err
		})
		must(t, err)
	}
}
