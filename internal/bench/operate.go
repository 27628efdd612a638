package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cpics/working-together-api/internal/database"
)

// search is S7: how long a search takes when nobody else asks.
func (b *bench) search(ctx context.Context, worlds []*world) error {
	for _, w := range atLargest(worlds) {
		words := b.data.words
		for _, s := range []struct {
			what  string
			query []string
			limit float64
		}{
			{"a word in at most 1 % of documents", words[350:370], 15},
			{"any word", append(append([]string{}, words[:10]...), words[1000:1010]...), 50},
			{"two words", []string{words[0] + "+" + words[1], words[5] + "+" + words[200], words[30] + "+" + words[40]}, 50},
			{"no match", []string{"xyzzyq", "qqxyzzy", "zzyxqq"}, 1},
			{"a phrase", []string{"%22" + words[0] + "+" + words[1] + "%22", "%22" + words[10] + "+" + words[3] + "%22"}, 100},
		} {
			var paths []string
			for _, q := range s.query {
				paths = append(paths, "/v1/search?limit=20&q="+q)
			}
			for range 3 { // what no search has asked for since the start is read from the disk first
				if _, err := w.service.load(ctx, 1, b.round, misses(paths...)); err != nil {
					return err
				}
			}
			samples, err := b.turns(ctx, contender{w.service, 1, misses(paths...)})
			if err != nil {
				return err
			}
			b.add(result{"S7", "search for " + s.what + ", " + w.String(), s.limit, false, latencies(samples[0]), "ms",
				"processor time " + number(median(costs(samples[0]))) + " µs"})
		}
	}
	return nil
}

// copied starts a service on a copy of the small data set, which may be written to.
func (b *bench) copied(ctx context.Context, w *world) (*world, error) {
	var url string
	var pg *cluster
	if w.engine == database.Postgres {
		name := fmt.Sprintf("bench_copy_%d", time.Now().UnixNano())
		w.service.stop() // a template must have no connections
		w.statement.stop()
		admin := exec.CommandContext(ctx, "psql", "-qh", b.cluster.dir, "-U", "postgres", "-c", "CREATE DATABASE "+name+" TEMPLATE "+databaseName(w.size))
		if out, err := admin.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("copy: %w\n%s", err, out)
		}
		b.dropped = append(b.dropped, name)
		url, pg = b.cluster.url(name), b.cluster
		again, err := b.open(ctx, w.engine, w.size)
		if err != nil {
			return nil, err
		}
		*w = *again
	} else {
		path := filepath.Join(b.dir, "copy.db")
		for _, suffix := range []string{"-wal", "-shm", ".lock"} {
			_ = os.Remove(path + suffix) // they need not be there
		}
		original, err := os.ReadFile(strings.TrimPrefix(w.url, "sqlite:"))
		if err == nil {
			err = os.WriteFile(path, original, 0o640)
		}
		if err != nil {
			return nil, err
		}
		url = "sqlite:" + path
	}
	service, err := b.serve("service on a copy, "+string(w.engine), url, pg)
	return &world{engine: w.engine, size: w.size, service: service, url: url}, err
}

// token makes one on a database.
func (b *bench) token(w *world) (string, error) {
	cmd := exec.Command(b.program, "token", "create", "--name", "bench", "--role", "publisher")
	cmd.Env = append(os.Environ(), "WT_DATABASE_URL="+w.url)
	out, err := cmd.Output()
	return "Authorization: Bearer " + strings.TrimSpace(string(out)) + "\r\n", err
}

// writes is S8: creating a page beside the same rows in a transaction that is written by hand.
func (b *bench) writes(ctx context.Context, worlds []*world) error {
	for _, w := range atOneSize(worlds) {
		c, err := b.copied(ctx, w)
		if err != nil {
			return err
		}
		token, err := b.token(c)
		if err != nil {
			return err
		}
		byHand, err := b.start("rows by hand, "+string(w.engine), "/", c.service.pg, nil, os.Args[0], "yardstick", "write-"+string(w.engine), "{addr}",
			strings.TrimPrefix(c.url, "sqlite:"))
		if err != nil {
			return err
		}
		var n atomic.Int64
		next := func(headers string) func() string {
			return func() string {
				return post("/v1/pages", headers, fmt.Sprintf(`{"title":"Page %d of %d","summary":"A summary.","body":"Some text about the page."}`,
					n.Add(1), time.Now().UnixNano()))
			}
		}
		samples, err := b.turns(ctx, contender{c.service, 8, next(token)}, contender{byHand, 8, next("")})
		if err != nil {
			return err
		}
		if err := b.profile(ctx, contender{c.service, 8, next(token)}, "create-"+string(w.engine)); err != nil {
			return err
		}
		b.add(result{"S8", "creates by 8 at once to rows by hand, requests/s, " + string(w.engine), 0.8, true,
			ratios(rates(samples[0]), rates(samples[1])), "×", figures(samples[0], samples[1])})
		byHand.stop()
		c.service.stop()
	}
	return nil
}

