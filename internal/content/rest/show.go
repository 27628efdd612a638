package rest

import (
	"errors"
	"fmt"

	"github.com/google/uuid"

	"github.com/cpics/working-together-api/internal/content"
	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/errs"
)

// Show gives the public view of the live entry with the slug, or with it before; nil where there is none.
func (r *Resource[T, F, V]) Show(tx *database.Tx, slug string) (*V, error) {
	entry, err := content.FindPublic(tx, r.Repo.Kind().Type, slug)
	var moved *content.Moved
	if errors.As(err, &moved) {
		entry, err = content.FindPublic(tx, r.Repo.Kind().Type, moved.Slug)
	}
	switch kind := errs.KindOf(err); {
	case kind == errs.NotFound || kind == errs.Gone || err == nil && entry.Status != content.Live:
		return nil, nil
	case err != nil:
		return nil, err
	}
	views, err := r.views(tx, []content.Entry{*entry}, content.Detail)
	if err != nil {
		return nil, err
	}
	return &views[0], nil
}

// ShowList gives the public views of the first live entries that pass the filters.
func (r *Resource[T, F, V]) ShowList(tx *database.Tx, filters map[string][]string, sort string, limit int, part content.Public) ([]V, error) {
	selection := content.Selection{Statuses: []content.Status{content.Live}, Filters: filters}
	entries, err := r.Repo.First(tx, selection, content.Window{Sort: content.Sorts[sort], Limit: limit})
	if err != nil {
		return nil, err
	}
	return r.views(tx, entries, part)
}

// Current gives the public items of entries by id; without whole only their digests are good. What is not public has
// no key.
func (r *Resource[T, F, V]) Current(tx *database.Tx, ids []uuid.UUID, whole bool) (map[uuid.UUID]content.Shown, error) {
	var entries []content.Entry
	err := tx.Where("id IN ? AND type = ? AND status IN ?", ids, r.Repo.Kind().Type, []content.Status{content.Live, content.Withdrawn}).
		Find(&entries).Error
	if err != nil {
		return nil, fmt.Errorf("read public entries: %w", err)
	}
	docs, err := r.Repo.Documents(tx, entries, false)
	if err != nil {
		return nil, err
	}
	part := content.Public{}
	if whole {
		part = content.Detail
	}
	views, err := r.present(tx, docs, part)
	if err != nil {
		return nil, err
	}
	shown := map[uuid.UUID]content.Shown{}
	for _, v := range views {
		shown[v.Item.ID] = content.Shown{Item: r.shape.View(v.Item, v.Fields), Digest: v.Item.Digest}
	}
	return shown, nil
}

func (r *Resource[T, F, V]) views(tx *database.Tx, entries []content.Entry, part content.Public) ([]V, error) {
	docs, err := r.Repo.Documents(tx, entries, false)
	if err != nil {
		return nil, err
	}
	return r.publicViews(tx, docs, part, nil)
}
