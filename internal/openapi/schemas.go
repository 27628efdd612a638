package openapi

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
)

// form is how values of a format look.
type form struct {
	published string // the format that OpenAPI knows, "" when the pattern says all
	pattern   string // ECMA 262 and RE2 alike
	maxLength uint64 // 0 for none
	example   any
}

const exampleID = "0197b8a0-6f3e-7c21-9d54-3b1f0e8a7c42" // a UUIDv7

// forms are the formats that field tags may name. A name that is not here is published as it stands.
var forms = map[string]form{
	"uuid":         {published: "uuid", example: exampleID},
	"date-time":    {published: "date-time", example: "2026-11-23T09:30:00Z"},
	"date":         {published: "date", example: "2026-11-23"},
	"uri":          {published: "uri", example: BaseURL + "/v1"},
	"https-url":    {published: "uri", pattern: "^https://", example: "https://www.example.nhs.uk/working-together"},
	"slug":         {pattern: "^[a-z0-9]+(-[a-z0-9]+)*$", maxLength: 100, example: "considerate-timely-communications"},
	"language":     {pattern: "^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$", example: "en-GB"},
	"partial-date": {pattern: "^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$", example: "2024-03"},
	"ods-code":     {pattern: "^[A-Z0-9]{3,10}$", example: "QUE"},
	"digest":       {pattern: "^sha-256:[0-9a-f]{64}$", example: "sha-256:" + strings.Repeat("0a1b2c3d", 8)},
}

// finishSchemas puts back what swag loses of the types.
func (c *converter) finishSchemas() error {
	for _, name := range slices.Sorted(maps.Keys(c.doc.Components.Schemas)) {
		if err := finishSchema("", c.doc.Components.Schemas[name]); err != nil {
			return fmt.Errorf("type %s: %w", name, err)
		}
	}
	for _, o := range c.operations {
		for _, p := range o.Parameters {
			if err := finishSchema(p.Value.Name, p.Value.Schema); err != nil {
				return fmt.Errorf("%s %s: parameter %s: %w", o.method, o.path, p.Value.Name, err)
			}
		}
	}
	return nil
}

// finishSchema finishes a schema and those that stand inside it; name is that of the member or parameter.
func finishSchema(name string, ref *openapi3.SchemaRef) error {
	if ref == nil || ref.Ref != "" {
		return nil
	}
	s := ref.Value
	if err := takeExtensions(s); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	nameForm(name, s)
	if name != "" && anyValue(s) {
		s.Type = nil
	}
	if s.Description != "" {
		s.Description = upperFirst(s.Description)
	}
	for _, member := range slices.Sorted(maps.Keys(s.Properties)) {
		if err := finishSchema(member, s.Properties[member]); err != nil {
			return err
		}
		sayDefault(s.Properties[member])
	}
	inside := append(slices.Clone(s.AllOf), s.AdditionalProperties.Schema)
	for _, child := range append(inside, s.Items) {
		if err := finishSchema("", child); err != nil {
			return err
		}
	}
	return nil
}

// takeExtensions turns the x- members that stand for what swag does not carry into what they stand for.
func takeExtensions(s *openapi3.Schema) error {
	for _, name := range slices.Sorted(maps.Keys(s.Extensions)) {
		value := fmt.Sprint(s.Extensions[name])
		number, err := uint64(0), error(nil)
		switch name {
		case "x-pattern":
			s.Pattern = value
		case "x-format":
			s.Format = value
		case "x-min-items":
			s.MinItems, err = strconv.ParseUint(value, 10, 64)
		case "x-max-items":
			number, err = strconv.ParseUint(value, 10, 64)
			s.MaxItems = &number
		case "x-min-properties":
			s.MinProps, err = strconv.ParseUint(value, 10, 64)
		case "x-enum-varnames", "x-enum-comments", "x-enum-descriptions", "x-order", "x-omitempty": // for other programs
		default:
			return fmt.Errorf("the extension %s means nothing here", name)
		}
		if err != nil {
			return fmt.Errorf("the extension %s: %w", name, err)
		}
		delete(s.Extensions, name)
	}
	return nil
}

// sayDefault moves a member's default into its description: generators take a member that has one for always there,
// also where a client writes it.
func sayDefault(ref *openapi3.SchemaRef) {
	if s := ref.Value; ref.Ref == "" && s.Default != nil {
		s.Description = strings.TrimSpace(s.Description + fmt.Sprintf(" (default: %v)", s.Default))
		s.Default = nil
	}
}

// anyValue tells a member of which the type says nothing at all: swag has no word for it but object.
func anyValue(s *openapi3.Schema) bool {
	return s.Type.Is(openapi3.TypeObject) && len(s.Properties) == 0 && s.AdditionalProperties.Schema == nil &&
		s.AdditionalProperties.Has == nil && len(s.AllOf) == 0
}

// nameForm gives a string its form: the one its format names, or the one that its name has throughout this API.
func nameForm(name string, s *openapi3.Schema) {
	if !s.Type.Is(openapi3.TypeString) || len(s.Enum) > 0 {
		return
	}
	if s.Format == "" && s.Pattern == "" {
		s.Format = formatByName(name, s.Example)
	}
	known, ok := forms[s.Format]
	if !ok {
		return
	}
	s.Format = known.published
	if s.Pattern == "" {
		s.Pattern = known.pattern
	}
	if s.MaxLength == nil && known.maxLength > 0 {
		s.MaxLength = ptr(known.maxLength)
	}
	if s.Example == nil {
		s.Example = known.example
	}
}

// formatByName is the format that a member's name promises. Where its example is no whole date, nor are its values.
func formatByName(name string, example any) string {
	switch {
	case name == "id" || strings.HasSuffix(name, "Id") && name != "requestId":
		return "uuid"
	case name == "at" || strings.HasSuffix(name, "At"):
		return "date-time"
	case strings.HasSuffix(name, "On"):
		if text, given := example.(string); given && len(text) < len(time.DateOnly) {
			return "partial-date"
		}
		return "date"
	case slices.Contains([]string{"next", "previous", "href", "url"}, name):
		return "uri"
	case slices.Contains([]string{"slug", "language", "digest"}, name):
		return name
	default:
		return ""
	}
}

// closeObjects says of every object with named members that it has no others: the service refuses unknown ones
// and sends none that are not described. Only problem documents are open, and say so.
func (c *converter) closeObjects() error {
	for _, ref := range c.doc.Components.Schemas {
		closeObject(ref)
	}
	c.doc.Components.Schemas[problemSchema].Value.AdditionalProperties.Has = ptr(true)
	return nil
}

func closeObject(ref *openapi3.SchemaRef) {
	if ref == nil || ref.Ref != "" {
		return
	}
	s := ref.Value
	if len(s.Properties) > 0 && s.AdditionalProperties.Schema == nil {
		s.AdditionalProperties.Has = ptr(false)
	}
	for _, member := range s.Properties {
		closeObject(member)
	}
	closeObject(s.Items)
	closeObject(s.AdditionalProperties.Schema)
}
