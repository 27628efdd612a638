package api_test

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cpics/working-together-api/api/apitest"
	"github.com/cpics/working-together-api/internal/canonical"
)

const (
	organisations = "/v1/organisations"
	topics        = "/v1/topics"
)

// referenceKinds are the least that each type of reference data takes, by collection.
var referenceKinds = map[string]doc{organisations: organisation("City Hospital"), topics: topic("Kidney disease")}

// eachReference runs a test once a type of reference data and engine.
func eachReference(t *testing.T, test func(t *testing.T, s *apitest.Service, collection string, least doc)) {
	t.Helper()
	for collection, least := range referenceKinds {
		t.Run(strings.TrimPrefix(collection, "/v1/"), func(t *testing.T) {
			t.Parallel()
			apitest.Each(t, func(t *testing.T, s *apitest.Service) { test(t, s, collection, least) })
		})
	}
}

// linesOf are the change log's lines of an entry, as "event slug", or "event previous>slug" where it moved.
func linesOf(t *testing.T, s *apitest.Service, id string) []string {
	t.Helper()
	var told []string
	for _, l := range linesAfter(t, s, 0) {
		if l.EntryID.String() != id {
			continue
		}
		if l.PreviousSlug != "" {
			l.PreviousSlug += ">"
		}
		told = append(told, string(l.Event)+" "+l.PreviousSlug+l.Slug)
	}
	return told
}

func TestReferenceDataIsPublicAtOnce(t *testing.T) {
	t.Parallel()
	eachReference(t, func(t *testing.T, s *apitest.Service, collection string, least doc) {
		made := s.Editor().Post(collection, least).Must(201)
		address := apitest.BaseURL + collection + "/" + made.String("id")
		if made.Header.Get("Location") != address || made.Tag() != `"v1"` || made.Header.Get("Cache-Control") != "private, no-store" {
			t.Errorf("created: %v", made.Header)
		}
		seen := s.Anonymous().Get(address).Must(200)
		if string(seen.Raw) != string(made.Raw) || seen.Int("version") != 1 {
			t.Errorf("written %s\nseen    %s", made.Raw, seen.Raw)
		}
		bySlug := s.Anonymous().Get(collection + "/" + made.String("slug")).Must(200)
		if string(bySlug.Raw) != string(seen.Raw) || bySlug.Tag() != seen.Tag() || seen.Tag() == made.Tag() {
			t.Errorf("by slug: %s %s, by id: %s", bySlug.Tag(), bySlug.Raw, seen.Tag())
		}
		if !strings.HasPrefix(seen.Header.Get("Cache-Control"), "public, max-age=60") || seen.Header.Get("Last-Modified") == "" {
			t.Errorf("headers: %v", seen.Header)
		}
		s.Anonymous().Get(address, apitest.Header{"If-None-Match", seen.Tag()}).Must(304)
		if private := s.Reader().Get(address).Must(200); private.Header.Get("Cache-Control") != "private, no-store" {
			t.Errorf("with a token: %v", private.Header)
		}
		digest, err := canonical.DigestJSON(seen.Raw)
		if err != nil || seen.String("digest") != digest {
			t.Errorf("digest: %s, want %s (%v)", seen.String("digest"), digest, err)
		}
		wantEqual(t, linesOf(t, s, made.String("id")), []string{"published " + made.String("slug")})
	})
}

func TestAnOrganisationShowsWhatWasWritten(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		document := doc{"slug": "cuh", "name": "Cambridge University Hospitals", "shortName": "CUH",
			"organisationType": "acute-trust", "odsCode": "RGT", "url": "https://www.cuh.nhs.uk"}
		made := s.Editor().Post(organisations, document).Must(201)
		for member, value := range document {
			if made.At(member) != value {
				t.Errorf("%s: %v, want %v", member, made.At(member), value)
			}
		}
		members := slices.Sorted(maps.Keys(made.JSON()))
		wantEqual(t, members, []string{"digest", "id", "links", "name", "odsCode", "organisationType", "shortName", "slug", "type",
			"updatedAt", "url", "version"})
		if made.String("type") != "organisation" || made.String("links", "self") != apitest.BaseURL+organisations+"/cuh" ||
			made.String("links", "web") != "https://www.example.nhs.uk/working-together/organisation/cuh" {
			t.Errorf("links: %s", made.Raw)
		}
	})
}

