package web_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/andybalholm/brotli"
	"github.com/labstack/echo/v4"

	"github.com/cpics/working-together-api/internal/errs"
	"github.com/cpics/working-together-api/internal/web"
)

var modified = time.Date(2026, 11, 23, 9, 30, 0, 0, time.UTC)

// large is worth compressing.
var large = map[string]string{"title": "A & <b>é</b>", "body": strings.Repeat("Working together. ", 200)}

func public(e *echo.Echo) {
	web.GET(e, "/v1/large", func(c echo.Context) error {
		web.SetLinks(c, web.Page[int]{Next: "https://a/n"})
		return web.Public(c, large, web.PublicOptions{LastModified: modified})
	})
	web.GET(e, "/v1/small", func(c echo.Context) error {
		return web.Public(c, map[string]int{"a": 1}, web.PublicOptions{CacheControl: "public, no-cache"})
	})
}

// decoded undoes the answer's content coding.
func decoded(t *testing.T, a answer) string {
	t.Helper()
	var r io.Reader = bytes.NewReader(a.body)
	switch a.Header.Get("Content-Encoding") {
	case "br":
		r = brotli.NewReader(r)
	case "gzip":
		zr, err := gzip.NewReader(r)
		if err != nil {
			t.Fatal(err)
		}
		r = zr
	}
	plain, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(plain)
}

func TestPublicNegotiation(t *testing.T) {
	s := serve(t, public)
	plain := s.do(t, "GET", "/v1/large", "")
	tags := map[string]string{}
	for accept, want := range map[string]string{
		"":                                "",
		"br":                              "br",
		"gzip":                            "gzip",
		"x-gzip":                          "gzip",
		"GZIP":                            "gzip",
		"gzip, deflate, br, zstd":         "br",
		"gzip;q=1, br;q=0.5":              "gzip",
		"gzip;q=0.5, br ; q=0.5":          "br",
		"br;q=0, gzip;q=0.001":            "gzip",
		"br;q=0":                          "",
		"identity, gzip;q=0.5":            "",
		"identity;q=0.5, gzip;q=0.5":      "gzip",
		"identity;q=0, gzip":              "gzip",
		"*":                               "br",
		"*;q=0.5, br;q=0":                 "gzip",
		"gzip;q=0.5, *;q=0":               "gzip",
		"*;q=0":                           "",
		"deflate":                         "",
		"identity;q=0":                    "",
		"br;q=2, gzip;q=x, gzip;level=9,": "",
	} {
		a := s.do(t, "GET", "/v1/large", "", "Accept-Encoding: "+accept)
		got := a.Header.Get("Content-Encoding")
		if got != want {
			t.Errorf("%q: %q, want %q", accept, got, want)
		}
		if decoded(t, a) != string(plain.body) {
			t.Errorf("%q: another body", accept)
		}
		if a.Header.Get("Vary") != "Accept-Encoding" {
			t.Errorf("%q: Vary %q", accept, a.Header.Values("Vary"))
		}
		if known := tags[got]; known != "" && known != a.Header.Get("Etag") {
			t.Errorf("%q: two tags for one coding", accept)
		}
		tags[got] = a.Header.Get("Etag")
	}
	base := strings.TrimSuffix(tags[""], `"`)
	if len(tags) != 3 || tags["br"] != base+`-br"` || tags["gzip"] != base+`-gz"` {
		t.Errorf("tags %v", tags)
	}
}

