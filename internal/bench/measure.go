package main

import (
	"context"
	"encoding/gob"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/cpics/working-together-api/internal/content"
	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/web"
)

// contender takes turns with others.
type contender struct {
	p     *process
	conns int
	next  func() string // gives its next request
}

// world is what is measured: the service on a data set, and what answers beside it.
type world struct {
	engine    database.Engine
	size      int
	service   *process
	statement *process // one hand-written statement
	url       string   // of the database
}

func (w *world) String() string { return fmt.Sprintf("%s, %s", w.engine, thousands(w.size)) }

func thousands(n int) string {
	if n >= 1_000_000 && n%1_000_000 == 0 {
		return fmt.Sprintf("%dM", n/1_000_000)
	}
	return fmt.Sprintf("%dk", n/1_000)
}

// prepare makes the data sets that are not there yet, waiting for no disk, those of both engines at once.
func (b *bench) prepare(ctx context.Context) (err error) {
	if b.cluster, err = startCluster(ctx, filepath.Join(b.dir, "postgres"), false); err != nil {
		return err
	}
	if err := b.tidy(ctx); err != nil {
		return errors.Join(err, b.cluster.stop())
	}
	for _, size := range b.sizes {
		engines := []database.Engine{database.SQLite, database.Postgres}
		failed := make(chan error, len(engines))
		for _, engine := range engines {
			go func() {
				_, err := b.ensure(ctx, engine, size)
				failed <- err
			}()
		}
		for range engines {
			err = errors.Join(err, <-failed)
		}
	}
	return errors.Join(err, b.cluster.stop())
}

// open starts the service on a data set, and what it is compared with.
func (b *bench) open(ctx context.Context, engine database.Engine, size int) (*world, error) {
	w := &world{engine: engine, size: size}
	var err error
	if w.url, err = b.ensure(ctx, engine, size); err != nil {
		return nil, err
	}
	var pg *cluster
	source := strings.TrimPrefix(w.url, "sqlite:")
	if engine == database.Postgres {
		pg, source = b.cluster, w.url
	}
	if w.service, err = b.serve("service on "+w.String(), w.url, pg); err != nil {
		return nil, err
	}
	w.statement, err = b.start("one statement on "+w.String(), "/?n=1&limit=1", pg, nil, os.Args[0], "yardstick", string(engine), "{addr}", source)
	return w, err
}

// serve starts the service on a database, with further settings.
func (b *bench) serve(name, url string, pg *cluster, more ...string) (*process, error) {
	ops, err := freeAddr()
	if err != nil {
		return nil, err
	}
	env := append([]string{"WT_DATABASE_URL=" + url, "WT_SEED=off", "WT_BASE_URL=http://bench", "WT_OPS_LISTEN=" + ops,
		"WT_BLOB_URL=file:" + filepath.Join(b.dir, "files")}, more...)
	p, err := b.start(name, "/v1/principles", pg, env, b.program, "serve")
	if err == nil {
		p.ops = ops
	}
	return p, err
}

// profile keeps a profile of the service under a load, when profiles are asked for.
func (b *bench) profile(ctx context.Context, c contender, name string) error {
	if b.profiles == "" {
		return nil
	}
	if err := os.MkdirAll(b.profiles, 0o755); err != nil {
		return err
	}
	const lasting = 5 * time.Second
	failed := make(chan error, 1)
	go func() {
		answer, err := record(&process{name: "profile", addr: c.p.ops}, fmt.Sprintf("/debug/pprof/profile?seconds=%d", int(lasting.Seconds())))
		if err == nil {
			err = os.WriteFile(filepath.Join(b.profiles, name+".pprof"), answer.Body, 0o644)
		}
		failed <- err
	}()
	if _, err := c.p.load(ctx, c.conns, lasting, c.next); err != nil {
		return err
	}
	return <-failed
}

// measure takes all measurements.
func (b *bench) measure(ctx context.Context) error {
	var worlds []*world
	for _, size := range b.sizes {
		for _, engine := range []database.Engine{database.SQLite, database.Postgres} {
			w, err := b.open(ctx, engine, size)
			if err != nil {
				return err
			}
			if err := b.prove(w); err != nil {
				return err
			}
			worlds = append(worlds, w)
		}
	}
	fmt.Println("all answer the same rows in the same order")
	if b.explain {
		for _, w := range atLargest(worlds) {
			if err := b.plans(ctx, w); err != nil {
				return err
			}
		}
		return nil
	}
	for _, goal := range []struct {
		name    string
		measure func(context.Context, []*world) error
	}{{"S1", b.warm}, {"S2", b.missed}, {"S3", b.growth}, {"S4", b.depth}, {"S5", b.filters}, {"S6", b.counts},
		{"S7", b.search}, {"S8", b.writes}, {"S9", b.publishing}, {"S10", b.files}, {"S11", b.startAndMemory}} {
		if b.only != nil && !slices.Contains(b.only, goal.name) {
			continue
		}
		fmt.Println("measuring", goal.name)
		if err := goal.measure(ctx, worlds); err != nil {
			return fmt.Errorf("%s: %w", goal.name, err)
		}
	}
	return nil
}

