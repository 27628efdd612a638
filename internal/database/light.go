package database

import (
	"context"
	"database/sql"
	"errors"
	"strconv"
	"strings"

	"gorm.io/gorm"
)

// ErrMore is what work that was given to [DB.ReadLight] returns when it turns out to need more than one statement.
var ErrMore = errors.New("the work needs more than one statement")

// ReadLight is [DB.Read] for work that mostly needs one statement. A statement reads one state of the database by
// itself, so at first nothing is begun and ended around it, which would be two more round trips. Work that sends a
// second statement, or returns ErrMore, is run again from its start on a snapshot, as by Read; [Tx.Light] says which
// of both it is.
func (db *DB) ReadLight(ctx context.Context, work func(tx *Tx) error) error {
	work = looked(ctx, work)
	more := false
	again := func(err error, n int) bool {
		return retryable(err, n) || n < maxAttempts && lost(err) && ctx.Err() == nil
	}
	err := db.retry(ctx, again, func() error {
		pool := &lightPool{pool: db.readers(), stmts: db.stmts}
		tx := db.newTx(ctx, db.reader, pool)
		tx.ReadOnly, tx.Light, tx.light = true, true, pool
		err := work(tx)
		if more = pool.more || errors.Is(err, ErrMore); more {
			return nil
		}
		return err
	})
	if err != nil || !more {
		return err
	}
	return db.read(ctx, work)
}

// AllowAnother lets work that was given to [DB.ReadLight] send one more statement. It is for what cannot have changed
// since the first.
func (tx *Tx) AllowAnother() {
	if tx.light != nil {
		tx.light.used = false
	}
}

// Statements is how many statements units of work have sent since db was opened.
func (db *DB) Statements() int64 { return db.statements.Load() }

// Query sends a statement that is written for both engines, with ? for each argument, past all that gorm does for
// statements it makes itself. The caller closes the rows.
func (tx *Tx) Query(statement string, args ...any) (*sql.Rows, error) {
	if tx.Engine == Postgres {
		statement = numbered(statement)
	}
	rows, err := tx.Statement.ConnPool.QueryContext(tx.Statement.Context, statement, args...)
	return rows, translate(err)
}

// numbered puts $1, $2 and so on in the place of each ?. The statements have no string that holds one.
func numbered(statement string) string {
	var b strings.Builder
	b.Grow(len(statement) + 32)
	for n := 1; ; n++ {
		before, after, more := strings.Cut(statement, "?")
		b.WriteString(before)
		if !more {
			return b.String()
		}
		b.WriteByte('$')
		b.WriteString(strconv.Itoa(n))
		statement = after
	}
}

// counted counts the statements that go through a connection.
type counted struct {
	gorm.ConnPool
	db *DB
}

func (c *counted) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	c.db.statements.Add(1)
	return c.ConnPool.ExecContext(ctx, query, args...)
}

func (c *counted) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	c.db.statements.Add(1)
	return c.ConnPool.QueryContext(ctx, query, args...)
}

func (c *counted) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	c.db.statements.Add(1)
	return c.ConnPool.QueryRowContext(ctx, query, args...)
}

// lightPool lets one query through, and remembers whether more was asked for.
type lightPool struct {
	pool       *sql.DB
	stmts      *reading
	used, more bool
}

func (p *lightPool) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if p.used {
		p.more = true
		return nil, ErrMore
	}
	p.used = true
	return p.stmts.query(ctx, p.pool, query, args)
}

func (p *lightPool) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	if p.used { // a row cannot be made but by a query: this one fails
		p.more = true
		done, cancel := context.WithCancel(ctx)
		cancel()
		return p.pool.QueryRowContext(done, query, args...)
	}
	p.used = true
	return p.pool.QueryRowContext(ctx, query, args...)
}

func (p *lightPool) ExecContext(context.Context, string, ...any) (sql.Result, error) {
	p.more = true
	return nil, ErrMore
}

func (p *lightPool) PrepareContext(context.Context, string) (*sql.Stmt, error) {
	p.more = true
	return nil, ErrMore
}
