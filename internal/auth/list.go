package auth

import (
	"context"

	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/newest"
)

// scope is what cursors of the list of tokens belong to: it has one order and no filters.
const scope = "tokens"

// List shows a part of the tokens that are not revoked, newest first; expired ones are among them.
func (s *Store) List(ctx context.Context, p newest.Part) (l newest.Listed[Token], err error) {
	err = s.db.Read(ctx, func(tx *database.Tx) error {
		rows, err := newest.Read[row](tx.Scopes(current), p)
		l = newest.Map(rows, func(r row) Token { return r.Token })
		return err
	})
	return l, err
}
