package web_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"github.com/cpics/working-together-api/internal/errs"
	"github.com/cpics/working-together-api/internal/web"
)

func TestOnlyThePublishedSpellingOpensARoute(t *testing.T) {
	s := serve(t, func(e *echo.Echo) {
		open := func(c echo.Context) error { return c.NoContent(http.StatusNoContent) }
		for _, path := range []string{"/", "/v1/things/:ref", "/v1/files/:id/:name", "/v1/*"} {
			web.GET(e, path, open)
		}
	})
	for path, open := range map[string]bool{
		"/":                                     true,
		"/v1/things/a-1":                        true,
		"/v1/things/a.b_c~d":                    true,
		"/v1/files/1/Poster%20A4%20(final).pdf": true,
		"/v1/files/1/plan;v2.pdf":               true,
		"/v1/files/1/%C3%BCber.pdf":             true,
		"/v1/things/a/":                         false,
		"//v1/things/a":                         false,
		"/v1//things/a":                         false,
		"/v1/Things/a":                          false,
		"/v1/things/A":                          false,
		"/v1/things/a;x":                        false,
		"/v1/things/%61":                        false,
		"/v1/things/a%2fb":                      false,
		"/v1/things/%2e%2e":                     false,
		"/v1/things/./a":                        false,
		"/v1/things/../a":                       false,
		"/v1/things/a%00":                       false,
		"/v1/things/a%20":                       false,
		"/v1/things/a\\b":                       false,
		"/v1/files/1/a%2Fb":                     false,
		"/v1/files/1/%2E%2e":                    false,
		"/v1/files/1/..":                        false,
		"/v1/files/1/a%00.pdf":                  false,
		"/v1/files/1/a%0d%0a":                   false,
		"/v1/files/1/a%7f":                      false,
		"/v1/files/1/a%5cb":                     false,
		"/v1/files/1/a%252fb":                   false,
		"/v1/files/1/":                          false,
	} {
		a := s.do(t, "GET", path, "")
		if open && a.StatusCode != http.StatusNoContent {
			t.Errorf("%s: %d", path, a.StatusCode)
		}
		if !open {
			a.problem(t, errs.NotFound)
		}
	}
}

func TestLongQueryIsRefused(t *testing.T) {
	s := serve(t, things)
	s.do(t, "GET", "/v1/things/a?x="+strings.Repeat("a", 8<<10), "").problem(t, errs.InvalidQuery)
}

func TestHEADWorksWhereverGETDoes(t *testing.T) {
	s := serve(t, func(e *echo.Echo) {
		web.GET(e.Group("/v1"), "/thing", func(c echo.Context) error {
			return web.Public(c, map[string]string{"a": strings.Repeat("b", 2000)}, web.PublicOptions{})
		}, func(next echo.HandlerFunc) echo.HandlerFunc {
			return func(c echo.Context) error { c.Response().Header().Set("X-Guard", "seen"); return next(c) }
		})
	})
	get, head := s.do(t, "GET", "/v1/thing", "", "X-Request-Id: a"), s.do(t, "HEAD", "/v1/thing", "", "X-Request-Id: a")
	if len(head.body) != 0 || head.StatusCode != http.StatusOK || head.Header.Get("X-Guard") != "seen" {
		t.Errorf("%d, %d bytes", head.StatusCode, len(head.body))
	}
	for name := range get.Header {
		if name != "Date" && head.Header.Get(name) != get.Header.Get(name) {
			t.Errorf("%s: GET %q, HEAD %q", name, get.Header.Get(name), head.Header.Get(name))
		}
	}
}

// Whoever is not a trusted proxy may write what it likes into X-Forwarded-For (trap 7).
func TestTrustedProxies(t *testing.T) {
	for _, test := range []struct {
		proxies               []string
		peer, forwarded, want string
	}{
		{nil, "127.0.0.1", "203.0.113.9", "127.0.0.1"},
		{[]string{"10.0.0.1"}, "10.0.0.1", "203.0.113.9", "203.0.113.9"},
		{[]string{"10.0.0.1"}, "10.0.0.2", "203.0.113.9", "10.0.0.2"},
		{[]string{"10.0.0.0/8"}, "10.9.9.9", "198.51.100.1, 203.0.113.9", "203.0.113.9"},
		{[]string{"10.0.0.0/8"}, "127.0.0.1", "203.0.113.9", "127.0.0.1"},
		{[]string{"10.0.0.0/8"}, "10.9.9.9", "203.0.113.9, 192.168.0.5", "192.168.0.5"},
		{[]string{"fd00::1"}, "fd00::1", "203.0.113.9", "203.0.113.9"},
	} {
		extract, err := web.TrustedProxies(test.proxies)
		if err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = "[" + test.peer + "]:1234"
		r.Header.Set("X-Forwarded-For", test.forwarded)
		if got := extract(r); got != test.want {
			t.Errorf("%+v: %s", test, got)
		}
	}
	for _, bad := range []string{"", "proxy.example", "10.0.0.0/33"} {
		if _, err := web.TrustedProxies([]string{bad}); err == nil {
			t.Errorf("%q was taken for a network", bad)
		}
	}
}
