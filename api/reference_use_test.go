package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/uuid"

	"github.com/cpics/working-together-api/api/apitest"
	"github.com/cpics/working-together-api/internal/database"
)

// ifNone is the header of a PUT that creates.
var ifNone = apitest.Header{"If-None-Match", "*"}

func TestReferenceDataIsCreatedUnderAnIDOfTheClients(t *testing.T) {
	t.Parallel()
	eachReference(t, func(t *testing.T, s *apitest.Service, collection string, least doc) {
		id := newID(t)
		address := collection + "/" + id
		s.Editor().Put(address, least).Problem(428, "precondition-required")
		s.Editor().Put(address, least, apitest.IfMatch(`"v1"`)).Problem(412, "stale")
		made := s.Editor().Put(address, least, ifNone).Must(201)
		if made.Tag() != "" || made.String("id") != id || made.Header.Get("Location") != apitest.BaseURL+address {
			t.Errorf("created: %v %s", made.Header, made.Raw)
		}
		s.Editor().Put(address, least, ifNone).Problem(412, "stale")
		for other, document := range referenceKinds {
			if other != collection {
				s.Editor().Put(other+"/"+id, document, ifNone).Problem(412, "stale") // ids are of one space
			}
		}
		s.Editor().Put(collection+"/some-slug", least, ifNone).Problem(404, "not-found")
		for _, nothing := range []uuid.UUID{uuid.Nil, uuid.Max} {
			s.Editor().Put(collection+"/"+nothing.String(), least, ifNone).Problem(422, "invalid-content")
		}
		s.Editor().Put(collection+"/"+newID(t), doc{}, ifNone).Problem(422, "invalid-content")
		if list := s.Anonymous().Get(collection).Must(200); list.Int("total") != 1 {
			t.Errorf("only one was created: %s", list.Raw)
		}
	})
}

func TestReferenceDataIsPatched(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		made := refer(s, organisations, organisation("City Hospital", "shortName", "CH", "odsCode", "RGT"))
		address := organisations + "/" + made.String("id")
		patch := func(body any) *apitest.Answer { return s.Editor().Patch(address, body, anyVersion) }
		patched := patch(doc{"shortName": "City", "odsCode": nil, "url": "https://www.example.nhs.uk"}).Must(200)
		if patched.Tag() != `"v2"` || patched.String("shortName") != "City" || patched.At("odsCode") != nil ||
			patched.String("url") != "https://www.example.nhs.uk" || patched.String("name") != "City Hospital" {
			t.Errorf("patched: %s %s", patched.Tag(), patched.Raw)
		}
		wantEqual(t, patch(doc{"name": nil}).Problem(422, "invalid-content").Faults(), []string{"/name required"})
		wantEqual(t, patch(doc{"title": nil, "id": nil, "odsCode": "?"}).Problem(422, "invalid-content").Faults(),
			[]string{"/odsCode format", "/id read-only", "/title unknown"})
		patch(`[]`).Problem(422, "invalid-content")
		patch(`{"name": "A", "name": "B"}`).Problem(400, "invalid-json")
		s.Editor().Do(http.MethodPatch, address, doc{"name": "A"}, anyVersion).Problem(415, "unsupported-media-type")
		if seen := s.Anonymous().Get(address).Must(200); string(seen.Raw) != string(patched.Raw) {
			t.Errorf("a refused patch shows: %s", seen.Raw)
		}
	})
}

func TestDeletedReferenceDataIsGoneForGood(t *testing.T) {
	t.Parallel()
	eachReference(t, func(t *testing.T, s *apitest.Service, collection string, least doc) {
		id := refer(s, collection, least.with("slug", "before")).String("id")
		s.Editor().Patch(collection+"/before", doc{"slug": "after"}, anyVersion).Must(200)
		s.Editor().Delete(collection+"/after", apitest.IfMatch(`"v2"`)).Must(204)
		for _, ref := range []string{id, "after", "before"} {
			address := collection + "/" + ref
			s.Anonymous().Get(address).Problem(410, "gone")
			s.Editor().Delete(address, anyVersion).Problem(410, "gone")
			s.Editor().Patch(address, doc{}, anyVersion).Problem(410, "gone")
			s.Editor().Put(address, least, ifNone).Problem(410, "gone")
		}
		for _, slug := range []string{"before", "after"} {
			wantEqual(t, s.Editor().Post(collection, least.with("slug", slug)).Problem(422, "invalid-content").Faults(), []string{"/slug taken"})
		}
		if list := s.Anonymous().Get(collection).Must(200); list.Int("total") != 0 {
			t.Errorf("still listed: %s", list.Raw)
		}
		wantEqual(t, linesOf(t, s, id), []string{"published before", "moved before>after", "published after", "gone after"})
		wantEqual(t, auditOf(t, s, id), []string{"create 1 " + strings.Join(written(least), ","), "save 2 slug", "delete 3 "})
	})
}

