package web_test

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"github.com/cpics/working-together-api/internal/errs"
	"github.com/cpics/working-together-api/internal/web"
)

const baseURL = "https://api.example.nhs.uk"

// server is the package's middleware around the routes of one test.
type server struct {
	*httptest.Server
	log *bytes.Buffer // read it only after the server was closed
}

// serve starts a server with all the middleware in the documented order.
func serve(t *testing.T, routes func(e *echo.Echo)) *server {
	t.Helper()
	s := &server{log: &bytes.Buffer{}}
	log := slog.New(slog.NewJSONHandler(s.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	e := echo.New()
	e.IPExtractor = echo.ExtractIPDirect()
	e.HTTPErrorHandler = web.ErrorHandler(baseURL, log)
	e.Use(web.RequestIDs(), web.AccessLog(func(a web.Access) { web.LogAccess(log, a) }), web.Recover(), web.SecurityHeaders(baseURL),
		web.CORS([]string{"https://editor.example.nhs.uk"}, "/v1/changes/check"),
		web.StrictPaths("/v1/files/"), web.BodyLimit(1000))
	routes(e)
	s.Server = httptest.NewServer(e)
	t.Cleanup(s.Close)
	return s
}

// lines closes the server and gives what it logged under the message.
func (s *server) lines(t *testing.T, message string) []map[string]any {
	t.Helper()
	s.Close()
	var lines []map[string]any
	for dec := json.NewDecoder(s.log); dec.More(); {
		var line map[string]any
		if err := dec.Decode(&line); err != nil {
			t.Fatal(err)
		}
		if line["msg"] == message {
			lines = append(lines, line)
		}
	}
	return lines
}

// answer is a response with its body read.
type answer struct {
	*http.Response
	body []byte
}

// do sends a request with headers given as "Name: value", as they are: no compression is asked for or undone.
func (s *server) do(t *testing.T, method, path, body string, headers ...string) answer {
	t.Helper()
	r, err := http.NewRequest(method, s.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Add(name, value)
	}
	client := &http.Client{
		Transport:     &http.Transport{DisableCompression: true, DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	resp, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{resp, got}
}

// problem checks that the answer is a problem of the kind, as every error must be, and gives it.
func (a answer) problem(t *testing.T, kind errs.Kind) map[string]any {
	t.Helper()
	if a.StatusCode != web.Status(kind) {
		t.Fatalf("status %d, want %d (%s): %s", a.StatusCode, web.Status(kind), kind, a.body)
	}
	if got := a.Header.Get("Content-Type"); got != web.MediaTypeProblem {
		t.Errorf("Content-Type %q", got)
	}
	if got := a.Header.Get("Cache-Control"); !strings.Contains(got, "no-store") {
		t.Errorf("Cache-Control %q on an error", got)
	}
	var doc map[string]any
	if err := json.Unmarshal(a.body, &doc); err != nil {
		t.Fatalf("%v: %s", err, a.body)
	}
	if doc["type"] != baseURL+"/docs/problems#"+string(kind) {
		t.Errorf("type %q, want %q", doc["type"], kind)
	}
	if doc["requestId"] != a.Header.Get("X-Request-Id") || doc["requestId"] == "" {
		t.Errorf("requestId %q, header %q", doc["requestId"], a.Header.Get("X-Request-Id"))
	}
	return doc
}

// faults gives err's faults as "place code", sorted, after checking its kind and that each says what to do.
func faults(t *testing.T, err error, kind errs.Kind) []string {
	t.Helper()
	if got := errs.KindOf(err); got != kind {
		t.Fatalf("got %q (%v), want %q", got, err, kind)
	}
	if err == nil {
		return nil
	}
	var list []string
	for _, f := range err.(*errs.Error).Faults {
		if f.Detail == "" {
			t.Errorf("fault without advice: %+v", f)
		}
		list = append(list, f.Pointer+f.Parameter+" "+string(f.Code))
	}
	slices.Sort(list)
	return list
}

// equal compares two lists.
func equal[T comparable](t *testing.T, got, want []T) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("\n got %v\nwant %v", got, want)
	}
}
