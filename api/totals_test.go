package api_test

import (
	"fmt"
	"testing"

	"github.com/google/uuid"

	"github.com/cpics/working-together-api/api/apitest"
	"github.com/cpics/working-together-api/internal/content"
	"github.com/cpics/working-together-api/internal/content/page"
	"github.com/cpics/working-together-api/internal/database"
)

// manyPages stores live pages in a fraction of the time that publishing takes. Only their ids lead to them: they have no addresses.
func manyPages(t *testing.T, s *apitest.Service, many int) {
	t.Helper()
	entries, editions, pages := make([]content.Entry, many), make([]content.Edition, many), make([]page.Input, many)
	for i := range many {
		id, slug, key := uuid.MustParse(idOf(fmt.Sprint(i))), fmt.Sprint("page-", i), fmt.Append(nil, "page ", i)
		entries[i] = content.Entry{ID: id, Type: "page", Status: content.Live, Version: 1, Slug: slug, Title: slug, TitleKey: key,
			CreatedAt: dawn, SavedAt: dawn, FirstPublishedAt: &dawn, UpdatedAt: &dawn}
		editions[i] = content.Edition{ID: id, EntryID: id, Number: 1, State: "draft", Slug: slug, Title: slug, TitleKey: key, Summary: "A page.",
			Language: "en-GB", UpdateType: content.Major, ChangeNote: "First published", PublishedAt: &dawn}
		pages[i].EditionID = id
	}
	err := s.DB.Write(t.Context(), func(tx *database.Tx) error {
		for _, rows := range []struct {
			table string
			of    any
		}{{"entries", &entries}, {"editions", &editions}, {"pages", &pages}} {
			if err := tx.Table(rows.table).CreateInBatches(rows.of, 500).Error; err != nil {
				return err
			}
		}
		return tx.Exec("UPDATE editions SET state = 'live'").Error
	})
	if err != nil {
		t.Fatal(err)
	}
	rebuild(t, s.DB)
}

func TestTotals(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		manyPages(t, s, 10_001)
		wantTotals(t, s, []counted{
			{"", 10_001, false}, {"language=en-GB", 10_001, false}, {"status=live&sort=title", 10_001, false}, {"language=cy", 0, false},
			{"language=en-GB&language=cy", 10_000, true}, {"publishedAfter=2000-01-01", 10_000, true}, {"updatedAfter=2000-01-01", 10_000, true},
			{"publishedBefore=2100-01-01&language=en-GB", 10_000, true}, {"publishedAfter=2100-01-01", 0, false},
		})
		s.Publisher().Delete("/v1/pages/"+idOf("7"), anyVersion).Must(204)
		wantTotals(t, s, []counted{{"", 10_000, false}, {"publishedAfter=2000-01-01", 10_000, false}})
		s.Publisher().Delete("/v1/pages/"+idOf("8"), anyVersion).Must(204)
		wantTotals(t, s, []counted{{"", 9_999, false}, {"publishedAfter=2000-01-01", 9_999, false}})
	})
}

// counted is a query and how many a list says it finds.
type counted struct {
	query     string
	total     int
	isMinimum bool
}

func wantTotals(t *testing.T, s *apitest.Service, rows []counted) {
	t.Helper()
	for _, row := range rows {
		a := s.Anonymous().Get("/v1/pages?limit=1&" + row.query).Must(200)
		if a.Int("total") != row.total || (a.At("totalIsMinimum") == true) != row.isMinimum || row.isMinimum == (a.At("totalIsMinimum") == nil) {
			t.Errorf("%s: total %d, totalIsMinimum %v", row.query, a.Int("total"), a.At("totalIsMinimum"))
		}
	}
}
