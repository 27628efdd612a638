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

// perPackage are the type names that every package uses for its own thing, and what the schema's name has behind
// the package's.
var perPackage = map[string]string{
	"View": "", "Input": "Input", "Draft": "Draft", "Item": "Item", "Detail": "Detail", "Edition": "Edition",
}

// things are the packages whose name is not the name of what they are about.
var things = map[string]string{"casestudy": "CaseStudy", "toolkit": "ToolkitAsset"}

// generics are the generic types whose name reads better otherwise behind their argument's.
var generics = map[string]string{"Page": "List"}

// tidyNames gives every definition of the Swagger document the schema name that clients see. Two types that would
// share one in spite of all are an error: their package's author decides, with //@name.
func tidyNames(swagger []byte) ([]byte, error) {
	var doc map[string]any
	if err := json.Unmarshal(swagger, &doc); err != nil {
		return nil, fmt.Errorf("the Swagger document: %w", err)
	}
	old, _ := doc["definitions"].(map[string]any)
	names := newNames(old)
	tidy := make(map[string]any, len(old))
	from := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(old)) {
		to := names.schema(name)
		if other, taken := from[to]; taken {
			return nil, fmt.Errorf("%s and %s would both be called %s: give one a //@name", other, name, to)
		}
		from[to], tidy[to] = name, old[name]
	}
	doc["definitions"] = tidy
	names.renameRefs(doc)
	return json.Marshal(doc)
}

// names turns Go types, as swag writes them, into the names of schemas.
type names struct {
	packages map[string][]string // those that have a type of the name
}

func newNames(definitions map[string]any) names {
	n := names{packages: map[string][]string{}}
	for name := range definitions {
		if pkg, typ := splitType(name); !slices.Contains(n.packages[typ], pkg) {
			n.packages[typ] = append(n.packages[typ], pkg)
		}
	}
	return n
}

// renameRefs follows the new names in all references below node.
func (n names) renameRefs(node any) {
	switch node := node.(type) {
	case map[string]any:
		for key, value := range node {
			if ref, ok := value.(string); ok && key == "$ref" {
				node[key] = definitions + n.schema(strings.TrimPrefix(ref, definitions))
				continue
			}
			n.renameRefs(value)
		}
	case []any:
		for _, value := range node {
			n.renameRefs(value)
		}
	}
}

// schema is what clients see of a type: package.Type, or package.Generic-package_Type.
func (n names) schema(swagName string) string {
	parts := strings.Split(swagName, "-")
	last := len(parts) - 1
	if last > 0 {
		parts[last] = strings.Replace(parts[last], "_", ".", 1)
	}
	name := n.plain(parts[last])
	for _, outer := range slices.Backward(parts[:last]) {
		_, generic := splitType(strings.Replace(outer, "_", ".", 1))
		if other, ok := generics[generic]; ok {
			generic = other
		}
		name += generic
	}
	return name
}

// plain is the schema name of a type that is not generic: its own, with its package's in front where it means
// nothing without, or something else in another package.
func (n names) plain(name string) string {
	pkg, typ := splitType(name)
	suffix, ofPackage := perPackage[typ]
	switch {
	case pkg == "":
		return upperFirst(typ)
	case ofPackage:
		return thing(pkg) + suffix
	case len(n.packages[typ]) > 1:
		return thing(pkg) + typ
	default:
		return typ
	}
}

// thing is what the package is about.
func thing(pkg string) string {
	if name, ok := things[pkg]; ok {
		return name
	}
	return upperFirst(pkg)
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
