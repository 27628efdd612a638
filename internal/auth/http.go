package auth

import (
	"errors"
	"net/http"
	"reflect"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"github.com/cpics/working-together-api/internal/errs"
	"github.com/cpics/working-together-api/internal/newest"
	"github.com/cpics/working-together-api/internal/web"
)

// Handlers serve /v1/me and /v1/tokens. They rely on Authenticate and Require in front of them.
type Handlers struct {
	store   *Store
	baseURL string // without a slash at the end
}

// NewHandlers serve the tokens of s under baseURL.
func NewHandlers(s *Store, baseURL string) *Handlers { return &Handlers{store: s, baseURL: baseURL} }

// Me is who makes the request.
type Me struct {
	ID        string     `json:"id" validate:"required" format:"uuid" example:"01976a2c-4d3e-7f10-8a5b-1c2d3e4f5a6b"`                  // the token's id; createdBy and the audit name it
	Name      string     `json:"name" validate:"required" example:"Website editors"`                                                   // the token's name
	Role      Role       `json:"role" validate:"required" swaggertype:"string" enums:"reader,editor,publisher,admin" example:"editor"` // what it allows; each role includes the ones before it
	ExpiresAt *time.Time `json:"expiresAt,omitempty" example:"2027-11-23T09:30:00Z"`                                                   // from then on it is refused; absent: valid until revoked
}

// TokenInput is what a new token is made of.
type TokenInput struct {
	Name      string     `json:"name" validate:"required,min=1,max=200" example:"Website editors"`                                                    // for people: who uses it; need not be unique
	Role      string     `json:"role" validate:"required,oneof=reader editor publisher admin" enums:"reader,editor,publisher,admin" example:"editor"` // what it allows; each role includes the ones before it
	ExpiresAt *time.Time `json:"expiresAt,omitempty" example:"2027-11-23T09:30:00Z"`                                                                  // in the future; absent: valid until revoked
}

// ReadOnlyFields are the members of a Token that clients may send back.
func (TokenInput) ReadOnlyFields() []string {
	return []string{"id", "createdAt", "createdBy", "lastUsedAt", "token"}
}

// CreatedToken is a new token with its secret.
type CreatedToken struct {
	Token
	Secret string `json:"token" validate:"required" example:"wtp_…"` // what to send as Authorization: Bearer; shown this once
}

// Me shows who makes the request.
//
//	@Summary      Show who I am
//	@Description  The token that the request was made with, and what it allows.
//	@ID           showMe
//	@Tags         tokens
//	@Produce      json
//	@Success      200  {object}  Me
//	@Router       /v1/me [get]
//	@x-role       "reader"
func (h *Handlers) Me(c echo.Context) error {
	if err := web.NoQuery(c); err != nil {
		return err
	}
	actor := ActorFrom(c.Request().Context())
	return web.Private(c, http.StatusOK, Me{ID: actor.ID, Name: actor.Name, Role: actor.Role, ExpiresAt: actor.Expires})
}

// List shows the tokens.
//
//	@Summary      List tokens
//	@Description  The tokens that are not revoked, newest first; expired ones are among them. Secrets are never shown.
//	@ID           listTokens
//	@Tags         tokens
//	@Produce      json
//	@Param        limit   query  int     false  "How many to show"  minimum(1) maximum(100) default(20)
//	@Param        cursor  query  string  false  "Where to go on, as given in next and previous"
//	@Param        fields  query  string  false  "Only these members, separated by commas; id is always there"
//	@Success      200  {object}  web.Page[Token]
//	@Router       /v1/tokens [get]
//	@x-role       "admin"
func (h *Handlers) List(c echo.Context) error {
	q := web.Query(c)
	part := newest.Part{Limit: q.Int("limit", 20, 1, 100)}
	cursor := q.Cursor("cursor")
	fields := q.Names("fields", web.MemberNames(reflect.TypeFor[Token]())...)
	if err := q.Done(); err != nil {
		return err
	}
	if err := part.GoOn(scope, cursor); err != nil {
		return err
	}
	listed, err := h.store.List(c.Request().Context(), part)
	if err != nil {
		return err
	}
	return newest.Answer(c, h.baseURL, scope, listed, func(t Token) uuid.UUID { return t.ID }, fields)
}

