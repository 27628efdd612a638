package reference_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/cpics/working-together-api/internal/auth"
	"github.com/cpics/working-together-api/internal/change"
	"github.com/cpics/working-together-api/internal/content"
	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/database/dbtest"
	"github.com/cpics/working-together-api/internal/errs"
	"github.com/cpics/working-together-api/internal/reference/organisation"
)

// add adds an organisation in a transaction of its own, whose clock stands at the time.
func add(t *testing.T, db *database.DB, id uuid.UUID, at time.Time, document string) error {
	t.Helper()
	return db.Write(t.Context(), func(tx *database.Tx) error {
		tx.Now = at
		log, err := change.Lock(tx)
		if err != nil {
			return err
		}
		return organisation.NewStore().Add(tx, log, auth.System("test"), id, []byte(document))
	})
}

func TestAddKeepsTheIDAndTheTime(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		id, at := uuid.MustParse("018b8a27-6700-7a92-93cc-0596c534e51d"), time.Date(2023, 11, 1, 9, 12, 0, 0, time.UTC)
		if err := add(t, db, id, at, `{"name": "City Hospital", "shortName": "CH", "organisationType": "acute-trust"}`); err != nil {
			t.Fatal(err)
		}
		err := db.Read(t.Context(), func(tx *database.Tx) error {
			entry, err := content.FindPublic(tx, "organisation", "city-hospital")
			if err != nil {
				return err
			}
			if entry.ID != id || entry.Version != 1 || entry.CreatedBy != "test" || !entry.FirstPublishedAt.Equal(at) || !entry.UpdatedAt.Equal(at) {
				t.Errorf("entry: %+v", entry)
			}
			rec, err := organisation.NewStore().Record(tx, entry)
			if err == nil && (rec.Input.Name != "City Hospital" || rec.Input.ShortName != "CH" || rec.Input.OrganisationType != "acute-trust") {
				t.Errorf("record: %+v", rec.Input)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

func TestAddTellsAllThatIsWrongAndStoresNothing(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		var invalid *errs.Error
		err := add(t, db, uuid.New(), time.Now().UTC(), `{"organisationType": "shop", "surprise": 1}`)
		if !errors.As(err, &invalid) || invalid.Kind != errs.InvalidContent {
			t.Fatalf("got %v", err)
		}
		var pointers []string
		for _, f := range invalid.Faults {
			pointers = append(pointers, f.Pointer)
		}
		slices.Sort(pointers)
		if !slices.Equal(pointers, []string{"/name", "/organisationType", "/surprise"}) {
			t.Errorf("faults: %q", pointers)
		}
		var entries int
		if err := db.Read(t.Context(), func(tx *database.Tx) error {
			return tx.Raw("SELECT count(*) FROM entries").Scan(&entries).Error
		}); err != nil || entries != 0 {
			t.Errorf("%d entries, %v", entries, err)
		}
	})
}

// The types stand in a list, in the tags of a field and in the schema.
func TestEveryTypeOfOrganisationCanBeStored(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		for _, kind := range organisation.Types {
			if err := add(t, db, uuid.Nil, db.Now(), `{"name": "A `+kind+`", "organisationType": "`+kind+`"}`); err != nil {
				t.Errorf("%s: %v", kind, err)
			}
		}
	})
}
