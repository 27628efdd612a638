package feed

import (
	"fmt"
	"html/template"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"github.com/cpics/working-together-api/internal/change"
	"github.com/cpics/working-together-api/internal/content"
	"github.com/cpics/working-together-api/internal/content/rest"
	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/errs"
	"github.com/cpics/working-together-api/internal/represent"
	"github.com/cpics/working-together-api/internal/web"
)

const (
	defaultLimit = 20
	maxLimit     = 100
)

// Handler serves the feeds.
type Handler struct{ rest.Services }

// request is what a reader asks for.
type request struct {
	channel
	format
	name    string              // all.rss
	filters map[string][]string // by parameter
	full    bool
	limit   int
	cursor  string
}

// Show answers a page of a feed.
//
//	@Summary      Read a feed
//	@Description  The live entries by the date of their newest major edition, newest first, as RSS 2.0, Atom or JSON Feed 1.1. The dates strictly increase in the order of publishing: a publish time is moved on by a second where the one before was the same. Ids never change. With content=full each entry has its whole text as HTML, with its attribution. Older entries are on the page that next leads to (RFC 5005).
//	@ID           readFeed
//	@Tags         staying current
//	@Produce      application/rss+xml,application/atom+xml,application/feed+json
//	@Param        feed          path   string    true   "Which entries, in which format"  Enums(all.rss, all.atom, all.json, case-studies.rss, case-studies.atom, case-studies.json, toolkit-assets.rss, toolkit-assets.atom, toolkit-assets.json)
//	@Param        principle     query  []string  false  "Only what shows any of these principles (id or slug)"  collectionFormat(multi)
//	@Param        organisation  query  []string  false  "Only what names any of these organisations (id or slug); not for toolkit assets"  collectionFormat(multi)
//	@Param        topic         query  []string  false  "Only what is on any of these topics (id or slug); not for toolkit assets"  collectionFormat(multi)
//	@Param        content       query  string    false  "full: with the whole text"  Enums(summary, full) default(summary)
//	@Param        limit         query  int       false  "How many entries"  minimum(1) maximum(100) default(20)
//	@Param        cursor        query  string    false  "Where to go on, as given in next"
//	@Success      200  {object}  JSONFeed
//	@Router       /v1/feeds/{feed} [get]
//	@x-role       "anyone"
func (h Handler) Show(c echo.Context) error {
	req, err := h.read(c)
	if err != nil {
		return h.WithTargets(c, err, func(known *content.Lookup) error {
			_, _, err := targets(known, req)
			return err
		})
	}
	var p page
	err = h.DB.Read(c.Request().Context(), func(tx *database.Tx) error {
		p, err = h.page(tx, c, req)
		return err
	})
	if err != nil {
		return err
	}
	body, err := req.write(p)
	if err != nil {
		return err
	}
	opt := web.PublicOptions{MediaType: req.mediaType, LastModified: p.changed.At, Again: p.changed.Again}
	if p.next != "" {
		opt.Header = map[string]string{"Link": "<" + p.next + `>; rel="next"`}
	}
	return web.PublicBytes(c, body, opt)
}

// read reads the request; for a feed that is not there it fails with errs.NotFound.
func (h Handler) read(c echo.Context) (req request, err error) {
	req.name = c.Param("feed")
	name, end, _ := strings.Cut(req.name, ".")
	var known, written bool
	req.channel, known = channels[name]
	req.format, written = formats[end]
	if !known || !written {
		return req, errs.New(errs.NotFound, "There is no such feed. There are all, case-studies and toolkit-assets, each with .rss, .atom or .json behind its name.")
	}
	q := web.Query(c)
	req.filters = map[string][]string{}
	for _, f := range req.channel.filters {
		if values := q.All(f.param); len(values) > 0 {
			req.filters[f.param] = values
		}
	}
	req.full = q.OneOf("content", "summary", "summary", "full") == "full"
	req.limit = q.Int("limit", defaultLimit, 1, maxLimit)
	req.cursor = q.Cursor("cursor")
	return req, q.Done()
}

// scope is what cursors of a feed belong to, whichever format they are met in.
func (r request) scope() string {
	name, _, _ := strings.Cut(r.name, ".")
	parts := []string{"feed " + name}
	for _, f := range r.channel.filters {
		parts = append(parts, fmt.Sprintf("%s=%q", f.param, slices.Sorted(slices.Values(r.filters[f.param]))))
	}
	return strings.Join(parts, " ")
}

// id is the address of the feed, without what only says how to show it.
func (r request) id(base string) string {
	query := url.Values{}
	for param, values := range r.filters {
		query[param] = slices.Sorted(slices.Values(values))
	}
	if len(query) == 0 {
		return base + "/v1/feeds/" + r.name
	}
	return base + "/v1/feeds/" + r.name + "?" + query.Encode()
}

