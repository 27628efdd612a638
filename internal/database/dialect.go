package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/stdlib"
	"gorm.io/driver/postgres"
	gormsqlite "gorm.io/driver/sqlite"
	"modernc.org/sqlite"
)

// snapshot is how a transaction begins that reads from one snapshot and never writes.
func (e Engine) snapshot() *sql.TxOptions {
	if e == Postgres {
		return &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}
	}
	return &sql.TxOptions{ReadOnly: true} // every SQLite transaction is a snapshot
}

// The dialectors are gorm's own; only the translation of errors is ours.
type (
	postgresDialector struct{ *postgres.Dialector }
	sqliteDialector   struct{ *gormsqlite.Dialector }
)

func (postgresDialector) Translate(err error) error { return translate(err) }
func (sqliteDialector) Translate(err error) error   { return translate(err) }

func openPostgres(cfg Config) (*DB, error) {
	config, err := pgx.ParseConfig(cfg.URL)
	if err != nil {
		return nil, fmt.Errorf("the database URL is not a Postgres address: %w", err)
	}
	config.RuntimeParams["timezone"] = "UTC"
	if config.RuntimeParams["application_name"] == "" {
		config.RuntimeParams["application_name"] = "wtapi"
	}
	pool := stdlib.OpenDB(*config, stdlib.OptionAfterConnect(readTimesInUTC))
	limit(pool, cfg.MaxConns)
	g, err := newGorm(postgresDialector{&postgres.Dialector{Config: &postgres.Config{Conn: pool}}})
	if err != nil {
		return nil, errors.Join(err, pool.Close())
	}
	return &DB{
		engine: Postgres, writer: g, reader: g, pools: []*sql.DB{pool},
		locker: func(ctx context.Context) (func(), error) { return lockPostgres(ctx, config) },
	}, nil
}

// readTimesInUTC is for timestamptz, which pgx would give in the machine's zone; timestamp is UTC by itself.
func readTimesInUTC(_ context.Context, conn *pgx.Conn) error {
	conn.TypeMap().RegisterType(&pgtype.Type{
		Name: "timestamptz", OID: pgtype.TimestamptzOID, Codec: &pgtype.TimestamptzCodec{ScanLocation: time.UTC},
	})
	return nil
}

// sqliteOptions hold for every connection. synchronous=FULL: docs/decisions/0002-sqlite-durability.md.
// secure_delete overwrites what is deleted, so that a recall leaves nothing in the file. dqs=0 makes a misspelt
// column an error instead of a string.
var sqliteOptions = url.Values{
	"_busy_timeout": {"5000"},
	"_foreign_keys": {"1"},
	"_synchronous":  {"FULL"},
	"_pragma":       {"secure_delete(on)"},
	"_timezone":     {"UTC"},
	"_time_format":  {"sqlite"},
	"_texttotime":   {"1"},
	"_dqs":          {"0"},
}

func openSQLite(cfg Config) (*DB, error) {
	path, err := sqlitePath(cfg.URL)
	if err != nil {
		return nil, err
	}
	// The writer comes first: it makes the file and turns it to WAL, which lets readers go on during a write.
	// _txlock: a transaction that starts as a reader and then writes would fail, not wait, when another was quicker.
	writer, err := openSQLitePool(path, 1, "_journal_mode=WAL&_txlock=immediate")
	if err != nil {
		return nil, err
	}
	reader, err := openSQLitePool(path, cfg.MaxConns, "_query_only=1")
	if err != nil {
		return nil, errors.Join(err, writer.Close())
	}
	db := &DB{engine: SQLite, pools: []*sql.DB{writer, reader}}
	db.locker = func(ctx context.Context) (func(), error) { return lockSQLite(ctx, path) }
	db.writer, err = newGorm(sqliteDialector{&gormsqlite.Dialector{Conn: writer}})
	if err == nil {
		db.reader, err = newGorm(sqliteDialector{&gormsqlite.Dialector{Conn: reader}})
	}
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// sqlitePath reads the path out of the URL and makes its folder.
func sqlitePath(dsn string) (string, error) {
	path := strings.TrimPrefix(dsn, "sqlite:")
	if path == "" || strings.HasPrefix(path, "//") || strings.Contains(path, ":memory:") {
		return "", fmt.Errorf("the database URL %q must be sqlite: and the path of a file", dsn)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return "", fmt.Errorf("the folder of the database cannot be made: %w", err)
	}
	return path, nil
}

// openSQLitePool opens a pool on the file; nothing touches the file before the first use.
func openSQLitePool(path string, conns int, options string) (*sql.DB, error) {
	escaped := strings.NewReplacer("%", "%25", "?", "%3f", "#", "%23").Replace(filepath.ToSlash(path))
	pool, err := sql.Open("sqlite", "file:"+escaped+"?"+sqliteOptions.Encode()+"&"+options)
	if err != nil {
		return nil, err
	}
	limit(pool, conns)
	return pool, nil
}

// inspectPostgres understands SQLSTATE, https://www.postgresql.org/docs/current/errcodes-appendix.html.
func inspectPostgres(err error) (finding, bool) {
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		return finding{}, false
	}
	f := finding{constraint: pg.ConstraintName}
	switch pg.Code {
	case "23505":
		f.verdict = duplicate
	case "23503", "23001":
		f.verdict = reference
	case "23514":
		f.verdict = check
	case "40001", "40P01", "55P03": // serialization failure, deadlock, lock not available
		f.verdict = contention
	}
	switch pg.Code[:2] {
	case "08", "53", "57", "58": // connection, resources, operator's intervention, system
		f.verdict = away
	}
	return f, true
}

func lostPostgres(err error) bool {
	var connect *pgconn.ConnectError
	return errors.As(err, &connect) || pgconn.SafeToRetry(err) || pgconn.Timeout(err)
}

// inspectSQLite understands result codes, https://www.sqlite.org/rescode.html.
func inspectSQLite(err error) (finding, bool) {
	var lite *sqlite.Error
	if !errors.As(err, &lite) {
		return finding{}, false
	}
	switch lite.Code() {
	case 2067, 1555, 2579: // unique, primary key, rowid
		return finding{duplicate, sqliteConstraint(lite, "UNIQUE constraint failed: ")}, true
	case 275:
		return finding{check, sqliteConstraint(lite, "CHECK constraint failed: ")}, true
	case 787:
		return finding{verdict: reference}, true
	case 1811: // a trigger; ON DELETE RESTRICT is one inside SQLite
		if strings.Contains(lite.Error(), "FOREIGN KEY constraint failed") {
			return finding{verdict: reference}, true
		}
	}
	switch lite.Code() & 0xff {
	case 5, 6: // busy, locked
		return finding{verdict: contention}, true
	case 10, 13, 14: // input/output, disk full, cannot open
		return finding{verdict: away}, true
	}
	return finding{}, true
}

// sqliteConstraint cuts what follows the prefix out of "constraint failed: UNIQUE constraint failed: a.b (2067)".
func sqliteConstraint(err error, prefix string) string {
	_, name, _ := strings.Cut(err.Error(), prefix)
	name, _, _ = strings.Cut(name, " (")
	return name
}

func isSQLite(err error) bool {
	var lite *sqlite.Error
	return errors.As(err, &lite)
}
