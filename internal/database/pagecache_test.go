package database_test

import (
	"context"
	"testing"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/database/dbtest"
)

// TestAPageHasRoomOfItsOwnSize: what is as large as a page with its header gets less than the next power of two.
func TestAPageHasRoomOfItsOwnSize(t *testing.T) {
	t.Parallel()
	_ = dbtest.New(t, database.SQLite)
	tls := libc.NewTLS()
	defer tls.Close()
	var all []uintptr
	for range 100 {
		p := sqlite3.Xsqlite3_malloc(tls, 4096+272)
		if size := sqlite3.Xsqlite3_msize(tls, p); size < 4096+272 || size > 4096+400 {
			t.Fatalf("a page gets %d bytes", size)
		}
		for _, other := range all {
			if p < other+4368 && other < p+4368 {
				t.Fatal("two pages share their room")
			}
		}
		libc.Xmemset(tls, p, 0xff, 4096+272)
		all = append(all, p)
	}
	for _, p := range all {
		sqlite3.Xsqlite3_free(tls, p)
	}
	small := sqlite3.Xsqlite3_malloc(tls, 4368)
	libc.Xmemset(tls, small, 7, 4368)
	grown := sqlite3.Xsqlite3_realloc(tls, small, 20_000)
	sevens := libc.Xmalloc(tls, 4368)
	libc.Xmemset(tls, sevens, 7, 4368)
	if libc.Xmemcmp(tls, grown, sevens, 4368) != 0 || sqlite3.Xsqlite3_msize(tls, grown) < 20_000 {
		t.Error("a page does not grow to what is none")
	}
	libc.Xfree(tls, sevens)
	sqlite3.Xsqlite3_free(tls, grown)
}

// TestMorePagesThanAreKept goes through a database that is larger than what is kept of it, on all connections at once.
func TestMorePagesThanAreKept(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t, database.SQLite)
	dbtest.Exec(t, db, "CREATE TABLE large (n integer PRIMARY KEY, text text NOT NULL)")
	dbtest.Exec(t, db, "INSERT INTO large (text) WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000) SELECT printf('%02000d', i) FROM n")
	failed := make(chan error, 8)
	for range cap(failed) {
		go func() {
			var sum int
			err := db.Read(context.Background(), func(tx *database.Tx) error {
				return tx.Raw("SELECT sum(CAST(text AS integer)) FROM large").Scan(&sum).Error
			})
			if sum != 5000*5001/2 {
				t.Errorf("the sum is %d", sum)
			}
			failed <- err
		}()
	}
	for range cap(failed) {
		if err := <-failed; err != nil {
			t.Error(err)
		}
	}
}
