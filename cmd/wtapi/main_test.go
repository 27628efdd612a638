package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/database/dbtest"
	"github.com/cpics/working-together-api/internal/memory/late"
)

// beProgram, when set, makes this test binary the program itself, so that tests can start, stop and kill a real process.
const beProgram = "WTAPI_TEST_BE_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(beProgram) != "" {
		main()
		return
	}
	late.Over()
	os.Exit(elsewhere(m))
}

// elsewhere runs the tests in a folder of their own: the defaults of the program lead into the one where it is started.
func elsewhere(m *testing.M) int {
	dir, err := os.MkdirTemp("", "wtapi")
	if err == nil {
		err = os.Chdir(dir)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	return m.Run()
}

// deadline is how long a test waits for what should happen at once.
const deadline = 20 * time.Second

// each runs a test once an engine.
func each(t *testing.T, test func(t *testing.T, engine database.Engine)) {
	t.Helper()
	for _, engine := range []database.Engine{database.SQLite, database.Postgres} {
		t.Run(string(engine), func(t *testing.T) {
			t.Parallel()
			test(t, engine)
		})
	}
}

// eachEmpty runs a test once an engine, on the address of a database without a schema.
func eachEmpty(t *testing.T, test func(t *testing.T, databaseURL string)) {
	t.Helper()
	each(t, func(t *testing.T, engine database.Engine) { test(t, dbtest.Empty(t, engine)) })
}

// wtapi runs the program inside the test and gives what it prints on standard output.
func wtapi(t *testing.T, databaseURL string, args ...string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	err := run(t.Context(), args, []string{"WT_DATABASE_URL=" + databaseURL}, &out, io.Discard)
	return out.String(), err
}

// process is the program in a process of its own, serving.
type process struct {
	t   *testing.T
	cmd *exec.Cmd
	url string // where it serves
	log *log
}

// log keeps what a process writes on standard error.
type log struct {
	mu   sync.Mutex
	text bytes.Buffer
	news *sync.Cond
}

func newProcessLog() *log {
	l := &log{}
	l.news = sync.NewCond(&l.mu)
	return l
}

func (l *log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	defer l.news.Broadcast()
	return l.text.Write(p)
}

func (l *log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// await returns when the log says the words.
func (l *log) await(t *testing.T, words string) {
	t.Helper()
	late := time.AfterFunc(deadline, l.news.Broadcast)
	defer late.Stop()
	began := time.Now()
	l.mu.Lock()
	defer l.mu.Unlock()
	for !strings.Contains(l.text.String(), words) {
		if time.Since(began) > deadline {
			t.Fatalf("the log does not say %q:\n%s", words, l.text.String())
		}
		l.news.Wait()
	}
}

// command is the program with the settings, ready to be started.
func command(settings []string, args ...string) *exec.Cmd {
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append([]string{beProgram + "=1", "PATH=" + os.Getenv("PATH"), "WT_LISTEN=127.0.0.1:0"}, settings...)
	return cmd
}

// serve starts a service with the settings and waits until it says where it is.
func serve(t *testing.T, settings ...string) *process {
	t.Helper()
	p, err := launch(t, settings...)
	must(t, err)
	return p
}

// launch is serve for other goroutines than the test's own.
func launch(t *testing.T, settings ...string) (*process, error) {
	p := &process{t: t, cmd: command(settings, "serve"), log: newProcessLog()}
	p.cmd.Stderr = p.log
	out, err := p.cmd.StdoutPipe()
	if err == nil {
		err = p.cmd.Start()
	}
	if err != nil {
		return nil, err
	}
	t.Cleanup(func() { _ = p.cmd.Process.Kill() }) // one that has ended already cannot be killed, and need not be
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		return nil, fmt.Errorf("the service did not start: %w\n%s", err, p.log)
	}
	_, rest, _ := strings.Cut(line, "Serving ")
	p.url, _, _ = strings.Cut(rest, ",")
	return p, nil
}

// stop asks the service to stop, and fails the test unless it ends well.
func (p *process) stop() {
	p.t.Helper()
	must(p.t, p.cmd.Process.Signal(syscall.SIGTERM))
	p.wait()
}

// wait fails the test unless the service ends well, and in time.
func (p *process) wait() {
	p.t.Helper()
	late := time.AfterFunc(deadline, func() { _ = p.cmd.Process.Kill() })
	defer late.Stop()
	if err := p.cmd.Wait(); err != nil {
		p.t.Fatalf("the service ended with %v:\n%s", err, p.log)
	}
}

// get asks the service, as the holder of the token if there is one.
func (p *process) get(path, token string) (int, string) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.t.Context(), deadline)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, p.url+path, nil)
	must(p.t, err)
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := http.DefaultClient.Do(request)
	must(p.t, err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	must(p.t, err)
	return response.StatusCode, string(body)
}

// want fails the test unless the service answers 200 with the words in its body.
func (p *process) want(path, token, words string) {
	p.t.Helper()
	if status, body := p.get(path, token); status != http.StatusOK || !strings.Contains(body, words) {
		p.t.Errorf("GET %s: %d %s\nwant 200 with %s", path, status, body, words)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// failing fails the test unless err says all of the words, in one line.
func failing(t *testing.T, err error, words ...string) {
	t.Helper()
	if err == nil {
		t.Fatal("it did not fail")
	}
	text := explain(err)
	for _, w := range append(words, "") {
		if !strings.Contains(text, w) || strings.Contains(text, "\n") {
			t.Errorf("it failed with %q, want one line with %q", text, w)
		}
	}
}
