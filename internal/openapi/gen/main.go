// Command gen writes the API's description from the annotations of its handlers: swagger.json, as swag reads
// them, and openapi.json and openapi.yaml, as package openapi finishes it. It is run by go generate in docs/, and
// takes the module's root and the folder to write to.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/cpics/working-together-api/internal/openapi"
	"github.com/cpics/working-together-api/internal/openapi/annotations"
	"github.com/cpics/working-together-api/internal/web"
)

// generalFile holds the description of the API as a whole.
const generalFile = "docs.go"

func main() {
	if len(os.Args) != 3 {
		fail(fmt.Errorf("usage: gen <module root> <output folder>"))
	}
	files, err := generate(os.Args[1])
	if err != nil {
		fail(err)
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(os.Args[2], name), content, 0o644); err != nil {
			fail(err)
		}
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "gen:", err)
	os.Exit(1)
}

// generate makes the files, by name, from the source below the module's root.
func generate(root string) (map[string][]byte, error) {
	packages, err := annotations.Packages(root, "internal", "openapi")
	if err != nil {
		return nil, err
	}
	swagger, err := annotations.Read(root, generalFile, append([]string{"api"}, packages...)...)
	if err != nil {
		return nil, err
	}
	document, err := openapi.Convert(swagger, problems())
	if err != nil {
		return nil, err
	}
	yaml, err := openapi.YAML(document)
	if err != nil {
		return nil, err
	}
	return map[string][]byte{"swagger.json": append(swagger, '\n'), "openapi.json": document, "openapi.yaml": yaml}, nil
}

// problems is the service's error table as the description shows it.
func problems() []openapi.Problem {
	var all []openapi.Problem
	for _, p := range web.Problems() {
		all = append(all, openapi.Problem{Kind: string(p.Kind), Status: p.Status, Title: p.Title})
	}
	return all
}
