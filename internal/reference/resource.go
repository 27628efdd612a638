package reference

import (
	"fmt"
	"net/http"
	"reflect"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"github.com/cpics/working-together-api/internal/canonical"
	"github.com/cpics/working-together-api/internal/change"
	"github.com/cpics/working-together-api/internal/content"
	"github.com/cpics/working-together-api/internal/content/rest"
	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/errs"
	"github.com/cpics/working-together-api/internal/represent"
	"github.com/cpics/working-together-api/internal/web"
	"github.com/cpics/working-together-api/internal/work"
)

// language is that of names, which do not say theirs.
const language = "en-GB"

// Resource is one type over HTTP. A type's http.go names its operations, one documented method each, and calls the
// method of the same name here.
type Resource[T Input, V any] struct {
	rest.Services
	store  *Store[T]
	view   func(Item, T) V
	fields []string
}

// New serves the type that store stores and view shows.
func New[T Input, V any](s rest.Services, store *Store[T], view func(Item, T) V) *Resource[T, V] {
	r := &Resource[T, V]{Services: s, store: store, view: view, fields: web.MemberNames(reflect.TypeFor[V]())}
	s.Sources[store.kind.Type], s.Represented[store.kind.Type] = r.Current, r.Represented
	return r
}

// show builds the view of a record.
func (r *Resource[T, V]) show(rec Record[T]) (V, error) {
	_, view, err := r.showItem(rec)
	return view, err
}

func (r *Resource[T, V]) showItem(rec Record[T]) (Item, V, error) {
	e := rec.Entry
	item := Item{ID: e.ID, Type: e.Type, Slug: e.Slug, Name: e.Title, Version: e.Version, UpdatedAt: *e.UpdatedAt,
		Links: r.Site.Links(e.Type, e.Slug)}
	digest, err := canonical.Digest(r.view(item, rec.Input))
	item.Digest = digest
	return item, r.view(item, rec.Input), err
}

// Get answers one item, as JSON or in another format.
func (r *Resource[T, V]) Get(c echo.Context) error {
	q := web.Query(c)
	format, atLeast := represent.ReadFormat(q), rest.ReadSeq(q)
	if err := q.Done(); err != nil {
		return err
	}
	var rec Record[T]
	var modified change.Moment
	err := r.DB.Read(c.Request().Context(), func(tx *database.Tx) error {
		change.Complete(tx)
		if err := change.AtLeast(tx, atLeast); err != nil {
			return err
		}
		var err error
		if rec, err = r.public(tx, c.Param("ref")); err == nil {
			modified, err = change.Last(tx, rec.Entry.ID)
		}
		return err
	})
	if err != nil {
		return r.AnswerMoved(c, err)
	}
	item, view, err := r.showItem(rec)
	if err != nil {
		return err
	}
	if format == represent.JSON {
		return web.Public(c, view, web.PublicOptions{LastModified: modified.At, Again: modified.Again})
	}
	body, opt, err := represent.Write(r.Site, format, represented(item, rec.Input, modified))
	if err != nil {
		return err
	}
	return web.PublicBytes(c, body, opt)
}

// public is the record at a reference.
func (r *Resource[T, V]) public(tx *database.Tx, ref string) (Record[T], error) {
	entry, err := content.FindPublic(tx, r.store.kind.Type, ref)
	if err != nil {
		return Record[T]{}, err
	}
	return r.store.Record(tx, entry)
}

// Represented is the item at a reference, for other formats than that of this API.
func (r *Resource[T, V]) Represented(tx *database.Tx, ref string) (represent.Item, error) {
	rec, err := r.public(tx, ref)
	if err != nil {
		return represent.Item{}, err
	}
	modified, err := change.Last(tx, rec.Entry.ID)
	if err != nil {
		return represent.Item{}, err
	}
	item, _, err := r.showItem(rec)
	return represented(item, rec.Input, modified), err
}

// represented is an item in the parts that content has.
func represented(i Item, in Input, modified change.Moment) represent.Item {
	summary, description := in.Describe()
	return represent.Item{Item: content.Item{Core: content.Core{ID: i.ID, Type: i.Type, Slug: i.Slug, Title: i.Name, Language: language,
		Links: i.Links}, Summary: summary, UpdatedAt: i.UpdatedAt}, Description: description, Modified: modified}
}

