package rest

import (
	"net/http"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"github.com/cpics/working-together-api/internal/auth"
	"github.com/cpics/working-together-api/internal/change"
	"github.com/cpics/working-together-api/internal/content"
	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/errs"
	"github.com/cpics/working-together-api/internal/web"
	"github.com/cpics/working-together-api/internal/work"
)

// saving is a request that writes a draft, and may publish it at once.
type saving[T content.Input] struct {
	body        []byte
	pre         web.Precondition
	publish     bool
	publication content.Publication
}

// readSaving reads what every write of a draft has in common: the body, its preconditions, and ?publish=true.
func (r *Resource[T, F, V]) readSaving(c echo.Context, mediaType string) (s saving[T], err error) {
	if c.QueryParam("publish") == "true" {
		if err := auth.Check(c.Request().Context(), auth.Publisher); err != nil {
			return s, err
		}
	}
	if s.body, err = web.ReadBody(c, mediaType); err != nil {
		return s, err
	}
	if err := web.CheckJSON(s.body); err != nil {
		return s, err
	}
	if s.pre, err = web.WritePrecondition(c); err != nil {
		return s, err
	}
	q := web.Query(c)
	s.publish, _ = q.Bool("publish")
	if s.publish {
		s.publication.InQuery, s.publication.Saved = true, true
		s.publication.UpdateType = content.UpdateType(q.OneOf("updateType", "", string(content.Major), string(content.Minor)))
		s.publication.ChangeNote = q.String("changeNote", content.MaxNote)
	}
	return s, q.Done()
}

// finish publishes what was saved when that was asked for, and answers the draft view.
func (r *Resource[T, F, V]) finish(c echo.Context, tx *database.Tx, log *change.Log, s saving[T], doc *content.Document[T], status int) (*work.Answer, error) {
	var err error
	if s.publish {
		if doc, err = r.Repo.Publish(tx, log, work.ActorOf(c), &doc.Entry, s.publication); err != nil {
			return nil, err
		}
	}
	return r.answer(c, tx, doc, status)
}

// answer is the draft view of a document, with its tag.
func (r *Resource[T, F, V]) answer(c echo.Context, tx *database.Tx, doc *content.Document[T], status int) (*work.Answer, error) {
	view, err := r.draftView(c, tx, doc)
	if err != nil {
		return nil, err
	}
	return &work.Answer{Status: status, Body: view, Version: doc.Entry.Version, Entry: doc.Entry.ID}, nil
}

// Create makes a new entry with an id of the service's.
func (r *Resource[T, F, V]) Create(c echo.Context) error {
	s, err := r.readSaving(c, web.MediaTypeJSON)
	if err != nil {
		return err
	}
	return r.Writes.Run(c, work.Steps{Publishes: s.publish, Body: s.body,
		Apply: func(tx *database.Tx, log *change.Log) (*work.Answer, error) {
			return r.create(c, tx, log, s, uuid.Nil)
		}})
}

func (r *Resource[T, F, V]) create(c echo.Context, tx *database.Tx, log *change.Log, s saving[T], id uuid.UUID) (*work.Answer, error) {
	written, err := Decode(r.Repo, s.body)
	if err != nil {
		return nil, err
	}
	doc, err := r.Repo.Create(tx, work.ActorOf(c), id, written)
	if err != nil {
		return nil, err
	}
	answer, err := r.finish(c, tx, log, s, doc, http.StatusCreated)
	if err != nil {
		return nil, err
	}
	answer.Location = r.Site.Href(doc.Entry.Type, doc.Entry.ID.String())
	if !s.publish {
		answer.Location += "?view=draft"
	}
	return answer, nil
}

// Replace writes the whole draft of an entry, or creates an entry under the id of the path.
func (r *Resource[T, F, V]) Replace(c echo.Context) error {
	s, err := r.readSaving(c, web.MediaTypeJSON)
	if err != nil {
		return err
	}
	var entry *content.Entry
	return r.AnswerMoved(c, r.Writes.Run(c, work.Steps{Publishes: s.publish, Body: s.body,
		Find: func(tx *database.Tx) (err error) {
			entry, err = content.FindForUpdate(tx, r.Repo.Kind().Type, c.Param("ref"))
			if errs.KindOf(err) == errs.NotFound {
				return MayCreate(c, s.pre, err)
			}
			return err
		},
		Apply: func(tx *database.Tx, log *change.Log) (answer *work.Answer, err error) {
			if entry == nil {
				id, _ := content.ParseID(c.Param("ref"))
				answer, err = r.create(c, tx, log, s, id)
			} else {
				answer, err = r.replace(c, tx, log, s, entry)
			}
			if err != nil {
				return nil, err
			}
			answer.Version = 0 // RFC 9110, section 9.3.4: the stored document is not the one that was sent
			return answer, nil
		}}))
}

// MayCreate decides about a PUT to where nothing is: an id may be created there, a slug never.
func MayCreate(c echo.Context, pre web.Precondition, notFound error) error {
	if err := pre.OnMissing(http.MethodPut); err != nil {
		return err
	}
	id, ok := content.ParseID(c.Param("ref"))
	if !ok {
		return notFound
	}
	if id == uuid.Nil || id == uuid.Max {
		return errs.Invalid(errs.InvalidContent, errs.In("ref", errs.Range, "Choose another id: the nil and the max UUID name nothing (RFC 9562)."))
	}
	return nil
}

