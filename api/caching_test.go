package api_test

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"

	"github.com/cpics/working-together-api/api/apitest"
)

const publicly = "public, max-age=60, stale-while-revalidate=60, stale-if-error=86400"

var strongTag = regexp.MustCompile(`^"[!#-~]+"$`)

// TestWhatMayBeKept asks for every address of the description as nobody and with a credential.
func TestWhatMayBeKept(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		relive(t, s, true)
		for address, op := range reads(t) {
			probe := address == "/healthz" || address == "/readyz"
			unkept := probe || address == "/v1/changes/stream"
			public := s.Anonymous().Get(address)
			caching := public.Header.Get("Cache-Control")
			if address == "/v1/changes" && caching == "public, no-cache" { // to be asked for every time
				caching = publicly
			}
			switch {
			case unkept:
				if !strings.Contains(caching, "no-store") {
					t.Errorf("%s: %q", address, caching)
				}
			case public.StatusCode != 200:
				if caching != "no-store" {
					t.Errorf("%s, %d: %q", address, public.StatusCode, caching)
				}
			case caching != publicly && !(strings.HasPrefix(address, "/docs/assets/") && strings.HasPrefix(caching, "public, max-age=")),
				!strongTag.MatchString(public.Tag()), !slices.Equal(public.Header.Values("Vary"), []string{"Accept-Encoding"}):
				t.Errorf("%s: %s", address, headerLines(public.Header))
			}
			if strings.Contains(caching, "s-maxage") || public.Header.Get("Age")+public.Header.Get("Set-Cookie")+public.Header.Get("RateLimit") != "" {
				t.Errorf("%s: %s", address, headerLines(public.Header))
			}
			if op.Extensions["x-role"] == "anyone" && public.StatusCode == 401 {
				t.Errorf("%s needs a credential", address)
			}
			if private := s.Admin().Get(address); !probe && private.Header.Get("Cache-Control") != "private, no-store" {
				t.Errorf("%s with a credential: %q", address, private.Header.Get("Cache-Control"))
			}
		}
	})
}

// TestAnswersToCredentialsAreNeverKept: a valid credential or not, for reading and for writing.
func TestAnswersToCredentialsAreNeverKept(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		made := published(s, "/v1/pages", text("One"))
		ref := "/v1/pages/" + made.String("id")
		moved := s.Publisher().Patch(ref+"?publish=true&updateType=minor", doc{"slug": "first"}, anyVersion).Must(200)
		bad := apitest.Header{"Authorization", "Bearer wtp_nonsense"}
		answers := []*apitest.Answer{made, moved,
			s.Anonymous().Get(ref, bad).Problem(401, "unauthenticated"),
			s.Anonymous().Get("/v1/pages", bad).Problem(401, "unauthenticated"),
			s.Anonymous().Get("/nothing", bad).Problem(404, "not-found"),
			s.Reader().Get(ref).Must(200),
			s.Reader().Get(ref, apitest.Header{"If-None-Match", s.Anonymous().Get(ref).Tag()}).Must(304),
			s.Reader().Get("/v1/pages/one").Must(308),
			s.Reader().Get("/v1/pages/nothing").Problem(404, "not-found"),
			s.Reader().Get("/v1/pages?limit=0").Problem(400, "invalid-query"),
			s.Reader().Get(ref + "?view=draft").Must(200),
			s.Reader().Get("/v1/pages?view=draft").Must(200),
			s.Reader().Do("HEAD", ref, nil).Must(200),
			s.Reader().Do("OPTIONS", ref, nil).Must(204),
			s.Reader().Post(ref+"/publish", nil, anyVersion).Problem(403, "forbidden"),
			s.Editor().Patch(ref, doc{"title": ""}, anyVersion).Problem(422, "invalid-content"),
			s.Publisher().Delete(ref, anyVersion).Must(204),
			s.Reader().Get(ref).Problem(410, "gone"),
		}
		for _, a := range answers {
			if got := a.Header.Get("Cache-Control"); got != "private, no-store" {
				t.Errorf("%s %s, %d: %q", a.Request.Method, a.Request.URL, a.StatusCode, got)
			}
		}
	})
}

func TestErrorsAndRedirectsSayHowLong(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		relive(t, s, true)
		for address, want := range map[string]struct {
			status  int
			caching string
		}{
			"/v1/case-studies/five":           {308, "public, max-age=60"},
			"/v1/case-studies/five?a=1":       {400, "no-store"},
			"/v1/case-studies/three":          {410, "no-store"},
			"/v1/case-studies/six":            {404, "no-store"},
			"/v1/case-studies/nothing":        {404, "no-store"},
			"/v1/case-studies?limit=0":        {400, "no-store"},
			"/v1/case-studies/one?view=draft": {401, "no-store"},
			"/v1/tokens":                      {401, "no-store"},
			"/nothing":                        {404, "no-store"},
			"/v1/case-studies/four":           {200, publicly},
		} {
			a := s.Anonymous().Get(address).Must(want.status)
			if got := a.Header.Get("Cache-Control"); got != want.caching {
				t.Errorf("%s: %q, want %q", address, got, want.caching)
			}
		}
		if a := s.Anonymous().Do("DELETE", "/v1/pages", nil).Problem(405, "method-not-allowed"); a.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("405: %v", a.Header)
		}
	})
}

