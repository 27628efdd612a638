package webhook

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/errs"
)

const (
	secretPrefix = "whsec_"
	secretBytes  = 32             // of the 24 to 64 that Standard Webhooks allows
	overlap      = 24 * time.Hour // how long the old secret signs too after a rotation
	maxOld       = 4              // secrets that still sign beside the current one: each makes every delivery longer
)

// secret is a key that signs deliveries, as it is stored: signing needs the key itself, a digest would not do.
type secret struct {
	ID         uuid.UUID
	WebhookID  uuid.UUID
	Value      []byte
	SignsUntil *time.Time // nil: it is the current one
}

// TableName is where secrets are stored.
func (secret) TableName() string { return "webhook_secrets" }

// text is the secret as the receiver gets it, once.
func (s secret) text() string { return secretPrefix + base64.StdEncoding.EncodeToString(s.Value) }

// newSecret stores a new current secret of a webhook, which must have none.
func newSecret(tx *database.Tx, webhook uuid.UUID) (s secret, err error) {
	s = secret{WebhookID: webhook, Value: make([]byte, secretBytes)}
	if _, err := rand.Read(s.Value); err != nil {
		return s, fmt.Errorf("make a webhook's secret: %w", err)
	}
	if s.ID, err = uuid.NewV7(); err != nil {
		return s, fmt.Errorf("make the id of a webhook's secret: %w", err)
	}
	if err := tx.Create(&s).Error; err != nil {
		return s, fmt.Errorf("store a webhook's secret: %w", err)
	}
	return s, nil
}

// rotateSecret gives a locked webhook a new secret; the one before signs too for a day. It fails with errs.Conflict
// when so many still do that one more would be too many.
func rotateSecret(tx *database.Tx, webhook uuid.UUID) (secret, error) {
	if err := tx.Where("webhook_id = ? AND signs_until <= ?", webhook, tx.Now).Delete(&secret{}).Error; err != nil {
		return secret{}, fmt.Errorf("forget old secrets: %w", err)
	}
	var old int64
	if err := tx.Model(&secret{}).Where("webhook_id = ? AND signs_until IS NOT NULL", webhook).Count(&old).Error; err != nil {
		return secret{}, fmt.Errorf("count old secrets: %w", err)
	}
	if old >= maxOld {
		return secret{}, errs.New(errs.Conflict, "%d former secrets still sign, each until a day after it was replaced. Wait for the first of them to end, or make a new webhook.", old)
	}
	err := tx.Model(&secret{}).Where("webhook_id = ? AND signs_until IS NULL", webhook).Update("signs_until", tx.Now.Add(overlap)).Error
	if err != nil {
		return secret{}, fmt.Errorf("end a secret: %w", err)
	}
	return newSecret(tx, webhook)
}

// signing gives the secrets that sign now, the current one first.
func signing(tx *database.Tx, webhook uuid.UUID) (all []secret, err error) {
	err = tx.Where("webhook_id = ? AND (signs_until IS NULL OR signs_until > ?)", webhook, tx.Now).Order("id DESC").Find(&all).Error
	if err != nil {
		return nil, fmt.Errorf("read a webhook's secrets: %w", err)
	}
	return all, nil
}

// signature is the value of webhook-signature: one signature a secret, by HMAC-SHA-256, separated by spaces (Standard
// Webhooks, "Signature scheme").
func signature(secrets []secret, id string, at time.Time, body []byte) string {
	all := make([]string, len(secrets))
	for i, s := range secrets {
		mac := hmac.New(sha256.New, s.Value)
		mac.Write([]byte(id + "." + strconv.FormatInt(at.Unix(), 10) + "."))
		mac.Write(body)
		all[i] = "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
	}
	return strings.Join(all, " ")
}
