package auth

import (
	"context"
	"crypto/sha256"
	"time"

	"github.com/google/uuid"

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
	if err := r.read(tx, c.id); err != nil {
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

// read fills r with the token that has the id, and leaves it as it is where there is none. Every request that shows a
// token pays for it, so it goes past what gorm does for statements of its own.
func (r *row) read(tx *database.Tx, id uuid.UUID) error {
	rows, err := tx.Query("SELECT id, name, role, created_at, created_by, expires_at, last_used_at, digest, revoked_at FROM tokens WHERE id = ?", id)
	if err != nil {
		return err
	}
	defer rows.Close()
	if rows.Next() {
		if err := rows.Scan(&r.ID, &r.Name, &r.Role, &r.CreatedAt, &r.CreatedBy, &r.ExpiresAt, &r.LastUsedAt, &r.Digest, &r.RevokedAt); err != nil {
			return err
		}
	}
	return rows.Err()
}
