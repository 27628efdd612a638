package rest

import (
	"errors"
	"maps"
	"slices"

	"github.com/labstack/echo/v4"

	"github.com/cpics/working-together-api/internal/content"
	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/errs"
	"github.com/cpics/working-together-api/internal/web"
)

// listQuery is what a request for a list asks for.
type listQuery struct {
	Paging
	selection content.Selection
	include   []string
	facets    []string
}

// listQuery reads the query of a list, and tells all that is wrong with it at once.
func (r *Resource[T, F, V]) listQuery(c echo.Context, draft bool) (*listQuery, error) {
	q := web.Query(c)
	q.OneOf("view", "", "draft")
	l := &listQuery{selection: content.Selection{Drafts: draft}}
	if draft {
		l.Paging = ReadPaging(q, []string{"-savedAt", "savedAt"}, r.draftFields)
		r.readDraftFilters(q, l)
	} else {
		l.Paging = ReadPaging(q, r.opt.Sorts, r.fields)
		r.readFilters(q, l)
	}
	err := q.Done()
	if err == nil {
		err = l.Begin(r.Repo.Kind().Collection, l.selection)
	}
	return l, r.withTargets(c, l.selection, err)
}

// withTargets is WithTargets for a selection.
func (r *Resource[T, F, V]) withTargets(c echo.Context, s content.Selection, err error) error {
	if len(s.Filters) == 0 {
		return err
	}
	return r.WithTargets(c, err, func(known *content.Lookup) error { return r.Repo.Kind().Check(known, s) })
}

// WithTargets adds to what is wrong with a query, if anything is, the filters that name nothing public, which only the
// database knows: look looks there.
func (s Services) WithTargets(c echo.Context, err error, look func(*content.Lookup) error) error {
	var wrong, more *errs.Error
	if !errors.As(err, &wrong) {
		return err
	}
	looked := s.DB.Read(c.Request().Context(), func(tx *database.Tx) error {
		known, err := s.Known.In(tx)
		if err != nil {
			return err
		}
		return look(known)
	})
	switch {
	case looked == nil:
		return err
	case errs.KindOf(looked) != errs.InvalidQuery || !errors.As(looked, &more):
		return looked
	}
	return errs.Invalid(errs.InvalidQuery, append(wrong.Faults, more.Faults...)...)
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

// MaxQuery is how many characters somebody may look for.
const MaxQuery = 200

// readFilters reads the filters of the public list.
func (r *Resource[T, F, V]) readFilters(q *web.Params, l *listQuery) {
	s := &l.selection
	s.Statuses = []content.Status{content.Status(q.OneOf("status", "live", "live", "withdrawn"))}
	s.Query = q.String("q", MaxQuery)
	s.Languages = q.Languages("language")
	s.PublishedAfter, s.PublishedBefore, s.UpdatedAfter = q.Time("publishedAfter"), q.Time("publishedBefore"), q.Time("updatedAfter")
	includes := append([]string{richText}, slices.Sorted(maps.Keys(r.opt.Includes))...)
	l.include = q.Names("include", includes...)
	s.Filters = ReadFilters(q, r.Repo.Kind())
	var facets []string
	for _, f := range r.Repo.Kind().Filters {
		if f.Facet {
			facets = append(facets, f.Param)
		}
	}
	if len(facets) > 0 {
		l.facets = q.Names("facets", facets...)
	}
}

// ReadFilters reads what a kind's lists can be narrowed by; a filter that is not sent has no key.
func ReadFilters(q *web.Params, k content.Kind) map[string][]string {
	filters := map[string][]string{}
	for _, f := range k.Filters {
		var values []string
		if len(f.Values) > 0 {
			values = q.OneOfAll(f.Param, f.Values...)
		} else {
			values = q.All(f.Param)
		}
		if len(values) > 0 {
			filters[f.Param] = values
		}
	}
	return filters
}
