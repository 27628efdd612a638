package index

import "github.com/cpics/working-together-api/internal/database"

// A light transaction is no snapshot. What is read in one tells its state beside the terms, and belongs to an answer only
// when that is confirmed to be the state that all else is known of.

// Head is the newest line of the change log: its number and its entry.
type Head struct {
	Seq   int64
	Entry string
}

// selectHead is a row about the head: its entry, its number, and headRow.
const selectHead = ` UNION ALL SELECT coalesce((SELECT CAST(entry_id AS text) FROM changes WHERE seq = (SELECT seq FROM change_head)), ''),
	(SELECT seq FROM change_head), 2`

// headRow marks the row about the head among those about terms.
const headRow = 2

// Head is the newest line of the change log that the search knows of. It is read only in a light transaction, of which
// it must be confirmed; in any other one it is known before.
func (s *Search) Head() Head { return s.head }

// In is the same search in a transaction that reads the same state.
func (s *Search) In(tx *database.Tx) *Search {
	other := *s
	other.tx = tx
	return &other
}

// Possible says whether anything may be found: whether some document has each of the words.
func (s *Search) Possible() bool {
	_, ok := s.expression(Anywhere)
	return ok && !s.query.Empty()
}
