package api_test

import (
	"fmt"
	"log/slog"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/cpics/working-together-api/api"
	"github.com/cpics/working-together-api/api/apitest"
	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/database/dbtest"
)

const (
	usual     = "public, max-age=60, stale-while-revalidate=60, stale-if-error=86400"
	usualFile = "public, max-age=300, immutable"
)

// lifetime is what Cache-Control says when so many seconds are left.
func lifetime(fresh, stale int) string {
	return fmt.Sprintf("public, max-age=%d, stale-while-revalidate=%d, stale-if-error=86400", fresh, stale)
}

// publicAddresses are addresses of all sorts that anyone may read and caches may keep, a file last.
func publicAddresses(t *testing.T, s *apitest.Service) []string {
	smallWorld(s)
	file := uploaded(t, s, "poster.png", 1)
	published(s, "/v1/toolkit-assets", poster(file.String("id")))
	all := slices.DeleteFunc(slices.Clone(keptAddresses), func(address string) bool {
		return address == "/v1/pages/nothing" || address == "/v1/changes?limit=2&item=true" // not kept, or not without asking
	})
	return append(all, "/v1/case-studies/s?format=html", "/v1/case-studies/s?format=jsonld", "/v1/feeds/all.rss", "/v1/search?q=s", "/v1/oembed?url="+apitest.BaseURL+"/v1/case-studies/s",
		"/v1/toolkit.zip", file.String("href"))
}

// TestNothingIsKeptPastASchedule: whoever answers, from memory or anew, the same and not.
func TestNothingIsKeptPastASchedule(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		c := clockOf(db)
		files := apitest.Folder(t)
		shared := func(cfg *api.Config) { cfg.Blobs = files }
		s, other := apitest.New(t, db, often, shared), apitest.New(t, db, often, shared)
		addresses := publicAddresses(t, s)
		first := map[string]*apitest.Answer{}
		for _, address := range addresses {
			first[address] = s.Anonymous().Get(address).Must(200)
		}
		at := midday.Add(time.Hour)
		path := "/v1/pages/" + draft(s, "/v1/pages", text("Page")).String("id")
		publishAt(s, path, at).Must(202)
		for _, step := range []struct {
			before time.Duration
			said   string
			file   string
		}{
			{time.Hour, usual, usualFile},
			{121 * time.Second, usual, usualFile},
			{120 * time.Second, lifetime(60, 59), "public, max-age=119, immutable"},
			{62 * time.Second, lifetime(60, 1), "public, max-age=61, immutable"},
			{61 * time.Second, lifetime(60, 0), "public, max-age=60, immutable"},
			{30 * time.Second, lifetime(29, 0), "public, max-age=29, immutable"},
			{time.Second, lifetime(0, 0), "public, max-age=0, immutable"},
		} {
			c.set(at.Add(-step.before))
			for i, address := range addresses {
				want := step.said
				if i == len(addresses)-1 {
					want = step.file
				}
				for name, replica := range map[string]*apitest.Service{"this": s, "other": other} {
					if replica == other { // within a second; often is sooner
						eventually(t, func() bool { return other.Anonymous().Get(address).Header.Get("Cache-Control") == want })
					}
					answer := replica.Anonymous().Get(address).Must(200)
					if got := answer.Header.Get("Cache-Control"); got != want {
						t.Errorf("%s before, %s replica: %s says %s, want %s", step.before, name, address, got, want)
					}
					again := replica.Anonymous().Get(address, apitest.Header{"If-None-Match", answer.Tag()}).Must(304)
					if got := again.Header.Get("Cache-Control"); got != want {
						t.Errorf("%s before: 304 of %s says %s, want %s", step.before, address, got, want)
					}
					answer.Header.Set("Cache-Control", first[address].Header.Get("Cache-Control"))
					wantSameAnswer(t, address, answer, first[address])
				}
			}
			if got := s.Reader().Get(addresses[0]).Header.Get("Cache-Control"); got != "private, no-store" {
				t.Errorf("with a credential it says %s", got)
			}
			if got := s.Anonymous().Get("/v1/changes?limit=1").Header.Get("Cache-Control"); got != "public, no-cache" {
				t.Errorf("the log says %s", got)
			}
		}
		c.set(at)
		for _, replica := range []*apitest.Service{s, other} {
			eventually(t, func() bool { return replica.Anonymous().Get("/v1/pages").Header.Get("Cache-Control") == usual })
			if titles := replica.Anonymous().Get("/v1/pages").Column("title"); len(titles) != 1 {
				t.Errorf("kept for as long as ever, it shows %q", titles)
			}
		}
	})
}

// TestTheNearestScheduleCounts, one that is made late and for a moment the replica that made it has to know at once, and
// another when that is cancelled.
func TestTheNearestScheduleCounts(t *testing.T) {
	t.Parallel()
	scheduling(t, func(t *testing.T, s *apitest.Service, c *clock) {
		page := "/v1/pages/" + published(s, "/v1/pages", text("Page", "slug", "former")).String("id")
		s.Publisher().Patch(page+"?publish=true&updateType=minor", doc{"slug": "page"}, anyVersion).Must(200)
		soon := "/v1/pages/" + draft(s, "/v1/pages", text("Soon")).String("id")
		says := func(path string) string { return s.Anonymous().Get(path).Header.Get("Cache-Control") }
		for range 2 {
			if got := says("/v1/pages/page"); got != usual {
				t.Fatalf("it says %s", got)
			}
		}
		unpublishAt(s, page, "gone", midday.Add(90*time.Second)).Must(202)
		if got := says("/v1/pages/page"); got != lifetime(60, 29) {
			t.Errorf("with the unpublish: %s", got)
		}
		publishAt(s, soon, midday.Add(20*time.Second)).Must(202)
		if got := says("/v1/pages/page"); got != lifetime(19, 0) {
			t.Errorf("with the publish: %s", got)
		}
		if got := s.Anonymous().Get("/v1/pages/former").Must(308).Header.Get("Cache-Control"); got != "public, max-age=19" {
			t.Errorf("the former address: %s", got)
		}
		cancel(s, soon, "publish").Must(204)
		eventually(t, func() bool { return says("/v1/pages/page") == lifetime(60, 29) })
		cancel(s, page, "unpublish").Must(204)
		eventually(t, func() bool { return says("/v1/pages/page") == usual })
	})
}

// TestTheFirstAnswerKnowsTheSchedule, before the service has begun to look, and while what is due cannot be done.
func TestTheFirstAnswerKnowsTheSchedule(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		c := clockOf(db)
		s := apitest.New(t, db, often)
		published(s, "/v1/pages", text("Page"))
		publishAt(s, "/v1/pages/"+draft(s, "/v1/pages", text("Soon")).String("id"), midday.Add(45*time.Second)).Must(202)
		s.Stop()
		idle, err := api.New(api.Config{DB: db, Site: apitest.Site(t), Log: slog.New(slog.DiscardHandler), MaxBodyKB: 1})
		if err != nil {
			t.Fatal(err)
		}
		for _, step := range []struct {
			after time.Duration
			want  string
		}{{0, lifetime(44, 0)}, {45 * time.Second, lifetime(0, 0)}, {time.Hour, lifetime(0, 0)}} {
			c.set(midday.Add(step.after))
			for range 2 { // anew, and from memory
				w := httptest.NewRecorder()
				idle.ServeHTTP(w, httptest.NewRequest("GET", "/v1/pages/page", nil))
				if got := w.Header().Get("Cache-Control"); w.Code != 200 || got != step.want {
					t.Errorf("%s after: %d %s, want %s", step.after, w.Code, got, step.want)
				}
			}
		}
	})
}
