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
	"sync"

	"github.com/pressly/goose/v3"
	gormsqlite "gorm.io/driver/sqlite"
	"gorm.io/gorm"
	"modernc.org/sqlite"
)

// sqliteDialect is SQLite in a file that one process serves; others, such as the command line, may use it meanwhile.
type sqliteDialect struct {
	path string
	held sync.Map // keys of WriteHolding
	// writing are the writer's statements.
	writing *writing
}

// sqliteDialector is gorm's own; only the translation of errors is ours.
type sqliteDialector struct{ *gormsqlite.Dialector }

func (sqliteDialector) Translate(err error) error { return translate(err) }

// busyTimeout is how long a connection waits for the writer of another process, in milliseconds.
const busyTimeout = "5000"

// sqliteOptions hold for every connection. synchronous=FULL: docs/decisions/0002-sqlite-durability.md.
// secure_delete overwrites what is deleted, so that a recall leaves nothing in the file. dqs=0 makes a misspelt
// column an error instead of a string. _texttotime is off: with it, the driver tries seven forms of a time on every text
// that has no declared column, such as a list of links, and keeps a copy of the text for each that fails.
var sqliteOptions = url.Values{
	"_busy_timeout": {busyTimeout},
	"_foreign_keys": {"1"},
	"_synchronous":  {"FULL"},
	"_pragma":       {"secure_delete(on)", "cache_size(-1792)"}, // KiB, of each connection: see roomForPages
	"_timezone":     {"UTC"},
	"_time_format":  {"sqlite"},
	"_dqs":          {"0"},
}.Encode()

func openSQLite(path string, maxConns int) (*DB, error) {
	if path == "" || strings.HasPrefix(path, "//") || strings.Contains(path, ":memory:") {
		return nil, errors.New("the database URL must be sqlite: and the path of a file, such as sqlite:data/wtapi.db")
	}
	if err := makeFile(path); err != nil {
		return nil, fmt.Errorf("the database cannot be made: %w", err)
	}
	_ = roomForPages() // where it cannot be, pages only take more memory
	// The writer is first: it makes the file and turns it to WAL, which lets readers go on during a write.
	// _txlock: a transaction that reads first and then writes would fail, not wait, when another was quicker.
	writer, err := sqlitePool(path, 1, "_journal_mode=WAL&_txlock=immediate")
	if err != nil {
		return nil, err
	}
	reader, err := sqlitePool(path, maxConns, "_query_only=1")
	if err != nil {
		return nil, errors.Join(err, writer.Close())
	}
	db := &DB{dialect: &sqliteDialect{path: path, writing: newWriting()}, pools: []*sql.DB{writer, reader},
		stmts: &reading{newPrepared(maxReading)}}
	db.reader, err = newGorm(sqliteDialector{&gormsqlite.Dialector{Conn: reader}})
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	// What gorm knows of tables serves both, and the writer's connection is opened by who writes first.
	db.writer = db.reader.Session(&gorm.Session{NewDB: true, Context: context.Background()})
	db.writer.ConnPool, db.writer.Statement.ConnPool = writer, writer
	return db, nil
}

// makeFile makes the file, empty, and its folder, unless they are there. Drafts are no business of the machine's other
// users; SQLite gives its log the mode of the file.
func makeFile(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return err
	}
	if _, err := os.Stat(path); err == nil {
		return nil // a file that cannot be written to says so later, with a better reason
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o640)
	if err != nil {
		return err
	}
	return file.Close()
}

func sqlitePool(path string, conns int, options string) (*sql.DB, error) {
	escaped := strings.NewReplacer("%", "%25", "?", "%3f", "#", "%23").Replace(filepath.ToSlash(path))
	pool, err := sql.Open("sqlite", "file:"+escaped+"?"+sqliteOptions+"&"+options)
	if err != nil {
		return nil, err
	}
	limit(pool, conns)
	return pool, nil
}

func (*sqliteDialect) close() {}

func (*sqliteDialect) engine() Engine { return SQLite }

func (*sqliteDialect) goose() (goose.Dialect, string) { return goose.DialectSQLite3, "*.postgres.sql" }

