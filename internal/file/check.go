package file

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"

	"github.com/cpics/working-together-api/internal/blob"
	"github.com/cpics/working-together-api/internal/content"
	"github.com/cpics/working-together-api/internal/database"
)

// What a check finds wrong with an object.
const (
	Lost    = "lost"    // a record has it, and it is not kept
	Damaged = "damaged" // its bytes are not those that were kept
	Orphan  = "orphan"  // it is kept, and no record has it; the sweeper removes it
)

// Finding is one thing that is wrong.
type Finding struct {
	What string // Lost, Damaged or Orphan
	Key  string // of the object; for a file whose object nobody knows, its SHA-256
	File string // an id, "" where none is known
}

// Result counts what a check has looked at.
type Result struct {
	Objects                int
	Lost, Damaged, Orphans int
}

// Check reads every object that is kept and holds it against its digest, and looks for what is lost and for orphans
// older than the time of grace. It tells each finding as it comes.
func (s *Service) Check(ctx context.Context, tell func(Finding)) (r Result, err error) {
	count := func(f Finding) {
		switch f.What {
		case Lost:
			r.Lost++
		case Damaged:
			r.Damaged++
		case Orphan:
			r.Orphans++
		}
		tell(f)
	}
	if err := s.checkRecords(ctx, count); err != nil {
		return r, err
	}
	after := ""
	for {
		objects, err := s.objectsAfter(ctx, after)
		if err != nil || len(objects) == 0 {
			orphans, orphanErr := s.orphans(ctx)
			for _, o := range orphans {
				count(Finding{What: Orphan, Key: o.Key})
			}
			return r, errors.Join(err, orphanErr)
		}
		for _, o := range objects {
			what, err := s.checkObject(ctx, o.Object)
			if err != nil {
				return r, err
			}
			if what != "" {
				count(Finding{What: what, Key: o.Object.ObjectKey, File: o.FileID})
			}
			r.Objects, after = r.Objects+1, o.Object.ObjectKey
		}
	}
}

// checkRecords looks for files whose bytes nobody knows a place of.
func (s *Service) checkRecords(ctx context.Context, tell func(Finding)) error {
	return s.DB.Read(ctx, func(tx *database.Tx) error {
		var files []content.StoredFile
		err := tx.Select("id", "sha256").
			Where("NOT EXISTS (SELECT 1 FROM blobs b WHERE b.sha256 = files.sha256 AND b.variant = '')").Order("id").Find(&files).Error
		if err != nil {
			return fmt.Errorf("find files without bytes: %w", err)
		}
		for _, f := range files {
			tell(Finding{What: Lost, Key: f.SHA256, File: f.ID.String()})
		}
		return nil
	})
}

// named is an object with one of the files that it is of.
type named struct {
	Object object `gorm:"embedded"`
	FileID string
}

// objectsAfter reads some objects, by key.
func (s *Service) objectsAfter(ctx context.Context, key string) (objects []named, err error) {
	err = s.DB.Read(ctx, func(tx *database.Tx) error {
		return tx.Raw(`SELECT b.object_key, b.sha256, b.size, b.digest,
				coalesce((SELECT min(CAST(f.id AS text)) FROM files f WHERE f.sha256 = b.sha256), '') AS file_id
			FROM blobs b WHERE b.object_key > ? ORDER BY b.object_key LIMIT ?`, key, sweepBatch).Scan(&objects).Error
	})
	if err != nil {
		return nil, fmt.Errorf("read objects: %w", err)
	}
	return objects, nil
}

// checkObject says what is wrong with an object, "" where nothing is. Reading it is bounded by its size alone: it is
// the operator who waits.
func (s *Service) checkObject(ctx context.Context, o object) (what string, err error) {
	bytes, err := s.Blobs.Open(ctx, o.ObjectKey, o.Size)
	if errors.Is(err, blob.ErrNotFound) {
		return Lost, nil
	}
	if err != nil {
		return "", err
	}
	defer bytes.Close()
	sum := sha256.New()
	n, err := io.Copy(sum, bytes)
	switch {
	case err != nil:
		return "", err
	case n != o.Size || hex.EncodeToString(sum.Sum(nil)) != o.Digest:
		return Damaged, nil
	}
	return "", nil
}
