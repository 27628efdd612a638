package content

import (
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/cpics/working-together-api/internal/change"
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

// NewestLinking gives the newest live entries of a type that each of the targets finds as the value of a filter, at most
// limit each, in one statement.
func NewestLinking(tx *database.Tx, site *Site, typ, filter string, targets []uuid.UUID, limit int) (map[uuid.UUID][]LinkItem, error) {
	change.Lists(tx, typ)
	var lists []*statement
	win := Window{Sort: Sorts["-firstPublishedAt"], Limit: limit}
	for i, target := range targets {
		n := &narrowed{engine: tx.Engine, kind: kinds[typ], status: Live, filters: []anyOf{{filter, []string{target.String()}}}}
		page, err := n.page(win, direction{limit: limit})
		if err != nil {
			return nil, err
		}
		lists = append(lists, new(statement).add(fmt.Sprintf("SELECT %d AS target, p%[1]d.* FROM (", i)).append(page).add(fmt.Sprintf(") AS p%d", i)))
	}
	if len(lists) == 0 {
		return nil, nil
	}
	s := new(statement).add("SELECT p.target, e.id, e.type, e.slug, e.title, d.summary, e.first_published_at FROM (").join(lists, " UNION ALL ").
		add(`) AS p JOIN entries e ON e.id = p.entry_id JOIN editions d ON d.entry_id = e.id AND d.state = 'live'
			ORDER BY p.target, e.first_published_at DESC, e.id DESC`)
	var rows []struct {
		Target int
		LinkItem
	}
	if err := tx.Raw(s.String(), s.args...).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("read what links here: %w", err)
	}
	items := map[uuid.UUID][]LinkItem{}
	for _, row := range rows {
		change.Shows(tx, row.ID)
		row.Href = site.Href(row.Type, row.Slug)
		items[targets[row.Target]] = append(items[targets[row.Target]], row.LinkItem)
	}
	return items, nil
}
