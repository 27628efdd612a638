package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// startLock is the advisory lock of migrations and seeding, the same number for every version of the program.
const startLock = 0x77746170695f6d67 // "wtapi_mg"

// lockPoll is how often a waiting replica looks whether the lock is free.
const lockPoll = 50 * time.Millisecond

// lockPostgres takes the start lock on a connection of its own, so that a pool of one is enough. The lock belongs to
// a transaction, because a session's lock means nothing behind a pooler that shares sessions. It is asked for again
// and again rather than waited for: a waiting statement holds a snapshot, which CREATE INDEX CONCURRENTLY waits for.
func lockPostgres(ctx context.Context, config *pgx.ConnConfig) (func(), error) {
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return nil, err
	}
	release := func() { _ = conn.Close(context.WithoutCancel(ctx)) } // the lock goes with the connection in any case
	if _, err := conn.Exec(ctx, "BEGIN; SET LOCAL idle_in_transaction_session_timeout = 0"); err != nil {
		release()
		return nil, err
	}
	for {
		var mine bool
		if err := conn.QueryRow(ctx, "SELECT pg_try_advisory_xact_lock($1)", int64(startLock)).Scan(&mine); err != nil {
			release()
			return nil, err
		}
		if mine {
			return release, nil
		}
		select {
		case <-ctx.Done():
			release()
			return nil, ctx.Err()
		case <-time.After(lockPoll):
		}
	}
}

// lockSQLite takes the start lock as an exclusive transaction on an empty database beside the real one: a file lock
// that is the same on every operating system and ends with the process, however that ends.
func lockSQLite(ctx context.Context, path string) (func(), error) {
	pool, err := openSQLitePool(path+".lock", 1, "_txlock=exclusive")
	if err != nil {
		return nil, err
	}
	for {
		tx, err := pool.BeginTx(ctx, &sql.TxOptions{})
		if err == nil {
			return func() { _ = errors.Join(tx.Rollback(), pool.Close()) }, nil // nothing was written
		}
		if !retryable(err) {
			return nil, errors.Join(fmt.Errorf("the lock %s.lock cannot be taken: %w", path, err), pool.Close())
		}
	}
}
