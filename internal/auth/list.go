package auth

import (
	"context"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/errs"
	"github.com/cpics/working-together-api/internal/web"
)

// Part says which part of the list of tokens is wanted. The zero value is all of it.
type Part struct {
	Limit int       // how many at most; 0: all
	From  uuid.UUID // the token that the part is next to, which may be revoked by now; uuid.Nil: the start of the list
	Newer bool      // the tokens newer than From; otherwise those older
}

// Listed is a part of the list of tokens.
type Listed struct {
	Tokens       []Token // newest first
	Total        int     // of the whole list
	Newer, Older bool    // whether there are tokens on either side of this part
}

// List shows the tokens that are not revoked, newest first; expired ones are among them.
func (s *Store) List(ctx context.Context, p Part) (l Listed, err error) {
	err = s.db.Read(ctx, func(tx *database.Tx) error {
		var total int64
		if err := tx.Model(&row{}).Scopes(current).Count(&total).Error; err != nil {
			return err
		}
		rows, err := p.rows(tx)
		l = p.listed(rows)
		l.Total = int(total)
		return err
	})
	return l, err
}

// rows reads the part outwards from its From, and one row more, which tells whether the list goes on.
func (p Part) rows(tx *database.Tx) (rows []row, err error) {
	q := tx.Scopes(current)
	if p.Limit > 0 {
		q = q.Limit(p.Limit + 1)
	}
	// An id is a UUIDv7: its order is that of creation.
	switch {
	case p.From == uuid.Nil:
		q = q.Order("id DESC")
	case p.Newer:
		q = q.Where("id > ?", p.From).Order("id")
	default:
		q = q.Where("id < ?", p.From).Order("id DESC")
	}
	return rows, q.Find(&rows).Error
}

// listed makes the part of what rows has read.
func (p Part) listed(rows []row) Listed {
	more := p.Limit > 0 && len(rows) > p.Limit
	if more {
		rows = rows[:p.Limit]
	}
	l := Listed{Tokens: make([]Token, len(rows)), Older: more, Newer: p.From != uuid.Nil}
	for i, r := range rows {
		l.Tokens[i] = r.Token
	}
	if p.Newer && p.From != uuid.Nil {
		slices.Reverse(l.Tokens)
		l.Newer, l.Older = more, true
	}
	return l
}

// scope is what cursors of the list belong to: it has one order and no filters.
const scope = "tokens"

// goOn moves p to where the cursor points; an empty one is the start of the list. A cursor that was not made by
// cursors is errs.InvalidQuery.
func (p *Part) goOn(cursor string) error {
	if cursor == "" {
		return nil
	}
	newer, parts, err := web.DecodeCursor(scope, cursor)
	if err != nil {
		return err
	}
	from, err := uuid.Parse(strings.Join(parts, " "))
	if err != nil { // anybody can make a cursor whose checksum is right
		return errs.Invalid(errs.InvalidQuery, errs.In("cursor", errs.Format, "This cursor points nowhere. Follow next or previous as they are given, or start without a cursor."))
	}
	p.From, p.Newer = from, newer
	return nil
}

// cursors are those of the parts on either side; "" where there is none.
func (l Listed) cursors() (newer, older string) {
	if len(l.Tokens) == 0 {
		return "", ""
	}
	if l.Newer {
		newer = web.EncodeCursor(scope, true, l.Tokens[0].ID.String())
	}
	if l.Older {
		older = web.EncodeCursor(scope, false, l.Tokens[len(l.Tokens)-1].ID.String())
	}
	return newer, older
}
