// Package clamd has files looked at by ClamAV's daemon, by its command INSTREAM (clamd(8)).
package clamd

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"
)

const (
	chunkSize = 64 << 10
	idle      = 30 * time.Second // that the daemon may take to accept a connection or a chunk
	thinking  = 5 * time.Minute  // that it may take to answer once it has everything
	maxAnswer = 4096
)

// Scanner is a daemon at an address.
type Scanner struct{ network, address string }

// New takes the address of a daemon: HOST:PORT, or the path of a Unix socket.
func New(address string) (*Scanner, error) {
	if strings.HasPrefix(address, "/") {
		return &Scanner{"unix", address}, nil
	}
	if _, port, err := net.SplitHostPort(address); err != nil || port == "" {
		return nil, errors.New("give HOST:PORT, or the path of a Unix socket that starts with /")
	}
	return &Scanner{"tcp", address}, nil
}

// Scan sends all that r gives, and tells what was found: the name of the signature, or "" when the daemon found
// nothing. Any other end, such as a daemon that is away or takes no file of the size, is an error, and says nothing
// about the file.
func (s *Scanner) Scan(ctx context.Context, r io.Reader) (found string, err error) {
	dialer := net.Dialer{Timeout: idle}
	conn, err := dialer.DialContext(ctx, s.network, s.address)
	if err != nil {
		return "", fmt.Errorf("clamd: %w", err)
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	answer, err := converse(conn, r)
	if err == nil {
		found, err = verdict(answer)
	}
	if err != nil {
		return "", fmt.Errorf("clamd: %w", err)
	}
	return found, nil
}

// converse sends the file and reads the answer. A daemon that has had enough answers at once and hears no more, so
// its answer counts for more than that it could not be sent everything.
func converse(conn net.Conn, r io.Reader) (answer string, err error) {
	sent := send(conn, r)
	var local *readError
	if errors.As(sent, &local) {
		return "", sent
	}
	if err := conn.SetReadDeadline(time.Now().Add(thinking)); err != nil {
		return "", err
	}
	answer, err = bufio.NewReader(io.LimitReader(conn, maxAnswer)).ReadString(0)
	if err != nil {
		return "", errors.Join(sent, err)
	}
	return strings.TrimSuffix(answer, "\x00"), nil
}

// readError is a failure of the file, and not of the connection.
type readError struct{ error }

func (e *readError) Unwrap() error { return e.error }

// send writes the command and the file in chunks, each behind its length; an empty one ends it.
func send(conn net.Conn, r io.Reader) error {
	if err := write(conn, []byte("zINSTREAM\x00")); err != nil {
		return err
	}
	const header = 4
	chunk := make([]byte, header+chunkSize)
	for {
		n, err := io.ReadFull(r, chunk[header:])
		if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
			return &readError{err}
		}
		binary.BigEndian.PutUint32(chunk, uint32(n)) // at most chunkSize
		if err := write(conn, chunk[:header+n]); err != nil || n == 0 {
			return err
		}
	}
}

func write(conn net.Conn, b []byte) error {
	if err := conn.SetWriteDeadline(time.Now().Add(idle)); err != nil {
		return err
	}
	_, err := conn.Write(b)
	return err
}

// verdict reads an answer: "stream: OK", "stream: NAME FOUND", or what went wrong.
func verdict(answer string) (found string, err error) {
	result, ok := strings.CutPrefix(answer, "stream: ")
	if name, isFound := strings.CutSuffix(result, " FOUND"); ok && isFound {
		return name, nil
	}
	if ok && result == "OK" {
		return "", nil
	}
	return "", fmt.Errorf("it says %q", answer)
}
