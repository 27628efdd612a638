package database

import (
	"fmt"
	"time"
)

// sqliteTime is how times are stored in SQLite (the driver's _time_format=sqlite).
const sqliteTime = "2006-01-02 15:04:05.999999999-07:00"

// Instant is SQL for a column of times that a statement for [Tx.Query] selects, to be scanned into an [Instant]. SQLite's
// driver reads the columns that are declared as times by trying several forms, the first of which always fails, and that
// takes more memory than the row. Of an expression it knows no declaration.
func (e Engine) Instant(column string) string {
	if e == SQLite {
		return column + " || ''"
	}
	return column
}

// Moment is SQL for a column of times as the rows of lists have it. On SQLite that is seconds since 1970, a fifth of the
// bytes that a time takes as text.
func (e Engine) Moment(column string) string {
	if e == SQLite {
		return "unixepoch(" + column + ")"
	}
	return column
}

// MomentOf is a time to be compared with an [Engine.Moment]. Those are whole seconds, so that on SQLite half a second
// stands for every fraction.
func (e Engine) MomentOf(t time.Time) any {
	switch {
	case e != SQLite:
		return t
	case t.Nanosecond() > 0:
		return float64(t.Unix()) + 0.5
	}
	return t.Unix()
}

// Instant is where a time goes that was selected as [Engine.Instant]; NULL becomes nil. It is UTC.
type Instant struct{ To **time.Time }

// Scan implements sql.Scanner.
func (i Instant) Scan(v any) error {
	switch v := v.(type) {
	case nil:
		*i.To = nil
	case time.Time:
		*i.To = &v
	case string:
		t, err := time.Parse(sqliteTime, v)
		if err != nil {
			return fmt.Errorf("read a time: %w", err)
		}
		t = t.UTC()
		*i.To = &t
	default:
		return fmt.Errorf("read a time: it is a %T", v)
	}
	return nil
}
