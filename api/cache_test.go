package api_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cpics/working-together-api/api"
	"github.com/cpics/working-together-api/api/apitest"
	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/database/dbtest"
	"github.com/cpics/working-together-api/internal/web"
)

// keptAddresses are addresses of every kind whose answers are kept, in a service with a case study, its principle, an
// organisation and a topic.
var keptAddresses = []string{"/v1/principles", "/v1/principles/p?include=caseStudies", "/v1/case-studies?principle=p&facets=topic", "/v1/case-studies/s",
	"/v1/toolkit-assets", "/v1/pages?status=withdrawn", "/v1/organisations", "/v1/organisations/o", "/v1/topics", "/v1/topics/t", "/v1/overview",
	"/v1/changes?limit=2&item=true", "/v1/pages/nothing"}

// smallWorld publishes what keptAddresses are about.
func smallWorld(s *apitest.Service) {
	published(s, "/v1/principles", text("P"))
	refer(s, "/v1/topics", topic("T"))
	refer(s, "/v1/organisations", organisation("O"))
	published(s, "/v1/case-studies", story("S", "p", "topics", []string{"t"}, "organisations", []string{"o"}))
}

// TestKeptAnswersNeedNoDatabase: the second time, in any form, and not for those who show a credential.
func TestKeptAnswersNeedNoDatabase(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		smallWorld(s)
		for _, address := range keptAddresses {
			first := s.Anonymous().Get(address)
			var again []*apitest.Answer
			taken := leastStatements(s, func() {
				again = []*apitest.Answer{s.Anonymous().Get(address), s.Anonymous().Do("HEAD", address, nil),
					s.Anonymous().Get(address, apitest.Header{"Accept-Encoding", "br"}), s.Anonymous().Get(address, apitest.Header{"If-None-Match", first.Tag()}),
					s.Anonymous().Get(address, apitest.Header{"Origin", "https://www.example.nhs.uk"}), s.Anonymous().Get(address, apitest.Header{"If-Match", `"other"`})}
			})
			if taken != 0 {
				t.Errorf("%s: %d statements", address, taken)
			}
			wantSameAnswer(t, address, again[0], first)
			wantSameAnswer(t, address, again[4], first)
			if first.StatusCode == 200 && (again[3].StatusCode != 304 || again[5].StatusCode != 412) {
				t.Errorf("%s: conditional requests %d, %d", address, again[3].StatusCode, again[5].StatusCode)
			}
			if head := again[1]; head.StatusCode != first.StatusCode || len(head.Raw) > 0 ||
				head.StatusCode == 200 && head.Header.Get("Content-Length") != first.Header.Get("Content-Length") {
				t.Errorf("%s: HEAD %d %s", address, head.StatusCode, headerLines(head.Header))
			}
			if leastStatements(s, func() { s.Reader().Get(address) }) < 2 { // one finds the token
				t.Errorf("%s with a credential was answered from what is kept for everyone", address)
			}
		}
	})
}

// wantSameAnswer compares all but what belongs to one request.
func wantSameAnswer(t *testing.T, what string, got, want *apitest.Answer) {
	t.Helper()
	for _, a := range []*apitest.Answer{got, want} {
		a.Header.Del("Date")
		a.Header.Del("X-Request-Id")
	}
	body := func(a *apitest.Answer) string {
		if a.StatusCode == 200 {
			return string(a.Raw)
		}
		return a.String("type") + a.String("detail")
	}
	if got.StatusCode == 404 {
		got.Header.Del("Content-Length") // request ids have their own lengths
		want.Header.Del("Content-Length")
	}
	if got.StatusCode != want.StatusCode || body(got) != body(want) || headerLines(got.Header) != headerLines(want.Header) {
		t.Errorf("%s: %d\n%s%s\nwant %d\n%s%s", what, got.StatusCode, headerLines(got.Header), got.Raw, want.StatusCode, headerLines(want.Header), want.Raw)
	}
}

