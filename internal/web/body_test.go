package web_test

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"net/http/httptrace"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"github.com/cpics/working-together-api/internal/errs"
	"github.com/cpics/working-together-api/internal/web"
)

// bodies echoes what it reads; /v1/optional takes requests without a body too.
func bodies(e *echo.Echo) {
	echoed := func(read func(echo.Context, ...string) ([]byte, error), mediaTypes ...string) echo.HandlerFunc {
		return func(c echo.Context) error {
			body, err := read(c, mediaTypes...)
			if err != nil {
				return err
			}
			return c.Blob(http.StatusOK, "text/plain", body)
		}
	}
	e.POST("/v1/things", echoed(web.ReadBody))
	e.PUT("/v1/things", echoed(web.ReadBody))
	e.PATCH("/v1/things", echoed(web.ReadBody, web.MediaTypeMergePatch))
	e.POST("/v1/optional", echoed(web.OptionalBody))
}

func TestReadBody(t *testing.T) {
	s := serve(t, bodies)
	json := "Content-Type: application/json"
	large := strings.Repeat("x", 1001)
	for _, test := range []struct {
		method, path, body string
		headers            []string
		want               errs.Kind // "" for success
	}{
		{"POST", "/v1/things", "{}", []string{json}, ""},
		{"POST", "/v1/things", "{}", []string{json + "; charset=UTF-8"}, ""},
		{"POST", "/v1/things", "{}", []string{json, "Content-Encoding: identity"}, ""},
		{"POST", "/v1/things", large[:1000], []string{json}, ""},
		{"PATCH", "/v1/things", "{}", []string{"Content-Type: application/merge-patch+json"}, ""},
		{"POST", "/v1/optional", "", nil, ""},
		{"POST", "/v1/optional", "", []string{json}, ""},
		{"POST", "/v1/optional", "{}", []string{json}, ""},
		{"POST", "/v1/things", "", []string{json}, errs.InvalidJSON},
		{"POST", "/v1/things", "", nil, errs.InvalidJSON},
		{"POST", "/v1/things", large, []string{json}, errs.TooLarge},
		{"POST", "/v1/things", "{}", nil, errs.UnsupportedMediaType},
		{"POST", "/v1/things", "{}", []string{"Content-Type: text/plain"}, errs.UnsupportedMediaType},
		{"POST", "/v1/things", "{}", []string{"Content-Type: application/json; charset=latin1"}, errs.UnsupportedMediaType},
		{"POST", "/v1/things", "{}", []string{"Content-Type: ;;"}, errs.UnsupportedMediaType},
		{"POST", "/v1/things", "{}", []string{json, json}, errs.UnsupportedMediaType},
		{"POST", "/v1/things", "{}", []string{json, "Content-Encoding: gzip"}, errs.UnsupportedMediaType},
		{"POST", "/v1/things", large, []string{"Content-Type: text/plain"}, errs.UnsupportedMediaType},
		{"PATCH", "/v1/things", "{}", []string{json}, errs.UnsupportedMediaType},
		{"POST", "/v1/optional", "{}", nil, errs.UnsupportedMediaType},
	} {
		a := s.do(t, test.method, test.path, test.body, test.headers...)
		if test.want != "" {
			a.problem(t, test.want)
		} else if a.StatusCode != http.StatusOK || string(a.body) != test.body {
			t.Errorf("%+v: %d %s", test, a.StatusCode, a.body)
		}
	}
}

func TestUnsupportedMediaTypeNamesTheSupportedOnes(t *testing.T) {
	s := serve(t, bodies)
	for method, header := range map[string]string{"POST": "Accept-Post", "PUT": "Accept", "PATCH": "Accept-Patch"} {
		want := "application/json"
		if method == "PATCH" {
			want = "application/merge-patch+json"
		}
		if got := s.do(t, method, "/v1/things", "x", "Content-Type: text/csv").Header.Get(header); got != want {
			t.Errorf("%s: %s %q", method, header, got)
		}
	}
}

// A body without Content-Length, and one that ends before it should, can only be sent by hand.
func TestBodyOfUnknownLength(t *testing.T) {
	s := serve(t, bodies)
	long := strings.Repeat("x", 1001)
	for name, test := range map[string]struct {
		rest string
		want int
	}{
		"chunked":   {"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", 200},
		"too large": {fmt.Sprintf("Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n", len(long), long), 413},
		"announced": {"Content-Length: 100000\r\n\r\n", 413},
		"cut short": {"Content-Length: 10\r\n\r\n{", 400},
	} {
		conn, err := net.Dial("tcp", s.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprint(conn, "POST /v1/things HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"+test.rest)
		if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
			t.Fatal(err)
		}
		resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if resp.StatusCode != test.want {
			t.Errorf("%s: %d, want %d", name, resp.StatusCode, test.want)
		}
		resp.Body.Close()
		conn.Close()
	}
}

// TestTooLargeIsHeardWhileSending: a client that sends all of its body first still sees why it was refused.
func TestTooLargeIsHeardWhileSending(t *testing.T) {
	t.Parallel()
	const limit, size = 1 << 20, 12 << 20 // more than the buffers between the two hold
	s := serve(t, func(e *echo.Echo) {
		e.POST("/", func(c echo.Context) error {
			_, err := web.ReadBody(c)
			return err
		}, web.BodyLimit(limit))
	})
	for name, length := range map[string]int64{"announced": size, "chunked": -1} {
		req, err := http.NewRequest("POST", s.URL+"/", strings.NewReader(strings.Repeat("x", size)))
		if err != nil {
			t.Fatal(err)
		}
		req.ContentLength = length
		req.Header.Set("Content-Type", "application/json")
		sent := make(chan error, 1)
		req = req.WithContext(httptrace.WithClientTrace(req.Context(), &httptrace.ClientTrace{
			WroteRequest: func(info httptrace.WroteRequestInfo) { sent <- info.Err },
		}))
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		resp.Body.Close()
		if err := <-sent; resp.StatusCode != 413 || err != nil {
			t.Errorf("%s: %d, sending: %v", name, resp.StatusCode, err)
		}
	}
}
