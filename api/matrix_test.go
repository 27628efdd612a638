package api_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/cpics/working-together-api/api/apitest"
	"github.com/cpics/working-together-api/internal/auth"
)

// scene is what the requests of a cell are about.
type scene struct {
	t    *testing.T
	s    *apitest.Service
	kind contentKind // for reference data only its path and what is complete
}

// call is one request.
type call struct {
	path    string
	body    any
	headers []apitest.Header
}

// cell is a request that whoever has the role may make, and nobody below.
type cell struct {
	operation string // as described; {content} and {reference} stand for the collections
	role      string // "" for the one that the description states
	request   func(sc scene) call
}

// cells have a row for each described operation, and one for each case in which a handler asks for another role.
var cells = []cell{
	{"GET {content}", "", at("")},
	{"GET {content}", "reader", at("?view=draft")},
	{"GET {content}/{ref}", "", func(sc scene) call { return call{path: sc.live()} }},
	{"GET {content}/{ref}", "reader", func(sc scene) call { return call{path: sc.live() + "?view=draft"} }},
	{"GET {content}/{ref}", "reader", func(sc scene) call { return call{path: sc.draft() + "?view=draft"} }},
	{"POST {content}", "", func(sc scene) call { return call{path: sc.kind.path, body: sc.complete()} }},
	{"POST {content}", "publisher", func(sc scene) call {
		return call{path: sc.kind.path + "?publish=true", body: sc.complete()}
	}},
	{"PUT {content}/{ref}", "", func(sc scene) call { return writing(sc.live(), sc.complete()) }},
	{"PUT {content}/{ref}", "editor", func(sc scene) call {
		return call{sc.kind.path + "/" + newID(sc.t), sc.complete(), []apitest.Header{{"If-None-Match", "*"}}}
	}},
	{"PUT {content}/{ref}", "publisher", func(sc scene) call {
		return writing(sc.live()+"?publish=true&changeNote=n", sc.complete())
	}},
	{"PATCH {content}/{ref}", "", func(sc scene) call { return writing(sc.live(), doc{"title": "New"}) }},
	{"PATCH {content}/{ref}", "publisher", func(sc scene) call {
		return writing(sc.live()+"?publish=true&updateType=minor", doc{"title": "New"})
	}},
	{"DELETE {content}/{ref}", "", func(sc scene) call { return writing(sc.draft(), nil) }},
	{"DELETE {content}/{ref}", "publisher", func(sc scene) call { return writing(sc.live(), nil) }},
	{"DELETE {content}/{ref}/draft", "", func(sc scene) call { return writing(sc.edited()+"/draft", nil) }},
	{"POST {content}/{ref}/publish", "", func(sc scene) call {
		return writing(sc.edited()+"/publish", doc{"changeNote": "n"})
	}},
	{"POST {content}/{ref}/publish", "editor", func(sc scene) call { return writing(sc.draft()+"/publish?dryRun=true", nil) }},
	{"POST {content}/{ref}/unpublish", "", func(sc scene) call {
		return writing(sc.live()+"/unpublish", doc{"type": "withdrawal", "explanation": "Old."})
	}},
	{"POST {content}/{ref}/unpublish", "publisher", func(sc scene) call {
		return writing(sc.live()+"/unpublish", doc{"type": "recall", "explanation": "Wrong."})
	}},
	{"POST {content}/{ref}/publish", "publisher", func(sc scene) call {
		return writing(sc.draft()+"/publish", doc{"at": "2999-01-01T00:00:00Z"})
	}},
	{"POST {content}/{ref}/publish", "editor", func(sc scene) call {
		return writing(sc.draft()+"/publish?dryRun=true", doc{"at": "2999-01-01T00:00:00Z"})
	}},
	{"POST {content}/{ref}/unpublish", "publisher", func(sc scene) call {
		return writing(sc.live()+"/unpublish", doc{"type": "gone", "at": "2999-01-01T00:00:00Z"})
	}},
	{"DELETE {content}/{ref}/schedule", "", func(sc scene) call { return writing(sc.scheduled()+"/schedule?for=publish", nil) }},
	{"GET {content}/{ref}/editions", "", func(sc scene) call { return call{path: sc.live() + "/editions"} }},
	{"GET {content}/{ref}/editions/{edition}", "", func(sc scene) call { return call{path: sc.live() + "/editions/1"} }},
	{"GET {content}/{ref}/editions/{edition}/diff", "", func(sc scene) call { return call{path: sc.live() + "/editions/1/diff"} }},
	{"POST {content}/{ref}/editions/{edition}/restore", "", func(sc scene) call { return writing(sc.live()+"/editions/1/restore", nil) }},

	{"GET {reference}", "", at("")},
	{"POST {reference}", "", func(sc scene) call { return call{path: sc.kind.path, body: sc.complete()} }},
	{"GET {reference}/{ref}", "", func(sc scene) call { return call{path: sc.reference()} }},
	{"PUT {reference}/{ref}", "", func(sc scene) call { return writing(sc.reference(), sc.complete()) }},
	{"PATCH {reference}/{ref}", "", func(sc scene) call { return writing(sc.reference(), doc{"name": "New"}) }},
	{"DELETE {reference}/{ref}", "", func(sc scene) call { return writing(sc.reference(), nil) }},

	{"PUT /v1/principles/order", "", func(sc scene) call {
		ids := sc.s.Anonymous().Get("/v1/principles?limit=100").Must(200).Column("id")
		return call{path: "/v1/principles/order", body: doc{"ids": append([]string{}, ids...)}}
	}},
	{"GET /v1/overview", "", at("/v1/overview")},
	{"GET /v1/search", "", at("/v1/search?q=care")},
	{"GET /v1/oembed", "", func(sc scene) call {
		return call{path: "/v1/oembed?url=" + apitest.BaseURL + "/v1/principles/" + aPrinciple(sc.t, sc.s)}
	}},
	{"GET /v1/changes", "", at("/v1/changes")},
	{"GET /v1/changes/stream", "", at("/v1/changes/stream")},
	{"GET /v1/feeds/{feed}", "", at("/v1/feeds/all.rss")},
	{"POST /v1/changes/check", "", func(sc scene) call {
		return call{path: "/v1/changes/check", body: []doc{{"id": newID(sc.t), "digest": noDigest}}}
	}},
	{"GET /v1/files", "", at("/v1/files")},
	{"GET /v1/toolkit.zip", "", at("/v1/toolkit.zip")},
	{"POST /v1/files", "", func(sc scene) call {
		body, mediaType := apitest.Form(sc.t, apitest.FilePart("a.png", apitest.PNG(sc.t, 3, 2, 1)))
		return call{"/v1/files", body, []apitest.Header{{"Content-Type", mediaType}}}
	}},
	{"GET /v1/files/{id}", "", func(sc scene) call { return call{path: "/v1/files/" + sc.file().String("id")} }},
	{"PATCH /v1/files/{id}", "", func(sc scene) call {
		return writing("/v1/files/"+sc.file().String("id"), doc{"label": "New"})
	}},
	{"DELETE /v1/files/{id}", "", func(sc scene) call { return writing("/v1/files/"+sc.file().String("id"), nil) }},
	{"GET /v1/files/{id}/{filename}", "", func(sc scene) call {
		file := sc.file()
		published(sc.s, "/v1/toolkit-assets", poster(file.String("id")))
		return call{path: file.String("href")}
	}},
	{"GET /v1/me", "", at("/v1/me")},
	{"GET /v1/tokens", "", at("/v1/tokens")},
	{"POST /v1/tokens", "", func(scene) call {
		return call{path: "/v1/tokens", body: doc{"name": "A token", "role": "admin"}}
	}},
	{"GET /v1/tokens/{id}", "", func(sc scene) call { return call{path: sc.token()} }},
	{"DELETE /v1/tokens/{id}", "", func(sc scene) call { return call{path: sc.token()} }},
	{"GET /v1/webhooks", "", at("/v1/webhooks")},
	{"POST /v1/webhooks", "", func(scene) call { return call{path: "/v1/webhooks", body: aWebhook} }},
	{"GET /v1/webhooks/{id}", "", func(sc scene) call { return call{path: sc.webhook()} }},
	{"PATCH /v1/webhooks/{id}", "", func(sc scene) call { return call{path: sc.webhook(), body: doc{"description": "New"}} }},
	{"DELETE /v1/webhooks/{id}", "", func(sc scene) call { return call{path: sc.webhook()} }},
	{"POST /v1/webhooks/{id}/rotate", "", func(sc scene) call { return call{path: sc.webhook() + "/rotate"} }},
	{"POST /v1/webhooks/{id}/test", "", func(sc scene) call { return call{path: sc.webhook() + "/test"} }},
	{"GET /v1/webhooks/{id}/deliveries", "", func(sc scene) call { return call{path: sc.webhook() + "/deliveries"} }},
	{"POST /v1/webhooks/{id}/deliveries/{delivery}/redeliver", "", func(sc scene) call {
		path := sc.webhook()
		return call{path: path + "/deliveries/" + sc.s.Admin().Post(path+"/test", nil).Must(202).String("id") + "/redeliver"}
	}},
	{"GET /", "", at("/")},
	{"GET /docs", "", at("/docs")},
	{"GET /docs/problems", "", at("/docs/problems")},
	{"GET /docs/assets/{name}", "", at("/docs/assets/pages.css")},
	{"GET /healthz", "", at("/healthz")},
	{"GET /readyz", "", at("/readyz")},
	{"GET /v1/openapi.json", "", at("/v1/openapi.json")},
	{"GET /v1/openapi.yaml", "", at("/v1/openapi.yaml")},
	{"GET /v1/swagger.json", "", at("/v1/swagger.json")},
}

