package api

import (
	"bytes"
	"fmt"
	"html/template"
	"net/url"
	"path"
	"sync"

	"github.com/labstack/echo/v4"

	"github.com/cpics/working-together-api/docs"
	"github.com/cpics/working-together-api/internal/errs"
	"github.com/cpics/working-together-api/internal/web"
)

// The description of the API as a whole; the operations' own stand beside their handlers.
//
//	@title          Working Together API
//	@version        1.0.0
//	@description    The guiding principles of Working Together, the case studies that show them in action, and the
//	@description    toolkit that helps to share them.
//	@description
//	@description    Reading what is published needs no credential. Whoever writes sends a token
//	@description    (`Authorization: Bearer wtp_…`) with one of the roles reader, editor, publisher and admin, each
//	@description    of which includes the ones before.
//	@description
//	@description    * Times are in UTC and in whole seconds. What has no value is absent; there are no nulls.
//	@description    * Unknown parameters and members are refused, never ignored. Every error is a problem document
//	@description      (RFC 9457) that lists all that is wrong at once; its type is explained under `/docs/problems`.
//	@description    * Lists come in pages: follow `next` until it is absent. With `fields`, items have only the named
//	@description      members and `id`, whatever their type requires.
//	@description    * Every answer has an `X-Request-Id`. A request may bring its own: 1 to 64 letters, digits, dots,
//	@description      hyphens and underscores.
//	@description    * Published answers have a strong `ETag`, so that a copy can be checked with `If-None-Match`.
//	@description      Changes need `If-Match` with the version that the client has read, so that nobody's work is lost.
//	@description    * HEAD works wherever GET does, and OPTIONS tells what an address allows.
//	@contact.name   The Working Together API authors
//	@license.name   MIT
//	@license.url    https://opensource.org/license/mit
//	@tag.name         principles
//	@tag.description  The guiding principles, in their order.
//	@tag.name         case studies
//	@tag.description  Stories of the principles in action.
//	@tag.name         toolkit assets
//	@tag.description  Documents, posters and links that help to share the principles.
//	@tag.name         pages
//	@tag.description  Prose that leads through the rest.
//	@tag.name         overview
//	@tag.description  The whole public page in one call.
//	@tag.name         search
//	@tag.description  Everything that is live, by its words.
//	@tag.name         embedding
//	@tag.description  Items as HTML for the pages of other systems.
//	@tag.name         organisations
//	@tag.description  Health and care organisations that case studies name.
//	@tag.name         topics
//	@tag.description  Subjects by which case studies are found.
//	@tag.name         staying current
//	@tag.description  The change log, and a check of copies, for those who keep one.
//	@tag.name         webhooks
//	@tag.description  Addresses that are told at once what happens in public.
//	@tag.name         files
//	@tag.description  What the toolkit consists of, and images: uploads, and what is said of them.
//	@tag.name         tokens
//	@tag.description  Who may write, and with what credential.
//	@tag.name         service
//	@tag.description  The service itself: its health, its description and what explains it.

// The policies let the pages load what lies beside them and nothing else. Swagger UI draws its icons from data:
// addresses, and its "Try it out" calls the service under its published address.
const (
	pagePolicy      = "default-src 'none'; img-src 'self' data:; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
	referencePolicy = pagePolicy + "; script-src 'self'; connect-src 'self' "
)

// assetCaching is longer than that of content: the files change with a release only.
const assetCaching = "public, max-age=3600"

// assetTypes are the media types of what the pages load, by the end of the name.
var assetTypes = map[string]string{
	".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".png": "image/png",
	".txt": "text/plain; charset=utf-8",
}

// Docs serves the API's description and the pages that explain it. Each is made when it is first asked for, which most
// starts are long over by then, and never changes.
type Docs struct {
	openAPIJSON, openAPIYAML, swaggerJSON document
	reference, problems                   document
	referencePolicy                       string
	assets                                map[string]document
}

// document is what makes a document at the first call, and gives it.
type document func() (*web.Representation, error)

// NewDocs prepares them for a service that is published at baseURL (without a slash at its end).
func NewDocs(baseURL string) (*Docs, error) {
	d := &Docs{
		openAPIJSON:     described(docs.OpenAPIJSON, baseURL, web.PublicOptions{}),
		openAPIYAML:     described(docs.OpenAPIYAML, baseURL, web.PublicOptions{MediaType: "application/yaml"}),
		swaggerJSON:     described(docs.SwaggerJSON, baseURL, web.PublicOptions{}),
		reference:       sync.OnceValues(func() (*web.Representation, error) { return fillIn("reference.html", nil) }),
		problems:        sync.OnceValues(func() (*web.Representation, error) { return fillIn("problems.html", web.Problems()) }),
		referencePolicy: referencePolicy + origin(baseURL),
		assets:          map[string]document{},
	}
	names, err := docs.Assets()
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		d.assets[name] = sync.OnceValues(func() (*web.Representation, error) { return asset(name) })
	}
	return d, nil
}

// described is a description of the API as a service at baseURL gives it.
func described(text func(baseURL string) []byte, baseURL string, opt web.PublicOptions) document {
	return sync.OnceValues(func() (*web.Representation, error) { return web.NewRepresentation(text(baseURL), opt), nil })
}

