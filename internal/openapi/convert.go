package openapi

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/getkin/kin-openapi/openapi2"
	"github.com/getkin/kin-openapi/openapi2conv"
	"github.com/getkin/kin-openapi/openapi3"
)

// BaseURL stands in the generated document wherever the service's own address belongs. Who serves the document
// puts the real one in its place.
const BaseURL = "http://127.0.0.1:8080"

// Problem is one problem type of the API, as its error table has it.
type Problem struct {
	Kind   string // the name in its address, /docs/problems#kind
	Status int    // the HTTP status it comes with
	Title  string // the short sentence that is the same each time
}

// converter holds the document while it is made.
type converter struct {
	doc        *openapi3.T
	problems   []Problem
	operations []*operation // by path, then method
}

// Convert makes the OpenAPI 3.0.3 document, indented JSON with members in a stable order, out of the Swagger 2.0
// one that package annotations reads. Every error names the operation or type whose annotation is to be mended.
// The result is valid, its examples included.
func Convert(swagger []byte, problems []Problem) ([]byte, error) {
	doc, err := upgrade(swagger)
	if err != nil {
		return nil, err
	}
	c := &converter{doc: doc, problems: problems}
	steps := []func() error{
		c.describeService, c.readOperations, c.takeProblem, c.finishSchemas, c.finishOperations,
		c.mergePatches, c.closeObjects, c.dropUnused, c.addExamples,
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return c.encode()
}

// upgrade is what openapi2conv can do without knowing this API.
func upgrade(swagger []byte) (*openapi3.T, error) {
	tidy, err := tidyNames(swagger)
	if err != nil {
		return nil, err
	}
	var v2 openapi2.T
	if err := json.Unmarshal(tidy, &v2); err != nil {
		return nil, fmt.Errorf("the Swagger document: %w", err)
	}
	doc, err := openapi2conv.ToV3(&v2)
	if err != nil {
		return nil, fmt.Errorf("upgrading to OpenAPI 3: %w", err)
	}
	return doc, nil
}

// describeService says where the service is and how a credential is sent.
func (c *converter) describeService() error {
	c.doc.Servers = openapi3.Servers{{URL: BaseURL, Description: "This service"}}
	c.doc.Components.SecuritySchemes = openapi3.SecuritySchemes{"bearer": {Value: &openapi3.SecurityScheme{
		Type: "http", Scheme: "bearer", BearerFormat: "wtp_…",
		Description: "A token that the service's operator makes. It has one of the roles reader, editor, " +
			"publisher and admin, each of which includes the ones before.",
	}}}
	c.doc.Components.Parameters = openapi3.ParametersMap{}
	c.doc.Components.Headers = openapi3.Headers{}
	c.doc.Components.Responses = openapi3.ResponseBodies{}
	c.doc.Components.Examples = openapi3.Examples{}
	return nil
}

// readOperations collects the operations in a stable order and takes what their annotations say beyond OpenAPI.
func (c *converter) readOperations() error {
	for path, item := range c.doc.Paths.Map() {
		for method, op := range item.Operations() {
			o, err := newOperation(path, method, op)
			if err != nil {
				return err
			}
			c.operations = append(c.operations, o)
		}
	}
	slices.SortFunc(c.operations, func(a, b *operation) int {
		return cmp.Or(cmp.Compare(a.path, b.path), cmp.Compare(a.method, b.method))
	})
	return c.checkTags()
}

// checkTags refuses a tag that the general description does not explain, and leaves out those it explains for
// operations that are yet to come.
func (c *converter) checkTags() error {
	used := map[string]bool{}
	for _, o := range c.operations {
		for _, tag := range o.Tags {
			if c.doc.Tags.Get(tag) == nil {
				return fmt.Errorf("%s %s: the tag %s has no @tag.name and @tag.description", o.method, o.path, tag)
			}
			used[tag] = true
		}
	}
	c.doc.Tags = slices.DeleteFunc(c.doc.Tags, func(tag *openapi3.Tag) bool { return !used[tag.Name] })
	return nil
}

// encode writes the document and reads it back: what does not survive that is no description of anything.
func (c *converter) encode() ([]byte, error) {
	encoded, err := json.MarshalIndent(c.doc, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("writing the document: %w", err)
	}
	read, err := openapi3.NewLoader().LoadFromData(encoded)
	if err != nil {
		return nil, fmt.Errorf("the finished document: %w", err)
	}
	if err := read.Validate(context.Background(), openapi3.EnableExamplesValidation()); err != nil {
		return nil, fmt.Errorf("the finished document: %w", err)
	}
	return append(encoded, '\n'), nil
}
