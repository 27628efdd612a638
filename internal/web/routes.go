package web

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/labstack/echo/v4"

	"github.com/cpics/working-together-api/internal/errs"
)

// maxQuery is how many bytes a query may have; browsers and proxies agree on no more either.
const maxQuery = 8 << 10

// Routes is where routes are registered: an *echo.Echo or an *echo.Group.
type Routes interface {
	Add(method, path string, h echo.HandlerFunc, m ...echo.MiddlewareFunc) *echo.Route
}

// GET registers the handler for GET and for HEAD, so that HEAD works wherever GET does.
func GET(r Routes, path string, h echo.HandlerFunc, m ...echo.MiddlewareFunc) {
	r.Add(http.MethodGet, path, h, m...)
	r.Add(http.MethodHead, path, h, m...)
}

// FixedPaths answers 405 where a path without parameters takes other methods than the request's. Echo would go on to
// a path with a parameter, and look for an entry that is called like the last word of the fixed one. Routes may be
// added until the first request.
func FixedPaths(e *echo.Echo) echo.MiddlewareFunc {
	methods := sync.OnceValue(func() map[string][]string {
		found := map[string][]string{}
		for _, r := range e.Routes() {
			if !strings.Contains(r.Path, ":") {
				found[r.Path] = append(found[r.Path], r.Method)
			}
		}
		return found
	})
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			r := c.Request()
			taken := methods()[r.URL.Path]
			if len(taken) == 0 || r.Method == http.MethodOptions || slices.Contains(taken, r.Method) {
				return next(c)
			}
			c.Response().Header().Set("Allow", strings.Join(append([]string{http.MethodOptions}, slices.Sorted(slices.Values(taken))...), ", "))
			return echo.ErrMethodNotAllowed
		}
	}
}

// StrictPaths answers 404 to any spelling of a path but the one that is published, so that a guard is never walked
// around: only lower-case letters, digits and -._~ (a UUID in either case) between single slashes, none at the end, no dot segments and
// nothing percent-encoded. Below the free prefixes, for file names and secrets, other characters are let through
// too, still without slashes, backslashes, dots or control characters in disguise. A query of more than 8 KB is
// an invalid-query problem.
func StrictPaths(free ...string) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			u := c.Request().URL
			if !publishedSpelling(u.EscapedPath(), free) {
				return errs.New(errs.NotFound, "Nothing is at this address. Check the spelling: addresses are in lower case, with single slashes and none at the end.")
			}
			if len(u.RawQuery) > maxQuery {
				return errs.Invalid(errs.InvalidQuery, errs.In("query", errs.Length, "Give a query of at most %d bytes. Ask for less at once.", maxQuery))
			}
			return next(c)
		}
	}
}

// publishedSpelling looks at the path as it was sent, before any decoding.
func publishedSpelling(path string, free []string) bool {
	if path == "/" {
		return true
	}
	if !strings.HasPrefix(path, "/") || strings.HasSuffix(path, "/") {
		return false
	}
	allowed := strictSegment
	if slices.ContainsFunc(free, func(prefix string) bool { return strings.HasPrefix(path, prefix) }) {
		allowed = freeSegment
	}
	for segment := range strings.SplitSeq(path[1:], "/") {
		if segment == "" || segment == "." || segment == ".." || !allowed(segment) {
			return false
		}
	}
	return true
}

func strictSegment(segment string) bool {
	if len(segment) == 36 && isUUID(segment) { // RFC 9562 §4: read in either case
		return true
	}
	return strings.Trim(segment, "abcdefghijklmnopqrstuvwxyz0123456789-._~") == ""
}

// disguised are characters whose encoded form some decoder on the way may take for the real one.
var disguised = []string{"%2f", "%5c", "%2e", "%7f", "\\"}

func freeSegment(segment string) bool {
	lower := strings.ToLower(segment)
	for _, d := range disguised {
		if strings.Contains(lower, d) {
			return false
		}
	}
	return !strings.Contains(lower, "%0") && !strings.Contains(lower, "%1") && !encodedTwice(lower)
}

// encodedTwice reports whether a segment in lower case can be decoded a second time: "%25" ahead of two hexadecimal
// digits. A percent sign ahead of anything else is only that.
func encodedTwice(segment string) bool {
	for _, after := range strings.Split(segment, "%25")[1:] {
		if len(after) >= 2 && strings.Trim(after[:2], "0123456789abcdef") == "" || after == "" || after[0] == '%' {
			return true
		}
	}
	return false
}

// TrustedProxies makes the function that finds a client's address. X-Forwarded-For is believed only as far as it
// was written by the given proxies (addresses or CIDR ranges); without any, the peer is the client. Echo without
// it believes anybody.
func TrustedProxies(proxies []string) (echo.IPExtractor, error) {
	if len(proxies) == 0 {
		return echo.ExtractIPDirect(), nil
	}
	options := []echo.TrustOption{echo.TrustLoopback(false), echo.TrustLinkLocal(false), echo.TrustPrivateNet(false)}
	var wrong []error
	for _, proxy := range proxies {
		network, err := parseNetwork(proxy)
		wrong = append(wrong, err)
		options = append(options, echo.TrustIPRange(network))
	}
	return echo.ExtractIPFromXFFHeader(options...), errors.Join(wrong...)
}

// parseNetwork takes an address for the network that holds only it.
func parseNetwork(s string) (*net.IPNet, error) {
	if ip := net.ParseIP(s); ip != nil {
		if v4 := ip.To4(); v4 != nil {
			ip = v4
		}
		return &net.IPNet{IP: ip, Mask: net.CIDRMask(8*len(ip), 8*len(ip))}, nil
	}
	_, network, err := net.ParseCIDR(s)
	if err != nil {
		return nil, fmt.Errorf("%q is neither an IP address nor a CIDR range", s)
	}
	return network, nil
}
