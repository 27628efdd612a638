package database

import (
	"context"
	"database/sql"
	"sync"
)

const (
	// maxReading bounds how many of the readers' statements are kept prepared: on each connection, a list's takes 27 kB.
	maxReading = 64
	// maxWriting bounds how many of the writer's statements are kept prepared, at some kilobytes each.
	maxWriting = 64
	// maxWritten is how many bytes the text of one of them may have: longer ones write many rows, which takes its time.
	maxWritten = 2 << 10
	// maxCounted bounds how many statements are counted that are not prepared.
	maxCounted = 512
	// oftenEnough is how often a statement is sent before it is prepared.
	oftenEnough = 3
)

// prepared keeps statements prepared, those that were sent last.
type prepared struct {
	most int

	mu   sync.Mutex
	sent uint64 // how often any was
	kept map[string]*keptStmt
}

// keptStmt is a statement that is kept, or was until somebody who sends it has done so.
type keptStmt struct {
	*sql.Stmt
	last    uint64 // when it was sent, as sent counts
	users   int
	removed bool
}

func newPrepared(most int) *prepared { return &prepared{most: most, kept: map[string]*keptStmt{}} }

// use gives the statement with a text, until done is called; nil when it is not kept.
func (p *prepared) use(query string) *keptStmt {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.used(query)
}

func (p *prepared) used(query string) *keptStmt {
	k := p.kept[query]
	if k != nil {
		p.sent++
		k.last = p.sent
		k.users++
	}
	return k
}

// add keeps a statement in the place of the one that was not sent for longest, and gives it as use does.
func (p *prepared) add(query string, stmt *sql.Stmt) *keptStmt {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.kept[query] != nil { // somebody else was quicker
		_ = stmt.Close() // nobody has sent it
		return p.used(query)
	}
	if len(p.kept) >= p.most {
		p.removeOldest()
	}
	p.kept[query] = &keptStmt{Stmt: stmt}
	return p.used(query)
}

func (p *prepared) removeOldest() {
	var oldest string
	last := p.sent + 1
	for query, k := range p.kept {
		if k.last < last {
			oldest, last = query, k.last
		}
	}
	k := p.kept[oldest]
	delete(p.kept, oldest)
	k.removed = true
	p.free(k)
}

// done ends a use. Rows that are still being read keep a statement for themselves.
func (p *prepared) done(k *keptStmt) {
	p.mu.Lock()
	defer p.mu.Unlock()
	k.users--
	p.free(k)
}

// free closes a statement that is neither kept nor about to be sent.
func (*prepared) free(k *keptStmt) {
	if k.removed && k.users == 0 {
		_ = k.Close() // what the driver says of a statement that nobody needs is of no use
	}
}

// reading keeps statements prepared for reading where that saves work: SQLite would parse and plan each anew. The nil
// reading keeps none; pgx keeps its own, a connection at a time.
type reading struct{ *prepared }

func (r *reading) query(ctx context.Context, pool *sql.DB, query string, args []any) (*sql.Rows, error) {
	if r == nil {
		return pool.QueryContext(ctx, query, args...)
	}
	k := r.use(query)
	if k == nil {
		stmt, err := pool.PrepareContext(context.WithoutCancel(ctx), query)
		if err != nil {
			return nil, err
		}
		k = r.add(query, stmt)
	}
	defer r.done(k)
	return k.QueryContext(ctx, args...)
}

// writing keeps the writer's statements prepared that come often: SQLite takes as long to prepare a statement as to
// insert a row. Only what changes rows is kept, since that is over when it returns: a statement that is still being read
// from could not be sent again. Preparing needs the writer's one connection, so it is done before a transaction begins.
type writing struct {
	*prepared
	mu      sync.Mutex
	counts  map[string]int
	pending []string
}

func newWriting() *writing {
	return &writing{prepared: newPrepared(maxWriting), counts: map[string]int{}}
}

// count counts a statement that is not prepared.
func (w *writing) count(query string) {
	if len(query) > maxWritten {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.counts) >= maxCounted {
		clear(w.counts)
	}
	if w.counts[query]++; w.counts[query] == oftenEnough {
		w.pending = append(w.pending, query)
	}
}

// prepare prepares what has come often enough. What cannot be prepared is sent as it is, and fails there if it must.
func (w *writing) prepare(ctx context.Context, pool *sql.DB) {
	w.mu.Lock()
	pending := w.pending
	w.pending = nil
	for _, query := range pending {
		delete(w.counts, query)
	}
	w.mu.Unlock()
	for _, query := range pending {
		stmt, err := pool.PrepareContext(ctx, query)
		if err != nil {
			continue
		}
		w.done(w.add(query, stmt))
	}
}

// writingTx is a transaction that sends what is prepared as such.
type writingTx struct {
	*sql.Tx
	kept *writing
}

// ExecContext sends a statement.
func (t *writingTx) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	k := t.kept.use(query)
	if k == nil {
		t.kept.count(query)
		return t.Tx.ExecContext(ctx, query, args...)
	}
	defer t.kept.done(k)
	return t.StmtContext(ctx, k.Stmt).ExecContext(ctx, args...)
}

// outcome is what work says: nothing was put off.
func (*writingTx) outcome(_ context.Context, err error) error { return err }

// end rolls back what was not committed.
func (t *writingTx) end() { _ = t.Rollback() } // after a commit it does nothing
