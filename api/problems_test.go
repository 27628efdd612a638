package api_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"github.com/cpics/working-together-api/api"
	"github.com/cpics/working-together-api/api/apitest"
	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/database/dbtest"
)

// request is one with a single fault, or with two of which the first is to be told.
type request struct {
	what    string
	as      func(s *apitest.Service) apitest.Client
	line    string // method and address
	body    any
	headers headers
	status  int
	kind    string
}

// stranger, reader, editor and publisher send requests.
var (
	stranger  = (*apitest.Service).Anonymous
	reader    = (*apitest.Service).Reader
	editor    = (*apitest.Service).Editor
	publisher = (*apitest.Service).Publisher
)

var (
	bad      = headers{"Authorization": "Bearer wtp_x"}
	anything = headers{"If-Match": "*"}
	merge    = headers{"If-Match": "*", "Content-Type": "application/merge-patch+json"}
	plain    = headers{"If-Match": "*", "Content-Type": "text/plain"}
	large    = `{"title": "` + strings.Repeat("x", 1<<20) + `"}`
)

// One page is live at /v1/pages/one and was at /v1/pages/old, one is a draft, and one is gone.
var faulty = []request{
	{"no such path", stranger, "GET /nothing", nil, nil, 404, "not-found"},
	{"no such path below v1", stranger, "GET /v1/nothing", nil, nil, 404, "not-found"},
	{"v1 alone", stranger, "GET /v1", nil, nil, 404, "not-found"},
	{"too deep a path", stranger, "GET /v1/pages/one/two", nil, nil, 404, "not-found"},
	{"no such path, with a bad credential", stranger, "GET /v1/nothing", nil, bad, 404, "not-found"},
	{"no such method", stranger, "PATCH /v1/pages", doc{}, nil, 405, "method-not-allowed"},
	{"no such method, with a bad credential", stranger, "DELETE /v1/pages", nil, bad, 405, "method-not-allowed"},
	{"an unknown method", editor, "BREW /v1/pages/one", nil, nil, 405, "method-not-allowed"},
	{"no credential", stranger, "POST /v1/pages", doc{}, nil, 401, "unauthenticated"},
	{"no credential, for nothing", stranger, "DELETE /v1/pages/nothing", nil, nil, 401, "unauthenticated"},
	{"a bad credential, to read", stranger, "GET /v1/pages", nil, bad, 401, "unauthenticated"},
	{"another scheme", stranger, "GET /v1/pages", nil, headers{"Authorization": "Basic eDp5"}, 401, "unauthenticated"},
	{"a bad credential, and text", stranger, "POST /v1/pages", "x", headers{"Authorization": "Bearer x", "Content-Type": "text/plain"}, 401, "unauthenticated"},
	{"too low a role, and text", reader, "POST /v1/pages", "x", plain, 403, "forbidden"},
	{"too low a role, for nothing", editor, "POST /v1/pages/nothing/unpublish", "x", nil, 403, "forbidden"},
	{"text", editor, "POST /v1/pages", "x", plain, 415, "unsupported-media-type"},
	{"text, and a bad query", editor, "POST /v1/pages?x=1", "x", plain, 415, "unsupported-media-type"},
	{"no media type", editor, "POST /v1/pages", `{}`, headers{"Content-Type": ""}, 415, "unsupported-media-type"},
	{"another charset", editor, "POST /v1/pages", `{}`, headers{"Content-Type": "application/json; charset=latin1"}, 415, "unsupported-media-type"},
	{"a coding", editor, "POST /v1/pages", `{}`, headers{"Content-Encoding": "gzip"}, 415, "unsupported-media-type"},
	{"plain JSON to PATCH", editor, "PATCH /v1/pages/one", `{}`, anything, 415, "unsupported-media-type"},
	{"a patch to PUT", editor, "PUT /v1/pages/one", `{}`, merge, 415, "unsupported-media-type"},
	{"too much", editor, "POST /v1/pages", large, nil, 413, "too-large"},
	{"too much, and a bad query", editor, "POST /v1/pages?x=1", large, nil, 413, "too-large"},
	{"too much, for nothing", editor, "PUT /v1/pages/nothing", large, nil, 413, "too-large"},
	{"no body", editor, "POST /v1/pages", "", nil, 400, "invalid-json"},
	{"broken JSON, and a bad query", editor, "POST /v1/pages?x=1", `{"title": `, nil, 400, "invalid-json"},
	{"broken JSON, for nothing", editor, "PUT /v1/pages/nothing", `{`, anything, 400, "invalid-json"},
	{"a bad query, for nothing", editor, "PATCH /v1/pages/nothing?x=1", `{}`, merge, 400, "invalid-query"},
	{"a bad query, and bad content", editor, "POST /v1/pages?x=1", `{}`, nil, 400, "invalid-query"},
	{"a bad query, at a former address", stranger, "GET /v1/pages/old?x=1", nil, nil, 400, "invalid-query"},
	{"a bad header, for nothing", editor, "PATCH /v1/pages/nothing", `{}`, headers{"If-Match": "v1", "Content-Type": "application/merge-patch+json"}, 400, "invalid-query"},
	{"nothing to PATCH", editor, "PATCH /v1/pages/nothing", `{}`, headers{"Content-Type": "application/merge-patch+json"}, 404, "not-found"},
	{"nothing to DELETE", editor, "DELETE /v1/pages/nothing", nil, nil, 404, "not-found"},
	{"nothing to publish", publisher, "POST /v1/pages/nothing/publish", nil, nil, 404, "not-found"},
	{"a draft, to strangers", stranger, "GET /v1/pages/draft", nil, nil, 404, "not-found"},
	{"gone", stranger, "GET /v1/pages/gone", nil, nil, 410, "gone"},
	{"no version, and bad content", editor, "PUT /v1/pages/one", `{}`, nil, 428, "precondition-required"},
	{"another version, and bad content", editor, "PUT /v1/pages/one", `{}`, headers{"If-Match": `"v99"`}, 412, "stale"},
	{"another version, and nothing to publish", publisher, "POST /v1/pages/one/publish", nil, headers{"If-Match": `"v99"`}, 412, "stale"},
	{"nothing to publish, and a bad note", publisher, "POST /v1/pages/one/publish", doc{"changeNote": strings.Repeat("x", 1001)}, anything, 409, "nothing-to-publish"},
	{"a draft cannot go, and no reason", publisher, "POST /v1/pages/draft/unpublish", doc{"type": "recall"}, anything, 409, "conflict"},
	{"bad content", editor, "PUT /v1/pages/one", `{}`, anything, 422, "invalid-content"},
}

