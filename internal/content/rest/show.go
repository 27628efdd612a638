package rest

import (
	"errors"

	"github.com/google/uuid"

	"github.com/cpics/working-together-api/internal/content"
	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/errs"
)

// Show gives the public view of the live entry with the slug, or with it before; nil where there is none.
func (r *Resource[T, F, V]) Show(known *content.Lookup, slug string) (*V, error) {
	doc, _, err := r.Repo.Published(known, slug)
	if err == nil && doc == nil {
		doc, err = r.moved(known, slug)
	}
	if err != nil || doc == nil || doc.Entry.Status != content.Live {
		return nil, err
	}
	views, err := r.publicViews(known, []*content.Document[T]{doc}, content.Detail, nil)
	if err != nil {
		return nil, err
	}
	return &views[0], nil
}

// moved reads the entry that had a slug before; nil where there is none.
func (r *Resource[T, F, V]) moved(known *content.Lookup, slug string) (*content.Document[T], error) {
	_, err := content.FindPublic(known.Tx(), r.Repo.Kind().Type, slug)
	var moved *content.Moved
	switch kind := errs.KindOf(err); {
	case errors.As(err, &moved):
		doc, _, err := r.Repo.Published(known, moved.Slug)
		return doc, err
	case kind == errs.NotFound || kind == errs.Gone:
		return nil, nil
	}
	return nil, err
}

// ShowList gives the public views of the first live entries that pass the filters.
func (r *Resource[T, F, V]) ShowList(known *content.Lookup, filters map[string][]string, sort string, limit int, part content.Public) ([]V, error) {
	selection := content.Selection{Statuses: []content.Status{content.Live}, Filters: filters}
	docs, err := r.Repo.First(known, selection, content.Window{Sort: content.Sorts[sort], Limit: limit}, part.History)
	if err != nil {
		return nil, err
	}
	return r.publicViews(known, docs, part, nil)
}

// Current gives the public items of entries by id; without whole only their digests are good. What is not public has
// no key.
func (r *Resource[T, F, V]) Current(tx *database.Tx, ids []uuid.UUID, whole bool) (map[uuid.UUID]content.Shown, error) {
	known, err := r.Known.In(tx)
	if err != nil {
		return nil, err
	}
	docs, err := r.Repo.Public(known, ids, whole)
	if err != nil {
		return nil, err
	}
	part := content.Public{}
	if whole {
		part = content.Detail
	}
	views, err := r.present(known, docs, part)
	if err != nil {
		return nil, err
	}
	shown := map[uuid.UUID]content.Shown{}
	for _, v := range views {
		shown[v.Item.ID] = content.Shown{Item: r.shape.View(v.Item, v.Fields), Digest: v.Item.Digest, Head: v.Item, Describe: v.Fields.Describe}
	}
	return shown, nil
}
