package auth_test

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"github.com/cpics/working-together-api/internal/auth"
	"github.com/cpics/working-together-api/internal/newest"
	"github.com/cpics/working-together-api/internal/web"
)

const base = "https://api.example"

// server serves the store's routes, /public for anyone and one route for each role, which answers with the actor.
func (f fixture) server(t *testing.T) *httptest.Server {
	t.Helper()
	e := echo.New()
	e.HTTPErrorHandler = web.ErrorHandler(base, slog.New(slog.DiscardHandler))
	e.IPExtractor = echo.ExtractIPDirect()
	e.Use(web.RequestIDs(), web.SecurityHeaders(base), auth.Authenticate(f.Store))
	h := auth.NewHandlers(f.Store, base)
	web.GET(e, "/v1/me", h.Me, auth.Require(auth.Reader))
	web.GET(e, "/v1/tokens", h.List, auth.Require(auth.Admin))
	web.GET(e, "/v1/tokens/:id", h.Show, auth.Require(auth.Admin))
	e.POST("/v1/tokens", h.Create, auth.Require(auth.Admin))
	e.DELETE("/v1/tokens/:id", h.Revoke, auth.Require(auth.Admin))
	echoActor := func(c echo.Context) error { return c.JSON(http.StatusOK, auth.ActorFrom(c.Request().Context())) }
	e.GET("/public", echoActor)
	for _, role := range append(auth.Roles(), auth.Anyone) {
		e.GET("/"+role.String(), echoActor, auth.Require(role))
	}
	s := httptest.NewServer(e)
	t.Cleanup(s.Close)
	return s
}

// answer is a response that was read.
type answer struct {
	*http.Response
	body []byte
}