// TestNothingOfTheRequestGetsIn: what a client says of hosts, forms and methods neither chooses nor poisons an answer.
func TestNothingOfTheRequestGetsIn(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		relive(t, s, true)
		claims := headers{"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "http", "Forwarded": "host=evil.example", "X-Original-Url": "/v1/me",
			"X-Http-Method-Override": "DELETE", "Accept": "text/html", "Accept-Language": "cy", "Range": "bytes=0-9", "Cookie": "a=b",
			"X-Forwarded-Prefix": "/evil", "Referer": "https://evil.example/"}
		for _, address := range []string{"/", "/v1/overview", "/v1/case-studies?limit=1", "/v1/case-studies/one", "/v1/case-studies/five", "/v1/nothing", "/v1/openapi.json"} {
			same := apitest.Header{"X-Request-Id", "same"}
			want := s.Anonymous().Get(address, same)
			for name, value := range claims {
				got := s.Anonymous().Get(address, same, apitest.Header{name, value})
				if got.StatusCode != want.StatusCode || string(got.Raw) != string(want.Raw) || got.Tag() != want.Tag() || got.Header.Get("Location") != want.Header.Get("Location") {
					t.Errorf("%s with %s: %d\n%s", address, name, got.StatusCode, got.Raw)
				}
			}
		}
	})
}

// TestCodings reads one large answer in every way that a client may ask for it.
func TestCodings(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		published(s, "/v1/pages", text("Long", "body", strings.Repeat("Long text. ", 500)))
		plain := s.Anonymous().Get("/v1/pages/long").Must(200)
		tags := map[string]string{"": plain.Tag()}
		for accept, want := range map[string]string{
			"": "", "identity": "", "gzip": "gzip", "br": "br", "gzip, br": "br", "br, gzip": "br", "gzip, deflate, br, zstd": "br",
			"gzip;q=1.0, br;q=0.5": "gzip", "br;q=0, gzip": "gzip", "br;q=0": "", "*": "br", "*;q=0.1, gzip": "gzip", "gzip;q=0, *": "br",
			"identity;q=0, gzip;q=0.1": "gzip", "identity, gzip;q=0.5": "", "deflate": "", "GZIP": "gzip", "x-gzip": "gzip",
			"gzip;q=0.001": "gzip", "gzip;q=abc": "", "gzip;q=2": "", " gzip ; q=0.8 , br ; q=0.9 ": "br",
		} {
			a := s.Anonymous().Get("/v1/pages/long", apitest.Header{"Accept-Encoding", accept}).Must(200)
			got := a.Header.Get("Content-Encoding")
			if got != want || !bytes.Equal(decode(t, got, a.Raw), plain.Raw) {
				t.Errorf("Accept-Encoding: %s: %q, want %q", accept, got, want)
			}
			if tag, known := tags[got]; known && tag != a.Tag() || !strongTag.MatchString(a.Tag()) {
				t.Errorf("Accept-Encoding: %s: %s has the tag %s and %s", accept, got, tag, a.Tag())
			}
			tags[got] = a.Tag()
			s.Anonymous().Get("/v1/pages/long", apitest.Header{"Accept-Encoding", accept}, apitest.Header{"If-None-Match", a.Tag()}).Must(304)
		}
		if len(slices.Compact(slices.Sorted(maps.Values(tags)))) != 3 {
			t.Errorf("codings share tags: %q", tags)
		}
		s.Anonymous().Get("/v1/pages/long", apitest.Header{"Accept-Encoding", "br"}, apitest.Header{"If-None-Match", tags["gzip"]}).Must(200)
	})
}

// decode undoes a content coding.
func decode(t *testing.T, coding string, raw []byte) []byte {
	t.Helper()
	var r io.Reader = bytes.NewReader(raw)
	switch coding {
	case "gzip":
		z, err := gzip.NewReader(r)
		if err != nil {
			t.Fatal(err)
		}
		r = z
	case "br":
		r = brotli.NewReader(r)
	}
	plain, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return plain
}

// TestWriteTagsAreLeftAlone: what carries a tag for writing is never compressed, and no public tag is one.
func TestWriteTagsAreLeftAlone(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		accept := apitest.Header{"Accept-Encoding", "br, gzip"}
		long := text("Long", "body", strings.Repeat("Long text. ", 500))
		made := s.Publisher().Post("/v1/pages?publish=true", long, accept).Must(201)
		ref := "/v1/pages/" + made.String("id")
		for _, a := range []*apitest.Answer{made, s.Reader().Get(ref+"?view=draft", accept).Must(200),
			s.Editor().Patch(ref, doc{"summary": "New."}, accept, anyVersion).Must(200),
			s.Editor().Put(ref, long, accept, anyVersion).Must(200)} {
			if a.Header.Get("Content-Encoding") != "" || a.Request.Method != http.MethodPut && a.Tag() != fmt.Sprintf(`"v%d"`, a.Int("version")) {
				t.Errorf("%s %s: %v", a.Request.Method, a.Request.URL, a.Header)
			}
			if a.Request.Method == http.MethodPut && a.Tag() != "" {
				t.Errorf("a PUT has the tag %s", a.Tag())
			}
		}
		public := s.Anonymous().Get(ref).Must(200).Tag()
		s.Editor().Patch(ref, doc{"summary": "Newer."}, apitest.IfMatch(public)).Problem(412, "stale")
		s.Anonymous().Get(ref, apitest.IfMatch(`"v3"`)).Problem(412, "stale")
	})
}
