package webhook

import (
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"
	"gorm.io/gorm"

	"github.com/cpics/working-together-api/internal/audit"
	"github.com/cpics/working-together-api/internal/content"
	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/errs"
	"github.com/cpics/working-together-api/internal/newest"
	"github.com/cpics/working-together-api/internal/web"
)

// Test sends a test event.
//
//	@Summary      Send a test event
//	@Description  Sends an event of type `webhook.test` at once, also to a disabled webhook, and once only: it is not tried again. The answer is the delivery before it is sent; `GET /v1/webhooks/{id}/deliveries` shows what became of it.
//	@ID           testWebhook
//	@Tags         webhooks
//	@Produce      json
//	@Success      202  {object}  Delivery
//	@Router       /v1/webhooks/{id}/test [post]
//	@x-role       "admin"
//	@x-example    {"id": "01976a2c-4d3e-7f10-8a5b-1c2d3e4f5a6b", "event": "webhook.test", "status": "pending", "attempts": 0, "createdAt": "2026-11-23T09:30:00Z", "nextAttemptAt": "2026-11-23T09:30:00Z"}
func (h *Handlers) Test(c echo.Context) error {
	return h.write(c, nil, http.StatusAccepted, func(tx *database.Tx, w *record) (any, error) {
		d, err := newRow(w.ID, nil, tx.Now)
		if err != nil {
			return nil, err
		}
		if err := tx.Create(d).Error; err != nil {
			return nil, fmt.Errorf("store a test event: %w", err)
		}
		return d.view(), h.record(c, tx, audit.WebhookTest, w.ID, nil)
	})
}

// Deliveries shows what became of a webhook's deliveries.
//
//	@Summary      List a webhook's deliveries
//	@Description  What became of the deliveries that came to their turn, newest first. Those that were taken are kept for 30 days, those that failed as long as the webhook. What a delivery said is not among it: it is what the change log says of its line.
//	@ID           listWebhookDeliveries
//	@Tags         webhooks
//	@Produce      json
//	@Param        status  query  []string  false  "Only deliveries of these statuses"  collectionFormat(multi) Enums(pending, delivered, failed)
//	@Param        limit   query  int     false  "How many to show"  minimum(1) maximum(100) default(20)
//	@Param        cursor  query  string  false  "Where to go on, as given in next and previous"
//	@Param        fields  query  string  false  "Only these members, separated by commas; id is always there"
//	@Success      200  {object}  web.Page[Delivery]
//	@Router       /v1/webhooks/{id}/deliveries [get]
//	@x-role       "admin"
func (h *Handlers) Deliveries(c echo.Context) error {
	q := web.Query(c)
	statuses := q.OneOfAll("status", string(pending), string(delivered), string(failed))
	part := newest.Part{Limit: q.Int("limit", 20, 1, 100)}
	cursor := q.Cursor("cursor")
	fields := q.Names("fields", web.MemberNames(reflect.TypeFor[Delivery]())...)
	if err := q.Done(); err != nil {
		return err
	}
	slices.Sort(statuses)
	scope := "webhook deliveries " + c.Param("id") + " " + strings.Join(statuses, ",")
	if err := part.GoOn(scope, cursor); err != nil {
		return err
	}
	listed, err := h.deliveries(c, statuses, part)
	if err != nil {
		return err
	}
	return newest.Answer(c, h.BaseURL, scope, newest.Map(listed, row.view), func(d Delivery) uuid.UUID { return d.ID }, fields)
}

// deliveries reads a part of the deliveries of the webhook that the path names, of the given statuses or, without any, all.
func (h *Handlers) deliveries(c echo.Context, statuses []string, part newest.Part) (listed newest.Listed[row], err error) {
	err = h.DB.Read(c.Request().Context(), func(tx *database.Tx) error {
		w, err := find(tx.DB, c.Param("id"))
		if err != nil {
			return err
		}
		list := tx.Where("webhook_id = ?", w.ID)
		if len(statuses) > 0 {
			list = list.Where("status IN ?", statuses)
		}
		listed, err = newest.Read[row](list, part)
		return err
	})
	return listed, err
}

// Redeliver sends a delivery again.
//
//	@Summary      Send a delivery again
//	@Description  Sends it at once, under the same `webhook-id`, whether it was taken or has failed, and tries again for three days as at first. Other deliveries do not wait for it. It says what the change log says of its line now. A disabled webhook must be enabled first (409).
//	@ID           redeliver
//	@Tags         webhooks
//	@Produce      json
//	@Param        delivery  path  string  true  "The delivery's id"  format(uuid) example(01976a2c-4d3e-7f10-8a5b-1c2d3e4f5a6b)
//	@Success      202  {object}  Delivery
//	@Router       /v1/webhooks/{id}/deliveries/{delivery}/redeliver [post]
//	@x-role       "admin"
func (h *Handlers) Redeliver(c echo.Context) error {
	return h.write(c, nil, http.StatusAccepted, func(tx *database.Tx, w *record) (any, error) {
		d, err := findDelivery(tx, w, c.Param("delivery"))
		if err != nil {
			return nil, err
		}
		if w.DisabledAt != nil {
			return nil, errs.New(errs.Conflict, "This webhook is disabled: disabledReason says why. Enable it first.")
		}
		d.repeat(tx.Now)
		if err := tx.Save(d).Error; err != nil {
			return nil, fmt.Errorf("repeat a delivery: %w", err)
		}
		return d.view(), h.record(c, tx, audit.WebhookRedeliver, w.ID, nil)
	})
}

func findDelivery(tx *database.Tx, w *record, text string) (*row, error) {
	missing := errs.New(errs.NotFound, "This webhook has no delivery with this id. Those that were taken are forgotten after 30 days.")
	id, ok := content.ParseID(text)
	if !ok {
		return nil, missing
	}
	var d row
	err := tx.Take(&d, "id = ? AND webhook_id = ?", id, w.ID).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return nil, missing
	}
	if err != nil {
		return nil, fmt.Errorf("read a delivery: %w", err)
	}
	return &d, nil
}
