package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strconv"
	"syscall"

	"github.com/labstack/echo/v4"

	"github.com/cpics/working-together-api/internal/errs"
)

// retryAfter is what a 429 or 503 advises, in seconds, unless whoever failed has set the header: long enough to
// spare a database that is coming back, short enough not to be noticed.
const retryAfter = 5

// ErrorHandler turns every error that a handler or middleware returns into a problem document. An errs.Error is
// answered in its own words; Echo's 404, 405, 413 and 415 in ours; whatever else goes wrong is an internal error,
// logged once with the request's id and never shown. When the answer has already begun, nothing is added to it
// and the connection is cut, so that no client takes half an answer for a whole one. baseURL is where
// /docs/problems is found, without a slash at the end.
func ErrorHandler(baseURL string, log *slog.Logger) echo.HTTPErrorHandler {
	return func(err error, c echo.Context) {
		failure := failureOf(err)
		logFailure(c, log, err, failure)
		if c.Response().Committed {
			panic(http.ErrAbortHandler) // net/http's own way to cut a connection; it is not logged
		}
		problem := newProblem(c, baseURL, failure)
		setErrorHeaders(c, failure.Kind)
		if err := writeProblem(c, problem); err != nil {
			log.DebugContext(c.Request().Context(), "problem not sent", "requestId", problem.RequestID, "error", err)
		}
	}
}

// Recover makes an error of a panic, so that it is answered and logged like every other. It lets pass the one
// panic that is not a fault, http.ErrAbortHandler.
func Recover() echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) (err error) {
			defer func() {
				switch r := recover(); r {
				case nil:
				case http.ErrAbortHandler:
					panic(r)
				default:
					err = &panicError{value: r, stack: debug.Stack()}
				}
			}()
			return next(c)
		}
	}
}

// panicError is what Recover made of a panic.
type panicError struct {
	value any
	stack []byte
}

func (e *panicError) Error() string { return fmt.Sprintf("panic: %v\n%s", e.value, e.stack) }

// failureOf is err in the vocabulary of errs.
func failureOf(err error) *errs.Error {
	var failure *errs.Error
	var fromEcho *echo.HTTPError
	switch {
	case errors.As(err, &failure):
		return failure
	case errors.As(err, &fromEcho):
		return fromEchoError(fromEcho)
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return errs.New(errs.Unavailable, "This took too long. If it was a change, read it before you repeat it: it may have been saved.")
	default:
		return errs.New(errs.Internal, "")
	}
}

// fromEchoError translates the failures that Echo's router and readers report by themselves.
func fromEchoError(e *echo.HTTPError) *errs.Error {
	switch e.Code {
	case http.StatusNotFound:
		return errs.New(errs.NotFound, "Nothing is at this address. Check the spelling.")
	case http.StatusMethodNotAllowed:
		return errs.New(errs.MethodNotAllowed, "This address does not take this method. The Allow header lists those it takes.")
	case http.StatusRequestEntityTooLarge:
		return errs.New(errs.TooLarge, "The body is larger than this service accepts.")
	case http.StatusUnsupportedMediaType:
		return errs.New(errs.UnsupportedMediaType, "This address does not take this media type.")
	default:
		return errs.New(errs.Internal, "")
	}
}

// newProblem is the document that tells the client of the failure.
func newProblem(c echo.Context, baseURL string, failure *errs.Error) Problem {
	row := problemType(failure.Kind)
	detail := failure.Detail
	if detail == "" || row.Kind == errs.Internal {
		detail = row.Explanation
	}
	return Problem{
		Type:      baseURL + "/docs/problems#" + string(row.Kind),
		Title:     row.Title,
		Status:    row.Status,
		Detail:    detail,
		Instance:  c.Request().URL.EscapedPath(),
		RequestID: RequestID(c.Request().Context()),
		Errors:    failure.Faults,
		Extra:     failure.Extra,
	}
}

// setErrorHeaders gives an error its headers and takes away those that a handler had set for its success.
func setErrorHeaders(c echo.Context, kind errs.Kind) {
	h := c.Response().Header()
	for _, name := range []string{"ETag", "Last-Modified", "Content-Encoding", "Content-Length", "Link", "Location", "Content-Disposition",
		"Repr-Digest", "Accept-Ranges"} {
		h.Del(name)
	}
	h.Set("Cache-Control", "no-store")
	switch kind {
	case errs.Unauthenticated:
		h.Set("WWW-Authenticate", challenge(c))
	case errs.RateLimited, errs.Unavailable:
		if h.Get("Retry-After") == "" {
			h.Set("Retry-After", strconv.Itoa(retryAfter))
		}
	}
}

// challenge tells a client that sent a credential apart from one that sent none (RFC 6750 §3).
func challenge(c echo.Context) string {
	if Credentialed(c) {
		return `Bearer realm="wtapi", error="invalid_token"`
	}
	return `Bearer realm="wtapi"`
}

// writeProblem sends the document, or only its headers for HEAD.
func writeProblem(c echo.Context, problem Problem) error {
	body, err := Marshal(problem)
	if err != nil { // something that is not JSON among Extra: what is left is still a useful answer
		problem.Extra = nil
		if body, err = Marshal(problem); err != nil {
			return err
		}
	}
	return send(c, problem.Status, MediaTypeProblem, body)
}

// logFailure tells the operator of what is ours to put right. Faults of the client are in the access log only,
// and a client that went away is no fault at all.
func logFailure(c echo.Context, log *slog.Logger, err error, failure *errs.Error) {
	level := slog.LevelDebug
	switch status := Status(failure.Kind); {
	case clientGone(c, err):
	case status == http.StatusInternalServerError, c.Response().Committed:
		level = slog.LevelError
	case status > http.StatusInternalServerError:
		level = slog.LevelWarn
	}
	ctx := c.Request().Context()
	log.Log(ctx, level, "request failed",
		"requestId", RequestID(ctx), "method", c.Request().Method, "route", c.Path(), "kind", string(failure.Kind), "error", err.Error())
}

// clientGone reports whether the request failed because nobody waits for its answer any more.
func clientGone(c echo.Context, err error) bool {
	if errors.Is(c.Request().Context().Err(), context.Canceled) {
		return true
	}
	// Before the answer begins these could as well come from a database connection.
	return c.Response().Committed && (errors.Is(err, syscall.EPIPE) || errors.Is(err, syscall.ECONNRESET))
}
