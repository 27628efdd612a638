package change

import (
	"context"
	"hash/maphash"
	"slices"
	"sync"

	"github.com/google/uuid"

	"github.com/cpics/working-together-api/internal/database"
)

// Key stands for something that lines of the log can be about: an entry, an address, the lists of a type, or the whole
// log. It is a hash, good within this process: two things may share one, which makes an answer seem older than it is,
// never newer.
type Key uint64

var seed = maphash.MakeSeed()

// kinds of keys.
const (
	aboutEntry byte = iota
	aboutSlug
	aboutLists
	aboutOrder
	aboutEditions
)

// Everything is raised by every line.
var Everything = Key(maphash.String(seed, "the log"))

// EntryKey is raised by every line of the entry: the public item with all that it shows of others.
func EntryKey(id uuid.UUID) Key {
	var b [1 + len(id)]byte
	b[0] = aboutEntry
	copy(b[1:], id[:])
	return Key(maphash.Bytes(seed, b[:]))
}

// SlugKey is raised when an address of the type comes to lead to something else.
func SlugKey(typ, slug string) Key { return textKey(aboutSlug, typ, slug) }

// OrderKey is raised when a list of the type may hold other entries than before, or in another order. What its items show
// is their own affair.
func OrderKey(typ string) Key { return textKey(aboutOrder, typ, "") }

// ListKey is raised when a list of the type may hold other entries than before.
func ListKey(typ string) Key { return textKey(aboutLists, typ, "") }

// EditionKey is raised when an entry of the type is published, moved, withdrawn or removed.
func EditionKey(typ string) Key { return textKey(aboutEditions, typ, "") }

func textKey(kind byte, a, b string) Key {
	var h maphash.Hash
	h.SetSeed(seed)
	h.WriteByte(kind) // it and the next ones never fail
	h.WriteString(a)
	h.WriteByte(0)
	h.WriteString(b)
	return Key(h.Sum64())
}

// Keys are what a line raises.
func (l Line) Keys() []Key {
	keys := []Key{Everything, EntryKey(l.EntryID)}
	if l.Event == Refreshed {
		return keys
	}
	keys = append(keys, EditionKey(l.Type))
	switch l.Lists {
	case ListsKept:
	case ListsReordered:
		keys = append(keys, OrderKey(l.Type))
	default:
		keys = append(keys, ListKey(l.Type), OrderKey(l.Type))
	}
	for _, slug := range []string{l.Slug, l.PreviousSlug} {
		if slug != "" {
			keys = append(keys, SlugKey(l.Type, slug))
		}
	}
	return keys
}

// Trace is what the answer to one request was made from, as far as its readers of the database say. Whoever reads for
// the public says so with Shows, Lists and Names as it reads; whoever is sure that all is said, with Complete.
type Trace struct {
	mu       sync.Mutex
	keys     []Key
	complete bool
	read     bool
	head     int64
	saw      *int64 // what the transaction under way has said of its snapshot
}

type traceKey struct{}

// WithTrace has all that is read under the context noted in the trace. Nothing read under it is shown to anyone before
// w's followers know of all the lines that the snapshot has.
func WithTrace(ctx context.Context, t *Trace, w *Watcher) context.Context {
	ctx = context.WithValue(ctx, traceKey{}, t)
	return database.WithSnapshots(ctx, func(tx *database.Tx) error {
		head, err := w.reach(tx, t.taken())
		if err == nil {
			t.seen(head)
		}
		return err
	})
}

// taken is what the transaction that ends has said of its snapshot; nil for nothing.
func (t *Trace) taken() *int64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	saw := t.saw
	t.saw = nil
	return saw
}

// seen notes that a snapshot with a head was read.
func (t *Trace) seen(head int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.read || head < t.head {
		t.head = head
	}
	t.read = true
}

// Seen gives the number of the newest line that everything read had, and the keys that later lines must not have
// raised for it to be good still. ok is false when nothing was read.
func (t *Trace) Seen() (head int64, keys []Key, ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	keys = slices.Clone(t.keys)
	if !t.complete {
		keys = []Key{Everything}
	}
	return t.head, keys, t.read
}

// Saw notes the number of the newest line in the snapshot of a transaction, where the reader's own statement gave it:
// it need not be asked for then.
func Saw(tx *database.Tx, head int64) {
	note(tx, func(t *Trace) { t.saw = &head })
}

// Shows notes that entries are shown, or looked for and not found.
func Shows(tx *database.Tx, ids ...uuid.UUID) {
	note(tx, func(t *Trace) {
		for _, id := range ids {
			t.keys = append(t.keys, EntryKey(id))
		}
	})
}

// Names notes that an address was looked up.
func Names(tx *database.Tx, typ, slug string) {
	note(tx, func(t *Trace) { t.keys = append(t.keys, SlugKey(typ, slug)) })
}

// Lists notes that a list of a type was read, or counted. What stands in it is to be noted by Shows.
func Lists(tx *database.Tx, typ string) {
	note(tx, func(t *Trace) { t.keys = append(t.keys, OrderKey(typ)) })
}

// Members is Lists for what would be the same if only titles, names and numbers had changed.
func Members(tx *database.Tx, typ string) {
	note(tx, func(t *Trace) { t.keys = append(t.keys, ListKey(typ)) })
}

// Editions notes that entries of a type were told apart by what their last editions say, or when those were published.
func Editions(tx *database.Tx, typ string) {
	note(tx, func(t *Trace) { t.keys = append(t.keys, EditionKey(typ)) })
}

// Complete notes that the answer depends on nothing but what was noted. Without it, every line of the log counts.
func Complete(tx *database.Tx) {
	note(tx, func(t *Trace) { t.complete = true })
}

func note(tx *database.Tx, add func(*Trace)) {
	t, ok := tx.Statement.Context.Value(traceKey{}).(*Trace)
	if !ok {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	add(t)
}
