package auth

import (
	"context"
	"errors"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"github.com/cpics/working-together-api/internal/audit"
	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/errs"
)

const (
	maxName = 200  // characters of a token's name
	maxYear = 9999 // RFC 3339 has four digits for a year
)

// Token is what may be known about a token: all but its secret. Times are UTC in whole seconds.
type Token struct {
	ID uuid.UUID `json:"id" validate:"required" swaggertype:"string" format:"uuid" example:"01976a2c-4d3e-7f10-8a5b-1c2d3e4f5a6b"`
	// For people; 1 to 200 characters, need not be unique
	Name string `json:"name" validate:"required" example:"Website editors"`
	// What it allows; each role includes the ones before it
	Role      Role      `json:"role" validate:"required" swaggertype:"string" enums:"reader,editor,publisher,admin" example:"editor"`
	CreatedAt time.Time `json:"createdAt" validate:"required" format:"date-time" example:"2026-11-23T09:30:00Z"`
	// Id of the actor that made it
	CreatedBy string `json:"createdBy" validate:"required" example:"system:token"`
	// From then on it is refused; absent: valid until revoked
	ExpiresAt *time.Time `json:"expiresAt,omitempty" format:"date-time" example:"2027-11-23T09:30:00Z"`
	// At most a minute behind; absent: never used
	LastUsedAt *time.Time `json:"lastUsedAt,omitempty" format:"date-time" example:"2026-11-23T10:15:00Z"`
}

// row is a Token as it is stored.
type row struct {
	Token     `gorm:"embedded"`
	Digest    []byte
	RevokedAt *time.Time
}

// TableName is where rows are stored.
func (row) TableName() string { return "tokens" }

// expired says whether the token is no longer valid at the time now. It is valid until the second before ExpiresAt.
func (t Token) expired(now time.Time) bool { return t.ExpiresAt != nil && !now.Before(*t.ExpiresAt) }

// current is the scope of the tokens that are not revoked.
func current(tx *gorm.DB) *gorm.DB { return tx.Where("revoked_at IS NULL") }

// Store keeps the tokens. Its methods are whole units of work and may be called at once.
type Store struct {
	db     *database.DB
	ledger *ledger
}

// NewStore keeps tokens in db.
func NewStore(db *database.DB) *Store { return &Store{db: db, ledger: newLedger(db)} }

// NewToken is what Create needs to know.
type NewToken struct {
	Name      string     // 1 to 200 characters
	Role      Role       // any but Anyone
	ExpiresAt *time.Time // in the future; nil: valid until revoked
}

// Create makes a token. The secret is the whole text that its owner sends; it is given this once and cannot be shown
// again. All that is wrong with n comes at once, as errs.InvalidContent.
func (s *Store) Create(ctx context.Context, by Actor, n NewToken) (t Token, secret string, err error) {
	c, err := newCredential()
	if err != nil {
		return Token{}, "", err
	}
	digest := c.digest()
	n = n.tidied()
	err = s.db.Write(ctx, func(tx *database.Tx) error {
		if err := errs.Invalid(errs.InvalidContent, n.faults(tx.Now)...); err != nil {
			return err
		}
		t = Token{ID: c.id, Name: n.Name, Role: n.Role, CreatedAt: tx.Now, CreatedBy: by.ID, ExpiresAt: n.ExpiresAt}
		if err := tx.Create(&row{Token: t, Digest: digest[:]}).Error; err != nil {
			return err
		}
		return audit.Record(tx, audit.Row{By: by.Who(), Action: audit.TokenCreate, Type: "token", Entry: t.ID})
	})
	if err != nil {
		return Token{}, "", err
	}
	return t, c.text(), nil
}

// faults are all that is wrong with n at the time now.
func (n NewToken) faults(now time.Time) []errs.Fault {
	var faults []errs.Fault
	if utf8.RuneCountInString(n.Name) > maxName || strings.TrimSpace(n.Name) == "" {
		faults = append(faults, errs.At("/name", errs.Length, "Give the token a name of 1 to %d characters that says who uses it.", maxName))
	}
	if strings.ContainsFunc(n.Name, unicode.IsControl) || !utf8.ValidString(n.Name) {
		faults = append(faults, errs.At("/name", errs.Format, "Write the name in one line of text, without control characters."))
	}
	if !n.Role.Grantable() {
		faults = append(faults, errs.At("/role", errs.Range, "Give one of the roles reader, editor, publisher and admin."))
	}
	if n.ExpiresAt != nil && (!n.ExpiresAt.After(now) || n.ExpiresAt.Year() > maxYear) {
		faults = append(faults, errs.At("/expiresAt", errs.Range, "Give a time in the future, such as %s, or leave it out.", now.AddDate(1, 0, 0).Format(time.RFC3339)))
	}
	return faults
}

// tidied is n with times as they are stored: UTC, whole seconds.
func (n NewToken) tidied() NewToken {
	if n.ExpiresAt != nil {
		at := n.ExpiresAt.UTC().Truncate(time.Second)
		n.ExpiresAt = &at
	}
	return n
}

// Get is the token with the id; errs.NotFound when there is none or it is revoked.
func (s *Store) Get(ctx context.Context, id uuid.UUID) (t Token, err error) {
	err = s.db.Read(ctx, func(tx *database.Tx) error {
		var r row
		err := tx.Scopes(current).Take(&r, "id = ?", id).Error
		t = r.Token
		return missing(err)
	})
	return t, err
}

// Revoke ends a token at once, on every replica; errs.NotFound when there is none or it is revoked already.
func (s *Store) Revoke(ctx context.Context, by Actor, id uuid.UUID) error {
	return s.db.Write(ctx, func(tx *database.Tx) error {
		done := tx.Model(&row{}).Scopes(current).Where("id = ?", id).Update("revoked_at", tx.Now)
		if done.Error != nil {
			return done.Error
		}
		if done.RowsAffected == 0 {
			return noToken()
		}
		return audit.Record(tx, audit.Row{By: by.Who(), Action: audit.TokenRevoke, Type: "token", Entry: id})
	})
}

// missing turns "no such row" into errs.NotFound.
func missing(err error) error {
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return noToken()
	}
	return err
}

func noToken() error {
	return errs.New(errs.NotFound, "There is no token with this id; it may have been revoked. GET /v1/tokens lists those there are.")
}