// Current gives the public items of entries by id, for the change log. What is not public has no key.
func (r *Resource[T, V]) Current(tx *database.Tx, ids []uuid.UUID, _ bool) (map[uuid.UUID]content.Shown, error) {
	var entries []content.Entry
	err := tx.Where("id IN ? AND type = ? AND status = ?", ids, r.store.kind.Type, content.Live).Find(&entries).Error
	if err != nil {
		return nil, fmt.Errorf("read public entries: %w", err)
	}
	records, err := r.store.Records(tx, entries)
	if err != nil {
		return nil, err
	}
	shown := map[uuid.UUID]content.Shown{}
	for _, rec := range records {
		item, view, err := r.showItem(rec)
		if err != nil {
			return nil, err
		}
		shown[item.ID] = content.Shown{Item: view, Digest: item.Digest}
	}
	return shown, nil
}

// List answers a page of items, by name.
func (r *Resource[T, V]) List(c echo.Context) error {
	paging, selection, err := r.listQuery(c)
	if err != nil {
		return err
	}
	var page web.Page[any]
	err = r.DB.Read(c.Request().Context(), func(tx *database.Tx) error {
		change.Complete(tx)
		known, err := r.Known.In(tx)
		if err != nil {
			return err
		}
		found, err := r.store.kind.Entries(known, content.Listing{Selection: selection, Window: paging.Window})
		if err != nil {
			return err
		}
		views, err := r.showAll(tx, found.Entries)
		if err != nil {
			return err
		}
		page, err = rest.Page(c, r.Site.BaseURL, &paging, found, views)
		return err
	})
	if err != nil {
		return err
	}
	web.SetLinks(c, page)
	return web.Public(c, page, web.PublicOptions{})
}

// listQuery reads the query of a list.
func (r *Resource[T, V]) listQuery(c echo.Context) (rest.Paging, content.Selection, error) {
	q := web.Query(c)
	paging := rest.ReadPaging(q, []string{"name"}, r.fields)
	selection := content.Selection{Statuses: []content.Status{content.Live}, Filters: rest.ReadFilters(q, r.store.kind)}
	err := q.Done()
	if err == nil {
		err = paging.Begin(r.store.kind.Collection, selection)
	}
	return paging, selection, err
}

func (r *Resource[T, V]) showAll(tx *database.Tx, entries []content.Entry) ([]V, error) {
	records, err := r.store.Records(tx, entries)
	if err != nil {
		return nil, err
	}
	views := make([]V, len(records))
	for i, rec := range records {
		if views[i], err = r.show(rec); err != nil {
			return nil, err
		}
	}
	return views, nil
}

// Create makes a new entry with an id of the service's.
func (r *Resource[T, V]) Create(c echo.Context) error {
	req, err := readWrite(c, web.MediaTypeJSON)
	if err != nil {
		return err
	}
	return r.Writes.Run(c, work.Steps{Publishes: true, Body: req.body,
		Apply: func(tx *database.Tx, log *change.Log) (*work.Answer, error) {
			return r.create(c, tx, log, req, uuid.Nil)
		}})
}

// Replace writes all of an entry, or creates one under the id of the path.
func (r *Resource[T, V]) Replace(c echo.Context) error {
	req, err := readWrite(c, web.MediaTypeJSON)
	if err != nil {
		return err
	}
	var entry *content.Entry
	return r.AnswerMoved(c, r.Writes.Run(c, work.Steps{Publishes: true, Body: req.body,
		Find: func(tx *database.Tx) (err error) {
			entry, err = r.find(c, tx)
			if errs.KindOf(err) == errs.NotFound {
				return rest.MayCreate(c, req.pre, err)
			}
			return err
		},
		Apply: func(tx *database.Tx, log *change.Log) (*work.Answer, error) {
			return r.put(c, tx, log, req, entry)
		}}))
}

// put replaces an entry, or creates one where there is none yet. Its answer has no tag: what is stored is not to the
// letter what was sent (RFC 9110, section 9.3.4).
func (r *Resource[T, V]) put(c echo.Context, tx *database.Tx, log *change.Log, req request, entry *content.Entry) (answer *work.Answer, err error) {
	if entry == nil {
		id, _ := content.ParseID(c.Param("ref")) // MayCreate let only ids pass
		answer, err = r.create(c, tx, log, req, id)
	} else {
		answer, err = r.replace(c, tx, log, req, entry)
	}
	if err != nil {
		return nil, err
	}
	answer.Version = 0
	return answer, nil
}

