package change

import (
	"context"
	"fmt"
	"sync"
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

// lookEvery is how soon a line is noticed, whichever replica wrote it.
const lookEvery = 250 * time.Millisecond

// Watcher lets many wait for the next line at the cost of one look at the database. While nobody waits, nobody looks.
type Watcher struct {
	db *database.DB

	mu      sync.Mutex
	waiting int
	looking bool
	head    int64         // the newest line seen
	moved   chan struct{} // closed when head moves
	ended   chan struct{} // closed when nobody is to wait any more
}

// NewWatcher watches the log in db.
func NewWatcher(db *database.DB) *Watcher {
	return &Watcher{db: db, moved: make(chan struct{}), ended: make(chan struct{})}
}

// Run lets others wait until ctx is done. It is run once.
func (w *Watcher) Run(ctx context.Context) {
	<-ctx.Done()
	close(w.ended)
}

// Wait returns true when the log has gone beyond head, which the caller has just read, and false when ctx is done or the
// watcher has ended.
func (w *Watcher) Wait(ctx context.Context, head int64) bool {
	w.mu.Lock()
	w.waiting++
	if !w.looking {
		w.looking, w.head = true, head // what was seen before nobody looked may be true no more
		go w.look()
	}
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

// look looks at the head again and again and wakes those who wait when it has moved. It ends when nobody waits.
func (w *Watcher) look() {
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	for range ticker.C {
		var head int64
		// A database that is away is looked at again: whoever waits has a limit of their own.
		err := w.db.Read(context.Background(), func(tx *database.Tx) (err error) {
			head, err = Head(tx)
			return err
		})
		if w.saw(head, err) {
			return
		}
	}
}

// saw notes what a look saw, and says whether it was the last one.
func (w *Watcher) saw(head int64, err error) (last bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err == nil && head != w.head { // smaller where the database was restored
		w.head = head
		close(w.moved)
		w.moved = make(chan struct{})
	}
	w.looking = w.waiting > 0
	return !w.looking
}
