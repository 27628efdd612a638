package main

import (
	"context"
	"fmt"

	"github.com/cpics/working-together-api/api"
	"github.com/cpics/working-together-api/internal/blob"
	"github.com/cpics/working-together-api/internal/content"
	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/richtext"
	"github.com/cpics/working-together-api/internal/seed"
	"github.com/cpics/working-together-api/internal/starter"
)

type seedCmd struct{}

// Run fails where something was written already: a script that seeds must learn that its service is another one.
func (seedCmd) Run(ctx context.Context, p *program) error {
	return p.withDatabase(ctx, func(cfg config, db *database.DB) error {
		site, err := newSite(cfg, cfg.address(cfg.listen))
		if err != nil {
			return err
		}
		files, err := blob.Open(ctx, cfg.blobURL)
		if err != nil {
			return fmt.Errorf("WT_BLOB_URL: %w", err)
		}
		defer files.Close()
		return database.MigrateThen(ctx, db, func(ctx context.Context) error {
			n, err := loadStarter(ctx, db, files, site)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(p.stdout, "%d items loaded\n", n)
			return err
		})
	})
}

// loadStarter loads the starter content and says how many items it has; it fails with seed.ErrNotEmpty where
// anything was ever written.
func loadStarter(ctx context.Context, db *database.DB, files *blob.Store, site *content.Site) (int, error) {
	documents, err := starter.Documents()
	if err != nil {
		return 0, err
	}
	return len(documents), seed.Load(ctx, db, api.Seeders(site, files), documents)
}

// newSite is what the settings say about where and how the content is published.
func newSite(cfg config, baseURL string) (*content.Site, error) {
	text, err := richtext.New(baseURL, content.Collections()...)
	if err != nil {
		return nil, fmt.Errorf("WT_BASE_URL: %w", err)
	}
	return &content.Site{BaseURL: baseURL, WebTemplate: cfg.siteURL, Licence: cfg.licence, Attribution: cfg.attribution, Text: text,
		RequireAccessibleFiles: cfg.accessibleFiles}, nil
}
