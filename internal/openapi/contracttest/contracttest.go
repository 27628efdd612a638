// Package contracttest holds what the service really answers against its published description, so that the
// description is verified and not trusted. A test sends its requests through Checker.Client and needs do no more;
// at its end Unexercised tells which operations it never reached.
package contracttest

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
)

// Checker knows the description and what was seen of it. It is safe for use by many tests at once.
type Checker struct {
	doc    *openapi3.T
	full   routers.Router
	sparse routers.Router // nothing required: for answers cut down by the parameter fields

	mu   sync.Mutex
	seen map[string]map[int]int // operation id, status: how often
}

// Load reads the description, an OpenAPI 3.0 document in JSON. One that is not valid, or has an object that is open
// to members nobody described, is an error.
func Load(document []byte) (*Checker, error) {
	c := &Checker{seen: map[string]map[int]int{}}
	var err error
	if c.doc, c.full, err = load(document, func(*openapi3.Schema) {}); err != nil {
		return nil, fmt.Errorf("the description: %w", err)
	}
	if _, c.sparse, err = load(document, func(s *openapi3.Schema) { s.Required = nil }); err != nil {
		return nil, fmt.Errorf("the description: %w", err)
	}
	for name, schema := range c.doc.Components.Schemas {
		if open(schema.Value) && name != "Problem" {
			return nil, fmt.Errorf("the description: %s is open to members that nobody described", name)
		}
	}
	return c, nil
}

// load reads the document, changes its named schemas, and makes a router that takes any host.
func load(document []byte, change func(*openapi3.Schema)) (*openapi3.T, routers.Router, error) {
	doc, err := openapi3.NewLoader().LoadFromData(document)
	if err != nil {
		return nil, nil, err
	}
	if err := doc.Validate(context.Background()); err != nil {
		return nil, nil, err
	}
	for _, schema := range doc.Components.Schemas {
		change(schema.Value)
	}
	doc.Servers = nil
	router, err := gorillamux.NewRouter(doc)
	return doc, router, err
}

// open tells whether an object with named members may have others.
func open(s *openapi3.Schema) bool {
	return len(s.Properties) > 0 && (s.AdditionalProperties.Has == nil || *s.AdditionalProperties.Has)
}

// Check holds one exchange against the description: an answer with a status, header, media type or body that is
// not described is an error, as is a success for a request that the description does not allow. reqBody and body
// are the bytes that were sent both ways; the bodies of req and resp are not read.
//
// OPTIONS is not looked into, nor are the bodies of event streams and of compressed answers. Where the
// description has no such path or method, only a problem document with a 4xx status is right.
func (c *Checker) Check(req *http.Request, reqBody []byte, resp *http.Response, body []byte) error {
	if req.Method == http.MethodOptions {
		return nil
	}
	e := exchange{head: req.Method == http.MethodHead, reqBody: reqBody, resp: resp, body: body}
	e.req = req.Clone(context.Background())
	e.req.Body = io.NopCloser(bytes.NewReader(reqBody))
	if e.head {
		e.req.Method = http.MethodGet // as which HEAD is described
	}
	if err := c.check(e); err != nil {
		return fmt.Errorf("%s %s answered %d: %w\n%s", req.Method, req.URL.RequestURI(), resp.StatusCode, err, excerpt(body))
	}
	return nil
}

// exchange is a request with its answer.
type exchange struct {
	req           *http.Request
	resp          *http.Response
	reqBody, body []byte
	head          bool // the request was HEAD
}

// unread tells whether the answer's body is not looked into.
func (e exchange) unread() bool {
	return e.head || e.resp.Header.Get("Content-Encoding") != "" || isStream(e.resp)
}

func isStream(resp *http.Response) bool {
	return strings.HasPrefix(resp.Header.Get("Content-Type"), "text/event-stream")
}

func (c *Checker) check(e exchange) error {
	router := c.full
	if e.req.URL.Query().Has("fields") {
		router = c.sparse
	}
	route, params, err := router.FindRoute(e.req)
	if err != nil {
		return c.checkUnknown(e)
	}
	c.record(route.Operation.OperationID, e.resp.StatusCode)
	if e.resp.StatusCode < 300 {
		input := &openapi3filter.RequestValidationInput{Request: e.req, PathParams: params, Route: route, Options: options(e.reqBody)}
		if err := checkRequest(input); err != nil {
			return fmt.Errorf("success for a request that is not described: %w", err)
		}
	}
	return checkAnswer(route.Operation, e)
}

// checkUnknown is for addresses that are not described.
func (c *Checker) checkUnknown(e exchange) error {
	if e.resp.StatusCode < 400 || e.resp.StatusCode > 499 {
		return errors.New("the description has no such path or method")
	}
	media := openapi3.Content{"application/problem+json": {Schema: c.doc.Components.Schemas["Problem"]}}
	return checkBody(&openapi3.Response{Content: media}, e)
}

// checkRequest refuses parameters and a body that the description does not allow.
func checkRequest(input *openapi3filter.RequestValidationInput) error {
	for name := range input.GetQueryParams() {
		binary := input.Route.Operation.Responses.Value("206") != nil // a file
		if binary || input.GetQueryParams().Get("format") == "html" { // addresses that people share, with whatever is appended
			break
		}
		if input.Route.Operation.Parameters.GetByInAndName(openapi3.ParameterInQuery, name) == nil {
			return fmt.Errorf("the query parameter %s is not described", name)
		}
	}
	return openapi3filter.ValidateRequest(context.Background(), input)
}

