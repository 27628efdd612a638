package content

import (
	"fmt"
	"slices"

	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/errs"
)

// findWindow reads the part of a list that a window shows, by key and never by offset: what is published or removed
// meanwhile moves nothing.
func findWindow(tx *database.Tx, w *where, win Window, exact bool) (*Found, error) {
	found := &Found{}
	if err := count(tx, w, exact, found); err != nil {
		return nil, err
	}
	rows, err := slice(tx, w, win, direction{backwards: win.Backwards, limit: win.Limit + 1})
	if err != nil {
		return nil, err
	}
	more := len(rows) > win.Limit
	rows = rows[:min(len(rows), win.Limit)]
	found.Entries, found.After = rows, more
	if win.From == nil {
		return found, nil
	}
	// The side that the cursor comes from, with its own entry: when nothing is left there, no address for it is given.
	other, err := slice(tx, w, win, direction{backwards: !win.Backwards, inclusive: true, limit: 1})
	if err != nil {
		return nil, err
	}
	found.Before = len(other) > 0
	if win.Backwards {
		slices.Reverse(found.Entries)
		found.Before, found.After = found.After, found.Before
	}
	return found, nil
}

// count counts the list, up to countLimit unless it can be done exactly.
func count(tx *database.Tx, w *where, exact bool, found *Found) error {
	statement, args := "SELECT count(*)"+w.from(), w.args
	if !exact {
		statement = "SELECT count(*) FROM (SELECT 1" + w.from() + fmt.Sprintf(" LIMIT %d) AS counted", countLimit+1)
	}
	if err := tx.Raw(statement, args...).Scan(&found.Total).Error; err != nil {
		return fmt.Errorf("count a list: %w", err)
	}
	if !exact && found.Total > countLimit {
		found.Total, found.TotalIsMinimum = countLimit, true
	}
	return nil
}

// direction is a way to go through a list from a window's place.
type direction struct {
	backwards bool
	inclusive bool // with the entry at the place
	limit     int
}

// slice reads entries in a direction, nearest first.
func slice(tx *database.Tx, w *where, win Window, dir direction) ([]Entry, error) {
	order, compare := "ASC", ">"
	if win.Sort.Descending != dir.backwards {
		order, compare = "DESC", "<"
	}
	if dir.inclusive {
		compare += "="
	}
	part := &where{joins: w.joins, conds: slices.Clone(w.conds), args: slices.Clone(w.args)}
	if win.From != nil {
		value, id, err := win.place()
		if err != nil {
			return nil, err
		}
		// The space: right behind a parenthesis, gorm would take the bytes of a title's key for a list of numbers.
		part.add(fmt.Sprintf("(e.%s, e.id) %s ( ?, ?)", win.Sort.Column, compare), value, id)
	}
	var rows []Entry
	statement := fmt.Sprintf("SELECT e.*%s ORDER BY e.%s %s, e.id %s LIMIT %d", part.from(), win.Sort.Column, order, order, dir.limit)
	if err := tx.Raw(statement, part.args...).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("read a list: %w", err)
	}
	return rows, nil
}

// place reads the parts of a cursor.
func (win Window) place() (value, id any, err error) {
	if len(win.From) == 2 {
		value, ok := win.Sort.parse(win.From[0])
		id, isID := ParseID(win.From[1])
		if ok && isID {
			return value, id, nil
		}
	}
	return nil, nil, errs.Invalid(errs.InvalidQuery, errs.In("cursor", errs.Format,
		"This cursor does not belong to this list. Start without a cursor."))
}
