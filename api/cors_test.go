package api_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/cpics/working-together-api/api"
	"github.com/cpics/working-together-api/api/apitest"
	"github.com/cpics/working-together-api/docs"
	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/database/dbtest"
)

const (
	ours   = "https://editor.example.nhs.uk"
	theirs = "https://elsewhere.example"
)

// withEditor is a service on which scripts of one origin may write.
func withEditor(t *testing.T) *apitest.Service {
	t.Helper()
	return apitest.New(t, dbtest.New(t, database.SQLite), func(c *api.Config) { c.CORSOrigins = []string{ours} })
}

func TestScriptsMayReadFromAnywhere(t *testing.T) {
	t.Parallel()
	s := withEditor(t)
	published(s, "/v1/pages", text("One"))
	for _, origin := range []string{"", ours, theirs, "null"} {
		for _, method := range []string{"GET", "HEAD"} {
			for address, status := range map[string]int{"/v1/pages": 200, "/v1/pages/one": 200, "/v1/pages/two": 404, "/v1/pages?x=1": 400, "/nothing": 404, "/v1/me": 401} {
				a := s.Anonymous().Do(method, address, nil, apitest.Header{"Origin", origin}).Must(status)
				if a.Header.Get("Access-Control-Allow-Origin") != "*" || a.Header.Get("Access-Control-Allow-Credentials") != "" {
					t.Errorf("%s %s from %q: %s", method, address, origin, headerLines(a.Header))
				}
				if got := a.Header.Get("Access-Control-Expose-Headers"); got != "ETag, Link, Location, Retry-After, RateLimit, RateLimit-Policy, X-Request-Id, Content-Disposition, Repr-Digest" {
					t.Errorf("%s %s exposes %q", method, address, got)
				}
			}
		}
	}
}

func TestScriptsMayWriteFromOurOrigin(t *testing.T) {
	t.Parallel()
	s := withEditor(t)
	for origin, want := range map[string]string{ours: ours, theirs: "", "": "", strings.ToUpper(ours): "", ours + ".elsewhere.example": "", "null": ""} {
		a := s.Editor().Post("/v1/pages", text("One"), apitest.Header{"Origin", origin}).Must(201)
		if got := a.Header.Get("Access-Control-Allow-Origin"); got != want || a.Header.Get("Access-Control-Allow-Credentials") != "" {
			t.Errorf("a write from %q: %q", origin, got)
		}
		if !slices.Contains(a.Header.Values("Vary"), "Origin") {
			t.Errorf("Vary: %q", a.Header.Values("Vary"))
		}
	}
}

func TestPreflights(t *testing.T) {
	t.Parallel()
	s := withEditor(t)
	for _, row := range []struct{ origin, method, allowed, methods string }{
		{theirs, "GET", "*", "GET"}, {theirs, "HEAD", "*", "HEAD"}, {theirs, "POST", "", ""}, {theirs, "DELETE", "", ""},
		{ours, "PUT", ours, "PUT"}, {ours, "PATCH", ours, "PATCH"}, {ours, "GET", ours, "GET"},
	} {
		a := s.Anonymous().Do("OPTIONS", "/v1/pages/one", nil, apitest.Header{"Origin", row.origin},
			apitest.Header{"Access-Control-Request-Method", row.method}, apitest.Header{"Access-Control-Request-Headers", "if-match"}).Must(204)
		if got := a.Header.Get("Access-Control-Allow-Origin"); got != row.allowed {
			t.Errorf("%s from %s: %q, want %q", row.method, row.origin, got, row.allowed)
		}
		if !strings.Contains(a.Header.Get("Access-Control-Allow-Methods"), row.methods) || row.methods == "" && a.Header.Get("Access-Control-Allow-Methods") != "" {
			t.Errorf("%s from %s: %s", row.method, row.origin, headerLines(a.Header))
		}
		headers := a.Header.Get("Access-Control-Allow-Headers")
		if row.allowed == ours && (!strings.Contains(headers, "If-Match") || !strings.Contains(headers, "Authorization")) || row.allowed == "*" && strings.Contains(headers, "Authorization") {
			t.Errorf("%s from %s allows the headers %s", row.method, row.origin, headers)
		}
		if a.Header.Get("Access-Control-Allow-Credentials") != "" || !slices.Contains(a.Header.Values("Vary"), "Origin") {
			t.Errorf("%s from %s: %s", row.method, row.origin, headerLines(a.Header))
		}
	}
}

// TestOptionsTellWhatIsThere compares Allow with the description.
func TestOptionsTellWhatIsThere(t *testing.T) {
	t.Parallel()
	s := withEditor(t)
	description, err := openapi3.NewLoader().LoadFromData(docs.OpenAPIJSON(apitest.BaseURL))
	if err != nil {
		t.Fatal(err)
	}
	for path, item := range description.Paths.Map() {
		want := slices.Collect(maps.Keys(item.Operations()))
		if item.Get != nil {
			want = append(want, "HEAD")
		}
		want = append(want, "OPTIONS")
		for _, address := range addressesOf(t, path, []string{"some-slug"}) {
			a := s.Anonymous().Do("OPTIONS", address, nil).Must(204)
			got := strings.Split(a.Header.Get("Allow"), ", ")
			slices.Sort(got)
			slices.Sort(want)
			if !slices.Equal(got, want) || len(a.Raw) > 0 {
				t.Errorf("%s: Allow %q, want %q", address, got, want)
			}
			accepts := ""
			if item.Patch != nil {
				accepts = "application/merge-patch+json"
			}
			if got := a.Header.Get("Accept-Patch"); got != accepts {
				t.Errorf("%s: Accept-Patch %q", address, got)
			}
			refused := s.Anonymous().Do("TRACE", address, nil).Problem(405, "method-not-allowed")
			if got := strings.Split(refused.Header.Get("Allow"), ", "); !slices.Equal(slices.Sorted(slices.Values(got)), want) {
				t.Errorf("%s: 405 allows %q, want %q", address, got, want)
			}
		}
	}
	s.Anonymous().Do("OPTIONS", "/v1/nothing", nil).Problem(404, "not-found")
}
