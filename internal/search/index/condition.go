package index

import (
	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/search/words"
)

// Matches are the documents that a query leaves of a list.
type Matches struct {
	// Places are those of all of them; of the newest MaxCount or of none, if there are More than that. Where the query
	// looks for words in a row, all are those among the newest maxVerified documents that have them.
	Places []int64
	More   bool

	tx         *database.Tx
	expression expression
}

// Match finds what a query leaves of a list. Of more than MaxCount, newest says whether the newest are wanted.
func Match(tx *database.Tx, q words.Query, f Filter, newest bool) (*Matches, error) {
	m := &Matches{tx: tx}
	where := Anywhere
	if f.Withdrawn {
		where = InWithdrawn
	}
	s, err := Prepare(tx, q, f)
	if err != nil || q.Empty() {
		return m, err
	}
	m.expression, _ = s.expression(where)
	if s.rows == nil {
		if _, m.More, err = s.countIn(where); err != nil || m.More && !newest {
			return m, err
		}
	}
	found, err := s.find(where, MaxCount)
	m.Places = found.places
	return m, err
}

// Count is how many matches there are, up to one more than MaxCount.
func (m *Matches) Count() int {
	if m.More {
		return MaxCount + 1
	}
	return len(m.Places)
}

// Entries is a statement that gives the entry_id of the documents at Places, with its argument.
func (m *Matches) Entries() (statement, arg string) {
	in, arg, _ := Places(m.tx, m.Places) // numbers can be written as JSON
	return "SELECT entry_id FROM search_documents WHERE place IN " + in, arg
}

// Has is the condition that the entry whose id an expression gives is among the matches, and its arguments. It looks at
// this entry only, which suits those who go through many of which most match. It is a subquery and no join, so that every
// planner looks up one document.
func (m *Matches) Has(id string) (cond string, args []any) {
	if m.tx.Engine == database.Postgres {
		cond, args = m.expression.postgres(nil)
		return "(SELECT 1 FROM search_documents s CROSS JOIN search_index i WHERE s.entry_id = " + id + " AND i.place = s.place AND " +
			cond + " LIMIT 1) IS NOT NULL", args
	}
	cond, args = m.expression.instr()
	return "(SELECT 1 FROM (SELECT ' ' || i.tokens || ' ' AS tokens FROM search_documents s CROSS JOIN search_index i WHERE s.entry_id = " + id +
		" AND i.rowid = s.place LIMIT 1) WHERE " + cond + ") IS NOT NULL", args
}
