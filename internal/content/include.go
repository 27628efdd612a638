package content

import (
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/cpics/working-together-api/internal/database"
)

// LinkItem is an entry that another one shows in short.
type LinkItem struct {
	ID               uuid.UUID `json:"id" validate:"required" format:"uuid" example:"018d2a40-1c00-7b21-8c3f-6a1b3e4d5c02"`
	Type             string    `json:"type" validate:"required" example:"case-study"`
	Slug             string    `json:"slug" validate:"required" example:"shorter-waits-for-physiotherapy"`
	Title            string    `json:"title" validate:"required" example:"Shorter waits for physiotherapy"`
	Summary          string    `json:"summary" validate:"required" example:"Two services agreed on one way to refer."`
	FirstPublishedAt time.Time `json:"firstPublishedAt" validate:"required" example:"2024-01-22T09:00:00Z"`
	Href             string    `json:"href" validate:"required" format:"uri" example:"https://api.example.nhs.uk/v1/case-studies/shorter-waits-for-physiotherapy"`
}

// NewestLinking gives the newest live entries of a type that link to each of the targets by a relation, at most limit
// each, in one statement.
func NewestLinking(tx *database.Tx, site *Site, typ, relation string, targets []uuid.UUID, limit int) (map[uuid.UUID][]LinkItem, error) {
	var rows []struct {
		TargetID uuid.UUID
		LinkItem
	}
	err := tx.Raw(`
		SELECT target_id, id, type, slug, title, summary, first_published_at FROM (
			SELECT l.target_id, e.id, e.type, e.slug, e.title, d.summary, e.first_published_at,
				row_number() OVER (PARTITION BY l.target_id ORDER BY e.first_published_at DESC, e.id DESC) AS place
			FROM edition_links l JOIN editions d ON d.id = l.edition_id AND d.state = 'live' JOIN entries e ON e.id = d.entry_id
			WHERE l.relation = ? AND l.target_id IN ? AND e.type = ? AND e.status = ?) AS placed
		WHERE place <= ? ORDER BY target_id, place`, relation, targets, typ, Live, limit).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read what links here: %w", err)
	}
	items := map[uuid.UUID][]LinkItem{}
	for _, row := range rows {
		row.Href = site.Href(row.Type, row.Slug)
		items[row.TargetID] = append(items[row.TargetID], row.LinkItem)
	}
	return items, nil
}
