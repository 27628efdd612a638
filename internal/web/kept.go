package web

import (
	"net/textproto"
	"strings"

	"github.com/labstack/echo/v4"
)

// keepKey is where a handler's answer finds who wants to keep it.
const keepKey = "web.keep"

// OnPublic has the public answer that the handler makes handed to keep, before any of it is sent.
func OnPublic(c echo.Context, keep func(*Representation)) { c.Set(keepKey, keep) }

// Headers are headers that many answers share.
type Headers []header

type header struct {
	name   string
	values []string
}

func (h *Headers) set(name, value string) {
	*h = append(*h, header{textproto.CanonicalMIMEHeaderKey(name), one(value)})
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