// at asks for one address, or for a collection with what follows.
func at(address string) func(scene) call {
	return func(sc scene) call {
		if strings.HasPrefix(address, "/") {
			return call{path: address}
		}
		return call{path: sc.kind.path + address}
	}
}

func writing(path string, body any) call {
	return call{path, body, []apitest.Header{anyVersion}}
}

func (r call) send(c apitest.Client, method string) *apitest.Answer {
	if method == "PATCH" {
		return c.Patch(r.path, r.body, r.headers...)
	}
	return c.Do(method, r.path, r.body, r.headers...)
}

func (sc scene) complete() doc { return sc.kind.complete(sc.t, sc.s) }

// live is the address of a live entry without a draft, edited that of one with a draft, and draft that of a draft.
func (sc scene) live() string {
	return sc.kind.path + "/" + published(sc.s, sc.kind.path, sc.complete()).String("id")
}

func (sc scene) edited() string {
	path := sc.live()
	sc.s.Editor().Patch(path, doc{"summary": "Edited."}, anyVersion).Must(200)
	return path
}

func (sc scene) draft() string {
	return sc.kind.path + "/" + draft(sc.s, sc.kind.path, sc.complete()).String("id")
}

func (sc scene) scheduled() string {
	path := sc.draft()
	publishAt(sc.s, path, time.Now().AddDate(100, 0, 0)).Must(202)
	return path
}

