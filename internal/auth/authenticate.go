package auth

import (
	"context"
	"crypto/sha256"
	"errors"
	"time"

	"gorm.io/gorm"

	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/errs"
)

// Authenticate is the actor whose token has this text. It fails with errs.Unauthenticated when the text is no token,
// or one that was revoked or has expired, and with errs.Unavailable when the database cannot tell. Nothing is
// remembered between calls, so a revoked token is refused from the commit on.
func (s *Store) Authenticate(ctx context.Context, text string) (Actor, error) {
	c, ok := parse(text)
	if !ok {
		return Anonymous, errs.New(errs.Unauthenticated, "This is not a token of this service: it may be cut short or mistyped. Copy it again as a whole.")
	}
	var t Token
	var now time.Time
	err := s.db.ReadLight(ctx, func(tx *database.Tx) (err error) {
		now = tx.Now
		t, err = find(tx, c)
		return err
	})
	if err != nil {
		return Anonymous, err
	}
	s.ledger.used(ctx, t, now)
	return Actor{ID: t.ID.String(), Name: t.Name, Role: t.Role, TokenID: t.ID, Expires: t.ExpiresAt}, nil
}

// find is the valid token that c belongs to. What is said of a revoked or expired token is said only to who has its
// secret; an id without it learns nothing, and costs the same comparison whether or not the id exists.
func find(tx *database.Tx, c credential) (Token, error) {
	r := row{Digest: make([]byte, sha256.Size)} // which no secret has
	err := tx.Take(&r, "id = ?", c.id).Error
	if err != nil && !errors.Is(err, gorm.ErrRecordNotFound) {
		return Token{}, err
	}
	switch {
	case !c.matches(r.Digest):
		return Token{}, errs.New(errs.Unauthenticated, "This token is not known here. Check that it belongs to this service, or ask an administrator for another.")
	case r.RevokedAt != nil:
		return Token{}, errs.New(errs.Unauthenticated, "This token has been revoked. Ask an administrator for another.")
	case r.expired(tx.Now):
		return Token{}, errs.New(errs.Unauthenticated, "This token expired at %s. Ask an administrator for another.", r.ExpiresAt.Format(time.RFC3339))
	}
	return r.Token, nil
}
