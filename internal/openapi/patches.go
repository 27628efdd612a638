package openapi

import (
	"fmt"
	"net/http"
	"path"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// mergePatches gives every PATCH the schema of its merge patch (RFC 7396), derived from that of the whole.
func (c *converter) mergePatches() error {
	for _, o := range c.operations {
		if o.method != http.MethodPatch || o.RequestBody == nil {
			continue
		}
		media := o.RequestBody.Value.Content.Get(mergePatchType)
		if media == nil || media.Schema == nil || media.Schema.Ref == "" {
			return fmt.Errorf("%s %s: the body of a PATCH is one named type", o.method, o.path)
		}
		media.Schema = c.patchOf(media.Schema, false)
	}
	return nil
}

// patchOf is the merge patch of a named object: the same members, none of them needed, and null to remove those
// that the whole can be without. A patch inside another may itself be null.
func (c *converter) patchOf(whole *openapi3.SchemaRef, nullable bool) *openapi3.SchemaRef {
	name := strings.TrimSuffix(path.Base(whole.Ref), "Input") + "Patch"
	if made, ok := c.doc.Components.Schemas[name]; ok {
		return c.schemaRef(name, made.Value)
	}
	patch := *whole.Value
	patch.Required, patch.Nullable = nil, nullable
	patch.Description = "A merge patch (RFC 7396): members that are absent stay as they are, null removes, lists are " +
		"replaced whole."
	patch.Properties = make(openapi3.Schemas, len(whole.Value.Properties))
	c.doc.Components.Schemas[name] = inline(&patch)
	for member, value := range whole.Value.Properties {
		patch.Properties[member] = c.patchMember(value, !slices.Contains(whole.Value.Required, member))
	}
	return c.schemaRef(name, &patch)
}

// patchMember is one member of a patch: objects become patches themselves, everything else is replaced whole.
func (c *converter) patchMember(value *openapi3.SchemaRef, removable bool) *openapi3.SchemaRef {
	target := value
	if alone := value.Value.AllOf; value.Ref == "" && len(alone) == 1 { // how swag describes a reference
		target = alone[0]
	}
	if target.Ref != "" && target.Value.Type.Is(openapi3.TypeObject) && len(target.Value.Properties) > 0 {
		return c.patchOf(target, removable)
	}
	if !removable {
		return value
	}
	member := *target.Value
	member.Nullable = true
	if len(member.Enum) > 0 {
		member.Enum = append(slices.Clone(member.Enum), nil)
	}
	if value.Value.Description != "" {
		member.Description = value.Value.Description
	}
	return inline(&member)
}
