package web

import (
	"bytes"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/cpics/working-together-api/internal/jsonform"
)

// MediaTypeJSON is the content type of every answer that is not an error, unless said otherwise.
const MediaTypeJSON = "application/json"

const (
	// publicCaching avoids s-maxage: RFC 9111 §5.2.2.10 takes from it the leave to serve stale.
	publicCaching  = "public, max-age=60, stale-while-revalidate=60, stale-if-error=86400"
	privateNoStore = "private, no-store"
	movedCaching   = "public, max-age=60"
)

// Marshal is v as this API writes JSON: compact UTF-8, and nothing escaped for the sake of HTML.
func Marshal(v any) ([]byte, error) {
	room := rooms.Get().(*[]byte)
	defer rooms.Put(room)
	out, err := jsonForm.Append((*room)[:0], v)
	if err != nil {
		return nil, fmt.Errorf("marshal %T: %w", v, err)
	}
	*room = out[:0]
	return bytes.Clone(out), nil // without spare room: it may be kept
}

var jsonForm = jsonform.New(jsonform.Rules{})

// rooms are what JSON is written in. They are forgotten as soon as they are not used.
var rooms = sync.Pool{New: func() any { return new([]byte) }}

// PublicOptions say what a public answer carries besides its body.
type PublicOptions struct {
	LastModified time.Time         // when the content changed last; left out when zero
	Again        bool              // it had changed before in the second of LastModified, so that this date is no proof that a copy is current
	CacheControl string            // default: a minute, longer when the origin is slow or away
	MediaType    string            // default: MediaTypeJSON
	Header       map[string]string // what else belongs to this answer, a 304 included
}

// Public answers 200 with v as JSON, or 304 or 412 if the request's preconditions say so (RFC 9110 §13.2.2). The
// body's strong ETag depends on nothing but its bytes and coding, so it is the same on every server.
func Public(c echo.Context, v any, opt PublicOptions) error {
	body, err := Marshal(v)
	if err != nil {
		return err
	}
	return PublicBytes(c, body, opt)
}

// PublicBytes is Public for a body that is written already, in the media type that the options name.
func PublicBytes(c echo.Context, body []byte, opt PublicOptions) error {
	r := NewRepresentation(body, opt)
	if link := c.Response().Header()["Link"]; link != nil {
		r.more = append(r.more, header{"Link", link})
	}
	return r.Serve(c)
}

// Draft answers with v for the holder of a token only, never stored and never compressed, so that its ETag stays
// the tag for writes, "v{version}". Version 0 stands for an answer without one, such as that of a PUT (RFC 9110
// §9.3.4).
func Draft(c echo.Context, status int, v any, version int) error {
	if version > 0 {
		c.Response().Header().Set("ETag", VersionTag(version))
	}
	return Private(c, status, v)
}

// Private answers with v as JSON, for this caller only and never stored.
func Private(c echo.Context, status int, v any) error {
	body, err := Marshal(v)
	if err != nil {
		return err
	}
	c.Response().Header().Set("Cache-Control", privateNoStore)
	return send(c, status, MediaTypeJSON, body)
}

// Moved answers 308: the request belongs to location, whatever its method. The query goes along.
func Moved(c echo.Context, location string) error {
	if query := c.Request().URL.RawQuery; query != "" {
		location += "?" + query
	}
	h := c.Response().Header()
	h.Set("Location", location)
	h.Set("Cache-Control", movedCaching)
	return c.NoContent(http.StatusPermanentRedirect)
}

// VersionTag is the entity tag for writes to an entry: "v{version}", quotes included.
func VersionTag(version int) string { return `"v` + strconv.Itoa(version) + `"` }

// send writes the answer; for HEAD, its headers.
func send(c echo.Context, status int, mediaType string, body []byte) error {
	h := c.Response().Header()
	h.Set("Content-Type", mediaType)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	c.Response().WriteHeader(status)
	if c.Request().Method == http.MethodHead {
		return nil
	}
	_, err := c.Response().Write(body)
	return err
}
