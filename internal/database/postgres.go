package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"gorm.io/driver/postgres"
)

// postgresDialect is a Postgres server, directly or behind a pooler, that many replicas share.
type postgresDialect struct {
	config *pgx.ConnConfig
	watch  *sentry
}

// postgresDialector is gorm's own; only the translation of errors is ours.
type postgresDialector struct{ *postgres.Dialector }

func (postgresDialector) Translate(err error) error { return translate(err) }

// startLockKey is the advisory lock of migrations and seeding, the same number in every version of the program.
const startLockKey int64 = 0x77746170695f6d67 // "wtapi_mg"

// startLockPoll is how often a waiting replica looks whether the start lock is free.
const startLockPoll = 50 * time.Millisecond

func openPostgres(url string, maxConns int) (*DB, error) {
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("the database URL is not a Postgres address: %w", err)
	}
	config.RuntimeParams["timezone"] = "UTC" // what SQL itself makes of a time must not depend on the server
	if config.RuntimeParams["application_name"] == "" {
		config.RuntimeParams["application_name"] = "wtapi"
	}
	config.AfterConnect = settle(config.RuntimeParams)
	watch := newSentry(config)
	pool := stdlib.OpenDB(*config)
	limit(pool, maxConns)
	g, err := newGorm(postgresDialector{&postgres.Dialector{Config: &postgres.Config{Conn: pool}}})
	if err != nil {
		watch.end()
		return nil, errors.Join(err, pool.Close())
	}
	return &DB{dialect: &postgresDialect{config, watch}, writer: g, reader: g, pools: []*sql.DB{pool}}, nil
}

// sessionSettings are what every connection begins with, unless the address says something itself.
var sessionSettings = map[string]string{
	// Off is what takes a short statement longer than all its work, wherever a planner takes it for a long one: compiling
	// (seconds) and workers beside (milliseconds, each time).
	"jit":                             "off",
	"max_parallel_workers_per_gather": "0",
	// A transaction whose end never reaches the server holds its locks for hours otherwise, with all who publish waiting.
	// Ours say the next thing within milliseconds.
	"idle_in_transaction_session_timeout": "'10s'",
}

// settle makes the session's settings. They are no parameters of the connection, as some poolers refuse those.
func settle(given map[string]string) func(context.Context, *pgconn.PgConn) error {
	var settings []string
	for name, value := range sessionSettings {
		if given[name] == "" {
			settings = append(settings, "SET "+name+" = "+value)
		}
	}
	return func(ctx context.Context, conn *pgconn.PgConn) error {
		return conn.Exec(ctx, strings.Join(settings, "; ")).Close()
	}
}

func (d *postgresDialect) close() { d.watch.end() }

func (*postgresDialect) engine() Engine { return Postgres }

func (*postgresDialect) goose() (goose.Dialect, string) { return goose.DialectPostgres, "*.sqlite.sql" }

func (*postgresDialect) snapshot() *sql.TxOptions {
	return &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}
}

// startLock uses a connection of its own, so that a pool of one is enough. The lock belongs to a transaction, because
// a session's lock means nothing behind a pooler that shares sessions. It is asked for again and again rather than
// waited for: a waiting statement holds a snapshot, and CREATE INDEX CONCURRENTLY waits for those.
func (d *postgresDialect) startLock(ctx context.Context) (func(), error) {
	conn, err := pgx.ConnectConfig(ctx, d.config)
	if err != nil {
		return nil, err
	}
	release := func() {
		ctx := context.WithoutCancel(ctx)
		_, _ = conn.Exec(ctx, "ROLLBACK") // so that who comes next finds the lock free: nobody waits for what Close does
		_ = conn.Close(ctx)               // whatever it says, the lock is gone
	}
	if err := awaitStartLock(ctx, conn); err != nil {
		release()
		return nil, err
	}
	return release, nil
}

func awaitStartLock(ctx context.Context, conn *pgx.Conn) error {
	if _, err := conn.Exec(ctx, "BEGIN; SET LOCAL idle_in_transaction_session_timeout = 0"); err != nil {
		return err
	}
	for {
		var mine bool
		// In the extended protocol the statement would stay open, and its snapshot with it.
		err := conn.QueryRow(ctx, "SELECT pg_try_advisory_xact_lock($1)", pgx.QueryExecModeSimpleProtocol, startLockKey).Scan(&mine)
		if err != nil || mine {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(startLockPoll):
		}
	}
}

