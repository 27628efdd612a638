package file

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/google/uuid"

	"github.com/cpics/working-together-api/internal/audit"
	"github.com/cpics/working-together-api/internal/auth"
	"github.com/cpics/working-together-api/internal/blob"
	"github.com/cpics/working-together-api/internal/content"
	"github.com/cpics/working-together-api/internal/database"
)

const (
	sweepEvery = time.Hour
	sweepBatch = 100 // files in one transaction
)

// Run sweeps every hour until ctx is done, and soon after the start. Replicas that start together do not sweep
// together.
func (s *Service) Run(ctx context.Context) {
	wait := time.Minute + rand.N(time.Minute)
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
		if err := s.Sweep(ctx); err != nil && ctx.Err() == nil {
			s.Log.WarnContext(ctx, "files could not be swept", "error", err.Error())
		}
		wait = sweepEvery
	}
}

// Sweep removes what nobody uses: files that no edition has used for the time of grace, what was marked for erasure,
// and objects in the store that nothing knows of, such as a crash between storing and recording leaves. One replica
// sweeps at a time.
func (s *Service) Sweep(ctx context.Context) error {
	return errors.Join(s.SweepFiles(ctx), s.removeOrphans(ctx))
}

// SweepFiles is Sweep for what the database knows of.
func (s *Service) SweepFiles(ctx context.Context) error {
	err := s.DB.WriteHolding(ctx, "sweep files", s.markUnused)
	for err == nil {
		var n int
		err = s.DB.WriteHolding(ctx, "sweep files", func(tx *database.Tx) (err error) {
			n, err = s.removeUnused(tx)
			return err
		})
		if n < sweepBatch {
			break
		}
	}
	if errors.Is(err, database.ErrHeld) {
		return nil
	}
	return errors.Join(err, s.EraseMarked(ctx))
}

// markUnused notes which files no edition uses from now on, and forgets it of those that one uses again.
func (s *Service) markUnused(tx *database.Tx) error {
	err := tx.Exec(`UPDATE files SET unused_since = ? WHERE unused_since IS NULL
		AND NOT EXISTS (SELECT 1 FROM edition_files x WHERE x.file_id = files.id)`, tx.Now).Error
	if err == nil {
		err = tx.Exec(`UPDATE files SET unused_since = NULL WHERE unused_since IS NOT NULL
			AND EXISTS (SELECT 1 FROM edition_files x WHERE x.file_id = files.id)`).Error
	}
	if err != nil {
		return fmt.Errorf("mark unused files: %w", err)
	}
	return nil
}

// removeUnused removes some of the files that have been unused for the time of grace, and says how many it looked at.
func (s *Service) removeUnused(tx *database.Tx) (int, error) {
	var ids []uuid.UUID
	err := tx.Model(&content.StoredFile{}).Where("unused_since <= ?", tx.Now.Add(-s.Grace)).
		Order("unused_since, id").Limit(sweepBatch).Pluck("id", &ids).Error
	if err != nil {
		return 0, fmt.Errorf("find unused files: %w", err)
	}
	removed, err := content.RemoveFiles(tx, ids)
	if err != nil {
		return 0, err
	}
	by := auth.System("sweeper").Who()
	for _, id := range removed {
		if err := audit.Record(tx, audit.Row{By: by, Action: audit.Delete, Type: content.FileType, Entry: id}); err != nil {
			return 0, err
		}
	}
	return len(removed), nil
}

// removeOrphans deletes objects that are older than the time of grace and in no table: no upload takes as long.
func (s *Service) removeOrphans(ctx context.Context) error {
	orphans, err := s.orphans(ctx)
	for _, o := range orphans {
		if err == nil {
			err = s.Blobs.Delete(ctx, o.Key)
		}
	}
	if len(orphans) > 0 && err == nil {
		s.Log.InfoContext(ctx, "objects that nothing knew of were removed", "count", len(orphans))
	}
	return err
}

// orphans lists the objects that are older than the time of grace and that no table knows.
func (s *Service) orphans(ctx context.Context) (found []blob.Object, err error) {
	old := s.DB.Now().Add(-s.Grace)
	var batch []blob.Object
	flush := func() error {
		unknown, err := s.unknown(ctx, batch)
		found, batch = append(found, unknown...), batch[:0]
		return err
	}
	err = s.Blobs.List(ctx, func(o blob.Object) error {
		if o.ModTime.After(old) {
			return nil
		}
		if batch = append(batch, o); len(batch) >= sweepBatch {
			return flush()
		}
		return nil
	})
	return found, errors.Join(err, flush())
}

// unknown are those of some objects that no table knows.
func (s *Service) unknown(ctx context.Context, objects []blob.Object) (unknown []blob.Object, err error) {
	if len(objects) == 0 {
		return nil, nil
	}
	keys := make([]string, len(objects))
	for i, o := range objects {
		keys[i] = o.Key
	}
	known := map[string]bool{}
	err = s.DB.Read(ctx, func(tx *database.Tx) error {
		var found []string
		err := tx.Raw("SELECT object_key FROM blobs WHERE object_key IN ? UNION SELECT object_key FROM blob_erasures WHERE object_key IN ?",
			keys, keys).Scan(&found).Error
		for _, key := range found {
			known[key] = true
		}
		return err
	})
	for _, o := range objects {
		if err == nil && !known[o.Key] {
			unknown = append(unknown, o)
		}
	}
	return unknown, err
}
