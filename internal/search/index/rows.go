package index

import (
	"slices"

	"github.com/cpics/working-together-api/internal/search/words"
)

// rows are what the index cannot tell of a query, as it does not know the order of words: rows of them that a document
// has in one of its parts, and rows that it has not.
type rows struct{ with, without []*words.Row }

// newRows gives nil for a query without any.
func newRows(q words.Query) *rows {
	var r rows
	for _, row := range q.Phrases {
		if len(row) > 1 {
			r.with = append(r.with, words.NewRow(row))
		}
	}
	for _, row := range q.WithoutPhrases {
		r.without = append(r.without, words.NewRow(row))
	}
	if len(r.with)+len(r.without) == 0 {
		return nil
	}
	return &r
}

// in says whether a text has what it should, and nothing that it should not.
func (r *rows) in(t *Text) bool {
	has := func(row *words.Row) bool { return row.In(t.Title) || row.In(t.Summary) || row.In(t.Body) }
	return !slices.ContainsFunc(r.with, func(row *words.Row) bool { return !has(row) }) && !slices.ContainsFunc(r.without, has)
}
