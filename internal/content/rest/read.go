package rest

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"github.com/cpics/working-together-api/internal/change"
	"github.com/cpics/working-together-api/internal/content"
	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/errs"
	"github.com/cpics/working-together-api/internal/represent"
	"github.com/cpics/working-together-api/internal/web"
)

// richText is the include that every list has.
const richText = "richText"

// itemQuery is what a request for one item asks for.
type itemQuery struct {
	format  represent.Format
	atLeast int64
	include []string // of JSON
}

func (r *Resource[T, F, V]) itemQuery(c echo.Context) (iq itemQuery, err error) {
	q := web.Query(c)
	q.OneOf("view", "", "draft")
	iq.format, iq.atLeast = represent.ReadFormat(q), ReadSeq(q)
	if len(r.opt.Includes) > 0 && iq.format == represent.JSON {
		iq.include = q.Names("include", slices.Sorted(maps.Keys(r.opt.Includes))...)
	}
	return iq, q.Done()
}

// Get answers one item: its public view, the same in another format, or the view for editors with view=draft.
func (r *Resource[T, F, V]) Get(c echo.Context) error {
	draft, err := wantsDraft(c)
	if err != nil {
		return err
	}
	if draft {
		return r.getDraft(c)
	}
	q, err := r.itemQuery(c)
	if err != nil {
		return err
	}
	var body []byte
	var opt web.PublicOptions
	err = r.read(q.atLeast == 0 && len(q.include) == 0)(c.Request().Context(), func(tx *database.Tx) error {
		change.Complete(tx)
		if err := change.AtLeast(tx, q.atLeast); err != nil {
			return err
		}
		body, opt, err = r.item(tx, c.Param("ref"), q)
		return err
	})
	if err != nil {
		return r.AnswerMoved(c, err)
	}
	return web.PublicBytes(c, body, opt)
}

// read is how a public answer is read, which mostly takes one statement when it is plain.
func (r *Resource[T, F, V]) read(plain bool) func(context.Context, func(*database.Tx) error) error {
	if plain {
		return r.DB.ReadLight
	}
	return r.DB.Read
}

// item writes a public item as the query asks for it.
func (r *Resource[T, F, V]) item(tx *database.Tx, ref string, q itemQuery) (body []byte, opt web.PublicOptions, err error) {
	if q.format != represent.JSON {
		item, err := r.Represented(tx, ref)
		if err != nil {
			return nil, opt, err
		}
		return represent.Write(r.Site, q.format, item)
	}
	known, doc, modified, err := r.published(tx, ref)
	if err != nil {
		return nil, opt, err
	}
	views, err := r.publicViews(known, []*content.Document[T]{doc}, content.Detail, q.include)
	if err != nil {
		return nil, opt, err
	}
	if len(q.include) == 0 { // what is included changes without the item
		opt.LastModified, opt.Again = modified.At, modified.Again
	}
	body, err = web.Marshal(views[0])
	return body, opt, err
}

// published reads a public entry, and when it changed last.
func (r *Resource[T, F, V]) published(tx *database.Tx, ref string) (known *content.Lookup, doc *content.Document[T], modified change.Moment, err error) {
	if known, err = r.Known.In(tx); err != nil {
		return nil, nil, modified, err
	}
	if doc, modified, err = r.Repo.Published(known, ref); err != nil || doc != nil {
		return known, doc, modified, err
	}
	if _, err = content.FindPublic(tx, r.Repo.Kind().Type, ref); err == nil {
		err = fmt.Errorf("%s %s is public without a live edition", r.Repo.Kind().Type, ref)
	}
	return nil, nil, modified, err
}

// Represented is the public item at a reference, for other formats than that of this API.
func (r *Resource[T, F, V]) Represented(tx *database.Tx, ref string) (represent.Item, error) {
	known, doc, modified, err := r.published(tx, ref)
	if err != nil {
		return represent.Item{}, err
	}
	views, err := r.present(known, []*content.Document[T]{doc}, content.Detail)
	if err != nil {
		return represent.Item{}, err
	}
	return represent.Item{Item: views[0].Item, Description: views[0].Fields.Describe(), Modified: modified}, nil
}

func (r *Resource[T, F, V]) getDraft(c echo.Context) error {
	q := web.Query(c)
	q.OneOf("view", "", "draft")
	if q.Has("format") {
		q.Fault("format", errs.Range, "The view for editors is JSON only. Leave format out, or view.")
	}
	if err := q.Done(); err != nil {
		return err
	}
	var view any
	var version int
	err := r.DB.Read(c.Request().Context(), func(tx *database.Tx) error {
		entry, err := content.Find(tx, r.Repo.Kind().Type, c.Param("ref"))
		if err != nil {
			return err
		}
		doc, err := r.Repo.Working(tx, entry)
		if err != nil {
			return err
		}
		version = entry.Version
		view, err = r.draftView(c, tx, doc)
		return err
	})
	if err != nil {
		return r.AnswerMoved(c, err)
	}
	return web.Draft(c, 200, view, version)
}

