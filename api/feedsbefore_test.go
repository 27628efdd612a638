package api_test

import (
	"fmt"
	"io/fs"
	"strings"
	"testing"

	"github.com/cpics/working-together-api/api/apitest"
	"github.com/cpics/working-together-api/internal/database/dbtest"
	"github.com/cpics/working-together-api/migrations"
)

// A service that was there before its feeds were gets them with the migrations.
func TestFeedsOfWhatWasThereBefore(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		relive(t, s, true)
		setClock(s, dawn)
		for i := range 3 {
			published(s, "/v1/pages", text(fmt.Sprint("In one second ", i)))
		}
		addresses := []string{"/v1/feeds/all.rss?limit=100", "/v1/feeds/case-studies.atom?principle=alpha"}
		var want []string
		for _, address := range addresses {
			want = append(want, string(s.Anonymous().Get(address).Must(200).Raw))
		}
		for _, statement := range []string{"UPDATE changes SET feed_at = NULL", "DELETE FROM feed_rows",
			up(t, "00036_feed_dates."+string(s.DB.Engine())+".sql"), up(t, "00037_feed_rows.sql")} {
			dbtest.Exec(t, s.DB, statement)
		}
		for i, address := range addresses {
			if got := string(s.Anonymous().Get(address).Must(200).Raw); got != want[i] {
				t.Errorf("%s:\n%s\n---\n%s", address, got, want[i])
			}
		}
	})
}

// up is what a migration of one statement does.
func up(t *testing.T, name string) string {
	t.Helper()
	text := string(must(fs.ReadFile(migrations.FS, name)))
	_, text, _ = strings.Cut(text, "-- +goose Up")
	text, _, _ = strings.Cut(text, "-- +goose Down")
	return text
}
