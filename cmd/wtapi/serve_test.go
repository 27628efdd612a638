package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/cpics/working-together-api/api"
	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/database/dbtest"
	"github.com/cpics/working-together-api/internal/memory"
)

func TestServeFromTheFirstStartToTheLastAnswer(t *testing.T) {
	t.Parallel()
	eachEmpty(t, func(t *testing.T, db string) {
		p := serve(t, "WT_DATABASE_URL="+db, "WT_OLD_NAME=x")
		p.want("/v1/principles", "", `"total":3`)
		p.want("/readyz?writes", "", `"writes":true`)
		secret, err := wtapi(t, db, "token", "create", "--name=tester", "--role=editor", "--expires=1d")
		must(t, err)
		if !regexp.MustCompile(`^wtp_[0-9A-Za-z]{71}\n$`).MatchString(secret) {
			t.Fatalf("token create printed %q, want the token alone", secret)
		}
		p.want("/v1/me", strings.TrimSpace(secret), `"role":"editor"`)
		_, err = wtapi(t, db, "healthcheck", "--listen="+strings.TrimPrefix(p.url, "http://"))
		must(t, err)
		p.stop()
		wantLog(t, p.log.String(), "no setting has this name", "starter content loaded", "serving", "request", "stopping")
	})
}

// wantLog checks that a log is JSON, a line each, and says the messages in their order.
func wantLog(t *testing.T, log string, messages ...string) {
	t.Helper()
	for line := range strings.Lines(log) {
		var entry struct{ Msg string }
		if err := json.Unmarshal([]byte(line), &entry); err != nil {
			t.Errorf("not JSON: %s", line)
		}
		if len(messages) > 0 && entry.Msg == messages[0] {
			messages = messages[1:]
		}
	}
	if len(messages) > 0 {
		t.Errorf("the log does not say %q next:\n%s", messages[0], log)
	}
}

// TestRoom: what is to be kept beyond the default needs its room, and so does what SQLite leaves to Go.
func TestRoom(t *testing.T) {
	for _, c := range []struct {
		cacheMB int
		engine  database.Engine
		want    int64
	}{
		{api.DefaultCacheMB, database.SQLite, 0},
		{1, database.SQLite, 0},
		{api.DefaultCacheMB + 10, database.SQLite, 10 << 20},
		{api.DefaultCacheMB, database.Postgres, memory.SQLite},
		{api.DefaultCacheMB + 10, database.Postgres, memory.SQLite + 10<<20},
	} {
		cfg := config{cacheMB: c.cacheMB, database: database.Config{URL: string(c.engine) + ":x"}}
		if got := room(cfg); got != c.want {
			t.Errorf("%d MB of answers on %s: room for %d bytes, want %d", c.cacheMB, c.engine, got, c.want)
		}
	}
}

func TestAStopFinishesWhatRuns(t *testing.T) {
	t.Parallel()
	db := dbtest.Empty(t, database.SQLite)
	p := serve(t, "WT_DATABASE_URL="+db, "WT_SEED=off")
	finish := halfSent(t, p, db)
	must(t, p.cmd.Process.Signal(syscall.SIGTERM))
	p.log.await(t, `"stopping"`)
	if response := finish(); response.StatusCode != http.StatusCreated {
		t.Errorf("the request that was under way got %s", response.Status)
	}
	p.wait()
	if _, err := net.Dial("tcp", strings.TrimPrefix(p.url, "http://")); err == nil {
		t.Error("it still listens")
	}
}

func TestAStopDoesNotWaitForEver(t *testing.T) {
	t.Parallel()
	db := dbtest.Empty(t, database.SQLite)
	p := serve(t, "WT_DATABASE_URL="+db, "WT_SEED=off", "WT_SHUTDOWN_TIMEOUT=50ms")
	halfSent(t, p, db)
	p.stop()
	p.log.await(t, "requests were cut off")
}

