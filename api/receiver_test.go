package api_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cpics/working-together-api/api"
	"github.com/cpics/working-together-api/api/apitest"
	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/database/dbtest"
)

// loopback lets webhooks lead to receivers on this machine.
func loopback(cfg *api.Config) { cfg.WebhookAllow = []string{"127.0.0.0/8"} }

// eachWithHooks runs a test once an engine, on a service whose webhooks may lead to this machine.
func eachWithHooks(t *testing.T, test func(t *testing.T, s *apitest.Service)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, db *database.DB) { test(t, apitest.New(t, db, loopback)) })
}

// received is a request that a receiver got.
type received struct {
	header http.Header
	body   []byte
	Type   string
	Data   map[string]any
}

// receiver keeps what it gets. Its answers are given by answer, which may be nil for 204.
type receiver struct {
	*httptest.Server
	mu     sync.Mutex
	got    []received
	answer func(n int, w http.ResponseWriter, r *http.Request) // n counts the requests from 1
}

func newReceiver(t *testing.T, answer func(n int, w http.ResponseWriter, r *http.Request)) *receiver {
	t.Helper()
	r := &receiver{answer: answer}
	r.Server = httptest.NewServer(r)
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, _ := io.ReadAll(req.Body)
	g := received{header: req.Header, body: body}
	_ = json.Unmarshal(body, &g)
	r.mu.Lock()
	r.got = append(r.got, g)
	n := len(r.got)
	r.mu.Unlock()
	if r.answer == nil {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	r.answer(n, w, req)
}

func (r *receiver) all() []received {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.got)
}

// await waits until the receiver has n requests.
func (r *receiver) await(t *testing.T, n int) []received {
	t.Helper()
	eventually(t, func() bool { return len(r.all()) >= n })
	return r.all()
}

// eventually waits for something that others bring about.
func eventually(t *testing.T, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if holds() {
			return
		}
	}
	t.Fatal("it did not come to that in 20 seconds")
}

// hook makes a webhook to a receiver.
func hook(s *apitest.Service, url string, members ...any) (path, secret string) {
	made := s.Admin().Post("/v1/webhooks", doc{"url": url}.with(members...)).Must(201)
	return "/v1/webhooks/" + made.String("id"), made.String("secret")
}

// signedBy reports whether one of a request's signatures was made with a secret (Standard Webhooks, by hand).
func (g received) signedBy(t *testing.T, secret string) bool {
	t.Helper()
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil || len(key) < 24 {
		t.Fatalf("the secret %q: %v", secret, err)
	}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(g.header.Get("webhook-id") + "." + g.header.Get("webhook-timestamp") + "." + string(g.body)))
	want := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
	return slices.Contains(strings.Fields(g.header.Get("webhook-signature")), want)
}
