// Package apitest runs the whole service, on real databases and a real socket, for tests that speak HTTP to it.
package apitest

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/cpics/working-together-api/api"
	"github.com/cpics/working-together-api/internal/auth"
	"github.com/cpics/working-together-api/internal/blob"
	"github.com/cpics/working-together-api/internal/content"
	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/database/dbtest"
	"github.com/cpics/working-together-api/internal/richtext"
	"github.com/cpics/working-together-api/internal/web"
)

// BaseURL is what the service under test believes to be its address: answers do not depend on the port it has.
const BaseURL = "https://api.example.nhs.uk"

// Service is a running service with a token for every role.
type Service struct {
	URL     string
	Handler http.Handler // what answers at URL, for a test that serves it in another way
	DB      *database.DB
	Roles   map[auth.Role]Client
	Stop    func() // ends the work beside the requests, as a service that stops does; requests are answered still
}

// Each runs a test once an engine, on a service with an empty database.
func Each(t *testing.T, test func(t *testing.T, s *Service)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, db *database.DB) { test(t, New(t, db)) })
}

// New starts a service on a database; change may alter its settings.
func New(t testing.TB, db *database.DB, change ...func(*api.Config)) *Service {
	t.Helper()
	cfg := api.Config{DB: db, Site: Site(t), Log: slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelError})), Version: "test", MaxBodyKB: 1024,
		Blobs: Folder(t), MaxUploadMB: 100, OverviewPage: "working-together", ToolkitPage: "toolkit"}
	for _, f := range change {
		f(&cfg)
	}
	service, err := api.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(service)
	t.Cleanup(server.Close)
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { service.Run(ctx) })
	s := &Service{URL: server.URL, Handler: service, DB: db, Roles: map[auth.Role]Client{}}
	s.Stop = func() {
		stop()
		running.Wait()
	}
	t.Cleanup(s.Stop) // before the server is closed, which waits for its answers
	s.Roles[auth.Anyone] = Client{t: t, url: server.URL}
	store := auth.NewStore(db)
	for _, role := range auth.Roles() {
		_, secret, err := store.Create(context.Background(), auth.System("test"), auth.NewToken{Name: role.String(), Role: role})
		if err != nil {
			t.Fatal(err)
		}
		s.Roles[role] = Client{t: t, url: server.URL, token: secret}
	}
	return s
}

