package content

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/cpics/working-together-api/internal/change"
	"github.com/cpics/working-together-api/internal/database"
)

// AllListed is the condition, in SQL, under which [EnsureListed] finds nothing to do.
const AllListed = "EXISTS (SELECT 1 FROM lists) OR NOT EXISTS (SELECT 1 FROM entries WHERE status IN ('live', 'withdrawn'))"

// EnsureListed makes the rows that lists are read from where there are none and should be some: in a database whose
// content is older than they are.
func EnsureListed(ctx context.Context, db *database.DB) error {
	var listed bool
	err := db.Read(ctx, func(tx *database.Tx) error { return tx.Raw("SELECT " + AllListed).Scan(&listed).Error })
	if err != nil || listed {
		return err
	}
	return db.Write(ctx, func(tx *database.Tx) error {
		if _, err := change.Lock(tx); err != nil {
			return err
		}
		_, err := rebuildListings(tx)
		return err
	})
}

// rebuildListings makes the rows and counts of all lists again, and gives how many were wrong.
func rebuildListings(tx *database.Tx) (changed int, err error) {
	var branches []string
	for _, typ := range Types() {
		branches = append(branches, kinds[typ].wanted("")...)
	}
	if err := addLists(tx, branches, nil); err != nil {
		return 0, err
	}
	if tx.Engine == database.Postgres { // else it takes the new lists for one or none, and goes through everything for each
		if err := tx.Exec("ANALYZE lists").Error; err != nil {
			return 0, fmt.Errorf("look at the lists: %w", err)
		}
	}
	var any bool
	if err := tx.Raw("SELECT EXISTS (SELECT 1 FROM listings)").Scan(&any).Error; err != nil {
		return 0, fmt.Errorf("look for rows of lists: %w", err)
	}
	if err := makeMasks(tx, branches); err != nil {
		return 0, err
	}
	for _, statement := range rebuildStatements(tx.Engine, branches, any) {
		res := tx.Exec(statement)
		if res.Error != nil {
			return changed, fmt.Errorf("rebuild lists: %w", res.Error)
		}
		changed += int(res.RowsAffected)
	}
	if err := tx.Exec("DROP TABLE masks").Error; err != nil {
		return changed, fmt.Errorf("rebuild lists: %w", err)
	}
	n, err := rebuildPairs(tx)
	return changed + n, err
}

// makeMasks makes the masks that entries should have, for this transaction.
func makeMasks(tx *database.Tx, branches []string) error {
	for _, statement := range []string{
		"CREATE TEMPORARY TABLE masks (entry_id uuid PRIMARY KEY, mask bigint NOT NULL)",
		"INSERT INTO masks " + selectMasks + "(" + listedBy(strings.Join(branches, " UNION ALL ")) + ") AS wanted GROUP BY entry_id",
	} {
		if err := tx.Exec(statement).Error; err != nil {
			return fmt.Errorf("make the masks of lists: %w", err)
		}
	}
	return nil
}

// rebuildStatements remove rows that should not be there or say something else than their entry, add what is missing,
// and count. Where there are not any rows yet, nothing is compared.
func rebuildStatements(e database.Engine, branches []string, any bool) []string {
	var all []string
	missing := ""
	if any {
		all = append(all, removeListings(e, branches))
		missing = " AND NOT EXISTS (SELECT 1 FROM listings o WHERE o.entry_id = w.entry_id AND o.list_id = w.list_id)"
	}
	for _, branch := range branches {
		all = append(all, insertListings(e, branch, "")+missing)
	}
	return append(all, `UPDATE lists SET total = counted.n FROM (
			SELECT l.id, count(r.list_id) AS n FROM lists l LEFT JOIN listings r ON r.list_id = l.id GROUP BY l.id
		) AS counted WHERE counted.id = lists.id AND counted.n <> lists.total`)
}

// removeListings removes rows that should not be there or say something else than their entry.
func removeListings(e database.Engine, branches []string) string {
	return `DELETE FROM listings WHERE NOT EXISTS (
		SELECT 1 FROM (` + listedBy(strings.Join(branches, " UNION ALL ")) + `) AS w
		JOIN entries e ON e.id = w.entry_id JOIN masks m ON m.entry_id = w.entry_id
		WHERE w.entry_id = listings.entry_id AND w.list_id = listings.list_id
		AND ` + e.Moment("e.first_published_at") + ` = listings.first_published_at
		AND ` + e.Moment("e.updated_at") + ` = listings.updated_at AND e.title_key = listings.title_key AND e.place = listings.place
		AND ~listings.mask & m.mask = 0)`
}

// rebuildPairs counts again what lists have in common, and gives how many counts were wrong.
func rebuildPairs(tx *database.Tx) (changed int, err error) {
	want, err := countPairs(tx)
	if err != nil {
		return 0, fmt.Errorf("count pairs of lists: %w", err)
	}
	var have []listPair
	if err := tx.Raw("SELECT list_id, other_id, total FROM list_pairs").Scan(&have).Error; err != nil {
		return 0, fmt.Errorf("read pairs of lists: %w", err)
	}
	for _, pair := range have {
		want[[2]int{pair.ListID, pair.OtherID}] -= pair.Total // what is left is what is wrong
	}
	maps.DeleteFunc(want, func(_ [2]int, n int) bool { return n == 0 })
	return len(want), addTotals(tx, nil, want)
}

// countPairs goes through all rows once, entry by entry.
func countPairs(tx *database.Tx) (map[[2]int]int, error) {
	var whole []int
	if err := tx.Raw("SELECT id FROM lists WHERE dimension = ''").Scan(&whole).Error; err != nil {
		return nil, err
	}
	rows, err := tx.Raw("SELECT entry_id, list_id FROM listings ORDER BY entry_id, list_id").Rows()
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	pairs := map[[2]int]int{}
	var current uuid.UUID
	var lists []int
	for rows.Next() {
		var row listed
		if err := rows.Scan(&row.EntryID, &row.ListID); err != nil {
			return nil, err
		}
		if row.EntryID != current {
			tallyPairs(lists, 1, pairs)
			current, lists = row.EntryID, lists[:0]
		}
		if !slices.Contains(whole, row.ListID) {
			lists = append(lists, row.ListID)
		}
	}
	tallyPairs(lists, 1, pairs)
	return pairs, rows.Err()
}
