package api_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/cpics/working-together-api/api"
	"github.com/cpics/working-together-api/api/apitest"
	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/database/dbtest"
	"github.com/cpics/working-together-api/internal/web"
)

// discard is a client that takes everything at no cost.
type discard struct{ header http.Header }

func (d *discard) Header() http.Header         { return d.header }
func (d *discard) Write(b []byte) (int, error) { return len(b), nil }
func (d *discard) WriteHeader(int)             {}

// BenchmarkKept is what the service itself does for an answer that is kept: all but net/http and the socket.
func BenchmarkKept(b *testing.B) {
	db := dbtest.New(b, database.SQLite)
	service, err := api.New(api.Config{DB: db, Site: apitest.Site(b), MaxBodyKB: 1024, Record: func(web.Access) {}, OverviewPage: "p", ToolkitPage: "t"})
	if err != nil {
		b.Fatal(err)
	}
	s := apitest.New(b, db)
	smallWorld(s)
	for name, headers := range map[string]http.Header{
		"identity": {}, "brotli": {"Accept-Encoding": {"gzip, deflate, br, zstd"}}, "not modified": {"If-None-Match": {s.Anonymous().Get("/v1/case-studies").Tag()}},
	} {
		b.Run(name, func(b *testing.B) {
			r := httptest.NewRequest("GET", "/v1/case-studies", nil)
			r.Header = headers
			w := &discard{header: http.Header{}}
			service.ServeHTTP(w, r) // makes it
			b.ReportAllocs()
			for b.Loop() {
				clear(w.header)
				service.ServeHTTP(w, r)
			}
		})
	}
}

// BenchmarkMissed makes a list of twenty case studies, each with seven links, and an item, that are not kept.
func BenchmarkMissed(b *testing.B) {
	for _, engine := range []database.Engine{database.SQLite, database.Postgres} {
		db := dbtest.New(b, engine)
		s := apitest.New(b, db)
		manyLinks(s, 20)
		service, err := api.New(api.Config{DB: db, Site: apitest.Site(b), MaxBodyKB: 1024, CacheBytes: -1, Record: func(web.Access) {}, OverviewPage: "p", ToolkitPage: "t"})
		if err != nil {
			b.Fatal(err)
		}
		for what, address := range map[string]string{"list": "/v1/case-studies?limit=20", "item": "/v1/case-studies/story-3"} {
			b.Run(string(engine)+"/"+what, func(b *testing.B) {
				r := httptest.NewRequest("GET", address, nil)
				w := &discard{header: http.Header{}}
				b.ReportAllocs()
				for b.Loop() {
					clear(w.header)
					service.ServeHTTP(w, r)
				}
			})
		}
	}
}

// manyLinks publishes case studies, and what they link to.
func manyLinks(s *apitest.Service, count int) {
	var principles, topics, organisations []string
	for i := range 3 {
		published(s, "/v1/principles", text(fmt.Sprint("Principle ", i)))
		refer(s, "/v1/topics", topic(fmt.Sprint("Topic ", i)))
		refer(s, "/v1/organisations", organisation(fmt.Sprint("Organisation ", i)))
		principles, topics = append(principles, fmt.Sprint("principle-", i)), append(topics, fmt.Sprint("topic-", i))
		organisations = append(organisations, fmt.Sprint("organisation-", i))
	}
	prose := strings.Repeat("What was tried, and what came of it. ", 7)
	for i := range count {
		published(s, "/v1/case-studies", story(fmt.Sprint("Story ", i), "principle-0", "principles", principles, "topics", topics,
			"organisations", organisations[:1], "challenge", prose, "approach", prose, "outcome", prose))
	}
}
