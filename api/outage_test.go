package api_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/cpics/working-together-api/api/apitest"
	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/database/dbtest"
	"github.com/cpics/working-together-api/internal/database/dbtest/cluster"
)

// TestReadsSurviveTheDatabase stops the server under a running service, and starts it again.
func TestReadsSurviveTheDatabase(t *testing.T) {
	t.Parallel()
	server, err := cluster.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Stop() })
	db := dbtest.Open(t, server.URL)
	if err := database.Migrate(t.Context(), db); err != nil {
		t.Fatal(err)
	}
	s := apitest.New(t, db)
	smallWorld(s)
	published(s, "/v1/pages", text("Taken back"))
	files, _ := hotAddresses(t, s)
	survive := []string{"/v1/principles", "/v1/principles/p?include=caseStudies", "/v1/case-studies", "/v1/case-studies?limit=1&sort=title",
		"/v1/case-studies/s", "/v1/case-studies/s?format=html", "/v1/topics", "/v1/topics/t", "/v1/overview", "/v1/changes", "/v1/changes?limit=2&item=true"}
	survive = append(survive, files[0], files[1], files[3])
	before := map[string]*apitest.Answer{}
	read := func(addresses ...string) {
		for _, address := range addresses {
			before[address] = s.Anonymous().Get(address).Must(200)
		}
	}
	read(append(survive, "/v1/pages/taken-back", "/v1/case-studies?topic=t", "/v1/feeds/all.json")...)
	// What is kept is old for what was published last, and nothing is kept of what was taken back, nor what might show it.
	unpublish(s, "/v1/pages/taken-back", "recall").Must(200)
	read("/v1/changes", "/v1/changes?limit=2&item=true")
	s.Publisher().Patch("/v1/principles/p?publish=true&updateType=minor", doc{"title": "P two"}, anyVersion).Must(200)

	if err := server.Halt(); err != nil {
		t.Fatal(err)
	}
	wantOutage(t, s, survive, before)
	if err := server.Resume(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantRecovery(t, s)
}

func wantOutage(t *testing.T, s *apitest.Service, survive []string, before map[string]*apitest.Answer) {
	t.Helper()
	for range 3 { // before the service has noticed, and after
		for _, address := range survive {
			a := s.Anonymous().Get(address).Must(200)
			if a.Tag() == "" || a.Header.Get("Cache-Control") != before[address].Header.Get("Cache-Control") {
				t.Errorf("%s: %s", address, headerLines(a.Header))
			}
			s.Anonymous().Get(address, apitest.Header{"If-None-Match", a.Tag()}).Must(304)
		}
		time.Sleep(600 * time.Millisecond)
	}
	for _, a := range []*apitest.Answer{s.Anonymous().Get("/v1/pages/taken-back"), s.Anonymous().Get("/v1/feeds/all.json"), s.Anonymous().Get("/v1/case-studies?topic=t"),
		s.Anonymous().Get("/v1/case-studies?principle=p"), s.Anonymous().Get("/v1/search?q=s"), s.Editor().Post("/v1/pages", text("New")),
		s.Reader().Get("/v1/case-studies/s")} {
		if a.Problem(http.StatusServiceUnavailable, "unavailable").Header.Get("Retry-After") == "" {
			t.Errorf("%s: no Retry-After", a.Request.URL)
		}
	}
	ready := s.Anonymous().Get("/readyz").Must(200)
	if ready.At("reads") != true || ready.At("writes") != false {
		t.Errorf("%s", ready.Raw)
	}
	s.Anonymous().Get("/readyz?writes").Problem(http.StatusServiceUnavailable, "unavailable")
}

// wantRecovery waits until all is as ever.
func wantRecovery(t *testing.T, s *apitest.Service) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	for s.Anonymous().Get("/readyz?writes").StatusCode != 200 || s.Anonymous().Get("/v1/case-studies/s").String("principles", 0, "title") != "P two" {
		if ctx.Err() != nil {
			t.Fatal("five seconds after the database is back, the service is not")
		}
		time.Sleep(50 * time.Millisecond)
	}
	published(s, "/v1/pages", text("Later"))
	s.Anonymous().Get("/v1/pages/later").Must(200)
	s.Anonymous().Get("/v1/pages/taken-back").Problem(404, "not-found")
}
