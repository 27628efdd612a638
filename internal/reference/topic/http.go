package topic

import (
	"github.com/labstack/echo/v4"

	"github.com/cpics/working-together-api/internal/content/rest"
	"github.com/cpics/working-together-api/internal/reference"
)

// Handler serves topics.
type Handler struct {
	*reference.Resource[*Input, View]
}

// NewHandler serves topics with the services.
func NewHandler(s rest.Services) Handler {
	return Handler{reference.New(s, NewStore(), view)}
}

// List shows the topics.
//
//	@Summary      List topics
//	@Description  What content is about, by name.
//	@ID           listTopics
//	@Tags         topics
//	@Produce      json
//	@Param        limit    query  int       false  "How many to show"  minimum(1) maximum(100) default(20)
//	@Param        cursor   query  string    false  "Where to go on, as given in next and previous"
//	@Param        sort     query  string    false  "The order"  Enums(name) default(name)
//	@Param        fields   query  string    false  "Only these members, separated by commas; id is always there"
//	@Success      200  {object}  web.Page[View]
//	@Router       /v1/topics [get]
//	@x-role       "anyone"
func (h Handler) List(c echo.Context) error { return h.Resource.List(c) }

// Get shows a topic.
//
//	@Summary      Get a topic
//	@Description  One topic by id or slug. The tag for writes is made of its version: "v3" for version 3.
//	@ID           getTopic
//	@Tags         topics
//	@Produce      json
//	@Param        ref  path  string  true  "Id or slug"
//	@Param        seq  query  int  false  "Answer a state at least as new as this line of the change log"  minimum(1)
//	@Success      200  {object}  View
//	@Router       /v1/topics/{ref} [get]
//	@x-role       "anyone"
//	@x-formats    "jsonld, html"
//	@x-example    {"id": "018b8a1d-54e0-7d67-bd95-42a44e2ea74a", "type": "topic", "slug": "kidney-disease", "name": "Kidney disease", "version": 3, "updatedAt": "2026-03-02T09:00:00Z", "digest": "sha-256:6b3a55e0261b0304143f805a24924d0c1c44524821305f31d9277843b8a10f4e", "links": {"self": "https://api.example.nhs.uk/v1/topics/kidney-disease", "web": "https://www.example.nhs.uk/working-together/topic/kidney-disease", "html": "https://api.example.nhs.uk/v1/topics/kidney-disease?format=html", "jsonld": "https://api.example.nhs.uk/v1/topics/kidney-disease?format=jsonld"}, "summary": "Chronic kidney disease, and living with it."}
func (h Handler) Get(c echo.Context) error { return h.Resource.Get(c) }

// Create makes a topic.
//
//	@Summary      Create a topic
//	@Description  Stores a new topic. It is public at once: there are no drafts of topics.
//	@ID           createTopic
//	@Tags         topics
//	@Accept       json
//	@Produce      json
//	@Param        body  body  Input  true  "The topic"
//	@Success      201  {object}  View
//	@Router       /v1/topics [post]
//	@x-role       "editor"
//	@x-request-example  {"name": "Kidney disease", "summary": "Chronic kidney disease, and living with it."}
func (h Handler) Create(c echo.Context) error { return h.Resource.Create(c) }

// Replace writes a whole topic.
//
//	@Summary      Replace or create a topic
//	@Description  Writes the whole topic, public at once: a member that is left out is cleared, but for the slug, which stays. With an id of your own and If-None-Match: * it creates.
//	@ID           replaceTopic
//	@Tags         topics
//	@Accept       json
//	@Produce      json
//	@Param        ref   path  string  true  "Id or slug; to create, a new UUID"
//	@Param        body  body  Input   true  "The topic"
//	@Success      200  {object}  View
//	@Success      201  {object}  View
//	@Router       /v1/topics/{ref} [put]
//	@x-role       "editor"
//	@x-if-match   "required"
//	@x-request-example  {"name": "Kidney disease", "summary": "Chronic kidney disease, and living with it."}
func (h Handler) Replace(c echo.Context) error { return h.Resource.Replace(c) }

// Patch changes a topic.
//
//	@Summary      Change a topic
//	@Description  Changes members by a merge patch (RFC 7396), public at once: null removes a member.
//	@ID           patchTopic
//	@Tags         topics
//	@Accept       json
//	@Produce      json
//	@Param        ref   path  string  true  "Id or slug"
//	@Param        body  body  Input   true  "What changes"
//	@Success      200  {object}  View
//	@Router       /v1/topics/{ref} [patch]
//	@x-role       "editor"
//	@x-if-match   "required"
//	@x-merge-patch true
//	@x-request-example  {"summary": "Chronic kidney disease, and living with it."}
func (h Handler) Patch(c echo.Context) error { return h.Resource.Patch(c) }

// Delete removes a topic.
//
//	@Summary      Delete a topic
//	@Description  Removes it from its address, which answers 410 from then on, for good. Refused (409) while a draft or a published edition links to it; the answer names up to 20 of them under users.
//	@ID           deleteTopic
//	@Tags         topics
//	@Param        ref  path  string  true  "Id or slug"
//	@Success      204
//	@Router       /v1/topics/{ref} [delete]
//	@x-role       "editor"
//	@x-if-match   "required"
func (h Handler) Delete(c echo.Context) error { return h.Resource.Delete(c) }