// halfSent begins a request that creates a principle; what it gives sends the rest and waits for the answer.
func halfSent(t *testing.T, p *process, db string) (finish func() *http.Response) {
	t.Helper()
	token, err := wtapi(t, db, "token", "create", "--name=tester", "--role=editor")
	must(t, err)
	conn, err := net.Dial("tcp", strings.TrimPrefix(p.url, "http://"))
	must(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	const body = `{"title": "Sent in two parts"}`
	// The service asks for the body once it handles the request: from then on the request is under way.
	_, err = fmt.Fprintf(conn, "POST /v1/principles HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\n"+
		"Content-Length: %d\r\nExpect: 100-continue\r\n\r\n", strings.TrimSpace(token), len(body))
	must(t, err)
	answers := bufio.NewReader(conn)
	if line, err := answers.ReadString('\n'); err != nil || !strings.Contains(line, "100 Continue") {
		t.Fatalf("the service says %q, %v", line, err)
	}
	_, err = answers.ReadString('\n')
	must(t, err)
	return func() *http.Response {
		_, err := io.WriteString(conn, body)
		must(t, err)
		response, err := http.ReadResponse(answers, nil)
		must(t, err)
		return response
	}
}

func TestAServiceThatIsStoppedBeforeItIsReadyEndsWell(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	url := dbtest.Empty(t, database.Postgres)
	must(t, database.MigrateThen(ctx, dbtest.Open(t, url), func(ctx context.Context) error {
		ended := make(chan error)
		go func() {
			ended <- run(ctx, []string{"serve"}, []string{"WT_DATABASE_URL=" + url, "WT_LISTEN=127.0.0.1:0"}, io.Discard, io.Discard)
		}()
		cancel() // it waits for the lock that this function holds, or will
		if err := <-ended; err != nil {
			t.Errorf("it ended with %v", explain(err))
		}
		return nil
	}))
}

func TestAnAddressThatIsTakenIsNamed(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer taken.Close()
	db := dbtest.Empty(t, database.SQLite)
	for _, setting := range []string{"listen", "ops-listen"} {
		_, err = wtapi(t, db, "serve", "--listen=127.0.0.1:0", "--"+setting+"="+taken.Addr().String())
		failing(t, err, variable(setting)+": ", "address already in use")
	}
}

func TestADatabaseThatIsAwayIsNamedInOneLine(t *testing.T) {
	t.Parallel()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	must(t, free.Close())
	for _, args := range [][]string{{"migrate", "up"}, {"seed"}, {"token", "list"}} { // serve waits for it: TestAStartWaitsForItsDatabase
		_, err = wtapi(t, "postgres://u:secret@"+free.Addr().String()+"/db", args...)
		failing(t, err, "WT_DATABASE_URL: ", "refused")
		if strings.Contains(explain(err), "secret") {
			t.Errorf("%v tells the password", args)
		}
	}
}

func TestANewerDatabaseIsRefused(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, engine database.Engine) {
		url := dbtest.URL(t, engine)
		db := dbtest.Open(t, url)
		dbtest.Exec(t, db, "INSERT INTO schema_migrations (version_id, is_applied) VALUES (99999, true)")
		for _, args := range [][]string{{"serve", "--listen=127.0.0.1:0"}, {"migrate", "up"}, {"seed"}, {"token", "list"}} {
			_, err := wtapi(t, url, args...)
			failing(t, err, "newer than this program")
		}
	})
}

func TestProfilesAreServedToTheOperatorOnly(t *testing.T) {
	t.Parallel()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	ops := free.Addr().String()
	must(t, free.Close())
	p := serve(t, "WT_DATABASE_URL="+dbtest.Empty(t, database.SQLite), "WT_OPS_LISTEN="+ops)
	for _, path := range []string{"/debug/pprof/", "/metrics"} {
		if status, _ := p.get(path, ""); status != http.StatusNotFound {
			t.Errorf("the public address answers %d to %s", status, path)
		}
	}
	p.want("/v1/principles", "", `"total":3`)
	p.want("/v1/principles", "", `"total":3`)
	p.url = "http://" + ops
	p.want("/metrics", "", `wtapi_http_request_duration_seconds_count{method="GET",route="/v1/principles",status="200"} 2`)
	p.want("/metrics", "", "wtapi_cache_hits_total 1")
	p.want("/debug/pprof/goroutine?debug=1", "", "goroutine profile")
	p.stop()
}

func TestTheProgramEndsWithAnErrorCode(t *testing.T) {
	t.Parallel()
	out, err := command(nil, "serve", "--listen=x").CombinedOutput()
	if exit, ok := err.(*exec.ExitError); !ok || exit.ExitCode() != 1 || !strings.HasPrefix(string(out), "wtapi: WT_LISTEN: ") {
		t.Errorf("it ended with %v and said %s", err, out)
	}
}
