package database_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/database/dbtest"
)

// TestStatementsForReadingAreBounded: of many statements, sent by many at once, those are kept prepared that were sent
// last, and each says what it should while others are closed.
func TestStatementsForReadingAreBounded(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t, database.SQLite)
	const often = "SELECT ? + 0"
	read := func(query string, want int) {
		err := db.ReadLight(t.Context(), func(tx *database.Tx) error {
			rows, err := tx.Query(query, want)
			if err != nil {
				return err
			}
			defer rows.Close()
			for rows.Next() {
				var n int
				if err := rows.Scan(&n); err != nil || n != want {
					t.Errorf("%s gave %d, %v", query, n, err)
				}
			}
			return rows.Err()
		})
		if err != nil {
			t.Errorf("%s: %v", query, err)
		}
	}
	var all sync.WaitGroup
	for reader := range 8 {
		all.Go(func() {
			for n := range 300 {
				read(fmt.Sprintf("SELECT ? /* %d */", (n+reader*20)%400), n)
				read(often, n)
			}
		})
	}
	all.Wait()
	last := "SELECT ? /* last */"
	read(last, 1)
	for query, want := range map[string]bool{often: true, last: true, "SELECT ? /* never */": false} {
		if count, kept := database.PreparedForReading(db, query); kept != want || count > 200 {
			t.Errorf("%s: kept is %v; %d are kept", query, kept, count)
		}
	}
}
