package rest

import (
	"net/http"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"github.com/cpics/working-together-api/internal/change"
	"github.com/cpics/working-together-api/internal/content"
	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/errs"
	"github.com/cpics/working-together-api/internal/web"
	"github.com/cpics/working-together-api/internal/work"
)

// maxNumbered is how many entries can be ordered at once.
const maxNumbered = 1000

// OrderInput is the new order of a numbered type.
type OrderInput struct {
	IDs []uuid.UUID `json:"ids" validate:"required,max=1000" format:"uuid" example:"018c3f6e-0d00-7a10-9b1e-5f0a2d3c4b01"` // of all live entries, each once, in the order wanted
}

// Order numbers all live entries at once. It changes no entry's version, so it needs no tag: that the ids are those of
// all live entries is the precondition.
func (r *Resource[T, F, V]) Order(c echo.Context) error {
	body, err := web.ReadBody(c)
	if err != nil {
		return err
	}
	in, err := decodeInto[OrderInput](body)
	if err != nil {
		return err
	}
	if err := web.NoQuery(c); err != nil {
		return err
	}
	return r.Writes.Run(c, work.Steps{Publishes: true, Body: body,
		Apply: func(tx *database.Tx, log *change.Log) (*work.Answer, error) {
			if err := errs.Invalid(errs.InvalidContent, in.faults...); err != nil {
				return nil, err
			}
			if err := r.Repo.Order(tx, log, work.ActorOf(c), in.value.IDs); err != nil {
				return nil, err
			}
			known, err := r.Known.In(tx)
			if err != nil {
				return nil, err
			}
			views, err := r.ShowList(known, nil, "number", maxNumbered, content.Public{})
			return &work.Answer{Status: http.StatusOK, Body: web.NewPage(views, len(views))}, err
		}})
}
