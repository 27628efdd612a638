package database

import (
	"context"
	"database/sql"
	"sync"
)

const (
	// maxWriting bounds how many of the writer's statements are kept prepared, at some kilobytes each.
	maxWriting = 64
	// maxWritten is how many bytes the text of one of them may have: longer ones write many rows, which takes its time.
	maxWritten = 2 << 10
	// maxCounted bounds how many statements are counted that are not prepared.
	maxCounted = 512
	// oftenEnough is how often a statement is sent before it is prepared.
	oftenEnough = 3
)

// writing keeps the writer's statements prepared that come often: SQLite takes as long to prepare a statement as to
// insert a row. Only what changes rows is kept, since that is over when it returns: a statement that is still being read
// from could not be sent again. Preparing needs the writer's one connection, so it is done before a transaction begins.
type writing struct {
	mu      sync.Mutex
	stmts   map[string]*sql.Stmt
	counts  map[string]int
	pending []string
}

func newWriting() *writing {
	return &writing{stmts: map[string]*sql.Stmt{}, counts: map[string]int{}}
}

// get is the prepared statement; nil while there is none, which is counted.
func (w *writing) get(query string) *sql.Stmt {
	w.mu.Lock()
	defer w.mu.Unlock()
	if stmt := w.stmts[query]; stmt != nil {
		return stmt
	}
	if len(w.stmts)+len(w.pending) >= maxWriting || len(query) > maxWritten {
		return nil
	}
	if len(w.counts) >= maxCounted {
		clear(w.counts)
	}
	if w.counts[query]++; w.counts[query] == oftenEnough {
		w.pending = append(w.pending, query)
	}
	return nil
}

// prepare prepares what has come often enough. What cannot be prepared is sent as it is, and fails there if it must.
func (w *writing) prepare(ctx context.Context, pool *sql.DB) {
	w.mu.Lock()
	pending := w.pending
	w.pending = nil
	w.mu.Unlock()
	for _, query := range pending {
		stmt, err := pool.PrepareContext(ctx, query)
		if err != nil {
			continue
		}
		w.mu.Lock()
		w.stmts[query] = stmt
		delete(w.counts, query)
		w.mu.Unlock()
	}
}

// writingTx is a transaction that sends what is prepared as such.
type writingTx struct {
	*sql.Tx
	kept *writing
}

// ExecContext sends a statement.
func (t *writingTx) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	stmt := t.kept.get(query)
	if stmt == nil {
		return t.Tx.ExecContext(ctx, query, args...)
	}
	return t.StmtContext(ctx, stmt).ExecContext(ctx, args...)
}

// outcome is what work says: nothing was put off.
func (*writingTx) outcome(_ context.Context, err error) error { return err }

// end rolls back what was not committed.
func (t *writingTx) end() { _ = t.Rollback() } // after a commit it does nothing
