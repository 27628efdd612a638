package web

import (
	"log/slog"
	"regexp"
	"strings"
	"time"
	"unicode"

	"github.com/labstack/echo/v4"
)

// actorKey is where the access log finds who made the request.
const actorKey = "web.actor"

// maxLoggedPath is how many bytes of a path a log line shows.
const maxLoggedPath = 200

// secret is what must not reach a log even when it was put into a path by mistake: tokens and webhook secrets.
var secret = regexp.MustCompile(`(wtp|whsec)_[^/]*`)

// SetActor tells the access log who makes the request, by id. Authentication calls it.
func SetActor(c echo.Context, id string) { c.Set(actorKey, id) }

// AccessLog writes one line for each request, when it has been answered. The line never holds a query, a header
// or a path parameter named token: those can carry what readers search for, and secrets. It answers the errors
// that reach it, so that it knows the final status, and hands none on.
func AccessLog(log *slog.Logger) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			start := time.Now()
			defer func() { logRequest(c, log, time.Since(start)) }() // also when the connection is cut
			if err := next(c); err != nil {
				c.Error(err)
			}
			return nil
		}
	}
}

func logRequest(c echo.Context, log *slog.Logger, took time.Duration) {
	r, response := c.Request(), c.Response()
	attrs := []slog.Attr{
		slog.String("method", r.Method),
		slog.String("route", c.Path()),
		slog.String("path", loggedPath(c)),
		slog.Int("status", response.Status),
		slog.Int64("bytes", response.Size),
		slog.Float64("ms", float64(took.Microseconds())/1000),
		slog.String("requestId", RequestID(r.Context())),
		slog.String("client", c.RealIP()),
	}
	if trace := TraceID(r.Context()); trace != "" {
		attrs = append(attrs, slog.String("traceId", trace))
	}
	if actor, ok := c.Get(actorKey).(string); ok {
		attrs = append(attrs, slog.String("actor", actor))
	}
	log.LogAttrs(r.Context(), slog.LevelInfo, "request", attrs...)
}

// loggedPath is the request's path made safe for a log: one line, of bounded length, without secrets.
func loggedPath(c echo.Context) string {
	path := c.Request().URL.Path
	if token := c.Param("token"); token != "" {
		path = strings.ReplaceAll(path, token, "…")
	}
	path = secret.ReplaceAllString(path, "${1}_…")
	path = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' {
			return '·'
		}
		return r
	}, path)
	if len(path) > maxLoggedPath {
		path = strings.ToValidUTF8(path[:maxLoggedPath], "") + "…"
	}
	return path
}
