package openapi

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

const (
	jsonType       = "application/json"
	formType       = "multipart/form-data"
	mergePatchType = "application/merge-patch+json"
)

// rules are what holds for every operation of a kind, whatever its annotation says. They run in this order.
var rules = []func(*converter, *operation) error{
	(*converter).addPathParameters,
	(*converter).addAlternatives,
	(*converter).addMarkup,
	(*converter).addFormats,
	(*converter).addFile,
	(*converter).addSecurity,
	(*converter).addConditions,
	(*converter).addPreconditions,
	(*converter).addIdempotency,
	(*converter).addBodyFailures,
	(*converter).addAddressFailures,
	(*converter).addUsualFailures,
	(*converter).addAnswerHeaders,
}

func (c *converter) finishOperations() error {
	for _, o := range c.operations {
		for _, rule := range rules {
			if err := rule(c, o); err != nil {
				return fmt.Errorf("%s %s: %w", o.method, o.path, err)
			}
		}
	}
	return nil
}

// addPathParameters declares the parameters that mean the same in all paths.
func (c *converter) addPathParameters(o *operation) error {
	var found openapi3.Parameters
	for segment := range strings.SplitSeq(o.path, "/") {
		name, ok := strings.CutPrefix(segment, "{")
		name = strings.TrimSuffix(name, "}")
		if !ok || o.Parameters.GetByInAndName(openapi3.ParameterInPath, name) != nil {
			continue
		}
		component, known := map[string]string{"ref": "Ref", "id": "Id", "edition": "Edition"}[name]
		if !known {
			return fmt.Errorf("the path parameter %s needs a @Param", name)
		}
		found = append(found, c.parameter(component))
	}
	o.Parameters = append(found, o.Parameters...)
	return nil
}

// addAlternatives documents what else the same address answers: drafts to those who may read them, the outcome of a
// dry run, what is left after a recall. It is anyOf and not oneOf because an empty list is a list of either.
func (c *converter) addAlternatives(o *operation) error {
	if o.draftView != "" {
		o.Extensions[noteDraftRole] = "reader"
		o.setParameter(c.parameter("DraftView"))
	}
	if o.dryRun != "" {
		o.Extensions[noteDryRunRole] = "editor"
		o.setParameter(c.parameter("DryRun"))
	}
	for _, name := range []string{o.draftView, o.dryRun, o.recall} {
		if name == "" {
			continue
		}
		schema, known := c.doc.Components.Schemas[name]
		if !known || o.Responses.Value("200") == nil {
			return fmt.Errorf("there is no type %s or no answer 200 for an x- line", name)
		}
		c.addAlternative(o.Responses.Value("200").Value.Content.Get(jsonType), name, c.schemaRef(name, schema.Value))
	}
	return nil
}

// addAlternative allows another type, of whose items there is a list where the first type is one.
func (c *converter) addAlternative(media *openapi3.MediaType, name string, other *openapi3.SchemaRef) {
	first := media.Schema
	if isList(first.Value) {
		other = c.listOf(first, name, other)
	}
	if first.Ref == "" && len(first.Value.AnyOf) > 0 {
		first.Value.AnyOf = append(first.Value.AnyOf, other)
		return
	}
	media.Schema = inline(&openapi3.Schema{AnyOf: openapi3.SchemaRefs{first, other}})
}

// addFile documents what holds for the bytes of files: any media type, names for saving them, and ranges (RFC 9110
// §14).
func (c *converter) addFile(o *operation) error {
	if !o.file {
		return nil
	}
	binary := inline(&openapi3.Schema{Type: str, Format: "binary"})
	whole := o.Responses.Value("200").Value
	whole.Content = openapi3.Content{"*/*": {Schema: binary}}
	c.addHeaders(whole, "Content-Disposition", "Content-Security-Policy", "Repr-Digest", "Last-Modified")
	part := &openapi3.Response{Description: ptr("The ranges that were asked for."), Content: whole.Content}
	c.addHeaders(part, "Content-Disposition", "Content-Security-Policy", "Repr-Digest", "Last-Modified")
	o.Responses.Set("206", &openapi3.ResponseRef{Value: part})
	o.Parameters = append(o.Parameters, c.parameter("Range"), c.parameter("IfRange"))
	c.addFailure(o, http.StatusRequestedRangeNotSatisfiable)
	return nil
}

