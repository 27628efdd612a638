package change_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/google/uuid"

	"github.com/cpics/working-together-api/internal/change"
	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/database/dbtest"
)

const (
	publishers = 8
	rounds     = 30 // transactions of each publisher
	followers  = 2
)

// errRolledBack ends a transaction that is to leave nothing behind.
var errRolledBack = errors.New("rolled back on purpose")

func TestFollowersMissNothing(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		shown := liveEntries(t, db, 3)
		var writers, readers sync.WaitGroup
		for p := range publishers {
			writers.Go(func() {
				for n := range rounds {
					if err := db.Write(context.Background(), publish(shown, p+n)); err != nil && !errors.Is(err, errRolledBack) {
						t.Error("publish:", err)
					}
				}
			})
		}
		written := make(chan struct{})
		seen := make([]follower, followers)
		for i := range seen {
			readers.Go(func() { seen[i].follow(t, db, written) })
		}
		writers.Wait()
		close(written)
		readers.Wait()
		all := logged(t, db, 0)
		if len(all) < publishers*rounds {
			t.Errorf("only %d lines were written", len(all))
		}
		for i, f := range seen {
			if faults := f.faults(all); faults != nil {
				t.Errorf("follower %d, in %d reads: %q", i, f.reads, faults)
			}
		}
	})
}

// publish is a transaction that writes from 1 to 6 lines, by every way of writing them. Each fourth is rolled back,
// after it has taken its numbers.
func publish(shown []uuid.UUID, n int) func(*database.Tx) error {
	return func(tx *database.Tx) error {
		log, err := change.Lock(tx)
		if err != nil {
			return err
		}
		for range n%3 + 1 {
			err = errors.Join(err, log.Append(change.Line{EntryID: uuid.New(), Type: "page", Event: change.Published}))
		}
		err = errors.Join(err, log.Refresh(shown[:n%4], nil, uuid.Nil))
		if n%4 == 3 {
			return errRolledBack
		}
		return err
	}
}

// Numbers of a database sequence are taken in one order and become readable in another. The log is not made like that;
// this shows that the test above would tell.
func TestTheCheckTellsWhatASequenceLoses(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t, database.Postgres)
	other := dbtest.Replica(t, db)
	exec(t, db, "CREATE SEQUENCE loose")
	first := begin(t, other, looseLine)
	exec(t, db, looseLine)
	var f follower
	f.read(t, db)
	first.commit(t)
	f.read(t, db)
	first = begin(t, other, looseLine)
	first.rollBack(t)
	exec(t, db, looseLine)
	f.read(t, db)
	if got, want := f.faults(logged(t, db, 0)), []string{"missed 1", "there is no 3"}; !slices.Equal(got, want) {
		t.Errorf("the check found %q, want %q", got, want)
	}
}

// looseLine writes a line under a number of a sequence.
const looseLine = `INSERT INTO changes (seq, entry_id, type, event, at)
	VALUES (nextval('loose'), '018c3f6e-0d00-7a10-9b1e-5f0a2d3c4b01', 'page', 'published', now())`

func TestTheCheckTellsEveryFault(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		seen, written []int64
		want          []string
	}{
		{[]int64{1, 2, 3}, []int64{1, 2, 3}, nil},
		{[]int64{1, 3}, []int64{1, 2, 3}, []string{"missed 2"}},
		{[]int64{1, 2}, []int64{1, 2, 3}, []string{"missed 3"}},
		{[]int64{1, 2, 2, 3}, []int64{1, 2, 3}, []string{"2 came again"}},
		{[]int64{1, 3, 2}, []int64{1, 2, 3}, []string{"2 came after 3"}},
		{[]int64{1, 3}, []int64{1, 3}, []string{"there is no 2"}},
		{[]int64{1, 2}, []int64{1}, []string{"2 vanished"}},
	} {
		if got := (&follower{seen: c.seen}).faults(c.written); !slices.Equal(got, c.want) {
			t.Errorf("seen %d of %d: %q, want %q", c.seen, c.written, got, c.want)
		}
	}
}

