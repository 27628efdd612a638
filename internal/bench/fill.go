package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"os"
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// filled are the tables that are filled with rows; all others are derived from them.
func (b *bench) filled() []string {
	var names []string
	for _, t := range b.data.tables(0) {
		names = append(names, t.name)
	}
	return names
}

// loadPostgres copies the rows in, without triggers and checks of references. Tables that are emptied in the same
// transaction need no log (wal_level=minimal).
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
	return pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "TRUNCATE "+strings.Join(b.filled(), ", ")+" CASCADE"); err != nil {
			return err
		}
		for _, t := range b.data.tables(size) {
			if err := copyTable(ctx, tx, t); err != nil {
				return fmt.Errorf("%s: %w", t.name, err)
			}
		}
		_, err := tx.Exec(ctx, "UPDATE change_head SET seq = (SELECT max(seq) FROM changes); ANALYZE")
		return err
	})
}

func copyTable(ctx context.Context, tx pgx.Tx, t table) error {
	next, stop := iter.Pull(iter.Seq[row](t.rows))
	defer stop()
	_, err := tx.CopyFrom(ctx, pgx.Identifier{t.name}, t.columns, pgx.CopyFromFunc(func() ([]any, error) {
		r, ok := next()
		if !ok {
			return nil, nil
		}
		return r, nil
	}))
	return err
}

func compactPostgres(ctx context.Context, url string) error {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	for _, statement := range []string{"REINDEX TABLE listings", "REINDEX TABLE search_terms", "VACUUM (ANALYZE)"} {
		if _, err := conn.Exec(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}

// compactSQLite writes the database anew beside itself, which takes no log of the same size.
func compactSQLite(ctx context.Context, path string) error {
	db, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, "VACUUM INTO ?", path+".new")
	if err := errors.Join(err, db.Close()); err != nil {
		return err
	}
	for _, suffix := range []string{"-wal", "-shm"} {
		if err := os.Remove(path + suffix); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return os.Rename(path+".new", path)
}

// loadMemory is how much of a database SQLite holds in memory while it is loaded, in KiB.
const loadMemory = "PRAGMA cache_size = -2097152"

// loadSQLite writes the rows without waiting for the disk.
func (b *bench) loadSQLite(ctx context.Context, path string, size int) error {
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(path + suffix); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	if err := migrated(ctx, "sqlite:"+path); err != nil {
		return err
	}
	db, err := sql.Open("sqlite", "file:"+path+"?_synchronous=OFF&_pragma=journal_mode(OFF)&_pragma=locking_mode(EXCLUSIVE)&_time_format=sqlite")
	if err != nil {
		return err
	}
	db.SetMaxOpenConns(1)
	return errors.Join(b.fillSQLite(ctx, db, size), db.Close())
}

// fillSQLite writes the rows. Triggers, and indexes that refuse nothing, are made after them, which is quicker.
func (b *bench) fillSQLite(ctx context.Context, db *sql.DB, size int) error {
	if _, err := db.ExecContext(ctx, loadMemory); err != nil {
		return err
	}
	later, err := b.putOff(ctx, db)
	if err != nil {
		return err
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
	for _, statement := range append(later, "ANALYZE") {
		if _, err := db.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}

// putOff drops the triggers of the tables that are filled, and their indexes but unique ones, and gives the statements
// that make them again.
func (b *bench) putOff(ctx context.Context, db *sql.DB) (later []string, err error) {
	rows, err := db.QueryContext(ctx, "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE sql LIKE 'CREATE INDEX%' OR type = 'trigger'")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	tables := b.filled()
	var drops []string
	for rows.Next() {
		var kind, name, table, statement string
		if err := rows.Scan(&kind, &name, &table, &statement); err != nil {
			return nil, err
		}
		if slices.Contains(tables, table) {
			drops, later = append(drops, "DROP "+kind+" "+name), append(later, statement)
		}
	}
	for _, statement := range drops {
		if _, err := db.ExecContext(ctx, statement); err != nil {
			return nil, err
		}
	}
	return later, errors.Join(rows.Err(), rows.Close())
}

// insertBatch is how many rows a statement inserts.
const insertBatch = 32

// insert writes the rows of a table, many with each statement.
func insert(ctx context.Context, tx *sql.Tx, t table) error {
	marks := "(" + strings.TrimSuffix(strings.Repeat("?, ", len(t.columns)), ", ") + ")"
	head := "INSERT INTO " + t.name + " (" + strings.Join(t.columns, ", ") + ") VALUES "
	stmt, err := tx.PrepareContext(ctx, head+strings.TrimSuffix(strings.Repeat(marks+", ", insertBatch), ", "))
	if err != nil {
		return err
	}
	defer stmt.Close()
	var batch []any
	t.rows(func(r row) bool {
		for _, v := range r {
			if u, ok := v.(uuid.UUID); ok {
				v = u.String()
			}
			batch = append(batch, v)
		}
		if len(batch) == insertBatch*len(t.columns) {
			_, err = stmt.ExecContext(ctx, batch...)
			batch = batch[:0]
		}
		return err == nil
	})
	if rest := len(batch) / len(t.columns); err == nil && rest > 0 {
		_, err = tx.ExecContext(ctx, head+strings.TrimSuffix(strings.Repeat(marks+", ", rest), ", "), batch...)
	}
	return err
}