// Folder is an empty store of files.
func Folder(t testing.TB) *blob.Store {
	t.Helper()
	store, err := blob.Open(t.Context(), "file:"+t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	return store
}

// Site is the site of every service under test.
func Site(t testing.TB) *content.Site {
	t.Helper()
	text, err := richtext.New(BaseURL, content.Collections()...)
	if err != nil {
		t.Fatal(err)
	}
	return &content.Site{BaseURL: BaseURL, WebTemplate: "https://www.example.nhs.uk/working-together/{type}/{slug}", Text: text,
		Licence:     content.Licence{Name: "Open Government Licence v3.0", URL: "https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/"},
		Attribution: content.Attribution{Text: "Contains public sector information.", URL: "https://www.example.nhs.uk/attribution"}}
}

// Token is the secret of the role's token.
func (s *Service) Token(role string) string {
	r, _ := auth.ParseRole(role)
	return s.Roles[r].token
}

// Anonymous is a client without a token.
func (s *Service) Anonymous() Client { return s.Roles[auth.Anyone] }

// Reader is a client with the role reader.
func (s *Service) Reader() Client { return s.Roles[auth.Reader] }

// Editor is a client with the role editor.
func (s *Service) Editor() Client { return s.Roles[auth.Editor] }

// Publisher is a client with the role publisher.
func (s *Service) Publisher() Client { return s.Roles[auth.Publisher] }

// Admin is a client with the role admin.
func (s *Service) Admin() Client { return s.Roles[auth.Admin] }

// Client speaks to the service as somebody.
type Client struct {
	t     testing.TB
	url   string
	token string
}

// At is the same client, with the same token, of another service on the same database.
func (c Client) At(s *Service) Client { return Client{t: c.t, url: s.URL, token: c.token} }

// Header is one header of a request: name and value.
type Header [2]string

// IfMatch is the header that names a version.
func IfMatch(tag string) Header { return Header{"If-Match", tag} }

// Answer is what the service said.
type Answer struct {
	t testing.TB
	*http.Response
	Raw []byte
}

// Get asks for an address.
func (c Client) Get(path string, headers ...Header) *Answer {
	c.t.Helper()
	return c.Do("GET", path, nil, headers...)
}

// Post sends a document; a string goes as it is.
func (c Client) Post(path string, body any, headers ...Header) *Answer {
	c.t.Helper()
	return c.Do("POST", path, body, headers...)
}

// Put replaces a document.
func (c Client) Put(path string, body any, headers ...Header) *Answer {
	c.t.Helper()
	return c.Do("PUT", path, body, headers...)
}

// Patch sends a merge patch.
func (c Client) Patch(path string, body any, headers ...Header) *Answer {
	c.t.Helper()
	return c.Do("PATCH", path, body, append([]Header{{"Content-Type", "application/merge-patch+json"}}, headers...)...)
}

// Delete deletes.
func (c Client) Delete(path string, headers ...Header) *Answer {
	c.t.Helper()
	return c.Do("DELETE", path, nil, headers...)
}

// Do sends any request. Redirects are not followed. A stream of events, which has no end, is left when it has begun.
func (c Client) Do(method, path string, body any, headers ...Header) *Answer {
	c.t.Helper()
	var reader io.Reader
	if body != nil {
		reader = bytes.NewReader(bodyOf(c.t, body))
	}
	req, err := http.NewRequest(method, c.url+strings.TrimPrefix(path, BaseURL), reader)
	if err != nil {
		c.t.Fatal(err)
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	for _, h := range headers {
		req.Header.Set(h[0], h[1])
	}
	resp, err := client(c.t).Do(req)
	if err != nil {
		c.t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.Header.Get("Content-Type") == web.MediaTypeEvents {
		return &Answer{t: c.t, Response: resp}
	}
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return &Answer{t: c.t, Response: resp, Raw: raw}
}

func bodyOf(t testing.TB, body any) []byte {
	t.Helper()
	switch b := body.(type) {
	case string:
		return []byte(b)
	case []byte:
		return b
	}
	b, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Must fails the test unless the answer has the status.
func (a *Answer) Must(status int) *Answer {
	a.t.Helper()
	if a.StatusCode != status {
		a.t.Fatalf("%s %s: %d, want %d\n%s", a.Request.Method, a.Request.URL, a.StatusCode, status, a.Raw)
	}
	return a
}

// Problem fails the test unless the answer is a problem of the type with the status that belongs to it.
func (a *Answer) Problem(status int, kind string) *Answer {
	a.t.Helper()
	a.Must(status)
	if got := a.String("type"); got != BaseURL+"/docs/problems#"+kind {
		a.t.Fatalf("%s %s: problem %q, want %q\n%s", a.Request.Method, a.Request.URL, got, kind, a.Raw)
	}
	return a
}

// JSON decodes the answer.
func (a *Answer) JSON() map[string]any {
	a.t.Helper()
	var v map[string]any
	if err := json.Unmarshal(a.Raw, &v); err != nil {
		a.t.Fatalf("%s %s: %v\n%s", a.Request.Method, a.Request.URL, err, a.Raw)
	}
	return v
}

// At is the value at a path of member names and list places, such as "items", 0, "title"; nil where nothing is.
func (a *Answer) At(path ...any) any {
	a.t.Helper()
	var v any
	if err := json.Unmarshal(a.Raw, &v); err != nil {
		a.t.Fatalf("%s %s: %v\n%s", a.Request.Method, a.Request.URL, err, a.Raw)
	}
	for _, step := range path {
		switch s := step.(type) {
		case string:
			m, _ := v.(map[string]any)
			v = m[s]
		case int:
			l, _ := v.([]any)
			if s >= len(l) {
				return nil
			}
			v = l[s]
		}
	}
	return v
}

// String is the text at a path, "" where there is none.
func (a *Answer) String(path ...any) string {
	a.t.Helper()
	s, _ := a.At(path...).(string)
	return s
}

// Int is the number at a path, 0 where there is none.
func (a *Answer) Int(path ...any) int {
	a.t.Helper()
	n, _ := a.At(path...).(float64)
	return int(n)
}

// List is the list at a path.
func (a *Answer) List(path ...any) []any {
	a.t.Helper()
	l, _ := a.At(path...).([]any)
	return l
}

// Column gathers one member of every item of the list "items".
func (a *Answer) Column(member string) []string {
	a.t.Helper()
	var values []string
	for i := range a.List("items") {
		values = append(values, a.String("items", i, member))
	}
	return values
}

// Faults lists the errors of a problem as "pointer code", or "parameter code".
func (a *Answer) Faults() []string {
	a.t.Helper()
	var faults []string
	for i := range a.List("errors") {
		faults = append(faults, a.String("errors", i, "pointer")+a.String("errors", i, "parameter")+" "+a.String("errors", i, "code"))
	}
	return faults
}

// Tag is the answer's ETag.
func (a *Answer) Tag() string { return a.Header.Get("ETag") }
