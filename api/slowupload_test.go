package api_test

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/cpics/working-together-api/api/apitest"
	"github.com/cpics/working-together-api/internal/database"
)

// TestUploadsThatStop: a sender that stays and sends nothing, or next to nothing, is told so and cut off, and nothing of
// what came is kept: no object, no record, no open file.
func TestUploadsThatStop(t *testing.T) {
	t.Parallel()
	folders(t, func(t *testing.T, s *apitest.Service, folder string) {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.Handler.ServeHTTP(hurried{w, time.Now()}, r) }))
		t.Cleanup(server.Close)
		for _, every := range []time.Duration{time.Hour, 50 * time.Millisecond} {
			conn, began := halfUploaded(t, server.URL, s.Token("editor"), folder), time.Now()
			stop := trickle(conn, every)
			answers := bufio.NewReader(conn)
			answer, err := http.ReadResponse(answers, nil)
			if err != nil {
				t.Fatalf("a byte each %s: %v", every, err)
			}
			if _, err := answer.Body.Read(nil); answer.StatusCode != 400 || answer.Header.Get("Content-Type") != "application/problem+json" || err != nil {
				t.Errorf("a byte each %s: %s %v, %v", every, answer.Status, answer.Header, err)
			}
			for err == nil { // until the service has closed the connection
				_, err = answers.ReadByte()
			}
			if took := time.Since(began); took < 100*time.Millisecond || took > 10*time.Second {
				t.Errorf("a byte each %s: cut off after %s", every, took)
			}
			stop()
			wantNothing(t, s, folder)
		}
		uploaded(t, s, "a.png", 1)
	})
}

// TestUploadsThatAreLeft: what senders who went away had sent is not kept, nor the files open that it went to.
func TestUploadsThatAreLeft(t *testing.T) {
	t.Parallel()
	folders(t, func(t *testing.T, s *apitest.Service, folder string) {
		for range 5 {
			conn := halfUploaded(t, s.URL, s.Token("editor"), folder)
			if err := conn.Close(); err != nil {
				t.Fatal(err)
			}
			wantNothing(t, s, folder)
		}
	})
}

// hurried is a connection whose time goes a hundred times as fast since the request came.
type hurried struct {
	http.ResponseWriter
	since time.Time
}

func (w hurried) SetReadDeadline(at time.Time) error {
	return http.NewResponseController(w.ResponseWriter).SetReadDeadline(w.since.Add(at.Sub(w.since) / 100))
}

func (w hurried) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// halfUploaded has sent half of an upload, and the service, which has a file open for it, is reading the rest.
func halfUploaded(t *testing.T, url, token, folder string) net.Conn {
	t.Helper()
	body, mediaType := apitest.Form(t, apitest.FilePart("a.txt", strings.Repeat("some text\n", 50_000)))
	conn, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	_, err = fmt.Fprintf(conn, "POST /v1/files HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s",
		token, mediaType, len(body), body[:len(body)/2])
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(openFiles); err == nil {
		eventually(t, func() bool { return len(openBelow(t, folder)) > 0 })
	}
	return conn
}

// trickle sends a byte at a time, until it is stopped or cannot.
func trickle(conn net.Conn, every time.Duration) (stop func()) {
	ticker, done, ended := time.NewTicker(every), make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for {
			select {
			case <-done:
				return
			case <-ticker.C:
				if _, err := conn.Write([]byte("x")); err != nil {
					return
				}
			}
		}
	}()
	return func() {
		ticker.Stop()
		close(done)
		<-ended
	}
}

// wantNothing waits until nothing of an upload is left, and fails the test where it stays.
func wantNothing(t *testing.T, s *apitest.Service, folder string) {
	t.Helper()
	eventually(t, func() bool { return len(openBelow(t, folder))+len(inFolder(t, folder)) == 0 })
	var rows int64
	err := s.DB.Read(t.Context(), func(tx *database.Tx) error {
		return tx.Raw("SELECT (SELECT count(*) FROM files) + (SELECT count(*) FROM blobs)").Scan(&rows).Error
	})
	if err != nil || rows != 0 {
		t.Errorf("%d rows are left, %v", rows, err)
	}
}

// openFiles is where Linux tells what this process has open.
const openFiles = "/proc/self/fd"

// openBelow lists what this process has open below a folder, with or without a name; where the system does not tell,
// nothing.
func openBelow(t *testing.T, folder string) (open []string) {
	t.Helper()
	links, err := filepath.Glob(openFiles + "/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, link := range links {
		if target, err := os.Readlink(link); err == nil && strings.HasPrefix(target, folder+"/") { // others come and go
			open = append(open, target)
		}
	}
	return open
}
