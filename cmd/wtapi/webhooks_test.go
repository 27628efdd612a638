package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/database/dbtest"
)

// TestTortureOfWebhooksByKills has a webhook follow 8 publishers while the service is killed, in the middle of whatever
// it does, again and again. At the end its receiver has every line, in order; a line that comes twice comes before the
// next, and under the same id.
func TestTortureOfWebhooksByKills(t *testing.T) {
	t.Parallel()
	length := 3 * time.Second
	if long := os.Getenv(tortureFor); long != "" {
		var err error
		length, err = time.ParseDuration(long)
		must(t, err)
	}
	each(t, func(t *testing.T, engine database.Engine) {
		db := dbtest.Empty(t, engine)
		a := newArena(t, db)
		a.settings = append(a.settings, "WT_WEBHOOK_ALLOW=127.0.0.1")
		b := &bell{}
		server := httptest.NewServer(b)
		t.Cleanup(server.Close)
		service, err := launch(t, a.settings...)
		must(t, err)
		a.hang(db, server.URL)
		b.last = a.log()[len(a.log())-1]

		over, stop := context.WithTimeout(t.Context(), length)
		defer stop()
		var publishing sync.WaitGroup
		for n := range 8 {
			publishing.Go(func() { a.publish(over, n) })
		}
		for over.Err() == nil {
			wait(over, time.Duration(200+rand.N(1300))*time.Millisecond)
			end(service.cmd)
			a.deaths++
			service, err = launch(t, a.settings...)
			must(t, err)
		}
		publishing.Wait()
		log := a.log()
		for began := time.Now(); b.at() < log[len(log)-1] && time.Since(began) < 3*time.Minute; time.Sleep(50 * time.Millisecond) {
			// the lease of a sender that was killed over a delivery runs out first
		}
		b.mu.Lock()
		defer b.mu.Unlock()
		if b.last != log[len(log)-1] || len(b.faults) > 0 {
			t.Errorf("%s: the receiver is at line %d of %d; out of order: %v", engine, b.last, log[len(log)-1], b.faults)
		}
		t.Logf("%s: %d lines of the log, %d deliveries, %d of them repeated, service killed %d times", engine, len(log), b.taken, b.repeated, a.deaths)
	})
}

// hang makes a webhook that leads to a receiver.
func (a *arena) hang(db, url string) {
	a.t.Helper()
	admin, err := wtapi(a.t, db, "token", "create", "--name=hooks", "--role=admin")
	must(a.t, err)
	request, err := http.NewRequest(http.MethodPost, a.url+"/v1/webhooks", strings.NewReader(fmt.Sprintf(`{"url":%q}`, url)))
	must(a.t, err)
	request.Header.Set("Authorization", "Bearer "+strings.TrimSpace(admin))
	request.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(request)
	must(a.t, err)
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusCreated {
		a.t.Fatal("a webhook is answered with", resp.Status)
	}
}

// bell is a receiver of webhooks that notes the numbers of the lines as they come.
type bell struct {
	mu              sync.Mutex
	last            int64
	id              string // what webhook-id said of it
	taken, repeated int
	faults          []string
}

func (b *bell) at() int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.last
}

func (b *bell) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the sender died in the midst of it
	}
	var event struct{ Data struct{ Seq int64 } }
	err = json.Unmarshal(body, &event)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.taken++
	seq, id := event.Data.Seq, r.Header.Get("Webhook-Id")
	switch {
	case err == nil && seq == b.last+1:
	case err == nil && seq == b.last && (id == b.id || b.id == ""):
		b.repeated++
	default:
		b.faults = append(b.faults, fmt.Sprintf("%d, %s after %d, %s: %.100s", seq, id, b.last, b.id, body))
	}
	b.last, b.id = seq, id
}
