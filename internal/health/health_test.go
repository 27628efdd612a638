package health_test

import (
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/database/dbtest"
	"github.com/cpics/working-together-api/internal/health"
)

// soon is what a look may take at most: its patience and what a busy machine adds.
const soon = 3 * time.Second

// none is a service that keeps no copy.
func none() bool { return false }

func TestALastGoodCopyCanBeRead(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t, database.SQLite)
	must(t, db.Close())
	r := health.NewChecker(db, func() bool { return true }).Report(t.Context())
	if !r.Reads || r.Writes || len(r.Checks) != 3 || !r.Checks[2].OK || r.Checks[0].OK {
		t.Errorf("%+v", r)
	}
}

func TestOneLookServesASecond(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		now := time.Now()
		c := health.NewChecker(db, none)
		c.SetClock(func() time.Time { return now })
		want(t, c, true, true)
		must(t, db.Close())
		now = now.Add(time.Second - 1)
		want(t, c, true, true) // nobody looked
		now = now.Add(1)
		want(t, c, false, false)
	})
}

func TestADatabaseThatTakesNoWritesIsToldFromOneThatIsAway(t *testing.T) {
	t.Parallel()
	t.Run("postgres", func(t *testing.T) { // a standby, or a server whose disk is full
		t.Parallel()
		readOnly := withParameter(t, dbtest.URL(t, database.Postgres), "default_transaction_read_only", "on")
		want(t, health.NewChecker(dbtest.Open(t, readOnly), none), true, false)
	})
	t.Run("sqlite", func(t *testing.T) { // somebody holds the write lock
		t.Parallel()
		db := dbtest.New(t, database.SQLite)
		must(t, db.Write(t.Context(), func(*database.Tx) error {
			want(t, health.NewChecker(db, none), true, false)
			return nil
		}))
	})
}

func TestALookTakesNoLockAndWritesNothing(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t, database.Postgres)
	must(t, db.Write(t.Context(), func(tx *database.Tx) error {
		if err := tx.Exec("UPDATE change_head SET seq = seq").Error; err != nil { // the publish lock
			return err
		}
		want(t, health.NewChecker(db, none), true, true)
		return nil
	}))
}

// A connection that is cut without a word answers nothing, not even an error.
func TestASilentDatabaseIsNoticedSoon(t *testing.T) {
	t.Parallel()
	address, between := dbtest.Through(t, dbtest.URL(t, database.Postgres))
	db := dbtest.Open(t, address)
	c := health.NewChecker(db, none)
	want(t, c, true, true)
	between.Silent(true)
	now := time.Now().Add(time.Second)
	c.SetClock(func() time.Time { return now })
	began := time.Now()
	var askers sync.WaitGroup
	for range 20 {
		askers.Go(func() { want(t, c, false, false) })
	}
	askers.Wait()
	if took := time.Since(began); took > soon {
		t.Errorf("20 askers waited %v", took)
	}
	between.Silent(false)
	now = now.Add(time.Second)
	want(t, c, true, true)
}

// want fails the test unless the report says so, with a reason for every no.
func want(t *testing.T, c *health.Checker, reads, writes bool) {
	t.Helper()
	r := c.Report(t.Context())
	if r.Reads != reads || r.Writes != writes || len(r.Checks) != 2 {
		t.Errorf("%+v; want reads %v, writes %v", r, reads, writes)
	}
	for _, check := range r.Checks {
		if check.OK == (check.Detail != "") {
			t.Errorf("%+v: want a detail exactly when it failed", check)
		}
	}
}

func withParameter(t *testing.T, address, name, value string) string {
	t.Helper()
	u, err := url.Parse(address)
	must(t, err)
	q := u.Query()
	q.Set(name, value)
	u.RawQuery = q.Encode()
	return u.String()
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
