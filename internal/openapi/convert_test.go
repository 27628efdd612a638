package openapi_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"go.yaml.in/yaml/v3"

	"github.com/cpics/working-together-api/internal/openapi"
	"github.com/cpics/working-together-api/internal/openapi/annotations"
	"github.com/cpics/working-together-api/internal/web"
)

// sample is what swag reads from the sample service in testdata.
func sample(t *testing.T) []byte {
	t.Helper()
	swagger, err := annotations.Read("../..", "api.go", "internal/openapi/testdata/sample/api",
		"internal/openapi/testdata/sample/principle", "internal/web", "internal/errs")
	if err != nil {
		t.Fatal(err)
	}
	return swagger
}

func problems() []openapi.Problem {
	var all []openapi.Problem
	for _, p := range web.Problems() {
		all = append(all, openapi.Problem{Kind: string(p.Kind), Status: p.Status, Title: p.Title})
	}
	return all
}

// convert gives the sample's finished document, as bytes and as kin reads them.
func convert(t *testing.T, swagger []byte) ([]byte, *openapi3.T) {
	t.Helper()
	encoded, err := openapi.Convert(swagger, problems())
	if err != nil {
		t.Fatal(err)
	}
	doc, err := openapi3.NewLoader().LoadFromData(encoded)
	if err != nil {
		t.Fatal(err)
	}
	return encoded, doc
}

func TestConvertOperations(t *testing.T) {
	_, doc := convert(t, sample(t))
	tests := []struct {
		id, statuses, parameters string
	}{
		{"health", "200 400 429 500 503", ""},
		{"showMe", "200 400 401 403 429 500 503", ""},
		{"listPrinciples", "200 304 400 401 403 412 429 500 503",
			"limit topic sort view If-None-Match If-Modified-Since"},
		{"showPrinciple", "200 304 308 400 401 403 404 410 412 429 500 503",
			"ref view If-None-Match If-Modified-Since"},
		{"createPrinciple", "201 400 401 403 409 413 415 422 429 500 503", "Idempotency-Key"},
		{"replacePrinciple", "200 201 308 400 401 403 404 409 410 412 413 415 422 428 429 500 503",
			"ref If-Match If-None-Match"},
		{"changePrinciple", "200 308 400 401 403 404 409 410 412 413 415 422 428 429 500 503", "ref If-Match"},
		{"deletePrinciple", "204 308 400 401 403 404 409 410 412 428 429 500 503", "ref If-Match"},
		{"publishPrinciple", "200 308 400 401 403 404 409 410 412 413 415 422 428 429 500 503",
			"ref dryRun If-Match Idempotency-Key"},
	}
	for _, test := range tests {
		t.Run(test.id, func(t *testing.T) {
			op := operation(t, doc, test.id)
			var names []string
			for _, p := range op.Parameters {
				names = append(names, p.Value.Name)
			}
			equal(t, "statuses", strings.Join(slices.Sorted(maps.Keys(op.Responses.Map())), " "), test.statuses)
			equal(t, "parameters", strings.Join(names, " "), test.parameters)
			for status, answer := range op.Responses.Map() {
				if answer.Value.Headers["X-Request-Id"] == nil || answer.Value.Headers["Cache-Control"] == nil {
					t.Errorf("%s lacks the headers that every answer has", status)
				}
			}
		})
	}
	if len(tests) != operations(doc) {
		t.Errorf("%d operations tested of %d", len(tests), operations(doc))
	}
}

func TestConvertSecurity(t *testing.T) {
	_, doc := convert(t, sample(t))
	tests := []struct {
		id, role, security, sentence string
	}{
		{"health", "anyone", `[]`, "Open to anyone."},
		{"showMe", "reader", `[{"bearer":[]}]`, "Needs the role reader."},
		{"showPrinciple", "anyone", `[{},{"bearer":[]}]`, "Open to anyone; `view=draft` needs the role reader."},
		{"deletePrinciple", "publisher", `[{"bearer":[]}]`, "Needs the role publisher."},
		{"publishPrinciple", "publisher", `[{"bearer":[]}]`, "Needs the role publisher; `dryRun=true` needs the role editor."},
	}
	for _, test := range tests {
		op := operation(t, doc, test.id)
		security, err := json.Marshal(op.Security)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, test.id+" security", string(security), test.security)
		equal(t, test.id+" role", op.Extensions["x-role"], any(test.role))
		if !strings.HasSuffix(op.Description, "\n\n"+test.sentence) {
			t.Errorf("%s is described as %q", test.id, op.Description)
		}
	}
}

