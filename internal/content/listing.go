package content

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/cpics/working-together-api/internal/database"
)

// The public lists are read from rows that are kept for them: for every entry that is live or withdrawn one in the list
// of all, and one in the list of each value by which its type can be narrowed. Lists know how many entries they hold, and
// how many each pair of them has in common.

// dimLanguage is the dimension of every type with editions; the others are named after the filters of the kind.
const dimLanguage = "language"

// listRef names a list of a type by what it was narrowed by.
type listRef struct{ dimension, value string }

// wanted are statements which together select the lists that public entries belong in: entry_id, type, status, dimension,
// value. narrow is a further condition on entries e of each.
func (k Kind) wanted(narrow string) []string {
	from := " FROM entries e"
	if !k.Plain {
		from += " JOIN editions d ON d.entry_id = e.id AND d.state = 'live'"
	}
	typed := from + " JOIN " + k.Table + " t ON t.edition_id = d.id"
	if k.Plain {
		typed = from + " JOIN " + k.Table + " t ON t.id = e.id"
	}
	var all []string
	add := func(dimension, value, from, cond string) {
		all = append(all, "SELECT e.id AS entry_id, e.type, e.status, '"+dimension+"' AS dimension, "+value+" AS value"+from+
			" WHERE e.type = '"+k.Type+"' AND e.status IN ('live', 'withdrawn')"+cond+narrow)
	}
	add("", "''", " FROM entries e", "")
	if !k.Plain {
		add(dimLanguage, "d.language", from, "")
	}
	for _, f := range k.Filters {
		switch {
		case f.Relation != "":
			// What was never public is no value of a filter, and may go without a trace.
			add(f.Param, "CAST(l.target_id AS text)", from+` JOIN edition_links l ON l.edition_id = d.id
				JOIN entries x ON x.id = l.target_id AND x.first_published_at IS NOT NULL`, " AND l.relation = '"+f.Relation+"'")
		case f.Flag != "":
			add(f.Param, "CASE WHEN t."+f.Flag+" THEN 'true' ELSE 'false' END", typed, "")
		default:
			add(f.Param, "t."+f.Column, typed, " AND t."+f.Column+" <> ''")
			for _, value := range slices.Sorted(maps.Keys(f.Also)) {
				add(f.Param, "'"+value+"'", typed, " AND t."+f.Column+" IN ('"+strings.Join(f.Also[value], "', '")+"')")
			}
		}
	}
	return all
}

// listed is where an entry stands.
type listed struct {
	EntryID uuid.UUID
	ListID  int
}

// Relist brings entries of a type into the lists they belong in now and takes them out of all others. Whoever changes
// what is public calls it after, in the same transaction and under the publish lock.
func Relist(tx *database.Tx, typ string, entries ...uuid.UUID) error {
	_, err := relist(tx, typ, entries...)
	return err
}

// relist is Relist, and says whether the entries are in the same lists as before.
func relist(tx *database.Tx, typ string, entries ...uuid.UUID) (same bool, err error) {
	k, ok := kinds[typ]
	if !ok || len(entries) == 0 {
		return false, nil
	}
	var was, now []listed
	if err := tx.Raw("DELETE FROM listings WHERE entry_id IN ? RETURNING entry_id, list_id", entries).Scan(&was).Error; err != nil {
		return false, fmt.Errorf("take entries out of their lists: %w", err)
	}
	branches := k.wanted(" AND e.id IN ?")
	args := slices.Repeat([]any{entries}, len(branches))
	if err := addLists(tx, branches, args); err != nil {
		return false, err
	}
	if err := tx.Raw(insertListings(tx.Engine, strings.Join(branches, " UNION ALL "), ", masks AS ("+selectMasks+"wanted GROUP BY entry_id)")+
		" RETURNING entry_id, list_id", args...).Scan(&now).Error; err != nil {
		return false, fmt.Errorf("put entries into their lists: %w", err)
	}
	slices.SortFunc(was, compareListed)
	slices.SortFunc(now, compareListed)
	if slices.Equal(was, now) {
		return true, nil // and every count is what it was
	}
	return false, countListed(tx, typ, was, now)
}

