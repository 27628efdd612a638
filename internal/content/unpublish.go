package content

import (
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/cpics/working-together-api/internal/audit"
	"github.com/cpics/working-together-api/internal/auth"
	"github.com/cpics/working-together-api/internal/change"
	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/errs"
)

// Unpublication says how an entry stops being current.
type Unpublication struct {
	To          Status // Withdrawn, Gone or Recalled
	Explanation string // for readers; required for Withdrawn and Recalled
	Alternative string // absolute https URL, or an address under /v1; may be empty
	Deadline    *time.Time
	Planned     bool         // it was scheduled: what else is scheduled of the entry stays
	Faults      []errs.Fault // what was wrong with the request that said so
}

// allowed fails with what stands against an entry of the status being unpublished so.
func (u Unpublication) allowed(status Status) error {
	if status == Draft {
		return errs.New(errs.Conflict, "This was never published, so there is nothing to unpublish. To throw the draft away, delete it.")
	}
	if status == Gone && u.To == Withdrawn {
		return errs.New(errs.Conflict, "This is gone already. Publish it again before withdrawing it.")
	}
	return errs.Invalid(errs.InvalidContent, u.Faults...)
}

// Unpublish withdraws a locked entry, removes it from its address, or recalls it. The caller must have taken the
// publish lock before anything else. Who withdraws or removes what was not so already takes away what is scheduled of it,
// so that nothing brings it back that was decided before. It fails with errs.Conflict where the entry's state does not
// allow it.
func (r *Repository[T]) Unpublish(tx *database.Tx, log *change.Log, by auth.Actor, entry *Entry, u Unpublication) error {
	if err := u.allowed(entry.Status); err != nil {
		return err
	}
	if err := leaveFeeds(tx, entry.ID); err != nil {
		return err
	}
	was := *entry
	if u.To == Recalled {
		return r.recall(tx, log, by, entry, u)
	}
	changed, err := u.unschedule(tx, entry)
	if err != nil {
		return err
	}
	entry.Status, entry.Explanation, entry.Alternative, entry.UnpublishedAt = u.To, u.Explanation, u.Alternative, &tx.Now
	moved, err := r.leavePlace(tx, entry)
	if err != nil {
		return err
	}
	if err := Touch(tx, by, entry); err != nil {
		return err
	}
	if err := Relist(tx, entry.Type, append(moved, entry.ID)...); err != nil {
		return err
	}
	event, action := change.Withdrawn, audit.Withdraw
	if u.To == Gone {
		event, action = change.Gone, audit.Gone
	}
	if err := log.Append(change.Line{Event: event, EntryID: entry.ID, Type: entry.Type, Slug: entry.Slug,
		Title: entry.Title, Explanation: u.Explanation, Alternative: u.Alternative, Deadline: u.Deadline}); err != nil {
		return err
	}
	if err := refreshAfter(log, &was, entry, moved); err != nil {
		return err
	}
	if err := r.kind.updateSearch(tx, entry); err != nil {
		return err
	}
	live, err := editionIn(tx, entry.ID, stateLive)
	if err != nil {
		return err
	}
	return Record(tx, by, action, entry, live.Number, changed)
}

// refreshAfter writes refreshed lines for those whose number moved, and for all that show them or the entry itself.
func refreshAfter(log *change.Log, was, now *Entry, moved []uuid.UUID) error {
	shown := moved
	if !shownAlike(was, now) {
		shown = append([]uuid.UUID{now.ID}, moved...)
	}
	return log.Refresh(moved, shown, now.ID)
}

// leavePlace closes the gap that a numbered entry leaves, and gives the entries whose number moved.
func (r *Repository[T]) leavePlace(tx *database.Tx, entry *Entry) ([]uuid.UUID, error) {
	if entry.Place == 0 {
		return nil, nil
	}
	var moved []uuid.UUID
	err := tx.Raw("UPDATE entries SET place = place - 1 WHERE type = ? AND status = ? AND place > ? RETURNING id",
		entry.Type, Live, entry.Place).Scan(&moved).Error
	if err != nil {
		return nil, fmt.Errorf("close the gap in the numbers: %w", err)
	}
	entry.Place = 0
	return moved, nil
}

// recall erases an entry: what is left is its id, that it was recalled, and why.
func (r *Repository[T]) recall(tx *database.Tx, log *change.Log, by auth.Actor, entry *Entry, u Unpublication) error {
	if err := AwaitLinks(tx, entry.ID); err != nil {
		return err
	}
	var dependants []uuid.UUID
	var err error
	if entry.Status == Live { // nobody shows a link to anything else
		if dependants, err = change.Showing(tx, entry.ID); err != nil {
			return err
		}
	}
	moved, err := r.leavePlace(tx, entry)
	if err != nil {
		return err
	}
	*entry = Entry{ID: entry.ID, Type: entry.Type, Status: Recalled, Version: entry.Version,
		CreatedAt: entry.CreatedAt, CreatedBy: entry.CreatedBy, UnpublishedAt: &tx.Now}
	if err := Touch(tx, by, entry); err != nil { // first: published editions of what is not recalled are frozen
		return err
	}
	if err := eraseWithFiles(tx, by, entry.ID); err != nil {
		return err
	}
	if err := Relist(tx, entry.Type, append(moved, entry.ID)...); err != nil {
		return err
	}
	if err := unlist(tx, entry.ID); err != nil {
		return err
	}
	if err := eraseAnswers(tx, entry.ID); err != nil {
		return err
	}
	if err := r.kind.updateSearch(tx, entry); err != nil {
		return err
	}
	if err := log.Erase(entry.ID); err != nil {
		return err
	}
	if err := log.Append(change.Line{Event: change.Recalled, EntryID: entry.ID, Type: entry.Type,
		Explanation: u.Explanation, Alternative: u.Alternative, Deadline: u.Deadline}); err != nil {
		return err
	}
	if err := log.Refresh(append(dependants, moved...), moved, entry.ID); err != nil {
		return err
	}
	return Record(tx, by, audit.Recall, entry, 0, nil)
}

