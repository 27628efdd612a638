package health

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/cpics/working-together-api/internal/errs"
	"github.com/cpics/working-together-api/internal/web"
)

// Alive is the answer of a process that runs.
type Alive struct {
	Status string `json:"status" validate:"required" enums:"alive" example:"alive"`
}

// Live answers as long as the process does, without looking at anything else.
//
//	@Summary      Is the process alive?
//	@Description  Answers without looking at the database or anything else: restart the process when it does not.
//	@ID           showLiveness
//	@Tags         service
//	@Produce      json
//	@Success      200  {object}  Alive
//	@Router       /healthz [get]
//	@x-credentials "ignored"
//	@x-role       "anyone"
//	@x-cache      "none"
func (*Checker) Live(c echo.Context) error {
	if err := web.NoQuery(c); err != nil {
		return err
	}
	return web.Private(c, http.StatusOK, Alive{Status: "alive"})
}

// Ready answers whether requests should be sent here.
//
//	@Summary      Is the service ready?
//	@Description  200 while what is published can be read; with `writes`, only while changes can be saved as well. Otherwise 503, whose problem document has the same members. What it says is at most a second old.
//	@ID           showReadiness
//	@Tags         service
//	@Produce      json
//	@Param        writes  query  string  false  "Ask for writes too; needs no value, and takes none but true"  allowEmptyValue(true)
//	@Success      200  {object}  Report
//	@Router       /readyz [get]
//	@x-credentials "ignored"
//	@x-role       "anyone"
//	@x-cache      "none"
func (c *Checker) Ready(ctx echo.Context) error {
	q := web.Query(ctx)
	wanted := q.Has("writes")
	q.OneOf("writes", "", "", "true")
	if err := q.Done(); err != nil {
		return err
	}
	r := c.Report(ctx.Request().Context())
	if r.Reads && (r.Writes || !wanted) {
		return web.Private(ctx, http.StatusOK, r)
	}
	return r.failure()
}

// Nothing is what a service that has no database yet says when it is asked whether it is ready.
func Nothing() error {
	return Report{Checks: []Check{{Name: "database", Detail: "It does not answer yet, or is brought up to date."}}}.failure()
}

// failure is a report that is not what was asked for.
func (r Report) failure() error {
	return errs.New(errs.Unavailable, "The service cannot do now what was asked for; checks says what it found.").
		With("reads", r.Reads).With("writes", r.Writes).With("checks", r.Checks).Because(r.cause)
}
