package web

import (
	"errors"
	"net/http"
	"os"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/cpics/working-together-api/internal/errs"
)

// What a slow peer may take of a body that is streamed: so long in any case, and beyond that as long as it keeps to
// the least rate. 100 MB may take an hour and three quarters, and whoever stops is gone after half a minute.
const (
	paceGrace = 30 * time.Second
	paceRate  = 16 << 10 // bytes a second
)

// deadlineAfter is until when a peer must have moved more than n bytes of what began at start.
func deadlineAfter(start time.Time, n int64) time.Time {
	return start.Add(paceGrace + time.Duration(n)*time.Second/paceRate)
}

// Body is the body of a request, read as it comes.
type Body struct {
	c       echo.Context
	control *http.ResponseController
	limit   int64
	read    int64
	start   time.Time
}

// Stream gives the request's body to a handler that reads it piece by piece: at most limit bytes, for as long as they
// come fast enough, however long the server lets other requests take. What a Read fails with goes through Refusal.
func Stream(c echo.Context, limit int64) *Body {
	return &Body{c: c, control: http.NewResponseController(c.Response()), limit: limit, start: time.Now()}
}

// Read reads the next bytes.
func (b *Body) Read(p []byte) (int, error) {
	if b.c.Request().ContentLength > b.limit {
		return 0, errTooLarge
	}
	deadline := deadlineAfter(b.start, b.read)
	_ = b.control.SetReadDeadline(deadline) // a connection that knows no deadlines, as in tests, goes without
	_ = b.control.SetWriteDeadline(deadline.Add(paceGrace))
	n, err := b.c.Request().Body.Read(p[:min(int64(len(p)), b.limit+1-b.read)])
	b.read += int64(n)
	if b.read > b.limit {
		return 0, errTooLarge
	}
	return n, err
}

// Refusal tells the client why its body was not read to the end. A body that is too large is heard out for a moment
// first: a client that is still sending when the connection closes would never see why. Errors that are told already
// pass. What is no JSON has no problem type of its own: that it is not what its headers say is a fault of those.
func (b *Body) Refusal(err error) error {
	var told *errs.Error
	if errors.Is(err, errTooLarge) || errs.KindOf(err) == errs.TooLarge {
		drain(b.c, b.limit)
	}
	switch {
	case err == nil || errors.As(err, &told):
		return err
	case errors.Is(err, errTooLarge):
		return errs.New(errs.TooLarge, "The body has more than %d bytes, which is the most that this address takes.", b.limit)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return errs.Invalid(errs.InvalidQuery, errs.In("Content-Length", errs.Length, "The body came too slowly. Send it again over a faster connection."))
	}
	return errs.Invalid(errs.InvalidQuery, errs.In(echo.HeaderContentType, errs.Format,
		"The body is not in the form that Content-Type says, or broke off before its end. Send it again, and let your HTTP library make it."))
}

// CheckMediaType refuses a body that is not of one of the media types, or is compressed, with errs.UnsupportedMediaType
// (415).
func CheckMediaType(c echo.Context, mediaTypes ...string) error { return checkMediaType(c, mediaTypes) }
