// Package openapi makes the published description of the API. What swag reads from the annotated handlers
// (package annotations) is Swagger 2.0 and says only what is particular to each operation; Convert turns it into
// OpenAPI 3.0.3 and adds what follows from the method, the path and the x- lines: security, error answers,
// preconditions, conditional requests, response headers and examples. So no handler repeats a rule of the whole
// API, and none can forget one.
//
// # Annotations
//
// One annotated function or method per operation, in the type's http.go. All of @Summary, @Description, @ID,
// @Tags and @Router are needed, each @Tags value is described in the general part, and each operation says who
// may call it:
//
//	// List shows the principles.
//	//
//	//	@Summary      List principles
//	//	@Description  The live guiding principles, in order.
//	//	@ID           listPrinciples
//	//	@Tags         principles
//	//	@Produce      json
//	//	@Param        limit   query  int     false  "How many to show"  minimum(1) maximum(100) default(20)
//	//	@Param        topic   query  []string false "Any of these"      collectionFormat(multi)
//	//	@Success      200  {object}  web.Page[View]
//	//	@Router       /v1/principles [get]
//	//	@x-role       "anyone"
//	//	@x-draft-view "principle.Draft"
//
// A type is named as Go names it in that file (View, or web.Page[View]); its package need not be imported there.
// The x- lines, whose values are JSON:
//
//	@x-role        "anyone", "reader", "editor", "publisher" or "admin": who may call it. Needed.
//	@x-draft-view  the type that ?view=draft answers (for a list: that its items have) to a reader; adds the
//	               parameter, the alternative answer, 401 and 403.
//	@x-formats     "jsonld, html" for an item that ?format= answers as JSON-LD and as HTML; adds the parameter and
//	               the media types.
//	@x-failures    statuses that it can answer besides those that follow from its method and path: "404 501".
//	@x-dry-run     the type that ?dryRun=true answers to an editor, who then needs no If-Match.
//	@x-recall      the type that is answered when nothing else is left.
//	@x-if-match    "required" for a change of what exists; a PUT with an answer 201 may also make it. Adds the
//	               header parameters, 409, 412 and 428.
//	@x-cache       "none" for an anonymous GET without validators (ETag, 304).
//	@x-idempotency "none" for a POST whose answer is never kept, so that it takes no Idempotency-Key.
//	@x-credentials "ignored" where nobody looks at credentials, so that a wrong one is no failure.
//	@x-example     an example of the successful answer; without it, one is built from the fields' examples.
//	@x-request-example  the same for the body.
//
// The path parameters ref, id and edition need no @Param. PATCH takes application/merge-patch+json, and its body's
// schema is derived from the type that the annotation names. Exactly one operation names the problem document,
// with @Failure default {object} web.Problem.
//
// # Types
//
// Schema names are the types' names; those that mean nothing without their package get its name too
// (principle.Input is PrincipleInput, principle.View is Principle, web.Page[principle.View] is PrincipleList).
// Types of two packages that share a name get their package's in front. A comment //@name behind the type
// overrides all that. A field that is always there is `validate:"required"`; its
// trailing comment describes it, `example:"…"` shows it; one whose comment begins with "only" is left out of the
// examples. A format of our own (slug, language, partial-date, https-url, …) is given as `format:"slug"` and becomes
// a pattern. Some names carry their format without being told, because swag loses what time.Time and uuid.UUID say:
// id is a uuid, at and …At a date-time, …On a date, next, previous, href and url are addresses, and slug, language
// and digest what they say. What swag does not carry is written `extensions:"x-pattern=^a+$,x-max-items=50"`. A
// member that can hold any value has `swaggertype:"object"`, for want of a better word.
package openapi