// setParameter gives the operation the parameter, in the words that all operations share.
func (o *operation) setParameter(p *openapi3.ParameterRef) {
	o.Parameters = append(slices.DeleteFunc(o.Parameters, func(other *openapi3.ParameterRef) bool {
		return other.Value.In == p.Value.In && other.Value.Name == p.Value.Name
	}), p)
}

// listOf is the list schema that has items of another type.
func (c *converter) listOf(list *openapi3.SchemaRef, itemName string, item *openapi3.SchemaRef) *openapi3.SchemaRef {
	name := itemName + generics["Page"]
	if _, made := c.doc.Components.Schemas[name]; !made {
		copied := *list.Value
		copied.Properties = maps.Clone(list.Value.Properties)
		items := *copied.Properties["items"].Value
		items.Items = item
		copied.Properties["items"] = inline(&items)
		c.doc.Components.Schemas[name] = inline(&copied)
	}
	return c.schemaRef(name, c.doc.Components.Schemas[name].Value)
}

func (c *converter) schemaRef(name string, value *openapi3.Schema) *openapi3.SchemaRef {
	return &openapi3.SchemaRef{Ref: "#/components/schemas/" + name, Value: value}
}

// isList tells a page of a list by its items and their number.
func isList(s *openapi3.Schema) bool {
	items := s.Properties["items"]
	return items != nil && items.Value.Type.Is(openapi3.TypeArray) && s.Properties["total"] != nil
}

// addSecurity says who may call the operation, to programs and in words.
func (c *converter) addSecurity(o *operation) error {
	bearer := openapi3.SecurityRequirement{"bearer": {}}
	sentence := fmt.Sprintf("Needs the role %s.", o.role)
	switch {
	case o.dryRun != "":
		o.Security = &openapi3.SecurityRequirements{bearer}
		sentence = fmt.Sprintf("Needs the role %s; `dryRun=true` needs the role editor.", o.role)
	case o.role != Anyone:
		o.Security = &openapi3.SecurityRequirements{bearer}
	case o.draftView != "":
		o.Security = &openapi3.SecurityRequirements{openapi3.SecurityRequirement{}, bearer}
		sentence = "Open to anyone; `view=draft` needs the role reader."
	default:
		o.Security = &openapi3.SecurityRequirements{}
		sentence = "Open to anyone."
	}
	o.Description += "\n\n" + sentence
	if !o.blind { // a credential that is wrong is refused also where none is needed
		c.addFailure(o, http.StatusUnauthorized)
	}
	if o.credentialed() {
		c.addFailure(o, http.StatusForbidden)
	}
	return nil
}

// addConditions documents conditional requests (RFC 9110 §13) on what caches may keep.
func (c *converter) addConditions(o *operation) error {
	if !o.public() {
		return nil
	}
	o.Parameters = append(o.Parameters, c.parameter("IfNoneMatch"), c.parameter("IfModifiedSince"))
	unchanged := &openapi3.Response{Description: ptr("The client's copy is current.")}
	c.addHeaders(unchanged, "ETag", "Vary", "Cache-Control", "X-Request-Id")
	if o.byRef() {
		c.addHeaders(unchanged, "Last-Modified")
	}
	o.Responses.Set("304", &openapi3.ResponseRef{Value: unchanged})
	c.addFailure(o, http.StatusPreconditionFailed)
	return nil
}

