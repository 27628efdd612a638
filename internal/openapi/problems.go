package openapi

import (
	"errors"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

const (
	problemType   = "application/problem+json"
	problemSchema = "Problem"
)

// instances are a sentence for people, and what else such a problem carries, for the example of each kind. A kind
// that is not here gets its title.
var instances = map[string]struct {
	detail string
	extra  map[string]any
}{
	"invalid-query": {"limit is a whole number from 1 to 100.", faults("parameter", "limit", "limit is a whole number from 1 to 100.", "range")},
	"invalid-json":  {"Line 3, column 14: a comma or a closing brace is needed.", nil},
	"cursor-unknown": {"This cursor is not of this service: start again without after, and drop what was not seen.",
		nil},
	"unauthenticated":        {"The token is not valid or has expired: ask the service's operator for another.", nil},
	"forbidden":              {"This needs the role publisher; the token has the role editor.", nil},
	"not-found":              {"There is nothing at this address.", nil},
	"conflict":               {"A draft that was never live cannot be unpublished: delete it.", nil},
	"in-use":                 {"2 entries refer to it: take the links out first.", nil},
	"nothing-to-publish":     {"There is no draft: what is live is the newest state.", nil},
	"scheduled":              {"The draft is scheduled to be published at 2026-12-01T09:00:00Z: cancel that before you change it.", nil},
	"request-in-progress":    {"The first request with this key is still running: wait for its answer.", nil},
	"gone":                   {"It was removed on purpose.", map[string]any{"explanation": "Replaced by the second edition of the guide."}},
	"stale":                  {`It has changed since: read it again; its version tag is "v4".`, nil},
	"too-large":              {"The body may have 1024 KiB.", nil},
	"unsupported-media-type": {"Send application/json.", nil},
	"range-not-satisfiable":  {"The file has 1024 bytes.", nil},
	"invalid-content":        {"Give a title of 1 to 200 characters.", faults("pointer", "/title", "Give a title of 1 to 200 characters.", "required")},
	"not-publishable": {"One check blocks publishing; see checks.", map[string]any{"checks": []any{map[string]any{
		"code": "required", "severity": "blocker", "pointer": "/summary", "detail": "A summary is needed."}}}},
	"key-reused":            {"This key came with another body before: make a new key.", nil},
	"precondition-required": {`Send If-Match with the version tag that you read, such as "v3".`, nil},
	"rate-limited":          {"Wait 5 seconds before the next request.", nil},
	"internal":              {"A fault of the service. Its operator finds it by the request id.", nil},
	"not-implemented":       {"There is no XML here. Ask with format=json, or without format.", nil},
	"unavailable":           {"The database is away. Try again in 5 seconds.", nil},
}

func faults(place, name, detail, code string) map[string]any {
	return map[string]any{"errors": []any{map[string]any{place: name, "detail": detail, "code": code}}}
}

// takeProblem finds the problem document's schema, which one operation names as @Failure default, and gives it
// the name Problem. It stays open: a problem may have members of its own kind (RFC 9457 §3.2).
func (c *converter) takeProblem() error {
	var found *openapi3.SchemaRef
	for _, o := range c.operations {
		if fallback := o.Responses.Default(); fallback != nil {
			if content := fallback.Value.Content.Get(jsonType); content != nil {
				found = content.Schema
			}
			o.Responses.Delete("default")
		}
	}
	if found == nil || !strings.HasSuffix(found.Ref, "/"+problemSchema) {
		return errors.New("no operation names the problem document: add @Failure default {object} web.Problem to one")
	}
	return nil
}

// problemResponse is an error answer with an example of every problem type that comes with the status.
func (c *converter) problemResponse(status int, description string) *openapi3.Response {
	media := &openapi3.MediaType{
		Schema:   c.schemaRef(problemSchema, c.doc.Components.Schemas[problemSchema].Value),
		Examples: openapi3.Examples{},
	}
	for _, p := range c.problems {
		if p.Status == status {
			media.Examples[p.Kind] = &openapi3.ExampleRef{Value: &openapi3.Example{Summary: p.Title, Value: exampleProblem(p)}}
		}
	}
	return &openapi3.Response{Description: &description, Content: openapi3.Content{problemType: media}}
}

func exampleProblem(p Problem) map[string]any {
	instance := instances[p.Kind]
	if instance.detail == "" {
		instance.detail = p.Title + "."
	}
	problem := map[string]any{
		"type": BaseURL + "/docs/problems#" + p.Kind, "title": p.Title, "status": p.Status, "detail": instance.detail,
		"instance": "/v1/principles/" + exampleID, "requestId": exampleID,
	}
	for member, value := range instance.extra {
		problem[member] = value
	}
	return problem
}