func (sc scene) reference() string {
	return sc.kind.path + "/" + sc.s.Editor().Post(sc.kind.path, sc.complete()).Must(201).String("id")
}

func (sc scene) file() *apitest.Answer { return uploaded(sc.t, sc.s, "a.png", 1) }

func (sc scene) token() string {
	made := sc.s.Admin().Post("/v1/tokens", doc{"name": "A token", "role": "reader"}).Must(201)
	return "/v1/tokens/" + made.String("id")
}

// aWebhook leads nowhere: the name is one that can have no address (RFC 6761, section 6.4).
var aWebhook = doc{"url": "https://hooks.invalid/"}

func (sc scene) webhook() string {
	return "/v1/webhooks/" + sc.s.Admin().Post("/v1/webhooks", aWebhook).Must(201).String("id")
}

func TestRolesByOperation(t *testing.T) {
	t.Parallel()
	described := describedRoles(t)
	covered := map[string]bool{}
	for _, c := range cells {
		if c.role == "" {
			covered[c.operation] = true
		}
	}
	for operation := range described {
		if !covered[operation] {
			t.Errorf("%s has no row here", operation)
		}
	}
	for place, kind := range placeholders() {
		t.Run(strings.TrimPrefix(kind.path, "/v1/"), func(t *testing.T) {
			t.Parallel()
			apitest.Each(t, func(t *testing.T, s *apitest.Service) {
				for i, c := range cells {
					if strings.Contains(c.operation, "{content}") != strings.HasPrefix(place, "{content}") ||
						strings.Contains(c.operation, "{reference}") != strings.HasPrefix(place, "{reference}") {
						continue
					}
					role := described[c.operation]
					if c.role != "" {
						role = must(auth.ParseRole(c.role))
					}
					t.Run(fmt.Sprint(i, " ", c.operation), func(t *testing.T) { c.check(t, scene{t, s, kind}, role) })
				}
			})
		})
	}
}

