package database

import (
	"syscall"
	"time"
)

// tcpUserTimeout is TCP_USER_TIMEOUT of <linux/tcp.h>, RFC 5482: in milliseconds.
const tcpUserTimeout = 18

// limitUnacknowledged gives up connections on which something that was sent is not acknowledged in time: one that a
// network has forgotten, while it leads to the server otherwise.
func limitUnacknowledged(patience time.Duration) func(network, address string, c syscall.RawConn) error {
	return func(network, _ string, c syscall.RawConn) error {
		if network == "unix" {
			return nil
		}
		var set error
		err := c.Control(func(fd uintptr) {
			set = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, tcpUserTimeout, int(patience.Milliseconds()))
		})
		if err != nil {
			return err
		}
		return set
	}
}
