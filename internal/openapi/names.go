package openapi

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

const definitions = "#/definitions/"

// perPackage are the type names that several packages use for their own thing, and what the schema's name has
// behind the package's.
var perPackage = map[string]string{
	"View": "", "Input": "Input", "Draft": "Draft", "Item": "Item", "Detail": "Detail", "Edition": "Edition",
}

// things are the packages whose name is not the name of what they are about.
var things = map[string]string{"casestudy": "CaseStudy", "toolkit": "ToolkitAsset"}

// generics are the generic types whose name reads better otherwise behind their argument's.
var generics = map[string]string{"Page": "List"}

// tidyNames gives every definition of the Swagger document the schema name that clients see. Two types that would
// share one are an error: their package's author decides, with //@name.
func tidyNames(swagger []byte) ([]byte, error) {
	var doc map[string]any
	if err := json.Unmarshal(swagger, &doc); err != nil {
		return nil, fmt.Errorf("the Swagger document: %w", err)
	}
	old, _ := doc["definitions"].(map[string]any)
	tidy := make(map[string]any, len(old))
	from := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(old)) {
		to := schemaName(name)
		if other, taken := from[to]; taken {
			return nil, fmt.Errorf("%s and %s would both be called %s: give one a //@name", other, name, to)
		}
		from[to], tidy[to] = name, old[name]
	}
	doc["definitions"] = tidy
	renameRefs(doc)
	return json.Marshal(doc)
}

// renameRefs follows the new names in all references below node.
func renameRefs(node any) {
	switch node := node.(type) {
	case map[string]any:
		for key, value := range node {
			if ref, ok := value.(string); ok && key == "$ref" {
				node[key] = definitions + schemaName(strings.TrimPrefix(ref, definitions))
				continue
			}
			renameRefs(value)
		}
	case []any:
		for _, value := range node {
			renameRefs(value)
		}
	}
}

// schemaName is what clients see of a Go type as swag writes it: package.Type, or package.Generic-package_Type.
func schemaName(swagName string) string {
	parts := strings.Split(swagName, "-")
	last := len(parts) - 1
	if last > 0 {
		parts[last] = strings.Replace(parts[last], "_", ".", 1)
	}
	name := typeName(parts[last])
	for _, outer := range slices.Backward(parts[:last]) {
		_, generic := splitType(strings.Replace(outer, "_", ".", 1))
		if other, ok := generics[generic]; ok {
			generic = other
		}
		name += generic
	}
	return name
}

// typeName is the schema name of a type that is not generic.
func typeName(name string) string {
	pkg, typ := splitType(name)
	if suffix, ok := perPackage[typ]; ok && pkg != "" {
		if thing, ok := things[pkg]; ok {
			return thing + suffix
		}
		return upperFirst(pkg) + suffix
	}
	return upperFirst(typ)
}

// splitType separates a type's package, "" when a //@name replaced both, from its name.
func splitType(name string) (pkg, typ string) {
	if i := strings.LastIndexByte(name, '.'); i >= 0 {
		return name[:i], name[i+1:]
	}
	return "", name
}

func upperFirst(s string) string {
	r, size := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(r)) + s[size:]
}