// check makes the request as everybody.
func (c cell) check(t *testing.T, sc scene, role auth.Role) {
	method, _, _ := strings.Cut(c.operation, " ")
	shared := c.request(sc) // by those who change nothing
	for _, who := range append([]auth.Role{auth.Anyone}, auth.Roles()...) {
		r := shared
		if who.Includes(role) && method != "GET" {
			r = c.request(sc)
		}
		answer := r.send(sc.s.Roles[who], method)
		got := outcomeOf(answer)
		switch {
		case who.Includes(role):
			if answer.StatusCode >= 300 {
				t.Errorf("%s may %s %s, and got %s: %s", who, method, r.path, got, answer.Raw)
			}
		case who == auth.Anyone:
			if got != "401 unauthenticated" || answer.Header.Get("WWW-Authenticate") == "" {
				t.Errorf("%s may not %s %s, and got %s, authenticate by %q", who, method, r.path, got, answer.Header.Get("WWW-Authenticate"))
			}
		case got != "403 forbidden":
			t.Errorf("%s may not %s %s, and got %s", who, method, r.path, got)
		}
	}
}

// Whoever may not do a thing learns nothing from trying: neither what is there nor what else is wrong.
func TestRolesComeBeforeEverythingElse(t *testing.T) {
	t.Parallel()
	checker := must(apitest.Contract())
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		for _, o := range checker.Operations() {
			role := must(auth.ParseRole(o.Role))
			path := strings.NewReplacer("{ref}", "nothing", "{id}", "nothing", "{edition}", "0", "{name}", "nothing", "{filename}", "nothing", "{feed}", "all.rss", "{delivery}", "nothing").Replace(o.Path)
			for who, client := range s.Roles {
				if who.Includes(role) {
					continue
				}
				answer := client.Do(o.Method, path+"?unknown=1", "{", apitest.Header{"Content-Type", "text/plain"}, apitest.IfMatch("?"))
				if want := map[bool]int{true: 401, false: 403}[who == auth.Anyone]; answer.StatusCode != want {
					t.Errorf("%s: %s %s is answered %d", who, o.Method, path, answer.StatusCode)
				}
			}
		}
	})
}

// describedRoles are the roles of all described operations, those of all collections of a sort as one.
func describedRoles(t *testing.T) map[string]auth.Role {
	t.Helper()
	roles := map[string]auth.Role{}
	for _, o := range must(apitest.Contract()).Operations() {
		operation, role := o.Method+" "+o.Path, must(auth.ParseRole(o.Role))
		for place, kind := range placeholders() {
			rest, ofKind := strings.CutPrefix(o.Path, kind.path)
			if ofKind && rest != "/order" && kind.path != "" {
				operation = o.Method + " " + place[:strings.Index(place, "}")+1] + rest
			}
		}
		if known, ok := roles[operation]; ok && known != role {
			t.Errorf("%s needs the role %s here and %s elsewhere", o.Path, role, known)
		}
		roles[operation] = role
	}
	return roles
}

// placeholders are the kinds by the sort they stand for, and under "" the operations that belong to none.
func placeholders() map[string]contentKind {
	all := map[string]contentKind{"": {}}
	for _, k := range contentKinds {
		all["{content}"+k.name] = k
	}
	for path, least := range referenceKinds {
		all["{reference}"+path] = contentKind{path: path, complete: func(*testing.T, *apitest.Service) doc { return least }}
	}
	return all
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
