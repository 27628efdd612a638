package api_test

import (
	"net/http"
	"net/http/httptest"
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
