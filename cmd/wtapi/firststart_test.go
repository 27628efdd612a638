package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/database/dbtest"
	"github.com/cpics/working-together-api/internal/seed"
	"github.com/cpics/working-together-api/internal/starter"
)

// wantOneSet fails the test unless the database holds the starter content, all of it and once.
func wantOneSet(t *testing.T, url string) {
	t.Helper()
	documents, err := starter.Documents()
	must(t, err)
	var entries, live, lines, seq int
	db, err := database.Open(t.Context(), database.Config{URL: url})
	must(t, err)
	must(t, db.Read(t.Context(), func(tx *database.Tx) error {
		return tx.Raw(`SELECT (SELECT count(*) FROM entries), (SELECT count(*) FROM entries WHERE status = 'live'),
			(SELECT count(*) FROM changes), (SELECT seq FROM change_head)`).Row().Scan(&entries, &live, &lines, &seq)
	}))
	must(t, db.Close())
	files := len(starter.FileNames()) // entries too, but nothing that is published by itself
	if n := len(documents) - files; entries != n+files || live != n || lines != n || seq != n {
		t.Errorf("%d entries, %d live, %d lines up to %d; want %d and %d of each", entries, live, lines, seq, n+files, n)
	}
}

func TestTwoFirstStartsMakeOneSet(t *testing.T) {
	t.Parallel()
	eachEmpty(t, func(t *testing.T, url string) {
		var services [2]*process
		var failures [2]error
		var both sync.WaitGroup
		for i := range services {
			both.Go(func() { services[i], failures[i] = launch(t, "WT_DATABASE_URL="+url) })
		}
		both.Wait()
		must(t, errors.Join(failures[:]...))
		for _, p := range services {
			p.want("/v1/case-studies", "", `"total":2`)
			p.stop()
		}
		wantOneSet(t, url)
	})
}

// kills is how many first starts are killed on each engine.
const kills = 20

func TestAFirstStartThatIsKilledLeavesNothingHalf(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, engine database.Engine) {
		took := firstStart(t, dbtest.Empty(t, engine))
		for i := range kills {
			after := rand.N(took)
			t.Run(fmt.Sprint(i), func(t *testing.T) {
				t.Parallel()
				t.Log("killed after", after)
				killFirstStart(t, dbtest.Empty(t, engine), after)
			})
		}
	})
}

// firstStart is how long a start takes that nobody disturbs.
func firstStart(t *testing.T, url string) time.Duration {
	t.Helper()
	began := time.Now()
	p := serve(t, "WT_DATABASE_URL="+url)
	took := time.Since(began)
	p.stop()
	return took
}

// killFirstStart kills a first start after a time, whatever it does then, and starts again.
func killFirstStart(t *testing.T, url string, after time.Duration) {
	t.Helper()
	victim := command([]string{"WT_DATABASE_URL=" + url}, "serve")
	must(t, victim.Start())
	time.AfterFunc(after, func() { _ = victim.Process.Kill() })
	if err := victim.Wait(); err == nil {
		t.Error("the first start ended by itself")
	}
	p := serve(t, "WT_DATABASE_URL="+url)
	p.want("/v1/overview", "", `"principles":[{`)
	p.stop()
	wantOneSet(t, url)
}

func TestSeedingIsForEmptyServices(t *testing.T) {
	t.Parallel()
	eachEmpty(t, func(t *testing.T, url string) {
		_, err := wtapi(t, url, "token", "create", "--name=before", "--role=admin") // which makes the service no less empty
		must(t, err)
		out, err := wtapi(t, url, "seed")
		if err != nil || !strings.HasSuffix(out, " items loaded\n") {
			t.Fatalf("seed: %q, %v", out, err)
		}
		wantOneSet(t, url)
		_, err = wtapi(t, url, "seed")
		failing(t, err, seed.ErrNotEmpty.Error())
		p := serve(t, "WT_DATABASE_URL="+url)
		p.stop()
		wantOneSet(t, url)
	})
}

func TestAServiceStartsEmptyWhenToldSo(t *testing.T) {
	t.Parallel()
	p := serve(t, "WT_SEED=off", "WT_DATABASE_URL="+dbtest.Empty(t, database.SQLite))
	p.want("/v1/principles", "", `"total":0`)
	p.stop()
}

func TestTwoServicesWithStarterContentAgree(t *testing.T) {
	t.Parallel()
	var bodies []string
	for _, engine := range []database.Engine{database.SQLite, database.Postgres} {
		p := serve(t, "WT_BASE_URL=https://api.example.nhs.uk", "WT_DATABASE_URL="+dbtest.Empty(t, engine), "WT_LISTEN=127.0.0.1:0")
		p.url = addressOf(t, p)
		_, body := p.get("/v1/overview?caseStudies=20", "")
		bodies = append(bodies, body)
		p.stop()
	}
	if bodies[0] != bodies[1] || !strings.Contains(bodies[0], "kidney") {
		t.Errorf("SQLite:\n%s\nPostgres:\n%s", bodies[0], bodies[1])
	}
}

// addressOf is where a service listens, whatever its public address.
func addressOf(t *testing.T, p *process) string {
	t.Helper()
	p.log.await(t, `"serving"`)
	for line := range strings.Lines(p.log.String()) {
		var entry struct{ Msg, Address string }
		if json.Unmarshal([]byte(line), &entry) == nil && entry.Msg == "serving" {
			return "http://" + entry.Address
		}
	}
	t.Fatalf("the log does not say where it listens:\n%s", p.log)
	return ""
}