func TestReferenceDataIsReadStrictly(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		taken := s.Editor().Post(organisations, organisation("City Hospital")).Must(201).String("slug")
		for _, c := range []struct {
			collection, body string
			want             []string
		}{
			{organisations, `{}`, []string{"/name required", "/organisationType required"}},
			{organisations, `{"name": "", "organisationType": "hospital", "odsCode": "rgt", "url": "http://example.nhs.uk", "shortName": "` + strings.Repeat("é", 201) + `"}`,
				[]string{"/name required", "/shortName length", "/organisationType range", "/odsCode format", "/url format"}},
			{organisations, `{"name": "A", "organisationType": "icb", "id": "x", "version": 1, "title": "A"}`, []string{"/id read-only", "/version read-only", "/title unknown"}},
			{organisations, `{"name": "A", "organisationType": "hospital", "slug": "` + taken + `"}`, []string{"/organisationType range", "/slug taken"}},
			{topics, `{"name": "` + strings.Repeat("é", 201) + `", "summary": "` + strings.Repeat("é", 501) + `", "slug": "Not this"}`,
				[]string{"/slug format", "/name length", "/summary length"}},
			{topics, `{"name": "A\nB", "shortName": "A"}`, []string{"/name format", "/shortName unknown"}},
			{topics, `{"name": null}`, []string{"/name type"}},
		} {
			got := s.Editor().Post(c.collection, c.body).Problem(422, "invalid-content").Faults()
			slices.Sort(got)
			slices.Sort(c.want)
			wantEqual(t, got, c.want)
		}
		s.Editor().Post(topics, `{"name": "A", "name": "B"}`).Problem(400, "invalid-json")
		s.Editor().Post(topics+"?publish=true", topic("Kidney disease")).Problem(400, "invalid-query")
		s.Editor().Post(topics, strings.Repeat("é", 200)).Problem(400, "invalid-json")
		s.Editor().Post(topics, topic("Kidney disease").with("name", strings.Repeat("é", 200), "summary", strings.Repeat("é", 500))).Must(201)
		if list := s.Anonymous().Get(topics).Must(200); list.Int("total") != 1 {
			t.Errorf("a refused topic was stored: %s", list.Raw)
		}
	})
}

func TestReferenceDataNeedsAnEditor(t *testing.T) {
	t.Parallel()
	eachReference(t, func(t *testing.T, s *apitest.Service, collection string, least doc) {
		address := collection + "/" + s.Editor().Post(collection, least).Must(201).String("id")
		for _, method := range []string{http.MethodPut, http.MethodPatch, http.MethodDelete} {
			s.Anonymous().Do(method, address, least).Problem(401, "unauthenticated")
			s.Reader().Do(method, address, least).Problem(403, "forbidden")
		}
		s.Anonymous().Post(collection, least).Problem(401, "unauthenticated")
		s.Reader().Post(collection, least).Problem(403, "forbidden")
	})
}

func TestReferenceDataIsListedByName(t *testing.T) {
	t.Parallel()
	eachReference(t, func(t *testing.T, s *apitest.Service, collection string, least doc) {
		for _, name := range []string{"zebra", "Émile", "apple", "Eel", "ZEBRA", "Emu"} {
			s.Editor().Post(collection, least.with("name", name)).Must(201)
		}
		want := []string{"apple", "Eel", "Émile", "Emu", "zebra", "ZEBRA"}
		wantEqual(t, s.Anonymous().Get(collection+"?sort=name").Must(200).Column("name"), want)
		var names []string
		page := s.Anonymous().Get(collection + "?limit=4").Must(200)
		for {
			names = append(names, page.Column("name")...)
			if page.Int("total") != len(want) {
				t.Errorf("total: %s", page.Raw)
			}
			if page.String("next") == "" {
				break
			}
			if link := page.Header.Get("Link"); link != "<"+page.String("next")+`>; rel="next"` {
				t.Errorf("Link: %s", link)
			}
			page = s.Anonymous().Get(page.String("next")).Must(200)
		}
		wantEqual(t, names, want)
		wantEqual(t, s.Anonymous().Get(page.String("previous")).Must(200).Column("name"), want[:4])
		short := s.Anonymous().Get(collection + "?fields=name&limit=1").Must(200)
		item, _ := short.At("items", 0).(map[string]any)
		wantEqual(t, slices.Sorted(maps.Keys(item)), []string{"id", "name"})
		for other := range referenceKinds {
			if other != collection {
				s.Anonymous().Get(strings.Replace(short.String("next"), collection, other, 1)).Problem(400, "invalid-query")
			}
		}
	})
}

