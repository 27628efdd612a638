package audit_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/cpics/working-together-api/internal/audit"
	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/database/dbtest"
)

var (
	at    = time.Date(2026, 11, 23, 9, 30, 0, 0, time.UTC)
	entry = uuid.MustParse("01976a2c-4d3e-7f10-8a5b-1c2d3e4f5a6b")
	who   = audit.Who{ID: "system:test", Name: "Müller", From: "192.0.2.7", RequestID: "r-1"}
	saved = audit.Row{By: who, Action: audit.Save, Type: "case-study", Entry: entry, Version: 3, Edition: 2, Fields: []string{"title", "consent.reference"}}
)

// each runs the test on both engines, at a fixed time.
func each(t *testing.T, test func(t *testing.T, db *database.DB)) {
	t.Helper()
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		db.SetClock(func() time.Time { return at })
		test(t, db)
	})
}

func record(t *testing.T, db *database.DB, row audit.Row) error {
	t.Helper()
	return db.Write(t.Context(), func(tx *database.Tx) error { return audit.Record(tx, row) })
}

func count(t *testing.T, db *database.DB) (n int) {
	t.Helper()
	err := db.Read(t.Context(), func(tx *database.Tx) error {
		return tx.Raw("SELECT count(*) FROM audit").Row().Scan(&n)
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestRecord(t *testing.T) {
	each(t, func(t *testing.T, db *database.DB) {
		for _, row := range []audit.Row{saved, {By: audit.Who{ID: "system:seed"}, Action: audit.Order}} {
			if err := record(t, db, row); err != nil {
				t.Fatal(err)
			}
		}
		type line struct {
			At                                                                    time.Time
			ActorID, ActorName, Action, Type, EntryID, Fields, Address, RequestID string
			Version, Edition                                                      int
		}
		var got []line
		err := db.Read(t.Context(), func(tx *database.Tx) error {
			return tx.Raw("SELECT at, actor_id, actor_name, action, type, coalesce(cast(entry_id AS text), '') AS entry_id, fields, address, request_id, version, edition FROM audit ORDER BY id").Scan(&got).Error
		})
		want := []line{
			{at, "system:test", "Müller", "save", "case-study", entry.String(), "title,consent.reference", "192.0.2.7", "r-1", 3, 2},
			{At: at, ActorID: "system:seed", Action: "order"},
		}
		if err != nil || len(got) != 2 || got[0] != want[0] || got[1] != want[1] {
			t.Errorf("the audit holds\n%+v, %v, want\n%+v", got, err, want)
		}
	})
}

func TestRowCommitsWithItsChangeOnly(t *testing.T) {
	each(t, func(t *testing.T, db *database.DB) {
		failure := errors.New("the change failed")
		err := db.Write(t.Context(), func(tx *database.Tx) error {
			return errors.Join(audit.Record(tx, saved), failure)
		})
		if !errors.Is(err, failure) {
			t.Fatal(err)
		}
		if n := count(t, db); n != 0 {
			t.Errorf("%d rows tell of what did not happen", n)
		}
	})
}

func TestWhatRecordRefuses(t *testing.T) {
	each(t, func(t *testing.T, db *database.DB) {
		tests := map[string]func(*audit.Row){
			"no actor":         func(r *audit.Row) { r.By.ID = "" },
			"no action":        func(r *audit.Row) { r.Action = "" },
			"a value":          func(r *audit.Row) { r.Fields = []string{"title: Mrs Smith"} },
			"a comma":          func(r *audit.Row) { r.Fields = []string{"title,summary"} },
			"an empty name":    func(r *audit.Row) { r.Fields = []string{"title", ""} },
			"an unended name":  func(r *audit.Row) { r.Fields = []string{"consent."} },
			"more than a line": func(r *audit.Row) { r.Fields = []string{"title\n"} },
		}
		for name, spoil := range tests {
			row := saved
			spoil(&row)
			err := record(t, db, row)
			if err == nil {
				t.Errorf("%s: recorded", name)
			} else if strings.Contains(err.Error(), "Smith") {
				t.Errorf("%s: the error repeats the value: %v", name, err)
			}
		}
		if n := count(t, db); n != 0 {
			t.Errorf("%d refused rows are stored", n)
		}
	})
}

func TestAppendOnly(t *testing.T) {
	each(t, func(t *testing.T, db *database.DB) {
		if err := record(t, db, saved); err != nil {
			t.Fatal(err)
		}
		statements := []string{
			"UPDATE audit SET actor_name = 'somebody else'",
			"DELETE FROM audit",
			"INSERT INTO audit SELECT * FROM audit WHERE true ON CONFLICT (id) DO UPDATE SET actor_name = 'somebody else'",
		}
		if db.Engine() == database.Postgres {
			statements = append(statements, "TRUNCATE audit")
		} else {
			statements = append(statements, "REPLACE INTO audit SELECT * FROM audit")
		}
		for _, s := range statements {
			err := db.Write(t.Context(), func(tx *database.Tx) error { return tx.Exec(s).Error })
			if err == nil || !strings.Contains(err.Error(), "append-only") {
				t.Errorf("%s: %v, want a refusal", s, err)
			}
		}
		if n := count(t, db); n != 1 {
			t.Errorf("the audit has %d rows, want 1", n)
		}
	})
}