// TestAWriteIsSeenAtOnce: whatever a write changes for readers, the next answer of the same service has it.
func TestAWriteIsSeenAtOnce(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		smallWorld(s)
		readAll := func() {
			for _, address := range append(slices.Clone(keptAddresses), "/v1/case-studies/new", "/v1/case-studies/s-two", "/v1/case-studies?topic=t",
				"/v1/case-studies?sort=-updatedAt&limit=1", "/v1/case-studies?q=zebra", "/v1/case-studies?updatedAfter=2020-01-01&limit=1", "/v1/feeds/all.json", "/v1/search?q=zebra") {
				s.Anonymous().Get(address)
			}
		}
		for _, step := range []struct {
			what    string
			write   func() *apitest.Answer
			address string
			want    string
		}{
			{"a linked title", func() *apitest.Answer {
				return s.Publisher().Patch("/v1/principles/p?publish=true&updateType=minor", doc{"title": "P two"}, anyVersion)
			}, "/v1/case-studies/s", `"title":"P two"`},
			{"a topic", func() *apitest.Answer {
				return s.Editor().Patch("/v1/topics/t", doc{"name": "T two"}, anyVersion)
			}, "/v1/case-studies?principle=p&facets=topic", `"title":"T two","count":1`},
			{"a first publish", func() *apitest.Answer {
				return published(s, "/v1/case-studies", story("New", "p", "topics", []string{"t"}))
			},
				"/v1/case-studies?topic=t", `"title":"New"`},
			{"a first publish, at an address that was nothing", nil, "/v1/case-studies/new", `"title":"New"`},
			{"a first publish, counted", nil, "/v1/case-studies?principle=p&facets=topic", `"count":2`},
			{"a first publish, in what is included", nil, "/v1/principles/p?include=caseStudies", `"title":"New"`},
			{"a first publish, in the overview", nil, "/v1/overview", `"title":"New"`},
			{"another edition", func() *apitest.Answer {
				setClock(s, dawn.AddDate(20, 0, 0))
				return s.Publisher().Patch("/v1/case-studies/s?publish=true&changeNote=More", doc{"summary": "About a zebra."}, anyVersion)
			}, "/v1/case-studies/s", "zebra"},
			{"another edition, in a list", nil, "/v1/case-studies?topic=t", "zebra"},
			{"another edition, in the order of editions", nil, "/v1/case-studies?sort=-updatedAt&limit=1", "zebra"},
			{"another edition, by a date", nil, "/v1/case-studies?updatedAfter=2020-01-01&limit=1", `"updatedAt":"20`},
			{"another edition, by a word", nil, "/v1/case-studies?q=zebra", "About a zebra."},
			{"another edition, in a search", nil, "/v1/search?q=zebra", "<mark>zebra</mark>"},
			{"another edition, in a feed", nil, "/v1/feeds/all.json", "zebra"},
			{"a new address", func() *apitest.Answer {
				return s.Publisher().Patch("/v1/case-studies/s?publish=true&updateType=minor", doc{"slug": "s-two"}, anyVersion)
			}, "/v1/case-studies/s-two", `"slug":"s-two"`},
			{"a withdrawal", func() *apitest.Answer { return unpublish(s, "/v1/principles/p", "withdrawal") }, "/v1/case-studies/s-two", `"principles":[]`},
			{"a withdrawal, in a filter", nil, "/v1/case-studies?principle=p&facets=topic", `"total":0`},
			{"removal", func() *apitest.Answer { return unpublish(s, "/v1/case-studies/s-two", "gone") }, "/v1/case-studies/s-two", `"status":410`},
			{"recall", func() *apitest.Answer { return unpublish(s, "/v1/case-studies/s-two", "recall") }, "/v1/case-studies/s-two", `"status":404`},
		} {
			if step.write != nil {
				readAll()
				if a := step.write(); a.StatusCode > 299 {
					t.Fatalf("%s: %d %s", step.what, a.StatusCode, a.Raw)
				}
			}
			if a := s.Anonymous().Get(step.address); !strings.Contains(string(a.Raw), step.want) {
				t.Errorf("%s: %s has no %s:\n%s", step.what, step.address, step.want, a.Raw)
			}
		}
	})
}

