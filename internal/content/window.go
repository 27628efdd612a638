package content

import (
	"fmt"
	"slices"

	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/errs"
)

// findWindow reads the part of a list for editors that a window shows, by key and never by offset: what is saved or
// removed meanwhile moves nothing.
func findWindow(tx *database.Tx, w *statement, win Window) (*Found, error) {
	found := &Found{}
	if err := tx.Raw("SELECT count(*)"+w.String(), w.args...).Scan(&found.Total).Error; err != nil {
		return nil, fmt.Errorf("count a list: %w", err)
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

// direction is a way to go through a list from a window's place.
type direction struct {
	backwards bool
	inclusive bool // with the entry at the place
	limit     int
}

// compare is the direction in SQL: the order of rows, and how those further on compare with the window's place.
func (win Window) compare(dir direction) (order, operator string) {
	order, operator = "ASC", ">"
	if win.Sort.Descending != dir.backwards {
		order, operator = "DESC", "<"
	}
	if dir.inclusive {
		operator += "="
	}
	return order, operator
}

// slice reads entries in a direction, nearest first.
func slice(tx *database.Tx, w *statement, win Window, dir direction) ([]Entry, error) {
	order, operator := win.compare(dir)
	part := new(statement).add("SELECT e.*").append(w)
	if win.From != nil {
		value, id, err := win.place()
		if err != nil {
			return nil, err
		}
		// The space: right behind a parenthesis, gorm would take the bytes of a title's key for a list of numbers.
		part.add(fmt.Sprintf(" AND (e.%s, e.id) %s ( ?, ?)", win.Sort.Column, operator), value, id)
	}
	var rows []Entry
	part.add(fmt.Sprintf(" ORDER BY e.%s %s, e.id %s LIMIT %d", win.Sort.Column, order, order, dir.limit))
	if err := tx.Raw(part.String(), part.args...).Scan(&rows).Error; err != nil {
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