// AwaitLinks waits for those who are about to link to an entry; who comes later finds it as the caller's transaction
// leaves it (see hold). It must come before any change to the entry's row: on Postgres, those who wait would otherwise
// see the row as it was.
func AwaitLinks(tx *database.Tx, entry uuid.UUID) error {
	_, err := takeEntry(tx.LockAlone(), entry)
	return err
}

// erase deletes everything an entry consists of but its row: editions (their own rows go with them), addresses, and
// every link to it.
func erase(tx *database.Tx, entry uuid.UUID) error {
	for _, statement := range []string{
		"DELETE FROM edition_links WHERE target_id = ?",
		"DELETE FROM feed_rows WHERE target = CAST(? AS text)",
		"DELETE FROM editions WHERE entry_id = ?",
		"DELETE FROM slugs WHERE entry_id = ?",
		"DELETE FROM schedules WHERE entry_id = ?",
	} {
		if err := tx.Exec(statement, entry).Error; err != nil {
			return fmt.Errorf("erase an entry: %w", err)
		}
	}
	return nil
}

// eraseWithFiles is erase, and erases the files that no other entry uses as well.
func eraseWithFiles(tx *database.Tx, by auth.Actor, entry uuid.UUID) error {
	files, err := filesOfEntry(tx, entry)
	if err != nil {
		return err
	}
	if err := erase(tx, entry); err != nil {
		return err
	}
	removed, err := RemoveFiles(tx, files)
	if err != nil {
		return err
	}
	for _, id := range removed {
		if err := audit.Record(tx, audit.Row{By: by.Who(), Action: audit.Delete, Type: FileType, Entry: id}); err != nil {
			return err
		}
	}
	return nil
}

// eraseAnswers deletes the answers kept for repeated requests: those about an entry, and those about others that show
// it, for links have its title and address. What is about a draft that is discarded stays for its time, so that a
// repeated request does not make it again.
func eraseAnswers(tx *database.Tx, entry uuid.UUID) error {
	holds := map[database.Engine]string{database.SQLite: "instr(body, ?) > 0", database.Postgres: "position( ? in body) > 0"}
	err := tx.Exec("DELETE FROM idempotency_keys WHERE entry_id = ? OR "+holds[tx.Engine], entry, []byte(entry.String())).Error
	if err != nil {
		return fmt.Errorf("erase kept answers: %w", err)
	}
	return nil
}

// Discard throws a draft away; an entry that was never public goes with it. It fails with errs.NotFound when there is
// no draft, and with errs.Scheduled when it is to be published.
func (r *Repository[T]) Discard(tx *database.Tx, by auth.Actor, entry *Entry) error {
	if entry.PublishAt != nil {
		return errScheduled(entry)
	}
	draft, err := editionIn(tx, entry.ID, stateDraft)
	if err != nil {
		return err
	}
	if draft == nil {
		return errs.New(errs.NotFound, "There is no draft to discard.")
	}
	if entry.Status == Draft {
		return discardWhole(tx, by, entry, draft.Number)
	}
	if err := tx.Delete(draft).Error; err != nil {
		return fmt.Errorf("discard a draft: %w", err)
	}
	if err := releaseSlugs(tx, entry.ID, ""); err != nil {
		return err
	}
	entry.MissedAt = nil
	if err := Touch(tx, by, entry); err != nil {
		return err
	}
	return Record(tx, by, audit.Discard, entry, draft.Number, nil)
}

// discardWhole removes an entry that was never public.
func discardWhole(tx *database.Tx, by auth.Actor, entry *Entry, edition int) error {
	if err := AwaitLinks(tx, entry.ID); err != nil {
		return err
	}
	entry.Version++
	if err := Record(tx, by, audit.Discard, entry, edition, nil); err != nil {
		return err
	}
	if err := erase(tx, entry.ID); err != nil {
		return err
	}
	return tx.Delete(entry).Error
}

// Order numbers the live entries of a numbered type in the order given, which must name each of them once:
// errs.Conflict otherwise. The caller must have taken the publish lock before anything else.
func (r *Repository[T]) Order(tx *database.Tx, log *change.Log, by auth.Actor, ids []uuid.UUID) error {
	var live []Entry
	if err := tx.Lock().Where("type = ? AND status = ?", r.kind.Type, Live).Find(&live).Error; err != nil {
		return fmt.Errorf("read what is to be ordered: %w", err)
	}
	places := make(map[uuid.UUID]int, len(ids))
	for i, id := range ids {
		places[id] = i + 1
	}
	for _, e := range live {
		if places[e.ID] == 0 {
			return errOrder()
		}
	}
	if len(ids) != len(live) || len(places) != len(live) {
		return errOrder()
	}
	var moved []uuid.UUID
	for _, e := range live {
		if e.Place != places[e.ID] {
			moved = append(moved, e.ID)
			if err := tx.Model(&e).Update("place", places[e.ID]).Error; err != nil {
				return fmt.Errorf("set a number: %w", err)
			}
		}
	}
	if err := Relist(tx, r.kind.Type, moved...); err != nil {
		return err
	}
	if err := log.Refresh(moved, moved, uuid.Nil); err != nil {
		return err
	}
	return audit.Record(tx, audit.Row{By: by.Who(), Action: audit.Order, Type: r.kind.Type})
}

func errOrder() error {
	return errs.New(errs.Conflict, "The ids must be those of all live principles, each once. Read the list again and send all of it.")
}