func TestTheFirstFaultIsTold(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		published(s, "/v1/pages", text("Old"))
		s.Publisher().Patch("/v1/pages/old?publish=true&updateType=minor", doc{"slug": "one"}, anyVersion).Must(200)
		draft(s, "/v1/pages", text("Draft"))
		published(s, "/v1/pages", text("Gone"))
		s.Publisher().Delete("/v1/pages/gone", anyVersion).Must(204)
		for _, r := range faulty {
			t.Run(strings.ReplaceAll(r.what, "/", " "), func(t *testing.T) {
				method, address, _ := strings.Cut(r.line, " ")
				var sent []apitest.Header
				for name, value := range r.headers {
					sent = append(sent, apitest.Header{name, value})
				}
				wantProblem(t, r.as(s).Do(method, address, r.body, sent...), r)
			})
		}
	})
}

// wantProblem checks the whole of an error answer.
func wantProblem(t *testing.T, a *apitest.Answer, r request) {
	t.Helper()
	var p struct {
		Type, Title, Detail, Instance, RequestID string
		Status                                   int
	}
	if err := json.Unmarshal(a.Raw, &p); err != nil {
		t.Fatalf("%d %v\n%s", a.StatusCode, err, a.Raw)
	}
	if a.StatusCode != r.status || p.Status != r.status || p.Type != apitest.BaseURL+"/docs/problems#"+r.kind {
		t.Errorf("%d %s, want %d %s: %s", a.StatusCode, p.Type, r.status, r.kind, p.Detail)
	}
	if p.Title == "" || p.Detail == "" || p.Instance != a.Request.URL.EscapedPath() || p.RequestID == "" || p.RequestID != a.Header.Get("X-Request-Id") {
		t.Errorf("incomplete: %s", a.Raw)
	}
	h := a.Header
	if h.Get("Content-Type") != "application/problem+json" || !strings.Contains(h.Get("Cache-Control"), "no-store") || h.Get("ETag") != "" || h.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("headers: %s", headerLines(h))
	}
	for name, given := range map[string]bool{"Allow": r.status == 405, "WWW-Authenticate": r.status == 401} {
		if (h.Get(name) != "") != given {
			t.Errorf("%s: %q", name, h.Get(name))
		}
	}
	wantChallenge(t, a, r)
}