// Two publishers at once take turns, whichever number each will need.
func TestTheSecondPublisherWaits(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t, database.Postgres)
	first := begin(t, dbtest.Replica(t, db), "UPDATE change_head SET seq = seq")
	err := db.Write(t.Context(), func(tx *database.Tx) error {
		if err := tx.Exec("SET LOCAL lock_timeout = '50ms'").Error; err != nil {
			return err
		}
		_, err := change.Lock(tx)
		return err
	})
	if err == nil {
		t.Error("two transactions hold the publish lock")
	}
	first.commit(t)
	if err := db.Write(t.Context(), publish(nil, 0)); err != nil {
		t.Error("after the first publisher:", err)
	}
}

// follower reads the log as a partner does: what is after the last line that it has.
type follower struct {
	last  int64
	seen  []int64
	reads int
}

// follow reads on and on, until once after everything was written.
func (f *follower) follow(t *testing.T, db *database.DB, written <-chan struct{}) {
	for {
		select {
		case <-written:
			f.read(t, db)
			return
		default:
			f.read(t, db)
		}
	}
}

func (f *follower) read(t *testing.T, db *database.DB) {
	f.reads++
	for _, seq := range logged(t, db, f.last) {
		f.seen = append(f.seen, seq)
		f.last = max(f.last, seq)
	}
}

// faults lists what is wrong with what was seen, given all that was written.
func (f *follower) faults(written []int64) []string {
	var faults []string
	for i, seq := range f.seen {
		switch {
		case slices.Contains(f.seen[:i], seq):
			faults = append(faults, fmt.Sprint(seq, " came again"))
		case i > 0 && seq < f.seen[i-1]:
			faults = append(faults, fmt.Sprintf("%d came after %d", seq, f.seen[i-1]))
		case !slices.Contains(written, seq):
			faults = append(faults, fmt.Sprint(seq, " vanished"))
		}
	}
	for i, seq := range written {
		if !slices.Contains(f.seen, seq) {
			faults = append(faults, fmt.Sprint("missed ", seq))
		}
		if i > 0 && seq != written[i-1]+1 {
			faults = append(faults, fmt.Sprint("there is no ", written[i-1]+1))
		}
	}
	return faults
}

// logged gives the numbers after a number, in order.
func logged(t *testing.T, db *database.DB, after int64) []int64 {
	var seqs []int64
	err := db.Read(context.Background(), func(tx *database.Tx) error {
		return tx.Model(&change.Line{}).Where("seq > ?", after).Order("seq").Pluck("seq", &seqs).Error
	})
	if err != nil {
		t.Error("read the log:", err)
	}
	return seqs
}

// liveEntries makes entries that refreshed lines can be about.
func liveEntries(t *testing.T, db *database.DB, n int) []uuid.UUID {
	t.Helper()
	ids := make([]uuid.UUID, n)
	for i := range ids {
		ids[i] = uuid.New()
		exec(t, db, `INSERT INTO entries (id, type, status, version, created_at, created_by, saved_at, saved_by)
			VALUES ('`+ids[i].String()+`', 'page', 'live', 1, CURRENT_TIMESTAMP, '', CURRENT_TIMESTAMP, '')`)
	}
	return ids
}

func exec(t *testing.T, db *database.DB, statement string) {
	t.Helper()
	if err := db.Write(t.Context(), func(tx *database.Tx) error { return tx.Exec(statement).Error }); err != nil {
		t.Fatal(err)
	}
}

// open is a transaction under way.
type open struct {
	end  chan error
	done chan error
}

// begin starts a transaction with a statement and leaves it open.
func begin(t *testing.T, db *database.DB, statement string) open {
	t.Helper()
	o := open{make(chan error), make(chan error, 1)}
	begun := make(chan struct{})
	go func() {
		o.done <- db.Write(context.Background(), func(tx *database.Tx) error {
			err := tx.Exec(statement).Error
			close(begun)
			return errors.Join(err, <-o.end)
		})
	}()
	<-begun
	return o
}

func (o open) commit(t *testing.T) {
	t.Helper()
	o.end <- nil
	if err := <-o.done; err != nil {
		t.Fatal(err)
	}
}

func (o open) rollBack(t *testing.T) {
	t.Helper()
	o.end <- errRolledBack
	if err := <-o.done; !errors.Is(err, errRolledBack) {
		t.Fatal(err)
	}
}
