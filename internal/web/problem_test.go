package web_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"github.com/cpics/working-together-api/internal/errs"
	"github.com/cpics/working-together-api/internal/web"
)

// failing serves one route that returns the error.
func failing(t *testing.T, err error) *server {
	return serve(t, func(e *echo.Echo) {
		web.GET(e, "/v1/thing", func(c echo.Context) error {
			c.Response().Header().Set("ETag", `"left over"`)
			return err
		})
	})
}

func TestEveryKindIsAProblem(t *testing.T) {
	seen := map[errs.Kind]bool{}
	last := 0
	for _, p := range web.Problems() {
		if seen[p.Kind] {
			t.Errorf("%s is listed twice", p.Kind)
		}
		seen[p.Kind] = true
		if p.Status < last || p.Title == "" || !strings.HasSuffix(p.Explanation, ".") {
			t.Errorf("%s: status out of order, or words missing", p.Kind)
		}
		last = p.Status
		got := failing(t, errs.New(p.Kind, "Do this.")).do(t, "GET", "/v1/thing?q=secret", "").problem(t, p.Kind)
		if got["title"] != p.Title || got["instance"] != "/v1/thing" || got["status"] != float64(p.Status) {
			t.Errorf("%s: %v", p.Kind, got)
		}
		if p.Kind != errs.Internal && got["detail"] != "Do this." {
			t.Errorf("%s: detail %q", p.Kind, got["detail"])
		}
	}
	if len(seen) != 25 {
		t.Errorf("%d kinds, the contract has 23, oEmbed one more and ranges of files (RFC 9110 §15.5.17) another", len(seen))
	}
	if web.Status("of-no-table") != http.StatusInternalServerError {
		t.Error("an unpublished kind must be a fault of ours")
	}
}

func TestProblemHeaders(t *testing.T) {
	for _, test := range []struct {
		kind               errs.Kind
		sent, header, want string
	}{
		{errs.Unauthenticated, "", "Www-Authenticate", `Bearer realm="wtapi"`},
		{errs.Unauthenticated, "Authorization: Bearer x", "Www-Authenticate", `Bearer realm="wtapi", error="invalid_token"`},
		{errs.Unauthenticated, "Authorization: Bearer x", "Cache-Control", "private, no-store"},
		{errs.RateLimited, "", "Retry-After", "5"},
		{errs.Unavailable, "", "Retry-After", "5"},
		{errs.NotFound, "", "Retry-After", ""},
		{errs.NotFound, "", "Etag", ""},
		{errs.NotFound, "", "Cache-Control", "no-store"},
	} {
		var headers []string
		if test.sent != "" {
			headers = []string{test.sent}
		}
		a := failing(t, errs.New(test.kind, "x")).do(t, "GET", "/v1/thing", "", headers...)
		if got := a.Header.Get(test.header); got != test.want {
			t.Errorf("%s: %s %q, want %q", test.kind, test.header, got, test.want)
		}
	}
}

func TestProblemFaultsAndFurtherMembers(t *testing.T) {
	err := errs.Invalid(errs.InvalidContent, errs.At("/title", errs.Required, "Give a title."), errs.In("limit", errs.Range, "Less."))
	var failure *errs.Error
	errors.As(err, &failure)
	failure = failure.With("checks", []string{"a"}).With("status", 200).With("bad", "<&>")
	a := failing(t, failure).do(t, "GET", "/v1/thing", "")
	got := a.problem(t, errs.InvalidContent)
	if got["status"] != float64(422) || got["bad"] != "<&>" || len(got["checks"].([]any)) != 1 || len(got["errors"].([]any)) != 2 {
		t.Errorf("%s", a.body)
	}
	if !strings.Contains(string(a.body), `"errors":[{"pointer":"/title","detail":"Give a title.","code":"required"},{"parameter":"limit"`) {
		t.Errorf("%s", a.body)
	}
	failing(t, errs.New(errs.Conflict, "x").With("odd", func() {})).do(t, "GET", "/v1/thing", "").problem(t, errs.Conflict)
}

func TestInternalErrorsAreLoggedOnceAndNeverShown(t *testing.T) {
	for name, handler := range map[string]echo.HandlerFunc{
		"error":    func(echo.Context) error { return errors.New("SELECT hidden FROM secrets") },
		"internal": func(echo.Context) error { return errs.New(errs.Internal, "hidden") },
		"panic":    func(echo.Context) error { panic("hidden") },
		"echo":     func(echo.Context) error { return echo.NewHTTPError(http.StatusTeapot, "hidden") },
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, func(e *echo.Echo) { web.GET(e, "/v1/thing", handler) })
			a := s.do(t, "GET", "/v1/thing", "", "X-Request-Id: my-id")
			a.problem(t, errs.Internal)
			if strings.Contains(string(a.body), "hidden") {
				t.Errorf("leaked: %s", a.body)
			}
			lines := s.lines(t, "request failed")
			if len(lines) != 1 || lines[0]["level"] != "ERROR" || lines[0]["requestId"] != "my-id" || !strings.Contains(lines[0]["error"].(string), "hidden") {
				t.Errorf("log: %v", lines)
			}
		})
	}
}