// written are the members that an audit row names for a new document with a slug.
func written(d doc) []string {
	members := []string{"name"}
	if d["organisationType"] != nil {
		members = append(members, "organisationType")
	}
	return append(members, "slug")
}

// auditOf are the audit's rows of an entry, as "action version fields".
func auditOf(t *testing.T, s *apitest.Service, id string) []string {
	t.Helper()
	var rows []struct {
		Action, Fields string
		Version        int
	}
	err := s.DB.Read(t.Context(), func(tx *database.Tx) error {
		return tx.Raw("SELECT action, fields, version FROM audit WHERE entry_id = ? ORDER BY version", id).Scan(&rows).Error
	})
	if err != nil {
		t.Fatal(err)
	}
	told := make([]string, len(rows))
	for i, row := range rows {
		told[i] = fmt.Sprintf("%s %d %s", row.Action, row.Version, row.Fields)
	}
	return told
}

// linking is a case study that links to reference data, by the collection of what it links to.
func linking(collection, ref, principle string) doc {
	return story("A story", principle, strings.TrimPrefix(collection, "/v1/"), []string{ref})
}

func TestReferenceDataInUseIsKept(t *testing.T) {
	t.Parallel()
	eachReference(t, func(t *testing.T, s *apitest.Service, collection string, least doc) {
		made := refer(s, collection, least)
		address := collection + "/" + made.String("id")
		principle := aPrinciple(t, s)
		study := draft(s, "/v1/case-studies", linking(collection, made.String("slug"), principle))
		at := "/v1/case-studies/" + study.String("id")
		inUse := func(title string) {
			t.Helper()
			refused := s.Editor().Delete(address, anyVersion).Problem(409, "in-use")
			wantSame(t, "users", refused.At("users"), []doc{{"id": study.String("id"), "type": "case-study", "title": title}})
		}
		inUse("A story")
		publish(s, at, "").Must(200)
		s.Editor().Put(at, story("Without", principle), anyVersion).Must(200)
		inUse("A story") // as published, though no more in the draft
		s.Editor().Put(at, linking(collection, made.String("id"), principle).with("title", "Still"), anyVersion).Must(200)
		inUse("Still")
		for _, how := range []string{"withdrawal", "gone"} {
			unpublish(s, at, how).Must(200)
			inUse("Still")
		}
		s.Anonymous().Get(address).Must(200)
		s.Editor().Put(at, story("Without", principle), anyVersion).Must(200)
		publish(s, at, "Without it.").Must(200)
		s.Editor().Delete(address, apitest.IfMatch(`"v1"`)).Must(204) // the superseded edition does not count
	})
}

// A link is saved while its target is deleted: whoever is second is told of the other.
func TestADeletionAndALinkKnowOfEachOther(t *testing.T) {
	t.Parallel()
	eachReference(t, func(t *testing.T, s *apitest.Service, collection string, least doc) {
		for n := range 15 {
			ref := refer(s, collection, least.with("name", fmt.Sprintf("Target %d", n))).String("id")
			answers := atOnce(4, func(i int) *apitest.Answer {
				if i == 0 {
					return s.Editor().Delete(collection+"/"+ref, anyVersion)
				}
				return s.Editor().Post("/v1/case-studies", doc{"title": "A study", strings.TrimPrefix(collection, "/v1/"): []string{ref}})
			})
			deleted := answers[0].StatusCode == http.StatusNoContent
			if !deleted {
				answers[0].Problem(409, "in-use")
			}
			for _, a := range answers[1:] {
				if warned := strings.Contains(string(a.Must(201).Raw), "link-not-live"); deleted != warned {
					t.Errorf("deleted: %t, warned: %t: %s", deleted, warned, a.Raw)
				}
			}
		}
	})
}