// publishing is S9: warm reads while others publish, beside warm reads alone.
func (b *bench) publishing(ctx context.Context, worlds []*world) error {
	for _, w := range atOneSize(worlds) {
		c, err := b.copied(ctx, w)
		if err != nil {
			return err
		}
		token, err := b.token(c)
		if err != nil {
			return err
		}
		paths := append(b.lists(c, "")[:100], b.items(c, 1000)[:900]...) // as many as there is room for
		if err := b.heat(ctx, c.service, paths); err != nil {
			return err
		}
		var alone, beside []sample
		for round := range b.rounds {
			s, err := c.service.load(ctx, missConns, b.round, cycle(paths))
			if err != nil {
				return err
			}
			alone = append(alone, s)
			stop := make(chan struct{})
			var done sync.WaitGroup
			var failed error
			done.Go(func() { failed = b.publishUntil(c, token, round, stop) })
			s, err = c.service.load(ctx, missConns, b.round, cycle(paths))
			close(stop)
			done.Wait()
			if err != nil || failed != nil {
				return fmt.Errorf("reads: %v, publishes: %w", err, failed)
			}
			beside = append(beside, s)
		}
		b.add(result{"S9", "warm reads with 10 publishes a second to reads alone, requests/s, " + string(w.engine), 0.8, true,
			ratios(rates(beside), rates(alone)), "×", figures(beside, alone)})
		c.service.stop()
	}
	return nil
}

// publishUntil changes and publishes ten case studies a second, and looks whether the next read shows it.
func (b *bench) publishUntil(c *world, token string, round int, stop chan struct{}) error {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for n := 0; ; n++ {
		select {
		case <-stop:
			return nil
		case <-tick.C:
		}
		s := b.data.study((round*100 + n) * draftEvery)
		title := fmt.Sprintf("Changed %d", time.Now().UnixNano())
		path := "http://" + c.service.addr + "/v1/case-studies/" + s.entry.String()
		req, err := http.NewRequest("PATCH", path+"?publish=true&updateType=minor", strings.NewReader(`{"title":"`+title+`"}`))
		if err != nil {
			return err
		}
		name, value, _ := strings.Cut(strings.TrimSpace(token), ": ")
		req.Header.Set(name, value)
		req.Header.Set("Content-Type", "application/merge-patch+json")
		req.Header.Set("If-Match", "*")
		if body, err := answerOf(req); err != nil {
			return fmt.Errorf("%w: %s", err, body)
		}
		if body, err := fetch(c.service, "/v1/case-studies/"+s.entry.String()); err != nil || !bytes.Contains(body, []byte(title)) {
			return fmt.Errorf("the read after a publish does not show it (%v)", err)
		}
	}
}

func answerOf(req *http.Request) ([]byte, error) {
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode >= 300 {
		err = fmt.Errorf("%s %s: %s", req.Method, req.URL, resp.Status)
	}
	return body, err
}

