package clamd

import (
	"context"
	"errors"
	"io"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

func TestAnAddressIsAHostAndPortOrASocket(t *testing.T) {
	t.Parallel()
	for address, ok := range map[string]bool{"127.0.0.1:3310": true, "clamd:3310": true, "[::1]:3310": true, "/run/clamd.sock": true, "": false, "clamd": false, "clamd:": false} {
		if _, err := New(address); (err == nil) != ok {
			t.Errorf("%q: %v", address, err)
		}
	}
}

func TestOnlyAClearAnswerClearsAFile(t *testing.T) {
	t.Parallel()
	for answer, want := range map[string]struct {
		found string
		ok    bool
	}{
		"stream: OK":                          {"", true},
		"stream: Eicar-Test-Signature FOUND":  {"Eicar-Test-Signature", true},
		"":                                    {},
		"OK":                                  {},
		"INSTREAM size limit exceeded. ERROR": {},
		"stream: Can't allocate memory ERROR": {},
		"UNKNOWN COMMAND":                     {},
	} {
		if found, err := verdict(answer); found != want.found || (err == nil) != want.ok {
			t.Errorf("%q: %q, %v", answer, found, err)
		}
	}
}

// listen runs talk with the first connection to a Unix socket.
func listen(t *testing.T, talk func(net.Conn)) *Scanner {
	t.Helper()
	path := filepath.Join(t.TempDir(), "s")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		conn, err := l.Accept()
		if err == nil {
			talk(conn)
			_ = conn.Close()
		}
	}()
	s, err := New(path)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestADaemonThatHangsUpClearsNothing(t *testing.T) {
	t.Parallel()
	for name, talk := range map[string]func(net.Conn){
		"at once":    func(net.Conn) {},
		"half way":   func(c net.Conn) { _, _ = io.CopyN(io.Discard, c, 100_000) },
		"in a word":  func(c net.Conn) { _, _ = io.WriteString(c, "stream: O") },
		"with limit": func(c net.Conn) { _, _ = io.WriteString(c, "INSTREAM size limit exceeded. ERROR\x00") },
	} {
		s := listen(t, talk)
		if found, err := s.Scan(t.Context(), strings.NewReader(strings.Repeat("x", 1<<20))); err == nil || found != "" {
			t.Errorf("%s: %q, %v", name, found, err)
		}
	}
}

func TestAFileThatCannotBeReadIsNotCleared(t *testing.T) {
	t.Parallel()
	s := listen(t, func(c net.Conn) { _, _ = io.Copy(io.Discard, c) })
	if _, err := s.Scan(t.Context(), iotest.ErrReader(io.ErrClosedPipe)); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("%v", err)
	}
}

func TestASilentDaemonIsGivenUpWithTheContext(t *testing.T) {
	t.Parallel()
	s := listen(t, func(c net.Conn) { _, _ = io.Copy(io.Discard, c) })
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	began := time.Now()
	if _, err := s.Scan(ctx, strings.NewReader("x")); err == nil || time.Since(began) > 5*time.Second {
		t.Errorf("%v after %s", err, time.Since(began))
	}
}