func TestPublicHeaders(t *testing.T) {
	s := serve(t, public)
	h := s.do(t, "GET", "/v1/large", "").Header
	for name, want := range map[string]string{
		"Content-Type":  "application/json",
		"Cache-Control": "public, max-age=60, stale-while-revalidate=60, stale-if-error=86400",
		"Last-Modified": "Mon, 23 Nov 2026 09:30:00 GMT",
	} {
		if h.Get(name) != want {
			t.Errorf("%s %q", name, h.Get(name))
		}
	}
	small := s.do(t, "GET", "/v1/small", "", "Accept-Encoding: br")
	if string(small.body) != `{"a":1}` || small.Header.Get("Content-Encoding") != "" || small.Header.Get("Vary") != "Accept-Encoding" ||
		small.Header.Get("Cache-Control") != "public, no-cache" || small.Header.Get("Last-Modified") != "" {
		t.Errorf("%s %v", small.body, small.Header)
	}
	// The tag is the first half of SHA-256 over the body, so every server makes the same.
	if got := small.Header.Get("Etag"); got != `"AVq9f1zFei3ZS3WQ8ErYCA"` {
		t.Errorf("tag %s", got)
	}
	if forced := s.do(t, "GET", "/v1/small", "", "Accept-Encoding: gzip, identity;q=0"); forced.Header.Get("Content-Encoding") != "gzip" {
		t.Error("identity was sent to a client that refuses it")
	}
	if body := s.do(t, "GET", "/v1/large", "").body; !bytes.Contains(body, []byte("A & <b>é</b>")) {
		t.Error("characters were escaped that need it only inside HTML")
	}
}

func TestPublic304(t *testing.T) {
	s := serve(t, public)
	for _, coding := range []string{"", "br", "gzip"} {
		accept := "Accept-Encoding: " + coding
		full := s.do(t, "GET", "/v1/large", "", accept)
		for _, condition := range []string{"If-None-Match: " + full.Header.Get("Etag"), "If-None-Match: W/" + full.Header.Get("Etag"),
			"If-None-Match: *", "If-Modified-Since: Mon, 23 Nov 2026 09:30:00 GMT"} {
			for _, method := range []string{"GET", "HEAD"} {
				a := s.do(t, method, "/v1/large", "", accept, condition, "Cache-Control: no-cache")
				if a.StatusCode != http.StatusNotModified || len(a.body) != 0 {
					t.Fatalf("%s %s: %d", method, condition, a.StatusCode)
				}
				for _, name := range []string{"Etag", "Cache-Control", "Vary", "Last-Modified", "Link", "Access-Control-Allow-Origin"} {
					if a.Header.Get(name) != full.Header.Get(name) {
						t.Errorf("%s: %q, with 200 %q", name, a.Header.Get(name), full.Header.Get(name))
					}
				}
				if a.Header.Get("Content-Type") != "" || a.Header.Get("Content-Encoding") != "" {
					t.Errorf("a 304 describes a body: %v", a.Header)
				}
			}
		}
	}
	brotliTag := s.do(t, "GET", "/v1/large", "", "Accept-Encoding: br").Header.Get("Etag")
	if a := s.do(t, "GET", "/v1/large", "", "If-None-Match: "+brotliTag); a.StatusCode != http.StatusOK {
		t.Errorf("another coding's tag: %d", a.StatusCode)
	}
	s.do(t, "GET", "/v1/large", "", `If-Match: "other"`).problem(t, errs.Stale)
}

func TestPublicWithACredential(t *testing.T) {
	s := serve(t, public)
	a := s.do(t, "GET", "/v1/large", "", "Authorization: Bearer x")
	if a.StatusCode != http.StatusOK || a.Header.Get("Cache-Control") != "private, no-store" {
		t.Errorf("%d %q", a.StatusCode, a.Header.Get("Cache-Control"))
	}
	// Serve keeps the rule by itself, too: a kept representation may be served ahead of the middleware.
	r := httptest.NewRequest("GET", "/", nil)
	r.Header.Set("Authorization", "Bearer x")
	w := httptest.NewRecorder()
	if err := web.NewRepresentation([]byte("{}"), web.PublicOptions{}).Serve(echo.New().NewContext(r, w)); err != nil {
		t.Fatal(err)
	}
	if got := w.Header().Get("Cache-Control"); got != "private, no-store" {
		t.Errorf("without middleware %q", got)
	}
}

