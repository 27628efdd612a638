package api_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/cpics/working-together-api/api/apitest"
)

// moved publishes an entry at each of the slugs, one after another, and gives its address by id.
func moved(t *testing.T, s *apitest.Service, k contentKind, slugs ...string) string {
	t.Helper()
	path := k.path + "/" + published(s, k.path, k.complete(t, s).with("slug", slugs[0])).String("id")
	for _, slug := range slugs[1:] {
		s.Editor().Patch(path, doc{"slug": slug}, anyVersion).Must(200)
		publish(s, path, "Moved to "+slug+".").Must(200)
	}
	return path
}

// TestFormerSlugRedirects: for every method, with the query, straight to the current address, whatever came between.
func TestFormerSlugRedirects(t *testing.T) {
	t.Parallel()
	eachKind(t, func(t *testing.T, s *apitest.Service, k contentKind) {
		path := moved(t, s, k, "first", "second", "third")
		body := k.complete(t, s)
		merge := apitest.Header{"Content-Type", "application/merge-patch+json"}
		wantMoved := func(c apitest.Client, method, suffix string, body any, caching string, headers ...apitest.Header) {
			t.Helper()
			for _, former := range []string{"first", "second"} {
				answer := c.Do(method, k.path+"/"+former+suffix, body, headers...).Must(308)
				if got, want := answer.Header.Get("Location"), apitest.BaseURL+k.path+"/third"+suffix; got != want {
					t.Errorf("%s %s: Location %q, want %q", method, former+suffix, got, want)
				}
				if got := answer.Header.Get("Cache-Control"); got != caching {
					t.Errorf("%s %s: Cache-Control %q, want %q", method, former+suffix, got, caching)
				}
			}
		}
		for _, status := range []string{"live", "withdrawn"} {
			wantMoved(s.Anonymous(), "GET", "", nil, "public, max-age=60")
			wantMoved(s.Anonymous(), "HEAD", "", nil, "public, max-age=60")
			wantMoved(s.Reader(), "GET", "?view=draft", nil, "private, no-store")
			wantMoved(s.Reader(), "GET", "/editions/2/diff?against=1", nil, "private, no-store")
			wantMoved(s.Editor(), "PUT", "?publish=false", body, "private, no-store", anyVersion)
			wantMoved(s.Editor(), "PATCH", "", doc{"title": "x"}, "private, no-store", anyVersion, merge)
			wantMoved(s.Editor(), "DELETE", "/draft", nil, "private, no-store", anyVersion)
			wantMoved(s.Publisher(), "DELETE", "", nil, "private, no-store", anyVersion)
			wantMoved(s.Publisher(), "POST", "/publish", nil, "private, no-store", anyVersion)
			wantMoved(s.Editor(), "POST", "/publish?dryRun=true", nil, "private, no-store")
			wantMoved(s.Editor(), "POST", "/editions/1/restore", nil, "private, no-store", anyVersion)
			wantMoved(s.Publisher(), "POST", "/unpublish", doc{"type": "recall", "explanation": "x"}, "private, no-store", anyVersion)
			if got := s.Reader().Get(path + "?view=draft").Must(200).String("status"); got != status {
				t.Fatalf("%s, want %s: a redirected request did something", got, status)
			}
			unpublish(s, path, "withdrawal").Must(200)
		}
	})
}

// TestSlugThereAndBack: an entry takes back a former slug of its own, and each address leads to the current one.
func TestSlugThereAndBack(t *testing.T) {
	t.Parallel()
	eachKind(t, func(t *testing.T, s *apitest.Service, k contentKind) {
		moved(t, s, k, "a", "b", "a")
		s.Anonymous().Get(k.path + "/a").Must(200)
		if got := s.Anonymous().Get(k.path + "/b").Must(308).Header.Get("Location"); got != apitest.BaseURL+k.path+"/a" {
			t.Errorf("b leads to %q", got)
		}
		s.Editor().Put(k.path+"/a", k.complete(t, s).with("slug", "b"), anyVersion).Must(200)
		s.Anonymous().Get(k.path + "/b").Must(308) // the draft changes nothing
		publish(s, k.path+"/a", "Back again.").Must(200)
		s.Anonymous().Get(k.path + "/b").Must(200)
		s.Anonymous().Get(k.path + "/a").Must(308)
	})
}

