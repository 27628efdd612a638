package openapi_test

import (
	"strings"
	"testing"

	"github.com/cpics/working-together-api/internal/openapi"
	"github.com/cpics/working-together-api/internal/openapi/annotations"
)

// TestConvertRefusals breaks the sample's annotations in one place each: nobody's mistake is published.
func TestConvertRefusals(t *testing.T) {
	swagger := string(sample(t))
	tests := []struct{ name, old, broken, want string }{
		{"role missing", `"x-role": "reader"`, `"x-role": ""`, "GET /v1/me: needs @x-role"},
		{"role unknown", `"x-role": "reader"`, `"x-role": "guest"`, "GET /v1/me: needs @x-role"},
		{"line unknown", `"x-cache": "none"`, `"x-chace": "none"`, "GET /healthz: @x-chace means nothing here"},
		{"precondition unknown", `"x-if-match": "required"`, `"x-if-match": "maybe"`, "@x-if-match is"},
		{"summary missing", `"summary": "Show the actor"`, `"summary": ""`, "GET /v1/me: needs @ID, @Summary"},
		{"tag not described", `"name": "service"`, `"name": "other"`, "has no @tag.name"},
		{"path parameter unknown", `"/v1/me"`, `"/v1/{other}"`, "the path parameter other needs a @Param"},
		{"problem missing", `"default": {`, `"203": {`, "no operation names the problem document"},
		{"example wrong", `"example": "keeping-the-person"`, `"example": "Keeping!"`, "doesn't match"},
		{"names alike", `"principle.Link": {`, `"Principle": {"type":"object"}, "principle.Link": {`, "would both be called Principle"},
		{"extension unknown", `"x-min-items": "1"`, `"x-min-itens": "1"`, "x-min-itens means nothing here"},
		{"extension no number", `"x-min-items": "1"`, `"x-min-items": "one"`, "extension x-min-items"},
		{"no document", "{", "[", "the Swagger document"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			broken := strings.ReplaceAll(swagger, test.old, test.broken)
			if broken == swagger {
				t.Fatalf("the sample has no %s", test.old)
			}
			_, err := openapi.Convert([]byte(broken), problems())
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}

func TestReadRefusals(t *testing.T) {
	_, err := annotations.Read("../..", "api.go", "internal/openapi/testdata/twice")
	if err == nil || !strings.Contains(err.Error(), "declared multiple times") {
		t.Errorf("a route declared twice: %v", err)
	}
	if _, err := annotations.Read("../..", "missing.go", "internal/openapi/testdata/twice"); err == nil {
		t.Error("a missing general part is no error")
	}
	_, err = annotations.Read("../..", "api.go", "internal/openapi/testdata/sample/api", "api")
	if err == nil || !strings.Contains(err.Error(), "have one name") {
		t.Errorf("two packages of one name: %v", err)
	}
}
