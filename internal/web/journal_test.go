package web_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net/http/httptest"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cpics/working-together-api/internal/web"
)

// TestAJournalWritesWhatSlogWould: the same members with the same values.
func TestAJournalWritesWhatSlogWould(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"/v1/pages/one?q=private", "/v1/a%22b%5C%00c", "/v1/%c3%a9%ff", "/v1/me/wtp_secret"} {
		r := httptest.NewRequest("GET", path, nil)
		r.Header.Set("Traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
		a := web.Access{Request: r, Route: "/v1/pages/:ref", Status: 200, Bytes: 1234, Took: 1234567 * time.Nanosecond, RequestID: "r1", Client: "::1", Actor: "a1"}
		var one, other bytes.Buffer
		journal := web.NewJournal(&one)
		journal.Log(a)
		journal.Flush()
		web.LogAccess(slog.New(slog.NewJSONHandler(&other, nil)), a)
		if got, want := lineOf(t, &one), lineOf(t, &other); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v, want %v", path, got, want)
		}
	}
}

// lineOf decodes a log line; its time must be one, and is left out.
func lineOf(t *testing.T, text *bytes.Buffer) map[string]any {
	t.Helper()
	var line map[string]any
	if err := json.Unmarshal(text.Bytes(), &line); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	if at, err := time.Parse(time.RFC3339Nano, line["time"].(string)); err != nil || time.Since(at) > time.Minute {
		t.Errorf("time %v: %v", line["time"], err)
	}
	delete(line, "time")
	return line
}

// slowWriter notes how it is written to.
type slowWriter struct {
	mu     sync.Mutex
	text   strings.Builder
	writes int
}

func (w *slowWriter) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.writes++
	return w.text.Write(b)
}

func (w *slowWriter) lines() (n, writes int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return strings.Count(w.text.String(), "\n"), w.writes
}

// TestAJournalLosesNothing, and waits with no line for long.
func TestAJournalLosesNothing(t *testing.T) {
	t.Parallel()
	var out slowWriter
	journal := web.NewJournal(&out)
	ctx, stop := context.WithCancel(t.Context())
	var running, logging sync.WaitGroup
	running.Go(func() { journal.Run(ctx) })
	a := web.Access{Request: httptest.NewRequest("GET", "/v1/pages", nil), Route: "/v1/pages", Status: 200}
	const each, writers = 5000, 8
	for range writers {
		logging.Go(func() {
			for range each {
				journal.Log(a)
			}
		})
	}
	logging.Wait()
	time.Sleep(time.Second)
	if n, writes := out.lines(); n != each*writers || writes > n/100 {
		t.Errorf("%d lines of %d, in %d writes", n, each*writers, writes)
	}
	journal.Log(a)
	stop()
	running.Wait()
	if n, _ := out.lines(); n != each*writers+1 {
		t.Error("the last line was lost")
	}
	slog.New(slog.NewJSONHandler(journal, nil)).Info("other")
	if n, _ := out.lines(); n != each*writers+2 {
		t.Error("a line of the other log waits")
	}
}

func BenchmarkJournal(b *testing.B) {
	b.ReportAllocs()
	journal := web.NewJournal(&bytes.Buffer{})
	a := web.Access{Request: httptest.NewRequest("GET", "/v1/case-studies/one", nil), Route: "/v1/case-studies/:ref", Status: 200, Bytes: 17900,
		Took: 20 * time.Microsecond, RequestID: "01a21fdb-097f-73a6-b73d-7ff19c1756b8", Client: "127.0.0.1"}
	out := journal
	for b.Loop() {
		out.Log(a)
	}
}
