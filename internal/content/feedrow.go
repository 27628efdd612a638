package content

import (
	"fmt"

	"github.com/google/uuid"

	"github.com/cpics/working-together-api/internal/database"
)

// feedRows are the rows of table feed_rows as they must be for the entries that a condition names. An entry stands in
// feeds while it is live, at the date of its newest major edition; by its links to principles, organisations and topics
// feeds are narrowed down.
//
// The condition is on entries e. They are not joined to a table of their dates: SQLite, which cannot know that there is
// one date only, would make itself a filter of all rows of editions and links.
const (
	feedRows = `SELECT * FROM (
		SELECT '' AS target, ` + feedDate + ` AS at, e.type, e.id FROM entries e WHERE e.status = 'live' AND %[1]s
		UNION
		SELECT CAST(l.target_id AS text), ` + feedDate + `, e.type, e.id FROM entries e
			JOIN editions d ON d.entry_id = e.id AND d.state = 'live' JOIN edition_links l ON l.edition_id = d.id
			WHERE e.status = 'live' AND l.relation IN ('principles', 'organisations', 'topics') AND %[1]s
		) AS dated WHERE at IS NOT NULL`
	feedDate = "(SELECT max(c.feed_at) FROM changes c WHERE c.entry_id = e.id)"
)

// enterFeeds makes the feeds show a live entry as it is now.
func enterFeeds(tx *database.Tx, entry uuid.UUID) error {
	if err := leaveFeeds(tx, entry); err != nil {
		return err
	}
	statement := "INSERT INTO feed_rows (target, at, type, entry_id) " + fmt.Sprintf(feedRows, "e.id = ?")
	if err := tx.Exec(statement, entry, entry).Error; err != nil {
		return fmt.Errorf("enter feeds: %w", err)
	}
	return nil
}

// leaveFeeds takes an entry out of all feeds.
func leaveFeeds(tx *database.Tx, entry uuid.UUID) error {
	if err := tx.Exec("DELETE FROM feed_rows WHERE entry_id = ?", entry).Error; err != nil {
		return fmt.Errorf("leave feeds: %w", err)
	}
	return nil
}

// rebuildFeeds makes table feed_rows what it must be, and gives how many rows were missing or too many.
func rebuildFeeds(tx *database.Tx) (changed int, err error) {
	want, have := fmt.Sprintf(feedRows, "true"), "SELECT target, at, type, entry_id FROM feed_rows"
	err = tx.Raw(fmt.Sprintf(`SELECT (SELECT count(*) FROM (SELECT * FROM (%[1]s) AS w EXCEPT %[2]s) AS missing)
		+ (SELECT count(*) FROM (%[2]s EXCEPT SELECT * FROM (%[1]s) AS w) AS surplus)`, want, have)).Scan(&changed).Error
	if err == nil && changed > 0 {
		err = tx.Exec("DELETE FROM feed_rows").Error
		if err == nil {
			err = tx.Exec("INSERT INTO feed_rows (target, at, type, entry_id) " + want).Error
		}
	}
	if err != nil {
		return 0, fmt.Errorf("rebuild feeds: %w", err)
	}
	return changed, nil
}
