package change

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/errs"
)

// Head is the number of the newest line; 0 for an empty log.
func Head(tx *database.Tx) (int64, error) {
	var seq int64
	if err := tx.Raw("SELECT seq FROM change_head").Scan(&seq).Error; err != nil {
		return 0, fmt.Errorf("read the head of the change log: %w", err)
	}
	return seq, nil
}

// RecalledSince reports whether anything was recalled behind a line: what was read of the log there may say what it must
// not say any more.
func RecalledSince(tx *database.Tx, seq int64) (recalled bool, err error) {
	err = tx.Raw("SELECT EXISTS (SELECT 1 FROM changes WHERE seq > ? AND event = ?)", seq, Recalled).Scan(&recalled).Error
	if err != nil {
		return false, fmt.Errorf("look for recalls: %w", err)
	}
	return recalled, nil
}

// LogID tells this log from those of other services. A copy of the database has the same one.
func LogID(tx *database.Tx) (string, error) {
	var id string
	if err := tx.Raw("SELECT log_id FROM change_head").Scan(&id).Error; err != nil {
		return "", fmt.Errorf("read the id of the change log: %w", err)
	}
	return id, nil
}

// AtLeast fails with errs.Unavailable when the database has not got to a line of the log yet, as a standby may not.
func AtLeast(tx *database.Tx, seq int64) error {
	if seq == 0 {
		return nil
	}
	head, err := Head(tx)
	if err == nil && head < seq {
		err = errs.New(errs.Unavailable, "This copy of the service is behind line %d of the change log. Try again in a moment.", seq)
	}
	return err
}

const (
	// channel is what the database notifies when a line is committed; see migrations/00050.
	channel = "wtapi_changes"
	// lookEvery is how soon a line of another replica is noticed although its notification is lost: at once for those
	// who wait, and within a second for those who follow.
	lookEvery = 250 * time.Millisecond
	idleLooks = 4 // of which one is done while nobody waits
	// patience is how long a look may take, and the pause before listening again after it failed.
	patience = 2 * time.Second
	// maxLines is how many lines are followed one by one. With more, everything may have changed.
	maxLines = 1000
)

// Batch is what happened next in the log.
type Batch struct {
	Lines []Line // in order; without the texts that readers see
	// More is set when more happened than Lines tells, up to the line Last: everything may have changed.
	More bool
	Last int64
	// Restarted is set, with More, when the database was put back to an earlier state: numbers come again.
	Restarted bool
}

// Watcher follows the log for all of a process: many wait for the next line, or follow line by line, at the cost of
// one look at the database. What this process writes is known at once, from memory; what others write by the
// database's notification or, when that is lost, by a look each second.
type Watcher struct {
	LookEvery time.Duration // between two looks while somebody waits; four times as long otherwise

	db    *database.DB
	wake  chan struct{} // somebody notified
	ended chan struct{} // closed when nobody is to wait any more

	followed atomic.Int64 // all lines up to here have been delivered; -1 before the first
	away     atomic.Bool  // the last look failed, and not for want of time

	mu        sync.Mutex // held while lines are delivered
	followers []func(Batch)
	waiting   int
	head      int64         // the newest line seen
	moved     chan struct{} // closed when head moves
}

// NewWatcher watches the log in db.
func NewWatcher(db *database.DB) *Watcher {
	w := &Watcher{LookEvery: lookEvery, db: db, wake: make(chan struct{}, 1), ended: make(chan struct{}), moved: make(chan struct{})}
	w.followed.Store(-1)
	db.OnTold(w.told)
	return w
}

// Follow calls follower with all that happens from now on: for what this process writes before the writer is answered,
// for the rest as Run finds it, or a read that is traced. A line may come twice, and lines of two batches in either order; none is
// left out. The first batch says that everything may have changed. It is called before Run.
func (w *Watcher) Follow(follower func(Batch)) { w.followers = append(w.followers, follower) }

// Run follows the log until ctx is done, and then lets nobody wait any more. It is run once.
func (w *Watcher) Run(ctx context.Context) {
	var listening sync.WaitGroup
	listening.Go(func() { w.listen(ctx) })
	defer listening.Wait()
	defer close(w.ended) // first: those who wait are told at once
	ticker := time.NewTicker(w.LookEvery)
	defer ticker.Stop()
	w.look(ctx)
	for n := 1; ; n++ {
		select {
		case <-ctx.Done():
			return
		case <-w.wake:
		case <-ticker.C:
			if n%idleLooks != 0 && !w.awaited() {
				continue
			}
		}
		w.look(ctx)
	}
}