// snapshot: every transaction of SQLite is one, from its first read on; read-only ones do not take the write lock.
func (*sqliteDialect) snapshot() *sql.TxOptions { return &sql.TxOptions{ReadOnly: true} }

// startLock is an exclusive transaction on an empty database beside the real one: a file lock that is the same on
// every operating system.
func (d *sqliteDialect) startLock(ctx context.Context) (func(), error) {
	pool, err := sqlitePool(d.path+".lock", 1, "_txlock=exclusive")
	if err != nil {
		return nil, err
	}
	for {
		tx, err := pool.BeginTx(ctx, &sql.TxOptions{})
		if err == nil {
			return func() { _ = errors.Join(tx.Rollback(), pool.Close()) }, nil // nothing was written
		}
		if !retryable(err, 1) {
			return nil, errors.Join(err, pool.Close())
		}
	}
}

// settled waits its turn, which costs less than to ask whether it is another's.
func (d *sqliteDialect) settled(ctx context.Context, db *DB, query string) (settled bool, err error) {
	release, err := d.startLock(ctx)
	if err != nil {
		return false, err
	}
	defer release()
	err = db.pools[1].QueryRowContext(ctx, query).Scan(&settled)
	return settled, err
}

func (d *sqliteDialect) begin(ctx context.Context, db *DB) (writeTx, error) {
	d.writing.prepare(ctx, db.pools[0])
	tx, err := db.pools[0].BeginTx(ctx, nil)
	if err != nil {
		return nil, err
	}
	return &writingTx{tx, d.writing}, nil
}

// writeHolding keeps the lock in the process: the second of two writers waits before it could look into the database.
func (d *sqliteDialect) writeHolding(ctx context.Context, db *DB, key string, work func(*Tx) error) error {
	if _, taken := d.held.LoadOrStore(key, nil); taken {
		return ErrHeld
	}
	defer d.held.Delete(key)
	return db.Write(ctx, work)
}

// listen hears nothing: processes that share a file have no way to tell each other.
func (*sqliteDialect) listen(ctx context.Context, _ string, _ func()) error {
	<-ctx.Done()
	return ctx.Err()
}

// scrub writes a small database anew, moves the write-ahead log into the file, where deleted content has been
// overwritten, and empties it. The log
// cannot be emptied under those who read it; to wait for them here would make all writers wait as well.
func (*sqliteDialect) scrub(db *DB, rewritten *bool) (done bool, err error) {
	ctx := context.Background()
	conn, err := db.pools[0].Conn(ctx)
	if err != nil {
		return false, err
	}
	defer conn.Close()
	if _, err := conn.ExecContext(ctx, "PRAGMA busy_timeout = 0"); err != nil {
		return false, err
	}
	busy := 1
	if !*rewritten {
		*rewritten, err = rewrite(ctx, conn)
	}
	if *rewritten && err == nil {
		var log, moved int
		err = conn.QueryRowContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &log, &moved)
	}
	_, reset := conn.ExecContext(ctx, "PRAGMA busy_timeout = "+busyTimeout)
	return err == nil && busy == 0, errors.Join(err, reset)
}

// mostRewritten is the size in bytes up to which a whole database is written anew: it is held in memory meanwhile.
const mostRewritten = 32 << 20

// rewrite writes the database anew, unless it is large: secure_delete overwrites what is deleted, but not what SQLite
// leaves behind in a page when it moves the rest of it about, which can be a word. It is not done while others write.
func rewrite(ctx context.Context, conn *sql.Conn) (done bool, err error) {
	var size int64
	err = conn.QueryRowContext(ctx, "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size").Scan(&size)
	if err != nil || size > mostRewritten {
		return true, err
	}
	if _, err := conn.ExecContext(ctx, "PRAGMA temp_store = MEMORY"); err != nil {
		return false, err
	}
	_, err = conn.ExecContext(ctx, "VACUUM")
	if f, ok := inspectSQLite(err); ok && f.verdict == contention {
		return false, nil
	}
	return err == nil, err
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
