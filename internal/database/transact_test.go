package database_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/database/dbtest"
	"github.com/cpics/working-together-api/internal/errs"
)

// patience bounds what must not wait; where it is used up the test fails.
const patience = 20 * time.Second

// counter is a row of the table that most tests here use.
type counter struct {
	ID string `gorm:"primaryKey"`
	N  int
}

func TestWriteCommitsAllOrNothing(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		makeCounters(t, db, "a")
		refused := errors.New("refused")
		err := db.Write(t.Context(), func(tx *database.Tx) error {
			return errors.Join(add(tx, "a", 1), tx.Create(&counter{ID: "b"}).Error, refused)
		})
		if !errors.Is(err, refused) {
			t.Errorf("Write = %v, want the work's own error", err)
		}
		func() {
			defer func() { _ = recover() }()
			_ = db.Write(t.Context(), func(tx *database.Tx) error {
				_ = add(tx, "a", 1)
				panic("a fault of ours")
			})
		}()
		ctx, cancel := context.WithCancel(t.Context())
		err = db.Write(ctx, func(tx *database.Tx) error {
			defer cancel() // the caller goes away before the commit
			return add(tx, "a", 1)
		})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("Write for nobody = %v", err)
		}
		wantCounters(t, db, counter{"a", 0})
		must(t, db.Write(t.Context(), func(tx *database.Tx) error { return add(tx, "a", 7) }))
		wantCounters(t, db, counter{"a", 7})
	})
}

func TestReadRefusesWrites(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		makeCounters(t, db, "a")
		if err := db.Read(t.Context(), func(tx *database.Tx) error { return add(tx, "a", 1) }); err == nil {
			t.Error("a Read wrote")
		}
		wantCounters(t, db, counter{"a", 0})
	})
}

func TestReadSeesOneSnapshot(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		makeCounters(t, db, "a")
		other := dbtest.Replica(t, db)
		must(t, db.Read(t.Context(), func(tx *database.Tx) error {
			before := value(t, tx, "a")
			must(t, other.Write(t.Context(), func(tx *database.Tx) error { return add(tx, "a", 1) }))
			if after := value(t, tx, "a"); after != before {
				t.Errorf("the same Read saw %d and then %d", before, after)
			}
			return nil
		}))
		wantCounters(t, db, counter{"a", 1})
	})
}

func TestReadersGoOnWhileAWriterHoldsItsLock(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		makeCounters(t, db, "a")
		other := dbtest.Replica(t, db)
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		must(t, db.Write(ctx, func(tx *database.Tx) error {
			must(t, add(tx, "a", 1))
			return other.Read(ctx, func(tx *database.Tx) error {
				if got := value(t, tx, "a"); got != 0 {
					t.Errorf("a reader saw %d, which is not committed", got)
				}
				return nil
			})
		}))
	})
}

func TestLockLosesNoUpdate(t *testing.T) {
	t.Parallel()
	const writers = 30
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		makeCounters(t, db, "a")
		replicas := []*database.DB{db, dbtest.Replica(t, db)}
		var attempts atomic.Int32
		var all sync.WaitGroup
		for i := range writers {
			all.Go(func() {
				if err := replicas[i%2].Write(t.Context(), func(tx *database.Tx) error {
					attempts.Add(1)
					c := counter{ID: "a"}
					if err := tx.Lock().First(&c).Error; err != nil {
						return err
					}
					c.N++
					return tx.Save(&c).Error
				}); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		wantCounters(t, db, counter{"a", writers})
		if n := attempts.Load(); n != writers {
			t.Errorf("%d attempts for %d writers: they did not wait for each other, but collided", n, writers)
		}
	})
}

// SQLite has no deadlocks, its writers being one after the other.
func TestPostgresDeadlockIsRetried(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t, database.Postgres)
	makeCounters(t, db, "a", "b")
	replicas := []*database.DB{db, dbtest.Replica(t, db)}
	orders := [][]string{{"a", "b"}, {"b", "a"}}
	var attempts [2]int
	var met, all sync.WaitGroup
	met.Add(2)
	for i, order := range orders {
		all.Go(func() {
			if err := replicas[i].Write(t.Context(), func(tx *database.Tx) error {
				if err := add(tx, order[0], 1); err != nil {
					return err
				}
				if attempts[i]++; attempts[i] == 1 { // each holds one row and now wants the other
					met.Done()
					met.Wait()
				}
				return add(tx, order[1], 1)
			}); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if sum := attempts[0] + attempts[1]; sum < 3 {
		t.Errorf("%d attempts in all: there was no deadlock to retry", sum)
	}
	wantCounters(t, db, counter{"a", 2}, counter{"b", 2})
}

// On SQLite nobody can remove what the work has seen.
func TestPostgresWorkLooksAgainWhenWhatItRefersToWasRemoved(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t, database.Postgres)
	makeFamily(t, db)
	other := dbtest.Replica(t, db)
	gone, attempts := errors.New("the parent is gone"), 0
	err := db.Write(t.Context(), func(tx *database.Tx) error {
		attempts++
		var parents int64
		if must(t, tx.Table("parents").Where("id = ?", "p").Count(&parents).Error); parents == 0 {
			return gone
		}
		dbtest.Exec(t, other, "DELETE FROM parents WHERE id = ?", "p")
		return tx.Exec("INSERT INTO children (id, parent, age) VALUES (?, ?, 1)", "c", "p").Error
	})
	if !errors.Is(err, gone) || attempts != 2 {
		t.Errorf("Write = %v after %d attempts, want the answer of the second look", err, attempts)
	}
}

func TestAWriterThatWaitsTooLongIsToldSo(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		makeCounters(t, db, "a")
		other := dbtest.Replica(t, db)
		must(t, db.Write(t.Context(), func(tx *database.Tx) error {
			must(t, add(tx, "a", 1))
			ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
			defer cancel()
			err := other.Write(ctx, func(tx *database.Tx) error { return add(tx, "a", 1) })
			if errs.KindOf(err) != errs.Unavailable {
				t.Errorf("the second writer got %v, want unavailable", err)
			}
			return nil
		}))
		wantCounters(t, db, counter{"a", 1})
	})
}

