package changelog

import (
	"context"
	"errors"
	"net/url"
	"regexp"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"github.com/cpics/working-together-api/internal/change"
	"github.com/cpics/working-together-api/internal/content"
	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/errs"
	"github.com/cpics/working-together-api/internal/web"
)

const (
	defaultLimit = 100
	maxLimit     = 1000
	maxWait      = 30 // seconds
)

// Handler serves the log.
type Handler struct {
	DB      *database.DB
	Site    *content.Site
	Sources content.Sources
	Watcher *change.Watcher
	Tip     *Tip // where streams wait
	// Heartbeat is how often a stream says that it is alive; 15 seconds unless set.
	Heartbeat time.Duration
}

// NewHandler serves the log in db.
func NewHandler(db *database.DB, site *content.Site, sources content.Sources, watcher *change.Watcher) Handler {
	h := Handler{DB: db, Site: site, Sources: sources, Watcher: watcher}
	h.Tip = NewTip(h)
	return h
}

// List answers a part of the log.
//
//	@Summary      Read the change log
//	@Description  Everything public that happened, in order. Without after it starts at the beginning, so a full copy and keeping it are the same call: store the item of a line that has a digest, delete at gone and recalled, skip the other lines, and ask next again. With wait the answer comes as soon as there is something, or after that many seconds.
//	@ID           listChanges
//	@Tags         staying current
//	@Produce      json
//	@Param        after  query  string    false  "Go on behind the line with this cursor"
//	@Param        type   query  []string  false  "Only lines of these types"  collectionFormat(multi) Enums(principle, case-study, toolkit-asset, page, organisation, topic)
//	@Param        limit  query  int       false  "How many lines"  minimum(1) maximum(1000) default(100)
//	@Param        item   query  bool      false  "With the public item, where a line has a digest"
//	@Param        wait   query  int       false  "Seconds to wait for a line when there is none"  minimum(0) maximum(30) default(0)
//	@Success      200  {object}  Changes
//	@Router       /v1/changes [get]
//	@x-role       "anyone"
func (h Handler) List(c echo.Context) error {
	q := web.Query(c)
	req := request{after: q.String("after", web.MaxCursor), types: q.OneOfAll("type", content.Types()...),
		limit: q.Int("limit", defaultLimit, 1, maxLimit)}
	req.items, _ = q.Bool("item")
	wait := q.Int("wait", 0, 0, maxWait)
	waiting := q.Has("wait")
	if err := h.withCursor(c.Request().Context(), q.Done(), "after", req.after); err != nil {
		return err
	}
	page, err := h.await(c.Request().Context(), req, time.Duration(wait)*time.Second)
	if err != nil {
		return err
	}
	if waiting {
		return web.Private(c, 200, page)
	}
	return web.Public(c, page, web.PublicOptions{CacheControl: "public, no-cache"})
}

// withCursor adds to what is wrong with a query, if anything is, that the cursor which a parameter or header gave is not
// known: only the log tells. A cursor alone is wrong in a way of its own, which is found when the log is read.
func (h Handler) withCursor(ctx context.Context, wrong error, name, cursor string) error {
	var told *errs.Error
	if cursor == "" || !errors.As(wrong, &told) {
		return wrong
	}
	err := h.DB.Read(ctx, func(tx *database.Tx) error {
		log, err := scopeOf(tx)
		if err == nil {
			_, err = log.position(tx, cursor)
		}
		return err
	})
	switch {
	case err == nil:
		return wrong
	case errs.KindOf(err) != errs.CursorUnknown:
		return err
	}
	return errs.Invalid(errs.InvalidQuery, append(told.Faults, errs.In(name, errs.NoSuch, "%s", cursorAdvice))...)
}

// await reads the log, and again when something was written, until there are lines, the time is over or the service
// stops.
func (h Handler) await(ctx context.Context, req request, wait time.Duration) (*Changes, error) {
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	for {
		page, err := h.page(context.WithoutCancel(ctx), req)
		if err != nil || len(page.Items) > 0 || !h.Watcher.Wait(ctx, page.end.seq) {
			return page, err
		}
	}
}

// page reads a part of the log.
func (h Handler) page(ctx context.Context, req request) (page *Changes, err error) {
	err = h.DB.Read(ctx, func(tx *database.Tx) error {
		page, err = h.read(tx, req)
		return err
	})
	return page, err
}

// address is that of what the request asks for, behind a cursor.
func (h Handler) address(req request, after string) string {
	query := url.Values{"type": req.types}
	if after != "" {
		query.Set("after", after)
	}
	if req.limit != defaultLimit {
		query.Set("limit", strconv.Itoa(req.limit))
	}
	if req.items {
		query.Set("item", "true")
	}
	if len(query.Encode()) == 0 {
		return h.Site.BaseURL + "/v1/changes"
	}
	return h.Site.BaseURL + "/v1/changes?" + query.Encode()
}

func init() {
	form := regexp.MustCompile("^sha-256:[0-9a-f]{64}$")
	web.RegisterRule("digest", form.MatchString, "Give the digest as items have it: sha-256: and 64 hexadecimal digits.")
}

// HeldCopy is what a partner has of one item.
type HeldCopy struct {
	ID     uuid.UUID `json:"id" validate:"required" format:"uuid" example:"018d2a40-1c00-7b21-8c3f-6a1b3e4d5c02"`
	Digest string    `json:"digest" validate:"required,digest" example:"sha-256:6b3a55e0261b0304143f805a24924d0c1c44524821305f31d9277843b8a10f4e"`
}

// CopyState says what became of an item that a partner has.
type CopyState struct {
	ID     uuid.UUID `json:"id" validate:"required" format:"uuid" example:"018d2a40-1c00-7b21-8c3f-6a1b3e4d5c02"`
	State  string    `json:"state" validate:"required" enums:"current,stale,gone,recalled,unknown" example:"stale"`               // gone and recalled: delete the copy
	Digest string    `json:"digest,omitempty" example:"sha-256:6b3a55e0261b0304143f805a24924d0c1c44524821305f31d9277843b8a10f4e"` // as it is now
	Href   string    `json:"href,omitempty" format:"uri" example:"https://api.example.nhs.uk/v1/case-studies/018d2a40-1c00-7b21-8c3f-6a1b3e4d5c02"`
}

// CopyStates answers a check.
type CopyStates struct {
	Items []CopyState `json:"items" validate:"required"` // in the order asked
}
