package web

import (
	"context"
	"encoding/json"
	"io"
	"strconv"
	"strings"
	"sync"
	"time"
)

const (
	journalDelay = 200 * time.Millisecond // how long a line may wait to be written
	journalRoom  = 64 << 10               // bytes of lines that wait at most
)

// Journal writes the access log for programs: one JSON object a line, as slog would write it, at a fraction of its
// cost, because many lines are written at once. A line waits for a fifth of a second at most; none is left out: when
// lines come faster than they can be written, requests wait. Who kills the process loses what waits.
type Journal struct {
	out io.Writer

	mu  sync.Mutex
	buf []byte
}

// NewJournal writes to out.
func NewJournal(out io.Writer) *Journal { return &Journal{out: out} }

// Write is for the program's other log lines, which keep their places among those of requests and do not wait.
func (j *Journal) Write(line []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.flush()
	return j.out.Write(line)
}

// Run writes lines that wait until ctx is done. Lines that come later are to be written by Flush.
func (j *Journal) Run(ctx context.Context) {
	ticker := time.NewTicker(journalDelay)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			j.Flush()
		case <-ctx.Done():
			j.Flush()
			return
		}
	}
}

// Flush writes what waits.
func (j *Journal) Flush() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.flush()
}

func (j *Journal) flush() {
	if len(j.buf) == 0 {
		return
	}
	_, _ = j.out.Write(j.buf) // of a log that cannot be written there is nobody to tell
	j.buf = j.buf[:0]
}

// Log takes the line of one request.
func (j *Journal) Log(a Access) {
	now := time.Now()
	path := loggedPath(a.Request.URL.Path, a.Secret)
	trace := traceID(a.Request.Header.Get("Traceparent"))
	j.mu.Lock()
	defer j.mu.Unlock()
	b := append(j.buf, `{"time":"`...)
	b = now.AppendFormat(b, time.RFC3339Nano)
	b = append(b, `","level":"INFO","msg":"request"`...)
	b = appendText(b, "method", a.Request.Method)
	b = appendText(b, "route", a.Route)
	b = appendText(b, "path", path)
	b = strconv.AppendInt(append(b, `,"status":`...), int64(a.Status), 10)
	b = strconv.AppendInt(append(b, `,"bytes":`...), a.Bytes, 10)
	b = strconv.AppendFloat(append(b, `,"ms":`...), float64(a.Took.Microseconds())/1000, 'f', -1, 64)
	b = appendText(b, "requestId", a.RequestID)
	b = appendText(b, "client", a.Client)
	if trace != "" {
		b = appendText(b, "traceId", trace)
	}
	if a.Actor != "" {
		b = appendText(b, "actor", a.Actor)
	}
	j.buf = append(b, '}', '\n')
	if len(j.buf) > journalRoom-4<<10 { // before it would have to grow
		j.flush()
	}
}

// appendText adds a member that is a string.
func appendText(b []byte, name, value string) []byte {
	b = append(append(append(b, `,"`...), name...), `":`...)
	if plainText(value) {
		return append(append(append(b, '"'), value...), '"')
	}
	quoted, err := json.Marshal(value) // which a string always can be
	if err != nil {
		return append(b, `""`...)
	}
	return append(b, quoted...)
}

// plainText says whether a string is JSON as it stands.
func plainText(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}

// withoutSecrets takes out of a path what must not reach a log even when it was put there by mistake.
func withoutSecrets(path string) string {
	if !strings.Contains(path, "_") {
		return path
	}
	return secret.ReplaceAllString(path, "${1}_…")
}
