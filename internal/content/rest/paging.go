package rest

import (
	"math"

	"github.com/labstack/echo/v4"

	"github.com/cpics/working-together-api/internal/content"
	"github.com/cpics/working-together-api/internal/web"
)

// Limits of the number of items on a page.
const (
	DefaultLimit = 20
	MaxLimit     = 100
)

// Paging is which part of a list a request asks for, in which order, and with which members of its items.
type Paging struct {
	content.Window
	sort   string
	fields []string
	cursor string // as it was sent
	scope  string // what cursors belong to
}

// ReadSeq reads the number of the change-log line that the answer must not be older than; 0 where any will do.
func ReadSeq(q *web.Params) int64 { return int64(q.Int("seq", 0, 1, math.MaxInt)) }

// ReadPaging reads limit, cursor, sort (the first of sorts where it is not sent), and fields, which names members.
func ReadPaging(q *web.Params, sorts, members []string) Paging {
	var p Paging
	p.Limit = q.Int("limit", DefaultLimit, 1, MaxLimit)
	p.cursor = q.Cursor("cursor")
	p.sort = q.OneOf("sort", sorts[0], sorts...)
	p.Sort = content.Sorts[p.sort]
	p.fields = q.Names("fields", members...)
	return p
}

// Begin finds where the part starts, after the whole query was found to be right. It fails with errs.InvalidQuery for
// a cursor of another list, order or selection.
func (p *Paging) Begin(collection string, s content.Selection) (err error) {
	p.scope = collection + " " + p.sort + " " + s.Scope()
	if p.cursor != "" {
		var place []string
		p.Backwards, place, err = web.DecodeCursor(p.scope, p.cursor)
		p.From = append([]string{}, place...) // never nil, which would mean the start
	}
	return err
}

// Page is the part that was found, with one view for each of its entries and the addresses of its neighbours.
func Page[V any](c echo.Context, baseURL string, p *Paging, found *content.Found, views []V) (web.Page[any], error) {
	items := make([]any, len(views))
	for i := range views {
		items[i] = &views[i]
		if len(p.fields) > 0 {
			var err error
			if items[i], err = web.SelectFields(&views[i], p.fields); err != nil {
				return web.Page[any]{}, err
			}
		}
	}
	page := web.NewPage(items, found.Total)
	page.TotalIsMinimum = found.TotalIsMinimum
	n := len(found.Entries)
	if n == 0 {
		return page, nil // its neighbours could not be named
	}
	cursorAt := func(e *content.Entry, backwards bool) string {
		return web.PageURL(baseURL, c.Request(), web.EncodeCursor(p.scope, backwards, p.Sort.Place(e)...))
	}
	if found.After {
		page.Next = cursorAt(&found.Entries[n-1], false)
	}
	if found.Before {
		page.Previous = cursorAt(&found.Entries[0], true)
	}
	return page, nil
}
