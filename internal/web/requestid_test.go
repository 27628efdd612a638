package web_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"github.com/cpics/working-together-api/internal/web"
)

// echoIDs answers with what the context knows of the request.
func echoIDs(e *echo.Echo) {
	web.GET(e, "/", func(c echo.Context) error {
		ctx := c.Request().Context()
		return c.String(http.StatusOK, web.RequestID(ctx)+" "+web.TraceID(ctx))
	})
}

func TestRequestID(t *testing.T) {
	s := serve(t, echoIDs)
	made := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$`)
	for sent, kept := range map[string]bool{
		"":                      false,
		"a":                     true,
		"Trace_1.2-3":           true,
		strings.Repeat("x", 64): true,
		strings.Repeat("x", 65): false,
		"with space":            false,
		"é":                     false,
		`"quoted"`:              false,
	} {
		a := s.do(t, "GET", "/", "", "X-Request-Id: "+sent)
		got := a.Header.Get("X-Request-Id")
		if kept != (got == sent) || !kept && !made.MatchString(got) {
			t.Errorf("sent %q, got %q", sent, got)
		}
		if !strings.HasPrefix(string(a.body), got+" ") {
			t.Errorf("context has %q, header %q", a.body, got)
		}
	}
}

func TestTraceparent(t *testing.T) {
	s := serve(t, echoIDs)
	const trace, span = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
	for sent, want := range map[string]string{
		"00-" + trace + "-" + span + "-01":                    trace,
		"01-" + trace + "-" + span + "-01-more":               trace,
		"00-" + trace + "-" + span + "-01-more":               "",
		"ff-" + trace + "-" + span + "-01":                    "",
		"00-" + strings.ToUpper(trace) + "-" + span + "-01":   "",
		"00-" + strings.Repeat("0", 32) + "-" + span + "-01":  "",
		"00-" + trace + "-" + strings.Repeat("0", 16) + "-01": "",
		"00-" + trace + "-" + span:                            "",
		"garbage":                                             "",
	} {
		a := s.do(t, "GET", "/", "", "Traceparent: "+sent)
		if _, got, _ := strings.Cut(string(a.body), " "); got != want {
			t.Errorf("%s: %q, want %q", sent, got, want)
		}
	}
}
