package web

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/cpics/working-together-api/internal/errs"
)

// defaultBodyLimit is what ReadBody takes where no BodyLimit was set.
const defaultBodyLimit = 1 << 20

const bodyLimitKey = "web.bodyLimit"

// BodyLimit sets how many bytes ReadBody takes. It does not bound bodies that a handler streams by itself.
func BodyLimit(bytes int64) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			c.Set(bodyLimitKey, bytes)
			return next(c)
		}
	}
}

// ReadBody reads the request's body, which must be of one of the media types; without any named, of
// MediaTypeJSON. It fails with errs.UnsupportedMediaType (415) for another type, another charset than UTF-8 or any
// content coding, errs.TooLarge (413) beyond the limit, and errs.InvalidJSON (400) for an empty or broken-off body.
func ReadBody(c echo.Context, mediaTypes ...string) ([]byte, error) {
	body, err := OptionalBody(c, mediaTypes...)
	if err == nil && len(body) == 0 {
		return nil, errs.New(errs.InvalidJSON, "The body is empty. Send the JSON that is described for this address.")
	}
	return body, err
}

// OptionalBody is ReadBody for a request that may come without a body, which is nil then and needs no media type.
func OptionalBody(c echo.Context, mediaTypes ...string) ([]byte, error) {
	r := c.Request()
	if r.ContentLength == 0 && r.Header.Get("Content-Type") == "" {
		return nil, nil
	}
	if len(mediaTypes) == 0 {
		mediaTypes = []string{MediaTypeJSON}
	}
	if err := checkMediaType(c, mediaTypes); err != nil {
		return nil, err
	}
	limit, ok := c.Get(bodyLimitKey).(int64)
	if !ok {
		limit = defaultBodyLimit
	}
	return readLimited(c, limit)
}

// NoBody checks that a request which takes nothing was sent nothing, or an empty object: what would be ignored is refused.
// It fails with errs.InvalidJSON (400).
func NoBody(c echo.Context) error {
	body, err := io.ReadAll(io.LimitReader(c.Request().Body, 16))
	if sent := bytes.TrimSpace(body); err != nil || len(sent) > 0 && string(sent) != "{}" {
		return errs.New(errs.InvalidJSON, "This takes no body: leave it out.")
	}
	return nil
}

const (
	drained   = 16          // how many times the limit is read and thrown away of a body that is too large
	drainTime = time.Second // and for how long
)

// readLimited keeps no more of a body than the limit. What goes beyond is read and thrown away before the refusal, up
// to a bound: a client that is still sending when the connection closes would never see why.
func readLimited(c echo.Context, limit int64) ([]byte, error) {
	r := c.Request()
	var body []byte
	err := errTooLarge
	if r.ContentLength <= limit {
		body, err = io.ReadAll(io.LimitReader(r.Body, limit+1))
		if err == nil && int64(len(body)) > limit {
			err = errTooLarge
		}
	}
	switch {
	case errors.Is(err, errTooLarge):
		drain(c, drained*limit)
		return nil, errs.New(errs.TooLarge, "The body has more than %d bytes, which is the most that this service takes.", limit)
	case err != nil:
		return nil, errs.New(errs.InvalidJSON, "The body broke off before its end. Send it again.").Because(err)
	}
	return body, nil
}

// drain reads and throws away, within bounds. Whatever comes of it, the answer is the same. A client that asked first
// (Expect: 100-continue) is sending nothing yet.
func drain(c echo.Context, most int64) {
	if c.Request().Header.Get("Expect") != "" {
		return
	}
	_ = http.NewResponseController(c.Response()).SetReadDeadline(time.Now().Add(drainTime))
	_, _ = io.CopyN(io.Discard, c.Request().Body, most)
}

var errTooLarge = errors.New("the body is too large")

// checkMediaType refuses what is not one of the media types and tells in the answer's headers what is.
func checkMediaType(c echo.Context, mediaTypes []string) error {
	r := c.Request()
	if coding := strings.Join(r.Header.Values("Content-Encoding"), ","); coding != "" && !strings.EqualFold(coding, "identity") {
		c.Response().Header().Set("Accept-Encoding", "identity") // RFC 9110 §12.5.3
		return errs.New(errs.UnsupportedMediaType, "Send the body without compression.")
	}
	lines := r.Header.Values("Content-Type")
	if len(lines) == 1 {
		mediaType, params, err := mime.ParseMediaType(lines[0])
		charset, given := params["charset"]
		if err == nil && slices.Contains(mediaTypes, mediaType) && (!given || strings.EqualFold(charset, "utf-8")) {
			return nil
		}
	}
	c.Response().Header().Set(acceptHeader(r.Method), strings.Join(mediaTypes, ", "))
	return errs.New(errs.UnsupportedMediaType, "Send the body in UTF-8, with Content-Type: %s.", strings.Join(mediaTypes, " or "))
}

// acceptHeader is the response header that tells what a method takes (RFC 5789 §3.1, W3C Linked Data Platform
// §7.1, RFC 9110 §12.5.1).
func acceptHeader(method string) string {
	switch method {
	case http.MethodPost:
		return "Accept-Post"
	case http.MethodPatch:
		return "Accept-Patch"
	default:
		return "Accept"
	}
}