// origin is an address without its path, as policies name a service.
func origin(baseURL string) string {
	u, err := url.Parse(baseURL)
	if err != nil { // then the page may call nothing but where it lies
		return ""
	}
	return u.Scheme + "://" + u.Host
}

// fillIn fills a page's template in.
func fillIn(name string, data any) (*web.Representation, error) {
	text, err := docs.Page(name)
	if err != nil {
		return nil, err
	}
	parsed, err := template.New(name).Parse(text)
	if err != nil {
		return nil, fmt.Errorf("page %s: %w", name, err)
	}
	var out bytes.Buffer
	if err := parsed.Execute(&out, data); err != nil {
		return nil, fmt.Errorf("page %s: %w", name, err)
	}
	return web.NewRepresentation(out.Bytes(), web.PublicOptions{MediaType: "text/html; charset=utf-8"}), nil
}

// asset unpacks a file that the pages load.
func asset(name string) (*web.Representation, error) {
	content, err := docs.Asset(name)
	if err != nil {
		return nil, err
	}
	mediaType := assetTypes[path.Ext(name)]
	return web.NewRepresentation(content, web.PublicOptions{MediaType: mediaType, CacheControl: assetCaching}), nil
}

// OpenAPIJSON serves the description.
//
//	@Summary      Describe the API (OpenAPI 3.0.3, JSON)
//	@Description  This description, for programs.
//	@ID           describeOpenApiJson
//	@Tags         service
//	@Produce      json
//	@Success      200  {object}  object
//	@Failure      default  {object}  web.Problem
//	@Router       /v1/openapi.json [get]
//	@x-role       "anyone"
//	@x-example    {"openapi": "3.0.3", "info": {"title": "Working Together API", "version": "1.0.0"}, "paths": {}}
func (d *Docs) OpenAPIJSON(c echo.Context) error { return strictly(c, d.openAPIJSON) }

// OpenAPIYAML serves the description in YAML.
//
//	@Summary      Describe the API (OpenAPI 3.0.3, YAML)
//	@Description  The same description as in JSON.
//	@ID           describeOpenApiYaml
//	@Tags         service
//	@Produce      application/yaml
//	@Success      200  {object}  object
//	@Router       /v1/openapi.yaml [get]
//	@x-role       "anyone"
//	@x-example    {"openapi": "3.0.3", "info": {"title": "Working Together API", "version": "1.0.0"}, "paths": {}}
func (d *Docs) OpenAPIYAML(c echo.Context) error { return strictly(c, d.openAPIYAML) }

// SwaggerJSON serves the older form of the description.
//
//	@Summary      Describe the API (Swagger 2.0)
//	@Description  For programs that read no OpenAPI 3. It does without the error answers and the response headers.
//	@ID           describeSwagger
//	@Tags         service
//	@Produce      json
//	@Success      200  {object}  object
//	@Router       /v1/swagger.json [get]
//	@x-role       "anyone"
//	@x-example    {"swagger": "2.0", "info": {"title": "Working Together API", "version": "1.0.0"}, "paths": {}}
func (d *Docs) SwaggerJSON(c echo.Context) error { return strictly(c, d.swaggerJSON) }

// strictly serves what takes no parameters.
func strictly(c echo.Context, d document) error {
	if err := web.NoQuery(c); err != nil {
		return err
	}
	return d.serve(c)
}

func (d document) serve(c echo.Context) error {
	r, err := d()
	if err != nil {
		return err
	}
	return r.Serve(c)
}

// Reference serves the page on which people read the description and try it out. It ignores parameters, since
// people share its address.
//
//	@Summary      Show the reference page
//	@Description  This description, for people: an HTML page that needs nothing from elsewhere.
//	@ID           showReference
//	@Tags         service
//	@Produce      html
//	@Success      200  {string}  string
//	@Router       /docs [get]
//	@x-role       "anyone"
//	@x-example    "<!doctype html>…"
func (d *Docs) Reference(c echo.Context) error {
	c.Response().Header().Set("Content-Security-Policy", d.referencePolicy)
	return d.reference.serve(c)
}

// Problems serves the page that explains every problem type, each under its own anchor.
//
//	@Summary      Explain the problem types
//	@Description  An HTML page with a section for every problem type: what it means and what to do about it.
//	@ID           explainProblems
//	@Tags         service
//	@Produce      html
//	@Success      200  {string}  string
//	@Router       /docs/problems [get]
//	@x-role       "anyone"
//	@x-example    "<!doctype html>…"
func (d *Docs) Problems(c echo.Context) error {
	c.Response().Header().Set("Content-Security-Policy", pagePolicy)
	return d.problems.serve(c)
}

// Asset serves a file that the pages load.
//
//	@Summary      Load a part of a page
//	@Description  A script, style sheet or picture of the pages under /docs.
//	@ID           loadPageAsset
//	@Tags         service
//	@Param        name  path  string  true  "The file's name"  example(reference.js)
//	@Produce      text/javascript,text/css,image/png,plain
//	@Success      200  {file}  file
//	@Router       /docs/assets/{name} [get]
//	@x-role       "anyone"
func (d *Docs) Asset(c echo.Context) error {
	unpacked, known := d.assets[c.Param("name")]
	if !known {
		return errs.New(errs.NotFound, "No page here loads a file of this name.")
	}
	r, err := unpacked()
	if err != nil {
		return err
	}
	return r.Serve(c)
}
