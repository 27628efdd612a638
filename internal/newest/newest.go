// Package newest reads lists that go from the newest to the oldest, of what has UUIDv7 ids: their order is that of
// creation. Tokens, webhooks and their deliveries are such lists.
package newest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"
	"gorm.io/gorm"

	"github.com/cpics/working-together-api/internal/errs"
	"github.com/cpics/working-together-api/internal/web"
)

// Part says which part of a list is wanted. The zero value is all of it.
type Part struct {
	Limit int       // how many at most; 0: all
	From  uuid.UUID // the item that the part is next to, which may be gone by now; uuid.Nil: the start of the list
	Newer bool      // the items newer than From; otherwise those older
}

// Listed is a part of a list.
type Listed[T any] struct {
	Items        []T  // newest first
	Total        int  // of the whole list
	Newer, Older bool // whether there are items on either side of this part
}

// Read reads a part of the list that all rows in scope make. A row is found by its column id.
func Read[R any](scope *gorm.DB, p Part) (l Listed[R], err error) {
	scope = scope.Session(&gorm.Session{}) // it is good for two statements then
	var total int64
	if err := scope.Model(new(R)).Count(&total).Error; err != nil {
		return l, fmt.Errorf("count a list: %w", err)
	}
	rows, err := outwards[R](scope, p)
	if err != nil {
		return l, fmt.Errorf("read a list: %w", err)
	}
	more := p.Limit > 0 && len(rows) > p.Limit
	if more {
		rows = rows[:p.Limit]
	}
	l = Listed[R]{Items: rows, Total: int(total), Older: more, Newer: p.From != uuid.Nil}
	if p.Newer && p.From != uuid.Nil {
		slices.Reverse(l.Items)
		l.Newer, l.Older = more, true
	}
	return l, nil
}

// outwards reads the part away from its From, and one row more, which tells whether the list goes on.
func outwards[R any](q *gorm.DB, p Part) (rows []R, err error) {
	if p.Limit > 0 {
		q = q.Limit(p.Limit + 1)
	}
	switch {
	case p.From == uuid.Nil:
		q = q.Order("id DESC")
	case p.Newer:
		q = q.Where("id > ?", p.From).Order("id")
	default:
		q = q.Where("id < ?", p.From).Order("id DESC")
	}
	return rows, q.Find(&rows).Error
}

// Map is the part with each item shown as something else.
func Map[R, T any](l Listed[R], show func(R) T) Listed[T] {
	items := make([]T, len(l.Items))
	for i, r := range l.Items {
		items[i] = show(r)
	}
	return Listed[T]{Items: items, Total: l.Total, Newer: l.Newer, Older: l.Older}
}

// GoOn moves p to where the cursor of a list points; an empty one is the start. scope names the list and its filters.
// A cursor of another list is errs.InvalidQuery.
func (p *Part) GoOn(scope, cursor string) error {
	if cursor == "" {
		return nil
	}
	newer, parts, err := web.DecodeCursor(scope, cursor)
	if err != nil {
		return err
	}
	from, err := uuid.Parse(strings.Join(parts, " "))
	if err != nil { // anybody can make a cursor whose checksum is right
		return errs.Invalid(errs.InvalidQuery, errs.In("cursor", errs.Format, "This cursor points nowhere. Follow next or previous as they are given, or start without a cursor."))
	}
	p.From, p.Newer = from, newer
	return nil
}

// Answer sends a part of the list that scope names, each item with only the named fields (all for none), to the holder
// of a token.
func Answer[T any](c echo.Context, baseURL, scope string, l Listed[T], id func(T) uuid.UUID, fields []string) error {
	items := make([]json.RawMessage, len(l.Items))
	var err error
	for i, item := range l.Items {
		if items[i], err = web.SelectFields(item, fields); err != nil {
			return err
		}
	}
	page := web.NewPage(items, l.Total)
	if n := len(l.Items); n > 0 && l.Newer {
		page.Previous = web.PageURL(baseURL, c.Request(), web.EncodeCursor(scope, true, id(l.Items[0]).String()))
	}
	if n := len(l.Items); n > 0 && l.Older {
		page.Next = web.PageURL(baseURL, c.Request(), web.EncodeCursor(scope, false, id(l.Items[n-1]).String()))
	}
	web.SetLinks(c, page)
	return web.Private(c, http.StatusOK, page)
}
