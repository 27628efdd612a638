package content

import (
	"fmt"
	"maps"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"github.com/cpics/working-together-api/internal/change"
	"github.com/cpics/working-together-api/internal/database"
)

// maxKnown bounds how many entries, and how many names, are remembered: some megabytes at most.
const maxKnown = 20_000

// plannedFor is how long the sizes of lists may be old by which a statement is chosen. No answer shows them.
const plannedFor = 10 * time.Second

// Known is what a replica remembers of entries that content links to, names in its text or is filtered by, so that a
// read need not look them up again. What it remembers belongs to one line of the change log, as everything public does:
// it is only used together with a statement that says that this is still the newest line, and is forgotten when that
// is not so. The zero value remembers nothing yet.
type Known struct {
	memory atomic.Pointer[memory]
	sizes  sync.Map // type and status to listSizes
}

// memory is what is known at one head of the change log.
type memory struct {
	head head

	mu      sync.RWMutex
	targets map[uuid.UUID]Target
	names   map[name]named
	totals  map[string]int // of selections, by their scope
	lists   sync.Map       // type and status to map[int]listRef, by number
}

// head is the newest line of the change log: its number and its entry, so that a database which was set back and went
// another way is told apart.
type head struct {
	Seq   int64
	Entry string
}

// selectHead are the columns of a head.
const selectHead = `(SELECT seq FROM change_head), (SELECT CAST(c.entry_id AS text) FROM change_head h JOIN changes c ON c.seq = h.seq)`

// name is a reference: a type, and an id or slug.
type name struct{ typ, ref string }

// named is what a reference names.
type named struct {
	ID          uuid.UUID
	everPublic  bool // whether the public may know that it names something
	viaReserved bool // by a slug that only a draft has
}

// Lookup is a reader's view of what is known, as of the reader's own statements.
type Lookup struct {
	tx     *database.Tx
	known  *Known
	memory *memory
}

// In gives the view that belongs to a transaction. In a light one it is that of the newest line known, and what is read
// must be confirmed. In one that writes, nothing is known and nothing remembered: it may not come to be.
func (k *Known) In(tx *database.Tx) (*Lookup, error) {
	l := &Lookup{tx: tx, known: k, memory: k.memory.Load()}
	switch {
	case !tx.ReadOnly:
		l.known, l.memory = new(Known), newMemory(head{})
		return l, nil
	case tx.Light && l.memory == nil:
		return nil, database.ErrMore
	case tx.Light:
		return l, nil
	}
	rows, err := tx.Query("SELECT " + selectHead)
	if err != nil {
		return nil, fmt.Errorf("read the head of the change log: %w", err)
	}
	defer rows.Close()
	var now head
	for rows.Next() {
		if err := rows.Scan(&now.Seq, nullable(&now.Entry)); err != nil {
			return nil, fmt.Errorf("read the head of the change log: %w", err)
		}
	}
	l.at(now)
	return l, rows.Err()
}

// Tx is the transaction that the view belongs to.
func (l *Lookup) Tx() *database.Tx { return l.tx }

// at makes the view that of a line. A reader of an older state has a memory of its own, for that while.
func (l *Lookup) at(now head) {
	change.Saw(l.tx, now.Seq)
	if l.memory != nil && l.memory.head == now {
		return
	}
	old := l.memory
	l.memory = newMemory(now)
	if old == nil || now.Seq >= old.head.Seq {
		l.known.memory.CompareAndSwap(old, l.memory)
	}
}

func newMemory(now head) *memory {
	return &memory{head: now, targets: map[uuid.UUID]Target{}, names: map[name]named{}, totals: map[string]int{}}
}

// Confirm fails with database.ErrMore when a statement of another package read another state than the one that is known.
// It is told that state's newest line of the change log: its number and its entry.
func (l *Lookup) Confirm(seq int64, entry string) error { return l.confirm(head{seq, entry}) }

// At says whether the view is that of a line of the change log.
func (l *Lookup) At(seq int64, entry string) bool { return l.memory.head == head{seq, entry} }

// confirm fails with database.ErrMore when a statement read another state than the one that is known.
func (l *Lookup) confirm(now head) error {
	change.Saw(l.tx, now.Seq)
	if l.tx.ReadOnly && l.memory.head != now {
		return database.ErrMore
	}
	return nil
}

// targets gives entries by id; who is nobody's has no key. In a light transaction it fails with database.ErrMore for
// what is not known.
func (l *Lookup) targets(ids []uuid.UUID) (map[uuid.UUID]Target, error) {
	found, missing := l.memory.pick(ids)
	if len(missing) == 0 {
		return found, nil
	}
	if l.tx.Light {
		return nil, database.ErrMore
	}
	var rows []Target
	err := l.tx.Raw("SELECT id, type, status, slug, title, title_key, short_name, place FROM entries WHERE id IN ?", missing).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read what is linked to: %w", err)
	}
	for _, t := range rows {
		found[t.ID] = t
	}
	l.memory.keep(rows, nil)
	return found, nil
}

