package index

import (
	"fmt"
	"strings"

	"github.com/cpics/working-together-api/internal/database"
)

// expression is a question to the index: documents that have one of each list of all, and none of none. Its tokens
// come out of package words: letters and digits, so that they mean nothing else to an engine, whoever typed them.
type expression struct {
	all  [][]string
	none []string
}

// single gives the only token that is asked for, where that is all there is to the expression.
func (e expression) single() (token string, ok bool) {
	if len(e.all) == 1 && len(e.all[0]) == 1 && len(e.none) == 0 {
		return e.all[0][0], true
	}
	return "", false
}

// fts5 writes an expression for SQLite, https://www.sqlite.org/fts5.html section 3.
func (e expression) fts5() string {
	all := make([]string, len(e.all))
	for i, any := range e.all {
		all[i] = "(" + quoted(any, `"`, " OR ") + ")"
	}
	match := strings.Join(all, " AND ")
	if len(e.none) > 0 {
		match = "(" + match + ") NOT (" + quoted(e.none, `"`, " OR ") + ")"
	}
	return match
}

// postgres writes a condition on tokens, as the type tsquery reads each part of it (documentation, section 8.11.2). Each
// list is a condition of its own: only between conditions does a GIN index skip what cannot be in the others.
func (e expression) postgres(window []string) (cond string, args []any) {
	conds := make([]string, 0, len(e.all)+1)
	add := func(any []string, also string) {
		conds = append(conds, "tokens @@ ?::tsquery")
		args = append(args, "("+quoted(any, "'", " | ")+")"+also)
	}
	for i, any := range e.all {
		if i == 0 && len(e.none) > 0 {
			add(any, " & !("+quoted(e.none, "'", " | ")+")")
		} else {
			add(any, "")
		}
	}
	if window != nil {
		add(window, "")
	}
	return strings.Join(conds, " AND "), args
}

func quoted(tokens []string, quote, between string) string {
	return quote + strings.Join(tokens, quote+between+quote) + quote
}

// found is the newest of what an expression finds.
type found struct {
	places []int64 // newest first
	total  int     // how many there are
	more   bool    // or more than that
}

// newest finds the newest documents for an expression: at most limit of them, and how many there are, at least up to
// counted where the engine counts them by the way.
func (s *Search) newest(e expression, limit, counted int) (found, error) {
	if s.tx.Engine == database.SQLite { // goes through them from the newest on, and stops
		places, err := column[int64](s.tx, "SELECT rowid FROM search_index WHERE search_index MATCH ? ORDER BY rowid DESC LIMIT ?", e.fts5(), limit+1)
		n := min(limit, len(places))
		return found{places[:n], n, len(places) > limit}, err
	}
	need := max(limit+1, counted)
	for places := s.reach(e, need); ; places *= 8 {
		var window []string
		if all := max(s.newestPlace, s.counts[tokenLive]); places < all/2 {
			window = windowFrom(s.newestPlace, places)
		}
		f, err := s.gather(e, window, limit)
		if f.more = window != nil; err != nil || !f.more || f.total >= need {
			return f, err
		}
	}
}

// spare is how many times as many documents are looked at as should be enough.
const spare = 1.5

// reach estimates how many places, from the newest down, have so many documents for an expression.
func (s *Search) reach(e expression, need int) int64 {
	live := float64(max(s.counts[tokenLive], 1))
	perDocument := max(1, float64(s.newestPlace)/live)
	return int64(spare * perDocument * float64(need) / max(s.share(e), 1/live))
}

// gather finds the documents for an expression in a window, all of them.
func (s *Search) gather(e expression, window []string, limit int) (f found, err error) {
	cond, args := e.postgres(window)
	err = each(s.tx, "WITH found AS MATERIALIZED (SELECT place FROM search_index WHERE "+cond+")"+
		" SELECT place, (SELECT count(*) FROM found) FROM found ORDER BY place DESC LIMIT ?", append(args, limit), func(scan scanner) error {
		var place int64
		err := scan(&place, &f.total)
		f.places = append(f.places, place)
		return err
	})
	return f, err
}

// share estimates the part of all documents that an expression finds, as if words came independently of one another.
func (s *Search) share(e expression) float64 {
	live := float64(max(s.counts[tokenLive], 1))
	share := 1.0
	for _, any := range e.all {
		var sum int64
		for _, token := range any {
			sum += s.counts[token]
		}
		share *= min(1, float64(sum)/live)
	}
	return share
}

// count counts the documents for an expression, up to a limit.
func (s *Search) count(e expression, limit int) (int, error) {
	if s.tx.Engine == database.Postgres {
		f, err := s.newest(e, 1, limit)
		return min(f.total, limit), err
	}
	n, err := column[int](s.tx, "SELECT count(*) FROM (SELECT 1 FROM search_index WHERE search_index MATCH ? LIMIT ?)", e.fts5(), limit)
	if err != nil {
		return 0, err
	}
	return n[0], nil
}

// scanner reads a row into variables.
type scanner func(into ...any) error

// each goes through the rows of a statement.
func each(tx *database.Tx, statement string, args []any, row func(scanner) error) error {
	rows, err := tx.Query(statement, args...)
	if err != nil {
		return fmt.Errorf("search: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := row(rows.Scan); err != nil {
			return fmt.Errorf("search: %w", err)
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("search: %w", err)
	}
	return nil
}

// column reads the only column of a statement.
func column[T any](tx *database.Tx, statement string, args ...any) (all []T, err error) {
	err = each(tx, statement, args, func(scan scanner) error {
		var value T
		err := scan(&value)
		all = append(all, value)
		return err
	})
	return all, err
}
