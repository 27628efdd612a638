package content

import (
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/cpics/working-together-api/internal/audit"
	"github.com/cpics/working-together-api/internal/auth"
	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/errs"
)

// Act is what can be scheduled of an entry, each once.
type Act string

// The acts. Of two that are due together a publish comes first: see before.
const (
	ActPublish   Act = "publish"
	ActUnpublish Act = "unpublish"
)

// schedule is a publish or unpublish that is to come, as it was asked for: a row of table schedules. The entry repeats
// its time.
type schedule struct {
	EntryID     uuid.UUID `gorm:"primaryKey"`
	Act         Act       `gorm:"primaryKey"`
	At          time.Time
	NextAt      time.Time // nobody tries before: At, or later when it has failed
	Attempts    int
	UpdateType  UpdateType // of a publish
	ChangeNote  string
	Becomes     Status // of an unpublish: Withdrawn or Gone
	Explanation string
	Alternative string
	Deadline    *time.Time
	ActorID     string // who asked for it, in whose name it is done
	ActorName   string
	RequestID   string
}

func (schedule) TableName() string { return "schedules" }

// by is who asked for it, though the token may have been revoked since: what it allowed was decided then.
func (s *schedule) by() auth.Actor {
	return auth.Actor{ID: s.ActorID, Name: s.ActorName, Role: auth.Publisher, RequestID: s.RequestID}
}

// NewSchedule is what a transaction tells (see [database.Tx.Tell]) that has scheduled something.
type NewSchedule struct{ At time.Time }

// errScheduled is the answer to whoever would change a draft that is scheduled.
func errScheduled(entry *Entry) error {
	return errs.New(errs.Scheduled, "The draft is scheduled to be published at %s and stays as it is until then. To change it, cancel that first: DELETE …/schedule?for=publish.",
		entry.PublishAt.Format(time.RFC3339))
}

// inFuture is the fault of a time that is not to come.
func inFuture(tx *database.Tx, at time.Time) []errs.Fault {
	if at.After(tx.Now) {
		return nil
	}
	return []errs.Fault{errs.At("/at", errs.Range, "Give a time to come: here it is %s. To do it now, leave at out.", tx.Now.Format(time.RFC3339))}
}

// SchedulePublish has the draft of a locked entry published at a time, in the name of by. Until then the draft cannot be
// changed. What fails [Repository.Publish] fails this, with the checks of the day for which it is; a time that is not to
// come is errs.InvalidContent.
func (r *Repository[T]) SchedulePublish(tx *database.Tx, by auth.Actor, entry *Entry, at time.Time, p Publication) (*Document[T], error) {
	p.Faults = append(p.Faults, inFuture(tx, at)...)
	if entry.UnpublishAt != nil && at.Equal(*entry.UnpublishAt) {
		p.Faults = append(p.Faults, errs.At("/at", errs.Range, "Give another time: then it is to be unpublished."))
	}
	doc, err := r.publishable(tx, entry, &p, at)
	if err != nil {
		return nil, err
	}
	entry.PublishAt, entry.MissedAt = &at, nil
	err = addSchedule(tx, by, entry, doc.Edition.Number, &schedule{Act: ActPublish, At: at, UpdateType: p.UpdateType, ChangeNote: p.ChangeNote})
	doc.Entry = *entry
	return doc, err
}

// DryRun gives the checks that a publish meets now, or at a time; a time that is not to come is added to the faults, with
// which it fails.
func (r *Repository[T]) DryRun(tx *database.Tx, doc *Document[T], at *time.Time, faults []errs.Fault) ([]Check, error) {
	if at != nil {
		faults = append(faults, inFuture(tx, *at)...)
	}
	if err := errs.Invalid(errs.InvalidContent, faults...); err != nil {
		return nil, err
	}
	if at != nil {
		return r.checksAt(tx, doc, *at)
	}
	return r.Checks(tx, doc)
}