func (r *Resource[T, F, V]) replace(c echo.Context, tx *database.Tx, log *change.Log, s saving[T], entry *content.Entry) (*work.Answer, error) {
	if err := CheckVersion(s.pre, entry); err != nil {
		return nil, err
	}
	written, err := Decode(r.Repo, s.body)
	if err != nil {
		return nil, err
	}
	return r.save(c, tx, log, s, entry, written)
}

func (r *Resource[T, F, V]) save(c echo.Context, tx *database.Tx, log *change.Log, s saving[T], entry *content.Entry, w content.Written[T]) (*work.Answer, error) {
	doc, err := r.Repo.Save(tx, work.ActorOf(c), entry, w)
	if err != nil {
		return nil, err
	}
	return r.finish(c, tx, log, s, doc, http.StatusOK)
}

// CheckVersion demands the tag of what is changed.
func CheckVersion(pre web.Precondition, entry *content.Entry) error {
	if err := pre.Required(); err != nil {
		return err
	}
	return pre.CheckVersion(entry.Version)
}

// Patch changes members of the draft by a merge patch (RFC 7396).
func (r *Resource[T, F, V]) Patch(c echo.Context) error {
	s, err := r.readSaving(c, web.MediaTypeMergePatch)
	if err != nil {
		return err
	}
	var entry *content.Entry
	return r.AnswerMoved(c, r.Writes.Run(c, work.Steps{Publishes: s.publish, Body: s.body, Find: r.find(c, &entry),
		Apply: func(tx *database.Tx, log *change.Log) (*work.Answer, error) {
			if err := CheckVersion(s.pre, entry); err != nil {
				return nil, err
			}
			doc, err := r.Repo.Working(tx, entry)
			if err != nil {
				return nil, err
			}
			written, err := Merge(doc.Input, s.body, r.Repo.NewInput)
			if err != nil {
				return nil, err
			}
			return r.save(c, tx, log, s, entry, written)
		}}))
}

// find is the step that finds what a request writes to.
func (r *Resource[T, F, V]) find(c echo.Context, entry **content.Entry, guards ...guard) func(*database.Tx) error {
	return func(tx *database.Tx) (err error) {
		*entry, err = content.FindForUpdate(tx, r.Repo.Kind().Type, c.Param("ref"))
		for _, allow := range guards {
			if err == nil {
				err = allow(*entry)
			}
		}
		return err
	}
}

// Delete removes an entry from its address; one that was never published is discarded.
func (r *Resource[T, F, V]) Delete(c echo.Context) error {
	mayDelete := func(entry *content.Entry) error {
		switch entry.Status {
		case content.Draft:
			return nil
		case content.Gone:
			return content.GoneError(entry)
		default:
			return auth.Check(c.Request().Context(), auth.Publisher)
		}
	}
	return r.change(c, true, nil, func(tx *database.Tx, log *change.Log, entry *content.Entry) (*work.Answer, error) {
		by := work.ActorOf(c)
		if entry.Status == content.Draft {
			return &work.Answer{Status: http.StatusNoContent}, r.Repo.Discard(tx, by, entry)
		}
		err := r.Repo.Unpublish(tx, log, by, entry, content.Unpublication{To: content.Gone})
		return &work.Answer{Status: http.StatusNoContent, Version: entry.Version}, err
	}, mayDelete)
}

// DeleteDraft discards the draft only.
func (r *Resource[T, F, V]) DeleteDraft(c echo.Context) error {
	return r.change(c, false, nil, func(tx *database.Tx, _ *change.Log, entry *content.Entry) (*work.Answer, error) {
		err := r.Repo.Discard(tx, work.ActorOf(c), entry)
		if entry.Status == content.Draft { // the entry is gone with its only edition
			return &work.Answer{Status: http.StatusNoContent}, err
		}
		return &work.Answer{Status: http.StatusNoContent, Version: entry.Version}, err
	})
}

// applying is what a change does to the entry that it is asked of.
type applying func(tx *database.Tx, log *change.Log, entry *content.Entry) (*work.Answer, error)

// change is changeQueried for a request without a query.
func (r *Resource[T, F, V]) change(c echo.Context, publishes bool, body []byte, apply applying, guards ...guard) error {
	if err := web.NoQuery(c); err != nil {
		return err
	}
	return r.changeQueried(c, publishes, body, apply, guards...)
}

// guard says whether the caller may change an entry at all, before anybody looks at tags.
type guard func(entry *content.Entry) error

// changeQueried runs a change of an existing entry, under the publish lock when the public side may change: the entry
// is found, its tag is checked, and then apply answers.
func (r *Resource[T, F, V]) changeQueried(c echo.Context, publishes bool, body []byte, apply applying, guards ...guard) error {
	pre, err := web.WritePrecondition(c)
	if err != nil {
		return err
	}
	var entry *content.Entry
	return r.AnswerMoved(c, r.Writes.Run(c, work.Steps{Publishes: publishes, Body: body, Find: r.find(c, &entry, guards...),
		Apply: func(tx *database.Tx, log *change.Log) (*work.Answer, error) {
			if err := CheckVersion(pre, entry); err != nil {
				return nil, err
			}
			return apply(tx, log, entry)
		}}))
}
