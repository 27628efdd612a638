package openapi

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// The x- lines of an operation. Those that clients can use stay in the published document.
const (
	noteRole           = "x-role"
	noteDraftView      = "x-draft-view"
	noteDraftRole      = "x-draft-role" // published in place of x-draft-view: who may ask for it
	noteFormats        = "x-formats"
	noteFailures       = "x-failures"
	noteDryRun         = "x-dry-run"
	noteDryRunRole     = "x-dry-run-role" // published in place of x-dry-run
	noteRecall         = "x-recall"
	noteMergePatch     = "x-merge-patch" // says of a PATCH what holds for all
	noteIfMatch        = "x-if-match"
	noteCache          = "x-cache"
	noteIdempotency    = "x-idempotency"
	noteCredentials    = "x-credentials"
	noteFile           = "x-file"
	noteExample        = "x-example"
	noteRequestExample = "x-request-example"
)

// Anyone is the role of operations that need no credential.
const Anyone = "anyone"

// roles are the values of x-role, each including the ones before.
var roles = []string{Anyone, "reader", "editor", "publisher", "admin"}

// operation is one operation with what its annotation says beyond OpenAPI.
type operation struct {
	*openapi3.Operation
	path, method string
	role         string // who may call it
	draftView    string // schema name of what ?view=draft answers; "" when it has no such view
	dryRun       string // schema name of what ?dryRun=true answers; "" when there is none
	recall       string // schema name of what a recall answers; "" when it recalls nothing
	failures     []int  // what it can answer besides what others of its kind do
	formats      bool   // it answers in other formats too
	ifMatch      string // "required", "create" or ""
	noCache      bool   // an anonymous GET that has no validators
	onceOnly     bool   // a POST whose answer is never kept
	file         bool   // it answers with a file's bytes
	blind        bool   // it looks at no credential
}

// newOperation reads and removes the x- lines, and refuses an operation that does not say what every one must.
func newOperation(path, method string, op *openapi3.Operation) (*operation, error) {
	o := &operation{Operation: op, path: path, method: method}
	o.role = o.note(noteRole)
	o.draftView, o.dryRun, o.recall = o.typeNote(noteDraftView), o.typeNote(noteDryRun), o.typeNote(noteRecall)
	formats := o.note(noteFormats)
	o.formats = formats != ""
	o.ifMatch = o.note(noteIfMatch)
	if o.ifMatch == "required" && method == http.MethodPut && op.Responses.Value("201") != nil {
		o.ifMatch = "create"
	}
	delete(op.Extensions, noteMergePatch)
	o.noCache = o.note(noteCache) == "none"
	o.onceOnly = o.note(noteIdempotency) == "none"
	o.file = o.note(noteFile) == "bytes"
	o.blind = o.note(noteCredentials) == "ignored"
	if formats != "" && formats != itemFormats {
		return nil, fmt.Errorf(`%s %s: @x-formats is "%s"`, method, path, itemFormats)
	}
	for status := range strings.FieldsSeq(o.note(noteFailures)) {
		n, err := strconv.Atoi(status)
		if _, known := failures[n]; err != nil || !known {
			return nil, fmt.Errorf("%s %s: @x-failures names %s, which is no answer that is documented", method, path, status)
		}
		o.failures = append(o.failures, n)
	}
	if fault := o.fault(); fault != "" {
		return nil, fmt.Errorf("%s %s: %s", method, path, fault)
	}
	op.Extensions[noteRole] = o.role
	return o, nil
}

// note takes an x- line out of the operation.
func (o *operation) note(name string) string {
	value, _ := o.Extensions[name].(string)
	delete(o.Extensions, name)
	return value
}

// typeNote takes an x- line whose value is a reference to a type out of the operation, and gives the type's name.
func (o *operation) typeNote(name string) string {
	value, _ := o.Extensions[name].(map[string]any)
	ref, ok := value["$ref"].(string)
	if ok {
		delete(o.Extensions, name)
	}
	return strings.TrimPrefix(ref, definitions)
}

// fault says what is missing or wrong in the annotation, "" when nothing is.
func (o *operation) fault() string {
	known := []string{noteExample, noteRequestExample}
	switch {
	case o.OperationID == "" || o.Summary == "" || o.Description == "" || len(o.Tags) == 0:
		return "needs @ID, @Summary, @Description and @Tags"
	case !slices.Contains(roles, o.role):
		return "needs @x-role, one of " + strings.Join(roles, ", ")
	case !slices.Contains([]string{"", "required", "create"}, o.ifMatch):
		return `@x-if-match is "required" or "create"`
	}
	for _, name := range slices.Sorted(maps.Keys(o.Extensions)) {
		if !slices.Contains(known, name) {
			return "@" + name + " means nothing here, or its value is no text"
		}
	}
	return ""
}

// public tells whether the answer is one that anybody gets and caches may keep.
func (o *operation) public() bool {
	return o.method == http.MethodGet && o.role == Anyone && !o.noCache
}

// credentialed tells whether some call of it needs a credential.
func (o *operation) credentialed() bool { return o.role != Anyone || o.draftView != "" }

// idempotent tells whether it takes an Idempotency-Key: keys are kept per token, so only where there is one.
func (o *operation) idempotent() bool {
	return o.method == http.MethodPost && o.role != Anyone && !o.onceOnly
}

// tagged tells whether its answers can have an ETag: those that caches keep, and those of one thing with a version,
// but not the answer to a PUT (RFC 9110 §9.3.4).
func (o *operation) tagged() bool {
	return o.public() || o.method != http.MethodPut && !o.noCache && (o.inPath() || o.method == http.MethodPost)
}

// byRef tells whether the path names an entry by id or slug, so that it can have moved or gone.
func (o *operation) byRef() bool { return strings.Contains(o.path, "{ref}") }

// inPath tells whether anything is named in the path.
func (o *operation) inPath() bool { return strings.Contains(o.path, "{") }

// succeeded gives the answers below 300 by status, in order.
func (o *operation) succeeded() []*openapi3.Response {
	var answers []*openapi3.Response
	for _, status := range slices.Sorted(maps.Keys(o.Responses.Map())) {
		if strings.HasPrefix(status, "2") {
			answers = append(answers, o.Responses.Value(status).Value)
		}
	}
	return answers
}
