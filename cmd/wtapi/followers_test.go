package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/database/dbtest"
)

// tortureFor says how long followers are tortured: make torture sets it.
const tortureFor = "WT_TEST_TORTURE"

// TestFollowersMissNothingWhateverDies has 8 publishers at work while a mirror and a reader of the stream follow. The
// service and the mirror are killed, in the middle of whatever they do, again and again.
func TestFollowersMissNothingWhateverDies(t *testing.T) {
	t.Parallel()
	length := 4 * time.Second
	if long := os.Getenv(tortureFor); long != "" {
		var err error
		length, err = time.ParseDuration(long)
		must(t, err)
	}
	each(t, func(t *testing.T, engine database.Engine) {
		a := newArena(t, dbtest.Empty(t, engine))
		over, end := context.WithTimeout(t.Context(), length)
		defer end()
		var publishing, following, killing sync.WaitGroup
		for n := range 8 {
			publishing.Go(func() { a.publish(over, n) })
		}
		stream, hangUp := context.WithCancel(t.Context())
		following.Go(func() { a.followStream(stream) })
		killing.Go(func() { a.kill(over) })
		publishing.Wait()
		killing.Wait()
		a.awaitStream()
		hangUp()
		following.Wait()
		a.wantStreamWhole()
		out, err := a.mirror().CombinedOutput()
		if err != nil {
			t.Fatalf("the last pass of the mirror: %v\n%s", err, out)
		}
		a.wantMirror()
		t.Logf("%s: %d lines of the log, %d requests of publishers done, service killed %d times, mirror %d times, stream begun %d times",
			engine, len(a.seqs), a.done.Load(), a.deaths, a.mirrorDeaths, a.begun)
	})
}

// arena is where the torture happens.
type arena struct {
	t        *testing.T
	settings []string
	url      string
	token    string
	folder   string

	done         atomic.Int64 // requests that were answered
	deaths       int
	mirrorDeaths int

	mu    sync.Mutex
	seqs  []int64 // in the order in which the stream brought them
	last  string  // its last event's id
	begun int
}

func newArena(t *testing.T, db string) *arena {
	t.Helper()
	probe, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	address := probe.Addr().String()
	must(t, probe.Close())
	a := &arena{t: t, url: "http://" + address, folder: filepath.Join(t.TempDir(), "mirror"),
		settings: []string{"WT_DATABASE_URL=" + db, "WT_LISTEN=" + address, "WT_LOG_LEVEL=error", "WT_BLOB_URL=file:" + t.TempDir()}}
	_, err = wtapi(t, db, "migrate", "up")
	must(t, err)
	token, err := wtapi(t, db, "token", "create", "--name=torture", "--role=publisher")
	must(t, err)
	a.token = strings.TrimSpace(token)
	return a
}

// kill starts the service and the mirror, and kills one or the other at random moments until ctx is done. It leaves the
// service running.
func (a *arena) kill(ctx context.Context) {
	service, err := launch(a.t, a.settings...)
	if err != nil {
		a.t.Error(err)
		return
	}
	follower := a.mirror("--follow")
	a.begin(follower)
	for ctx.Err() == nil {
		wait(ctx, time.Duration(200+rand.N(1300))*time.Millisecond)
		if rand.N(2) == 0 {
			end(follower)
			a.mirrorDeaths++
			follower = a.mirror("--follow")
			a.begin(follower)
			continue
		}
		end(service.cmd)
		a.deaths++
		wait(ctx, time.Duration(rand.N(300))*time.Millisecond)
		if service, err = launch(a.t, a.settings...); err != nil {
			a.t.Error(err)
			return
		}
	}
	end(follower)
}

func (a *arena) begin(cmd *exec.Cmd) {
	if err := cmd.Start(); err != nil {
		a.t.Error(err)
		return
	}
	a.t.Cleanup(func() { _ = cmd.Process.Kill() })
}

func end(cmd *exec.Cmd) {
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
}

func wait(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}

// mirror is the program that mirrors the service.
func (a *arena) mirror(flags ...string) *exec.Cmd {
	return command([]string{"WT_LOG_LEVEL=error"}, append([]string{"mirror", a.url, a.folder}, flags...)...)
}

// publish makes, changes and removes content until ctx is done. What becomes of a request while the service dies nobody
// knows, and nobody needs to.
func (a *arena) publish(ctx context.Context, n int) {
	var mine []string
	for i := 0; ctx.Err() == nil; i++ {
		path, method, body := "/v1/pages?publish=true", "POST", `{"title":"Page %d of %d","summary":"A page.","body":"Some text."}`
		if len(mine) > 3 {
			of := mine[rand.N(len(mine))]
			switch rand.N(6) {
			case 0, 1:
				path, method, body = of+"?publish=true&updateType=minor", "PATCH", `{"title":"Page %d of %d, again"}`
			case 2:
				path, method, body = of+"/unpublish", "POST", `{"type":"withdrawal","explanation":"Number %d of %d."}`
			case 3:
				path, method, body = of+"/unpublish", "POST", `{"type":"recall","explanation":"Number %d of %d."}`
			}
		}
		id, err := a.send(ctx, method, path, fmt.Sprintf(body, i, n))
		if err != nil {
			wait(ctx, 20*time.Millisecond)
			continue
		}
		if method == "POST" && strings.HasPrefix(path, "/v1/pages?") && id != "" {
			mine = append(mine, "/v1/pages/"+id)
		}
		a.done.Add(1)
	}
}

