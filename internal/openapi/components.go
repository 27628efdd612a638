package openapi

import (
	"net/http"
	"strconv"

	"github.com/getkin/kin-openapi/openapi3"
)

// parameters are those that no annotation needs to write, by their component's name.
var parameters = map[string]*openapi3.Parameter{
	"Ref": pathParameter("ref", "The entry's id (a UUID) or slug.",
		&openapi3.Schema{Type: str, MinLength: 1, MaxLength: ptr[uint64](100)}, "keeping-the-person-at-the-centre-of-decisions"),
	"Id": pathParameter("id", "The id.", &openapi3.Schema{Type: str, Format: "uuid"}, exampleID),
	"Edition": pathParameter("edition", "The edition's number, from 1.",
		&openapi3.Schema{Type: &openapi3.Types{openapi3.TypeInteger}, Min: ptr(1.0)}, 2),
	"DraftView": {Name: "view", In: openapi3.ParameterInQuery,
		Description: "`draft` shows the draft, or the live edition where there is none, as those see it who may " +
			"write. It needs a credential with the role reader.",
		Schema: inline(&openapi3.Schema{Type: str, Enum: []any{"draft"}})},
	"Format": {Name: "format", In: openapi3.ParameterInQuery,
		Description: "`jsonld` answers the item as linked data in the words of schema.org, `html` as a piece of HTML " +
			"without script and style, to put into a page. With `html`, parameters that do not exist are ignored.",
		Schema: inline(&openapi3.Schema{Type: str, Enum: []any{"jsonld", "html"}})},
	"IfMatch": header("If-Match", `The entry's version tag, "v{version}", which every answer to a write and every draft `+
		"view shows; or `*` for any. Without it the answer is 428, with another version 412.", `"v3"`, true),
	"DryRun": {Name: "dryRun", In: openapi3.ParameterInQuery,
		Description: "`true` only checks, and changes nothing.",
		Schema:      inline(&openapi3.Schema{Type: &openapi3.Types{openapi3.TypeBoolean}})},
	"IfMatchUnlessDryRun": header("If-Match", `The entry's version tag, "v{version}", or *. Without it the answer is 428, `+
		"but for a dry run, which needs none.", "", false),
	"IfMatchOrCreate": header("If-Match", `The entry's version tag, "v{version}", or *: replaces what is there. `+
		"Either this or If-None-Match is needed.", "", false),
	"IfNoneMatchToCreate": header("If-None-Match", "`*` makes an entry with the id in the path, which the client "+
		"has made, and never replaces one.", "", false),
	"IfNoneMatch": header("If-None-Match", "The entity tags of the copies that the client has: 304 when one of "+
		"them is current.", "", false),
	"IfModifiedSince": header("If-Modified-Since", "304 when there is nothing newer than this HTTP date. If-None-Match "+
		"wins over it.", "", false),
	"Range":   header("Range", "Only these bytes (RFC 9110, section 14).", "", false),
	"IfRange": header("If-Range", "The ETag or the date of the part that the client has: with another, all bytes are sent.", "", false),
	"IdempotencyKey": header("Idempotency-Key", "A name for this request, 1 to 255 characters, made by the client. "+
		"The same key with the same body and query within 24 hours gets the first answer again and does nothing. "+
		"With another body or query, such as publish=true, it is refused: nothing is done then either.",
		"", false),
}

// headers are those of answers, by name.
var headers = map[string]*openapi3.Header{
	"X-Request-Id":  answerHeader("The request's id: the client's own, or one made here. Quote it when asking for help.", true, "0197b8a0-6f3e-7c21-9d54-3b1f0e8a7c42"),
	"Cache-Control": answerHeader("How long the answer may be kept, and by whom.", true, "public, max-age=60, stale-while-revalidate=60, stale-if-error=86400"),
	"ETag":          answerHeader("The tag of this state: of a draft view its version, for If-Match; of a public answer that of its bytes, for If-None-Match.", false, `"v3"`),
	"Last-Modified": answerHeader("When this last changed.", false, "Mon, 23 Nov 2026 09:30:00 GMT"),
	"Vary":          answerHeader("The request headers that the answer depends on.", false, "Accept-Encoding"),
	"Link":          answerHeader("The next and the previous page (RFC 8288).", false, "<"+BaseURL+`/v1/principles?cursor=bmV4dA>; rel="next"`),
	"Location":      answerHeader("The address to look at instead.", true, BaseURL+"/v1/principles/"+exampleID),
	"Retry-After":   answerHeader("Seconds to wait before trying again.", true, "5"),
	"WWW-Authenticate": answerHeader("How to authenticate (RFC 6750).", true,
		`Bearer error="invalid_token"`),
	"Idempotency-Replayed":    answerHeader("`true` when this is the kept answer to an earlier request with the same key.", false, "true"),
	"Content-Disposition":     answerHeader("Whether to show it or to save it, and under which name (RFC 6266).", true, "inline; filename=\"poster.png\"; filename*=UTF-8''poster.png"),
	"Content-Security-Policy": answerHeader("What a browser lets the file do: nothing.", true, "sandbox; default-src 'none'"),
	"Repr-Digest":             answerHeader("The digest of all the file's bytes (RFC 9530).", true, "sha-256=:d435Qo+nKZ+gLcUHn7GQtQ72hiBVAgqoLsZnZPiTGPk=:"),
	"Content-Range":           answerHeader("How many bytes there are.", true, "bytes */1024"),
	"Accept-Post":             answerHeader("The media types that POST takes here.", false, "application/json"),
	"Accept-Patch":            answerHeader("The media types that PATCH takes here (RFC 5789).", false, mergePatchType),
}