func TestCauseIsLoggedNotShown(t *testing.T) {
	s := failing(t, errs.New(errs.Unavailable, "Later.").Because(errors.New("dial hidden:5432")))
	if a := s.do(t, "GET", "/v1/thing", ""); strings.Contains(string(a.body), "hidden") {
		t.Errorf("leaked: %s", a.body)
	}
	lines := s.lines(t, "request failed")
	if len(lines) != 1 || lines[0]["level"] != "WARN" || !strings.Contains(lines[0]["error"].(string), "hidden") {
		t.Errorf("log: %v", lines)
	}
}

func TestEchoErrorsAreProblems(t *testing.T) {
	s := serve(t, func(e *echo.Echo) {
		web.GET(e, "/v1/thing", func(c echo.Context) error { return c.NoContent(204) })
		e.POST("/v1/large", func(echo.Context) error { return echo.ErrStatusRequestEntityTooLarge })
		e.POST("/v1/type", func(echo.Context) error { return echo.ErrUnsupportedMediaType })
		e.POST("/v1/late", func(echo.Context) error { return context.DeadlineExceeded })
	})
	s.do(t, "GET", "/v1/nothing", "").problem(t, errs.NotFound)
	s.do(t, "POST", "/v1/large", "").problem(t, errs.TooLarge)
	s.do(t, "POST", "/v1/type", "").problem(t, errs.UnsupportedMediaType)
	s.do(t, "POST", "/v1/late", "").problem(t, errs.Unavailable)
	a := s.do(t, "DELETE", "/v1/thing", "")
	a.problem(t, errs.MethodNotAllowed)
	if got := a.Header.Get("Allow"); got != "OPTIONS, GET, HEAD" {
		t.Errorf("Allow %q", got)
	}
}

func TestProblemOfHEADHasNoBody(t *testing.T) {
	s := failing(t, errs.New(errs.NotFound, "x"))
	get, head := s.do(t, "GET", "/v1/thing", "", "X-Request-Id: a"), s.do(t, "HEAD", "/v1/thing", "", "X-Request-Id: a")
	if head.StatusCode != 404 || len(head.body) != 0 || head.ContentLength != int64(len(get.body)) {
		t.Errorf("%d, %d bytes, Content-Length %d of %d", head.StatusCode, len(head.body), head.ContentLength, len(get.body))
	}
}

func TestBegunAnswerIsCutNotCompleted(t *testing.T) {
	s := serve(t, func(e *echo.Echo) {
		web.GET(e, "/v1/stream", func(c echo.Context) error {
			if err := c.String(http.StatusOK, "half"); err != nil {
				return err
			}
			c.Response().Flush()
			return errors.New("the other half is lost")
		})
	})
	resp, err := http.Get(s.URL + "/v1/stream")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	if err == nil || string(got) != "half" {
		t.Errorf("read %q, %v: the client must notice that half is missing", got, err)
	}
	if lines := s.lines(t, "request failed"); len(lines) != 1 || lines[0]["level"] != "ERROR" {
		t.Errorf("log: %v", lines)
	}
}

func TestClientThatLeavesIsNoError(t *testing.T) {
	entered := make(chan struct{})
	s := serve(t, func(e *echo.Echo) {
		web.GET(e, "/v1/slow", func(c echo.Context) error {
			close(entered)
			<-c.Request().Context().Done()
			return c.Request().Context().Err()
		})
	})
	ctx, leave := context.WithCancel(t.Context())
	r, err := http.NewRequestWithContext(ctx, "GET", s.URL+"/v1/slow", nil)
	if err != nil {
		t.Fatal(err)
	}
	go func() { <-entered; leave() }()
	if _, err := http.DefaultClient.Do(r); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if lines := s.lines(t, "request failed"); len(lines) != 1 || lines[0]["level"] != "DEBUG" {
		t.Errorf("log: %v", lines)
	}
}

// Reverse proxies and streams cut their connection by this panic on purpose.
func TestAbortedHandlerIsNoError(t *testing.T) {
	s := serve(t, func(e *echo.Echo) {
		web.GET(e, "/v1/abort", func(echo.Context) error { panic(http.ErrAbortHandler) })
	})
	if resp, err := http.Get(s.URL + "/v1/abort"); err == nil {
		resp.Body.Close()
		t.Errorf("status %d: the connection was not cut", resp.StatusCode)
	}
	if lines := s.lines(t, "request failed"); len(lines) != 0 {
		t.Errorf("log: %v", lines)
	}
}