// addPreconditions documents how lost updates are prevented.
func (c *converter) addPreconditions(o *operation) error {
	switch {
	case o.dryRun != "":
		o.Parameters = append(o.Parameters, c.parameter("IfMatchUnlessDryRun"))
	case o.ifMatch == "required":
		o.Parameters = append(o.Parameters, c.parameter("IfMatch"))
	case o.ifMatch == "create":
		o.Parameters = append(o.Parameters, c.parameter("IfMatchOrCreate"), c.parameter("IfNoneMatchToCreate"))
		if o.Responses.Value("201") == nil {
			created := *o.Responses.Value("200").Value
			created.Description = ptr("Created")
			o.Responses.Set("201", &openapi3.ResponseRef{Value: &created})
		}
	default:
		return nil
	}
	c.addFailure(o, http.StatusConflict, http.StatusPreconditionFailed, http.StatusPreconditionRequired)
	return nil
}

// addIdempotency documents that a POST can be repeated safely.
func (c *converter) addIdempotency(o *operation) error {
	if !o.idempotent() {
		return nil
	}
	o.Parameters = append(o.Parameters, c.parameter("IdempotencyKey"))
	for _, answer := range o.succeeded() {
		c.addHeaders(answer, "Idempotency-Replayed")
	}
	c.addFailure(o, http.StatusConflict, http.StatusUnprocessableEntity)
	return nil
}

// addBodyFailures documents what can be wrong with a body, and that PATCH takes merge patches only.
func (c *converter) addBodyFailures(o *operation) error {
	if o.RequestBody == nil {
		return nil
	}
	body := o.RequestBody.Value
	body.Extensions = nil // what openapi2conv notes for the way back
	body.Required = body.Required || body.Content.Get(formType) != nil
	if o.method == http.MethodPatch {
		body.Content = openapi3.Content{mergePatchType: body.Content.Get(jsonType)}
	}
	c.addFailure(o, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity)
	return nil
}

// addAddressFailures documents what becomes of addresses: nothing there, removed, or moved by a new slug.
func (c *converter) addAddressFailures(o *operation) error {
	if o.inPath() {
		c.addFailure(o, http.StatusNotFound)
	}
	if !o.byRef() {
		return nil
	}
	c.addFailure(o, http.StatusGone)
	moved := &openapi3.Response{Description: ptr("The slug has changed: repeat the request at the address in Location.")}
	c.addHeaders(moved, "Location", "Cache-Control", "X-Request-Id")
	o.Responses.Set("308", &openapi3.ResponseRef{Value: moved})
	return nil
}

// addUsualFailures documents what every operation can answer.
func (c *converter) addUsualFailures(o *operation) error {
	if o.method == http.MethodPut || o.method == http.MethodPost && o.inPath() { // what is named may not be in a state for it
		c.addFailure(o, http.StatusConflict)
	}
	c.addFailure(o, o.failures...)
	c.addFailure(o, http.StatusBadRequest, http.StatusTooManyRequests, http.StatusInternalServerError,
		http.StatusServiceUnavailable)
	return nil
}

// addAnswerHeaders documents the headers of successful answers.
func (c *converter) addAnswerHeaders(o *operation) error {
	for status, ref := range o.Responses.Map() {
		answer := ref.Value
		if !strings.HasPrefix(status, "2") {
			continue
		}
		c.addHeaders(answer, "X-Request-Id", "Cache-Control")
		if status != "204" && o.tagged() {
			c.addHeaders(answer, "ETag")
		}
		if o.public() {
			c.addHeaders(answer, "Vary")
		}
		if o.public() && o.byRef() {
			c.addHeaders(answer, "Last-Modified")
		}
		if status == "201" {
			c.addHeaders(answer, "Location")
		}
		if c.listed(answer) {
			c.addHeaders(answer, "Link")
		}
	}
	return nil
}

// listed tells whether the answer is a page of a list.
func (c *converter) listed(answer *openapi3.Response) bool {
	content := answer.Content.Get(jsonType)
	if content == nil || content.Schema == nil {
		return false
	}
	s := content.Schema.Value
	return isList(s) || slices.ContainsFunc(s.AnyOf, func(one *openapi3.SchemaRef) bool { return isList(one.Value) })
}