// page reads a page from one snapshot.
func (h Handler) page(tx *database.Tx, c echo.Context, req request) (page, error) {
	p := page{channel: req.channel, site: h.Site, id: req.id(h.Site.BaseURL), self: h.Site.BaseURL + c.Request().URL.EscapedPath()}
	if query := c.Request().URL.Query().Encode(); query != "" {
		p.self += "?" + query
	}
	rows, err := h.rows(tx, req)
	if err != nil {
		return p, err
	}
	if len(rows) > req.limit {
		rows = rows[:req.limit]
		cursor := web.EncodeCursor(req.scope(), false, rows[req.limit-1].At.UTC().Format(time.RFC3339))
		p.next = web.PageURL(h.Site.BaseURL, c.Request(), cursor)
	}
	if p.entries, err = h.entries(tx, rows, req.full); err != nil {
		return p, err
	}
	p.changed, err = change.LastOfAll(tx)
	return p, err
}

// row is a row of table feed_rows.
type row struct {
	At      time.Time
	Type    string
	EntryID uuid.UUID
}

// rows reads one row more than asked for, to know whether there are more. One value of one filter costs what the whole
// feed does; several values are looked for from the newest entry on.
func (h Handler) rows(tx *database.Tx, req request) ([]row, error) {
	known, err := h.Known.In(tx)
	if err != nil {
		return nil, err
	}
	narrowed, nothing, err := targets(known, req)
	if err != nil || nothing {
		return nil, err
	}
	query, target := tx.Table("feed_rows f"), ""
	if len(narrowed) == 1 && len(narrowed[0]) == 1 {
		target, narrowed = narrowed[0][0], nil
	}
	query = query.Where("f.target = ?", target)
	for _, any := range narrowed {
		query = query.Where("EXISTS (SELECT 1 FROM feed_rows n WHERE n.entry_id = f.entry_id AND n.target IN ?)", any)
	}
	if req.typ != "" {
		query = query.Where("f.type = ?", req.typ)
	}
	if req.cursor != "" {
		before, err := place(req)
		if err != nil {
			return nil, err
		}
		query = query.Where("f.at < ?", before)
	}
	var rows []row
	if err := query.Select("f.at, f.type, f.entry_id").Order("f.at DESC").Limit(req.limit + 1).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("read a feed: %w", err)
	}
	return rows, nil
}

// place reads the cursor.
func place(req request) (time.Time, error) {
	_, parts, err := web.DecodeCursor(req.scope(), req.cursor)
	if err != nil {
		return time.Time{}, err
	}
	if len(parts) == 1 {
		if at, err := time.Parse("2006-01-02T15:04:05Z", parts[0]); err == nil {
			return at, nil
		}
	}
	return time.Time{}, errs.Invalid(errs.InvalidQuery, errs.In("cursor", errs.Format, "This cursor does not belong to this feed. Start without a cursor."))
}

// targets are the entries that the feed is narrowed down to, by filter. One of which nothing is live leaves nothing. A
// value that was never public is errs.InvalidQuery.
func targets(known *content.Lookup, req request) (narrowed [][]string, nothing bool, err error) {
	var faults []errs.Fault
	for _, f := range req.channel.filters {
		values, asked := req.filters[f.param]
		if !asked {
			continue
		}
		live, more, err := known.PublicTargets(f.param, f.target, values)
		if err != nil {
			return nil, false, err
		}
		faults = append(faults, more...)
		ids := make([]string, len(live))
		for i, id := range live {
			ids[i] = id.String()
		}
		slices.Sort(ids)
		narrowed = append(narrowed, slices.Compact(ids))
		nothing = nothing || len(live) == 0
	}
	return narrowed, nothing, errs.Invalid(errs.InvalidQuery, faults...)
}

// entries reads what rows stand for, with one look at each type.
func (h Handler) entries(tx *database.Tx, rows []row, full bool) ([]entry, error) {
	byType := map[string][]uuid.UUID{}
	for _, r := range rows {
		byType[r.Type] = append(byType[r.Type], r.EntryID)
	}
	shown, err := h.Sources.Show(tx, byType, full)
	if err != nil {
		return nil, err
	}
	entries := make([]entry, len(rows))
	for i, r := range rows {
		now := shown[r.EntryID]
		e := entry{Item: represent.Item{Item: now.Head, Description: now.Describe()}, date: r.At}
		if full {
			var text template.HTML
			if text, err = represent.Body(h.Site, e.Item); err != nil {
				return nil, err
			}
			e.html = string(text)
		}
		entries[i] = e
	}
	return entries, nil
}
