package content

import (
	"fmt"

	"github.com/google/uuid"

	"github.com/cpics/working-together-api/internal/database"
)

// User is an entry that links to another one, by the title its editors know: that of the draft, if the draft links.
type User struct {
	ID    uuid.UUID `json:"id"`
	Type  string    `json:"type"`
	Title string    `json:"title"`
}

// UsersOf gives the entries whose draft or live edition links to an entry, in rich text too, at most limit of them,
// by type and title. An edition counts as live while its entry is withdrawn or gone: it may come back as it was.
//
// It names drafts, so only editors may see what it gives.
func UsersOf(tx *database.Tx, target uuid.UUID, limit int) ([]User, error) {
	var users []User
	err := tx.Raw(`
		SELECT id, type, title FROM (
			SELECT e.id, e.type, d.title, d.title_key,
				row_number() OVER (PARTITION BY e.id ORDER BY d.number DESC, l.relation) AS place
			FROM edition_links l JOIN editions d ON d.id = l.edition_id JOIN entries e ON e.id = d.entry_id
			WHERE l.target_id = ? AND d.state IN (?, ?)) AS linking
		WHERE place = 1 ORDER BY type, title_key, id LIMIT ?`, target, stateDraft, stateLive, limit).Scan(&users).Error
	if err != nil {
		return nil, fmt.Errorf("find who uses an entry: %w", err)
	}
	return users, nil
}