func TestConvertAnswerHeaders(t *testing.T) {
	_, doc := convert(t, sample(t))
	tests := []struct{ id, status, headers string }{
		{"health", "200", "Cache-Control X-Request-Id"},
		{"showMe", "200", "Cache-Control X-Request-Id"},
		{"listPrinciples", "200", "Cache-Control ETag Link Vary X-Request-Id"},
		{"showPrinciple", "200", "Cache-Control ETag Last-Modified Vary X-Request-Id"},
		{"showPrinciple", "304", "Cache-Control ETag Last-Modified Vary X-Request-Id"},
		{"showPrinciple", "308", "Cache-Control Location X-Request-Id"},
		{"createPrinciple", "201", "Cache-Control ETag Idempotency-Replayed Location X-Request-Id"},
		{"replacePrinciple", "200", "Cache-Control X-Request-Id"},
		{"replacePrinciple", "201", "Cache-Control Location X-Request-Id"},
		{"changePrinciple", "200", "Cache-Control ETag X-Request-Id"},
		{"changePrinciple", "401", "Cache-Control WWW-Authenticate X-Request-Id"},
		{"changePrinciple", "415", "Accept-Patch Accept-Post Cache-Control X-Request-Id"},
		{"changePrinciple", "503", "Cache-Control Retry-After X-Request-Id"},
		{"deletePrinciple", "204", "Cache-Control X-Request-Id"},
	}
	for _, test := range tests {
		answer := operation(t, doc, test.id).Responses.Value(test.status).Value
		equal(t, test.id+" "+test.status, strings.Join(slices.Sorted(maps.Keys(answer.Headers)), " "), test.headers)
	}
}

func TestConvertAlternatives(t *testing.T) {
	_, doc := convert(t, sample(t))
	for id, want := range map[string]string{
		"listPrinciples":   "#/components/schemas/PrincipleList #/components/schemas/PrincipleDraftList",
		"showPrinciple":    "#/components/schemas/Principle #/components/schemas/PrincipleDraft",
		"publishPrinciple": "#/components/schemas/PrincipleDraft #/components/schemas/Outcome",
	} {
		var refs []string
		for _, ref := range operation(t, doc, id).Responses.Value("200").Value.Content.Get("application/json").Schema.Value.AnyOf {
			refs = append(refs, ref.Ref)
		}
		equal(t, id, strings.Join(refs, " "), want)
	}
	equal(t, "the items of a draft list", doc.Components.Schemas["PrincipleDraftList"].Value.Properties["items"].Value.Items.Ref,
		"#/components/schemas/PrincipleDraft")
	equal(t, "the items of a public list", doc.Components.Schemas["PrincipleList"].Value.Properties["items"].Value.Items.Ref,
		"#/components/schemas/Principle")
}

func TestConvertSchemas(t *testing.T) {
	_, doc := convert(t, sample(t))
	names := "Code Consent ConsentPatch FacetValue Fault Link Me Outcome Principle PrincipleDraft PrincipleDraftList " +
		"PrincipleInput PrincipleList PrinciplePatch Problem Role Status"
	equal(t, "names", strings.Join(slices.Sorted(maps.Keys(doc.Components.Schemas)), " "), names)

	view := doc.Components.Schemas["Principle"].Value
	equal(t, "id", view.Properties["id"].Value.Format, "uuid")
	equal(t, "updatedAt", view.Properties["updatedAt"].Value.Format, "date-time")
	equal(t, "slug", view.Properties["slug"].Value.Pattern, "^[a-z0-9]+(-[a-z0-9]+)*$")
	equal(t, "main", view.Properties["main"].Value.Description, "Only where there is one that matters most")
	equal(t, "required", strings.Join(view.Required, " "), "id related slug status title updatedAt")
	equal(t, "min items", doc.Components.Schemas["PrincipleInput"].Value.Properties["related"].Value.MinItems, uint64(1))

	audience := doc.Components.Schemas["PrincipleInput"].Value.Properties["audience"].Value
	equal(t, "a default", audience.Default, nil)
	equal(t, "a default in words", audience.Description, "Who it is for (default: both)")
	equal(t, "any value", doc.Components.Schemas["Outcome"].Value.Properties["value"].Value.Type, nil)

	for name, schema := range doc.Components.Schemas {
		if schema.Value.Type.Is("object") {
			equal(t, name+" is open", *schema.Value.AdditionalProperties.Has, name == "Problem")
		}
	}
}

