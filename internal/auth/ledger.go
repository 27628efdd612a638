package auth

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/cpics/working-together-api/internal/database"
)

const (
	resolution = time.Minute            // how exact a token's last use is known
	patience   = 250 * time.Millisecond // how long a request may wait for its token's last use to be noted
)

// ledger notes when tokens are used: at most once a minute for each, whichever replica is asked (two that are asked at
// the same moment may both note it), and never so that a request fails for it.
type ledger struct {
	db    *database.DB
	mu    sync.Mutex
	tried map[uuid.UUID]time.Time // when this process last noted, or tried to note, the use of a token
}

func newLedger(db *database.DB) *ledger {
	return &ledger{db: db, tried: map[uuid.UUID]time.Time{}}
}

// used notes that t was used at the time now. A failure is for the operator's log only.
func (l *ledger) used(ctx context.Context, t Token, now time.Time) {
	if fresh(t.LastUsedAt, now) || !l.due(t.ID, now) {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	err := l.db.Write(ctx, func(tx *database.Tx) error {
		return tx.Model(&row{}).Where("id = ?", t.ID).Update("last_used_at", now).Error
	})
	if err != nil {
		slog.WarnContext(ctx, "the last use of a token was not noted", "token", t.ID, "error", err)
	}
}

// due says whether this process has not tried within the last minute, and takes the attempt for the caller: a
// database that is slow to write is asked once a minute, not by every request.
func (l *ledger) due(id uuid.UUID, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if last, ok := l.tried[id]; ok && fresh(&last, now) {
		return false
	}
	l.tried[id] = now
	return true
}

// fresh says whether the time at is less than a minute before now.
func fresh(at *time.Time, now time.Time) bool { return at != nil && now.Sub(*at) < resolution }
