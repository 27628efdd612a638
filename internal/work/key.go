package work

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/errs"
)

const (
	keyHeader = "Idempotency-Key"
	keyMax    = 255            // characters
	keptFor   = 24 * time.Hour // answers
)

// key is an Idempotency-Key with all that it holds for. A nil key keeps and finds nothing.
type key struct {
	actor, method, path, value string
	request                    [sha256.Size]byte // body and query: whether it publishes, say, is as much of what is asked for
}

// kept is an answer as it is stored.
type kept struct {
	ActorID        string `gorm:"primaryKey"`
	Method         string `gorm:"primaryKey"`
	Path           string `gorm:"primaryKey"`
	IdempotencyKey string `gorm:"primaryKey"`
	RequestHash    []byte
	EntryID        uuid.UUID
	Status         int
	Location       string
	Version        int
	Body           []byte
	CreatedAt      time.Time `gorm:"autoCreateTime:false"`

	erased bool // see Answer; of this run only
}

func (kept) TableName() string { return "idempotency_keys" }

// keyOf reads the key of a POST; nil when there is none. It may stand in quotes, as the IETF draft has it, or bare.
func keyOf(c echo.Context, body []byte) (*key, error) {
	r := c.Request()
	values := r.Header.Values(keyHeader)
	if r.Method != http.MethodPost || len(values) == 0 {
		return nil, nil
	}
	value := values[0]
	if quoted, ok := strings.CutPrefix(value, `"`); ok {
		value, ok = strings.CutSuffix(quoted, `"`)
		if !ok {
			value = ""
		}
	}
	printable := !strings.ContainsFunc(value, func(c rune) bool { return c < ' ' || c > '~' })
	if len(values) > 1 || value == "" || len(value) > keyMax || !printable {
		return nil, errs.Invalid(errs.InvalidQuery, errs.In(keyHeader, errs.Format,
			"Send one key of 1 to %d visible ASCII characters, such as a UUID.", keyMax))
	}
	hash := sha256.New()
	hash.Write([]byte(r.URL.Query().Encode())) // the same in any order
	hash.Write([]byte{0})
	hash.Write(body)
	k := &key{actor: ActorOf(c).ID, method: r.Method, path: r.URL.Path, value: value}
	hash.Sum(k.request[:0])
	return k, nil
}

// write runs a unit of work as the only one under the key, on any replica. A row that is not committed yet could not
// tell the others: they would wait for it.
func (k *key) write(ctx context.Context, db *database.DB, work func(*database.Tx) error) error {
	if k == nil {
		return db.Write(ctx, work)
	}
	err := db.WriteHolding(ctx, fmt.Sprintf("%q", []string{k.actor, k.method, k.path, k.value}), work)
	if errors.Is(err, database.ErrHeld) {
		return errs.New(errs.RequestInProgress, "A request with this Idempotency-Key is being worked on. Repeat it in a moment to get its answer.")
	}
	return err
}

// lookUp gives the answer that is kept under the key; nil when there is none.
func (k *key) lookUp(tx *database.Tx) (*kept, error) {
	if k == nil {
		return nil, nil
	}
	var a kept
	err := tx.Where("actor_id = ? AND method = ? AND path = ? AND idempotency_key = ? AND created_at > ?",
		k.actor, k.method, k.path, k.value, tx.Now.Add(-keptFor)).Take(&a).Error
	switch {
	case errors.Is(err, gorm.ErrRecordNotFound):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("look up an idempotency key: %w", err)
	case string(a.RequestHash) != string(k.request[:]):
		return nil, errs.New(errs.KeyReused, "This Idempotency-Key was used for another request in the last 24 hours. Use a new key for a new request.")
	}
	return &a, nil
}

// store keeps an answer, and forgets those that are too old.
func (k *key) store(tx *database.Tx, a *kept) error {
	if k == nil {
		return nil
	}
	a.ActorID, a.Method, a.Path, a.IdempotencyKey = k.actor, k.method, k.path, k.value
	a.RequestHash, a.CreatedAt = k.request[:], tx.Now
	err := tx.Where("created_at <= ?", tx.Now.Add(-keptFor)).Delete(&kept{}).Error
	if err == nil {
		err = tx.Clauses(clause.OnConflict{UpdateAll: true}).Create(a).Error
	}
	if err != nil {
		return fmt.Errorf("keep an answer: %w", err)
	}
	return nil
}
