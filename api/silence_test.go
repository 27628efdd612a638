package api_test

import (
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/cpics/working-together-api/api/apitest"
	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/database/dbtest"
)

const (
	// silencePatience is how long the server may be silent in these tests: a second, as the address says, and what noticing and a
	// busy machine add to it.
	silencePatience = 6 * time.Second
	// recovery is what is promised.
	recovery = 5 * time.Second
)

// behindRelay is a service on a database that can fall silent.
func behindRelay(t *testing.T) (*apitest.Service, *dbtest.Relay) {
	t.Helper()
	address, relay := dbtest.Through(t, dbtest.URL(t, database.Postgres))
	return apitest.New(t, dbtest.Open(t, address+"&connect_timeout=1&idle_in_transaction_session_timeout=1s")), relay
}

// within fails the test when something takes longer than it may.
func within(t *testing.T, most time.Duration, what string, f func()) {
	t.Helper()
	began := time.Now()
	f()
	if took := time.Since(began); took > most {
		t.Errorf("%s took %v, and may take %v", what, took, most)
	}
}

// TestASilentDatabaseIsLikeOneThatIsAway: it neither answers nor closes connections, and what it is asked meanwhile is lost.
func TestASilentDatabaseIsLikeOneThatIsAway(t *testing.T) {
	t.Parallel()
	s, relay := behindRelay(t)
	smallWorld(s)
	survive := []string{"/v1/principles", "/v1/case-studies/s", "/v1/overview", "/v1/feeds/all.json", "/v1/changes"}
	for _, address := range survive {
		s.Anonymous().Get(address).Must(200)
	}
	relay.Silent(true)
	var asking sync.WaitGroup
	for range 40 { // more than there are connections
		asking.Go(func() {
			within(t, silencePatience, "a read that is not kept", func() { wantUnavailable(t, s.Anonymous().Get("/v1/case-studies?topic=t")) })
		})
		asking.Go(func() {
			within(t, silencePatience, "a write", func() { wantUnavailable(t, s.Editor().Post("/v1/pages", text("New"))) })
		})
	}
	asked := make(chan struct{})
	go func() { asking.Wait(); close(asked) }()
	for waiting := true; waiting; {
		for _, address := range survive {
			within(t, time.Second, "a read that is kept", func() { s.Anonymous().Get(address).Must(200) })
		}
		select {
		case <-asked:
			waiting = false
		case <-time.After(50 * time.Millisecond):
		}
	}
	within(t, time.Second, "what it cannot answer, once it has noticed", func() { wantUnavailable(t, s.Anonymous().Get("/v1/search?q=s")) })
	wantUnavailable(t, s.Anonymous().Get("/readyz?writes"))
	s.Anonymous().Get("/readyz").Must(200)
	relay.Silent(false)
	within(t, recovery, "recovery", func() { untilWritten(s, "/v1/pages?publish=true", text("Later")) })
	within(t, recovery, "the next read", func() { s.Anonymous().Get("/v1/pages/later").Must(200) })
	within(t, recovery, "the health check", func() {
		for s.Anonymous().Get("/readyz?writes").StatusCode != 200 {
			time.Sleep(50 * time.Millisecond)
		}
	})
	s.Anonymous().Get("/v1/pages/new").Problem(404, "not-found")
}

// untilWritten tries until something is made.
func untilWritten(s *apitest.Service, path string, d doc, headers ...apitest.Header) *apitest.Answer {
	for {
		a := s.Publisher().Post(path, d, headers...)
		if a.StatusCode != http.StatusServiceUnavailable && a.StatusCode != http.StatusConflict {
			return a.Must(201)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

func wantUnavailable(t *testing.T, a *apitest.Answer) {
	t.Helper()
	if a.Problem(http.StatusServiceUnavailable, "unavailable").Header.Get("Retry-After") == "" {
		t.Errorf("%s: no Retry-After", a.Request.URL)
	}
}

// TestACommitThatIsNotHeardOfIsDoneOnce: nobody can say whether it was, so it is said so, and the same request with the
// same key is answered as if nothing had happened.
func TestACommitThatIsNotHeardOfIsDoneOnce(t *testing.T) {
	t.Parallel()
	for name, arrives := range map[string]bool{"the commit is lost": false, "its answer is lost": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, relay := behindRelay(t)
			key := apitest.Header{"Idempotency-Key", "once"}
			relay.SilentAt("Once", "commit", arrives)
			within(t, silencePatience, "the write", func() {
				a := s.Publisher().Post("/v1/pages?publish=true", text("Once"), key)
				wantUnavailable(t, a)
				if a.String("detail") != "It is not known whether this was saved. Look first, or send it again with the same Idempotency-Key." {
					t.Errorf("%s", a.Raw)
				}
			})
			relay.Silent(false)
			var again *apitest.Answer
			within(t, recovery, "recovery", func() { again = untilWritten(s, "/v1/pages?publish=true", text("Once"), key) })
			if replayed := again.Header.Get("Idempotency-Replayed") == "true"; replayed != arrives {
				t.Errorf("replayed: %v", replayed)
			}
			if n := s.Anonymous().Get("/v1/pages").At("total"); n != 1.0 {
				t.Errorf("%v pages", n)
			}
		})
	}
}
