package rest

import (
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"github.com/cpics/working-together-api/internal/change"
	"github.com/cpics/working-together-api/internal/content"
	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/errs"
	"github.com/cpics/working-together-api/internal/web"
	"github.com/cpics/working-together-api/internal/work"
)

// Editions answers the published editions, newest first.
func (r *Resource[T, F, V]) Editions(c echo.Context) error {
	if err := web.NoQuery(c); err != nil {
		return err
	}
	return r.look(c, func(tx *database.Tx, entry *content.Entry) (any, error) {
		records, err := content.Editions(tx, entry)
		return web.NewPage(records, len(records)), err
	})
}

// editionView is a published edition on its way out; each type documents its own.
type editionView[T content.Input] struct {
	content.EditionRecord
	Input T `json:"input"`
}

// Edition answers one published edition.
func (r *Resource[T, F, V]) Edition(c echo.Context) error {
	if err := web.NoQuery(c); err != nil {
		return err
	}
	return r.look(c, func(tx *database.Tx, entry *content.Entry) (any, error) {
		past, err := r.pastEdition(c, tx, entry, c.Param("edition"))
		if err != nil {
			return nil, err
		}
		return editionView[T]{past.EditionRecord, past.Input}, nil
	})
}

// Diff answers what differs between an edition and an earlier one, by default the one before.
func (r *Resource[T, F, V]) Diff(c echo.Context) error {
	q := web.Query(c)
	against := q.Int("against", 0, 1, 1<<31-1)
	if err := q.Done(); err != nil {
		return err
	}
	return r.look(c, func(tx *database.Tx, entry *content.Entry) (any, error) {
		to, err := r.pastEdition(c, tx, entry, c.Param("edition"))
		if err != nil {
			return nil, err
		}
		from, err := r.editionBefore(c, tx, entry, to.Edition, against)
		switch {
		case err != nil:
			return nil, err
		case from == nil:
			return content.Diff(nil, to.Input)
		}
		return content.Diff(from.Input, to.Input)
	})
}

// editionBefore is the edition to compare with; nil for what is before the first.
func (r *Resource[T, F, V]) editionBefore(c echo.Context, tx *database.Tx, entry *content.Entry, of, against int) (*content.PastEdition[T], error) {
	if against == 0 {
		if against = of - 1; against == 0 {
			return nil, nil
		}
	}
	return r.pastEdition(c, tx, entry, strconv.Itoa(against))
}

func (r *Resource[T, F, V]) pastEdition(c echo.Context, tx *database.Tx, entry *content.Entry, number string) (*content.PastEdition[T], error) {
	n, err := strconv.Atoi(number)
	if err != nil || n < 1 || n > 1<<31-1 || strconv.Itoa(n) != number {
		return nil, errs.New(errs.NotFound, "Editions have whole numbers from 1.")
	}
	past, err := r.Repo.Edition(tx, entry, n)
	if err == nil && !maySeeSecrets(c) {
		past.Input.Redact()
	}
	return past, err
}

// look answers something about an entry that only token holders see.
func (r *Resource[T, F, V]) look(c echo.Context, read func(tx *database.Tx, entry *content.Entry) (any, error)) error {
	var view any
	err := r.DB.Read(c.Request().Context(), func(tx *database.Tx) error {
		entry, err := content.Find(tx, r.Repo.Kind().Type, c.Param("ref"))
		if err != nil {
			return err
		}
		view, err = read(tx, entry)
		return err
	})
	if err != nil {
		return r.AnswerMoved(c, err)
	}
	return web.Private(c, http.StatusOK, view)
}

// Restore fills the draft with a published edition.
func (r *Resource[T, F, V]) Restore(c echo.Context) error {
	if err := web.NoBody(c); err != nil {
		return err
	}
	return r.change(c, false, nil, func(tx *database.Tx, _ *change.Log, entry *content.Entry) (*work.Answer, error) {
		past, err := r.pastEdition(c, tx, entry, c.Param("edition"))
		if err != nil {
			return nil, err
		}
		doc, err := r.Repo.Restore(tx, work.ActorOf(c), entry, past.Edition)
		if err != nil {
			return nil, err
		}
		return r.answer(c, tx, doc, http.StatusOK)
	})
}