func compareListed(a, b listed) int {
	return cmp.Or(compareIDs(a.EntryID, b.EntryID), cmp.Compare(a.ListID, b.ListID))
}

// relistLinking is Relist for the entries that link to one which is public for the first time.
func relistLinking(tx *database.Tx, target uuid.UUID) error {
	var linking []Entry
	err := tx.Raw(`SELECT e.id, e.type FROM entries e WHERE e.id IN (SELECT d.entry_id FROM edition_links l
		JOIN editions d ON d.id = l.edition_id AND d.state = 'live' WHERE l.target_id = ? AND l.relation <> ?)`, target, mentions).Scan(&linking).Error
	if err != nil {
		return fmt.Errorf("find what links to an entry: %w", err)
	}
	byType := map[string][]uuid.UUID{}
	for _, e := range linking {
		byType[e.Type] = append(byType[e.Type], e.ID)
	}
	for typ, ids := range byType {
		for batch := range slices.Chunk(ids, linkBatch) {
			if err := Relist(tx, typ, batch...); err != nil {
				return err
			}
		}
	}
	return nil
}

// unlist makes an entry that is recalled be no value of a filter any more.
func unlist(tx *database.Tx, target uuid.UUID) error {
	var lists []int
	if err := tx.Raw("SELECT id FROM lists WHERE value = ?", target.String()).Scan(&lists).Error; err != nil {
		return fmt.Errorf("find the lists of an entry: %w", err)
	}
	if len(lists) == 0 {
		return nil
	}
	for _, statement := range []string{
		"DELETE FROM listings WHERE list_id IN ?",
		"DELETE FROM list_pairs WHERE list_id IN ?",
		"DELETE FROM list_pairs WHERE other_id IN ?",
		"DELETE FROM lists WHERE id IN ?",
	} {
		if err := tx.Exec(statement, lists).Error; err != nil {
			return fmt.Errorf("remove the lists of an entry: %w", err)
		}
	}
	return nil
}

// addLists makes the lists that are not there yet.
func addLists(tx *database.Tx, branches []string, args []any) error {
	err := tx.Exec(`INSERT INTO lists (id, type, status, dimension, value)
		SELECT (SELECT coalesce(max(id), 0) FROM lists) + row_number() OVER (ORDER BY w.type, w.status, w.dimension, w.value),
			w.type, w.status, w.dimension, w.value
		FROM (SELECT DISTINCT type, status, dimension, value FROM (`+strings.Join(branches, " UNION ALL ")+`) AS u) AS w
		WHERE NOT EXISTS (SELECT 1 FROM lists l
			WHERE l.type = w.type AND l.status = w.status AND l.dimension = w.dimension AND l.value = w.value)`, args...).Error
	if err != nil {
		return fmt.Errorf("make lists: %w", err)
	}
	return nil
}

// insertListings puts what a statement wants into its lists. Relation masks has the mask of each entry.
func insertListings(e database.Engine, wanted, masks string) string {
	return "WITH wanted AS (" + listedBy(wanted) + ")" + masks + `
		INSERT INTO listings (entry_id, list_id, first_published_at, updated_at, title_key, place, mask)
		SELECT w.entry_id, w.list_id, ` + e.Moment("e.first_published_at") + `, ` + e.Moment("e.updated_at") + `, e.title_key, e.place, m.mask
		FROM wanted w JOIN entries e ON e.id = w.entry_id JOIN masks m ON m.entry_id = w.entry_id
		WHERE true`
}

// listedBy is what a statement wants, by the numbers of its lists.
func listedBy(wanted string) string {
	return "SELECT w.entry_id, l.id AS list_id FROM (" + wanted + `) AS w
		JOIN lists l ON l.type = w.type AND l.status = w.status AND l.dimension = w.dimension AND l.value = w.value`
}

