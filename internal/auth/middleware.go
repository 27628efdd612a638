package auth

import (
	"context"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/cpics/working-together-api/internal/errs"
	"github.com/cpics/working-together-api/internal/web"
)

// Authenticate finds out who makes a request and puts the actor into its context, for ActorFrom.
//
// No credential at all makes the actor Anonymous. A credential that is not valid is 401 even where none is needed:
// whoever sends one believes to be somebody, and must not take the public view for all there is. Where there is no
// route, that is said before anything about the credential.
//
// It belongs before the whole server (Echo.Use): a group with middleware answers 404 where 405 is due.
func Authenticate(s *Store) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			req := c.Request()
			actor, err := identify(req.Context(), s, req.Header.Values(echo.HeaderAuthorization))
			if err != nil && !routed(c) {
				return next(c) // answers 404 or 405
			}
			if err != nil {
				return err
			}
			actor.From, actor.RequestID = c.RealIP(), web.RequestID(req.Context())
			web.SetActor(c, actor.ID)
			c.SetRequest(req.WithContext(WithActor(req.Context(), actor)))
			return next(c)
		}
	}
}

// routed says whether the request has a route of its own. Echo runs middleware for those without one too.
func routed(c echo.Context) bool {
	return slices.ContainsFunc(c.Echo().Routes(), func(r *echo.Route) bool {
		return r.Method == c.Request().Method && r.Path == c.Path()
	})
}

// identify is the actor that the values of a request's Authorization header speak for.
func identify(ctx context.Context, s *Store, header []string) (Actor, error) {
	if len(header) == 0 {
		return Anonymous, nil
	}
	scheme, token, _ := strings.Cut(header[0], " ")
	if len(header) > 1 || !strings.EqualFold(scheme, "Bearer") { // RFC 9110 §11.1: the scheme's case does not matter
		return Anonymous, errs.New(errs.Unauthenticated, "Send one credential, as Authorization: Bearer and a token; no other scheme is understood here.")
	}
	return s.Authenticate(ctx, strings.TrimLeft(token, " ")) // RFC 6750 §2.1: one or more spaces
}

// Require lets only actors pass who have the role: others are 401 when they showed no credential, 403 when theirs does
// not suffice.
func Require(role Role) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			if err := Check(c.Request().Context(), role); err != nil {
				return err
			}
			return next(c)
		}
	}
}

// Check is Require for what only a part of a route's requests needs, such as view=draft or publish=true. It fails with
// errs.Unauthenticated or errs.Forbidden.
func Check(ctx context.Context, role Role) error {
	actor := ActorFrom(ctx)
	switch {
	case actor.Role.Includes(role):
		return nil
	case actor.IsAnonymous():
		return errs.New(errs.Unauthenticated, "This needs a token with the role %s: send it as Authorization: Bearer and the token.", role)
	default:
		return errs.New(errs.Forbidden, "This needs the role %s; yours is %s. Ask an administrator for a token that has it.", role, actor.Role)
	}
}