// wantChallenge checks what 401 and 415 say of how to do better.
func wantChallenge(t *testing.T, a *apitest.Answer, r request) {
	t.Helper()
	challenge := a.Header.Get("WWW-Authenticate")
	if r.status == 401 && (!strings.HasPrefix(challenge, "Bearer") || strings.Contains(challenge, "invalid_token") != (r.headers["Authorization"] != "")) {
		t.Errorf("WWW-Authenticate: %s", challenge)
	}
	accepted := map[string]string{"POST": "Accept-Post", "PATCH": "Accept-Patch"}[a.Request.Method]
	if r.status == 415 && accepted != "" && a.Header.Get(accepted) == "" && a.Header.Get("Accept-Encoding") == "" {
		t.Errorf("nothing says what is taken: %s", headerLines(a.Header))
	}
}

// TestJSONIsReadStrictly: what is no JSON is 400, what is no page is 422.
func TestJSONIsReadStrictly(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, dbtest.New(t, database.SQLite))
	deep := func(n int) string { return `{"title": ` + strings.Repeat("[", n) + strings.Repeat("]", n) + `}` }
	for body, kind := range map[string]string{
		" ": "invalid-json", "{": "invalid-json", `{"title": "a",}`: "invalid-json", `{"title": 'a'}`: "invalid-json", `{"title": "a"} {}`: "invalid-json",
		`{"title": "a"} x`: "invalid-json", `{"title": NaN}`: "invalid-json", `{"title": "a" /* b */}`: "invalid-json", "\ufeff{}": "invalid-json",
		`{"title": "a", "title": "b"}`: "invalid-json", `{"title": "a", "\u0074itle": "b"}`: "invalid-json", `{"x": {"a": 1, "a": 2}}`: "invalid-json",
		"{\"title\": \"\xff\"}": "invalid-json", `{"title": "\ud800"}`: "invalid-json", "{\"title\": \"a\nb\"}": "invalid-json", `{"title": 01}`: "invalid-json",
		deep(10_000): "invalid-json", deep(90): "invalid-content",
		`null`: "invalid-content", `[]`: "invalid-content", `"a"`: "invalid-content", `1`: "invalid-content", `true`: "invalid-content",
		`{"title": null}`: "invalid-content", `{"title": 1}`: "invalid-content", `{"Title": "a"}`: "invalid-content",
		`{"title": "a\u0000b"}`: "invalid-content", `{"title": "a\nb"}`: "invalid-content", `{"title": "\u001b[2J"}`: "invalid-content",
		`{"title": "a", "id": "x"}`: "invalid-content", `{"title": "  "}`: "invalid-content", `{"title": "\u200b"}`: "invalid-content",
	} {
		a := s.Editor().Post("/v1/pages", body)
		status := map[string]int{"invalid-json": 400, "invalid-content": 422}[kind]
		if a.StatusCode != status || a.String("type") != apitest.BaseURL+"/docs/problems#"+kind {
			t.Errorf("%.40q: %d, want %s: %s", body, a.StatusCode, kind, a.Raw)
		}
	}
	if n := s.Reader().Get("/v1/pages?view=draft").Must(200).Int("total"); n != 0 {
		t.Errorf("%d pages were made", n)
	}
}

