package rest

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/labstack/echo/v4"

	"github.com/cpics/working-together-api/internal/content"
	"github.com/cpics/working-together-api/internal/web"
)

// Limits of the number of items on a page.
const (
	DefaultLimit = 20
	MaxLimit     = 100
)

// listQuery is what a request for a list asks for.
type listQuery struct {
	selection content.Selection
	window    content.Window
	scope     string // what its cursors belong to
	fields    []string
	include   []string
	facets    []string
}

// listQuery reads the query of a list, and tells all that is wrong with it at once.
func (r *Resource[T, F, V]) listQuery(c echo.Context, draft bool) (*listQuery, error) {
	q := web.Query(c)
	q.OneOf("view", "", "draft")
	l := &listQuery{selection: content.Selection{Drafts: draft}}
	l.window.Limit = q.Int("limit", DefaultLimit, 1, MaxLimit)
	cursor := q.String("cursor", web.MaxCursor)
	var sort string
	if draft {
		sort = q.OneOf("sort", "-savedAt", "-savedAt", "savedAt")
		r.readDraftFilters(q, l)
	} else {
		sort = q.OneOf("sort", r.opt.Sorts[0], r.opt.Sorts...)
		l.fields = q.Names("fields", r.fields...)
		r.readFilters(q, l)
	}
	l.window.Sort = content.Sorts[sort]
	if err := q.Done(); err != nil {
		return nil, err
	}
	l.scope = fmt.Sprintf("%s %s %s", r.Repo.Kind().Collection, sort, l.selection.Scope())
	return l, l.readCursor(cursor)
}

// readDraftFilters reads the filters of the list for editors.
func (r *Resource[T, F, V]) readDraftFilters(q *web.Params, l *listQuery) {
	for _, s := range q.OneOfAll("status", "draft", "live", "withdrawn", "gone") {
		l.selection.Statuses = append(l.selection.Statuses, content.Status(s))
	}
	if hasDraft, given := q.Bool("hasDraft"); given {
		l.selection.HasDraft = &hasDraft
	}
}

// readFilters reads the filters of the public list.
func (r *Resource[T, F, V]) readFilters(q *web.Params, l *listQuery) {
	s := &l.selection
	s.Statuses = []content.Status{content.Status(q.OneOf("status", "live", "live", "withdrawn"))}
	s.Languages = q.All("language")
	s.PublishedAfter, s.PublishedBefore, s.UpdatedAfter = q.Time("publishedAfter"), q.Time("publishedBefore"), q.Time("updatedAfter")
	includes := append([]string{richText}, slices.Sorted(maps.Keys(r.opt.Includes))...)
	l.include = q.Names("include", includes...)
	s.Filters = map[string][]string{}
	var facets []string
	for _, f := range r.Repo.Kind().Filters {
		var values []string
		if len(f.Values) > 0 {
			values = q.OneOfAll(f.Param, f.Values...)
		} else {
			values = q.All(f.Param)
		}
		if len(values) > 0 {
			s.Filters[f.Param] = values
		}
		if f.Facet {
			facets = append(facets, f.Param)
		}
	}
	if len(facets) > 0 {
		l.facets = q.Names("facets", facets...)
	}
}

// readCursor reads where the page starts.
func (l *listQuery) readCursor(cursor string) (err error) {
	if cursor == "" {
		return nil
	}
	l.window.Backwards, l.window.From, err = web.DecodeCursor(l.scope, cursor)
	return err
}

// setCursors gives a page the addresses of its neighbours.
func (l *listQuery) setCursors(c echo.Context, baseURL string, page *web.Page[json.RawMessage], found *content.Found) {
	n := len(found.Entries)
	if n == 0 {
		return
	}
	place := func(e content.Entry, backwards bool) string {
		return web.PageURL(baseURL, c.Request(), web.EncodeCursor(l.scope, backwards, l.window.Sort.Place(&e)...))
	}
	if found.After {
		page.Next = place(found.Entries[n-1], false)
	}
	if found.Before {
		page.Previous = place(found.Entries[0], true)
	}
}
