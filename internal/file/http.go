package file

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"github.com/cpics/working-together-api/internal/change"
	"github.com/cpics/working-together-api/internal/content"
	"github.com/cpics/working-together-api/internal/content/rest"
	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/errs"
	"github.com/cpics/working-together-api/internal/file/inspect"
	"github.com/cpics/working-together-api/internal/newest"
	"github.com/cpics/working-together-api/internal/web"
	"github.com/cpics/working-together-api/internal/work"
)

// Create takes a file.
//
//	@Summary      Upload a file
//	@Description  Stores a file, for items to use. The body is multipart/form-data with the part file and, before or after it, what is said about the file. What kind of file it is is decided by its content: PDF, PNG, JPEG, WebP, GIF, MP4, DOCX, PPTX, XLSX, ODT, ODP, TXT and CSV are taken. A Content-Digest or Repr-Digest (RFC 9530), of the request or of the part, is held against what arrives. Nobody but token holders can read the file until an item that uses it is published; a file that nothing uses is removed after a day.
//	@ID           uploadFile
//	@Tags         files
//	@Accept       mpfd
//	@Produce      json
//	@Param        file        formData  file    true   "The file, with its name"
//	@Param        alt         formData  string  false  "What somebody who cannot see the image should know"
//	@Param        decorative  formData  bool    false  "The image says nothing that the text beside it does not"
//	@Param        label       formData  string  false  "What to call it"
//	@Param        focalPoint  formData  string  false  "Where the subject of an image is: x,y from the upper left corner, 0 to 1"
//	@Success      201  {object}  View
//	@Router       /v1/files [post]
//	@x-role       "editor"
func (s *Service) Create(c echo.Context) error {
	if err := web.CheckMediaType(c, mediaTypeForm); err != nil {
		return err
	}
	if err := web.NoQuery(c); err != nil {
		return err
	}
	u, err := receive(c, s.Blobs, s.MaxBytes)
	if err != nil {
		return err
	}
	defer u.Close()
	return s.keep(c, u)
}

// keep stores an upload, unless something is wrong with it, and answers. The bytes come first, so that a record is
// never without them; where nobody came to need them, they are taken back.
func (s *Service) keep(c echo.Context, u *upload) error {
	ctx := c.Request().Context()
	body, err := u.identity()
	if err != nil {
		return err
	}
	info, words, refusal, err := u.judge(ctx)
	if err == nil && refusal == nil {
		err = u.clean(ctx, s.Blobs, info.MediaType)
	}
	if err != nil {
		return err
	}
	key, adopted := "", false
	steps := work.Steps{Body: body, Apply: func(tx *database.Tx, _ *change.Log) (answer *work.Answer, err error) {
		if adopted = false; refusal != nil {
			return nil, refusal
		}
		if adopted, err = adopt(tx, key, u); err != nil {
			return nil, err
		}
		r, err := s.create(tx, work.ActorOf(c), uuid.Nil, u, info, words)
		if err != nil {
			adopted = false
			return nil, err
		}
		return &work.Answer{Status: http.StatusCreated, Body: s.view(*r), Version: r.Entry.Version, Entry: r.Entry.ID,
			Location: s.Site.BaseURL + "/v1/files/" + r.Entry.ID.String()}, nil
	}}
	for attempt := range maxAdoptions {
		if refusal == nil {
			if key, err = s.put(ctx, u, attempt > 0); err != nil {
				return err
			}
		}
		err = s.Writes.Run(c, steps)
		// Where it is not known whether the record was saved, the sweeper finds out later.
		if key != "" && !adopted && errs.KindOf(err) != errs.Unavailable {
			s.takeBack(ctx, key)
		}
		if !errors.Is(err, errNoObject) { // erased between a look and the other: next time they are ours to keep
			return err
		}
	}
	return errs.New(errs.Unavailable, "The same file is being removed again and again at present. Try again shortly.").Because(err)
}

// maxAdoptions is how often an upload tries to have its bytes kept while others erase the same.
const maxAdoptions = 5

