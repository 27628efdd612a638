package changelog

import (
	"fmt"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"github.com/cpics/working-together-api/internal/content"
	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/errs"
	"github.com/cpics/working-together-api/internal/web"
)

// maxChecked is how many items are checked at once.
const maxChecked = 1000

// Check compares what a partner has with what is public now.
//
//	@Summary      Check copies
//	@Description  Says of each item whether the copy with that digest is current, stale, gone or recalled, in the order asked; unknown is what was never public here.
//	@ID           checkCopies
//	@Tags         staying current
//	@Accept       json
//	@Produce      json
//	@Param        body  body  []HeldCopy  true  "1 to 1,000 items with the digests of the copies"
//	@Success      200  {object}  CopyStates
//	@Router       /v1/changes/check [post]
//	@x-role       "anyone"
func (h Handler) Check(c echo.Context) error {
	body, err := web.ReadBody(c)
	if err != nil {
		return err
	}
	if err := web.CheckJSON(body); err != nil {
		return err
	}
	if err := web.NoQuery(c); err != nil {
		return err
	}
	var held []HeldCopy
	if err := web.DecodeJSON(body, &held); err != nil {
		return err
	}
	if len(held) == 0 || len(held) > maxChecked {
		return errs.Invalid(errs.InvalidContent, errs.At("", errs.Length, "Send 1 to %d items.", maxChecked))
	}
	verdicts := CopyStates{Items: make([]CopyState, len(held))}
	err = h.DB.Read(c.Request().Context(), func(tx *database.Tx) error {
		return h.judge(tx, held, verdicts.Items)
	})
	if err != nil {
		return err
	}
	return web.Private(c, 200, verdicts)
}

// judge fills in a verdict for each of the items.
func (h Handler) judge(tx *database.Tx, held []HeldCopy, verdicts []CopyState) error {
	ids := make([]uuid.UUID, len(held))
	for i, item := range held {
		ids[i] = item.ID
	}
	var entries []content.Entry
	if err := tx.Where("id IN ?", ids).Find(&entries).Error; err != nil {
		return fmt.Errorf("look up what is checked: %w", err)
	}
	byID := map[uuid.UUID]content.Entry{}
	byType := map[string][]uuid.UUID{}
	for _, e := range entries {
		byID[e.ID] = e
		if e.Status.Public() {
			byType[e.Type] = append(byType[e.Type], e.ID)
		}
	}
	shown, err := h.Sources.Show(tx, byType, false)
	if err != nil {
		return err
	}
	for i, item := range held {
		verdicts[i] = h.verdict(item, byID[item.ID], shown[item.ID])
	}
	return nil
}

func (h Handler) verdict(item HeldCopy, e content.Entry, now content.Shown) CopyState {
	v := CopyState{ID: item.ID, State: "unknown"}
	switch {
	case e.Status.Public():
		v.State, v.Digest, v.Href = "stale", now.Digest, h.Site.Href(e.Type, e.ID.String())
		if item.Digest == now.Digest {
			v.State = "current"
		}
	case e.Status == content.Gone || e.Status == content.Recalled:
		v.State = string(e.Status)
	}
	return v
}
