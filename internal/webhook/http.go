package webhook

import (
	"errors"
	"fmt"
	"net/http"
	"reflect"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"
	"gorm.io/gorm"

	"github.com/cpics/working-together-api/internal/audit"
	"github.com/cpics/working-together-api/internal/change"
	"github.com/cpics/working-together-api/internal/content"
	"github.com/cpics/working-together-api/internal/content/rest"
	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/errs"
	"github.com/cpics/working-together-api/internal/newest"
	"github.com/cpics/working-together-api/internal/web"
	"github.com/cpics/working-together-api/internal/work"
)

// shownOnce is why answers with a secret are not kept.
const shownOnce = "a webhook's secret is shown once and not kept with the answer"

// Handlers serve /v1/webhooks. They rely on the guards of administrators in front of them.
type Handlers struct {
	DB      *database.DB
	Writes  *work.Runner
	BaseURL string // without a slash at the end
	Guard   *Guard
	Sender  *Sender // is told when something may be due
}

// List shows the webhooks.
//
//	@Summary      List webhooks
//	@Description  The webhooks, newest first. Secrets are never shown.
//	@ID           listWebhooks
//	@Tags         webhooks
//	@Produce      json
//	@Param        limit   query  int     false  "How many to show"  minimum(1) maximum(100) default(20)
//	@Param        cursor  query  string  false  "Where to go on, as given in next and previous"
//	@Param        fields  query  string  false  "Only these members, separated by commas; id is always there"
//	@Success      200  {object}  web.Page[View]
//	@Router       /v1/webhooks [get]
//	@x-role       "admin"
func (h *Handlers) List(c echo.Context) error {
	const scope = "webhooks"
	q := web.Query(c)
	part := newest.Part{Limit: q.Int("limit", 20, 1, 100)}
	cursor := q.Cursor("cursor")
	fields := q.Names("fields", web.MemberNames(reflect.TypeFor[View]())...)
	if err := q.Done(); err != nil {
		return err
	}
	if err := part.GoOn(scope, cursor); err != nil {
		return err
	}
	var listed newest.Listed[record]
	err := h.DB.Read(c.Request().Context(), func(tx *database.Tx) (err error) {
		listed, err = newest.Read[record](tx.DB, part)
		return err
	})
	if err != nil {
		return err
	}
	return newest.Answer(c, h.BaseURL, scope, newest.Map(listed, record.view), func(v View) uuid.UUID { return v.ID }, fields)
}

// Create makes a webhook.
//
//	@Summary      Create a webhook
//	@Description  From now on, each line of the change log that the webhook asks for is sent to its address by POST: `{"type": "change.published", "timestamp", "data"}`, where data is the line as `GET /v1/changes` shows it. Lines go out in order, each at least once; a repeated one has the same `webhook-id`. Deliveries are signed as Standard Webhooks says, with the secret of this answer, which is shown this once. So the answer cannot be given again, and an Idempotency-Key is refused.
//	@ID           createWebhook
//	@Tags         webhooks
//	@Accept       json
//	@Produce      json
//	@Param        body  body  Input  true  "The webhook"
//	@Success      201  {object}  WithSecret
//	@Router       /v1/webhooks [post]
//	@x-idempotency "none"
//	@x-role       "admin"
func (h *Handlers) Create(c echo.Context) error {
	body, err := readDocument(c, web.MediaTypeJSON)
	if err != nil {
		return err
	}
	if err := web.NoIdempotencyKey(c, shownOnce); err != nil {
		return err
	}
	return h.Writes.Run(c, work.Steps{Body: body, Apply: func(tx *database.Tx, _ *change.Log) (*work.Answer, error) {
		written, err := rest.DecodeInto(newInput(), body)
		if err == nil {
			err = errs.Invalid(errs.InvalidContent, h.Guard.faults(written)...)
		}
		if err != nil {
			return nil, err
		}
		w, key, err := create(tx, work.ActorOf(c).ID, written.Input)
		if err != nil {
			return nil, err
		}
		return &work.Answer{Status: http.StatusCreated, Body: WithSecret{w.view(), key.text()}, Entry: w.ID,
			Location: h.BaseURL + "/v1/webhooks/" + w.ID.String()}, h.record(c, tx, audit.WebhookCreate, w.ID, nil)
	}})
}

// Show shows a webhook.
//
//	@Summary      Show a webhook
//	@Description  One webhook, without its secret: what it asks for, how far in the change log it is, and whether it fails.
//	@ID           showWebhook
//	@Tags         webhooks
//	@Produce      json
//	@Success      200  {object}  View
//	@Router       /v1/webhooks/{id} [get]
//	@x-role       "admin"
func (h *Handlers) Show(c echo.Context) error {
	if err := web.NoQuery(c); err != nil {
		return err
	}
	var w *record
	err := h.DB.Read(c.Request().Context(), func(tx *database.Tx) (err error) {
		w, err = find(tx.DB, c.Param("id"))
		return err
	})
	if err != nil {
		return err
	}
	return web.Private(c, http.StatusOK, w.view())
}