// call makes a request with the values of the Authorization header.
func call(t *testing.T, s *httptest.Server, method, path, body string, authorization ...string) answer {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, s.URL+strings.TrimPrefix(path, base), strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for _, value := range authorization {
		req.Header.Add("Authorization", value)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	req.Header.Set("X-Request-Id", "test-request")
	resp, err := s.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{resp, text}
}

// into reads the answer, whose status must be as given.
func (a answer) into(t *testing.T, status int, dst any) {
	t.Helper()
	if a.StatusCode != status {
		t.Fatalf("%s %s = %d %s, want %d", a.Request.Method, a.Request.URL.Path, a.StatusCode, a.body, status)
	}
	if dst == nil {
		return
	}
	if err := json.Unmarshal(a.body, dst); err != nil {
		t.Fatal(err)
	}
}

// problem is what the tests look at of a problem document.
type problem struct {
	Type, Detail string
	Errors       []struct{ Pointer, Parameter, Code string }
}

func (p problem) faults() string {
	var all []string
	for _, e := range p.Errors {
		all = append(all, e.Pointer+e.Parameter+" "+e.Code)
	}
	return strings.Join(all, ", ")
}

func bearer(secret string) string { return "Bearer " + secret }

// TestTokenOverHTTP makes a token, uses it, finds it and revokes it, by nothing but requests.
func TestTokenOverHTTP(t *testing.T) {
	each(t, func(t *testing.T, f fixture) {
		s := f.server(t)
		_, secret := f.create(t, auth.NewToken{Name: "Admin", Role: auth.Admin})
		admin := bearer(secret)

		resp := call(t, s, "POST", "/v1/tokens", `{"name":"Front end","role":"reader","expiresAt":"2026-12-23T10:30:00+01:00"}`, admin)
		var made struct{ ID, Name, Role, CreatedAt, CreatedBy, ExpiresAt, Token string }
		resp.into(t, http.StatusCreated, &made)
		if made.Name != "Front end" || made.Role != "reader" || made.CreatedAt != "2026-11-23T09:30:00Z" || made.ExpiresAt != "2026-12-23T09:30:00Z" {
			t.Errorf("made %s", resp.body)
		}
		location := resp.Header.Get("Location")
		if location != base+"/v1/tokens/"+made.ID || resp.Header.Get("Cache-Control") != "private, no-store" {
			t.Errorf("headers of the new token: %v", resp.Header)
		}

		resp = call(t, s, "GET", "/v1/me", "", bearer(made.Token))
		resp.into(t, http.StatusOK, nil)
		if want := `{"id":"` + made.ID + `","name":"Front end","role":"reader","expiresAt":"2026-12-23T09:30:00Z"}`; string(resp.body) != want {
			t.Errorf("GET /v1/me = %s, want %s", resp.body, want)
		}

		resp = call(t, s, "GET", location, "", admin)
		resp.into(t, http.StatusOK, nil)
		want := `{"id":"` + made.ID + `","name":"Front end","role":"reader","createdAt":"2026-11-23T09:30:00Z","createdBy":"` + made.CreatedBy +
			`","expiresAt":"2026-12-23T09:30:00Z","lastUsedAt":"2026-11-23T09:30:00Z"}`
		if string(resp.body) != want {
			t.Errorf("the token is %s, want %s", resp.body, want)
		}
		var from, request string
		read(t, f.db, "SELECT address FROM audit WHERE actor_id = ?", &from, made.CreatedBy)
		read(t, f.db, "SELECT request_id FROM audit WHERE actor_id = ?", &request, made.CreatedBy)
		if from != "127.0.0.1" || request != "test-request" {
			t.Errorf("the audit says from %q by request %q", from, request)
		}

		resp = call(t, s, "DELETE", location, "", admin)
		resp.into(t, http.StatusNoContent, nil)
		call(t, s, "GET", "/v1/me", "", bearer(made.Token)).into(t, http.StatusUnauthorized, nil)
		for _, method := range []string{"DELETE", "GET"} {
			call(t, s, method, location, "", admin).into(t, http.StatusNotFound, nil)
		}
	})
}

func TestWhatTheHandlersRefuse(t *testing.T) {
	each(t, func(t *testing.T, f fixture) {
		s := f.server(t)
		token, secret := f.create(t, auth.NewToken{Name: "Admin", Role: auth.Admin})
		tests := []struct {
			method, path, body string
			status             int
			faults             string
		}{
			{"POST", "/v1/tokens", `{}`, 422, "/name required, /role required"},
			{"POST", "/v1/tokens", `{"name":"n","role":"root"}`, 422, "/role range"},
			{"POST", "/v1/tokens", `{"name":"n","role":"anyone"}`, 422, "/role range"},
			{"POST", "/v1/tokens", `{"name":"n","role":3}`, 422, "/role type"},
			{"POST", "/v1/tokens", `{"nmae":"n","role":"reader","expiresAt":"2026-11-23T09:30:00Z"}`, 422, "/nmae unknown, /name required, /expiresAt range"},
			{"POST", "/v1/tokens", `{"name":" ","role":"reader","id":"x","token":"y","createdBy":"z"}`, 422, "/id read-only, /token read-only, /createdBy read-only, /name length"},
			{"POST", "/v1/tokens", `{"name":"` + strings.Repeat("é", 201) + `","role":"reader","expiresAt":"soon"}`, 422, "/expiresAt format, /name length"},
			{"POST", "/v1/tokens", `{"name":"n","role":"reader"`, 400, ""},
			{"POST", "/v1/tokens?publish=true", `{"name":"n","role":"reader"}`, 400, "publish unknown"},
			{"POST", "/v1/tokens", ``, 400, ""},
			{"GET", "/v1/tokens?limit=0&limit=1&offset=2", ``, 400, "limit repeated, offset unknown"},
			{"GET", "/v1/tokens?limit=101", ``, 400, "limit range"},
			{"GET", "/v1/tokens?cursor=AAAA", ``, 400, "cursor format"},
			{"GET", "/v1/tokens?cursor=" + web.EncodeCursor("tokens", false, "nowhere"), ``, 400, "cursor format"},
			{"GET", "/v1/tokens?cursor=" + web.EncodeCursor("tokens", true), ``, 400, "cursor format"},
			{"GET", "/v1/me?x=1", ``, 400, "x unknown"},
			{"GET", "/v1/tokens/" + token.ID.String() + "?x=1", ``, 400, "x unknown"},
			{"DELETE", "/v1/tokens/" + token.ID.String() + "?force=1", ``, 400, "force unknown"},
			{"GET", "/v1/tokens/admin", ``, 404, ""},
			{"GET", "/v1/tokens/" + strings.ReplaceAll(token.ID.String(), "-", ""), ``, 404, ""},
			{"DELETE", "/v1/tokens/00000000-0000-0000-0000-000000000000", ``, 404, ""},
		}
		for _, tt := range tests {
			var p problem
			call(t, s, tt.method, tt.path, tt.body, bearer(secret)).into(t, tt.status, &p)
			if p.faults() != tt.faults {
				t.Errorf("%s %s %s: %s, want %s", tt.method, tt.path, tt.body, p.faults(), tt.faults)
			}
		}
		if l, err := f.List(t.Context(), newest.Part{}); err != nil || l.Total != 1 {
			t.Errorf("after what was refused there are %d tokens, %v, want 1", l.Total, err)
		}
	})
}

// TestListOverHTTP follows next to the end of the list and previous back to its start.
func TestListOverHTTP(t *testing.T) {
	each(t, func(t *testing.T, f fixture) {
		s := f.server(t)
		var admin string
		for _, name := range []string{"0", "1", "2", "3", "4"} {
			_, secret := f.create(t, auth.NewToken{Name: name, Role: auth.Admin})
			admin = bearer(secret)
		}
		type page struct {
			Items          []auth.Token
			Total          int
			Next, Previous string
		}
		var seen []string
		var p page
		walk := func(url string) {
			p = page{}
			resp := call(t, s, "GET", url, "", admin)
			resp.into(t, http.StatusOK, &p)
			seen = append(seen, names(newest.Listed[auth.Token]{Items: p.Items}))
			for _, link := range []string{p.Next, p.Previous} {
				if link != "" && !strings.Contains(strings.Join(resp.Header.Values("Link"), ","), "<"+link+">") {
					t.Errorf("the Link header %v lacks %s", resp.Header.Values("Link"), link)
				}
			}
			if p.Total != 5 || strings.Contains(string(resp.body), "wtp_") {
				t.Errorf("a page is %s", resp.body)
			}
		}
		for walk("/v1/tokens?limit=2"); p.Next != ""; walk(p.Next) {
		}
		for p.Previous != "" {
			walk(p.Previous)
		}
		if got, want := strings.Join(seen, " "), "43 21 0 21 43"; got != want {
			t.Errorf("the walk saw %s, want %s", got, want)
		}
	})
}
