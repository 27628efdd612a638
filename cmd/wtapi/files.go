package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cpics/working-together-api/internal/blob"
	"github.com/cpics/working-together-api/internal/content/rest"
	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/file"
)

type filesCmd struct {
	Check filesCheckCmd `cmd:"" help:"Read every file that is kept and hold it against its digest; list what is damaged, lost or orphaned."`
}

type filesCheckCmd struct{}

// inFlight is how old an object must be to be called an orphan: no upload takes longer.
const inFlight = 2 * time.Hour

// Run fails when something is lost or damaged. Orphans are no harm: the service removes them.
func (filesCheckCmd) Run(ctx context.Context, p *program) error {
	return p.withDatabase(ctx, func(cfg config, db *database.DB) error {
		store, err := blob.Open(ctx, cfg.blobURL)
		if err != nil {
			return fmt.Errorf("WT_BLOB_URL: %w", err)
		}
		defer store.Close()
		files := &file.Service{Services: rest.Services{DB: db}, Blobs: store, Grace: inFlight}
		result, err := files.Check(ctx, func(f file.Finding) { fmt.Fprintln(p.stdout, f.What, f.Key, f.File) })
		if err != nil {
			return err
		}
		fmt.Fprintf(p.stdout, "%d objects read: %d damaged, %d lost, %d orphans\n", result.Objects, result.Damaged, result.Lost, result.Orphans)
		if result.Damaged+result.Lost > 0 {
			return errors.New("some files are not what they were; restore them from a backup of the store")
		}
		return nil
	})
}
