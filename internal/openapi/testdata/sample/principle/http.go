package principle

// Handlers serves the principles.
type Handlers struct{}

// List shows the principles.
//
//	@Summary      List principles
//	@Description  The live guiding principles, in order.
//	@ID           listPrinciples
//	@Tags         principles
//	@Produce      json
//	@Param        limit   query  int       false  "How many to show"  minimum(1) maximum(100) default(20)
//	@Param        topic   query  []string  false  "Any of these"      collectionFormat(multi)
//	@Param        sort    query  string    false  "The order"         enums(number,title,-title) default(number)
//	@Success      200  {object}  web.Page[View]
//	@Router       /v1/principles [get]
//	@x-role       "anyone"
//	@x-draft-view "principle.Draft"
func (Handlers) List() {}

// Show shows one principle.
//
//	@Summary      Show a principle
//	@Description  One principle by id or slug.
//	@ID           showPrinciple
//	@Tags         principles
//	@Produce      json
//	@Success      200  {object}  View
//	@Router       /v1/principles/{ref} [get]
//	@x-role       "anyone"
//	@x-draft-view "principle.Draft"
func (Handlers) Show() {}

// Create makes a principle.
//
//	@Summary      Create a principle
//	@Description  Makes a draft.
//	@ID           createPrinciple
//	@Tags         principles
//	@Accept       json
//	@Produce      json
//	@Param        body  body  Input  true  "The principle"
//	@Success      201  {object}  Draft
//	@Router       /v1/principles [post]
//	@x-role       "editor"
func (Handlers) Create() {}

// Replace writes the whole principle.
//
//	@Summary      Replace a principle
//	@Description  Replaces the draft, or makes an entry with an id of the client's.
//	@ID           replacePrinciple
//	@Tags         principles
//	@Accept       json
//	@Produce      json
//	@Param        body  body  Input  true  "The principle"
//	@Success      200  {object}  Draft
//	@Success      201  {object}  Draft
//	@Router       /v1/principles/{ref} [put]
//	@x-role       "editor"
//	@x-if-match   "required"
func (Handlers) Replace() {}

// Change writes some members.
//
//	@Summary      Change a principle
//	@Description  Changes the members that are given.
//	@ID           changePrinciple
//	@Tags         principles
//	@Produce      json
//	@Param        body  body  Input  true  "What to change"
//	@Success      200  {object}  Draft
//	@Router       /v1/principles/{ref} [patch]
//	@x-role       "editor"
//	@x-if-match   "required"
func (Handlers) Change() {}

// Delete removes the principle.
//
//	@Summary      Delete a principle
//	@Description  Discards a draft; a live entry is gone.
//	@ID           deletePrinciple
//	@Tags         principles
//	@Success      204
//	@Router       /v1/principles/{ref} [delete]
//	@x-role       "publisher"
//	@x-if-match   "required"
func (Handlers) Delete() {}

// Publish makes the draft live.
//
//	@Summary      Publish a principle
//	@Description  Makes the draft the live edition.
//	@ID           publishPrinciple
//	@Tags         principles
//	@Accept       json
//	@Produce      json
//	@Param        ref   path  string   true   "The principle's slug"  example(first)
//	@Param        body  body  Consent  false  "How to publish"
//	@Success      200  {object}  Draft
//	@Router       /v1/principles/{ref}/publish [post]
//	@x-role       "publisher"
//	@x-if-match   "required"
//	@x-dry-run    "principle.Outcome"
//	@x-request-example {"reference": "given by hand"}
func (Handlers) Publish() {}
