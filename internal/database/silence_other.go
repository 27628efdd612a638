//go:build !linux

package database

import (
	"syscall"
	"time"
)

// limitUnacknowledged leaves it to the system here.
func limitUnacknowledged(time.Duration) func(network, address string, c syscall.RawConn) error {
	return nil
}
