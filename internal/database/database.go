// Package database opens the service's database and runs units of work on it.
//
// There are two engines, embedded SQLite and Postgres, and one behaviour: dialect.go says where they differ. Whatever
// the engine, a store calls [DB.Write] or [DB.Read] with a function that is a whole unit of work, gets a [Tx] with one
// clock reading, and sees failures as gorm's sentinel errors, as [errs.Unavailable], or as what they are: a fault of
// ours.
package database

import (
	"context"
	"database/sql"
	"errors"
	"runtime"
	"strings"
	"sync/atomic"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
	"gorm.io/gorm/logger"
)

// Engine names a kind of database.
type Engine string

// The engines, by the names that migrations and tests use.
const (
	SQLite   Engine = "sqlite"
	Postgres Engine = "postgres"
)

// Config says which database to open and how.
type Config struct {
	// URL is "sqlite:" and a path, relative or absolute, or a Postgres address ("postgres://…" or "postgresql://…",
	// several hosts and target_session_attrs included).
	URL string
	// MaxConns bounds the open connections, the one that writes to SQLite aside. 0 stands for 16, and on SQLite for two a
	// processor, between 4 and 8: each has pages and statements of its own there, and works on a processor of this machine.
	MaxConns int
}

// Remote says whether the database is a server, which may be away while nothing is wrong with the program or its settings.
func (c Config) Remote() bool { return !strings.HasPrefix(c.URL, "sqlite:") }

// defaultMaxConns suits one replica: what waits in the pool is cheaper than what waits in the server.
const defaultMaxConns = 16

// sqliteMaxConns lets two read for each processor: one of them may wait for the disk.
func sqliteMaxConns() int { return min(max(4, 2*runtime.GOMAXPROCS(0)), 8) }

// connMaxLifetime makes connections move on, after a failover or behind a balancer, without anybody's help.
const connMaxLifetime = 30 * time.Minute

// DB is an open database. It is safe for concurrent use.
type DB struct {
	dialect dialect
	// SQLite has one writer, so that writers queue here and not by polling a file lock, and many readers.
	// On Postgres both are the same pool.
	writer, reader *gorm.DB
	pools          []*sql.DB // the writer's first
	stmts          *reading  // of the reader; see its comment
	statements     atomic.Int64
	clock          atomic.Pointer[func() time.Time]
	notices        notices
}

// Open connects to the database that cfg.URL names and checks that it answers. A missing SQLite file is made,
// with its folders. The schema is left alone: see [Migrate]. It fails with [errs.Unavailable] when there is no answer.
func Open(ctx context.Context, cfg Config) (*DB, error) {
	db, err := open(cfg)
	if err != nil {
		return nil, translate(err)
	}
	db.SetClock(time.Now)
	if err := db.readers().PingContext(ctx); err != nil { // the reader's: who writes first opens the writer's
		return nil, errors.Join(translate(err), db.Close())
	}
	return db, nil
}

// newGorm puts GORM over a pool. What GORM would log comes back as an error anyway, and its own transaction around
// every single statement would double ours.
func newGorm(dialector gorm.Dialector) (*gorm.DB, error) {
	return gorm.Open(dialector, &gorm.Config{
		Logger:                 logger.Discard,
		TranslateError:         true,
		SkipDefaultTransaction: true,
		DisableAutomaticPing:   true,
	})
}

func limit(pool *sql.DB, conns int) {
	pool.SetMaxOpenConns(conns)
	pool.SetMaxIdleConns(conns)
	pool.SetConnMaxLifetime(connMaxLifetime)
}

// readers is the pool of those who read.
func (db *DB) readers() *sql.DB { return db.pools[len(db.pools)-1] }

// Engine tells which engine db is.
func (db *DB) Engine() Engine { return db.dialect.engine() }

// SetClock replaces the clock that [Tx.Now] is read from. It is for tests.
func (db *DB) SetClock(now func() time.Time) { db.clock.Store(&now) }

// Now is the time by db's clock, as [Tx.Now] would give it: UTC, whole seconds.
func (db *DB) Now() time.Time { return (*db.clock.Load())().UTC().Truncate(time.Second) }

// Ping asks the database for an answer. It fails with [errs.Unavailable] when there is none.
func (db *DB) Ping(ctx context.Context) error {
	for _, pool := range db.pools {
		if err := pool.PingContext(ctx); err != nil {
			return translate(err)
		}
	}
	return nil
}

// scrubPause is between two looks at whether the reads have ended that Scrub waits for.
const scrubPause = 20 * time.Millisecond

// Scrub makes sure that what was deleted before is gone from the disk as well. SQLite keeps it in its log until then,
// and cannot let go of it under a read that began earlier: when ctx is done before that ends, Scrub returns and goes on
// behind the scenes. On Postgres, which has no such promise to make, Scrub does nothing.
func (db *DB) Scrub(ctx context.Context) error {
	rewritten := false
	done, err := db.scrubUntil(ctx.Done(), &rewritten)
	if !done && err == nil {
		go func() { _, _ = db.scrubUntil(nil, &rewritten) }() // until db is closed; the next start does what is left then
	}
	return err
}

// scrubUntil tries again and again until it is done, something fails, or end is closed.
func (db *DB) scrubUntil(end <-chan struct{}, rewritten *bool) (done bool, err error) {
	for {
		done, err = db.dialect.scrub(db, rewritten)
		if done || err != nil {
			return done, translate(err)
		}
		select {
		case <-end:
			return false, nil
		case <-time.After(scrubPause):
		}
	}
}

// Close waits for what runs and closes every connection.
func (db *DB) Close() error {
	var all []error
	for _, pool := range db.pools {
		all = append(all, pool.Close())
	}
	db.dialect.close()
	return errors.Join(all...)
}

// Tx is one transaction. It is good until the function it was given to returns.
type Tx struct {
	*gorm.DB
	Now    time.Time // when the transaction began: UTC, whole seconds; every row it writes bears this time
	Engine Engine
	// ReadOnly says that it never writes, so that what it reads is there to stay.
	ReadOnly bool
	Light    bool // by ReadLight, and one statement is all there may be
	light    *lightPool

	told *[]any // see Tell; a copy of a Tx tells on as well
}

// Lock makes the next query hold the rows it reads against other writers until the transaction ends. Rows that
// refer to them may still be added. SQLite needs no such lock: there is one writer at a time.
func (tx *Tx) Lock() *gorm.DB {
	return tx.Clauses(clause.Locking{Strength: "NO KEY UPDATE"})
}

// LockFree is [Tx.Lock] that passes over rows which others have locked instead of waiting for them: for work that
// several replicas take from one table.
func (tx *Tx) LockFree() *gorm.DB {
	return tx.Clauses(clause.Locking{Strength: "NO KEY UPDATE", Options: clause.LockingOptionsSkipLocked})
}

// LockAlone is [Tx.Lock] against those as well that refer to the rows or hold them: it waits for them to end, and they
// wait from then on. Who is about to remove a row needs it.
func (tx *Tx) LockAlone() *gorm.DB {
	return tx.Clauses(clause.Locking{Strength: "UPDATE"})
}

// Hold makes the next query keep the rows it reads from being removed until the transaction ends. They may still be
// changed. A row that another transaction has locked alone is waited for, and read as that one leaves it.
func (tx *Tx) Hold() *gorm.DB {
	return tx.Clauses(clause.Locking{Strength: "KEY SHARE"})
}
