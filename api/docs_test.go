package api_test

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"github.com/cpics/working-together-api/api"
	"github.com/cpics/working-together-api/api/apitest"
	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/database/dbtest"
	"github.com/cpics/working-together-api/internal/web"
)

const publishedAt = "https://api.example.nhs.uk/base"

// docsServer serves nothing but the description and its pages.
func docsServer(t *testing.T) string {
	t.Helper()
	d, err := api.NewDocs(publishedAt)
	if err != nil {
		t.Fatal(err)
	}
	e := echo.New()
	e.HTTPErrorHandler = web.ErrorHandler(publishedAt, slog.New(slog.DiscardHandler))
	e.Use(web.RequestIDs(), web.SecurityHeaders(publishedAt))
	web.GET(e, "/v1/openapi.json", d.OpenAPIJSON)
	web.GET(e, "/v1/openapi.yaml", d.OpenAPIYAML)
	web.GET(e, "/v1/swagger.json", d.SwaggerJSON)
	web.GET(e, "/docs", d.Reference)
	web.GET(e, "/docs/problems", d.Problems)
	web.GET(e, "/docs/assets/:name", d.Asset)
	server := httptest.NewServer(e)
	t.Cleanup(server.Close)
	return server.URL
}

func fetch(t *testing.T, url string, header ...string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(body)
}

func TestDescriptionsNameTheService(t *testing.T) {
	t.Parallel()
	server := docsServer(t)
	for path, mediaType := range map[string]string{
		"/v1/openapi.json": "application/json", "/v1/openapi.yaml": "application/yaml", "/v1/swagger.json": "application/json",
	} {
		resp, body := fetch(t, server+path)
		if resp.StatusCode != 200 || resp.Header.Get("Content-Type") != mediaType {
			t.Errorf("%s: %d %s", path, resp.StatusCode, resp.Header.Get("Content-Type"))
		}
		if strings.Contains(body, "127.0.0.1") {
			t.Errorf("%s names another address than the service's own", path)
		}
		again, _ := fetch(t, server+path, "If-None-Match", resp.Header.Get("ETag"))
		if again.StatusCode != http.StatusNotModified {
			t.Errorf("%s: %d for a current copy", path, again.StatusCode)
		}
		if refused, _ := fetch(t, server+path+"?surprise=1"); refused.StatusCode != http.StatusBadRequest {
			t.Errorf("%s: %d for an unknown parameter", path, refused.StatusCode)
		}
	}
}

// TestDocsAreAsDescribed asks the whole service, whose answers are checked against the description.
func TestDocsAreAsDescribed(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, dbtest.New(t, database.SQLite))
	for _, path := range []string{
		"/v1/openapi.json", "/v1/openapi.yaml", "/v1/swagger.json", "/docs", "/docs/problems",
		"/docs/assets/pages.css", "/docs/assets/reference.js", "/docs/assets/favicon.png", "/docs/assets/swagger-ui.license.txt",
	} {
		if answer := s.Anonymous().Get(path); answer.StatusCode != http.StatusOK {
			t.Errorf("%s: %d", path, answer.StatusCode)
		}
	}
}

func TestDescriptionServers(t *testing.T) {
	t.Parallel()
	_, body := fetch(t, docsServer(t)+"/v1/openapi.json")
	var doc struct {
		OpenAPI string
		Servers []struct{ URL string }
	}
	if err := json.Unmarshal([]byte(body), &doc); err != nil {
		t.Fatal(err)
	}
	if doc.OpenAPI != "3.0.3" || len(doc.Servers) != 1 || doc.Servers[0].URL != publishedAt {
		t.Errorf("got %+v", doc)
	}
}

// TestPagesLoadOnlyWhatIsServed follows every address that the pages load: all are here, none elsewhere, and no
// script stands in a page, so that the policy may forbid it.
func TestPagesLoadOnlyWhatIsServed(t *testing.T) {
	t.Parallel()
	server := docsServer(t)
	loaded := regexp.MustCompile(`(?:<script src|<link rel="[a-z]+" href)="([^"]+)"`)
	for _, path := range []string{"/docs", "/docs/problems"} {
		resp, body := fetch(t, server+path+"?utm_source=mail")
		if resp.StatusCode != 200 || !strings.HasPrefix(resp.Header.Get("Content-Type"), "text/html") {
			t.Fatalf("%s: %d %s", path, resp.StatusCode, resp.Header.Get("Content-Type"))
		}
		policy := resp.Header.Get("Content-Security-Policy")
		if strings.Contains(policy, "unsafe") || !strings.Contains(policy, "default-src 'none'") {
			t.Errorf("%s: policy %s", path, policy)
		}
		if strings.Contains(body, "<script>") || strings.Contains(body, " style=") || strings.Contains(body, "<style") {
			t.Errorf("%s has script or style of its own", path)
		}
		assets := loaded.FindAllStringSubmatch(body, -1)
		if len(assets) < 2 {
			t.Errorf("%s loads %v", path, assets)
		}
		for _, asset := range assets {
			target, err := resp.Request.URL.Parse(asset[1])
			if err != nil || !strings.HasPrefix(target.String(), server+"/docs/assets/") {
				t.Fatalf("%s loads %s", path, target)
			}
			if got, content := fetch(t, target.String()); got.StatusCode != 200 || content == "" || got.Header.Get("Content-Type") == "application/json" {
				t.Errorf("%s: %d %s, %d bytes", asset[1], got.StatusCode, got.Header.Get("Content-Type"), len(content))
			}
		}
	}
}

func TestReferenceMayCallTheService(t *testing.T) {
	t.Parallel()
	resp, _ := fetch(t, docsServer(t)+"/docs")
	if policy := resp.Header.Get("Content-Security-Policy"); !strings.HasSuffix(policy, "; connect-src 'self' https://api.example.nhs.uk") {
		t.Errorf("policy %s", policy)
	}
}

func TestEveryProblemTypeIsExplained(t *testing.T) {
	t.Parallel()
	_, body := fetch(t, docsServer(t)+"/docs/problems")
	for _, p := range web.Problems() {
		if !strings.Contains(body, `<section id="`+string(p.Kind)+`"`) {
			t.Errorf("%s is not explained", p.Kind)
		}
	}
}

func TestAssets(t *testing.T) {
	t.Parallel()
	server := docsServer(t)
	resp, plain := fetch(t, server+"/docs/assets/swagger-ui-bundle.js", "Accept-Encoding", "identity")
	if resp.StatusCode != 200 || len(plain) < 1_000_000 || resp.Header.Get("Cache-Control") != "public, max-age=3600" {
		t.Errorf("%d, %d bytes, %s", resp.StatusCode, len(plain), resp.Header.Get("Cache-Control"))
	}
	resp, packed := fetch(t, server+"/docs/assets/swagger-ui-bundle.js", "Accept-Encoding", "br")
	if resp.Header.Get("Content-Encoding") != "br" || len(packed) > len(plain)/2 {
		t.Errorf("%q, %d bytes", resp.Header.Get("Content-Encoding"), len(packed))
	}
	for _, name := range []string{"unknown.js", "swagger-ui-bundle.js.gz", "..%2freference.html"} {
		if resp, _ := fetch(t, server+"/docs/assets/"+name); resp.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d", name, resp.StatusCode)
		}
	}
}
