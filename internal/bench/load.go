package main

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"time"

	"database/sql"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/cpics/working-together-api/internal/change"
	"github.com/cpics/working-together-api/internal/content"
	"github.com/cpics/working-together-api/internal/database"

	// Every type that the rebuilding has to know.
	_ "github.com/cpics/working-together-api/internal/content/casestudy"
	_ "github.com/cpics/working-together-api/internal/content/page"
	_ "github.com/cpics/working-together-api/internal/content/principle"
	_ "github.com/cpics/working-together-api/internal/content/toolkit"
	_ "github.com/cpics/working-together-api/internal/reference/organisation"
	_ "github.com/cpics/working-together-api/internal/reference/topic"
)

// version is part of the names of data sets: another one has what another version made.
const version = 3

func databaseName(size int) string { return fmt.Sprintf("bench_v%d_%d", version, size) }

// ensure makes a data set unless it is there from an earlier run, and gives the address of its database.
func (b *bench) ensure(ctx context.Context, engine database.Engine, size int) (url string, err error) {
	name := databaseName(size)
	done := filepath.Join(b.dir, string(engine)+"_"+name+".done")
	if engine == database.SQLite {
		url = "sqlite:" + filepath.Join(b.dir, name+".db")
	} else {
		url = b.cluster.url(name)
	}
	if _, err := os.Stat(done); err == nil {
		return url, prepared(ctx, url) // the schema may be newer than the set
	}
	began := time.Now()
	fmt.Printf("loading %d case studies into %s\n", size, engine)
	if engine == database.SQLite {
		err = b.loadSQLite(ctx, url, size)
	} else {
		err = b.loadPostgres(ctx, name, url, size)
	}
	if err != nil {
		return "", fmt.Errorf("load %s: %w", engine, err)
	}
	fmt.Printf("loaded in %s\n", time.Since(began).Round(time.Second))
	return url, os.WriteFile(done, nil, 0o644)
}

// loadPostgres copies the rows in, without triggers and checks of references, and rebuilds what is derived.
func (b *bench) loadPostgres(ctx context.Context, name, url string, size int) error {
	admin, err := pgx.Connect(ctx, b.cluster.url("postgres"))
	if err != nil {
		return err
	}
	defer admin.Close(ctx)
	for _, statement := range []string{"DROP DATABASE IF EXISTS " + name, "CREATE DATABASE " + name} {
		if _, err := admin.Exec(ctx, statement); err != nil {
			return err
		}
	}
	if err := migrated(ctx, url); err != nil {
		return err
	}
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	if _, err := conn.Exec(ctx, "SET session_replication_role = replica"); err != nil {
		return err
	}
	for _, t := range b.data.tables(size) {
		next, stop := iter.Pull(iter.Seq[row](t.rows))
		_, err := conn.CopyFrom(ctx, pgx.Identifier{t.name}, t.columns, pgx.CopyFromFunc(func() ([]any, error) {
			r, ok := next()
			if !ok {
				return nil, nil
			}
			return r, nil
		}))
		stop()
		if err != nil {
			return fmt.Errorf("%s: %w", t.name, err)
		}
	}
	if _, err := conn.Exec(ctx, "UPDATE change_head SET seq = (SELECT max(seq) FROM changes); ANALYZE"); err != nil {
		return err
	}
	if err := rebuilt(ctx, url); err != nil {
		return err
	}
	_, err = conn.Exec(ctx, "VACUUM (ANALYZE)")
	return err
}

// loadSQLite writes the rows without waiting for the disk, and rebuilds what is derived.
func (b *bench) loadSQLite(ctx context.Context, url string, size int) error {
	path := strings.TrimPrefix(url, "sqlite:")
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(path + suffix); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	if err := migrated(ctx, url); err != nil {
		return err
	}
	db, err := sql.Open("sqlite", "file:"+path+"?_synchronous=OFF&_pragma=journal_mode(OFF)&_pragma=locking_mode(EXCLUSIVE)&_pragma=cache_size(-524288)&_time_format=sqlite")
	if err != nil {
		return err
	}
	db.SetMaxOpenConns(1)
	if err := b.fillSQLite(ctx, db, size); err != nil {
		return errors.Join(err, db.Close())
	}
	if err := db.Close(); err != nil {
		return err
	}
	return rebuilt(ctx, url)
}

// fillSQLite writes the rows; indexes that refuse nothing are made after them, which is quicker.
func (b *bench) fillSQLite(ctx context.Context, db *sql.DB, size int) error {
	indexes, err := plainIndexes(ctx, db)
	if err != nil {
		return err
	}
	for name := range indexes {
		if _, err := db.ExecContext(ctx, "DROP INDEX "+name); err != nil {
			return err
		}
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	for _, t := range b.data.tables(size) {
		if err := insert(ctx, tx, t); err != nil {
			return fmt.Errorf("%s: %w", t.name, err)
		}
	}
	if _, err := tx.ExecContext(ctx, "UPDATE change_head SET seq = (SELECT max(seq) FROM changes)"); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	for _, statement := range indexes {
		if _, err := db.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	_, err = db.ExecContext(ctx, "ANALYZE")
	return err
}

// plainIndexes are the indexes of the tables that are filled, but unique ones, by name: the statements that make them.
func plainIndexes(ctx context.Context, db *sql.DB) (map[string]string, error) {
	rows, err := db.QueryContext(ctx, `SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql LIKE 'CREATE INDEX%'
		AND tbl_name IN ('entries', 'editions', 'edition_links', 'slugs', 'changes')`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	indexes := map[string]string{}
	for rows.Next() {
		var name, statement string
		if err := rows.Scan(&name, &statement); err != nil {
			return nil, err
		}
		indexes[name] = statement
	}
	return indexes, rows.Err()
}

func insert(ctx context.Context, tx *sql.Tx, t table) error {
	marks := strings.TrimSuffix(strings.Repeat("?, ", len(t.columns)), ", ")
	stmt, err := tx.PrepareContext(ctx, "INSERT INTO "+t.name+" ("+strings.Join(t.columns, ", ")+") VALUES ("+marks+")")
	if err != nil {
		return err
	}
	defer stmt.Close()
	t.rows(func(r row) bool {
		for i, v := range r {
			if u, ok := v.(uuid.UUID); ok {
				r[i] = u.String()
			}
		}
		_, err = stmt.ExecContext(ctx, r...)
		return err == nil
	})
	return err
}

// migrated brings the schema up to date.
func migrated(ctx context.Context, url string) error {
	db, err := database.Open(ctx, database.Config{URL: url})
	if err != nil {
		return err
	}
	return errors.Join(database.Migrate(ctx, db), db.Close())
}

// prepared is migrated, and makes what a newer schema derives from content that is older.
func prepared(ctx context.Context, url string) error {
	db, err := database.Open(ctx, database.Config{URL: url})
	if err != nil {
		return err
	}
	err = database.MigrateThen(ctx, db, func(ctx context.Context) error {
		return errors.Join(content.EnsureListed(ctx, db), content.EnsureSearchable(ctx, db))
	})
	return errors.Join(err, db.Close())
}

// rebuilt works out what is derived, as a service would after an import by another way.
func rebuilt(ctx context.Context, url string) error {
	db, err := database.Open(ctx, database.Config{URL: url})
	if err != nil {
		return err
	}
	err = db.Write(ctx, func(tx *database.Tx) error {
		if _, err := change.Lock(tx); err != nil {
			return err
		}
		if _, err := content.Rebuild(tx); err != nil {
			return err
		}
		return content.RebuildSearch(tx)
	})
	return errors.Join(err, db.Close())
}
