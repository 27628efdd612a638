package index

import (
	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/search/words"
)

// Condition is a condition, and its arguments, on the id of an entry that a query finds: the live ones of a type, or the
// withdrawn ones. Where the query looks for words in a row it finds what is among the newest maxVerified documents
// that have them.
func Condition(tx *database.Tx, id string, q words.Query, typ string, withdrawn bool) (cond string, args []any, err error) {
	where, f := Anywhere, Filter{Types: []string{typ}}
	if withdrawn {
		where, f = InWithdrawn, Filter{Withdrawn: true}
	}
	s, err := Prepare(tx, q, f)
	if err != nil {
		return "", nil, err
	}
	e, ok := s.expression(where)
	if !ok || q.Empty() {
		return "1 = 0", nil, nil
	}
	if s.rows != nil {
		places, _, err := s.Newest(where, maxVerified)
		if err != nil {
			return "", nil, err
		}
		in, list, err := Places(tx, places)
		return id + " IN (SELECT entry_id FROM search_documents WHERE place IN " + in + ")", []any{list}, err
	}
	if tx.Engine == database.SQLite {
		return id + " IN (SELECT entry_id FROM search_documents WHERE place IN (SELECT rowid FROM search_index WHERE search_index MATCH ?))",
			[]any{e.fts5()}, nil
	}
	match, args := e.postgres(nil)
	return id + " IN (SELECT s.entry_id FROM search_documents s JOIN search_index i ON i.place = s.place WHERE " + match + ")", args, nil
}