// TestTakenSlugs: nobody gets a slug that another entry of the type has, had, or has in a draft; a title makes another.
func TestTakenSlugs(t *testing.T) {
	t.Parallel()
	eachKind(t, func(t *testing.T, s *apitest.Service, k contentKind) {
		owner := moved(t, s, k, "former", "current")
		s.Editor().Patch(owner, doc{"slug": "reserved"}, anyVersion).Must(200)
		other := k.path + "/" + draft(s, k.path, doc{"title": "Draft only"}).String("id")
		for _, slug := range []string{"former", "current", "reserved"} {
			for name, answer := range map[string]*apitest.Answer{
				"POST":  s.Editor().Post(k.path, doc{"title": "x", "slug": slug}),
				"PUT":   s.Editor().Put(other, doc{"title": "x", "slug": slug}, anyVersion),
				"new":   s.Editor().Put(k.path+"/"+newID(t), doc{"title": "x", "slug": slug}, apitest.Header{"If-None-Match", "*"}),
				"PATCH": s.Editor().Patch(other, doc{"slug": slug}, anyVersion),
			} {
				t.Log(name, slug)
				wantEqual(t, answer.Problem(422, "invalid-content").Faults(), []string{"/slug taken"})
			}
			made := draft(s, k.path, doc{"title": strings.ToUpper(slug)})
			if got := made.String("slug"); got != slug+"-2" {
				t.Errorf("the title %s makes %q", slug, got)
			}
			if got := draft(s, k.path, doc{"title": slug}).String("slug"); got != slug+"-3" {
				t.Errorf("once more: %q", got)
			}
		}
		refused := s.Editor().Post(k.path, doc{"slug": "former"}).Problem(422, "invalid-content")
		wantEqual(t, refused.Faults(), []string{"/title required", "/slug taken"})
	})
}

// TestSlugsAreOfOneType: two types may use the same slug.
func TestSlugsAreOfOneType(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		for _, k := range contentKinds {
			if got := draft(s, k.path, doc{"title": "The same"}).String("slug"); got != "the-same" {
				t.Errorf("%s: %q", k.name, got)
			}
		}
	})
}

func TestSlugForms(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		id := newID(t)
		for _, slug := range []string{"Upper", "two words", "-a", "a-", "a--b", "é", "a_b", "order", id, strings.ToUpper(id),
			strings.Repeat("a", 101), "a/b", "a\n"} {
			refused := s.Editor().Post("/v1/pages", doc{"title": "x", "slug": slug}).Problem(422, "invalid-content")
			wantEqual(t, refused.Faults(), []string{"/slug format"})
		}
		for _, slug := range []string{"a", "0", "a-1-b", "orders", strings.Repeat("a", 100), strings.ReplaceAll(id, "-", "")} {
			if got := draft(s, "/v1/pages", doc{"title": "x", "slug": slug}).String("slug"); got != slug {
				t.Errorf("%q became %q", slug, got)
			}
		}
	})
}

func TestMadeSlugs(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		long := strings.Repeat("word ", 40)
		for _, c := range []struct{ title, want string }{
			{"Considerate & timely: people’s Café!", "considerate-and-timely-peoples-cafe"},
			{"Order", "item-order"},
			{"?", "item"},
			{"!", "item-2"},
			{long[:199], strings.TrimSuffix(strings.Repeat("word-", 20), "-")},
			{long[:194], strings.TrimSuffix(strings.Repeat("word-", 19), "-") + "-2"},
			{strings.Repeat("x", 200), strings.Repeat("x", 100)},
			{strings.Repeat("x", 150), strings.Repeat("x", 98) + "-2"},
		} {
			if got := draft(s, "/v1/pages", doc{"title": c.title}).String("slug"); got != c.want {
				t.Errorf("%q makes %q, want %q", c.title, got, c.want)
			}
		}
		path := "/v1/pages/" + draft(s, "/v1/pages", doc{"title": "At first"}).String("id")
		if got := s.Editor().Patch(path, doc{"title": "Later"}, anyVersion).Must(200).String("slug"); got != "at-first" {
			t.Errorf("a new title moved the page to %q", got)
		}
	})
}

