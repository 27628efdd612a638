package dbtest

import (
	"bytes"
	"cmp"
	"io"
	"net"
	"net/url"
	"path/filepath"
	"sync"
	"testing"
)

// Relay passes connections on to a server, until it is told to be silent: then it takes what both sides say and passes
// nothing on, the ends of connections included. It still accepts new ones, as a network does that nobody answers from.
type Relay struct {
	network, server string

	mu     sync.Mutex
	silent bool
	closed bool
	at     *turn         // nil for none
	over   chan struct{} // closed when the test ends
}

// Through gives an address of the same Postgres database by way of a relay.
func Through(t testing.TB, address string) (string, *Relay) {
	t.Helper()
	u, err := url.Parse(address)
	check(t, err)
	r := &Relay{network: "tcp", server: u.Host, over: make(chan struct{})}
	if q := u.Query(); q.Has("host") { // the folder of a socket
		r.network, r.server = "unix", filepath.Join(q.Get("host"), ".s.PGSQL."+cmp.Or(q.Get("port"), "5432"))
		q.Del("host")
		q.Del("port")
		u.RawQuery = q.Encode()
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	check(t, err)
	t.Cleanup(func() {
		_ = listener.Close()
		close(r.over)
	})
	go r.serve(listener)
	u.Host = listener.Addr().String()
	return u.String(), r
}

// Silent makes the relay silent, or lets it pass on again what is said from then on.
func (r *Relay) Silent(silent bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.silent, r.at = silent, nil
}

// Closed makes the relay hang up at once on all who connect, or take them again.
func (r *Relay) Closed(closed bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = closed
}

// turn is when a relay becomes silent.
type turn struct {
	first, then []byte
	passed      bool
}

// SilentAt makes the relay silent as soon as a client says then, having said first before on the same connection. The
// server still hears it if passed is set.
func (r *Relay) SilentAt(first, then string, passed bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.at = &turn{[]byte(first), []byte(then), passed}
}

func (r *Relay) serve(l net.Listener) {
	for {
		client, err := l.Accept()
		if err != nil {
			return
		}
		if r.isClosed() {
			_ = client.Close() // that it is gone is all
			continue
		}
		go r.pass(client)
	}
}

func (r *Relay) pass(client net.Conn) {
	defer client.Close()
	server, err := net.Dial(r.network, r.server)
	if err != nil {
		return
	}
	defer server.Close()
	ended := make(chan struct{}, 2)
	carry := func(to io.Writer, from net.Conn) {
		_, _ = io.Copy(to, struct{ io.Reader }{from}) // piece by piece; why it ends does not matter
		ended <- struct{}{}
	}
	go carry(r.to(client, false), server)
	go carry(r.to(server, true), client)
	<-ended
	if r.isSilent() { // the other side does not hear of it
		<-r.over
	}
}

func (r *Relay) isClosed() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.closed
}

func (r *Relay) isSilent() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.silent
}

// to is a writer to one side.
func (r *Relay) to(side net.Conn, fromClient bool) io.Writer {
	var began *turn // whose first word was said
	return writerFunc(func(p []byte) (int, error) {
		if !r.passes(p, fromClient, &began) {
			return len(p), nil
		}
		return side.Write(p)
	})
}

// passes says whether what a side says is passed on.
func (r *Relay) passes(said []byte, fromClient bool, began **turn) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.silent:
		return false
	case !fromClient || r.at == nil:
		return true
	case bytes.Contains(said, r.at.first):
		*began = r.at
	}
	if *began != r.at || !bytes.Contains(said, r.at.then) {
		return true
	}
	r.silent = true
	return r.at.passed
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }
