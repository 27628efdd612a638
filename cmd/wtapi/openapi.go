package main

import (
	"github.com/cpics/working-together-api/docs"
)

type openAPICmd struct {
	Form string `arg:"" optional:"" enum:"json,yaml,swagger" default:"json" help:"OpenAPI 3.0.3 as json or yaml, or Swagger 2.0 as swagger."`
}

// Run prints the description as the service serves it.
func (c *openAPICmd) Run(p *program) error {
	cfg, err := p.settings.read()
	if err != nil {
		return err
	}
	forms := map[string]func(string) []byte{"json": docs.OpenAPIJSON, "yaml": docs.OpenAPIYAML, "swagger": docs.SwaggerJSON}
	_, err = p.stdout.Write(forms[c.Form](cfg.address(cfg.listen)))
	return err
}
