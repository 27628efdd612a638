package contracttest_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/cpics/working-together-api/internal/openapi"
	"github.com/cpics/working-together-api/internal/openapi/annotations"
	"github.com/cpics/working-together-api/internal/openapi/contracttest"
	"github.com/cpics/working-together-api/internal/web"
)

// document is the finished description of the sample service of package openapi.
func document(t *testing.T) []byte {
	t.Helper()
	const sample = "internal/openapi/testdata/sample/"
	swagger, err := annotations.Read("../../..", "api.go", sample+"api", sample+"principle", "internal/web", "internal/errs")
	if err != nil {
		t.Fatal(err)
	}
	var problems []openapi.Problem
	for _, p := range web.Problems() {
		problems = append(problems, openapi.Problem{Kind: string(p.Kind), Status: p.Status, Title: p.Title})
	}
	encoded, err := openapi.Convert(swagger, problems)
	if err != nil {
		t.Fatal(err)
	}
	return encoded
}

func load(t *testing.T, document []byte) *contracttest.Checker {
	t.Helper()
	checker, err := contracttest.Load(document)
	if err != nil {
		t.Fatal(err)
	}
	return checker
}

const (
	id        = "0197b8a0-6f3e-7c21-9d54-3b1f0e8a7c42"
	principle = `{"id":"` + id + `","slug":"first","updatedAt":"2026-11-23T09:30:00Z","title":"First","status":"live","related":[]}`
	draft     = `{"id":"` + id + `","slug":"first","updatedAt":"2026-11-23T09:30:00Z","title":"First","version":3,"input":{"title":"First"}}`
	problem   = `{"type":"http://127.0.0.1/docs/problems#stale","title":"Stale","status":412,"detail":"Read it again.","instance":"/v1","requestId":"r","more":1}`
)

// exchanged is one request and its answer in short.
type exchanged struct {
	method, target, sent string
	status               int
	mediaType, body      string
	headers              string // further ones of the answer: "Name: value|Name: value"
}

func (x exchanged) check(c *contracttest.Checker) error {
	req := httptest.NewRequest(x.method, x.target, http.NoBody)
	if x.sent != "" {
		req.Header.Set("Content-Type", "application/json")
		if x.method == http.MethodPatch {
			req.Header.Set("Content-Type", "application/merge-patch+json")
		}
	}
	if x.method == http.MethodPatch {
		req.Header.Set("If-Match", `"v2"`)
	}
	resp := &http.Response{StatusCode: x.status, Header: http.Header{}}
	resp.Header.Set("X-Request-Id", id)
	resp.Header.Set("Cache-Control", "no-store")
	if x.mediaType != "" {
		resp.Header.Set("Content-Type", x.mediaType)
	}
	for line := range strings.SplitSeq(x.headers, "|") {
		name, value, _ := strings.Cut(line, ": ")
		if name != "" {
			resp.Header.Set(name, value)
		}
	}
	return c.Check(req, []byte(x.sent), resp, []byte(x.body))
}

const (
	jsonType    = "application/json"
	problemType = "application/problem+json"
)

func TestCheckAccepts(t *testing.T) {
	checker := load(t, document(t))
	for _, x := range []exchanged{
		{method: "GET", target: "/v1/principles/first", status: 200, mediaType: jsonType, body: principle},
		{method: "GET", target: "/v1/principles/first?view=draft", status: 200, mediaType: jsonType, body: draft},
		{method: "HEAD", target: "/v1/principles/first", status: 200, mediaType: jsonType},
		{method: "GET", target: "/v1/principles/first", status: 304},
		{method: "GET", target: "/v1/principles/old", status: 308, headers: "Location: /v1/principles/first"},
		{method: "GET", target: "/v1/principles?limit=5&topic=a&topic=b", status: 200, mediaType: jsonType, body: `{"items":[` + principle + `],"total":1}`},
		{method: "GET", target: "/v1/principles?limit=500", status: 400, mediaType: problemType, body: problem},
		{method: "GET", target: "/v1/principles", status: 200, mediaType: jsonType, body: "compressed", headers: "Content-Encoding: br"},
		{method: "GET", target: "/healthz", status: 200, mediaType: "text/plain; charset=utf-8", body: "alive"},
		{method: "GET", target: "/nothing", status: 404, mediaType: problemType, body: problem},
		{method: "DELETE", target: "/v1/principles", status: 405, mediaType: problemType, body: problem},
		{method: "POST", target: "/v1/principles", sent: `{"title":"First"}`, status: 201, mediaType: jsonType, body: draft, headers: "Location: /v1/principles/first"},
		{method: "POST", target: "/v1/principles", sent: `{"title":`, status: 400, mediaType: problemType, body: problem},
		{method: "PATCH", target: "/v1/principles/first", sent: `{"summary":null}`, status: 200, mediaType: jsonType, body: draft},
		{method: "OPTIONS", target: "/v1/principles", status: 204},
	} {
		if err := x.check(checker); err != nil {
			t.Error(err)
		}
	}
}

