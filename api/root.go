package api

import (
	"sync"

	"github.com/labstack/echo/v4"

	"github.com/cpics/working-together-api/internal/web"
)

// Root is where a reader who knows nothing but the address of the service begins.
type Root struct {
	Name    string    `json:"name" validate:"required" example:"Working Together API"`
	Version string    `json:"version" validate:"required" example:"1.0.0"` // of the service's program
	Links   RootLinks `json:"links" validate:"required"`
}

// RootLinks lead to everything else.
type RootLinks struct {
	Self          string `json:"self" validate:"required" format:"uri" example:"https://api.example.nhs.uk/"`
	Overview      string `json:"overview" validate:"required" format:"uri" example:"https://api.example.nhs.uk/v1/overview"` // the whole public page in one call
	Principles    string `json:"principles" validate:"required" format:"uri" example:"https://api.example.nhs.uk/v1/principles"`
	CaseStudies   string `json:"caseStudies" validate:"required" format:"uri" example:"https://api.example.nhs.uk/v1/case-studies"`
	ToolkitAssets string `json:"toolkitAssets" validate:"required" format:"uri" example:"https://api.example.nhs.uk/v1/toolkit-assets"`
	ToolkitZip    string `json:"toolkitZip" validate:"required" format:"uri" example:"https://api.example.nhs.uk/v1/toolkit.zip"` // all files of the toolkit as one archive
	Files         string `json:"files" validate:"required" format:"uri" example:"https://api.example.nhs.uk/v1/files"`            // for editors
	Pages         string `json:"pages" validate:"required" format:"uri" example:"https://api.example.nhs.uk/v1/pages"`
	Organisations string `json:"organisations" validate:"required" format:"uri" example:"https://api.example.nhs.uk/v1/organisations"`
	Topics        string `json:"topics" validate:"required" format:"uri" example:"https://api.example.nhs.uk/v1/topics"`
	Search        string `json:"search" validate:"required" format:"uri" example:"https://api.example.nhs.uk/v1/search"`                // takes q
	OEmbed        string `json:"oembed" validate:"required" format:"uri" example:"https://api.example.nhs.uk/v1/oembed"`                // items for the pages of other systems, with url
	Changes       string `json:"changes" validate:"required" format:"uri" example:"https://api.example.nhs.uk/v1/changes"`              // everything public that happened, for those who keep a copy
	Stream        string `json:"changesStream" validate:"required" format:"uri" example:"https://api.example.nhs.uk/v1/changes/stream"` // the same as it is written
	RSS           string `json:"rss" validate:"required" format:"uri" example:"https://api.example.nhs.uk/v1/feeds/all.rss"`            // what was published last, for feed readers
	Atom          string `json:"atom" validate:"required" format:"uri" example:"https://api.example.nhs.uk/v1/feeds/all.atom"`
	JSONFeed      string `json:"jsonFeed" validate:"required" format:"uri" example:"https://api.example.nhs.uk/v1/feeds/all.json"`
	Me            string `json:"me" validate:"required" format:"uri" example:"https://api.example.nhs.uk/v1/me"`             // who a token stands for
	Tokens        string `json:"tokens" validate:"required" format:"uri" example:"https://api.example.nhs.uk/v1/tokens"`     // for administrators
	Webhooks      string `json:"webhooks" validate:"required" format:"uri" example:"https://api.example.nhs.uk/v1/webhooks"` // for administrators
	Docs          string `json:"docs" validate:"required" format:"uri" example:"https://api.example.nhs.uk/docs"`            // the reference, for people
	Problems      string `json:"problems" validate:"required" format:"uri" example:"https://api.example.nhs.uk/docs/problems"`
	OpenAPI       string `json:"openapi" validate:"required" format:"uri" example:"https://api.example.nhs.uk/v1/openapi.json"`
	OpenAPIYAML   string `json:"openapiYaml" validate:"required" format:"uri" example:"https://api.example.nhs.uk/v1/openapi.yaml"`
	Swagger       string `json:"swagger" validate:"required" format:"uri" example:"https://api.example.nhs.uk/v1/swagger.json"`
	Health        string `json:"health" validate:"required" format:"uri" example:"https://api.example.nhs.uk/healthz"`
	Readiness     string `json:"readiness" validate:"required" format:"uri" example:"https://api.example.nhs.uk/readyz"`
}

// rootHandler serves the one Root of a service.
type rootHandler struct{ answer document }

func newRoot(baseURL, version string) rootHandler {
	return rootHandler{sync.OnceValues(func() (*web.Representation, error) {
		body, err := web.Marshal(rootOf(baseURL, version))
		return web.NewRepresentation(body, web.PublicOptions{}), err
	})}
}

func rootOf(baseURL, version string) Root {
	v1 := baseURL + "/v1/"
	return Root{Name: "Working Together API", Version: version, Links: RootLinks{
		Self: baseURL + "/", Overview: v1 + "overview",
		Principles: v1 + "principles", CaseStudies: v1 + "case-studies", ToolkitAssets: v1 + "toolkit-assets",
		ToolkitZip: v1 + "toolkit.zip", Files: v1 + "files", Pages: v1 + "pages", Organisations: v1 + "organisations", Topics: v1 + "topics", Search: v1 + "search", OEmbed: v1 + "oembed", Changes: v1 + "changes",
		Stream: v1 + "changes/stream", RSS: v1 + "feeds/all.rss", Atom: v1 + "feeds/all.atom", JSONFeed: v1 + "feeds/all.json",
		Me: v1 + "me", Tokens: v1 + "tokens", Webhooks: v1 + "webhooks",
		Docs: baseURL + "/docs", Problems: baseURL + "/docs/problems",
		OpenAPI: v1 + "openapi.json", OpenAPIYAML: v1 + "openapi.yaml", Swagger: v1 + "swagger.json",
		Health: baseURL + "/healthz", Readiness: baseURL + "/readyz",
	}}
}

// Show shows where everything is.
//
//	@Summary      Find everything
//	@Description  Links to the collections, the overview, the documentation and the health checks.
//	@ID           showRoot
//	@Tags         service
//	@Produce      json
//	@Success      200  {object}  Root
//	@Router       / [get]
//	@x-role       "anyone"
func (h rootHandler) Show(c echo.Context) error { return strictly(c, h.answer) }
