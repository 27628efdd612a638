package api_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/cpics/working-together-api/api"
	"github.com/cpics/working-together-api/api/apitest"
	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/database/dbtest"
)

// howLong is how long a random test goes on: WT_TEST_TORTURE says so, else it is a short form.
func howLong(t *testing.T, short time.Duration) time.Duration {
	t.Helper()
	setting := os.Getenv("WT_TEST_TORTURE")
	if setting == "" {
		return short
	}
	long, err := time.ParseDuration(setting)
	if err != nil {
		t.Fatal("WT_TEST_TORTURE:", err)
	}
	return long
}

// TestTortureOfWebhooks has eight clients publish while the senders and the receiver are killed at random. At the end
// the receiver has every line of the log, in order; a line came twice only before the next, under the same id, and only
// where its sender or its receiver was killed over it.
func TestTortureOfWebhooks(t *testing.T) {
	t.Parallel()
	long := howLong(t, 2*time.Second)
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		s := apitest.New(t, db, loopback)
		r := newMortal(t)
		_, r.secret = hook(s, "http://"+r.address)
		over, stop := context.WithTimeout(t.Context(), long)
		defer stop()
		var killers sync.WaitGroup
		for range 2 {
			killers.Go(func() { mortalReplica(t, over, db) })
		}
		killers.Go(func() { r.dieNowAndThen(over) })
		publishFrom8(s, over)
		killers.Wait()
		head := int(lastSeq(t, s))
		end := time.Now().Add(3 * time.Minute) // a lease that nobody gave back runs out first
		for r.last() < head && time.Now().Before(end) {
			time.Sleep(20 * time.Millisecond)
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		for _, fault := range r.faults {
			t.Error(fault)
		}
		if r.seq != head || head < 8 {
			t.Errorf("the receiver has %d of %d lines", r.seq, head)
		}
		t.Logf("%d lines; %d requests, %d of them repeated; the receiver was killed %d times", head, r.requests, r.requests-r.seq, r.deaths)
	})
}

// publishFrom8 publishes from eight clients at once, each again and again, until over is done.
func publishFrom8(s *apitest.Service, over context.Context) {
	var clients sync.WaitGroup
	for i := range 8 {
		clients.Go(func() {
			for n := 0; over.Err() == nil; n++ {
				path := "/v1/pages/" + published(s, "/v1/pages", doc{"title": fmt.Sprint("Page ", i, "-", n), "summary": "A summary."}).String("id")
				if n%3 == 0 {
					unpublish(s, path, []string{"gone", "withdrawal", "recall"}[n/3%3]).Must(200)
				}
				time.Sleep(rand.N(40 * time.Millisecond))
			}
		})
	}
	clients.Wait()
}

// mortalReplica runs one replica after another until over is done. One in ten vanishes: its database is cut off before
// it can say how its attempts ended, so that its leases must run out. In the short form there is no time for that.
func mortalReplica(t *testing.T, over context.Context, db *database.DB) {
	vanishing := os.Getenv("WT_TEST_TORTURE") != ""
	for over.Err() == nil {
		own := dbtest.Replica(t, db)
		service, err := api.New(api.Config{DB: own, Site: apitest.Site(t), Log: slog.New(slog.DiscardHandler), MaxBodyKB: 1024, WebhookAllow: []string{"127.0.0.0/8"}})
		if err != nil {
			t.Error(err)
			return
		}
		life, kill := context.WithTimeout(over, 100*time.Millisecond+rand.N(900*time.Millisecond))
		if vanishing && rand.N(10) == 0 {
			context.AfterFunc(life, func() { _ = own.Close() })
		}
		service.Run(life)
		kill()
		_ = own.Close()
	}
}

// mortal is a receiver that is killed and comes back at the same address. It notes what arrives before it answers.
type mortal struct {
	t       *testing.T
	address string
	secret  string
	mu      sync.Mutex
	server  *http.Server

	seq      int    // of the last line
	id       string // what webhook-id said of it
	requests int
	deaths   int
	faults   []string
}

func newMortal(t *testing.T) *mortal {
	t.Helper()
	r := &mortal{t: t, address: "127.0.0.1:0"}
	r.live()
	t.Cleanup(r.die)
	return r
}

func (r *mortal) live() {
	var listener net.Listener
	eventually(r.t, func() (ok bool) {
		var err error
		listener, err = net.Listen("tcp", r.address)
		return err == nil
	})
	r.address = listener.Addr().String()
	r.server = &http.Server{Handler: r, ReadHeaderTimeout: time.Minute}
	server := r.server
	go func() { _ = server.Serve(listener) }()
}

// die breaks off all that is under way.
func (r *mortal) die() { _ = r.server.Close() }

func (r *mortal) dieNowAndThen(over context.Context) {
	for over.Err() == nil {
		select {
		case <-time.After(500*time.Millisecond + rand.N(2*time.Second)):
			r.die()
			r.deaths++
			time.Sleep(rand.N(300 * time.Millisecond))
			r.live()
		case <-over.Done():
		}
	}
}

func (r *mortal) last() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.seq
}

func (r *mortal) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return // the sender was killed in the midst of it
	}
	g := received{header: req.Header, body: body}
	var e struct{ Data struct{ Seq int } }
	broken := json.Unmarshal(body, &e)
	r.mu.Lock()
	r.requests++
	if broken != nil || !g.signedBy(r.t, r.secret) {
		r.faults = append(r.faults, "not signed: "+string(body))
	} else if fault := r.take(e.Data.Seq, g.header.Get("Webhook-Id")); fault != "" {
		r.faults = append(r.faults, fault)
	}
	r.mu.Unlock()
	if rand.N(10) == 0 { // it thinks about it, and may not live to say so
		time.Sleep(rand.N(100 * time.Millisecond))
	}
	w.WriteHeader(http.StatusNoContent)
}

// take notes a line, and says what is wrong with its coming now: each comes behind the one before it, or once more.
func (r *mortal) take(seq int, id string) (fault string) {
	switch {
	case seq != r.seq && seq != r.seq+1:
		fault = fmt.Sprintf("line %d came after line %d", seq, r.seq)
	case seq == r.seq && id != r.id && r.id != "":
		fault = fmt.Sprintf("line %d came as %s and as %s", seq, r.id, id)
	}
	r.seq, r.id = seq, id
	return fault
}
