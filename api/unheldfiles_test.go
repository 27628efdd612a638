package api_test

import (
	"strings"
	"testing"

	"github.com/cpics/working-together-api/api"
	"github.com/cpics/working-together-api/api/apitest"
	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/database/dbtest"
	"github.com/cpics/working-together-api/internal/file"
	"github.com/cpics/working-together-api/internal/file/clamd"
)

// TestFilesThatOnlyATextNames: whoever publishes such a text is told that the item does not keep the file.
func TestFilesThatOnlyATextNames(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		own, other := uploaded(t, s, "own.png", 1), uploaded(t, s, "other.png", 2)
		path := strings.TrimPrefix(other.String("href"), apitest.BaseURL)
		body := "![Own](" + own.String("href") + "?preset=card) ![Other](" + other.String("href") + ")\n\n[Again](" + path + "), [lost](/v1/files/" + newID(t) + "/x.pdf), [elsewhere](https://example.org/v1/files/a/b)."
		page := draft(s, "/v1/pages", text("A page").with("body", body, "heroImage", doc{"id": own.String("id")}))
		var told []string
		for _, check := range page.List("checks") {
			c := check.(map[string]any)
			told = append(told, c["severity"].(string)+" "+c["code"].(string)+" "+c["pointer"].(string))
		}
		wantSameSet(t, told, []string{"warning file-not-held /body", "warning file-not-there /body"})
		if !strings.Contains(string(page.Raw), "other.png, which this item does not use") {
			t.Errorf("%s", page.Raw)
		}
		publish(s, "/v1/pages/"+page.String("id"), "").Must(200)
		s.Anonymous().Get(own.String("href")).Must(200)
		s.Anonymous().Get(other.String("href")).Problem(404, "not-found")
	})
}

// TestFilesFromBeforeTheScanner: a service that gets a scanner gives out nothing that it has not seen.
func TestFilesFromBeforeTheScanner(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		store := apitest.Folder(t)
		before := apitest.New(t, db, func(cfg *api.Config) { cfg.Blobs = store })
		addresses, asset := hotAddresses(t, before)
		before.Anonymous().Get(addresses[0]).Must(200)
		before.Stop()
		away, err := clamd.New("127.0.0.1:1")
		if err != nil {
			t.Fatal(err)
		}
		for range 2 { // the second start has nothing to do
			if err := file.RequireScans(t.Context(), db); err != nil {
				t.Fatal(err)
			}
		}
		after := apitest.New(t, db, func(cfg *api.Config) { cfg.Blobs, cfg.Scanner = store, away })
		for _, address := range addresses {
			after.Anonymous().Get(address).Problem(404, "not-found")
			after.Reader().Get(address).Problem(404, "not-found")
		}
		after.Anonymous().Get(asset).Must(200)
		var jobs int64
		if err := db.Read(t.Context(), func(tx *database.Tx) error {
			return tx.Raw("SELECT count(*) FROM file_jobs WHERE kind = 'scan'").Scan(&jobs).Error
		}); err != nil || jobs != 2 {
			t.Errorf("%d files wait for the scanner (%v), want 2", jobs, err)
		}
	})
}
