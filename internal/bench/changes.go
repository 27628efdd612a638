package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/cpics/working-together-api/internal/change"
	"github.com/cpics/working-together-api/internal/changelog"
	"github.com/cpics/working-together-api/internal/database"
)

// changes are addresses of the change log after lines at the places of a data set, as far as its log goes.
func (w *world) changes(ctx context.Context) (paths []string, err error) {
	db, err := database.Open(ctx, database.Config{URL: w.url})
	if err != nil {
		return nil, err
	}
	err = db.Read(ctx, func(tx *database.Tx) error {
		log, err := change.LogID(tx)
		if err != nil {
			return err
		}
		var lines []change.Line
		if err := tx.Where("seq IN ?", places(w.size)).Find(&lines).Error; err != nil {
			return fmt.Errorf("look up lines of the log: %w", err)
		}
		for _, l := range lines {
			paths = append(paths, "/v1/changes?limit=20&after="+changelog.Cursor(log, l))
		}
		return nil
	})
	return paths, errors.Join(err, db.Close())
}
