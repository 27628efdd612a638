package database

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"gorm.io/gorm"

	"github.com/cpics/working-together-api/internal/errs"
)

const (
	// maxAttempts bounds how often a unit of work is tried when it loses against others.
	maxAttempts = 5
	// firstPause is the longest wait before the second attempt; it doubles with each further one.
	firstPause = 10 * time.Millisecond
	// commitGrace is how long a COMMIT may take. It is not cut short when the caller goes away, because nobody could
	// say then whether the work was saved.
	commitGrace = 15 * time.Second
)

// Write runs one unit of work and commits it, or leaves nothing of it behind when work fails. Where the work loses
// against others (serialization failure, deadlock, a busy database, a reference removed meanwhile) it is rolled back
// and run again from its start, at most five times in all, so work must have no effect outside of tx.
//
// An error of work comes back as it is, the driver's errors translated. [errs.Unavailable] means that the database
// is away or overloaded; where that hit the commit itself, its detail says that the outcome is not known.
func (db *DB) Write(ctx context.Context, work func(tx *Tx) error) error {
	return db.retry(ctx, retryable, func() error { return db.write(ctx, work) })
}

// Read runs work on one snapshot of the database. Statements that write are refused, and no lock is held that a
// writer would wait for. A connection that turns out to be dead is replaced and the work run again.
func (db *DB) Read(ctx context.Context, work func(tx *Tx) error) error {
	return db.read(ctx, looked(ctx, work))
}

func (db *DB) read(ctx context.Context, work func(tx *Tx) error) error {
	again := func(err error, n int) bool {
		return retryable(err, n) || n < maxAttempts && lost(err) && ctx.Err() == nil
	}
	return db.retry(ctx, again, func() error { return db.snapshot(ctx, work) })
}

// ErrHeld is returned by [DB.WriteHolding] while other work holds the key.
var ErrHeld = errors.New("the key is held by other work")

// WriteHolding is [DB.Write] for work that must not wait for its twin: while another WriteHolding with the same key is
// under way, on any replica, it fails at once with [ErrHeld] and work is not run.
func (db *DB) WriteHolding(ctx context.Context, key string, work func(tx *Tx) error) error {
	return db.dialect.writeHolding(ctx, db, key, work)
}

// retry runs attempt until it succeeds, again says no, or it was tried maxAttempts times.
func (db *DB) retry(ctx context.Context, again func(err error, n int) bool, attempt func() error) error {
	pause := firstPause
	for n := 1; ; n++ {
		err := attempt()
		if err == nil || n == maxAttempts || !again(err, n) {
			return translate(err)
		}
		select {
		case <-ctx.Done():
			return translate(err)
		case <-time.After(rand.N(pause)): // at random, so that two that collided do not do it again
		}
		pause *= 2
	}
}

// write begins, runs work and commits. The transaction lives on a context of its own: statements stop when ctx is done,
// a commit under way does not.
func (db *DB) write(ctx context.Context, work func(*Tx) error) error {
	own, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	stop := context.AfterFunc(ctx, cancel)
	begun, err := db.dialect.begin(own, db)
	if stop(); err != nil {
		return errors.Join(ctx.Err(), err)
	}
	defer begun.end() // after a failure or a panic too
	tx, err := db.newTx(ctx, db.writer, begun), ctx.Err()
	if err == nil {
		err = begun.outcome(ctx, work(tx))
	}
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return err
	}
	defer time.AfterFunc(commitGrace, cancel).Stop()
	err = begun.Commit()
	if err == nil || !answered(err) {
		db.notices.tell(*tx.told, err == nil)
	}
	return commitError(err)
}

// snapshot runs work on one state of the database.
func (db *DB) snapshot(ctx context.Context, work func(*Tx) error) error {
	own, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	stop := context.AfterFunc(ctx, cancel)
	begun, err := db.readers().BeginTx(own, db.dialect.snapshot())
	if stop(); err != nil {
		return errors.Join(ctx.Err(), err)
	}
	defer begun.Rollback() // there is nothing to commit
	if err := ctx.Err(); err != nil {
		return err
	}
	tx := db.newTx(ctx, db.reader, begun)
	tx.ReadOnly = true
	if err := work(tx); err != nil {
		return err
	}
	return ctx.Err()
}

// newTx reads the clock once and makes gorm use that reading too, for CreatedAt and its like.
func (db *DB) newTx(ctx context.Context, g *gorm.DB, pool gorm.ConnPool) *Tx {
	now := db.Now()
	session := g.Session(&gorm.Session{NewDB: true, Context: ctx, NowFunc: func() time.Time { return now }})
	session.Statement.ConnPool = &counted{pool, db}
	return &Tx{DB: session, Now: now, Engine: db.Engine(), told: new([]any)}
}

// commitError tells a commit that the database refused from one whose answer never came.
func commitError(err error) error {
	if err == nil || answered(err) {
		return err
	}
	return errs.New(errs.Unavailable, "It is not known whether this was saved. Look first, or send it again with the same Idempotency-Key.").Because(err)
}