func TestConvertTags(t *testing.T) {
	_, doc := convert(t, sample(t))
	var names []string
	for _, tag := range doc.Tags {
		names = append(names, tag.Name)
	}
	equal(t, "tags", strings.Join(names, " "), "principles service")
}

func TestConvertMergePatch(t *testing.T) {
	_, doc := convert(t, sample(t))
	content := operation(t, doc, "changePrinciple").RequestBody.Value.Content
	equal(t, "media types", slices.Collect(maps.Keys(content))[0], "application/merge-patch+json")
	patch := content.Get("application/merge-patch+json").Schema.Value
	tests := map[string]bool{
		`{}`:                                  true,
		`{"summary":null}`:                    true,
		`{"audience":null}`:                   true,
		`{"consent":null}`:                    true,
		`{"consent":{"expiresOn":null}}`:      true,
		`{"related":["first"]}`:               true,
		`{"title":"New"}`:                     true,
		`{"title":null}`:                      false, // nothing can be without a title
		`{"title":""}`:                        false,
		`{"consent":{"reference":null}}`:      false,
		`{"unknown":1}`:                       false,
		`{"consent":{"unknown":"something"}}`: false,
		`null`:                                false,
	}
	for body, good := range tests {
		var value any
		if err := json.Unmarshal([]byte(body), &value); err != nil {
			t.Fatal(err)
		}
		if err := patch.VisitJSON(value); (err == nil) != good {
			t.Errorf("%s: %v", body, err)
		}
	}
}

func TestConvertExamples(t *testing.T) {
	_, doc := convert(t, sample(t))
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			for status, answer := range op.Responses.Map() {
				for mediaType, media := range answer.Value.Content {
					if media.Example == nil && len(media.Examples) == 0 {
						t.Errorf("%s %s: %s %s has no example", method, path, status, mediaType)
					}
				}
			}
		}
	}
	body := operation(t, doc, "publishPrinciple").RequestBody.Value.Content.Get("application/json")
	equal(t, "an example that was given", body.Example, any(map[string]any{"reference": "given by hand"}))
	if _, ok := doc.Components.Examples["Principle"].Value.Value.(map[string]any)["main"]; ok {
		t.Error("the example has a member that is there only in some case")
	}
	shown := doc.Components.Responses["PreconditionRequired"].Value.Content["application/problem+json"].Examples
	equal(t, "the problem", shown["precondition-required"].Value.Value.(map[string]any)["type"],
		any("http://127.0.0.1:8080/docs/problems#precondition-required"))
}

func TestConvertIsDeterministic(t *testing.T) {
	swagger := sample(t)
	first, _ := convert(t, swagger)
	for range 5 {
		if again, _ := convert(t, swagger); !bytes.Equal(first, again) {
			t.Fatal("two runs differ")
		}
	}
}

func TestYAML(t *testing.T) {
	document, _ := convert(t, sample(t))
	encoded, err := openapi.YAML(document)
	if err != nil {
		t.Fatal(err)
	}
	var fromJSON, fromYAML any
	if err := yaml.Unmarshal(document, &fromJSON); err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(encoded, &fromYAML); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(fromJSON, fromYAML) {
		t.Error("the YAML says something else than the JSON")
	}
	if bytes.Contains(encoded, []byte("{\"")) {
		t.Error("the YAML is JSON still")
	}
}

func operation(t *testing.T, doc *openapi3.T, id string) *openapi3.Operation {
	t.Helper()
	for _, item := range doc.Paths.Map() {
		for _, op := range item.Operations() {
			if op.OperationID == id {
				return op
			}
		}
	}
	t.Fatalf("no operation %s", id)
	return nil
}

func operations(doc *openapi3.T) int {
	n := 0
	for _, item := range doc.Paths.Map() {
		n += len(item.Operations())
	}
	return n
}

func equal[T any](t *testing.T, what string, got, want T) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}
