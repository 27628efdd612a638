// Package desk is where files are taken apart, one at a time. Decoding a picture or reading a document through can
// take hundreds of times the memory of a request; with one desk in the process, that is needed once and not once a
// request.
package desk

import (
	"context"
	"runtime/debug"

	"github.com/cpics/working-together-api/internal/memory"
)

// large is how many bytes of work make it worth giving memory back to the system at once.
const large = 16 << 20

// only is the one desk.
var only = make(chan struct{}, 1)

// Take waits for the desk and takes it for work that needs about so many bytes. It fails only with ctx. Whoever holds
// the desk must not take it again, and must call leave.
func Take(ctx context.Context, bytes int64) (leave func(), err error) {
	select {
	case only <- struct{}{}:
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	end := memory.Room(bytes)
	return func() {
		end()
		if bytes >= large {
			debug.FreeOSMemory()
		}
		<-only
	}, nil
}