// failures are the error answers: the component's name, what it says, and the headers it has besides the usual.
var failures = map[int]struct {
	name, description string
	headers           []string
}{
	http.StatusBadRequest:                   {"BadRequest", "The query, a header or the JSON cannot be understood; `errors` lists all that is wrong.", nil},
	http.StatusUnauthorized:                 {"Unauthorized", "A credential is needed, or the one given is not valid.", []string{"WWW-Authenticate"}},
	http.StatusForbidden:                    {"Forbidden", "The credential's role does not allow this.", nil},
	http.StatusNotFound:                     {"NotFound", "Nothing is at this address, or nothing that this caller may see.", nil},
	http.StatusConflict:                     {"Conflict", "The state of what is there does not allow this.", nil},
	http.StatusGone:                         {"Gone", "It was here and has been removed; `explanation` and `alternative` may say more.", nil},
	http.StatusPreconditionFailed:           {"PreconditionFailed", "It has changed since the client read it, or is there although it should not be.", nil},
	http.StatusRequestEntityTooLarge:        {"TooLarge", "The body is larger than the service takes.", nil},
	http.StatusUnsupportedMediaType:         {"UnsupportedMediaType", "The body is of a media type that is not taken here.", []string{"Accept-Post", "Accept-Patch"}},
	http.StatusRequestedRangeNotSatisfiable: {"RangeNotSatisfiable", "The file has no bytes at the range that was asked for.", []string{"Content-Range"}},
	http.StatusUnprocessableEntity:          {"Invalid", "The body is well-formed and not acceptable; `errors` or `checks` list all that is wrong.", nil},
	http.StatusPreconditionRequired:         {"PreconditionRequired", "If-Match is missing, so that somebody's work could be lost.", nil},
	http.StatusTooManyRequests:              {"RateLimited", "Too many requests: wait before the next.", []string{"Retry-After"}},
	http.StatusInternalServerError:          {"InternalError", "A fault of the service, which its operator sees under the same request id.", nil},
	http.StatusNotImplemented:               {"NotImplemented", "The service does not have this form of answer.", nil},
	http.StatusServiceUnavailable:           {"Unavailable", "A part of the service is away: wait before the next try.", []string{"Retry-After"}},
}

var str = &openapi3.Types{openapi3.TypeString}

func ptr[T any](v T) *T { return &v }

func inline(s *openapi3.Schema) *openapi3.SchemaRef { return &openapi3.SchemaRef{Value: s} }

func pathParameter(name, description string, schema *openapi3.Schema, example any) *openapi3.Parameter {
	return &openapi3.Parameter{Name: name, In: openapi3.ParameterInPath, Required: true, Description: description,
		Schema: inline(schema), Example: example}
}

// header is a request header. Only one that must be sent gets an example, since pages that try a request out send
// the examples along.
func header(name, description, example string, required bool) *openapi3.Parameter {
	p := &openapi3.Parameter{Name: name, In: openapi3.ParameterInHeader, Required: required, Description: description,
		Schema: inline(&openapi3.Schema{Type: str})}
	if example != "" {
		p.Example = example
	}
	return p
}

func answerHeader(description string, always bool, example string) *openapi3.Header {
	return &openapi3.Header{Parameter: openapi3.Parameter{Description: description, Required: always,
		Schema: inline(&openapi3.Schema{Type: str}), Example: example}}
}

// parameter refers to one of parameters, which thereby becomes part of the document.
func (c *converter) parameter(name string) *openapi3.ParameterRef {
	c.doc.Components.Parameters[name] = &openapi3.ParameterRef{Value: parameters[name]}
	return &openapi3.ParameterRef{Ref: "#/components/parameters/" + name, Value: parameters[name]}
}

// addHeaders gives an answer the named headers, which thereby become part of the document.
func (c *converter) addHeaders(answer *openapi3.Response, names ...string) {
	if answer.Headers == nil {
		answer.Headers = openapi3.Headers{}
	}
	for _, name := range names {
		c.doc.Components.Headers[name] = &openapi3.HeaderRef{Value: headers[name]}
		answer.Headers[name] = &openapi3.HeaderRef{Ref: "#/components/headers/" + name, Value: headers[name]}
	}
}

// failure refers to the error answer of a status, which thereby becomes part of the document.
func (c *converter) failure(status int) *openapi3.ResponseRef {
	known := failures[status]
	made, ok := c.doc.Components.Responses[known.name]
	if !ok {
		made = &openapi3.ResponseRef{Value: c.problemResponse(status, known.description)}
		c.addHeaders(made.Value, append([]string{"X-Request-Id", "Cache-Control"}, known.headers...)...)
		c.doc.Components.Responses[known.name] = made
	}
	return &openapi3.ResponseRef{Ref: "#/components/responses/" + known.name, Value: made.Value}
}

// addFailure documents an error answer of the operation, unless its annotation did.
func (c *converter) addFailure(o *operation, statuses ...int) {
	for _, status := range statuses {
		if key := strconv.Itoa(status); o.Responses.Value(key) == nil {
			o.Responses.Set(key, c.failure(status))
		}
	}
}
