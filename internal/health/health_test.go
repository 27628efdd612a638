package health_test

import (
	"cmp"
	"io"
	"net"
	"net/url"
	"path/filepath"
	"sync"
	"sync/atomic"
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
	address, between := through(t, dbtest.URL(t, database.Postgres))
	db := dbtest.Open(t, address)
	c := health.NewChecker(db, none)
	want(t, c, true, true)
	between.silent.Store(true)
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
	between.silent.Store(false)
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

// middle passes connections on to a server. While it is silent it swallows what both sides say.
type middle struct {
	network, server string
	silent          atomic.Bool
}

// through is the address of the same database by way of a middle.
func through(t *testing.T, address string) (string, *middle) {
	t.Helper()
	u, err := url.Parse(address)
	must(t, err)
	m := &middle{network: "tcp", server: u.Host}
	if q := u.Query(); q.Has("host") { // the folder of a socket
		m.network, m.server = "unix", filepath.Join(q.Get("host"), ".s.PGSQL."+cmp.Or(q.Get("port"), "5432"))
		q.Del("host")
		q.Del("port")
		u.RawQuery = q.Encode()
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	go m.serve(listener)
	u.Host = listener.Addr().String()
	return u.String(), m
}

func (m *middle) serve(l net.Listener) {
	for {
		client, err := l.Accept()
		if err != nil {
			return
		}
		go m.pass(client)
	}
}

func (m *middle) pass(client net.Conn) {
	defer client.Close()
	server, err := net.Dial(m.network, m.server)
	if err != nil {
		return
	}
	defer server.Close()
	go func() { _, _ = io.Copy(m.to(client), server) }()
	_, _ = io.Copy(m.to(server), client)
}

// to is a writer that passes on unless m is silent.
func (m *middle) to(w io.Writer) io.Writer {
	return writerFunc(func(p []byte) (int, error) {
		if m.silent.Load() {
			return len(p), nil
		}
		return w.Write(p)
	})
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
