package database

import (
	"context"
	"errors"
	"sync"
)

// notices is how units of work tell others in this process of what they did.
type notices struct {
	mu    sync.RWMutex
	hears []func(v any, certain bool)
}

// Tell hands v to everyone who listens by [DB.OnTold], once the transaction is committed and before Write returns.
// Nothing is told of work that was rolled back.
func (tx *Tx) Tell(v any) { *tx.told = append(*tx.told, v) }

// OnTold calls hear with all that is told from now on by the transactions of this db, on the goroutine that wrote.
// certain is false where nobody can say whether the transaction was committed (see [DB.Write]).
func (db *DB) OnTold(hear func(v any, certain bool)) {
	db.notices.mu.Lock()
	defer db.notices.mu.Unlock()
	db.notices.hears = append(db.notices.hears, hear)
}

// tell passes on what a transaction had to tell.
func (n *notices) tell(told []any, certain bool) {
	n.mu.RLock()
	hears := n.hears
	n.mu.RUnlock()
	for _, v := range told {
		for _, hear := range hears {
			hear(v, certain)
		}
	}
}

type snapshotKey struct{}

// WithSnapshots makes every [DB.Read] and [DB.ReadLight] under the context end with a call of look, on the snapshot that
// was read, whether or not the work failed. They fail when look does; a look at a light one can ask for a whole one by
// [ErrMore].
func WithSnapshots(ctx context.Context, look func(tx *Tx) error) context.Context {
	return context.WithValue(ctx, snapshotKey{}, look)
}

// looked is work with the look that ctx asks for.
func looked(ctx context.Context, work func(*Tx) error) func(*Tx) error {
	look, asked := ctx.Value(snapshotKey{}).(func(*Tx) error)
	if !asked {
		return work
	}
	return func(tx *Tx) error {
		err := work(tx)
		if errors.Is(err, ErrMore) || tx.light != nil && tx.light.more {
			return err // it is done again
		}
		if failed := look(tx); err == nil || errors.Is(failed, ErrMore) {
			err = failed
		}
		return err
	}
}

// Listen calls wake whenever a transaction on any replica has notified the channel, and each time it begins to listen,
// because it may have missed some. It returns when ctx is done or it can listen no longer. Notifications are a
// courtesy: they get lost with the connection, a pooler may swallow them, and SQLite has none, where Listen only waits.
func (db *DB) Listen(ctx context.Context, channel string, wake func()) error {
	return db.dialect.listen(ctx, channel, wake)
}