// publicViews builds the public views of documents, with what else is to be included.
func (r *Resource[T, F, V]) publicViews(known *content.Lookup, docs []*content.Document[T], part content.Public, include []string) ([]V, error) {
	views, err := r.present(known, docs, part)
	if err != nil {
		return nil, err
	}
	ids := make([]uuid.UUID, len(docs))
	fields := make([]F, len(docs))
	for i, v := range views {
		ids[i], fields[i] = v.Item.ID, v.Fields
	}
	for _, name := range include {
		if add := r.opt.Includes[name]; add != nil {
			if err := add(known.Tx(), ids, fields); err != nil {
				return nil, fmt.Errorf("include %s: %w", name, err)
			}
		}
	}
	out := make([]V, len(views))
	for i, v := range views {
		out[i] = r.shape.View(v.Item, v.Fields)
	}
	return out, nil
}

// present builds the public views of documents in their parts.
func (r *Resource[T, F, V]) present(known *content.Lookup, docs []*content.Document[T], part content.Public) ([]content.PublicView[F], error) {
	var inputs []content.Input
	if part.RichText {
		for _, d := range docs {
			inputs = append(inputs, d.Input)
		}
	}
	p, err := content.NewKnownPresenter(known, r.Site, inputs...)
	if err != nil {
		return nil, err
	}
	views := make([]content.PublicView[F], len(docs))
	room := new(V)
	for i, d := range docs {
		if views[i], err = content.View(r.shape, p, d, part, room); err != nil {
			return nil, err
		}
	}
	return views, nil
}

// List answers a page of items: the public list, or all entries in the view for editors with view=draft.
func (r *Resource[T, F, V]) List(c echo.Context) error {
	draft, err := wantsDraft(c)
	if err != nil {
		return err
	}
	q, err := r.listQuery(c, draft)
	if err != nil {
		return err
	}
	read, answer := r.page, func(page web.Page[any]) error { return web.Public(c, page, web.PublicOptions{}) }
	if draft {
		read, answer = r.draftPage, func(page web.Page[any]) error { return web.Private(c, 200, page) }
	}
	page, err := read(c, q)
	if err != nil {
		return err
	}
	web.SetLinks(c, page)
	return answer(page)
}

// page reads one page of the public list from one snapshot.
func (r *Resource[T, F, V]) page(c echo.Context, q *listQuery) (page web.Page[any], err error) {
	included := slices.ContainsFunc(q.include, func(name string) bool { return r.opt.Includes[name] != nil })
	err = r.read(!included)(c.Request().Context(), func(tx *database.Tx) error {
		change.Complete(tx)
		known, err := r.Known.In(tx)
		if err != nil {
			return err
		}
		list, err := r.Repo.List(known, content.Listing{Selection: q.selection, Window: q.Window, Facets: q.facets})
		if err != nil {
			return err
		}
		views, err := r.publicViews(known, list.Documents, content.Public{RichText: slices.Contains(q.include, richText)}, q.include)
		if err != nil {
			return err
		}
		page, err = Page(c, r.Site.BaseURL, &q.Paging, &list.Found, views)
		page.Facets = showFacets(list.Facets)
		return err
	})
	return page, err
}

// draftPage reads one page of the list for editors from one snapshot.
func (r *Resource[T, F, V]) draftPage(c echo.Context, q *listQuery) (page web.Page[any], err error) {
	err = r.DB.Read(c.Request().Context(), func(tx *database.Tx) error {
		found, err := r.Repo.FindDrafts(tx, q.selection, q.Window)
		if err != nil {
			return err
		}
		docs, err := r.Repo.Workings(tx, found.Entries)
		if err != nil {
			return err
		}
		inputs := make([]content.Input, len(docs))
		for i, d := range docs {
			inputs[i] = d.Input
		}
		p, err := content.NewPresenter(tx, r.Site, inputs...)
		if err != nil {
			return err
		}
		views := make([]any, len(docs))
		for i, d := range docs {
			views[i] = content.DraftView(r.shape, p, d, nil, maySeeSecrets(c))
		}
		page, err = Page(c, r.Site.BaseURL, &q.Paging, found, views)
		return err
	})
	return page, err
}

// showFacets is the facets that were asked for, as they are answered.
func showFacets(counted map[string][]content.FacetCount) map[string][]web.FacetValue {
	if len(counted) == 0 {
		return nil
	}
	facets := map[string][]web.FacetValue{}
	for name, counts := range counted {
		facets[name] = make([]web.FacetValue, len(counts))
		for i, n := range counts {
			facets[name][i] = web.FacetValue{Slug: n.Slug, Title: n.Title, Value: n.Value, Count: n.Count}
			if n.ID != uuid.Nil {
				facets[name][i].ID = n.ID.String()
			}
		}
	}
	return facets
}