// files is S10: a file beside nginx, and conditional and compressed answers beside bare ones.
func (b *bench) files(ctx context.Context, worlds []*world) error {
	w := worlds[0]
	list := "/v1/case-studies?limit=20&sort=" + newest
	bare, err := b.recorded(w.service, []string{list})
	if err != nil {
		return err
	}
	answer, err := record(w.service, list)
	if err != nil {
		return err
	}
	same := func() string { return get(list, "If-None-Match: "+answer.Header.Get("Etag")+"\r\n") }
	unsqueezed := cycle([]string{list})
	squeezed := func() string { return get(list, "Accept-Encoding: br, gzip\r\n") }
	samples, err := b.turns(ctx, contender{w.service, 16, same}, contender{bare, 16, same}, contender{w.service, 16, unsqueezed}, contender{w.service, 16, squeezed})
	if err != nil {
		return err
	}
	b.add(result{"S10", "304: bare net/http to it", 0.95, true, ratios(costs(samples[1]), costs(samples[0])), "×", figures(samples[0], samples[1])})
	b.add(result{"S10", "compressed: plain answer to it", 1, true, ratios(costs(samples[2]), costs(samples[3])), "×", figures(samples[3], samples[2])})
	bare.stop()
	if err := b.largeFile(ctx); err != nil {
		return err
	}
	if _, err := exec.LookPath("nginx"); err != nil {
		fmt.Println("  no nginx here: files are not compared")
		return nil
	}
	return b.oneFile(ctx, w)
}

// oneFile uploads a file of a megabyte, publishes it, and compares its download with nginx's.
func (b *bench) oneFile(ctx context.Context, w *world) error {
	c, err := b.copied(ctx, w)
	if err != nil {
		return err
	}
	defer c.service.stop()
	token, err := b.token(c)
	if err != nil {
		return err
	}
	content := bytes.Repeat([]byte("A line of a file of one megabyte.\n"), 1<<20/34)
	href, err := upload(c, token, bytes.NewReader(content))
	if err != nil {
		return err
	}
	nginx, err := b.startNginx(content)
	if err != nil {
		return err
	}
	defer nginx.stop()
	samples, err := b.turns(ctx, contender{c.service, 16, cycle([]string{href})}, contender{nginx, 16, cycle([]string{"/file.txt"})})
	if err != nil {
		return err
	}
	b.add(result{"S10", "1 MB file: nginx to it", 0.9, true, ratios(costs(samples[1]), costs(samples[0])), "×", figures(samples[0], samples[1])})
	return nil
}

// startNginx serves one file with sendfile by one worker.
func (b *bench) startNginx(content []byte) (*process, error) {
	dir := filepath.Join(b.dir, "nginx")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	addr, err := freeAddr()
	if err != nil {
		return nil, err
	}
	conf := "worker_processes 1; master_process off; daemon off; pid " + dir + "/pid; error_log " + dir + "/error.log;\n" +
		"events { worker_connections 512; }\nhttp { access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000000;\n" +
		"server { listen " + addr + "; root " + dir + "; } }\n"
	for name, text := range map[string][]byte{"file.txt": content, "nginx.conf": []byte(conf)} {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o644); err != nil {
			return nil, err
		}
	}
	p := &process{name: "nginx", addr: addr, cmd: exec.Command("nginx", "-c", filepath.Join(dir, "nginx.conf"))}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	b.running = append(b.running, p)
	for range 200 {
		if _, err := fetch(p, "/file.txt"); err == nil {
			return p, nil
		}
		time.Sleep(10 * time.Millisecond)
	}
	return nil, fmt.Errorf("nginx does not answer: see %s", dir)
}

// idleAfter is how long after its start the service is looked at that nobody has asked anything.
const idleAfter = 4 * time.Second

// startAndMemory is S11.
func (b *bench) startAndMemory(ctx context.Context, worlds []*world) error {
	for _, w := range worlds {
		limit := map[database.Engine]float64{database.SQLite: 20, database.Postgres: 30}[w.engine]
		var took, idle []float64
		for range b.rounds {
			p, err := b.serve("service started again", w.url, w.service.pg)
			if err != nil {
				return err
			}
			took = append(took, float64(p.ran.Microseconds())/1e3)
			time.Sleep(idleAfter)
			idle = append(idle, p.rss())
			p.stop()
		}
		b.add(result{"S11", "start to first answer, " + w.String(), limit, false, took, "ms", ""})
		b.add(result{"S11", "memory when idle, " + w.String(), 30, false, idle, "MB", ""})
		mix := append(append(b.lists(w, ""), b.lists(w, "topic=topic-1")...), b.items(w, 1000)...)
		var busy []float64
		for range b.rounds {
			if _, err := w.service.load(ctx, 64, b.round, misses(mix...)); err != nil {
				return err
			}
			busy = append(busy, w.service.rss())
		}
		b.add(result{"S11", "memory under misses, " + w.String(), 96, false, busy, "MB", ""})
	}
	return nil
}