// TestWhatDidNotChangeIsKept: another edition makes old what shows it, and no list beside.
func TestWhatDidNotChangeIsKept(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		smallWorld(s)
		setClock(s, dawn.Add(time.Hour))
		published(s, "/v1/case-studies", story("Newer", "p"))
		refer(s, "/v1/topics", topic("Other"))
		ask, counts := inProcess(t, s.DB, 0)
		note := 0
		for address, stays := range map[string]bool{
			"/v1/case-studies?sort=firstPublishedAt&limit=1": true, "/v1/case-studies?sort=title&limit=1": true, "/v1/case-studies/newer": true, "/v1/principles": true,
			"/v1/case-studies?limit=2": false, "/v1/case-studies?topic=t": false, "/v1/case-studies?sort=-updatedAt&limit=1": false,
			"/v1/case-studies?q=newer": false, "/v1/overview": false, "/v1/changes": false,
		} {
			note++
			ask(address)
			s.Publisher().Patch("/v1/case-studies/s?publish=true&changeNote=n", doc{"summary": fmt.Sprint(note)}, anyVersion).Must(200)
			before := counts["wtapi_cache_fills_total"]()
			ask(address)
			if made := counts["wtapi_cache_fills_total"]() - before; stays != (made == 0) {
				t.Errorf("%s was made %v times after another edition", address, made)
			}
		}
		for address, stays := range map[string]bool{
			"/v1/case-studies?sort=firstPublishedAt&limit=1": true, "/v1/case-studies/newer": true, "/v1/topics": true,
			"/v1/case-studies?limit=2": false, "/v1/case-studies?sort=title&limit=1": false, "/v1/case-studies?sort=-updatedAt&limit=1": false,
			"/v1/case-studies?q=newer": false, "/v1/overview": false,
		} {
			note++
			ask(address)
			s.Publisher().Patch("/v1/case-studies/s?publish=true&changeNote=n", doc{"title": fmt.Sprint("Title ", note)}, anyVersion).Must(200)
			before := counts["wtapi_cache_fills_total"]()
			ask(address)
			if made := counts["wtapi_cache_fills_total"]() - before; stays != (made == 0) {
				t.Errorf("%s was made %v times after another title", address, made)
			}
		}
		s.Anonymous().Get("/v1/case-studies?topic=other").Must(200)
		s.Publisher().Patch("/v1/case-studies/newer?publish=true&updateType=minor", doc{"topics": []string{"other"}}, anyVersion).Must(200)
		if total := s.Anonymous().Get("/v1/case-studies?topic=other").Int("total"); total != 1 {
			t.Errorf("a list does not have what came to belong there: %d", total)
		}
	})
}

// inProcess is another service on the same database that is asked without a socket, with its numbers.
func inProcess(t *testing.T, db *database.DB, cacheBytes int64) (ask func(address string), counts map[string]func() float64) {
	t.Helper()
	service, err := api.New(api.Config{DB: db, Site: apitest.Site(t), MaxBodyKB: 1024, Record: func(web.Access) {}, OverviewPage: "p", ToolkitPage: "t", CacheBytes: cacheBytes})
	if err != nil {
		t.Fatal(err)
	}
	counts = map[string]func() float64{}
	for _, c := range service.Counts() {
		counts[c.Name] = c.Value
	}
	return func(address string) {
		w := httptest.NewRecorder()
		if service.ServeHTTP(w, httptest.NewRequest("GET", address, nil)); w.Code != 200 {
			t.Errorf("%s: %d %s", address, w.Code, w.Body)
		}
	}, counts
}

// TestVariationsDoNotDriveOutWhatIsHot: somebody makes up addresses without end while everybody asks for a few.
func TestVariationsDoNotDriveOutWhatIsHot(t *testing.T) {
	t.Parallel()
	const budget = 1 << 20
	db := dbtest.New(t, database.SQLite)
	s := apitest.New(t, db, func(cfg *api.Config) { cfg.CacheBytes = budget })
	smallWorld(s)
	ask, counts := inProcess(t, db, budget)
	hot := keptAddresses[:len(keptAddresses)-1]
	hits, asked, made := 0.0, 0.0, 0
	for round := range 150 {
		before := counts["wtapi_cache_hits_total"]()
		for _, address := range hot {
			ask(address)
		}
		if round > 10 {
			hits, asked = hits+counts["wtapi_cache_hits_total"]()-before, asked+float64(len(hot))
		}
		for range 20 {
			made++
			ask(fmt.Sprintf("/v1/case-studies?limit=%d&updatedAfter=20%02d-01-%02d", 1+made%100, made/100%20, 1+made%28))
		}
		if now := counts["wtapi_cache_bytes"](); now > budget*1.1 {
			t.Fatalf("%v bytes are kept", now)
		}
	}
	if hits/asked < 0.95 {
		t.Errorf("only %.0f %% of what is hot was kept", 100*hits/asked)
	}
}