func TestDraft(t *testing.T) {
	s := serve(t, func(e *echo.Echo) {
		web.GET(e, "/v1/draft", func(c echo.Context) error { return web.Draft(c, http.StatusOK, large, 7) })
		e.PUT("/v1/draft", func(c echo.Context) error { return web.Draft(c, http.StatusCreated, large, 0) })
		web.GET(e, "/v1/me", func(c echo.Context) error { return web.Private(c, http.StatusOK, large) })
		web.GET(e, "/v1/broken", func(c echo.Context) error { return web.Private(c, http.StatusOK, func() {}) })
		web.GET(e, "/v1/broken-too", func(c echo.Context) error { return web.Public(c, func() {}, web.PublicOptions{}) })
	})
	for _, test := range []struct {
		method, path string
		status       int
		tag          string
	}{{"GET", "/v1/draft", 200, `"v7"`}, {"HEAD", "/v1/draft", 200, `"v7"`}, {"PUT", "/v1/draft", 201, ""}, {"GET", "/v1/me", 200, ""}} {
		a := s.do(t, test.method, test.path, "", "Accept-Encoding: br, gzip")
		if a.StatusCode != test.status || a.Header.Get("Etag") != test.tag || a.Header.Get("Cache-Control") != "private, no-store" || a.Header.Get("Content-Encoding") != "" {
			t.Errorf("%+v: %d %v", test, a.StatusCode, a.Header)
		}
	}
	s.do(t, "GET", "/v1/broken", "").problem(t, errs.Internal)
	s.do(t, "GET", "/v1/broken-too", "").problem(t, errs.Internal)
}

func TestMoved(t *testing.T) {
	s := serve(t, func(e *echo.Echo) {
		moved := func(c echo.Context) error { return web.Moved(c, baseURL+"/v1/things/new") }
		web.GET(e, "/v1/things/old", moved)
		e.PATCH("/v1/things/old", moved)
	})
	for _, method := range []string{"GET", "HEAD", "PATCH"} {
		a := s.do(t, method, "/v1/things/old?view=draft&a=%20", "")
		if a.StatusCode != http.StatusPermanentRedirect || a.Header.Get("Location") != baseURL+"/v1/things/new?view=draft&a=%20" || a.Header.Get("Cache-Control") != "public, max-age=60" {
			t.Errorf("%s: %d %v", method, a.StatusCode, a.Header)
		}
	}
	if got := s.do(t, "GET", "/v1/things/old", "").Header.Get("Location"); got != baseURL+"/v1/things/new" {
		t.Error(got)
	}
}

func TestRepresentationServesManyAtOnce(t *testing.T) {
	body := bytes.Repeat([]byte("Working together. "), 200)
	rep := web.NewRepresentation(body, web.PublicOptions{MediaType: "text/plain; charset=utf-8"})
	if rep.Size() != len(body) || rep.ETag() == "" {
		t.Errorf("size %d", rep.Size())
	}
	s := serve(t, func(e *echo.Echo) { web.GET(e, "/v1/kept", rep.Serve) })
	var group sync.WaitGroup
	for range 8 {
		for _, accept := range []string{"", "br", "gzip"} {
			group.Go(func() {
				a := s.do(t, "GET", "/v1/kept", "", "Accept-Encoding: "+accept)
				if a.Header.Get("Content-Encoding") != accept || decoded(t, a) != string(body) || a.Header.Get("Content-Type") != "text/plain; charset=utf-8" {
					t.Errorf("%q: %v", accept, a.Header)
				}
			})
		}
	}
	group.Wait()
	if rep.Size() <= len(body) || rep.Size() > 2*len(body) {
		t.Errorf("size %d after three codings of %d", rep.Size(), len(body))
	}
}

func BenchmarkServe(b *testing.B) {
	body, err := web.Marshal(large)
	if err != nil {
		b.Fatal(err)
	}
	rep := web.NewRepresentation(body, web.PublicOptions{LastModified: modified})
	e := echo.New()
	r, err := http.NewRequest("GET", "/", nil)
	if err != nil {
		b.Fatal(err)
	}
	r.Header.Set("Accept-Encoding", "gzip, br")
	b.ReportAllocs()
	for b.Loop() {
		if err := rep.Serve(e.NewContext(r, discard{http.Header{}})); err != nil {
			b.Fatal(err)
		}
	}
}

// discard is a ResponseWriter that costs nothing.
type discard struct{ header http.Header }

func (d discard) Header() http.Header       { return d.header }
func (discard) Write(b []byte) (int, error) { return len(b), nil }
func (discard) WriteHeader(int)             {}