// ScheduleUnpublish has a locked entry withdrawn or removed at a time, in the name of by; its draft can be changed all the
// while. It fails with errs.Conflict where the state that the entry will be in then does not allow it, with
// errs.Scheduled where one is scheduled already, and with errs.InvalidContent for a time that is not to come and for a
// recall, which must not wait.
func (r *Repository[T]) ScheduleUnpublish(tx *database.Tx, by auth.Actor, entry *Entry, at time.Time, u Unpublication) error {
	if entry.UnpublishAt != nil {
		return errs.New(errs.Scheduled, "It is scheduled to be unpublished at %s. To choose another time, cancel that first: DELETE …/schedule?for=unpublish.",
			entry.UnpublishAt.Format(time.RFC3339))
	}
	if u.To == Recalled {
		u.Faults = append(u.Faults, errs.At("/at", errs.Range, "A recall erases at once. Leave at out, or choose withdrawal or gone."))
	} else {
		u.Faults = append(u.Faults, inFuture(tx, at)...)
	}
	if p := entry.PublishAt; p != nil && (at.Equal(*p) || entry.Status == Draft && at.Before(*p)) {
		u.Faults = append(u.Faults, errs.At("/at", errs.Range, "Give a time after that at which it is to be published, %s.", p.Format(time.RFC3339)))
		return errs.Invalid(errs.InvalidContent, u.Faults...)
	}
	if err := u.allowed(entry.statusAt(at)); err != nil {
		return err
	}
	live, err := editionIn(tx, entry.ID, stateLive)
	if err != nil {
		return err
	}
	edition := 0
	if live != nil {
		edition = live.Number
	}
	entry.UnpublishAt = &at
	return addSchedule(tx, by, entry, edition, &schedule{Act: ActUnpublish, At: at,
		Becomes: u.To, Explanation: u.Explanation, Alternative: u.Alternative, Deadline: u.Deadline})
}

// statusAt is what the entry's status will be at a time, as far as is scheduled.
func (e *Entry) statusAt(at time.Time) Status {
	if e.PublishAt != nil && e.PublishAt.Before(at) {
		return Live
	}
	return e.Status
}

// addSchedule stores what is scheduled of an entry, whose row is stored too.
func addSchedule(tx *database.Tx, by auth.Actor, entry *Entry, edition int, s *schedule) error {
	s.EntryID, s.NextAt = entry.ID, s.At
	s.ActorID, s.ActorName, s.RequestID = by.ID, by.Name, by.RequestID
	if err := Touch(tx, by, entry); err != nil {
		return err
	}
	if err := tx.Create(s).Error; err != nil {
		return fmt.Errorf("store a schedule: %w", err)
	}
	tx.Tell(NewSchedule{s.At})
	action := audit.PublishSchedule
	if s.Act == ActUnpublish {
		action = audit.UnpublishSchedule
	}
	return Record(tx, by, action, entry, edition, nil)
}

// CancelSchedule takes away what is scheduled of a locked entry. With the publish of what was never public goes its
// unpublish: there would be nothing to unpublish. It fails with errs.NotFound when none is scheduled.
func (r *Repository[T]) CancelSchedule(tx *database.Tx, by auth.Actor, entry *Entry, act Act) error {
	planned, action := entry.PublishAt, audit.PublishCancel
	if act == ActUnpublish {
		planned, action = entry.UnpublishAt, audit.UnpublishCancel
	}
	if planned == nil {
		return errs.New(errs.NotFound, "Nothing is scheduled here that could be cancelled.")
	}
	if err := takeAway(tx, entry, act); err != nil {
		return err
	}
	if err := Touch(tx, by, entry); err != nil {
		return err
	}
	return Record(tx, by, action, entry, 0, nil)
}

// takeAway removes what is scheduled of an entry, as CancelSchedule does; the caller stores the entry.
func takeAway(tx *database.Tx, entry *Entry, act Act) error {
	acts := []Act{act}
	if act == ActPublish && entry.Status == Draft {
		acts = append(acts, ActUnpublish)
	}
	for _, a := range acts {
		if a == ActPublish {
			entry.PublishAt = nil
		} else {
			entry.UnpublishAt = nil
		}
	}
	if err := tx.Where("entry_id = ? AND act IN ?", entry.ID, acts).Delete(&schedule{}).Error; err != nil {
		return fmt.Errorf("remove a schedule: %w", err)
	}
	return nil
}

// unschedule takes away all that is scheduled of an entry which is unpublished without having been scheduled for that, and
// names the members of its view that change so; the caller stores the entry. A new explanation of what is withdrawn or
// gone already leaves the schedules alone.
func (u Unpublication) unschedule(tx *database.Tx, entry *Entry) (changed []string, err error) {
	if u.Planned || entry.Status == u.To {
		return nil, nil
	}
	for _, act := range []Act{ActPublish, ActUnpublish} {
		if entry.PublishAt == nil && entry.UnpublishAt == nil {
			break
		}
		changed = []string{"schedule", "scheduledFor"}
		if err := takeAway(tx, entry, act); err != nil {
			return nil, err
		}
	}
	return changed, nil
}