// Create makes a token.
//
//	@Summary      Create a token
//	@Description  Makes a token and shows its secret, this once: only a digest of it is kept. So the answer cannot be given again, and an Idempotency-Key is refused.
//	@ID           createToken
//	@Tags         tokens
//	@Accept       json
//	@Produce      json
//	@Param        body  body  TokenInput  true  "The token"
//	@Success      201  {object}  CreatedToken
//	@Router       /v1/tokens [post]
//	@x-idempotency "none"
//	@x-role       "admin"
func (h *Handlers) Create(c echo.Context) error {
	if err := web.NoIdempotencyKey(c, "a token's secret is shown once and not kept"); err != nil {
		return err
	}
	body, err := web.ReadBody(c)
	if err != nil {
		return err
	}
	if err := web.NoQuery(c); err != nil {
		return err
	}
	n, err := h.input(body)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	token, secret, err := h.store.Create(ctx, ActorFrom(ctx), n)
	if err != nil {
		return err
	}
	c.Response().Header().Set(echo.HeaderLocation, h.baseURL+"/v1/tokens/"+token.ID.String())
	return web.Private(c, http.StatusCreated, CreatedToken{Token: token, Secret: secret})
}

// Show shows one token.
//
//	@Summary      Show a token
//	@Description  One token that is not revoked, without its secret.
//	@ID           showToken
//	@Tags         tokens
//	@Produce      json
//	@Success      200  {object}  Token
//	@Router       /v1/tokens/{id} [get]
//	@x-role       "admin"
func (h *Handlers) Show(c echo.Context) error {
	if err := web.NoQuery(c); err != nil {
		return err
	}
	id, err := tokenID(c)
	if err != nil {
		return err
	}
	token, err := h.store.Get(c.Request().Context(), id)
	if err != nil {
		return err
	}
	return web.Private(c, http.StatusOK, token)
}

// Revoke ends a token.
//
//	@Summary      Revoke a token
//	@Description  The token is refused from now on, everywhere, and cannot be brought back.
//	@ID           revokeToken
//	@Tags         tokens
//	@Success      204
//	@Router       /v1/tokens/{id} [delete]
//	@x-role       "admin"
func (h *Handlers) Revoke(c echo.Context) error {
	if err := web.NoQuery(c); err != nil {
		return err
	}
	id, err := tokenID(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	if err := h.store.Revoke(ctx, ActorFrom(ctx), id); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

// input reads a TokenInput. What the body's form and the rules of a token have against it comes as one answer.
func (h *Handlers) input(body []byte) (NewToken, error) {
	var in TokenInput
	err := web.DecodeJSON(body, &in)
	var wrong *errs.Error
	if err != nil && (!errors.As(err, &wrong) || wrong.Kind != errs.InvalidContent) {
		return NewToken{}, err
	}
	var faults []errs.Fault
	if wrong != nil {
		faults = wrong.Faults
	}
	role, _ := ParseRole(in.Role) // what is no role is Anyone, which check refuses
	n := NewToken{Name: in.Name, Role: role, ExpiresAt: in.ExpiresAt}
	for _, f := range n.faults(h.store.db.Now()) {
		if !slices.ContainsFunc(faults, func(known errs.Fault) bool { return known.Pointer == f.Pointer }) {
			faults = append(faults, f)
		}
	}
	return n, errs.Invalid(errs.InvalidContent, faults...)
}

// tokenID is the id in the request's path. Nothing else than an id has the address of a token.
func tokenID(c echo.Context) (uuid.UUID, error) {
	text := c.Param("id")
	id, err := uuid.Parse(text)
	if err != nil || id.String() != text {
		return uuid.Nil, noToken()
	}
	return id, nil
}
