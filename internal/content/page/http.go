package page

import (
	"github.com/labstack/echo/v4"

	"github.com/cpics/working-together-api/internal/content"
	"github.com/cpics/working-together-api/internal/content/rest"
)

// Handler serves pages.
type Handler struct {
	*rest.Resource[*Input, *Fields, View]
}

// NewHandler serves pages with the services.
func NewHandler(s rest.Services) Handler {
	return Handler{rest.New(s, NewRepository(s.Site), Shape, rest.Options[*Fields]{})}
}

// Edition is a published edition of a page.
type Edition struct {
	content.EditionRecord
	Input *Input `json:"input" validate:"required"` // as it was written
}

// List shows the pages.
//
//	@Summary      List pages
//	@Description  The live pages, newest first. With view=draft (readers and above) every page that was not recalled, in the view for editors.
//	@ID           listPages
//	@Tags         pages
//	@Produce      json
//	@Param        limit            query  int       false  "How many to show"  minimum(1) maximum(100) default(20)
//	@Param        cursor           query  string    false  "Where to go on, as given in next and previous"
//	@Param        sort             query  string    false  "The order; - is descending"  Enums(-firstPublishedAt, firstPublishedAt, title, -title, -updatedAt, updatedAt, -savedAt, savedAt)
//	@Param        fields           query  string    false  "Only these members, separated by commas; id is always there"
//	@Param        include          query  string    false  "richText"
//	@Param        q                query  string    false  "Only what a search for this finds; the order stays"  minlength(1) maxlength(200)
//	@Param        language         query  []string  false  "Any of these languages (BCP 47 tags); none may be published in one yet"  collectionFormat(multi)
//	@Param        status           query  []string  false  "live (the default) or withdrawn; with view=draft any of draft, live, withdrawn, gone"  collectionFormat(multi) Enums(live, withdrawn, draft, gone)
//	@Param        publishedAfter   query  string    false  "First published after this time or date"
//	@Param        publishedBefore  query  string    false  "First published before this time or date"
//	@Param        updatedAfter     query  string    false  "Last major edition after this time or date"
//	@Param        view             query  string    false  "draft: the view for editors"  Enums(draft)
//	@Param        hasDraft         query  bool      false  "With view=draft: only those with, or without, a draft"
//	@Success      200  {object}  web.Page[View]
//	@Router       /v1/pages [get]
//	@x-role       "anyone"
//	@x-draft-view "page.Draft"
func (h Handler) List(c echo.Context) error { return h.Resource.List(c) }

// Get shows a page.
//
//	@Summary      Get a page
//	@Description  One page by id or slug. With view=draft (readers and above) its draft, or the live edition where there is none, in the view for editors.
//	@ID           getPage
//	@Tags         pages
//	@Produce      json
//	@Param        ref      path   string  true   "Id or slug"
//	@Param        view     query  string  false  "draft: the view for editors"  Enums(draft)
//	@Param        seq      query  int     false  "Answer a state at least as new as this line of the change log"  minimum(1)
//	@Success      200  {object}  View
//	@Router       /v1/pages/{ref} [get]
//	@x-role       "anyone"
//	@x-formats    "jsonld, html"
//	@x-draft-view "page.Draft"
func (h Handler) Get(c echo.Context) error { return h.Resource.Get(c) }

// Create makes a page.
//
//	@Summary      Create a page
//	@Description  Stores a new page as a draft. With publish=true it is published in the same step (publishers only), or nothing is stored.
//	@ID           createPage
//	@Tags         pages
//	@Accept       json
//	@Produce      json
//	@Param        body        body   Input   true   "The page"
//	@Param        publish     query  bool    false  "Publish at once"
//	@Param        updateType  query  string  false  "With publish=true"  Enums(major, minor)
//	@Param        changeNote  query  string  false  "With publish=true"
//	@Success      201  {object}  Draft
//	@Router       /v1/pages [post]
//	@x-role       "editor"
func (h Handler) Create(c echo.Context) error { return h.Resource.Create(c) }