// settled takes the start lock beside all others that only look, for as long as it looks, and needs one round trip for
// everything: a start waits for little else.
func (d *postgresDialect) settled(ctx context.Context, db *DB, query string) (settled bool, err error) {
	conn, err := db.pools[0].Conn(ctx)
	if err != nil {
		return false, err
	}
	defer conn.Close()
	err = conn.Raw(func(driver any) error {
		pg := driver.(*stdlib.Conn).Conn().PgConn()
		results, err := pg.Exec(ctx, fmt.Sprintf("BEGIN READ ONLY; SELECT pg_try_advisory_xact_lock_shared(%d); %s; ROLLBACK", startLockKey, query)).ReadAll()
		if err != nil { // what was begun may not have ended
			_, _ = pg.Exec(ctx, "ROLLBACK").ReadAll() // a connection that is lost is found out by who uses it next
			return err
		}
		settled = isTrue(results[1]) && isTrue(results[2])
		return nil
	})
	return settled, err
}

// isTrue reads a boolean in the protocol's text format.
func isTrue(r *pgconn.Result) bool {
	return len(r.Rows) == 1 && string(r.Rows[0][0]) == "t"
}

func (*postgresDialect) begin(ctx context.Context, db *DB) (writeTx, error) {
	p, err := beginPipeline(ctx, db.pools[0])
	if err != nil {
		return nil, err
	}
	return p, nil
}

// writeHolding takes a lock that ends with the transaction. Once in 2^64 pairs two keys share one: then the later
// unit of work is turned away for nothing, and comes again.
func (*postgresDialect) writeHolding(ctx context.Context, db *DB, key string, work func(*Tx) error) error {
	return db.Write(ctx, func(tx *Tx) error {
		var mine bool
		if err := tx.Raw("SELECT pg_try_advisory_xact_lock(hashtextextended(?, 0))", key).Scan(&mine).Error; err != nil {
			return err
		}
		if !mine {
			return ErrHeld
		}
		return work(tx)
	})
}

// listenPause is how long a listener hears nothing before it asks whether the server is still there.
const listenPause = 30 * time.Second

// listen has a connection of its own: one of the pool would be missing there.
func (d *postgresDialect) listen(ctx context.Context, channel string, wake func()) error {
	config := d.config.Copy()
	config.DialFunc = d.watch.dialFor(true)
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	if _, err := conn.Exec(ctx, "LISTEN "+pgx.Identifier{channel}.Sanitize()); err != nil {
		return err
	}
	for {
		wake()
		if err := awaitNotification(ctx, conn, d.watch.patience); err != nil {
			return err
		}
	}
}

// awaitNotification waits for the next one. The server is asked now and then whether it is still there.
func awaitNotification(ctx context.Context, conn *pgx.Conn, patience time.Duration) error {
	for {
		pause, cancel := context.WithTimeout(ctx, listenPause)
		_, err := conn.WaitForNotification(pause)
		cancel()
		if err == nil || ctx.Err() != nil || conn.IsClosed() {
			return err
		}
		asking, cancel := context.WithTimeout(ctx, patience)
		err = conn.Ping(asking)
		cancel()
		if err != nil {
			return err
		}
	}
}

// scrub has nothing to do: vacuuming and the server's own log are its operator's.
func (*postgresDialect) scrub(*DB, *bool) (bool, error) { return true, nil }

// Refused says whether err is a server's that lets nobody in with what the address says: a wrong password, or no such
// database.
func Refused(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && (strings.HasPrefix(pg.Code, "28") || pg.Code == "3D000" || pg.Code == "42501")
}

// inspectPostgres understands SQLSTATE, https://www.postgresql.org/docs/current/errcodes-appendix.html.
func inspectPostgres(err error) (finding, bool) {
	var connect *pgconn.ConnectError
	if errors.As(err, &connect) || pgconn.SafeToRetry(err) || pgconn.Timeout(err) {
		return finding{verdict: away}, true
	}
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		return finding{}, false
	}
	f := finding{constraint: pg.ConstraintName}
	switch pg.Code {
	case "23505":
		f.verdict = duplicate
	case "23503", "23001":
		f.verdict = raced
	case "23514":
		f.verdict = check
	case "40001", "40P01", "55P03": // serialization failure, deadlock, lock not available
		f.verdict = contention
	case "25P03", "25P04": // it ended the transaction because we were silent, or it took too long
		f.verdict = away
	}
	switch pg.Code[:2] {
	case "08", "53", "57", "58": // connection, resources, operator's intervention, system
		f.verdict = away
	}
	return f, true
}
