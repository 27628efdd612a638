package dbtest_test

import (
	"testing"

	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/database/dbtest"
)

func TestEachDatabaseIsMigratedAndTheTestsOwn(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		all, err := database.Status(t.Context(), db)
		if err != nil || len(all) == 0 {
			t.Fatalf("Status = %v, %v", all, err)
		}
		for _, m := range all {
			if m.Applied.IsZero() {
				t.Errorf("migration %d, %v, is pending", m.Version, m)
			}
		}
		other := dbtest.New(t, db.Engine())
		for _, each := range []*database.DB{db, other} {
			if err := each.Write(t.Context(), func(tx *database.Tx) error {
				return tx.Exec("CREATE TABLE only_once (n integer)").Error
			}); err != nil {
				t.Error(err)
			}
		}
	})
}
