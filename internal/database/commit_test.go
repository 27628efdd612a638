package database_test

import (
	"context"
	"strings"
	"testing"

	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/database/dbtest"
	"github.com/cpics/working-together-api/internal/errs"
)

// slowCommit makes every COMMIT that adds a counter wait for advisory lock 1. Only Postgres has commits that can be
// held up; what is tested is the same for both engines.
const slowCommit = `
CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_advisory_xact_lock(1); RETURN NULL; END';
CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON counters DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION wait()`

// held finds the connection that waits.
const held = "FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND database =" +
	" (SELECT oid FROM pg_database WHERE datname = current_database())"

// heldCommit starts a Write, waits until its COMMIT hangs, does meanwhile and lets the commit go on. It returns what
// the Write came to.
func heldCommit(t *testing.T, ctx context.Context, db *database.DB, meanwhile func(tx *database.Tx)) error {
	t.Helper()
	outcome := make(chan error, 1)
	must(t, dbtest.Replica(t, db).Write(t.Context(), func(tx *database.Tx) error {
		must(t, tx.Exec("SELECT pg_advisory_xact_lock(1)").Error)
		go func() {
			outcome <- db.Write(ctx, func(tx *database.Tx) error { return tx.Create(&counter{ID: "late"}).Error })
		}()
		for waiting := false; !waiting; {
			must(t, tx.Raw("SELECT EXISTS (SELECT "+held+")").Scan(&waiting).Error)
		}
		meanwhile(tx)
		return nil
	}))
	return <-outcome
}

func newSlowCommit(t *testing.T) *database.DB {
	t.Helper()
	db := dbtest.New(t, database.Postgres)
	makeCounters(t, db)
	dbtest.Exec(t, db, slowCommit)
	return db
}

func TestACommitUnderWayIsNotCutShortWhenTheCallerGoesAway(t *testing.T) {
	t.Parallel()
	db := newSlowCommit(t)
	ctx, cancel := context.WithCancel(t.Context())
	must(t, heldCommit(t, ctx, db, func(*database.Tx) { cancel() }))
	wantCounters(t, db, counter{ID: "late"})
}

func TestACommitWithoutAnAnswerIsNotCalledAFailure(t *testing.T) {
	t.Parallel()
	db := newSlowCommit(t)
	err := heldCommit(t, t.Context(), db, func(tx *database.Tx) {
		must(t, tx.Exec("SELECT pg_terminate_backend(pid) "+held).Error)
	})
	if errs.KindOf(err) != errs.Unavailable || !strings.Contains(err.Error(), "not known") {
		t.Errorf("Write = %v, want that the outcome is not known", err)
	}
}
