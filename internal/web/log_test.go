package web_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"github.com/cpics/working-together-api/internal/errs"
	"github.com/cpics/working-together-api/internal/web"
)

func TestAccessLogLine(t *testing.T) {
	s := serve(t, func(e *echo.Echo) {
		web.GET(e, "/v1/things/:ref", func(c echo.Context) error {
			web.SetActor(c, "actor-7")
			return c.String(http.StatusOK, "hello")
		})
	})
	s.do(t, "GET", "/v1/things/one?q=private", "", "X-Request-Id: r1", "Authorization: Bearer hidden",
		"Traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
	s.Close()
	text := s.log.String()
	lines := s.lines(t, "request")
	if len(lines) != 1 {
		t.Fatalf("%d lines", len(lines))
	}
	for name, want := range map[string]any{
		"method": "GET", "route": "/v1/things/:ref", "path": "/v1/things/one", "status": 200.0, "bytes": 5.0,
		"requestId": "r1", "traceId": "4bf92f3577b34da6a3ce929d0e0e4736", "actor": "actor-7", "client": "127.0.0.1",
	} {
		if lines[0][name] != want {
			t.Errorf("%s: %v, want %v", name, lines[0][name], want)
		}
	}
	if _, ok := lines[0]["ms"].(float64); !ok {
		t.Error("no duration")
	}
	if strings.Contains(text, "private") || strings.Contains(text, "hidden") {
		t.Error("the line holds a query value or a credential")
	}
}

func TestAccessLogKnowsTheFinalStatus(t *testing.T) {
	s := failing(t, errs.New(errs.Gone, "x"))
	s.do(t, "GET", "/v1/thing", "")
	if lines := s.lines(t, "request"); len(lines) != 1 || lines[0]["status"] != 410.0 {
		t.Errorf("%v", lines)
	}
}

func TestAccessLogPathIsSafe(t *testing.T) {
	for path, want := range map[string]string{
		"/v1/preview/sesame":                   "/v1/preview/…",
		"/v1/me/wtp_abcdef":                    "/v1/me/wtp_…",
		"/v1/a%0d%0aforged":                    "/v1/a··forged",
		"/v1/a%e2%80%a8b":                      "/v1/a·b",
		"/v1/" + strings.Repeat("%c3%a9", 200): "/v1/" + strings.Repeat("é", 98) + "…",
	} {
		s := serve(t, func(e *echo.Echo) {
			web.GET(e, "/v1/preview/:token", func(c echo.Context) error { return c.NoContent(204) })
		})
		s.do(t, "GET", path, "")
		if lines := s.lines(t, "request"); len(lines) != 1 || lines[0]["path"] != want {
			t.Errorf("%s: %v", path, lines)
		}
	}
}