// checkAnswer looks at status, headers and body.
func checkAnswer(op *openapi3.Operation, e exchange) error {
	answer := op.Responses.Value(strconv.Itoa(e.resp.StatusCode))
	if answer == nil {
		return errors.New("the status is not described")
	}
	for _, name := range slices.Sorted(maps.Keys(answer.Value.Headers)) {
		if answer.Value.Headers[name].Value.Required && e.resp.Header.Get(name) == "" {
			return fmt.Errorf("the header %s is missing", name)
		}
	}
	return checkBody(answer.Value, e)
}

// checkBody looks at the media type and at what the schema says of the body.
func checkBody(answer *openapi3.Response, e exchange) error {
	switch {
	case e.unread():
		return nil
	case len(answer.Content) == 0 && len(e.body) > 0:
		return errors.New("a body where none is described")
	}
	if media := answer.Content.Get(e.resp.Header.Get("Content-Type")); media != nil && media.Schema.Value.Format == "binary" {
		return nil
	}
	only := openapi3.WithStatus(http.StatusOK, &openapi3.ResponseRef{Value: &openapi3.Response{Content: answer.Content}})
	route := &routers.Route{Spec: &openapi3.T{OpenAPI: "3.0.3"}, Operation: &openapi3.Operation{Responses: openapi3.NewResponses(only)}}
	input := &openapi3filter.ResponseValidationInput{ // of a plain 200, since kin looks into no 304 and 308
		RequestValidationInput: &openapi3filter.RequestValidationInput{Request: e.req, Route: route},
		Status:                 http.StatusOK, Header: e.resp.Header, Options: options(e.body),
	}
	return openapi3filter.ValidateResponse(context.Background(), input.SetBodyBytes(e.body))
}

func options(body []byte) *openapi3filter.Options {
	return &openapi3filter.Options{
		AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, SkipSettingDefaults: true,
		ExcludeRequestBody: len(body) == 0, MultiError: true, SchemaValidationOptions: formats,
	}
}

// record notes that the operation answered with the status.
func (c *Checker) record(id string, status int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.seen[id] == nil {
		c.seen[id] = map[int]int{}
	}
	c.seen[id][status]++
}

// Seen gives the statuses that the operation with the id was seen to answer, in order.
func (c *Checker) Seen(id string) []int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Sorted(maps.Keys(c.seen[id]))
}

// Unexercised lists the ids of the operations that never answered with success, in order.
func (c *Checker) Unexercised() []string {
	var ids []string
	for _, o := range c.Operations() {
		succeeded := func(status int) bool { return status < 300 }
		if !slices.ContainsFunc(c.Seen(o.ID), succeeded) {
			ids = append(ids, o.ID)
		}
	}
	slices.Sort(ids)
	return ids
}

// Operation is what a test of routes and roles needs to know of an operation.
type Operation struct {
	ID, Method, Path string
	Role             string // "anyone", "reader", "editor", "publisher" or "admin"
	DraftView        bool   // ?view=draft shows drafts to a reader
	DryRun           bool   // ?dryRun=true only checks, for an editor
}

// Operations lists what is described, by path, then method.
func (c *Checker) Operations() []Operation {
	var all []Operation
	for path, item := range c.doc.Paths.Map() {
		for method, op := range item.Operations() {
			role, _ := op.Extensions["x-role"].(string)
			_, draft := op.Extensions["x-draft-role"]
			_, dryRun := op.Extensions["x-dry-run-role"]
			all = append(all, Operation{ID: op.OperationID, Method: method, Path: path, Role: role, DraftView: draft, DryRun: dryRun})
		}
	}
	slices.SortFunc(all, func(a, b Operation) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Method, b.Method))
	})
	return all
}

// formats are stricter than JSON Schema's: an id is a UUID in lower case, a time is in UTC and in whole seconds.
var formats = []openapi3.SchemaValidationOption{
	openapi3.WithStringFormatValidators(map[string]openapi3.StringFormatValidator{
		"uuid":      openapi3.NewRegexpFormatValidator(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`),
		"date-time": openapi3.NewRegexpFormatValidator(`^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$`),
		"date":      openapi3.NewRegexpFormatValidator(`^\d{4}-\d{2}-\d{2}$`),
		"uri":       openapi3.NewCallbackValidator(absolute),
	}),
}

func absolute(value string) error {
	u, err := url.Parse(value)
	if err == nil && !u.IsAbs() {
		err = errors.New("it is not an absolute address")
	}
	return err
}

func excerpt(body []byte) string {
	const most = 2000
	if len(body) > most {
		return string(body[:most]) + "…"
	}
	return string(body)
}

func init() { // kin knows no HTML and XML: they are text of which the description says no more
	for _, mediaType := range []string{"text/html", "application/rss+xml", "application/atom+xml"} {
		openapi3filter.RegisterBodyDecoder(mediaType, openapi3filter.PlainBodyDecoder)
	}
	openapi3filter.RegisterBodyDecoder("application/feed+json", openapi3filter.JSONBodyDecoder)
	openapi3filter.RegisterBodyDecoder("application/ld+json", openapi3filter.JSONBodyDecoder)
}
