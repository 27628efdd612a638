package api_test

import (
	"strings"
	"testing"

	"github.com/cpics/working-together-api/api/apitest"
	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/database/dbtest"
)

func TestTheRootLeadsToEverything(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, dbtest.New(t, database.SQLite))
	root := s.Anonymous().Get("/").Must(200)
	if root.Header.Get("ETag") == "" || root.String("version") != "test" {
		t.Errorf("%v %s", root.Header, root.Raw)
	}
	for name, address := range root.JSON()["links"].(map[string]any) {
		path, own := strings.CutPrefix(address.(string), apitest.BaseURL)
		if !own {
			t.Errorf("%s leads elsewhere: %s", name, address)
		}
		// Two of them say nothing without a word or an address to look for; that they need it they say themselves.
		if needs := map[string]string{"search": "q required", "oembed": "url required"}[name]; needs != "" {
			wantSameSet(t, s.Admin().Get(path).Problem(400, "invalid-query").Faults(), []string{needs})
			continue
		}
		s.Admin().Get(path).Must(200)
	}
}

func TestHealthIsAnsweredWithoutALookAtTheDatabase(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		ready := s.Anonymous().Get("/readyz?writes").Must(200)
		if ready.At("reads") != true || ready.At("writes") != true || len(ready.List("checks")) != 2 {
			t.Errorf("ready: %s", ready.Raw)
		}
		if err := s.DB.Close(); err != nil {
			t.Fatal(err)
		}
		for _, c := range []apitest.Client{s.Anonymous(), s.Admin()} { // a credential would have to be looked up
			alive := c.Get("/healthz").Must(200)
			if cache := alive.Header.Get("Cache-Control"); !strings.Contains(cache, "no-store") || alive.String("status") != "alive" {
				t.Errorf("alive: %s %s", cache, alive.Raw)
			}
		}
		s.Anonymous().Get("/healthz?x").Problem(400, "invalid-query")
	})
}

func TestAServiceWithoutItsDatabaseIsNotReady(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		if err := s.DB.Close(); err != nil {
			t.Fatal(err)
		}
		for _, path := range []string{"/readyz", "/readyz?writes", "/readyz?writes=true"} {
			p := s.Anonymous().Get(path).Problem(503, "unavailable")
			if p.At("reads") != false || p.At("writes") != false || p.String("checks", 0, "detail") == "" || p.Header.Get("Retry-After") == "" ||
				p.Header.Get("Cache-Control") != "no-store" {
				t.Errorf("%s: %v %s", path, p.Header, p.Raw)
			}
		}
		s.Anonymous().Get("/readyz?writes=false").Problem(400, "invalid-query")
	})
}
