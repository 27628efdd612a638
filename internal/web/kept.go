package web

import (
	"net/http"
	"net/textproto"
	"strings"

	"github.com/labstack/echo/v4"
)

// keepKey is where a handler's answer finds who wants to keep it.
const keepKey = "web.keep"

// Kept is a public answer that may be kept and served to many requests at once: a Representation or a File.
type Kept interface {
	// Serve answers a request that came through the router.
	Serve(c echo.Context) error
	// ServeKept answers ahead of the router a request that Plain accepts, all by itself: common are the headers that every
	// answer has. It returns the status, and the number of bytes sent. With status 0 it has failed, and nothing was sent.
	ServeKept(w http.ResponseWriter, req *http.Request, common Headers) (status, sent int, err error)
	// Size is how many bytes of memory it takes now.
	Size() int
	// OnGrowth has grown called whenever Size has become more. It is set before anyone is served.
	OnGrowth(grown func())
}

// OnPublic has the public answer that the handler makes handed to keep, before any of it is sent.
func OnPublic(c echo.Context, keep func(Kept)) { c.Set(keepKey, keep) }

// Headers are headers that many answers share.
type Headers []header

type header struct {
	name   string
	values []string
}

func (hs *Headers) set(name, value string) {
	*hs = append(*hs, header{textproto.CanonicalMIMEHeaderKey(name), one(value)})
}

// on sets the headers of an answer.
func (hs Headers) on(h http.Header) {
	for _, header := range hs {
		h[header.name] = header.values
	}
}

// ReadingHeaders are those that SecurityHeaders and CORS give to what anyone reads.
func ReadingHeaders(baseURL string) Headers {
	h := securityHeaders(baseURL)
	h.set("Access-Control-Allow-Origin", "*")
	h.set("Access-Control-Expose-Headers", exposedHeaders)
	return h
}

// securityHeaders are what every answer carries.
func securityHeaders(baseURL string) Headers {
	var h Headers
	h.set("X-Content-Type-Options", "nosniff")
	h.set("Referrer-Policy", "no-referrer")
	h.set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	h.set("Cross-Origin-Resource-Policy", "cross-origin")
	h.set("Cache-Control", "no-store")
	if strings.HasPrefix(baseURL, "https://") {
		h.set("Strict-Transport-Security", "max-age=63072000; includeSubDomains")
	}
	return h
}
