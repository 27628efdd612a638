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

// instr writes a condition on the tokens of one document, for SQLite, parted and surrounded by spaces. To ask FTS5 about
// a single document is many times as slow.
func (e expression) instr() (cond string, args []any) {
	any := func(tokens []string) string {
		for _, token := range tokens {
			args = append(args, " "+token+" ")
		}
		return "(" + strings.Repeat("instr(tokens, ?) > 0 OR ", len(tokens)-1) + "instr(tokens, ?) > 0)"
	}
	conds := make([]string, 0, len(e.all)+1)
	for _, tokens := range e.all {
		conds = append(conds, any(tokens))
	}
	if len(e.none) > 0 {
		conds = append(conds, "NOT "+any(e.none))
	}
	return strings.Join(conds, " AND "), args
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
	more   bool    // there are others, or may be
}

// newest finds the newest documents for an expression, at most limit of them.
func (s *Search) newest(e expression, limit int) (f found, err error) {
	if s.tx.Engine == database.SQLite { // goes through them from the newest on, and stops
		f.places, err = column[int64](s.tx, "SELECT rowid FROM search_index WHERE search_index MATCH ? ORDER BY rowid DESC LIMIT ?", e.fts5(), limit+1)
	} else {
		err = s.widen(e, limit+1, func(cond string, args []any) (n int, err error) {
			f.places, err = column[int64](s.tx, "WITH found AS MATERIALIZED (SELECT place FROM search_index WHERE "+cond+")"+
				" SELECT place FROM found ORDER BY place DESC LIMIT ?", append(args, limit+1)...)
			return len(f.places), err
		})
	}
	f.more = len(f.places) > limit
	f.places = f.places[:min(limit, len(f.places))]
	return f, err
}

// count counts the documents for an expression, up to a limit. On Postgres the statement must ask for no column: then
// rows are not read of pages that all may see.
func (s *Search) count(e expression, limit int) (n int, err error) {
	read := func(statement string, args []any) (int, error) {
		all, err := column[int](s.tx, statement, args...)
		if err != nil {
			return 0, err
		}
		n = all[0]
		return n, nil
	}
	if s.tx.Engine == database.SQLite {
		return read("SELECT count(*) FROM (SELECT 1 FROM search_index WHERE search_index MATCH ? LIMIT ?)", []any{e.fts5(), limit})
	}
	err = s.widen(e, limit, func(cond string, args []any) (int, error) {
		return read("SELECT count(*) FROM search_index WHERE "+cond, args)
	})
	return min(n, limit), err
}

// widen asks for an expression in ever larger windows, until as many documents were found as are needed, or all.
func (s *Search) widen(e expression, need int, ask func(cond string, args []any) (int, error)) error {
	for places := s.reach(e, need); ; places *= 8 {
		var window []string
		if all := max(s.newestPlace, s.counts[tokenLive]); places < all/2 {
			window = windowFrom(s.newestPlace, places)
		}
		cond, args := e.postgres(window)
		n, err := ask(cond, args)
		if err != nil || window == nil || n >= need {
			return err
		}
	}
}

// surely is how many live documents an expression finds at least, by how many have each word.
func (s *Search) surely(e expression) int {
	live := s.counts[tokenLive]
	sum := live
	for _, any := range e.all {
		var most int64
		for _, token := range any {
			most = max(most, s.counts[token])
		}
		sum -= live - most
	}
	for _, token := range e.none {
		sum -= s.counts[token]
	}
	return int(max(sum, 0))
}

// spare is how many times as many documents are looked at as should be enough.
const spare = 1.5

// reach estimates how many places, from the newest down, have so many documents for an expression.
func (s *Search) reach(e expression, need int) int64 {
	live := float64(max(s.counts[tokenLive], 1))
	perDocument := max(1, float64(s.newestPlace)/live)
	return int64(spare * perDocument * float64(need) / max(s.share(e), 1/live))
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
