package api_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/cpics/working-together-api/api/apitest"
	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/database/dbtest"
)

func TestPublishedEditionsAreFrozen(t *testing.T) {
	t.Parallel()
	eachKind(t, func(t *testing.T, s *apitest.Service, k contentKind) {
		id := twoEditions(t, s, k)
		ofEntry := " entry_id = '" + id + "'"
		for _, change := range []string{
			"UPDATE editions SET state = 'draft' WHERE" + ofEntry,
			"UPDATE editions SET state = 'live' WHERE state = 'superseded' AND" + ofEntry,
			"DELETE FROM editions WHERE state = 'superseded' AND" + ofEntry,
			"DELETE FROM editions WHERE state = 'live' AND" + ofEntry,
		} {
			wantFrozen(t, s.DB, change)
		}
		for _, column := range columnsOf(t, s.DB, "editions") {
			if column != "state" {
				wantFrozen(t, s.DB, "UPDATE editions SET "+column+" = NULL WHERE"+ofEntry)
			}
		}
		table, rows := tableOf(k), " WHERE edition_id IN (SELECT id FROM editions WHERE"+ofEntry+")"
		for _, column := range columnsOf(t, s.DB, table) {
			wantFrozen(t, s.DB, "UPDATE "+table+" SET "+column+" = NULL"+rows)
		}
		wantFrozen(t, s.DB, "DELETE FROM "+table+rows)
		wantFrozen(t, s.DB, "INSERT INTO "+table+" SELECT * FROM "+table+rows)
	})
}

// A table that belongs to editions has its triggers, whichever it is: a new content type's too.
func TestEveryTableOfEditionsIsFrozen(t *testing.T) {
	t.Parallel()
	queries := map[database.Engine]string{
		database.SQLite:   "SELECT count(*) FROM sqlite_master WHERE type = 'trigger' AND tbl_name = ? AND sql LIKE '%BEFORE ' || ? || ' ON %'",
		database.Postgres: "SELECT count(*) FROM information_schema.triggers WHERE event_object_table = ? AND event_manipulation = ?",
	}
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		tables := 0
		for _, table := range tablesOf(t, db) {
			if !slices.Contains(columnsOf(t, db, table), "edition_id") {
				continue
			}
			tables++
			for _, event := range []string{"INSERT", "UPDATE", "DELETE"} {
				if number(t, db, queries[db.Engine()], table, event) == 0 {
					t.Errorf("no trigger looks at %s on %s: see migration 00008", event, table)
				}
			}
		}
		if tables < 5 {
			t.Errorf("only %d tables belong to editions", tables)
		}
	})
}

func TestLinksOfPublishedEditionsAreFrozen(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		id := twoEditions(t, s, kindNamed("case-study"))
		edition := func(state string) string {
			return "(SELECT id FROM editions WHERE entry_id = '" + id + "' AND state = '" + state + "')"
		}
		for _, change := range []string{
			"DELETE FROM edition_links WHERE edition_id = " + edition("live"),
			"DELETE FROM edition_links WHERE edition_id = " + edition("superseded"),
			"UPDATE edition_links SET position = 9 WHERE edition_id = " + edition("live"),
			"UPDATE edition_links SET position = 9, edition_id = " + edition("superseded") + " WHERE edition_id = " + edition("live"),
			"INSERT INTO edition_links SELECT id, 'topics', 1, entry_id FROM editions WHERE entry_id = '" + id + "'",
		} {
			wantFrozen(t, s.DB, change)
		}
	})
}

// On SQLite, INSERT OR REPLACE takes the old row away and the triggers of deletion do not see it.
func TestPublishedEditionsAreNotReplaced(t *testing.T) {
	t.Parallel()
	for _, k := range contentKinds {
		t.Run(k.name, func(t *testing.T) {
			t.Parallel()
			s := apitest.New(t, dbtest.New(t, database.SQLite))
			rows := " JOIN editions d ON d.id = r.%s WHERE d.entry_id = '" + twoEditions(t, s, k) + "'"
			wantFrozen(t, s.DB, "INSERT OR REPLACE INTO editions SELECT r.* FROM editions r"+fmt.Sprintf(rows, "id"))
			wantFrozen(t, s.DB, "INSERT OR REPLACE INTO "+tableOf(k)+" SELECT r.* FROM "+tableOf(k)+" r"+fmt.Sprintf(rows, "edition_id"))
		})
	}
}