// listen hears the database's notifications, and begins again whenever that fails.
func (w *Watcher) listen(ctx context.Context) {
	for ctx.Err() == nil {
		_ = w.db.Listen(ctx, channel, func() { // why it ended does not matter: the looks go on without it
			select {
			case w.wake <- struct{}{}:
			default: // it is awake
			}
		})
		select {
		case <-ctx.Done():
		case <-time.After(patience):
		}
	}
}

func (w *Watcher) awaited() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.waiting > 0
}

// Wait returns true when the log has gone beyond head, which the caller has just read, and false when ctx is done or the
// watcher has ended.
func (w *Watcher) Wait(ctx context.Context, head int64) bool {
	w.mu.Lock()
	w.waiting++
	defer func() {
		w.waiting--
		w.mu.Unlock()
	}()
	for w.head <= head {
		moved := w.moved
		w.mu.Unlock()
		over := false
		select {
		case <-moved:
		case <-ctx.Done():
			over = true
		case <-w.ended:
			over = true
		}
		w.mu.Lock()
		if over {
			return w.head > head
		}
	}
	return true
}

// look reads what is new. A database that is away is looked at again.
func (w *Watcher) look(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	before := w.followed.Load()
	err := w.db.Read(ctx, func(tx *database.Tx) error {
		head, err := Head(tx)
		if err != nil {
			return err
		}
		if head < before { // not an older snapshot, but another database: it was restored from a copy
			w.restart(head)
			return nil
		}
		return w.catchUp(tx, head)
	})
	if ctx.Err() == nil { // who waited in vain, perhaps only for a connection that others use, does not know
		w.away.Store(err != nil)
	}
}

// Away says whether the database could not be reached when it was last looked at, which is at most some seconds ago.
func (w *Watcher) Away() bool { return w.away.Load() }

// reach delivers all that tx can see of the log to those who follow it, and returns the number of the newest line, which
// tx may have seen already: whoever shows what tx has read, and has called this before, shows nothing that others in
// this process do not know of. A light tx that cannot do it fails with database.ErrMore.
func (w *Watcher) reach(tx *database.Tx, saw *int64) (head int64, err error) {
	if saw != nil && *saw <= w.followed.Load() {
		return *saw, nil
	}
	if tx.Light {
		return 0, database.ErrMore
	}
	if head, err = Head(tx); err == nil {
		err = w.catchUp(tx, head)
	}
	return head, err
}

func (w *Watcher) catchUp(tx *database.Tx, head int64) error {
	followed := w.followed.Load()
	if followed >= head {
		return nil
	}
	batch := Batch{More: true, Last: head}
	if followed >= 0 && head-followed <= maxLines {
		lines, more, err := after(tx, followed)
		if err != nil {
			return err
		}
		batch = Batch{Lines: lines, More: more, Last: head}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.deliver(batch)
	w.arrive(head)
	if w.followed.Load() < head {
		w.followed.Store(head)
	}
	return nil
}

// restart begins anew in a log that is not what it was.
func (w *Watcher) restart(head int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.deliver(Batch{More: true, Last: head, Restarted: true})
	w.head = head
	w.followed.Store(head)
}

// told hears of a transaction of this process that wrote to the log.
func (w *Watcher) told(v any, certain bool) {
	by, ok := v.(*written)
	if !ok || by.last == 0 {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.deliver(Batch{Lines: by.lines, More: by.more, Last: by.last})
	if !certain {
		return // what others do under these numbers is still to be followed
	}
	w.arrive(by.last)
	// What others wrote before may not have been delivered yet: then all of it is read once more.
	first := by.first()
	if first > 0 && w.followed.Load() == first-1 {
		w.followed.Store(by.last)
	}
}

// deliver passes a batch on. w.mu is held.
func (w *Watcher) deliver(batch Batch) {
	for _, follower := range w.followers {
		follower(batch)
	}
}

// arrive wakes those who wait for a line up to head. w.mu is held.
func (w *Watcher) arrive(head int64) {
	if head > w.head {
		w.head = head
		close(w.moved)
		w.moved = make(chan struct{})
	}
}

// after reads the lines behind a number, and whether there are more than are worth following one by one.
func after(tx *database.Tx, seq int64) (lines []Line, more bool, err error) {
	err = tx.Select("seq", "entry_id", "type", "event", "slug", "previous_slug", "lists").
		Where("seq > ?", seq).Order("seq").Limit(maxLines + 1).Find(&lines).Error
	if err != nil {
		return nil, false, fmt.Errorf("follow the change log: %w", err)
	}
	return lines, len(lines) > maxLines, nil
}