// Patch changes members of an entry by a merge patch (RFC 7396).
func (r *Resource[T, V]) Patch(c echo.Context) error {
	req, err := readWrite(c, web.MediaTypeMergePatch)
	if err != nil {
		return err
	}
	return r.change(c, req, func(tx *database.Tx, log *change.Log, entry *content.Entry) (*work.Answer, error) {
		rec, err := r.store.Record(tx, entry)
		if err != nil {
			return nil, err
		}
		written, err := rest.Merge(rec.Input, req.body, r.store.new)
		if err != nil {
			return nil, err
		}
		return r.save(c, tx, log, entry, written)
	})
}

// Delete removes an entry from its address.
func (r *Resource[T, V]) Delete(c echo.Context) error {
	pre, err := web.WritePrecondition(c)
	if err != nil {
		return err
	}
	if err := web.NoQuery(c); err != nil {
		return err
	}
	return r.change(c, request{pre: pre}, func(tx *database.Tx, log *change.Log, entry *content.Entry) (*work.Answer, error) {
		return &work.Answer{Status: http.StatusNoContent}, r.store.Delete(tx, log, work.ActorOf(c), entry)
	})
}

// request is what a write came with.
type request struct {
	body []byte
	pre  web.Precondition
}

func readWrite(c echo.Context, mediaType string) (req request, err error) {
	if req.body, err = web.ReadBody(c, mediaType); err != nil {
		return req, err
	}
	if err := web.CheckJSON(req.body); err != nil {
		return req, err
	}
	if req.pre, err = web.WritePrecondition(c); err != nil {
		return req, err
	}
	return req, web.NoQuery(c)
}

// find finds and locks what a request writes to. What was deleted cannot be written again.
func (r *Resource[T, V]) find(c echo.Context, tx *database.Tx) (*content.Entry, error) {
	entry, err := content.FindForUpdate(tx, r.store.kind.Type, c.Param("ref"))
	if err == nil && entry.Status == content.Gone {
		return nil, content.GoneError(entry)
	}
	return entry, err
}

// change runs a change of what exists: the entry is found, its tag is checked, and then apply answers.
func (r *Resource[T, V]) change(c echo.Context, req request, apply func(*database.Tx, *change.Log, *content.Entry) (*work.Answer, error)) error {
	var entry *content.Entry
	return r.AnswerMoved(c, r.Writes.Run(c, work.Steps{Publishes: true, Body: req.body,
		Find: func(tx *database.Tx) (err error) {
			entry, err = r.find(c, tx)
			return err
		},
		Apply: func(tx *database.Tx, log *change.Log) (*work.Answer, error) {
			if err := rest.CheckVersion(req.pre, entry); err != nil {
				return nil, err
			}
			return apply(tx, log, entry)
		}}))
}

func (r *Resource[T, V]) create(c echo.Context, tx *database.Tx, log *change.Log, req request, id uuid.UUID) (*work.Answer, error) {
	written, err := rest.DecodeInto(r.store.new(), req.body)
	if err != nil {
		return nil, err
	}
	rec, err := r.store.Create(tx, log, work.ActorOf(c), id, written)
	if err != nil {
		return nil, err
	}
	answer, err := r.answer(rec, http.StatusCreated)
	if err != nil {
		return nil, err
	}
	answer.Location = r.Site.Href(rec.Entry.Type, rec.Entry.ID.String())
	return answer, nil
}

func (r *Resource[T, V]) replace(c echo.Context, tx *database.Tx, log *change.Log, req request, entry *content.Entry) (*work.Answer, error) {
	if err := rest.CheckVersion(req.pre, entry); err != nil {
		return nil, err
	}
	written, err := rest.DecodeInto(r.store.new(), req.body)
	if err != nil {
		return nil, err
	}
	return r.save(c, tx, log, entry, written)
}

func (r *Resource[T, V]) save(c echo.Context, tx *database.Tx, log *change.Log, entry *content.Entry, w content.Written[T]) (*work.Answer, error) {
	rec, err := r.store.Save(tx, log, work.ActorOf(c), entry, w)
	if err != nil {
		return nil, err
	}
	return r.answer(rec, http.StatusOK)
}

// answer is the view of a record, with its tag.
func (r *Resource[T, V]) answer(rec Record[T], status int) (*work.Answer, error) {
	view, err := r.show(rec)
	if err != nil {
		return nil, err
	}
	return &work.Answer{Status: status, Body: view, Version: rec.Entry.Version, Entry: rec.Entry.ID}, nil
}