// Replace writes a whole page.
//
//	@Summary      Replace or create a page
//	@Description  Writes the whole draft: a member that is left out is cleared, but for the slug, which stays. The live edition stays as it is until the draft is published. With an id of your own and If-None-Match: * it creates. 409 scheduled while the draft is to be published at a time.
//	@ID           replacePage
//	@Tags         pages
//	@Accept       json
//	@Produce      json
//	@Param        ref         path   string  true   "Id or slug; to create, a new UUID"
//	@Param        body        body   Input   true   "The page"
//	@Param        publish     query  bool    false  "Publish at once"
//	@Param        updateType  query  string  false  "With publish=true"  Enums(major, minor)
//	@Param        changeNote  query  string  false  "With publish=true"
//	@Success      200  {object}  Draft
//	@Success      201  {object}  Draft
//	@Router       /v1/pages/{ref} [put]
//	@x-role       "editor"
//	@x-if-match   "required"
func (h Handler) Replace(c echo.Context) error { return h.Resource.Replace(c) }

// Patch changes a page.
//
//	@Summary      Change a page
//	@Description  Changes members of the draft by a merge patch (RFC 7396): null removes a member, a list replaces the whole list. 409 scheduled while the draft is to be published at a time.
//	@ID           patchPage
//	@Tags         pages
//	@Accept       json
//	@Produce      json
//	@Param        ref         path   string  true   "Id or slug"
//	@Param        body        body   Input   true   "What changes"
//	@Param        publish     query  bool    false  "Publish at once"
//	@Param        updateType  query  string  false  "With publish=true"  Enums(major, minor)
//	@Param        changeNote  query  string  false  "With publish=true"
//	@Success      200  {object}  Draft
//	@Router       /v1/pages/{ref} [patch]
//	@x-role       "editor"
//	@x-if-match   "required"
//	@x-merge-patch true
func (h Handler) Patch(c echo.Context) error { return h.Resource.Patch(c) }

// Delete removes a page.
//
//	@Summary      Delete a page
//	@Description  Throws away a page that was never published (editors). A published one is removed from its address, which answers 410 from then on (publishers), with all that is scheduled of it. 409 scheduled for one that was never published while it is to be.
//	@ID           deletePage
//	@Tags         pages
//	@Param        ref  path  string  true  "Id or slug"
//	@Success      204
//	@Router       /v1/pages/{ref} [delete]
//	@x-role       "editor"
//	@x-if-match   "required"
func (h Handler) Delete(c echo.Context) error { return h.Resource.Delete(c) }

// DeleteDraft discards the draft of a page.
//
//	@Summary      Discard a page's draft
//	@Description  Throws the draft away and leaves what is published as it is; 409 scheduled while it is to be published at a time. A page that was never published goes as a whole.
//	@ID           discardPageDraft
//	@Tags         pages
//	@Param        ref  path  string  true  "Id or slug"
//	@Success      204
//	@Router       /v1/pages/{ref}/draft [delete]
//	@x-role       "editor"
//	@x-if-match   "required"
func (h Handler) DeleteDraft(c echo.Context) error { return h.Resource.DeleteDraft(c) }

// Publish publishes the draft of a page.
//
//	@Summary      Publish a page
//	@Description  Makes the draft the live edition, or brings back a withdrawn or removed page. What stands against it comes as checks. With at in the body this is done at that time, in the name of who asks now (202): the checks are made now, with that day's date, and once more then. Until then the draft stays as it is: PUT, PATCH, restoring, discarding and publishing it are 409 scheduled until the schedule is cancelled. If something stands against it when the time comes nothing is published, the draft can be changed again and its checks say so. With dryRun=true (editors) nothing is changed and no tag is needed: the answer says whether it could be published, with at whether it could then.
//	@ID           publishPage
//	@Tags         pages
//	@Accept       json
//	@Produce      json
//	@Param        ref     path   string             true   "Id or slug"
//	@Param        dryRun  query  bool               false  "Only check"
//	@Param        body    body   rest.PublishInput  false  "How to publish"
//	@Success      200  {object}  Draft
//	@Success      202  {object}  Draft
//	@Router       /v1/pages/{ref}/publish [post]
//	@x-role       "publisher"
//	@x-if-match   "required"
//	@x-dry-run    "rest.Publishability"
//	@x-request-example {"changeNote": "Added the new referral form."}
func (h Handler) Publish(c echo.Context) error { return h.Resource.Publish(c) }

