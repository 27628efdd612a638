package web

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"
)

// MediaTypeEvents is that of a stream of server-sent events (HTML Standard, §9.2).
const MediaTypeEvents = "text/event-stream"

const (
	// sendPatience is how long a client may take to accept what is sent, beyond what the network has room for.
	sendPatience = 20 * time.Second
	// endPatience is how long it may take when the service stops.
	endPatience = time.Second
	// A client whose stream has ended comes back after a time of its own in this range, lest all come back at once.
	minRetry, maxRetry = 1000, 5000 // milliseconds
)

// Events is an answer of server-sent events that goes on until its handler returns.
type Events struct {
	c       echo.Context
	ending  context.Context
	control *http.ResponseController
}

// errEnding is why nothing more is sent when the service stops.
var errEnding = errors.New("the service stops")

// OpenEvents begins the answer: 200, never stored, never compressed, and not held back by a proxy that heeds
// X-Accel-Buffering, as nginx does. Once ending is done nothing more is sent, and a client that is slow to take what is
// under way is not waited for. A request with HEAD has its whole answer with that, and events is nil.
func OpenEvents(c echo.Context, ending context.Context) (events *Events, err error) {
	h := c.Response().Header()
	h.Set("Content-Type", MediaTypeEvents)
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no")
	c.Response().WriteHeader(http.StatusOK)
	if c.Request().Method == http.MethodHead {
		return nil, nil
	}
	events = &Events{c: c, ending: ending, control: http.NewResponseController(c.Response())}
	return events, events.Send(fmt.Appendf(nil, "retry: %d\n\n", minRetry+rand.N(maxRetry-minRetry)))
}

// Send sends whole events, or comments, each with its own time to be taken, and holds nothing back. It fails when the
// client has gone or takes nothing any more, or the service stops; then there is nothing left to be said. The server's
// bound on the time of an answer does not hold for it.
func (e *Events) Send(blocks ...[]byte) error {
	defer context.AfterFunc(e.ending, func() { _ = e.control.SetWriteDeadline(time.Now().Add(endPatience)) })()
	for _, block := range blocks {
		if err := e.control.SetWriteDeadline(time.Now().Add(sendPatience)); err != nil {
			return fmt.Errorf("bound the time of an event: %w", err)
		}
		if e.ending.Err() != nil {
			return errEnding
		}
		if _, err := e.c.Response().Write(block); err != nil {
			return err
		}
	}
	return e.control.Flush()
}
