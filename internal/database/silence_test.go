package database_test

import (
	"context"
	"net/url"
	"testing"
	"time"

	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/database/dbtest"
	"github.com/cpics/working-together-api/internal/errs"
)

// impatient is an address whose server may be silent for a second.
func impatient(t *testing.T, address string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	q.Set("connect_timeout", "1")
	u.RawQuery = q.Encode()
	return u.String()
}

// TestAStatementMayTakeLonger: than a server may be silent, as long as it answers others.
func TestAStatementMayTakeLonger(t *testing.T) {
	t.Parallel()
	db := dbtest.Open(t, impatient(t, dbtest.URL(t, database.Postgres)))
	err := db.Read(t.Context(), func(tx *database.Tx) error { return tx.Exec("SELECT pg_sleep(3)").Error })
	if err != nil {
		t.Error(err)
	}
}

// TestAStartOnASilentServerFails, and does not hang.
func TestAStartOnASilentServerFails(t *testing.T) {
	t.Parallel()
	address, relay := dbtest.Through(t, dbtest.URL(t, database.Postgres))
	relay.Silent(true)
	began := time.Now()
	_, err := database.Open(context.Background(), database.Config{URL: impatient(t, address)})
	if errs.KindOf(err) != errs.Unavailable {
		t.Errorf("it says %v", err)
	}
	if took := time.Since(began); took > 6*time.Second { // one, and what a busy machine adds
		t.Errorf("it took %v", took)
	}
}

// TestAListenerHearsOfSilence: it would wait for ever, and whoever listens begins anew when it has ended.
func TestAListenerHearsOfSilence(t *testing.T) {
	t.Parallel()
	address, relay := dbtest.Through(t, dbtest.URL(t, database.Postgres))
	db := dbtest.Open(t, impatient(t, address))
	listening, ended := make(chan struct{}), make(chan error)
	go func() { ended <- db.Listen(t.Context(), "nothing", func() { close(listening) }) }()
	<-listening
	relay.Silent(true)
	_ = db.Ping(t.Context()) // somebody must want something of it
	select {
	case err := <-ended:
		if err == nil {
			t.Error("it ended without a reason")
		}
	case <-time.After(10 * time.Second):
		t.Error("it still listens")
	}
}
