package api

import (
	"github.com/cpics/working-together-api/internal/content"
	"github.com/cpics/working-together-api/internal/content/page"
	"github.com/cpics/working-together-api/internal/content/principle"
	"github.com/cpics/working-together-api/internal/content/toolkit"
	"github.com/cpics/working-together-api/internal/seed"
)

// Seeders say how each type of the starter content is written.
func Seeders(site *content.Site) seed.Seeders {
	return seed.Seeders{
		principle.Kind.Type: seed.Published(principle.NewRepository(site)),
		toolkit.Kind.Type:   seed.Published(toolkit.NewRepository(site)),
		page.Kind.Type:      seed.Published(page.NewRepository(site)),
	}
}
