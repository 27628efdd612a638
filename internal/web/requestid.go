package web

import (
	"context"
	"net/http"
	"strings"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"
)

// HeaderRequestID names the request in the answer, in the logs and in problem documents.
const HeaderRequestID = "X-Request-Id"

// identity is what ties a request to its log lines.
type identity struct {
	request string
	trace   string
}

type identityKey struct{}

// RequestIDs gives every request an id: the client's X-Request-Id if it has the form [A-Za-z0-9._-]{1,64}, else a
// new UUIDv7. It is sent back and kept in the request's context, with the trace id of a valid traceparent header
// (W3C Trace Context).
func RequestIDs() echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			r := c.Request()
			id := RequestIDOf(r)
			known := identity{request: id, trace: traceID(r.Header.Get("Traceparent"))}
			c.SetRequest(r.WithContext(context.WithValue(r.Context(), identityKey{}, known)))
			c.Response().Header().Set(HeaderRequestID, id)
			return next(c)
		}
	}
}

// RequestIDOf is the id that the request brings along, or a new one.
func RequestIDOf(r *http.Request) string {
	if id := r.Header.Get(HeaderRequestID); validRequestID(id) {
		return id
	}
	return newRequestID()
}

// RequestID is the id of the request that ctx belongs to; "" outside of one.
func RequestID(ctx context.Context) string {
	known, _ := ctx.Value(identityKey{}).(identity)
	return known.request
}

// TraceID is the trace, 32 hexadecimal digits, that the request that ctx belongs to is a part of; "" without one.
func TraceID(ctx context.Context) string {
	known, _ := ctx.Value(identityKey{}).(identity)
	return known.trace
}

// newRequestID prefers ids that sort by time; without a working clock sequence a random one serves as well.
func newRequestID() string {
	id, err := uuid.NewV7()
	if err != nil {
		return uuid.NewString()
	}
	return id.String()
}

// validRequestID keeps out what could forge a log line or a header.
func validRequestID(id string) bool {
	return len(id) >= 1 && len(id) <= 64 && !strings.ContainsFunc(id, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '.' || r == '_' || r == '-')
	})
}

// traceID reads version-traceid-parentid-flags; "" when the header is absent or not valid. Versions after 00 may
// append further parts, version ff is forbidden, and ids of only zeros are no ids.
func traceID(header string) string {
	parts := strings.Split(header, "-")
	if len(parts) < 4 || parts[0] == "ff" || parts[0] == "00" && len(parts) != 4 {
		return ""
	}
	for i, size := range []int{2, 32, 16, 2} {
		if len(parts[i]) != size || strings.Trim(parts[i], "0123456789abcdef") != "" {
			return ""
		}
	}
	if strings.Trim(parts[1], "0") == "" || strings.Trim(parts[2], "0") == "" {
		return ""
	}
	return parts[1]
}
