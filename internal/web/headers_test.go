package web_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"github.com/cpics/working-together-api/internal/errs"
	"github.com/cpics/working-together-api/internal/web"
)

func things(e *echo.Echo) {
	ok := func(c echo.Context) error { return c.NoContent(http.StatusNoContent) }
	web.GET(e, "/v1/things/:ref", ok)
	e.PATCH("/v1/things/:ref", ok)
	e.DELETE("/v1/things/:ref", ok)
	e.POST("/v1/things", ok)
	e.POST("/v1/changes/check", ok)
}

func TestSecurityHeaders(t *testing.T) {
	s := serve(t, things)
	for _, path := range []string{"/v1/things/a", "/v1/nothing"} {
		h := s.do(t, "GET", path, "").Header
		for name, want := range map[string]string{
			"X-Content-Type-Options":       "nosniff",
			"Referrer-Policy":              "no-referrer",
			"Content-Security-Policy":      "default-src 'none'; frame-ancestors 'none'",
			"Cross-Origin-Resource-Policy": "cross-origin",
			"Cache-Control":                "no-store",
			"Strict-Transport-Security":    "max-age=63072000; includeSubDomains",
		} {
			if got := h.Get(name); got != want {
				t.Errorf("%s: %s %q, want %q", path, name, got, want)
			}
		}
	}
}

func TestNoHSTSWithoutHTTPS(t *testing.T) {
	e := echo.New()
	e.Use(web.SecurityHeaders("http://127.0.0.1:8080"))
	e.HTTPErrorHandler = web.ErrorHandler("http://127.0.0.1:8080", slog.New(slog.DiscardHandler))
	w := httptest.NewRecorder()
	e.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	if got := w.Header().Values("Strict-Transport-Security"); len(got) > 0 {
		t.Errorf("%q over http would lock browsers out", got)
	}
}

// A shared cache that is told only max-age keeps even answers to requests with a credential (trap 3).
func TestCredentialedAnswersAreNeverStored(t *testing.T) {
	s := serve(t, func(e *echo.Echo) {
		web.GET(e, "/v1/careless", func(c echo.Context) error {
			c.Response().Header().Set("Cache-Control", "public, max-age=60")
			return c.String(http.StatusOK, "x")
		})
	})
	if got := s.do(t, "GET", "/v1/careless", "").Header.Get("Cache-Control"); got != "public, max-age=60" {
		t.Errorf("anonymous: %q", got)
	}
	for _, credential := range []string{"Authorization: Bearer x", "Authorization: nonsense", "Authorization: "} {
		if got := s.do(t, "GET", "/v1/careless", "", credential).Header.Get("Cache-Control"); got != "private, no-store" {
			t.Errorf("%s: %q", credential, got)
		}
	}
}

func TestCORS(t *testing.T) {
	const editor, stranger = "https://editor.example.nhs.uk", "https://stranger.example"
	s := serve(t, things)
	for _, test := range []struct{ method, path, origin, want string }{
		{"GET", "/v1/things/a", "", "*"},
		{"GET", "/v1/things/a", stranger, "*"},
		{"HEAD", "/v1/things/a", stranger, "*"},
		{"GET", "/v1/nothing", stranger, "*"},
		{"GET", "/v1/things/a", editor, "*"},
		{"POST", "/v1/changes/check", stranger, "*"},
		{"POST", "/v1/things", stranger, ""},
		{"POST", "/v1/things", "null", ""},
		{"POST", "/v1/things", "", ""},
		{"POST", "/v1/things", editor, editor},
		{"DELETE", "/v1/things/a", editor, editor},
		{"DELETE", "/v1/things/a", stranger, ""},
	} {
		h := s.do(t, test.method, test.path, "", "Origin: "+test.origin).Header
		if got := h.Get("Access-Control-Allow-Origin"); got != test.want {
			t.Errorf("%+v: got %q", test, got)
		}
		if exposed := h.Get("Access-Control-Expose-Headers"); (exposed != "") != (test.want != "") {
			t.Errorf("%+v: exposes %q", test, exposed)
		}
		if varies := strings.Contains(strings.Join(h.Values("Vary"), ","), "Origin"); varies == (test.want == "*") {
			t.Errorf("%+v: Vary %q", test, h.Values("Vary"))
		}
		if h.Get("Access-Control-Allow-Credentials") != "" {
			t.Errorf("%+v: credentials", test)
		}
	}
}

func TestPreflight(t *testing.T) {
	const editor, stranger = "https://editor.example.nhs.uk", "https://stranger.example"
	s := serve(t, things)
	for _, test := range []struct{ path, origin, asked, allowOrigin, methods string }{
		{"/v1/things/a", stranger, "GET", "*", "GET"},
		{"/v1/things/a", stranger, "PATCH", "", ""},
		{"/v1/changes/check", stranger, "POST", "*", "POST"},
		{"/v1/things", stranger, "POST", "", ""},
		{"/v1/things/a", editor, "PATCH", editor, "OPTIONS, DELETE, GET, HEAD, PATCH"},
		{"/v1/things/a", editor, "GET", editor, "OPTIONS, DELETE, GET, HEAD, PATCH"},
	} {
		a := s.do(t, "OPTIONS", test.path, "", "Origin: "+test.origin, "Access-Control-Request-Method: "+test.asked)
		h := a.Header
		if a.StatusCode != http.StatusNoContent {
			t.Errorf("%+v: status %d", test, a.StatusCode)
		}
		if h.Get("Access-Control-Allow-Origin") != test.allowOrigin || h.Get("Access-Control-Allow-Methods") != test.methods {
			t.Errorf("%+v: %v", test, h)
		}
		mayAuthorise := strings.Contains(h.Get("Access-Control-Allow-Headers"), "Authorization")
		if mayAuthorise != (test.allowOrigin == editor) {
			t.Errorf("%+v: Authorization allowed: %v", test, mayAuthorise)
		}
	}
}

func TestOPTIONS(t *testing.T) {
	s := serve(t, things)
	a := s.do(t, "OPTIONS", "/v1/things/a", "")
	if a.StatusCode != http.StatusNoContent || a.Header.Get("Allow") != "OPTIONS, DELETE, GET, HEAD, PATCH" || a.Header.Get("Accept-Patch") != "application/merge-patch+json" {
		t.Errorf("%d %v", a.StatusCode, a.Header)
	}
	if got := s.do(t, "OPTIONS", "/v1/things", "").Header.Get("Accept-Patch"); got != "" {
		t.Errorf("Accept-Patch %q where no PATCH is taken", got)
	}
	s.do(t, "OPTIONS", "/v1/nothing", "").problem(t, errs.NotFound)
}

func TestValidOrigin(t *testing.T) {
	for origin, want := range map[string]bool{
		"https://www.example.nhs.uk": true, "http://127.0.0.1:3000": true,
		"": false, "*": false, "null": false, "https://": false, "https://a.example/": false, "https://A.example": false,
		"ftp://a.example": false, "https://u@a.example": false, "https://a.example?x": false, "a.example": false,
	} {
		if got := web.ValidOrigin(origin); got != want {
			t.Errorf("%q: %v", origin, got)
		}
	}
}
