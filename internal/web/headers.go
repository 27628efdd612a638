package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"
)

// MediaTypeMergePatch is what a PATCH takes (RFC 7396).
const MediaTypeMergePatch = "application/merge-patch+json"

// exposedHeaders are those that scripts of other origins may read.
const exposedHeaders = "ETag, Link, Location, Retry-After, RateLimit, RateLimit-Policy, X-Request-Id, Content-Disposition, Repr-Digest"

// Request headers that scripts may send: any origin's for reading, and a configured origin's.
const (
	openHeaders  = "Accept, Cache-Control, Content-Type, If-Modified-Since, If-None-Match, Last-Event-ID, Range, Traceparent, X-Request-Id"
	ownerHeaders = openHeaders + ", Authorization, Idempotency-Key, If-Match"
)

// preflightMaxAge is how long, in seconds, a browser may remember a preflight; two hours is the most Chromium takes.
const preflightMaxAge = "7200"

// Credentialed reports whether the request carries a credential, valid or not.
func Credentialed(c echo.Context) bool { return len(c.Request().Header["Authorization"]) > 0 }

// SecurityHeaders sets what every answer carries, errors included: it is not sniffed, framed or run, its address is
// not handed on, and any site may embed what is public. Strict-Transport-Security is sent only when baseURL is
// https. The default for caching is no-store, so that a handler has to ask for more; and an answer to a request
// with a credential is private, no-store whatever the handler asked for, because some shared caches keep answers
// to such requests when told only how long.
func SecurityHeaders(baseURL string) echo.MiddlewareFunc {
	common := securityHeaders(baseURL)
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			h := c.Response().Header()
			common.on(h)
			if Credentialed(c) {
				c.Response().Before(func() { h.Set("Cache-Control", privateNoStore) })
			}
			return next(c)
		}
	}
}

// CORS lets scripts of any origin read (GET and HEAD, and POST to the paths in openPosts), without credentials, and
// those of the given origins write. It also completes what OPTIONS says: Accept-Patch where a PATCH is taken
// (RFC 5789 §3.1). OPTIONS itself is answered by Echo with Allow and 204.
func CORS(origins []string, openPosts ...string) echo.MiddlewareFunc {
	policy := corsPolicy{origins: origins, openPosts: openPosts}
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			r := c.Request()
			asked := r.Header.Get("Access-Control-Request-Method")
			switch {
			case r.Method != http.MethodOptions:
				policy.answer(c)
			case r.Header.Get("Origin") != "" && asked != "":
				policy.preflight(c, asked)
			}
			if r.Method == http.MethodOptions && slices.Contains(allowedMethods(c), http.MethodPatch) {
				c.Response().Header().Set("Accept-Patch", MediaTypeMergePatch)
			}
			return next(c)
		}
	}
}

type corsPolicy struct {
	origins   []string
	openPosts []string
}

// open reports whether any origin may make the request.
func (p corsPolicy) open(method, path string) bool {
	return method == http.MethodGet || method == http.MethodHead ||
		method == http.MethodPost && slices.Contains(p.openPosts, path)
}

// answer marks an actual response. What is open says "*" to everyone, so that one cached copy fits all.
func (p corsPolicy) answer(c echo.Context) {
	r, h := c.Request(), c.Response().Header()
	if p.open(r.Method, r.URL.Path) {
		h.Set("Access-Control-Allow-Origin", "*")
		h.Set("Access-Control-Expose-Headers", exposedHeaders)
		return
	}
	addVary(h, "Origin")
	if origin := r.Header.Get("Origin"); slices.Contains(p.origins, origin) {
		h.Set("Access-Control-Allow-Origin", origin)
		h.Set("Access-Control-Expose-Headers", exposedHeaders)
	}
}

// preflight answers what a browser asks before it lets a script send the request. A configured origin hears all
// that the address takes; everyone else only what is open.
func (p corsPolicy) preflight(c echo.Context, asked string) {
	r, h := c.Request(), c.Response().Header()
	addVary(h, "Origin", "Access-Control-Request-Method", "Access-Control-Request-Headers")
	origin := r.Header.Get("Origin")
	switch {
	case slices.Contains(p.origins, origin):
		h.Set("Access-Control-Allow-Origin", origin)
		h.Set("Access-Control-Allow-Methods", strings.Join(allowedMethods(c), ", "))
		h.Set("Access-Control-Allow-Headers", ownerHeaders)
	case p.open(asked, r.URL.Path):
		h.Set("Access-Control-Allow-Origin", "*")
		h.Set("Access-Control-Allow-Methods", asked)
		h.Set("Access-Control-Allow-Headers", openHeaders)
	default:
		return
	}
	h.Set("Access-Control-Max-Age", preflightMaxAge)
}

// allowedMethods are those that Echo's router found for the path of an OPTIONS request.
func allowedMethods(c echo.Context) []string {
	allow, _ := c.Get(echo.ContextKeyHeaderAllow).(string)
	if allow == "" {
		return nil
	}
	return strings.Split(allow, ", ")
}

// ValidOrigin reports whether the string is an origin as browsers send it: a scheme, a host and perhaps a port,
// without a path or a slash at the end, in lower case. The wildcard and "null" are none.
func ValidOrigin(origin string) bool {
	u, err := url.Parse(origin)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Hostname() != "" &&
		origin == strings.ToLower(u.Scheme+"://"+u.Host)
}

// addVary adds names to Vary once each.
func addVary(h http.Header, names ...string) {
	for _, name := range names {
		if !slices.Contains(h.Values("Vary"), name) {
			h.Add("Vary", name)
		}
	}
}
