package api

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/cpics/working-together-api/internal/auth"
	"github.com/cpics/working-together-api/internal/reference/organisation"
	"github.com/cpics/working-together-api/internal/reference/topic"
)

// Route is one operation: who may do what where.
type Route struct {
	Method  string
	Path    string
	Role    auth.Role // the least that suffices; a handler may ask for more where its description says so
	Handler echo.HandlerFunc
}

// routes is the whole table. A new content type is one line here.
func (h *handlers) routes() []Route {
	return join(
		[]Route{{http.MethodGet, "/", auth.Anyone, h.root.Show}},
		contentType("/v1/principles", h.principles),
		contentType("/v1/case-studies", h.caseStudies),
		contentType("/v1/toolkit-assets", h.assets),
		contentType("/v1/pages", h.pages),
		reference("/v1/organisations", organisation.NewHandler(h.services)),
		reference("/v1/topics", topic.NewHandler(h.services)),
		[]Route{
			{http.MethodPut, "/v1/principles/order", auth.Publisher, h.principles.Order},
			{http.MethodGet, "/v1/overview", auth.Anyone, h.overview.Show},
			{http.MethodGet, "/v1/search", auth.Anyone, h.search.Find},
			{http.MethodGet, "/v1/oembed", auth.Anyone, h.embed.Show},
			{http.MethodGet, "/v1/changes", auth.Anyone, h.changes.List},
			{http.MethodGet, "/v1/changes/stream", auth.Anyone, h.changes.Stream},
			{http.MethodGet, "/v1/feeds/:feed", auth.Anyone, h.feeds.Show},
			{http.MethodPost, "/v1/changes/check", auth.Anyone, h.changes.Check},
		},
		[]Route{
			{http.MethodGet, archiveRoute, auth.Anyone, h.archive.Show},
			{http.MethodPost, "/v1/files", auth.Editor, h.files.Create},
			{http.MethodGet, "/v1/files", auth.Reader, h.files.List},
			{http.MethodGet, "/v1/files/:id", auth.Reader, h.files.Show},
			{http.MethodPatch, "/v1/files/:id", auth.Editor, h.files.Patch},
			{http.MethodDelete, "/v1/files/:id", auth.Editor, h.files.Delete},
			{http.MethodGet, fileRoute, auth.Anyone, h.files.Download},
		},
		[]Route{
			{http.MethodGet, "/v1/me", auth.Reader, h.tokens.Me},
			{http.MethodGet, "/v1/tokens", auth.Admin, h.tokens.List},
			{http.MethodPost, "/v1/tokens", auth.Admin, h.tokens.Create},
			{http.MethodGet, "/v1/tokens/:id", auth.Admin, h.tokens.Show},
			{http.MethodDelete, "/v1/tokens/:id", auth.Admin, h.tokens.Revoke},
		},
		[]Route{
			{http.MethodGet, "/v1/webhooks", auth.Admin, h.webhooks.List},
			{http.MethodPost, "/v1/webhooks", auth.Admin, h.webhooks.Create},
			{http.MethodGet, "/v1/webhooks/:id", auth.Admin, h.webhooks.Show},
			{http.MethodPatch, "/v1/webhooks/:id", auth.Admin, h.webhooks.Patch},
			{http.MethodDelete, "/v1/webhooks/:id", auth.Admin, h.webhooks.Delete},
			{http.MethodPost, "/v1/webhooks/:id/rotate", auth.Admin, h.webhooks.Rotate},
			{http.MethodPost, "/v1/webhooks/:id/test", auth.Admin, h.webhooks.Test},
			{http.MethodGet, "/v1/webhooks/:id/deliveries", auth.Admin, h.webhooks.Deliveries},
			{http.MethodPost, "/v1/webhooks/:id/deliveries/:delivery/redeliver", auth.Admin, h.webhooks.Redeliver},
		},
		[]Route{
			{http.MethodGet, "/v1/openapi.json", auth.Anyone, h.docs.OpenAPIJSON},
			{http.MethodGet, "/v1/openapi.yaml", auth.Anyone, h.docs.OpenAPIYAML},
			{http.MethodGet, "/v1/swagger.json", auth.Anyone, h.docs.SwaggerJSON},
			{http.MethodGet, "/docs", auth.Anyone, h.docs.Reference},
			{http.MethodGet, "/docs/problems", auth.Anyone, h.docs.Problems},
			{http.MethodGet, "/docs/assets/:name", auth.Anyone, h.docs.Asset},
		},
	)
}

// probes are answered without a look at credentials, which would be one at the database.
func (h *handlers) probes() []Route {
	return []Route{
		{http.MethodGet, "/healthz", auth.Anyone, h.health.Live},
		{http.MethodGet, "/readyz", auth.Anyone, h.health.Ready},
	}
}

// crud are the operations of everything that editors write.
type crud interface {
	List(echo.Context) error
	Create(echo.Context) error
	Get(echo.Context) error
	Replace(echo.Context) error
	Patch(echo.Context) error
	Delete(echo.Context) error
}

// published are the operations of what has drafts and editions.
type published interface {
	crud
	DeleteDraft(echo.Context) error
	Publish(echo.Context) error
	Unpublish(echo.Context) error
	Cancel(echo.Context) error
	Editions(echo.Context) error
	Edition(echo.Context) error
	Diff(echo.Context) error
	Restore(echo.Context) error
}

// reference are the routes of an organisation- or topic-like collection.
func reference(path string, h crud) []Route {
	item := path + "/:ref"
	return []Route{
		{http.MethodGet, path, auth.Anyone, h.List},
		{http.MethodPost, path, auth.Editor, h.Create},
		{http.MethodGet, item, auth.Anyone, h.Get},
		{http.MethodPut, item, auth.Editor, h.Replace},
		{http.MethodPatch, item, auth.Editor, h.Patch},
		{http.MethodDelete, item, auth.Editor, h.Delete},
	}
}

// contentType are the routes of a collection with drafts and editions.
func contentType(path string, h published) []Route {
	item := path + "/:ref"
	return append(reference(path, h),
		Route{http.MethodDelete, item + "/draft", auth.Editor, h.DeleteDraft},
		Route{http.MethodPost, item + "/publish", auth.Editor, h.Publish}, // publisher, but for a dry run
		Route{http.MethodPost, item + "/unpublish", auth.Publisher, h.Unpublish},
		Route{http.MethodDelete, item + "/schedule", auth.Publisher, h.Cancel},
		Route{http.MethodGet, item + "/editions", auth.Reader, h.Editions},
		Route{http.MethodGet, item + "/editions/:edition", auth.Reader, h.Edition},
		Route{http.MethodGet, item + "/editions/:edition/diff", auth.Reader, h.Diff},
		Route{http.MethodPost, item + "/editions/:edition/restore", auth.Editor, h.Restore},
	)
}

func join(tables ...[]Route) []Route {
	var all []Route
	for _, t := range tables {
		all = append(all, t...)
	}
	return all
}
