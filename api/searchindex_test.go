package api_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/cpics/working-together-api/api/apitest"
	"github.com/cpics/working-together-api/internal/change"
	"github.com/cpics/working-together-api/internal/content"
	"github.com/cpics/working-together-api/internal/database"
)

// searchTables write down all that is kept for the search.
var searchTables = map[database.Engine][]string{
	database.SQLite:   {"SELECT place || ' ' || tokens FROM (SELECT rowid AS place, tokens FROM search_index ORDER BY rowid)"},
	database.Postgres: {"SELECT place || ' ' || array_to_string(ARRAY(SELECT t FROM unnest(tsvector_to_array(tokens)) AS t ORDER BY t COLLATE \"C\"), ' ') FROM search_index ORDER BY place"},
}

// searchIndex writes down all that is kept for the search, but tokens of links: those of what was recalled or thrown away
// since stay until the document that had them is published again.
func searchIndex(t *testing.T, s *apitest.Service) []string {
	t.Helper()
	var all []string
	err := s.DB.Read(t.Context(), func(tx *database.Tx) error {
		statements := append(slices.Clone(searchTables[tx.Engine]),
			"SELECT place || ' ' || CAST(entry_id AS text) || ' ' || title || '|' || summary || '|' || body FROM search_documents ORDER BY place",
			"SELECT term || ' ' || backwards || ' ' || documents FROM search_terms WHERE term NOT LIKE 'l%' ORDER BY term")
		for _, statement := range statements {
			var rows []string
			if err := tx.Raw(statement).Scan(&rows).Error; err != nil {
				return err
			}
			all = append(all, rows...)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for i, row := range all {
		all[i] = strings.Join(slices.DeleteFunc(strings.Fields(row), func(token string) bool { return len(token) == len("l3f9c5b8a7d6e4f2a") && token[0] == 'l' }), " ")
	}
	return all
}

// wantSearchKept fails the test unless the search is what it would be if it were made anew.
func wantSearchKept(t *testing.T, s *apitest.Service) {
	t.Helper()
	kept := searchIndex(t, s)
	err := s.DB.Write(t.Context(), func(tx *database.Tx) error {
		if _, err := change.Lock(tx); err != nil {
			return err
		}
		return content.RebuildSearch(tx)
	})
	if err != nil {
		t.Fatal(err)
	}
	made := searchIndex(t, s)
	for _, row := range made {
		if !slices.Contains(kept, row) {
			t.Errorf("the search lacks %.300s", row)
		}
	}
	for _, row := range kept {
		if !slices.Contains(made, row) {
			t.Errorf("the search should not have %.300s", row)
		}
	}
}

// TestRebuiltSearchIsTheSame: what is kept step by step is what is made at once, and so are the answers.
func TestRebuiltSearchIsTheSame(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		relive(t, s, true)
		before := find(s, "s").Raw
		wantSearchKept(t, s)
		if rows := searchIndex(t, s); len(rows) < 50 {
			t.Errorf("only %d rows: %q", len(rows), rows)
		}
		if after := find(s, "s").Raw; string(after) != string(before) {
			t.Errorf("%s\n%s", before, after)
		}
		err := s.DB.Write(t.Context(), func(tx *database.Tx) error {
			return tx.Exec("UPDATE search_head SET version = 0").Error
		})
		if err == nil {
			err = s.DB.Write(t.Context(), func(tx *database.Tx) error { return tx.Exec("DELETE FROM search_terms").Error })
		}
		if err == nil {
			err = content.EnsureSearchable(t.Context(), s.DB)
		}
		if err != nil {
			t.Fatal(err)
		}
		wantSearchKept(t, s)
	})
}

// TestRecallLeavesNoWord: on SQLite the index keeps beginnings of words to find its pages by. Those of recalled words
// are not among them, however many documents there are.
func TestRecallLeavesNoWord(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		secret := func(i, j int) string { return fmt.Sprintf("q%cx%cz%03dv%02d", 'a'+i%26, 'a'+j%26, i, j) }
		var paths []string
		for i := range 60 {
			var b strings.Builder
			for j := range 80 {
				b.WriteString(secret(i, j) + " ")
			}
			paths = append(paths, "/v1/pages/"+published(s, "/v1/pages", doc{"title": fmt.Sprint("Page ", i), "summary": "x", "body": b.String()}).String("id"))
		}
		for i := 0; i < len(paths); i += 2 {
			unpublish(s, paths[i], "recall").Must(200)
		}
		left := 0
		for i := range paths {
			for j := 0; j < 80; j += 7 {
				where := filesWith(t, s, secret(i, j))
				if i%2 == 0 && len(where) > 0 {
					left++
					t.Errorf("%s is still in %q", secret(i, j), where)
				}
				if left > 5 {
					t.FailNow()
				}
			}
		}
		if s.DB.Engine() == database.SQLite && len(filesWith(t, s, secret(1, 0))) == 0 {
			t.Error("no word is in any file: the test shows too little")
		}
	})
}