// Unpublish withdraws, removes or recalls a page.
//
//	@Summary      Unpublish a page
//	@Description  Withdraws it (readable, marked as no longer current), removes it (410), or recalls it: everything it said is erased, its address answers 404, and partners are told to delete their copies. A recall cannot be undone. With at in the body the first two are done at that time, in the name of who asks now (202); the draft can be changed meanwhile. It may be later than a publish that is scheduled, of something that was never public too. Who unpublishes at once takes away all that is scheduled, unless only the explanation is new.
//	@ID           unpublishPage
//	@Tags         pages
//	@Accept       json
//	@Produce      json
//	@Param        ref   path  string               true  "Id or slug"
//	@Param        body  body  rest.UnpublishInput  true  "How, and why"
//	@Success      200  {object}  Draft
//	@Success      202  {object}  Draft
//	@Router       /v1/pages/{ref}/unpublish [post]
//	@x-role       "publisher"
//	@x-if-match   "required"
//	@x-recall     "rest.Recall"
//	@x-request-example {"type": "withdrawal", "explanation": "The referral route has changed.", "alternative": "https://www.example.nhs.uk/referrals"}
func (h Handler) Unpublish(c echo.Context) error { return h.Resource.Unpublish(c) }

// Cancel takes away what is scheduled of a page.
//
//	@Summary      Cancel what is scheduled of a page
//	@Description  Takes away the time at which the draft is to be published, or at which it is to be withdrawn or removed. The draft can be changed again then. With the publish of what was never public goes its unpublish. 404 when none is scheduled.
//	@ID           cancelPageSchedule
//	@Tags         pages
//	@Param        ref  path   string  true  "Id or slug"
//	@Param        for  query  string  true  "Which of the two"  Enums(publish, unpublish)
//	@Success      204
//	@Router       /v1/pages/{ref}/schedule [delete]
//	@x-role       "publisher"
//	@x-if-match   "required"
func (h Handler) Cancel(c echo.Context) error { return h.Resource.Cancel(c) }

// Editions lists the editions of a page.
//
//	@Summary      List a page's editions
//	@Description  The published editions, newest first, major and minor.
//	@ID           listPageEditions
//	@Tags         pages
//	@Produce      json
//	@Param        ref  path  string  true  "Id or slug"
//	@Success      200  {object}  web.Page[content.EditionRecord]
//	@Router       /v1/pages/{ref}/editions [get]
//	@x-role       "reader"
func (h Handler) Editions(c echo.Context) error { return h.Resource.Editions(c) }

// Edition shows an edition of a page.
//
//	@Summary      Get one edition of a page
//	@Description  A published edition, live or superseded, as it was written.
//	@ID           getPageEdition
//	@Tags         pages
//	@Produce      json
//	@Param        ref      path  string  true  "Id or slug"
//	@Param        edition  path  int     true  "Number of the edition"
//	@Success      200  {object}  Edition
//	@Router       /v1/pages/{ref}/editions/{edition} [get]
//	@x-role       "reader"
func (h Handler) Edition(c echo.Context) error { return h.Resource.Edition(c) }

// Diff compares editions of a page.
//
//	@Summary      Compare two editions of a page
//	@Description  Every field in which the edition differs from another, by default from the one before it.
//	@ID           diffPageEditions
//	@Tags         pages
//	@Produce      json
//	@Param        ref      path   string  true   "Id or slug"
//	@Param        edition  path   int     true   "Number of the edition"
//	@Param        against  query  int     false  "Number of the edition to compare with"
//	@Success      200  {array}  content.Difference
//	@Router       /v1/pages/{ref}/editions/{edition}/diff [get]
//	@x-role       "reader"
func (h Handler) Diff(c echo.Context) error { return h.Resource.Diff(c) }

// Restore fills the draft of a page with an edition.
//
//	@Summary      Restore an edition of a page
//	@Description  Fills the draft with what a published edition said; the address stays. Nothing is published. 409 scheduled while the draft is to be published at a time.
//	@ID           restorePageEdition
//	@Tags         pages
//	@Produce      json
//	@Param        ref      path  string  true  "Id or slug"
//	@Param        edition  path  int     true  "Number of the edition"
//	@Success      200  {object}  Draft
//	@Router       /v1/pages/{ref}/editions/{edition}/restore [post]
//	@x-role       "editor"
//	@x-if-match   "required"
func (h Handler) Restore(c echo.Context) error { return h.Resource.Restore(c) }
