package database_test

import (
	"errors"
	"testing"

	"gorm.io/gorm"

	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/database/dbtest"
)

// TestSoon: what nobody waits for is there for all that comes after it, and commits or fails with it.
func TestSoon(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		makeCounters(t, db, "a")
		must(t, db.Write(t.Context(), func(tx *database.Tx) error {
			must(t, tx.Soon().Create(&counter{ID: "b"}).Error)
			must(t, tx.Soon().Exec("UPDATE counters SET n = n + 1 WHERE id = 'b'").Error)
			must(t, add(tx, "b", 2)) // goes with them
			must(t, tx.Soon().Create(&counter{ID: "c", N: 5}).Error)
			if n := value(t, tx, "c"); n != 5 {
				t.Errorf("the row is read as %d", n)
			}
			return tx.Soon().Create(&counter{ID: "d"}).Error // before the commit
		}))
		wantCounters(t, db, counter{"a", 0}, counter{"b", 3}, counter{"c", 5}, counter{"d", 0})

		refused := errors.New("refused")
		if err := db.Write(t.Context(), func(tx *database.Tx) error {
			return errors.Join(tx.Soon().Create(&counter{ID: "e"}).Error, refused)
		}); !errors.Is(err, refused) {
			t.Errorf("Write = %v, want the work's own error", err)
		}
		for name, after := range map[string]func(tx *database.Tx) error{
			"the commit":  func(*database.Tx) error { return nil },
			"a statement": func(tx *database.Tx) error { return add(tx, "a", 1) },
			"a query":     func(tx *database.Tx) error { return tx.Take(&counter{}, "id = ?", "a").Error },
			"a row":       func(tx *database.Tx) error { return tx.Raw("SELECT n FROM counters").Row().Scan(new(int)) },
		} {
			err := db.Write(t.Context(), func(tx *database.Tx) error {
				failed := tx.Soon().Create(&counter{ID: "a"}).Error // which is there
				return errors.Join(failed, after(tx))
			})
			if !errors.Is(err, gorm.ErrDuplicatedKey) {
				t.Errorf("a failure that shows with %s: %v", name, err)
			}
		}
		wantCounters(t, db, counter{"a", 0}, counter{"b", 3}, counter{"c", 5}, counter{"d", 0})
	})
}

// TestStatementsThatComeOften are kept prepared on SQLite, and say what they always did.
func TestStatementsThatComeOften(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		makeCounters(t, db, "a")
		for n := range 10 {
			must(t, db.Write(t.Context(), func(tx *database.Tx) error {
				res := tx.Exec("UPDATE counters SET n = n + 1 WHERE id = ? AND n = ?", "a", n)
				if res.RowsAffected != 1 {
					t.Errorf("%d rows the %d. time", res.RowsAffected, n+1)
				}
				return res.Error
			}))
			err := db.Write(t.Context(), func(tx *database.Tx) error { return tx.Create(&counter{ID: "a"}).Error })
			if !errors.Is(err, gorm.ErrDuplicatedKey) {
				t.Errorf("a duplicate the %d. time: %v", n+1, err)
			}
		}
		wantCounters(t, db, counter{"a", 10})
	})
}