// send sends a request, and gives the id in the answer.
func (a *arena) send(ctx context.Context, method, path, body string) (id string, err error) {
	request, err := http.NewRequestWithContext(ctx, method, a.url+path, strings.NewReader(body))
	if err != nil {
		return "", err
	}
	request.Header.Set("Authorization", "Bearer "+a.token)
	request.Header.Set("Content-Type", "application/json")
	if method == "PATCH" {
		request.Header.Set("Content-Type", "application/merge-patch+json")
	}
	if strings.HasPrefix(path, "/v1/pages/") {
		request.Header.Set("If-Match", "*")
	}
	resp, err := http.DefaultClient.Do(request)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	var answer struct{ ID string }
	err = json.NewDecoder(resp.Body).Decode(&answer)
	if resp.StatusCode >= 500 {
		err = fmt.Errorf("%s", resp.Status)
	}
	return answer.ID, err
}

// followStream reads the stream, and goes on where it was whenever it breaks off.
func (a *arena) followStream(ctx context.Context) {
	for ctx.Err() == nil {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, a.url+"/v1/changes/stream", nil)
		if err != nil {
			a.t.Error(err)
			return
		}
		if a.last != "" {
			request.Header.Set("Last-Event-ID", a.last)
		}
		if resp, err := http.DefaultClient.Do(request); err == nil {
			if resp.StatusCode == http.StatusBadRequest {
				a.t.Errorf("the stream is refused: %s", resp.Status)
				return
			}
			a.begun++
			a.take(resp.Body)
			_ = resp.Body.Close()
		}
		wait(ctx, 20*time.Millisecond)
	}
}

// take reads events. One that broke off is none.
func (a *arena) take(stream io.Reader) {
	var id string
	var seq int64
	lines := bufio.NewReader(stream)
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			return
		}
		if text, ok := strings.CutPrefix(line, "id: "); ok {
			id = strings.TrimSpace(text)
		}
		if text, ok := strings.CutPrefix(line, "data: "); ok {
			var said struct{ Seq int64 }
			if err := json.Unmarshal([]byte(text), &said); err != nil {
				a.t.Error(err)
			}
			seq = said.Seq
		}
		if line == "\n" && seq > 0 {
			a.mu.Lock()
			a.seqs, a.last = append(a.seqs, seq), id
			a.mu.Unlock()
			seq = 0
		}
	}
}

// awaitStream waits until the stream has brought the newest line.
func (a *arena) awaitStream() {
	a.t.Helper()
	log := a.log()
	for began := time.Now(); time.Since(began) < deadline; time.Sleep(50 * time.Millisecond) {
		a.mu.Lock()
		n := len(a.seqs)
		a.mu.Unlock()
		if n >= len(log) {
			return
		}
	}
}

// wantStreamWhole demands that the stream brought every line of the log, each once, in its order.
func (a *arena) wantStreamWhole() {
	a.t.Helper()
	log := a.log()
	if len(log) < 10 {
		a.t.Errorf("only %d lines were written", len(log))
	}
	if fmt.Sprint(a.seqs) != fmt.Sprint(log) {
		a.t.Errorf("the stream brought %d lines of %d:\n%.2000s", len(a.seqs), len(log), fmt.Sprint(a.seqs))
	}
}

// log reads the numbers of the whole log.
func (a *arena) log() []int64 {
	a.t.Helper()
	var seqs []int64
	for next, more := "/v1/changes?limit=1000", true; more; {
		var page struct {
			Items   []struct{ Seq int64 }
			Next    string
			HasMore bool
		}
		must(a.t, json.Unmarshal(a.get(next), &page))
		for _, l := range page.Items {
			seqs = append(seqs, l.Seq)
		}
		next, more = strings.TrimPrefix(page.Next, a.url), page.HasMore
	}
	return seqs
}

func (a *arena) get(path string) []byte {
	a.t.Helper()
	resp, err := http.Get(a.url + path)
	must(a.t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	must(a.t, err)
	if resp.StatusCode != http.StatusOK {
		a.t.Fatalf("GET %s: %s\n%s", path, resp.Status, body)
	}
	return body
}

// wantMirror compares every item of the mirror with what the service answers, and looks whether there are others.
func (a *arena) wantMirror() {
	a.t.Helper()
	want := map[string]bool{}
	for _, collection := range []string{"principles", "case-studies", "toolkit-assets", "pages", "organisations", "topics"} {
		for _, query := range []string{"", "&status=withdrawn"} {
			if query != "" && (collection == "organisations" || collection == "topics") {
				continue
			}
			for next := "/v1/" + collection + "?limit=100&fields=id,slug" + query; next != ""; {
				var page struct {
					Items []struct{ ID, Slug string }
					Next  string
				}
				must(a.t, json.Unmarshal(a.get(next), &page))
				for _, item := range page.Items {
					for _, name := range []string{item.ID, item.Slug} {
						want["v1/"+collection+"/"+name+".json"] = true
					}
				}
				next = strings.TrimPrefix(page.Next, a.url)
			}
		}
	}
	for name := range want {
		kept, err := os.ReadFile(filepath.Join(a.folder, name))
		must(a.t, err)
		if shown := a.get("/" + strings.TrimSuffix(name, ".json")); !bytes.Equal(kept, shown) {
			a.t.Errorf("%s holds\n%s\nand the service says\n%s", name, kept, shown)
		}
	}
	kept, err := filepath.Glob(filepath.Join(a.folder, "v1", "*", "*.json"))
	must(a.t, err)
	for _, name := range kept {
		if short, _ := filepath.Rel(a.folder, name); !want[short] {
			a.t.Errorf("the mirror has %s too much", short)
		}
	}
}