// judge looks at what has arrived, and at all of it. What is wrong with it is a refusal, which waits until it is known
// that the request is no repetition.
func (u *upload) judge(ctx context.Context) (info inspect.Info, words content.FileWords, refusal, err error) {
	words, faults, err := u.about()
	if err != nil {
		return info, words, nil, err
	}
	faults = append(u.faults, faults...)
	if u.spool == nil || u.size == 0 {
		return info, words, errs.Invalid(errs.InvalidContent, faults...), nil
	}
	name := u.name
	if len(nameFaults(name)) > 0 {
		name = "" // it is to be another, so the bytes need not fit it
	}
	info, err = inspect.Inspect(ctx, u.spool, u.size, name)
	var told *errs.Error
	switch {
	case errors.As(err, &told):
		return info, words, withFaults(told, faults), nil
	case err != nil:
		return info, words, nil, err
	}
	return info, words, errs.Invalid(errs.InvalidContent, faults...), nil
}

// withFaults is the refusal of a file, which names its place and what is wrong with the other parts. A type that is
// not taken goes before all else.
func withFaults(refusal *errs.Error, faults []errs.Fault) error {
	code := errs.Format
	switch refusal.Kind {
	case errs.UnsupportedMediaType:
		code = errs.Type
	case errs.InvalidContent:
	default: // no word about the file
		return refusal
	}
	told := *refusal
	told.Faults = append([]errs.Fault{errs.At("/file", code, "%s", refusal.Detail)}, faults...)
	if len(faults) > 0 {
		told.Detail = fmt.Sprintf("%d things need attention; each is listed under errors.", len(told.Faults))
	}
	return &told
}

// put keeps an upload's bytes under a new key, or under none when they are kept already, unless they are to be its own.
func (s *Service) put(ctx context.Context, u *upload, own bool) (key string, err error) {
	there := false
	if !own {
		err = s.DB.Read(ctx, func(tx *database.Tx) (err error) {
			there, err = kept(tx, u.sha256)
			return err
		})
	}
	if err != nil || there {
		return "", err
	}
	if _, err := u.spool.Seek(0, 0); err != nil {
		return "", fmt.Errorf("read what arrived: %w", err)
	}
	key = keyOf(u.sha256)
	return key, s.Blobs.Put(ctx, key, u.spool)
}

// takeBackTime is how long is tried to delete what nobody needs; later the sweeper does.
const takeBackTime = 5 * time.Second

// takeBack deletes an object that no record came to need, also when the client is gone.
func (s *Service) takeBack(ctx context.Context, key string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), takeBackTime)
	defer cancel()
	if err := s.Blobs.Delete(ctx, key); err != nil {
		s.Log.WarnContext(ctx, "an object that nobody needs is left to the sweeper", "error", err.Error())
	}
}

// List shows the files.
//
//	@Summary      List files
//	@Description  All files, used or not, newest first.
//	@ID           listFiles
//	@Tags         files
//	@Produce      json
//	@Param        limit   query  int     false  "How many to show"  minimum(1) maximum(100) default(20)
//	@Param        cursor  query  string  false  "Where to go on, as given in next and previous"
//	@Param        sort    query  string  false  "The order; - is descending"  Enums(-createdAt)
//	@Param        fields  query  string  false  "Only these members, separated by commas; id is always there"
//	@Success      200  {object}  web.Page[View]
//	@Router       /v1/files [get]
//	@x-role       "reader"
func (s *Service) List(c echo.Context) error {
	const scope = "files"
	q := web.Query(c)
	part := newest.Part{Limit: q.Int("limit", rest.DefaultLimit, 1, rest.MaxLimit)}
	cursor := q.Cursor("cursor")
	q.OneOf("sort", "", "-createdAt")
	fields := q.Names("fields", web.MemberNames(reflect.TypeFor[View]())...)
	if err := q.Done(); err != nil {
		return err
	}
	if err := part.GoOn(scope, cursor); err != nil {
		return err
	}
	var listed newest.Listed[View]
	err := s.DB.Read(c.Request().Context(), func(tx *database.Tx) error {
		files, err := newest.Read[content.StoredFile](tx.DB, part)
		if err != nil {
			return err
		}
		entries, err := entriesOf(tx, files.Items)
		listed = newest.Map(files, func(f content.StoredFile) View { return s.view(record{entries[f.ID], f}) })
		return err
	})
	if err != nil {
		return err
	}
	return newest.Answer(c, s.Site.BaseURL, scope, listed, func(v View) uuid.UUID { return v.ID }, fields)
}