// find is [find] of what is remembered, and of the database for the rest.
func (l *Lookup) find(typ string, refs []string) (map[string]named, error) {
	found := map[string]named{}
	var missing []string
	l.memory.mu.RLock()
	for _, ref := range refs {
		ref = canonicalRef(ref)
		if n, ok := l.memory.names[name{typ, ref}]; ok {
			found[ref] = n
		} else {
			missing = append(missing, ref)
		}
	}
	l.memory.mu.RUnlock()
	if len(missing) == 0 {
		return found, nil
	}
	if l.tx.Light {
		return nil, database.ErrMore
	}
	rows, err := find(l.tx, typ, missing)
	if err != nil {
		return nil, err
	}
	var targets []Target
	names := map[name]named{}
	for ref, row := range rows {
		n := named{row.ID, row.everPublic(), row.viaReserved}
		found[ref], names[name{typ, ref}] = n, n
		targets = append(targets, Target{ID: row.ID, Type: row.Type, Status: row.Status, Slug: row.Slug, Title: row.Title,
			TitleKey: row.TitleKey, ShortName: row.ShortName, Place: row.Place})
	}
	l.memory.keep(targets, names)
	return found, nil
}

// shown is find for text that refers to entries: it gives those that are live, by reference, and remembers of the
// others that they are not. Such references come from what is published, so nobody can make up many.
func (l *Lookup) shown(typ string, refs []string) (map[string]Target, error) {
	found, err := l.find(typ, refs)
	if err != nil {
		return nil, err
	}
	var ids []uuid.UUID
	unknown := map[name]named{}
	for _, ref := range refs {
		if n, ok := found[canonicalRef(ref)]; !ok {
			unknown[name{typ, canonicalRef(ref)}] = named{}
		} else if n.everPublic {
			ids = append(ids, n.ID)
		}
	}
	if len(unknown) > 0 {
		l.memory.keep(nil, unknown)
	}
	targets, err := l.targets(ids)
	if err != nil {
		return nil, err
	}
	live := map[string]Target{}
	for _, ref := range refs {
		if n := found[canonicalRef(ref)]; n.everPublic && targets[n.ID].Status == Live {
			live[ref] = targets[n.ID]
		}
	}
	return live, nil
}

// inOrder is targets in the order of the ids, each as often as it stands there.
func (l *Lookup) inOrder(ids []uuid.UUID) ([]Target, error) {
	all := make([]Target, len(ids))
	if l.memory.fill(all, ids) {
		return all, nil
	}
	found, err := l.targets(ids)
	for i, id := range ids {
		all[i] = found[id]
	}
	return all, err
}

// fill gives what is known of ids, and says whether that is all of it.
func (m *memory) fill(targets []Target, ids []uuid.UUID) bool {
	m.mu.RLock()
	defer m.mu.RUnlock()
	for i, id := range ids {
		t, ok := m.targets[id]
		if !ok {
			return false
		}
		targets[i] = t
	}
	return true
}

func (m *memory) pick(ids []uuid.UUID) (found map[uuid.UUID]Target, missing []uuid.UUID) {
	found = make(map[uuid.UUID]Target, len(ids))
	m.mu.RLock()
	defer m.mu.RUnlock()
	for _, id := range ids {
		if t, ok := m.targets[id]; ok {
			found[id] = t
		} else {
			missing = append(missing, id)
		}
	}
	return found, missing
}

// keep remembers, and forgets all else when that would become too much.
func (m *memory) keep(targets []Target, names map[name]named) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.targets)+len(targets) > maxKnown {
		clear(m.targets)
	}
	if len(m.names)+len(names) > maxKnown {
		clear(m.names)
	}
	for _, t := range targets[:min(len(targets), maxKnown)] {
		m.targets[t.ID] = t
	}
	maps.Copy(m.names, names)
}

// maxTotals bounds how many totals are remembered.
const maxTotals = 1000

// total is how many entries a selection has, if it was counted since the last change.
func (l *Lookup) total(scope string) (total int, ok bool) {
	l.memory.mu.RLock()
	defer l.memory.mu.RUnlock()
	total, ok = l.memory.totals[scope]
	return total, ok
}

// keepTotal remembers what a statement counted, after it was confirmed.
func (l *Lookup) keepTotal(scope string, total int) {
	l.memory.mu.Lock()
	defer l.memory.mu.Unlock()
	if len(l.memory.totals) >= maxTotals {
		clear(l.memory.totals)
	}
	l.memory.totals[scope] = total
}

// listSizes are how many entries the lists of a type in a status had at some time.
type listSizes struct {
	at    time.Time
	sizes map[listRef]int
}

// sizesOf gives about how large the lists of a type are. In a light transaction it fails with database.ErrMore when
// what is known is too old.
func (l *Lookup) sizesOf(typ string, status Status) (map[listRef]int, error) {
	key := typ + " " + string(status)
	if known, ok := l.known.sizes.Load(key); ok && time.Since(known.(listSizes).at) < plannedFor {
		return known.(listSizes).sizes, nil
	}
	if l.tx.Light {
		return nil, database.ErrMore
	}
	var rows []struct {
		Dimension, Value string
		Total            int
	}
	err := l.tx.Raw("SELECT dimension, value, total FROM lists WHERE type = ? AND status = ? AND total > 0", typ, status).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read the sizes of lists: %w", err)
	}
	sizes := make(map[listRef]int, len(rows))
	for _, row := range rows {
		sizes[listRef{row.Dimension, row.Value}] = row.Total
	}
	l.known.sizes.Store(key, listSizes{time.Now(), sizes})
	return sizes, nil
}

// allTargets lists what documents link to, one after another.
func allTargets(links [][]linkRow) []uuid.UUID {
	n := 0
	for _, rows := range links {
		n += len(rows)
	}
	ids := make([]uuid.UUID, 0, n)
	for _, rows := range links {
		for _, row := range rows {
			ids = append(ids, row.TargetID)
		}
	}
	return ids
}