func TestCheckRefuses(t *testing.T) {
	checker := load(t, document(t))
	get := exchanged{method: "GET", target: "/v1/principles/first", status: 200, mediaType: jsonType, body: principle}
	with := func(old, broken string) exchanged {
		x := get
		x.body = strings.Replace(principle, old, broken, 1)
		return x
	}
	tests := []exchanged{
		with(`"slug"`, `"secret":1,"slug"`), with(`"First"`, `null`), with(id, "no-uuid"), with(id, strings.ToUpper(id)),
		with(`00Z`, `00.5Z`), with(`00Z`, `00+01:00`), with(`"live"`, `"draft"`), with(`"related":[]`, `"related":null`),
		with(`"title":"First",`, ``),
		{method: "GET", target: "/v1/principles/first", status: 200, mediaType: "text/plain", body: principle},
		{method: "GET", target: "/v1/principles/first", status: 200, body: principle},
		{method: "GET", target: "/v1/principles/first", status: 202, mediaType: jsonType, body: principle},
		{method: "HEAD", target: "/v1/principles/first", status: 202, mediaType: jsonType},
		{method: "GET", target: "/v1/principles/first", status: 304, body: principle},
		{method: "GET", target: "/v1/principles/old", status: 308},
		{method: "GET", target: "/v1/principles/first", status: 304, headers: "Cache-Control: "},
		{method: "GET", target: "/v1/principles?surprise=1", status: 200, mediaType: jsonType, body: `{"items":[],"total":0}`},
		{method: "GET", target: "/v1/principles?limit=500", status: 200, mediaType: jsonType, body: `{"items":[],"total":0}`},
		{method: "GET", target: "/nothing", status: 200, mediaType: jsonType, body: `{}`},
		{method: "GET", target: "/nothing", status: 404, mediaType: jsonType, body: problem},
		{method: "GET", target: "/nothing", status: 404, mediaType: problemType, body: `{}`},
		{method: "GET", target: "/v1/me", status: 401, mediaType: problemType, body: problem},
		{method: "POST", target: "/v1/principles", sent: `{"title":"First","more":1}`, status: 201, mediaType: jsonType, body: draft, headers: "Location: /v1/principles/first"},
	}
	for _, x := range tests {
		if err := x.check(checker); err == nil {
			t.Errorf("%s %s %d %s %s passed", x.method, x.target, x.status, x.mediaType, x.body)
		}
	}
}

// TestCheckFields: with the parameter fields nothing is required of an item, and nothing more is allowed.
func TestCheckFields(t *testing.T) {
	checker := load(t, []byte(strings.ReplaceAll(string(document(t)), `"name": "sort"`, `"name": "fields"`)))
	get := exchanged{method: "GET", target: "/v1/principles?fields=number", status: 200, mediaType: jsonType}
	get.body = `{"items":[{"id":"` + id + `"}],"total":1}`
	if err := get.check(checker); err != nil {
		t.Error(err)
	}
	get.body = `{"items":[{"id":"` + id + `","secret":1}],"total":1}`
	if get.check(checker) == nil {
		t.Error("a member that is not described passed")
	}
}

// recorder stands in for a test that fails.
type recorder struct {
	testing.TB
	failures int
}

func (r *recorder) Error(...any) { r.failures++ }

func TestClient(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got, err := io.ReadAll(r.Body)
		if err != nil || r.Method == http.MethodPost && string(got) != `{"title":"First"}` {
			t.Errorf("the server got %q, %v", got, err)
		}
		w.Header().Set("X-Request-Id", id)
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("Content-Type", jsonType)
		io.WriteString(w, principle)
	}))
	defer server.Close()
	checker := load(t, document(t))
	reports := &recorder{TB: t}
	client := checker.Client(reports, nil)

	resp, err := client.Get(server.URL + "/v1/principles/first")
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(resp.Body)
	resp.Body.Close()
	if err != nil || string(body) != principle || reports.failures != 0 {
		t.Errorf("a good answer: %q, %v, %d reports", body, err, reports.failures)
	}
	resp, err = client.Post(server.URL+"/v1/principles", jsonType, strings.NewReader(`{"title":"First"}`))
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if reports.failures != 1 {
		t.Errorf("a status that is not described: %d reports", reports.failures)
	}
	if got := checker.Seen("showPrinciple"); !slices.Equal(got, []int{200}) {
		t.Errorf("seen %v", got)
	}
	if got := checker.Unexercised(); slices.Contains(got, "showPrinciple") || !slices.Contains(got, "health") {
		t.Errorf("unexercised %v", got)
	}
}

func TestLoadRefuses(t *testing.T) {
	good := string(document(t))
	for old, broken := range map[string]string{
		`"additionalProperties": false`: `"additionalProperties": true`,
		`"openapi": "3.0.3"`:            `"openapi": ""`,
		`"#/components/schemas/Me"`:     `"#/components/schemas/Missing"`,
	} {
		if _, err := contracttest.Load([]byte(strings.ReplaceAll(good, old, broken))); err == nil {
			t.Errorf("a document with %s is read", broken)
		}
	}
}

func TestOperations(t *testing.T) {
	all := load(t, document(t)).Operations()
	first := contracttest.Operation{ID: "health", Method: "GET", Path: "/healthz", Role: "anyone"}
	list := contracttest.Operation{ID: "listPrinciples", Method: "GET", Path: "/v1/principles", Role: "anyone", DraftView: true}
	if len(all) != 9 || all[0] != first || all[2] != list {
		t.Errorf("got %d: %+v", len(all), all)
	}
}
