package organisation

import (
	"github.com/labstack/echo/v4"

	"github.com/cpics/working-together-api/internal/content/rest"
	"github.com/cpics/working-together-api/internal/reference"
)

// Handler serves organisations.
type Handler struct {
	*reference.Resource[*Input, View]
}

// NewHandler serves organisations with the services.
func NewHandler(s rest.Services) Handler {
	return Handler{reference.New(s, NewStore(), view)}
}

// List shows the organisations.
//
//	@Summary      List organisations
//	@Description  The health and care organisations that content names, by name.
//	@ID           listOrganisations
//	@Tags         organisations
//	@Produce      json
//	@Param        limit             query  int       false  "How many to show"  minimum(1) maximum(100) default(20)
//	@Param        cursor            query  string    false  "Where to go on, as given in next and previous"
//	@Param        sort              query  string    false  "The order"  Enums(name) default(name)
//	@Param        fields            query  string    false  "Only these members, separated by commas; id is always there"
//	@Param        organisationType  query  []string  false  "Of any of these types"  collectionFormat(multi) Enums(icb, acute-trust, community-trust, mental-health-trust, general-practice, local-authority, voluntary-sector, service, other)
//	@Success      200  {object}  web.Page[View]
//	@Router       /v1/organisations [get]
//	@x-role       "anyone"
func (h Handler) List(c echo.Context) error { return h.Resource.List(c) }

// Get shows an organisation.
//
//	@Summary      Get an organisation
//	@Description  One organisation by id or slug. The tag for writes is made of its version: "v3" for version 3.
//	@ID           getOrganisation
//	@Tags         organisations
//	@Produce      json
//	@Param        ref  path  string  true  "Id or slug"
//	@Param        seq  query  int  false  "Answer a state at least as new as this line of the change log"  minimum(1)
//	@Success      200  {object}  View
//	@Router       /v1/organisations/{ref} [get]
//	@x-role       "anyone"
//	@x-formats    "jsonld, html"
func (h Handler) Get(c echo.Context) error { return h.Resource.Get(c) }

// Create makes an organisation.
//
//	@Summary      Create an organisation
//	@Description  Stores a new organisation. It is public at once: there are no drafts of organisations.
//	@ID           createOrganisation
//	@Tags         organisations
//	@Accept       json
//	@Produce      json
//	@Param        body  body  Input  true  "The organisation"
//	@Success      201  {object}  View
//	@Router       /v1/organisations [post]
//	@x-role       "editor"
func (h Handler) Create(c echo.Context) error { return h.Resource.Create(c) }

// Replace writes a whole organisation.
//
//	@Summary      Replace or create an organisation
//	@Description  Writes the whole organisation, public at once: a member that is left out is cleared, but for the slug, which stays. With an id of your own and If-None-Match: * it creates.
//	@ID           replaceOrganisation
//	@Tags         organisations
//	@Accept       json
//	@Produce      json
//	@Param        ref   path  string  true  "Id or slug; to create, a new UUID"
//	@Param        body  body  Input   true  "The organisation"
//	@Success      200  {object}  View
//	@Success      201  {object}  View
//	@Router       /v1/organisations/{ref} [put]
//	@x-role       "editor"
//	@x-if-match   "required"
func (h Handler) Replace(c echo.Context) error { return h.Resource.Replace(c) }

// Patch changes an organisation.
//
//	@Summary      Change an organisation
//	@Description  Changes members by a merge patch (RFC 7396), public at once: null removes a member.
//	@ID           patchOrganisation
//	@Tags         organisations
//	@Accept       json
//	@Produce      json
//	@Param        ref   path  string  true  "Id or slug"
//	@Param        body  body  Input   true  "What changes"
//	@Success      200  {object}  View
//	@Router       /v1/organisations/{ref} [patch]
//	@x-role       "editor"
//	@x-if-match   "required"
//	@x-merge-patch true
func (h Handler) Patch(c echo.Context) error { return h.Resource.Patch(c) }

// Delete removes an organisation.
//
//	@Summary      Delete an organisation
//	@Description  Removes it from its address, which answers 410 from then on, for good. Refused (409) while a draft or a published edition links to it; the answer names up to 20 of them under users.
//	@ID           deleteOrganisation
//	@Tags         organisations
//	@Param        ref  path  string  true  "Id or slug"
//	@Success      204
//	@Router       /v1/organisations/{ref} [delete]
//	@x-role       "editor"
//	@x-if-match   "required"
func (h Handler) Delete(c echo.Context) error { return h.Resource.Delete(c) }