// What may still happen to published editions is what the lifecycle needs.
func TestFrozenEditionsGoWithTheirEntryAndLinksWithTheirTarget(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		kept := aPrinciple(t, s)
		recalled := published(s, "/v1/principles", doc{"title": "Recalled", "summary": "s"}).String("id")
		dropped := draft(s, "/v1/principles", doc{"title": "Draft"}).String("id")
		study := kindNamed("case-study").complete(t, s).with("principles", []string{recalled, dropped, kept})
		id := published(s, "/v1/case-studies", study).String("id")
		path := "/v1/case-studies/" + id

		s.Editor().Delete("/v1/principles/"+dropped, anyVersion).Must(204)
		unpublish(s, "/v1/principles/"+recalled, "recall").Must(200)
		edition := s.Reader().Get(path + "/editions/1").Must(200)
		wantSame(t, "links after a recall and a discard", edition.At("input", "principles"), []string{kept})

		s.Editor().Patch(path, doc{"title": "Edited"}, anyVersion).Must(200)
		s.Editor().Post(path+"/editions/1/restore", nil, anyVersion).Must(200)
		s.Editor().Delete(path+"/draft", anyVersion).Must(204)
		unpublish(s, path, "recall").Must(200)
		for _, rows := range []string{"editions WHERE entry_id = '" + id + "'", "case_studies", "edition_links"} {
			if n := number(t, s.DB, "SELECT count(*) FROM "+rows); n != 0 {
				t.Errorf("%d rows are left in %s", n, rows)
			}
		}
	})
}

// twoEditions publishes an entry twice, so that it has a live and a superseded edition, and gives its id.
func twoEditions(t *testing.T, s *apitest.Service, k contentKind) string {
	t.Helper()
	id := published(s, k.path, k.complete(t, s)).String("id")
	s.Publisher().Patch(k.path+"/"+id+"?publish=true&updateType=minor", doc{"summary": "Again."}, anyVersion).Must(200)
	return id
}

// kindNamed is one of contentKinds.
func kindNamed(name string) contentKind {
	for _, k := range contentKinds {
		if k.name == name {
			return k
		}
	}
	panic("there is no content type " + name)
}

// tableOf is where a type keeps its own fields.
func tableOf(k contentKind) string {
	return strings.ReplaceAll(strings.TrimPrefix(k.path, "/v1/"), "-", "_")
}

// wantFrozen demands that the triggers refuse a statement.
func wantFrozen(t *testing.T, db *database.DB, statement string) {
	t.Helper()
	err := db.Write(t.Context(), func(tx *database.Tx) error { return tx.Exec(statement).Error })
	if err == nil || !strings.Contains(err.Error(), "never change") {
		t.Errorf("%s: %v", statement, err)
	}
}

// tablesOf names all tables.
func tablesOf(t *testing.T, db *database.DB) (tables []string) {
	t.Helper()
	err := db.Read(t.Context(), func(tx *database.Tx) (err error) {
		tables, err = tx.Migrator().GetTables()
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return tables
}

// columnsOf names the columns of a table.
func columnsOf(t *testing.T, db *database.DB, table string) []string {
	t.Helper()
	var names []string
	err := db.Read(t.Context(), func(tx *database.Tx) error {
		rows, err := tx.Table(table).Limit(0).Rows() // and no look at the schema, which says nothing of virtual tables
		if err != nil {
			return err
		}
		defer rows.Close()
		names, err = rows.Columns()
		return err
	})
	if err != nil || len(names) == 0 {
		t.Fatalf("columns of %s: %q %v", table, names, err)
	}
	return names
}

// number is what a query for one number answers.
func number(t *testing.T, db *database.DB, query string, args ...any) int {
	t.Helper()
	var n int
	err := db.Read(t.Context(), func(tx *database.Tx) error { return tx.Raw(query, args...).Scan(&n).Error })
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return n
}