// Patch changes a webhook.
//
//	@Summary      Change a webhook
//	@Description  Changes the members that the patch names. `{"enabled": true}` enables a disabled webhook: what waits is sent at once, from where it stopped. New events and types hold for the lines that it has not come to yet. There is no version to name: of two who change the same member at once, the later wins.
//	@ID           patchWebhook
//	@Tags         webhooks
//	@Accept       json
//	@Produce      json
//	@Param        body  body  Input  true  "What to change"
//	@Success      200  {object}  View
//	@Router       /v1/webhooks/{id} [patch]
//	@x-role       "admin"
func (h *Handlers) Patch(c echo.Context) error {
	patch, err := readDocument(c, web.MediaTypeMergePatch)
	if err != nil {
		return err
	}
	return h.write(c, patch, http.StatusOK, func(tx *database.Tx, w *record) (any, error) {
		before := w.input()
		written, err := rest.Merge(before, patch, newInput)
		if err == nil {
			err = errs.Invalid(errs.InvalidContent, h.Guard.faults(written)...)
		}
		if err != nil {
			return nil, err
		}
		changed, err := content.ChangedFields(before, written.Input)
		if err != nil {
			return nil, err
		}
		w.write(written.Input, tx.Now)
		if err := save(tx, w); err != nil {
			return nil, err
		}
		return w.view(), h.record(c, tx, audit.WebhookSave, w.ID, changed)
	})
}

// Delete removes a webhook.
//
//	@Summary      Delete a webhook
//	@Description  Nothing is sent to it any more, and what is known of its deliveries is deleted too.
//	@ID           deleteWebhook
//	@Tags         webhooks
//	@Success      204
//	@Router       /v1/webhooks/{id} [delete]
//	@x-role       "admin"
func (h *Handlers) Delete(c echo.Context) error {
	return h.write(c, nil, http.StatusNoContent, func(tx *database.Tx, w *record) (any, error) {
		if err := tx.Delete(w).Error; err != nil {
			return nil, fmt.Errorf("delete a webhook: %w", err)
		}
		return nil, h.record(c, tx, audit.WebhookDelete, w.ID, nil)
	})
}

// Rotate gives a webhook a new secret.
//
//	@Summary      Replace a webhook's secret
//	@Description  The answer shows the new secret, this once. For 24 hours the former one signs too: each delivery has a signature by either, so the receiver can change over at any moment. The answer cannot be given again, and an Idempotency-Key is refused. At most four former secrets sign at a time (409).
//	@ID           rotateWebhookSecret
//	@Tags         webhooks
//	@Produce      json
//	@Success      200  {object}  WithSecret
//	@Router       /v1/webhooks/{id}/rotate [post]
//	@x-idempotency "none"
//	@x-role       "admin"
func (h *Handlers) Rotate(c echo.Context) error {
	if err := web.NoIdempotencyKey(c, shownOnce); err != nil {
		return err
	}
	return h.write(c, nil, http.StatusOK, func(tx *database.Tx, w *record) (any, error) {
		key, err := rotateSecret(tx, w.ID)
		if err != nil {
			return nil, err
		}
		return WithSecret{w.view(), key.text()}, h.record(c, tx, audit.WebhookRotate, w.ID, nil)
	})
}

// readDocument reads the body of a write without a query, and checks its syntax.
func readDocument(c echo.Context, mediaType string) ([]byte, error) {
	body, err := web.ReadBody(c, mediaType)
	if err == nil {
		err = web.CheckJSON(body)
	}
	if err == nil {
		err = web.NoQuery(c)
	}
	return body, err
}

// write changes the webhook that the path names, which is locked, and nudges the sender when that is done.
func (h *Handlers) write(c echo.Context, body []byte, status int, apply func(*database.Tx, *record) (any, error)) error {
	if body == nil {
		if err := web.NoBody(c); err != nil {
			return err
		}
	}
	if err := web.NoQuery(c); err != nil {
		return err
	}
	var w *record
	err := h.Writes.Run(c, work.Steps{Body: body,
		Find: func(tx *database.Tx) (err error) {
			w, err = find(tx.Lock(), c.Param("id"))
			return err
		},
		Apply: func(tx *database.Tx, _ *change.Log) (*work.Answer, error) {
			answer, err := apply(tx, w)
			return &work.Answer{Status: status, Body: answer, Entry: w.ID}, err
		}})
	if err == nil {
		h.Sender.Nudge()
	}
	return err
}

func (h *Handlers) record(c echo.Context, tx *database.Tx, action audit.Action, id uuid.UUID, fields []string) error {
	return audit.Record(tx, audit.Row{By: work.ActorOf(c).Who(), Action: action, Type: "webhook", Entry: id, Fields: fields})
}

// find gives the webhook of an id as it stands in a path.
func find(tx *gorm.DB, text string) (*record, error) {
	missing := errs.New(errs.NotFound, "There is no webhook with this id. GET /v1/webhooks lists those there are.")
	id, ok := content.ParseID(text)
	if !ok {
		return nil, missing
	}
	var w record
	err := tx.Take(&w, "id = ?", id).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return nil, missing
	}
	if err != nil {
		return nil, fmt.Errorf("read a webhook: %w", err)
	}
	return &w, nil
}

// create stores a new webhook, whose place is the end of the log, and its secret.
func create(tx *database.Tx, by string, in *Input) (*record, secret, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return nil, secret{}, fmt.Errorf("make a webhook's id: %w", err)
	}
	w := &record{ID: id, CreatedAt: tx.Now, CreatedBy: by}
	if w.Seq, err = change.Head(tx); err != nil {
		return nil, secret{}, err
	}
	w.write(in, tx.Now)
	if err := tx.Create(w).Error; err != nil {
		return nil, secret{}, fmt.Errorf("store a webhook: %w", err)
	}
	key, err := newSecret(tx, w.ID)
	return w, key, err
}

// save stores a changed webhook. Who changes it may have mended it: what waits for another attempt is due at once.
func save(tx *database.Tx, w *record) error {
	if err := tx.Save(w).Error; err != nil {
		return fmt.Errorf("store a webhook: %w", err)
	}
	err := tx.Model(&row{}).Where("webhook_id = ? AND status = ?", w.ID, pending).Updates(map[string]any{"next_at": tx.Now, "round_at": tx.Now}).Error
	if err != nil {
		return fmt.Errorf("make deliveries due: %w", err)
	}
	return nil
}
