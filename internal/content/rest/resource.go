// Package rest serves content types over HTTP: what every type's handlers share. A type's http.go names its
// operations, one documented method each, and calls the method of the same name here.
package rest

import (
	"errors"
	"reflect"
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"github.com/cpics/working-together-api/internal/auth"
	"github.com/cpics/working-together-api/internal/content"
	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/errs"
	"github.com/cpics/working-together-api/internal/represent"
	"github.com/cpics/working-together-api/internal/web"
	"github.com/cpics/working-together-api/internal/work"
)

// Services are what the handlers of every type need.
type Services struct {
	DB     *database.DB
	Writes *work.Runner
	Site   *content.Site
	Known  *content.Known
	// Sources is filled by New with what shows each type's items, for those who show items of any type.
	Sources content.Sources
	// Represented is filled likewise, for those who show items in other formats.
	Represented represent.Sources
	// Scheduled is filled likewise, for whoever does what is scheduled.
	Scheduled content.Doers
}

// Include adds what include=name asks for to the views of a list or of one item, in a fixed number of statements.
// The fields come in the order of the entries' ids.
type Include[F content.Fields] func(tx *database.Tx, entries []uuid.UUID, fields []F) error

// Options say what one type has besides what all have.
type Options[F content.Fields] struct {
	Sorts    []string              // names of content.Sorts in the public list; the first is the default
	Includes map[string]Include[F] // by name
}

// Resource is one content type over HTTP.
type Resource[T content.Input, F content.Fields, V any] struct {
	Services
	Repo  *content.Repository[T]
	shape content.Shape[T, F, V]
	opt   Options[F]
	// What the parameter fields can name, in the public list and in that for editors.
	fields, draftFields []string
}

// New serves the type that repo stores and shape shows.
func New[T content.Input, F content.Fields, V any](s Services, repo *content.Repository[T], shape content.Shape[T, F, V], opt Options[F]) *Resource[T, F, V] {
	if len(opt.Sorts) == 0 {
		opt.Sorts = []string{"-firstPublishedAt", "firstPublishedAt", "title", "-title", "-updatedAt", "updatedAt"}
	}
	r := &Resource[T, F, V]{Services: s, Repo: repo, shape: shape, opt: opt,
		fields: web.MemberNames(reflect.TypeFor[V]()), draftFields: draftMembers(repo, shape)}
	typ := repo.Kind().Type
	s.Sources[typ], s.Represented[typ], s.Scheduled[typ] = r.Current, r.Represented, repo.DoScheduled
	return r
}

// draftMembers are the members of the view for editors, but checks, which its list does without.
func draftMembers[T content.Input, F content.Fields, V any](repo *content.Repository[T], shape content.Shape[T, F, V]) []string {
	fields := reflect.New(reflect.TypeFor[F]().Elem()).Interface().(F)
	empty := shape.Draft(content.DraftItem{}, fields, repo.NewInput())
	return slices.DeleteFunc(web.MemberNames(reflect.TypeOf(empty)), func(name string) bool { return name == "checks" })
}

// wantsDraft says whether the request asks for the view of editors, and refuses those who may not have it, whatever
// else is wrong with the request.
func wantsDraft(c echo.Context) (bool, error) {
	for _, v := range c.QueryParams()["view"] {
		if v == "draft" {
			return true, auth.Check(c.Request().Context(), auth.Reader)
		}
	}
	return false, nil
}

// AnswerMoved sends a reader of a former address to the current one; any other error passes.
func (s Services) AnswerMoved(c echo.Context, err error) error {
	var moved *content.Moved
	if !errors.As(err, &moved) {
		return err
	}
	path := strings.TrimPrefix(c.Request().URL.Path, "/v1/"+moved.Collection+"/"+c.Param("ref"))
	return web.Moved(c, s.Site.BaseURL+"/v1/"+moved.Collection+"/"+moved.Slug+path)
}

// draftView builds the view for editors, with what stands against publishing.
func (r *Resource[T, F, V]) draftView(c echo.Context, tx *database.Tx, doc *content.Document[T]) (any, error) {
	checks, err := r.Repo.Checks(tx, doc)
	if err != nil {
		return nil, err
	}
	p, err := content.NewPresenter(tx, r.Site, doc.Input)
	if err != nil {
		return nil, err
	}
	return content.DraftView(r.shape, p, doc, checks, maySeeSecrets(c)), nil
}

func maySeeSecrets(c echo.Context) bool {
	return work.ActorOf(c).Role.Includes(auth.Editor)
}

// Decode reads a document into an input of the repository's type, as the API does. It fails with errs.InvalidJSON
// only; what is not acceptable comes as faults of the result, so that saving can add its own.
func Decode[T content.Input](repo *content.Repository[T], body []byte) (content.Written[T], error) {
	return DecodeInto(repo.NewInput(), body)
}

// DecodeInto is Decode into an empty input of any type, which is a pointer.
func DecodeInto[T any](empty T, body []byte) (content.Written[T], error) {
	faults, err := decodeFaults(body, empty)
	return content.Written[T]{Input: empty, Faults: faults}, err
}

// decodeFaults is web.DecodeJSON with the faults apart from other failures.
func decodeFaults(body []byte, dst any) ([]errs.Fault, error) {
	err := web.DecodeJSON(body, dst)
	var invalid *errs.Error
	if errors.As(err, &invalid) && invalid.Kind == errs.InvalidContent {
		return invalid.Faults, nil
	}
	return nil, err
}
