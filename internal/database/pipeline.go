package database

import (
	"context"
	"database/sql"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"gorm.io/gorm"
)

// Soon is tx for statements whose outcome nobody waits for: those that write rows, and fail only if the whole unit of
// work is to fail. On Postgres they go out together with the next statement that is waited for, in one round trip, or
// with all others before the commit; what fails among them fails the unit of work. On SQLite, where there is no way to
// be saved, they are carried out at once.
func (tx *Tx) Soon() *gorm.DB {
	c, ok := tx.Statement.ConnPool.(*counted)
	if !ok {
		return tx.DB
	}
	p, ok := c.ConnPool.(*pipeline)
	if !ok {
		return tx.DB
	}
	session := tx.Session(&gorm.Session{NewDB: true, Context: tx.Statement.Context})
	session.Statement.ConnPool = &counted{&laterPool{p}, c.db}
	return session
}

// pipeline is a transaction on Postgres that sends what need not be waited for with what is.
type pipeline struct {
	*sql.Tx
	conn    *sql.Conn // that the transaction is on
	waiting pgx.Batch
	err     error // of what was sent with another statement
}

// beginPipeline begins a transaction. The connection is to be closed after its end.
func beginPipeline(ctx context.Context, pool *sql.DB) (*pipeline, error) {
	conn, err := pool.Conn(ctx)
	if err != nil {
		return nil, err
	}
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		_ = conn.Close() // what begin says tells more
		return nil, err
	}
	return &pipeline{Tx: tx, conn: conn}, nil
}

// ExecContext sends a statement after all that wait.
func (p *pipeline) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	if p.waiting.Len() == 0 {
		return p.Tx.ExecContext(ctx, query, args...)
	}
	p.waiting.Queue(query, args...)
	return p.send(ctx)
}

// QueryContext sends a query after all that wait.
func (p *pipeline) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if err := p.settle(ctx); err != nil {
		return nil, err
	}
	return p.Tx.QueryContext(ctx, query, args...)
}

// QueryRowContext sends a query after all that wait. Where one of those fails the transaction is over, so the query fails
// too, and the failure that counts is kept.
func (p *pipeline) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	_ = p.settle(ctx)
	return p.Tx.QueryRowContext(ctx, query, args...)
}

// settle sends all that wait.
func (p *pipeline) settle(ctx context.Context) error {
	if p.waiting.Len() > 0 {
		_, _ = p.send(ctx) // it is kept
	}
	return p.err
}

// outcome sends all that wait, unless work failed. What failed first explains all that failed after it.
func (p *pipeline) outcome(ctx context.Context, err error) error {
	if err == nil || p.err != nil {
		return p.settle(ctx)
	}
	return err
}

// send sends what waits in one round trip, and gives the outcome of the last.
func (p *pipeline) send(ctx context.Context) (sql.Result, error) {
	batch := p.waiting
	p.waiting = pgx.Batch{}
	var tag pgconn.CommandTag
	err := p.conn.Raw(func(driver any) (err error) {
		results := driver.(*stdlib.Conn).Conn().SendBatch(ctx, &batch)
		for range batch.Len() {
			if tag, err = results.Exec(); err != nil {
				break
			}
		}
		if closed := results.Close(); err == nil {
			err = closed
		}
		return err
	})
	if err != nil {
		p.err = err
		return nil, err
	}
	return affected(tag.RowsAffected()), nil
}

// end rolls back what was not committed and returns the connection.
func (p *pipeline) end() {
	_ = p.Tx.Rollback() // after a commit it does nothing
	_ = p.conn.Close()  // that the pool gets it back is all
}

// laterPool has statements wait.
type laterPool struct{ *pipeline }

// ExecContext notes a statement. What it will have affected is not known yet.
func (p *laterPool) ExecContext(_ context.Context, query string, args ...any) (sql.Result, error) {
	p.waiting.Queue(query, args...)
	return affected(0), nil
}

var errNoInsertID = errors.New("no last id is known on Postgres")

// affected is how many rows a statement has changed.
type affected int64

// LastInsertId is not known on Postgres.
func (affected) LastInsertId() (int64, error) { return 0, errNoInsertID }

// RowsAffected gives the number.
func (n affected) RowsAffected() (int64, error) { return int64(n), nil }