// prove compares what a world answers with what the data set holds, at several places.
func (b *bench) prove(w *world) error {
	live := 0
	for _, n := range []int{w.size, w.size / 2, w.size / 10, 30} {
		var want []string
		for k := n - 1; k >= 0 && len(want) < 20; k-- {
			if s := b.data.study(k); !s.draft {
				want = append(want, s.entry.String())
			}
		}
		for _, asked := range []struct {
			p    *process
			path string
		}{{w.service, "/v1/case-studies?" + b.page("", n)}, {w.statement, fmt.Sprintf("/?limit=20&n=%d", n)}} {
			body, err := fetch(asked.p, asked.path)
			if err != nil {
				return err
			}
			got, err := ids(body)
			if err != nil || !slices.Equal(got, want) {
				return fmt.Errorf("%s: %s has the rows %v (%v), want %v", asked.p.name, asked.path, got, err, want)
			}
		}
		live++
	}
	return nil
}

// fetch reads an answer.
func fetch(p *process, path string) ([]byte, error) {
	answer, err := record(p, path)
	return answer.Body, err
}

// plain asks for no compression, which would be undone in silence.
var plain = &http.Client{Transport: &http.Transport{DisableCompression: true}}

func record(p *process, path string) (kept, error) {
	resp, err := plain.Get("http://" + p.addr + path)
	if err != nil {
		return kept{}, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s: %s %s", p.name, path, resp.Status, body)
	}
	resp.Header.Del("Date")
	return kept{resp.Header, body}, err
}

const newest = "-firstPublishedAt"

// page is the query of the twenty case studies before the nth, which pass a filter given as a query.
func (b *bench) page(filter string, n int) string {
	selection := content.Selection{Statuses: []content.Status{content.Live}, Filters: map[string][]string{}}
	for part := range strings.SplitSeq(filter, "&") {
		if name, value, ok := strings.Cut(part, "="); ok {
			selection.Filters[name] = append(selection.Filters[name], value)
			filter = strings.TrimSuffix(filter, "&") + "&"
		}
	}
	at := began.Add(time.Duration(n+1) * apart)
	cursor := web.EncodeCursor("case-studies "+newest+" "+selection.Scope(), false, at.Format(time.RFC3339), id("entry", n, at).String())
	return filter + "limit=20&sort=" + newest + "&cursor=" + cursor
}

// places are a thousand places in a data set, always the same.
func places(size int) []int {
	r := rand.New(rand.NewPCG(chanceOfPlaces, 3))
	all := make([]int, 1000)
	for i := range all {
		all[i] = size/20 + r.IntN(size-size/20)
	}
	return all
}

// cycle gives requests in turn.
func cycle(paths []string) func() string {
	requests := make([]string, len(paths))
	for i, path := range paths {
		requests[i] = get(path, "")
	}
	var n atomic.Int64
	return func() string { return requests[int(n.Add(1)-1)%len(requests)] }
}

// spelled counts the spellings given out by all.
var spelled atomic.Int64

// misses gives addresses in turn, and never the same twice: each time some other characters of the query are written as
// percent and hexadecimal digits. That means the same, but is another address to every cache.
func misses(paths ...string) func() string {
	var n atomic.Int64
	return func() string {
		path := paths[int(n.Add(1)-1)%len(paths)]
		before, query, ok := strings.Cut(path, "?")
		if !ok { // an item has no query to spell
			return get(path, "")
		}
		query, cursor, _ := strings.Cut(query, "&cursor=")
		var spelling strings.Builder
		bits := spelled.Add(1)
		coded := 0 // of the digits of what is written so already
		for _, c := range []byte(query) {
			if c == '%' {
				coded = 3
			}
			if coded--; coded < 0 && c != '=' && c != '&' {
				if bits&1 == 1 {
					fmt.Fprintf(&spelling, "%%%02x", c)
					bits >>= 1
					continue
				}
				bits >>= 1
			}
			spelling.WriteByte(c)
		}
		if cursor != "" {
			spelling.WriteString("&cursor=" + cursor)
		}
		return get(before+"?"+spelling.String(), "")
	}
}

// rounds lets contenders take turns, after one that does not count, and gives the samples of each.
func (b *bench) turns(ctx context.Context, contenders ...contender) ([][]sample, error) {
	samples := make([][]sample, len(contenders))
	for round := range b.rounds + 1 {
		for i, c := range contenders {
			s, err := c.p.load(ctx, c.conns, b.round, c.next)
			if err != nil {
				return nil, err
			}
			if round > 0 {
				samples[i] = append(samples[i], s)
			}
		}
	}
	return samples, ctx.Err()
}

// recorded starts a bare server that answers paths as the service does.
func (b *bench) recorded(service *process, paths []string) (*process, error) {
	answers := map[string]kept{}
	for _, path := range paths {
		answer, err := record(service, path)
		if err != nil {
			return nil, err
		}
		answers[path] = answer
	}
	name := filepath.Join(b.dir, "recorded.gob")
	file, err := os.Create(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	if err := gob.NewEncoder(file).Encode(answers); err != nil {
		return nil, err
	}
	return b.start("bare net-http", "/", nil, nil, os.Args[0], "yardstick", "bare", "{addr}", name)
}