// TestDraftSlugIsSecret: an address that only a draft has is reserved, and the public cannot tell it from nothing.
func TestDraftSlugIsSecret(t *testing.T) {
	t.Parallel()
	eachKind(t, func(t *testing.T, s *apitest.Service, k contentKind) {
		path := moved(t, s, k, "shown")
		s.Editor().Patch(path, doc{"slug": "secret"}, anyVersion).Must(200)
		s.Anonymous().Get(k.path+"/secret").Problem(404, "not-found")
		s.Editor().Get(k.path+"/secret").Problem(404, "not-found")
		s.Reader().Get(k.path + "/secret?view=draft").Must(200)
		s.Editor().Patch(k.path+"/secret", doc{"slug": "other"}, anyVersion).Must(200)
		if got := draft(s, k.path, doc{"title": "x", "slug": "secret"}).String("slug"); got != "secret" {
			t.Errorf("a slug that a draft gave up: %q", got)
		}
		s.Editor().Delete(path+"/draft", anyVersion).Must(204)
		draft(s, k.path, doc{"title": "x", "slug": "other"})
		if seen := s.Anonymous().Get(k.path + "/shown").Must(200); strings.Contains(string(seen.Raw), "secret") {
			t.Errorf("%s", seen.Raw)
		}
	})
}

// TestFreeSlugs: those of a discarded entry, and all of a recalled one, are free; those of what is gone are not.
func TestFreeSlugs(t *testing.T) {
	t.Parallel()
	eachKind(t, func(t *testing.T, s *apitest.Service, k contentKind) {
		gone := moved(t, s, k, "gone-former", "gone-current")
		unpublish(s, gone, "gone").Must(200)
		for _, slug := range []string{"gone-former", "gone-current"} {
			s.Editor().Post(k.path, doc{"title": "x", "slug": slug}).Problem(422, "invalid-content")
		}
		recalled := moved(t, s, k, "one", "two")
		s.Editor().Patch(recalled, doc{"slug": "three"}, anyVersion).Must(200)
		unpublish(s, recalled, "recall").Must(200)
		discarded := draft(s, k.path, doc{"title": "x", "slug": "four"})
		s.Editor().Delete(k.path+"/"+discarded.String("id"), anyVersion).Must(204)
		for _, slug := range []string{"one", "two", "three", "four"} {
			s.Anonymous().Get(k.path+"/"+slug).Problem(404, "not-found")
			draft(s, k.path, doc{"title": "x", "slug": slug})
		}
	})
}

// TestPutBySlugNeverCreates: a slug names what is there; only an id names what is not there yet.
func TestPutBySlugNeverCreates(t *testing.T) {
	t.Parallel()
	eachKind(t, func(t *testing.T, s *apitest.Service, k contentKind) {
		body := k.complete(t, s)
		s.Editor().Put(k.path+"/nothing-here", body, apitest.Header{"If-None-Match", "*"}).Problem(404, "not-found")
		path := moved(t, s, k, "here")
		s.Editor().Put(k.path+"/here", body.with("title", "By slug"), anyVersion).Must(200)
		if got := s.Reader().Get(path + "?view=draft").Must(200); got.String("title") != "By slug" || got.String("slug") != "here" {
			t.Errorf("%s", got.Raw)
		}
		s.Editor().Put(k.path+"/here", body, apitest.Header{"If-None-Match", "*"}).Problem(412, "stale")
		for _, id := range []string{"00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff"} {
			if got := s.Editor().Put(k.path+"/"+id, body, apitest.Header{"If-None-Match", "*"}).StatusCode; got != http.StatusUnprocessableEntity {
				t.Errorf("%s: %d", id, got)
			}
		}
	})
}
