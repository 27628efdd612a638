package openapi

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// addExamples shows what every operation takes and answers. The example of a named type is a component, so that
// the document shows it once.
func (c *converter) addExamples() error {
	for _, o := range c.operations {
		given := o.takeExample(noteRequestExample)
		if o.RequestBody != nil {
			c.exemplify(o.RequestBody.Value.Content, given)
		}
		given = o.takeExample(noteExample)
		for _, answer := range o.succeeded() {
			c.exemplify(answer.Content, given)
			if err := complete(answer.Content); err != nil {
				return fmt.Errorf("%s %s: %w", o.method, o.path, err)
			}
		}
	}
	return nil
}

// takeExample takes an example out of the operation's x- lines; nil when there is none.
func (o *operation) takeExample(name string) any {
	value := o.Extensions[name]
	delete(o.Extensions, name)
	return value
}

// complete refuses content that has no example, so that no operation is published without one.
func complete(content openapi3.Content) error {
	for name, media := range content {
		if media.Example == nil && len(media.Examples) == 0 && !binary(media) {
			return fmt.Errorf("no example can be made of the %s answer: add @x-example", name)
		}
	}
	return nil
}

// binary tells content that is bytes, of which there is no example in JSON.
func binary(media *openapi3.MediaType) bool {
	return media.Schema == nil || media.Schema.Value.Format == "binary"
}

// exemplify shows the given value in content, or else what its schema's examples make.
func (c *converter) exemplify(content openapi3.Content, given any) {
	for name, media := range content {
		switch {
		case name == formType: // bytes are among its parts
			for _, part := range media.Schema.Value.Properties {
				part.Value.Extensions = nil // what openapi2conv notes for the way back
			}
		case media.Example != nil: // of a format that is the same for all
		case given != nil:
			media.Example = given
		case media.Schema == nil:
		case len(media.Schema.Value.AnyOf) > 0:
			media.Examples = c.namedExamples(media.Schema.Value.AnyOf)
		case media.Schema.Ref != "":
			media.Examples = c.namedExamples(openapi3.SchemaRefs{media.Schema})
		default:
			media.Example = exampleOf(media.Schema, nil)
		}
	}
}

// places are the names of examples, which keep their order where names are sorted. No answer has more alternatives.
var places = []string{"first", "second", "third"}

// namedExamples refers to the examples of named types, making those that are new.
func (c *converter) namedExamples(refs openapi3.SchemaRefs) openapi3.Examples {
	examples := openapi3.Examples{}
	for i, ref := range refs {
		name := path.Base(ref.Ref)
		if _, made := c.doc.Components.Examples[name]; !made {
			example := &openapi3.Example{Summary: name, Value: exampleOf(ref, nil)}
			c.doc.Components.Examples[name] = &openapi3.ExampleRef{Value: example}
		}
		examples[places[i]] = &openapi3.ExampleRef{Ref: "#/components/examples/" + name, Value: c.doc.Components.Examples[name].Value}
	}
	return examples
}

// exampleOf builds a value that the schema allows, out of its fields' examples; nil where it cannot. within are
// the types around it: one that contains itself ends there.
func exampleOf(ref *openapi3.SchemaRef, within []string) any {
	if ref == nil || slices.Contains(within, ref.Ref) {
		return nil
	}
	if ref.Ref != "" {
		within = append(slices.Clone(within), ref.Ref)
	}
	s := ref.Value
	switch {
	case s.Example != nil:
		return s.Example
	case s.Default != nil:
		return s.Default
	case len(s.Enum) > 0:
		return s.Enum[0]
	case len(s.AllOf) > 0:
		return exampleOf(s.AllOf[0], within)
	}
	return exampleOfType(s, within)
}

func exampleOfType(s *openapi3.Schema, within []string) any {
	switch {
	case s.Type.Is(openapi3.TypeObject):
		return exampleObject(s, within)
	case s.Type.Is(openapi3.TypeArray):
		if item := exampleOf(s.Items, within); item != nil {
			return []any{item}
		}
		return []any{}
	case s.Type.Is(openapi3.TypeString) && s.Format != "binary":
		return exampleText(s)
	case s.Type.Is(openapi3.TypeBoolean):
		return true
	case s.Type.Is(openapi3.TypeInteger), s.Type.Is(openapi3.TypeNumber):
		return max(1, deref(s.Min))
	default:
		return nil
	}
}

// exampleObject shows every member that has an example, but for those described as there only in some case, which
// may not be the one that the others show. What a map of free names holds is left to its own example.
func exampleObject(s *openapi3.Schema, within []string) any {
	object := map[string]any{}
	for _, member := range slices.Sorted(maps.Keys(s.Properties)) {
		if strings.HasPrefix(s.Properties[member].Value.Description, "Only ") {
			continue
		}
		if value := exampleOf(s.Properties[member], within); value != nil {
			object[member] = value
		}
	}
	if len(object) == 0 && len(within) > 0 {
		return nil
	}
	return object
}

// exampleText is for strings that nobody gave an example: the form's, or a word.
func exampleText(s *openapi3.Schema) any {
	if known, ok := forms[s.Format]; ok && s.Pattern == known.pattern {
		return known.example
	}
	if s.Pattern != "" {
		return nil
	}
	return strings.Repeat("text ", int(s.MinLength)/5) + "text"
}

func deref(f *float64) float64 {
	if f == nil {
		return 0
	}
	return *f
}
