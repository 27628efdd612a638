package api

import (
	"github.com/cpics/working-together-api/internal/blob"
	"github.com/cpics/working-together-api/internal/content"
	"github.com/cpics/working-together-api/internal/content/casestudy"
	"github.com/cpics/working-together-api/internal/content/page"
	"github.com/cpics/working-together-api/internal/content/principle"
	"github.com/cpics/working-together-api/internal/content/toolkit"
	"github.com/cpics/working-together-api/internal/file"
	"github.com/cpics/working-together-api/internal/reference/organisation"
	"github.com/cpics/working-together-api/internal/reference/topic"
	"github.com/cpics/working-together-api/internal/seed"
	"github.com/cpics/working-together-api/internal/starter"
)

// Seeders say how each type of the starter content is written, and where its files are kept.
func Seeders(site *content.Site, blobs *blob.Store) seed.Seeders {
	return seed.Seeders{
		content.FileType:       file.Seeder(blobs, starter.File),
		organisation.Kind.Type: organisation.NewStore().Add,
		topic.Kind.Type:        topic.NewStore().Add,
		principle.Kind.Type:    seed.Published(principle.NewRepository(site)),
		toolkit.Kind.Type:      seed.Published(toolkit.NewRepository(site)),
		casestudy.Kind.Type:    seed.Published(casestudy.NewRepository(site)),
		page.Kind.Type:         seed.Published(page.NewRepository(site)),
	}
}