func TestReferenceSlugsBehaveLikeAllSlugs(t *testing.T) {
	t.Parallel()
	eachReference(t, func(t *testing.T, s *apitest.Service, collection string, least doc) {
		rename := func(slug, to string) *apitest.Answer {
			return s.Editor().Patch(collection+"/"+slug, doc{"slug": to}, anyVersion)
		}
		first := s.Editor().Post(collection, least.with("slug", "a")).Must(201)
		made := s.Editor().Post(collection, least.with("name", "A")).Must(201)
		if made.String("slug") != "a-2" {
			t.Errorf("a made slug: %s", made.String("slug"))
		}
		rename("a", "b").Must(200)
		rename("b", "c").Must(200)
		for _, former := range []string{"a", "b"} {
			address := collection + "/" + former
			for _, moved := range []*apitest.Answer{s.Anonymous().Get(address), rename(former, "d"), s.Editor().Delete(address),
				s.Editor().Put(address, least, apitest.IfMatch(`"v9"`))} {
				if got := moved.Must(308).Header.Get("Location"); got != apitest.BaseURL+collection+"/c" {
					t.Errorf("%s %s: %s", moved.Request.Method, address, got)
				}
			}
		}
		wantEqual(t, rename("a-2", "b").Problem(422, "invalid-content").Faults(), []string{"/slug taken"})
		back := rename("c", "a").Must(200)
		if got := s.Anonymous().Get(collection + "/c").Must(308).Header.Get("Location"); got != apitest.BaseURL+collection+"/a" {
			t.Errorf("after A, B, C, A: %s", got)
		}
		renamed := s.Editor().Patch(collection+"/a", doc{"name": "Other", "slug": nil}, apitest.IfMatch(back.Tag())).Must(200)
		if renamed.String("slug") != "a" || renamed.String("name") != "Other" {
			t.Errorf("a new name changed the address: %s", renamed.Raw)
		}
		wantEqual(t, linesOf(t, s, first.String("id")), []string{"published a", "moved a>b", "published b", "moved b>c", "published c",
			"moved c>a", "published a", "published a"})
	})
}

func TestReferenceWritesNeedTheirTag(t *testing.T) {
	t.Parallel()
	eachReference(t, func(t *testing.T, s *apitest.Service, collection string, least doc) {
		address := collection + "/" + s.Editor().Post(collection, least).Must(201).String("id")
		public := s.Anonymous().Get(address).Tag()
		for _, method := range []string{http.MethodPut, http.MethodPatch, http.MethodDelete} {
			send := func(headers ...apitest.Header) *apitest.Answer {
				switch method {
				case http.MethodPut:
					return s.Editor().Put(address, least, headers...)
				case http.MethodPatch:
					return s.Editor().Patch(address, least, headers...)
				default:
					return s.Editor().Delete(address, headers...)
				}
			}
			send().Problem(428, "precondition-required")
			send(apitest.IfMatch(`"v7"`)).Problem(412, "stale")
			send(apitest.IfMatch(public)).Problem(412, "stale")
			send(apitest.IfMatch(`W/"v1"`)).Problem(412, "stale")
			send(apitest.Header{"If-None-Match", "*"}).Problem(412, "stale")
		}
		if kept := s.Anonymous().Get(address).Must(200); kept.Int("version") != 1 || kept.Tag() != public {
			t.Errorf("a refused write left a trace: %s", kept.Raw)
		}
		s.Editor().Patch(address, doc{}, apitest.IfMatch(`"v7", "v1"`)).Must(200)
		s.Editor().Patch(address, doc{}, anyVersion).Must(200)
		missing := collection + "/" + newID(t)
		s.Editor().Patch(missing, least, anyVersion).Problem(404, "not-found")
		s.Editor().Delete(missing, anyVersion).Problem(404, "not-found")
	})
}

func TestReferenceDataIsReplacedWhole(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		made := s.Editor().Post(organisations, organisation("City Hospital").with("slug", "here", "shortName", "CH", "odsCode", "RGT")).Must(201)
		address := organisations + "/" + made.String("id")
		replaced := s.Editor().Put(address, organisation("City Hospital").with("url", "https://www.example.nhs.uk"), apitest.IfMatch(made.Tag())).Must(200)
		if replaced.Tag() != "" {
			t.Errorf("RFC 9110 allows no tag here: %s", replaced.Tag())
		}
		if replaced.At("shortName") != nil || replaced.At("odsCode") != nil || replaced.String("slug") != "here" ||
			replaced.String("url") != "https://www.example.nhs.uk" || replaced.Int("version") != 2 {
			t.Errorf("replaced: %s", replaced.Raw)
		}
		if seen := s.Anonymous().Get(address).Must(200); string(seen.Raw) != string(replaced.Raw) {
			t.Errorf("seen: %s", seen.Raw)
		}
	})
}

func TestEveryWriteMovesUpdatedAt(t *testing.T) {
	t.Parallel()
	eachReference(t, func(t *testing.T, s *apitest.Service, collection string, least doc) {
		at := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
		setClock(s, at)
		address := collection + "/" + refer(s, collection, least).String("id")
		setClock(s, at.Add(time.Hour))
		s.Editor().Patch(address, doc{"name": "Another"}, anyVersion).Must(200)
		seen := s.Anonymous().Get(address).Must(200)
		if seen.String("updatedAt") != "2026-03-02T10:00:00Z" || seen.Header.Get("Last-Modified") != "Mon, 02 Mar 2026 10:00:00 GMT" {
			t.Errorf("updated at %s, modified %s", seen.String("updatedAt"), seen.Header.Get("Last-Modified"))
		}
	})
}