// TestReadersNeverGoBack publishes again and again, on two replicas in turn, and reads everything back at once, while
// readers of both look: what somebody has seen of an item, in whatever answer, they never see an older edition of. It
// does so a thousand times in make torture.
func TestReadersNeverGoBack(t *testing.T) {
	t.Parallel()
	readers, rounds := 16, 200
	if os.Getenv("WT_TEST_TORTURE") != "" {
		rounds = 1000
	}
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		replicas := []*apitest.Service{apitest.New(t, db), nil}
		replicas[1] = apitest.New(t, dbtest.Replica(t, db))
		published(replicas[0], "/v1/pages", text("P"))
		id := replicas[0].Anonymous().Get("/v1/pages/p").String("id")
		views := []string{"/v1/pages/p", "/v1/pages", "/v1/pages/" + id, "/v1/pages?fields=edition", "/v1/pages/p?seq=1", "/v1/pages?sort=title&limit=1"}
		done := make(chan struct{})
		var all sync.WaitGroup
		for i := range readers {
			all.Go(func() {
				last := 0
				for k := i; ; k++ {
					select {
					case <-done:
						return
					case <-time.After(5 * time.Millisecond): // or nothing is left for who publishes
					}
					view := views[k%len(views)]
					if now := editionOf(replicas[i%2].Anonymous().Get(view)); now < last {
						t.Errorf("%s shows edition %d to who has seen %d", view, now, last)
						return
					} else {
						last = now
					}
				}
			})
		}
		for n := 2; n <= rounds+1 && !t.Failed(); n++ {
			s := replicas[n%2]
			replicas[0].Publisher().At(s).Patch("/v1/pages/p?publish=true&updateType=minor", doc{"summary": fmt.Sprint(n)}, anyVersion).Must(200)
			if view := views[n%len(views)]; editionOf(s.Anonymous().Get(view)) != n {
				t.Errorf("%s does not show edition %d to who has published it", view, n)
			}
		}
		close(done)
		all.Wait()
	})
}

// editionOf is the edition that an item, or the first of a list, has.
func editionOf(a *apitest.Answer) int {
	if a.Must(200).At("items") != nil {
		return a.Int("items", 0, "edition")
	}
	return a.Int("edition")
}

// TestOthersAreHeardWithoutNotice: a replica that nobody notifies looks for itself. On SQLite nobody ever does.
func TestOthersAreHeardWithoutNotice(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		if db.Engine() == database.Postgres {
			dbtest.Exec(t, db, "DROP TRIGGER change_head_notify ON change_head")
		}
		wantHeard(t, db, func(*api.Config) {})
	})
}

// TestOthersAreHeardByNotice: nobody looks within an hour.
func TestOthersAreHeardByNotice(t *testing.T) {
	t.Parallel()
	wantHeard(t, dbtest.New(t, database.Postgres), func(cfg *api.Config) { cfg.LookEvery = time.Hour })
}

// wantHeard publishes on one replica and reads what another one keeps.
func wantHeard(t *testing.T, db *database.DB, change func(*api.Config)) {
	t.Helper()
	here, there := apitest.New(t, db, change), apitest.New(t, dbtest.Replica(t, db), change)
	published(here, "/v1/pages", text("P"))
	for n := 2; n < 5; n++ {
		there.Anonymous().Get("/v1/pages/p").Must(200)
		here.Publisher().Patch("/v1/pages/p?publish=true&updateType=minor", doc{"summary": fmt.Sprint(n)}, anyVersion).Must(200)
		eventually(t, func() bool { return there.Anonymous().Get("/v1/pages/p").Int("edition") == n })
	}
}

// TestOneFillServesAll: however many ask at once for what is not kept, the database is asked once.
func TestOneFillServesAll(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		smallWorld(s)
		limit := 1
		fill := func(many int) int64 {
			return leastStatements(s, func() {
				limit++
				address := fmt.Sprint("/v1/case-studies?limit=", limit)
				for _, a := range atOnce(many, func(int) *apitest.Answer { return s.Anonymous().Get(address) }) {
					a.Must(http.StatusOK)
				}
			})
		}
		if one, all := fill(1), fill(40); all != one || one == 0 {
			t.Errorf("%d statements for forty, %d for one", all, one)
		}
	})
}
