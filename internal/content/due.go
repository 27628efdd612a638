package content

import (
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"github.com/cpics/working-together-api/internal/audit"
	"github.com/cpics/working-together-api/internal/auth"
	"github.com/cpics/working-together-api/internal/change"
	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/errs"
)

// Due names what is scheduled of an entry.
type Due struct {
	EntryID uuid.UUID
	Act     Act
}

// inTurn is a condition on a row of schedules: nothing of the same entry is scheduled before it. What failed and is tried
// again is not overtaken by what comes after it.
const inTurn = `NOT EXISTS (SELECT 1 FROM schedules o WHERE o.entry_id = schedules.entry_id AND o.act <> schedules.act
	AND (o.at < schedules.at OR o.at = schedules.at AND o.act < schedules.act))`

// DueSchedules names up to limit of what is due, what was due first first.
func DueSchedules(tx *database.Tx, limit int) ([]Due, error) {
	var due []Due
	err := tx.Model(&schedule{}).Where("next_at <= ? AND "+inTurn, tx.Now).Order("next_at, entry_id").Limit(limit).Find(&due).Error
	if err != nil {
		return nil, fmt.Errorf("look for what is due: %w", err)
	}
	return due, nil
}

// NextSchedule is when something that is scheduled changes the public side next, which may be past where that is under
// way; nil when nothing is scheduled.
func NextSchedule(tx *database.Tx) (*time.Time, error) {
	var next []time.Time
	if err := tx.Model(&schedule{}).Where(inTurn).Order("next_at").Limit(1).Pluck("next_at", &next).Error; err != nil {
		return nil, fmt.Errorf("read what is scheduled next: %w", err)
	}
	if len(next) == 0 {
		return nil, nil
	}
	return &next[0], nil
}

// take locks an entry of which something is due, and reads how that is to be done; nil when it is not due, or no more.
func (d Due) take(tx *database.Tx) (*Entry, *schedule, error) {
	entry, err := takeEntry(tx.Lock(), d.EntryID)
	if err != nil || entry == nil {
		return nil, nil, err
	}
	var s schedule
	err = tx.Where("entry_id = ? AND act = ? AND next_at <= ? AND "+inTurn, d.EntryID, d.Act, tx.Now).Take(&s).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, fmt.Errorf("read what is scheduled: %w", err)
	}
	return entry, &s, nil
}

// Doer does what is scheduled of a locked entry of one type. The caller has taken the publish lock before anything else.
type Doer func(tx *database.Tx, log *change.Log, entry *Entry, s *schedule) error

// Doers do what is scheduled, by type.
type Doers map[string]Doer

// Do does what is due. Whoever comes second does nothing: it is not there any more. done says whether it was done now. It
// fails as Publish and Unpublish do; the caller has taken the publish lock before anything else.
func (ds Doers) Do(tx *database.Tx, log *change.Log, d Due) (done bool, err error) {
	entry, s, err := d.take(tx)
	if err != nil || s == nil {
		return false, err
	}
	if entry.Status == Recalled { // by a replica of a version that knew no schedules
		if err := tx.Where("entry_id = ?", entry.ID).Delete(&schedule{}).Error; err != nil {
			return false, fmt.Errorf("remove what was scheduled of a recalled entry: %w", err)
		}
		return true, nil
	}
	do, ok := ds[entry.Type]
	if !ok {
		return false, fmt.Errorf("nothing publishes the type %q", entry.Type)
	}
	return true, do(tx, log, entry, s)
}

// DoScheduled is the type's Doer. After a standstill in which the time to publish and the later one to unpublish both
// passed, it fails with errs.Conflict to publish: what is to be away by now is not made public for a moment, and sent to
// all who follow.
func (r *Repository[T]) DoScheduled(tx *database.Tx, log *change.Log, entry *Entry, s *schedule) error {
	if err := tx.Delete(s).Error; err != nil {
		return fmt.Errorf("remove a schedule that is done: %w", err)
	}
	if s.Act == ActUnpublish {
		entry.UnpublishAt = nil
		return r.Unpublish(tx, log, s.by(), entry, Unpublication{To: s.Becomes, Explanation: s.Explanation,
			Alternative: s.Alternative, Deadline: s.Deadline, Planned: true})
	}
	if entry.UnpublishAt != nil && !entry.UnpublishAt.After(tx.Now) {
		return errs.New(errs.Conflict, "The time to unpublish it has come as well.")
	}
	entry.PublishAt = nil
	_, err := r.Publish(tx, log, s.by(), entry, Publication{UpdateType: s.UpdateType, ChangeNote: s.ChangeNote})
	return err
}

// Miss takes away what is due and cannot be done, and leaves a note for the editors: see [Entry].MissedAt. The draft can
// be mended then.
func (d Due) Miss(tx *database.Tx, by auth.Actor) error {
	entry, s, err := d.take(tx)
	if err != nil || s == nil {
		return err
	}
	if err := takeAway(tx, entry, s.Act); err != nil {
		return err
	}
	entry.MissedAt = &s.At
	if err := Touch(tx, by, entry); err != nil {
		return err
	}
	action := audit.PublishMissed
	if s.Act == ActUnpublish {
		action = audit.UnpublishMissed
	}
	return Record(tx, by, action, entry, 0, nil)
}

// PutOff has what is due, and failed, tried again after a pause that depends on how often it has failed.
func (d Due) PutOff(tx *database.Tx, pause func(attempts int) time.Duration) error {
	entry, s, err := d.take(tx)
	if err != nil || s == nil {
		return err
	}
	s.Attempts++
	s.NextAt = tx.Now.Add(pause(s.Attempts))
	if end := entry.UnpublishAt; end != nil && end.After(tx.Now) && end.Before(s.NextAt) {
		s.NextAt = *end // it is not to be put off as well
	}
	if err := tx.Save(s).Error; err != nil {
		return fmt.Errorf("put off what is scheduled: %w", err)
	}
	return nil
}

// missed tells editors that what was scheduled was not done.
func (e *Entry) missed() []Check {
	if e.MissedAt == nil {
		return nil
	}
	return []Check{{Code: "schedule-missed", Severity: Warning, Pointer: "",
		Detail: "What was scheduled for " + e.MissedAt.Format(time.RFC3339) + " was not done: something stood against it then. It is scheduled no more.",
		Help:   "Put right what the other checks name, and publish it or schedule it again."}}
}