func TestRequestIDs(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, dbtest.New(t, database.SQLite))
	for sent, kept := range map[string]bool{"a": true, "A-b_c.9": true, strings.Repeat("x", 64): true, strings.Repeat("x", 65): false,
		"": false, "a b": false, "a/b": false, "ä": false, `"a"`: false, "a,b": false} {
		for _, address := range []string{"/v1/pages", "/v1/pages/nothing"} {
			a := s.Anonymous().Get(address, apitest.Header{"X-Request-Id", sent})
			got := a.Header.Get("X-Request-Id")
			if (got == sent) != kept || got == "" || a.StatusCode == 404 && a.String("requestId") != got {
				t.Errorf("%s with %q: %q %s", address, sent, got, a.Raw)
			}
		}
	}
}

// TestAFaultOfOursShowsNothing lets a handler panic, and serves from a database that was closed.
func TestAFaultOfOursShowsNothing(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		var log bytes.Buffer
		handler, err := api.New(api.Config{DB: db, Site: apitest.Site(t), Log: slog.New(slog.NewTextHandler(&log, nil)), OverviewPage: "a", ToolkitPage: "b"})
		if err != nil {
			t.Fatal(err)
		}
		handler.GET("/panic", func(echo.Context) error { panic("internals: SELECT secret") })
		handler.GET("/fail", func(echo.Context) error { return fmt.Errorf("internals: %w", io.ErrUnexpectedEOF) })
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		for address, status := range map[string]int{"/panic": 500, "/fail": 500, "/v1/pages": 500, "/v1/pages/one": 500, "/v1/overview": 500} {
			answer := httptest.NewRecorder()
			handler.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, address, nil))
			if answer.Code != status || answer.Header().Get("Content-Type") != "application/problem+json" {
				t.Errorf("%s: %d %v", address, answer.Code, answer.Header())
			}
			for _, leak := range []string{"internals", "SELECT", "EOF", "sql:", "closed", ".go:", "goroutine"} {
				if strings.Contains(answer.Body.String(), leak) {
					t.Errorf("%s shows %q: %s", address, leak, answer.Body)
				}
			}
		}
		if n := strings.Count(log.String(), "internals: SELECT secret"); n != 1 {
			t.Errorf("the panic was logged %d times:\n%s", n, &log)
		}
	})
}

// TestOtherSpellingsOpenNothing: a guard cannot be walked around.
func TestOtherSpellingsOpenNothing(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		made := published(s, "/v1/pages", text("One")).String("id")
		for _, path := range []string{"/v1/pages/", "//v1/pages", "/v1//pages", "/v1/pages//one", "/v1/pages/one/", "/V1/pages", "/v1/Pages", "/v1/pages/One",
			"/v1%2fpages", "/v1/pages%2Fone", "/v1/pages/%6fne", "/v1/pages/one%20", "/v1/pages/one%00", "/v1/pages/one;x=1",
			"/v1/pages;x/one", "/v1/./pages", "/v1/pages/../pages", "/v1/%2e%2e/v1/pages", "/v1/pages%5cone", "/v1/pages/one%3fx", "/v1/pages/%C3%B6ne",
			"/v1/tokens/", "/v1//tokens", "/v1/tokens%2f", "/v1/TOKENS", "/v1/me;x", "/v1/tokens;/x", "/docs/../v1/tokens", "/healthz/"} {
			for _, c := range []apitest.Client{s.Anonymous(), s.Admin()} {
				for _, method := range []string{"GET", "HEAD", "POST", "DELETE", "OPTIONS"} {
					if a := c.Do(method, path, nil); a.StatusCode != 404 || method != "HEAD" && a.String("type") != apitest.BaseURL+"/docs/problems#not-found" {
						t.Errorf("%s %s: %d\n%s", method, path, a.StatusCode, a.Raw)
					}
				}
			}
		}
		s.Publisher().Put("/v1/principles//order", doc{"ids": []string{}}).Problem(404, "not-found")
		s.Anonymous().Get("/v1/pages/" + strings.ToUpper(made)).Must(200) // RFC 9562: the case of an id says nothing
		if a := s.Anonymous().Get("/v1/pages?").Must(200); !slices.Equal(a.Column("id"), []string{made}) {
			t.Errorf("an empty query: %s", a.Raw)
		}
	})
}