// The mask of an entry has three bits for each list that it is in, by the list's number: one of 19, one of 21, one of 23.
// So a row of one list tells, nearly always, that its entry is not in another. It may have bits of lists that are no more.
const (
	listBits = "(CAST(1 AS bigint) << %[1]s %% 19) | (CAST(1 AS bigint) << 19 + %[1]s %% 21) | (CAST(1 AS bigint) << 40 + %[1]s %% 23)"
	// selectMasks adds bits up, each once, as SQLite has no other way to gather them.
	selectMasks = `SELECT entry_id, CAST(sum(DISTINCT CAST(1 AS bigint) << list_id % 19) + sum(DISTINCT CAST(1 AS bigint) << 19 + list_id % 21)
		+ sum(DISTINCT CAST(1 AS bigint) << 40 + list_id % 23) AS bigint) AS mask FROM `
)

// countListed counts what left lists and what came into them.
func countListed(tx *database.Tx, typ string, was, now []listed) error {
	var whole []int
	if err := tx.Raw("SELECT id FROM lists WHERE type = ? AND dimension = ''", typ).Scan(&whole).Error; err != nil {
		return fmt.Errorf("look up the lists of all: %w", err)
	}
	totals, pairs := map[int]int{}, map[[2]int]int{}
	tally(was, -1, whole, totals, pairs)
	tally(now, +1, whole, totals, pairs)
	return addTotals(tx, totals, pairs)
}

// tally adds n to the count of each list that has rows, and to that of each pair of lists that an entry is in.
func tally(rows []listed, n int, whole []int, totals map[int]int, pairs map[[2]int]int) {
	byEntry := map[uuid.UUID][]int{}
	for _, row := range rows {
		totals[row.ListID] += n
		if !slices.Contains(whole, row.ListID) {
			byEntry[row.EntryID] = append(byEntry[row.EntryID], row.ListID)
		}
	}
	for _, lists := range byEntry {
		tallyPairs(lists, n, pairs)
	}
}

// tallyPairs adds n to the count of each pair of an entry's lists.
func tallyPairs(lists []int, n int, pairs map[[2]int]int) {
	slices.Sort(lists)
	for i, a := range lists {
		for _, b := range lists[i+1:] {
			pairs[[2]int{a, b}] += n
		}
	}
}

// addTotals changes kept counts by what a change added up to.
func addTotals(tx *database.Tx, totals map[int]int, pairs map[[2]int]int) error {
	byChange := map[int][]int{}
	for list, n := range totals {
		if n != 0 {
			byChange[n] = append(byChange[n], list)
		}
	}
	for _, n := range slices.Sorted(maps.Keys(byChange)) {
		if err := tx.Exec("UPDATE lists SET total = total + ? WHERE id IN ?", n, byChange[n]).Error; err != nil {
			return fmt.Errorf("count lists: %w", err)
		}
	}
	var rows []listPair
	for pair, n := range pairs {
		if n != 0 {
			rows = append(rows, listPair{pair[0], pair[1], n})
		}
	}
	for batch := range slices.Chunk(rows, linkBatch) {
		if err := tx.Exec(`INSERT INTO list_pairs (list_id, other_id, total) VALUES `+tuples(len(batch), 3)+`
			ON CONFLICT (list_id, other_id) DO UPDATE SET total = list_pairs.total + excluded.total`, pairArgs(batch)...).Error; err != nil {
			return fmt.Errorf("count pairs of lists: %w", err)
		}
	}
	return nil
}

// listPair is how many entries two lists have in common.
type listPair struct{ ListID, OtherID, Total int }

func pairArgs(pairs []listPair) []any {
	args := make([]any, 0, 3*len(pairs))
	for _, p := range pairs {
		args = append(args, p.ListID, p.OtherID, p.Total)
	}
	return args
}

// tuples are placeholders for n rows of some values.
func tuples(n, width int) string {
	row := "(" + strings.TrimSuffix(strings.Repeat("?, ", width), ", ") + ")"
	return strings.TrimSuffix(strings.Repeat(row+", ", n), ", ")
}
