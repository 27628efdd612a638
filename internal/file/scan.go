package file

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"github.com/cpics/working-together-api/internal/blob"
	"github.com/cpics/working-together-api/internal/content"
	"github.com/cpics/working-together-api/internal/database"
)

// AllScanned is the condition, in SQL, under which [RequireScans] finds nothing to do.
const AllScanned = "NOT EXISTS (SELECT 1 FROM files WHERE scan = '" + string(content.ScanNone) + "')"

// RequireScans has all files wait for the virus scanner that it has not seen: those that were stored while there was
// none. Nobody gets them from then on until it has found them clean.
func RequireScans(ctx context.Context, db *database.DB) error {
	return db.Write(ctx, func(tx *database.Tx) error {
		err := tx.Exec(`INSERT INTO file_jobs (file_id, kind, next_at, attempts) SELECT id, ?, ?, 0 FROM files WHERE scan = ?
			ON CONFLICT (file_id, kind) DO NOTHING`, content.JobScan, tx.Now, content.ScanNone).Error
		if err == nil {
			err = tx.Exec("UPDATE files SET scan = ? WHERE scan = ?", content.ScanPending, content.ScanNone).Error
		}
		if err != nil {
			return fmt.Errorf("have files wait for the virus scanner: %w", err)
		}
		return nil
	})
}

// scan has the virus scanner look at a file that waits for it, and keeps what it says.
func (s *Service) scan(ctx context.Context, id uuid.UUID) error {
	var waiting []struct {
		ObjectKey string
		Size      int64
	}
	err := s.DB.Read(ctx, func(tx *database.Tx) error {
		return tx.Raw(`SELECT b.object_key, f.size FROM files f JOIN blobs b ON b.sha256 = f.sha256 AND b.variant = ''
			WHERE f.id = ? AND f.scan = ?`, id, content.ScanPending).Scan(&waiting).Error
	})
	if err != nil || len(waiting) == 0 { // removed meanwhile
		return err
	}
	src, err := s.Blobs.Open(ctx, waiting[0].ObjectKey, waiting[0].Size)
	if errors.Is(err, blob.ErrNotFound) {
		return fmt.Errorf("the bytes of file %s are lost", id)
	}
	if err != nil {
		return err
	}
	defer src.Close()
	found, err := s.Scanner.Scan(ctx, src)
	if err != nil {
		return err
	}
	state := content.ScanClean
	if found != "" {
		state = content.ScanInfected
		s.Log.WarnContext(ctx, "the virus scanner found something", "file", id.String(), "signature", found)
	}
	return s.DB.Write(ctx, func(tx *database.Tx) error {
		return tx.Exec("UPDATE files SET scan = ? WHERE id = ? AND scan = ?", state, id, content.ScanPending).Error
	})
}