func TestAMentionInRichTextIsUse(t *testing.T) {
	t.Parallel()
	eachReference(t, func(t *testing.T, s *apitest.Service, collection string, least doc) {
		address := collection + "/" + refer(s, collection, least).String("slug")
		published(s, "/v1/pages", text("A page", "body", "See [this]("+address+")."))
		if got := s.Editor().Delete(address, anyVersion).Problem(409, "in-use").String("users", 0, "title"); got != "A page" {
			t.Errorf("user: %q", got)
		}
	})
}

func TestUsersAreNamedUpToTwenty(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		ref := refer(s, topics, topic("Referrals")).String("slug")
		principle := aPrinciple(t, s)
		for n := range 21 {
			draft(s, "/v1/case-studies", linking(topics, ref, principle).with("title", fmt.Sprintf("Story %02d", n)))
		}
		users := s.Editor().Delete(topics+"/"+ref, anyVersion).Problem(409, "in-use")
		if n := len(users.List("users")); n != 20 || users.String("users", 0, "title") != "Story 00" || users.String("users", 19, "title") != "Story 19" {
			t.Errorf("%d users: %s", n, users.Raw)
		}
	})
}

func TestAChangedNameRefreshesWhatShowsIt(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		made := refer(s, organisations, organisation("City Hospital", "slug", "city", "shortName", "CH"))
		id := made.String("id")
		study := published(s, "/v1/case-studies", linking(organisations, id, aPrinciple(t, s))).String("id")
		for _, c := range []struct {
			patch doc
			want  []string // whose lines follow, in order
		}{
			{doc{"name": "Town Hospital"}, []string{"published " + id, "refreshed " + study}},
			{doc{"shortName": "TH"}, []string{"published " + id, "refreshed " + study}},
			{doc{"slug": "town"}, []string{"moved " + id, "published " + id, "refreshed " + study}},
			{doc{"url": "https://www.example.nhs.uk"}, []string{"published " + id}},
			{doc{}, []string{"published " + id}},
		} {
			seq := lastSeq(t, s)
			s.Editor().Patch(organisations+"/"+id, c.patch, anyVersion).Must(200)
			wantEvents(t, s, seq, c.want...)
		}
		shown := s.Anonymous().Get("/v1/case-studies/"+study).Must(200).At("organisations", 0)
		wantSame(t, "the link", shown, doc{"id": id, "type": "organisation", "slug": "town", "title": "Town Hospital",
			"shortName": "TH", "href": apitest.BaseURL + "/v1/organisations/town"})
		if found := s.Anonymous().Get("/v1/case-studies?organisation=city").Must(200); found.Int("total") != 1 {
			t.Errorf("by its former slug: %s", found.Raw)
		}
	})
}

func TestReferenceDataIsMadeOnceUnderAKey(t *testing.T) {
	t.Parallel()
	eachReference(t, func(t *testing.T, s *apitest.Service, collection string, least doc) {
		key := apitest.Header{"Idempotency-Key", "once"}
		first := s.Editor().Post(collection, least, key).Must(201)
		again := s.Editor().Post(collection, least, key).Must(201)
		if string(again.Raw) != string(first.Raw) || again.Tag() != first.Tag() || again.Header.Get("Idempotency-Replayed") != "true" {
			t.Errorf("repeated: %v %s", again.Header, again.Raw)
		}
		s.Editor().Post(collection, least.with("name", "Another"), key).Problem(422, "key-reused")
		if list := s.Anonymous().Get(collection).Must(200); list.Int("total") != 1 {
			t.Errorf("made more than once: %s", list.Raw)
		}
	})
}

func TestOneOfManyWritersWithOneTagWins(t *testing.T) {
	t.Parallel()
	eachReference(t, func(t *testing.T, s *apitest.Service, collection string, least doc) {
		const writers = 20
		made := refer(s, collection, least)
		address := collection + "/" + made.String("id")
		var won, lost atomic.Int32
		var all sync.WaitGroup
		for n := range writers {
			all.Go(func() {
				answer := s.Editor().Patch(address, doc{"name": fmt.Sprintf("By %d", n)}, apitest.IfMatch(made.Tag()))
				switch answer.StatusCode {
				case http.StatusOK:
					won.Add(1)
				case http.StatusPreconditionFailed:
					lost.Add(1)
				}
			})
		}
		all.Wait()
		if won.Load() != 1 || lost.Load() != writers-1 {
			t.Errorf("%d won and %d were told that they are late, of %d", won.Load(), lost.Load(), writers)
		}
		if seen := s.Anonymous().Get(address).Must(200); seen.Int("version") != 2 {
			t.Errorf("version: %s", seen.Raw)
		}
	})
}
