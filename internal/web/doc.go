// Package web is the plumbing between HTTP and the features, and knows no content. It reads requests strictly
// (query, body, preconditions), writes answers (public, draft, problem), and holds the middleware that every
// route shares. It is the only package that knows HTTP statuses: all others speak package errs.
//
// A handler binds, calls and answers, and returns its error without looking at it:
//
//	func (h *Handler) List(c echo.Context) error {
//		q := web.Query(c)
//		limit := q.Int("limit", 20, 1, 100)
//		if err := q.Done(); err != nil {
//			return err
//		}
//		page, err := h.store.List(c.Request().Context(), limit)
//		if err != nil {
//			return err
//		}
//		return web.Public(c, page, web.PublicOptions{})
//	}
//
// The middleware belongs in this order, outermost first, because each relies on the ones before it: RequestIDs
// (everything below logs the id), AccessLog (sees the final status), Recover (a panic becomes an error that is
// answered and logged like any other), SecurityHeaders and CORS (so that errors carry them too), StrictPaths, and
// BodyLimit. ErrorHandler is Echo's error handler.
package web