func TestWriteHoldingTurnsItsTwinAway(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		makeCounters(t, db, "a")
		twin := db
		if db.Engine() == database.Postgres { // which many replicas serve; a SQLite file has one
			twin = dbtest.Replica(t, db)
		}
		inside, goOn := make(chan struct{}), make(chan struct{})
		var first sync.WaitGroup
		first.Go(func() {
			if err := db.WriteHolding(t.Context(), "k", func(tx *database.Tx) error {
				close(inside)
				<-goOn
				return add(tx, "a", 1)
			}); err != nil {
				t.Error(err)
			}
		})
		<-inside
		err := twin.WriteHolding(t.Context(), "k", func(tx *database.Tx) error { return add(tx, "a", 10) })
		if !errors.Is(err, database.ErrHeld) {
			t.Errorf("the twin got %v, want ErrHeld", err)
		}
		close(goOn)
		first.Wait()
		must(t, twin.WriteHolding(t.Context(), "k", func(tx *database.Tx) error { return add(tx, "a", 100) }))
		wantCounters(t, db, counter{"a", 101})
	})
}

func TestATransactionHasOneTimeInUTC(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		east := time.FixedZone("east", 5*60*60)
		now := time.Date(2026, 3, 29, 3, 30, 15, 999_999_999, east)
		db.SetClock(func() time.Time { now = now.Add(time.Hour); return now })
		want := time.Date(2026, 3, 28, 23, 30, 15, 0, time.UTC)
		type note struct {
			ID        string
			At        time.Time
			CreatedAt time.Time
		}
		must(t, db.Write(t.Context(), func(tx *database.Tx) error {
			must(t, tx.Exec("CREATE TABLE notes (id text, at timestamp, created_at timestamp)").Error)
			return tx.Create(&note{ID: "n", At: tx.Now}).Error
		}))
		must(t, db.Read(t.Context(), func(tx *database.Tx) error {
			var got note
			must(t, tx.First(&got).Error)
			if got.At != want || got.CreatedAt != want {
				t.Errorf("read %v and %v, want %v", got.At, got.CreatedAt, want)
			}
			return nil
		}))
	})
}

func makeCounters(t *testing.T, db *database.DB, ids ...string) {
	t.Helper()
	must(t, db.Write(t.Context(), func(tx *database.Tx) error {
		must(t, tx.Exec("CREATE TABLE counters (id text PRIMARY KEY, n integer NOT NULL)").Error)
		for _, id := range ids {
			must(t, tx.Create(&counter{ID: id}).Error)
		}
		return nil
	}))
}

func wantCounters(t *testing.T, db *database.DB, want ...counter) {
	t.Helper()
	must(t, db.Read(t.Context(), func(tx *database.Tx) error {
		var got []counter
		must(t, tx.Order("id").Find(&got).Error)
		if len(got) != len(want) {
			t.Fatalf("counters are %v, want %v", got, want)
		}
		for i := range want {
			if got[i] != want[i] {
				t.Errorf("counters are %v, want %v", got, want)
			}
		}
		return nil
	}))
}

func add(tx *database.Tx, id string, n int) error {
	return tx.Model(&counter{}).Where("id = ?", id).Update("n", gorm.Expr("n + ?", n)).Error
}

func value(t *testing.T, tx *database.Tx, id string) int {
	t.Helper()
	c := counter{ID: id}
	must(t, tx.First(&c).Error)
	return c.N
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
