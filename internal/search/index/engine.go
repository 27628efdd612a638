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

// tsquery writes an expression for Postgres, as the type's input function reads it (documentation, section 8.11.2).
func (e expression) tsquery() string {
	all := make([]string, 0, len(e.all)+1)
	for _, any := range e.all {
		all = append(all, "("+quoted(any, "'", " | ")+")")
	}
	if len(e.none) > 0 {
		all = append(all, "!("+quoted(e.none, "'", " | ")+")")
	}
	return strings.Join(all, " & ")
}

func quoted(tokens []string, quote, between string) string {
	return quote + strings.Join(tokens, quote+between+quote) + quote
}

const (
	// walkShare is the part of all documents from which on it is quicker to go through them from the newest on than
	// to gather all that match.
	walkShare = 0.04
	// maxWalk is how many documents are gone through before that is given up: words may be common, and never together.
	maxWalk = 20_000
)

// newest gives the places of the newest documents for an expression.
func (s *Search) newest(e expression, limit int) (places []int64, err error) {
	if s.tx.Engine == database.SQLite {
		err = s.tx.Raw("SELECT rowid FROM search_index WHERE search_index MATCH ? ORDER BY rowid DESC LIMIT ?", e.fts5(), limit).Scan(&places).Error
		return places, wrap(err)
	}
	if s.share(e) >= walkShare {
		// OFFSET 0 keeps the planner from looking into the index after all.
		err = s.tx.Raw(`SELECT place FROM (SELECT place, tokens FROM search_index ORDER BY place DESC LIMIT ? OFFSET 0) AS walked
			WHERE tokens @@ ?::tsquery LIMIT ?`, maxWalk, e.tsquery(), limit).Scan(&places).Error
		if err != nil || len(places) == limit || s.counts[tokenLive] <= maxWalk {
			return places, wrap(err)
		}
	}
	places = nil
	err = s.tx.Raw(`WITH found AS MATERIALIZED (SELECT place FROM search_index WHERE tokens @@ ?::tsquery)
		SELECT place FROM found ORDER BY place DESC LIMIT ?`, e.tsquery(), limit).Scan(&places).Error
	return places, wrap(err)
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
func (s *Search) count(e expression, limit int) (n int, err error) {
	if s.tx.Engine == database.SQLite {
		err = s.tx.Raw("SELECT count(*) FROM (SELECT 1 FROM search_index WHERE search_index MATCH ? LIMIT ?)", e.fts5(), limit).Scan(&n).Error
		return n, wrap(err)
	}
	err = s.tx.Raw("SELECT count(*) FROM (SELECT 1 FROM search_index WHERE tokens @@ ?::tsquery LIMIT ?) AS counted", e.tsquery(), limit).Scan(&n).Error
	return n, wrap(err)
}

func wrap(err error) error {
	if err != nil {
		return fmt.Errorf("search: %w", err)
	}
	return nil
}
