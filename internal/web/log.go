package web

import (
	"log/slog"
	"net/http"
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

// AccessLog tells record of each request, when it has been answered: a Journal's Log, or LogAccess. The line never holds a query, a header
// or a path parameter named token: those can carry what readers search for, and secrets. It answers the errors
// that reach it, so that it knows the final status, and hands none on.
func AccessLog(record func(Access)) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			start := time.Now()
			defer func() { record(accessOf(c, time.Since(start))) }() // also when the connection is cut
			if err := next(c); err != nil {
				c.Error(err)
			}
			return nil
		}
	}
}

func accessOf(c echo.Context, took time.Duration) Access {
	r, response := c.Request(), c.Response()
	a := Access{Request: r, Route: c.Path(), Secret: c.Param("token"), Status: response.Status, Bytes: response.Size, Took: took,
		RequestID: RequestID(r.Context()), Client: c.RealIP()}
	a.Actor, _ = c.Get(actorKey).(string)
	return a
}

// Access is what the access log says of one request.
type Access struct {
	Request   *http.Request
	Route     string // the template of its path
	Secret    string // a part of the path that no log may show; may be empty
	Status    int
	Bytes     int64 // of the body that was sent
	Took      time.Duration
	RequestID string
	Client    string // address
	Actor     string // id; empty for anonymous requests that nobody looked at
}

// LogAccess writes the line of one request to a logger, for people who look on. A Journal is for programs.
func LogAccess(log *slog.Logger, a Access) {
	if !log.Enabled(a.Request.Context(), slog.LevelInfo) {
		return
	}
	attrs := []slog.Attr{
		slog.String("method", a.Request.Method),
		slog.String("route", a.Route),
		slog.String("path", loggedPath(a.Request.URL.Path, a.Secret)),
		slog.Int("status", a.Status),
		slog.Int64("bytes", a.Bytes),
		slog.Float64("ms", float64(a.Took.Microseconds())/1000),
		slog.String("requestId", a.RequestID),
		slog.String("client", a.Client),
	}
	if trace := traceID(a.Request.Header.Get("Traceparent")); trace != "" {
		attrs = append(attrs, slog.String("traceId", trace))
	}
	if a.Actor != "" {
		attrs = append(attrs, slog.String("actor", a.Actor))
	}
	log.LogAttrs(a.Request.Context(), slog.LevelInfo, "request", attrs...)
}

// loggedPath is the request's path made safe for a log: one line, of bounded length, without secrets.
func loggedPath(path, hidden string) string {
	if hidden != "" {
		path = strings.ReplaceAll(path, hidden, "…")
	}
	path = withoutSecrets(path)
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