// entriesOf reads the entries of files, by id.
func entriesOf(tx *database.Tx, files []content.StoredFile) (map[uuid.UUID]content.Entry, error) {
	ids := []uuid.UUID{uuid.Nil} // SQL has no empty list
	for _, f := range files {
		ids = append(ids, f.ID)
	}
	var rows []content.Entry
	if err := tx.Where("id IN ?", ids).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read the entries of files: %w", err)
	}
	entries := map[uuid.UUID]content.Entry{}
	for _, e := range rows {
		entries[e.ID] = e
	}
	return entries, nil
}

// Show shows a file's record.
//
//	@Summary      Get a file's record
//	@Description  What is known and said of a file. Its bytes are at href.
//	@ID           showFile
//	@Tags         files
//	@Produce      json
//	@Success      200  {object}  View
//	@Router       /v1/files/{id} [get]
//	@x-role       "reader"
func (s *Service) Show(c echo.Context) error {
	if err := web.NoQuery(c); err != nil {
		return err
	}
	var r *record
	err := s.DB.Read(c.Request().Context(), func(tx *database.Tx) (err error) {
		r, err = find(tx, c.Param("id"))
		return err
	})
	if err != nil {
		return err
	}
	return web.Draft(c, http.StatusOK, s.view(*r), r.Entry.Version)
}

// Patch changes what is said about a file.
//
//	@Summary      Change what is said about a file
//	@Description  Changes members of the record by a merge patch (RFC 7396): null removes one. Published items say what they said: they take it over when they are published next.
//	@ID           patchFile
//	@Tags         files
//	@Accept       json
//	@Produce      json
//	@Param        body  body  Input  true  "What changes"
//	@Success      200  {object}  View
//	@Router       /v1/files/{id} [patch]
//	@x-role       "editor"
//	@x-if-match   "required"
//	@x-merge-patch true
func (s *Service) Patch(c echo.Context) error {
	body, err := web.ReadBody(c, web.MediaTypeMergePatch)
	if err != nil {
		return err
	}
	if err := web.CheckJSON(body); err != nil {
		return err
	}
	return s.change(c, body, func(tx *database.Tx, r *record) (*work.Answer, error) {
		written, err := rest.Merge(&Input{r.File.FileWords}, body, func() *Input { return &Input{} })
		if err != nil {
			return nil, err
		}
		if err := save(tx, work.ActorOf(c), r, written); err != nil {
			return nil, err
		}
		return &work.Answer{Status: http.StatusOK, Body: s.view(*r), Version: r.Entry.Version, Entry: r.Entry.ID}, nil
	})
}

// Delete erases a file.
//
//	@Summary      Delete a file
//	@Description  Erases a file that no draft and no edition uses. While one does, it is refused, and the problem names the users.
//	@ID           deleteFile
//	@Tags         files
//	@Success      204
//	@Router       /v1/files/{id} [delete]
//	@x-role       "editor"
//	@x-if-match   "required"
func (s *Service) Delete(c echo.Context) error {
	return s.change(c, nil, func(tx *database.Tx, r *record) (*work.Answer, error) {
		return &work.Answer{Status: http.StatusNoContent, Erased: true}, remove(tx, work.ActorOf(c), r)
	})
}

// change runs a change of a file: it is found, its tag is checked, and then apply answers.
func (s *Service) change(c echo.Context, body []byte, apply func(*database.Tx, *record) (*work.Answer, error)) error {
	pre, err := web.WritePrecondition(c)
	if err != nil {
		return err
	}
	if err := web.NoQuery(c); err != nil {
		return err
	}
	var r *record
	return s.Writes.Run(c, work.Steps{Body: body,
		Find: func(tx *database.Tx) (err error) {
			r, err = findForUpdate(tx, c.Param("id"))
			return err
		},
		Apply: func(tx *database.Tx, _ *change.Log) (*work.Answer, error) {
			if err := rest.CheckVersion(pre, &r.Entry); err != nil {
				return nil, err
			}
			return apply(tx, r)
		}})
}
