//go:build services

package api_test

import (
	"strings"
	"testing"

	"github.com/cpics/working-together-api/api"
	"github.com/cpics/working-together-api/api/apitest"
	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/database/dbtest"
	"github.com/cpics/working-together-api/internal/file/clamd"
	"github.com/cpics/working-together-api/internal/file/clamd/clamdtest"
)

// A file waits while the scanner is away, is given out once it was found clean, and never when something was found.
func TestNobodyGetsAFileBeforeTheVirusScannerClearsIt(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		daemon := clamdtest.New(t)
		scanner, err := clamd.New(daemon.Address)
		if err != nil {
			t.Fatal(err)
		}
		s := apitest.New(t, db, func(cfg *api.Config) { cfg.Scanner = scanner })
		send := func(name, text string) *apitest.Answer {
			t.Helper()
			a := s.Editor().Upload([]apitest.Part{apitest.FilePart(name, text)}).Must(201)
			if a.String("scan") != "pending" {
				t.Errorf("%s is %s at once", name, a.String("scan"))
			}
			return a
		}
		state := func(a *apitest.Answer) string {
			return s.Reader().Get("/v1/files/" + a.String("id")).Must(200).String("scan")
		}
		clean, infected := send("clean.txt", "Guiding principles"), send("eicar.txt", clamdtest.EICAR)
		good := "/v1/toolkit-assets/" + draft(s, "/v1/toolkit-assets", poster(clean.String("id"))).String("id")
		bad := "/v1/toolkit-assets/" + draft(s, "/v1/toolkit-assets", poster(infected.String("id"))).String("id")
		for _, a := range []*apitest.Answer{clean, infected} {
			s.Reader().Get(a.String("href")).Problem(404, "not-found")
		}
		if refused := publish(s, good, "").Problem(422, "not-publishable"); !strings.Contains(string(refused.Raw), "not-scanned") {
			t.Errorf("%s", refused.Raw)
		}
		daemon.Run(t)
		eventually(t, func() bool { return state(clean) == "clean" && state(infected) == "infected" })
		publish(s, good, "").Must(200)
		s.Anonymous().Get(clean.String("href")).Must(200)
		if refused := publish(s, bad, "").Problem(422, "not-publishable"); !strings.Contains(string(refused.Raw), "infected") {
			t.Errorf("%s", refused.Raw)
		}
		for _, c := range []apitest.Client{s.Anonymous(), s.Reader(), s.Admin()} {
			c.Get(infected.String("href")).Problem(404, "not-found")
		}
	})
}
