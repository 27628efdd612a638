package main

import (
	"net/http"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/database/dbtest"
)

// TestAStartWaitsForItsDatabase: one that is silent, and one that is not there at all.
func TestAStartWaitsForItsDatabase(t *testing.T) {
	t.Parallel()
	for name, away := range map[string]func(*dbtest.Relay, bool){"silent": (*dbtest.Relay).Silent, "closed": (*dbtest.Relay).Closed} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url, relay := dbtest.Through(t, dbtest.Empty(t, database.Postgres))
			away(relay, true)
			p := &process{t: t, cmd: command([]string{"WT_DATABASE_URL=" + url + "&connect_timeout=1"}, "serve"), log: newProcessLog()}
			p.cmd.Stderr = p.log
			must(t, p.cmd.Start())
			t.Cleanup(func() { _ = p.cmd.Process.Kill() })
			p.log.await(t, "cannot start yet; trying again")
			p.url = "http://" + regexp.MustCompile(`"address":"([^"]*)"`).FindStringSubmatch(p.log.String())[1]
			p.want("/healthz", "", `"alive"`)
			p.wantWaiting("/readyz", `"reads":false`)
			p.wantWaiting("/readyz?writes", `"reads":false`)
			p.wantWaiting("/v1/principles", "The service is starting")
			p.wantWaiting("/v1/nothing", "The service is starting")
			away(relay, false)
			began := time.Now()
			for status := 0; status != http.StatusOK && time.Since(began) < deadline; time.Sleep(50 * time.Millisecond) {
				status, _ = p.get("/readyz?writes", "")
			}
			p.want("/v1/principles", "", `"total":3`)
			p.stop()
		})
	}
}

// wantWaiting fails the test unless the service says that it is not there yet.
func (p *process) wantWaiting(path, words string) {
	p.t.Helper()
	status, body := p.get(path, "")
	if status != http.StatusServiceUnavailable || !strings.Contains(body, words) || !strings.Contains(body, "/docs/problems#unavailable") {
		p.t.Errorf("GET %s: %d %s\nwant 503 with %s", path, status, body, words)
	}
}

// TestAStartThatWaitsCanBeStopped, and ends well.
func TestAStartThatWaitsCanBeStopped(t *testing.T) {
	t.Parallel()
	url, relay := dbtest.Through(t, dbtest.Empty(t, database.Postgres))
	relay.Silent(true)
	p := &process{t: t, cmd: command([]string{"WT_DATABASE_URL=" + url}, "serve"), log: newProcessLog()}
	p.cmd.Stderr = p.log
	must(t, p.cmd.Start())
	t.Cleanup(func() { _ = p.cmd.Process.Kill() })
	p.log.await(t, "cannot start yet; trying again")
	must(t, p.cmd.Process.Signal(syscall.SIGTERM))
	p.wait()
}

// TestAStartThatIsRefusedFails: nobody else than the operator can mend the address.
func TestAStartThatIsRefusedFails(t *testing.T) {
	t.Parallel()
	url := strings.Replace(dbtest.Empty(t, database.Postgres), "/wt", "/no_wt", 1)
	_, err := wtapi(t, url, "serve", "--listen=127.0.0.1:0")
	failing(t, err, "WT_DATABASE_URL", "does not exist")
}
