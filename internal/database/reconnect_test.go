package database_test

import (
	"context"
	"testing"

	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/database/dbtest"
)

// TestReadSurvivesDeadConnections: what the server closed while it was idle is not the reader's affair.
func TestReadSurvivesDeadConnections(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	db := dbtest.New(t, database.Postgres)
	look := func(tx *database.Tx) error { return tx.Exec("SELECT 1").Error }
	if err := db.Read(ctx, look); err != nil {
		t.Fatal(err)
	}
	var killed int
	err := dbtest.Replica(t, db).Write(ctx, func(tx *database.Tx) error {
		return tx.Raw(`SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
			WHERE datname = current_database() AND pid <> pg_backend_pid()`).Scan(&killed).Error
	})
	if err != nil || killed == 0 {
		t.Fatalf("%d connections killed, %v", killed, err)
	}
	if err := db.Read(ctx, look); err != nil {
		t.Errorf("the read after that: %v", err)
	}
}
