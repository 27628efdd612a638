package content

import (
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/cpics/working-together-api/internal/audit"
	"github.com/cpics/working-together-api/internal/auth"
	"github.com/cpics/working-together-api/internal/change"
	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/errs"
)

// firstNote is the change note of every first edition.
const firstNote = "First published"

// Publication says how a draft is published.
type Publication struct {
	UpdateType UpdateType   // Major where it is empty
	ChangeNote string       // required for a later major edition
	InQuery    bool         // both were said by query parameters, not in a body
	Saved      bool         // by the same request that saved the draft: one write, which counts once
	Faults     []errs.Fault // what was wrong with the request that said so
}

// fault is one of a member of the publication, where the request said it.
func (p *Publication) fault(member string, code errs.Code, detail string) errs.Fault {
	if p.InQuery {
		return errs.In(member, code, "%s", detail)
	}
	return errs.At("/"+member, code, "%s", detail)
}

// MaxNote is the most characters of a change note, explanation or label.
const MaxNote = 1000

// Publish makes the draft of a locked entry its live edition; a withdrawn or gone entry comes back, with its draft if
// there is one. The caller must have taken the publish lock before anything else.
//
// It fails with errs.Scheduled when that is scheduled, with errs.NothingToPublish for a live entry without a draft, with errs.NotPublishable when a check blocks
// it, and with errs.InvalidContent when a later major edition has no change note.
func (r *Repository[T]) Publish(tx *database.Tx, log *change.Log, by auth.Actor, entry *Entry, p Publication) (*Document[T], error) {
	doc, err := r.publishable(tx, entry, &p, tx.Now)
	if err != nil {
		return nil, err
	}
	was := *entry
	if doc.HasDraft {
		if err := r.goLive(tx, by, entry, doc, p); err != nil {
			return nil, err
		}
	}
	if err := r.appear(tx, entry, doc); err != nil {
		return nil, err
	}
	if err := storePublished(tx, by, entry, p.Saved); err != nil {
		return nil, err
	}
	sameLists, err := relist(tx, entry.Type, entry.ID)
	if err != nil {
		return nil, err
	}
	if was.FirstPublishedAt == nil {
		if err := relistLinking(tx, entry.ID); err != nil {
			return nil, err
		}
	}
	if err := Announce(log, &was, entry, doc.Edition.UpdateType, sameLists); err != nil {
		return nil, err
	}
	if err := r.kind.updateSearch(tx, entry); err != nil {
		return nil, err
	}
	if err := enterFeeds(tx, entry.ID); err != nil {
		return nil, err
	}
	if err := Record(tx, by, audit.Publish, entry, doc.Edition.Number, nil); err != nil {
		return nil, err
	}
	doc.Entry, doc.HasDraft = *entry, false
	return doc, nil
}

// publishable gives what is to be published at a time, completes how, and fails with what stands against it.
func (r *Repository[T]) publishable(tx *database.Tx, entry *Entry, p *Publication, at time.Time) (*Document[T], error) {
	if entry.PublishAt != nil {
		return nil, errScheduled(entry)
	}
	doc, err := r.Working(tx, entry)
	if err != nil {
		return nil, err
	}
	if !doc.HasDraft && entry.Status == Live {
		return nil, errs.New(errs.NothingToPublish, "There is no draft: the live edition is the latest. Save a change first.")
	}
	if err := p.complete(entry, doc.HasDraft); err != nil {
		return nil, err
	}
	checks, err := r.checksAt(tx, doc, at)
	if err != nil {
		return nil, err
	}
	return doc, notPublishable(checks)
}

// complete fills in what a publication left open, and fails when something is missing that only the caller can say.
// Coming back without a draft makes no edition, so there is nothing to be noted.
func (p *Publication) complete(entry *Entry, hasDraft bool) error {
	faults := slices.Clone(p.Faults)
	if p.UpdateType == "" {
		p.UpdateType = Major
	}
	first := entry.FirstPublishedAt == nil
	if first && p.UpdateType == Minor {
		faults = append(faults, p.fault("updateType", errs.Range, "The first edition is a major one. Leave updateType out."))
	}
	if first && p.ChangeNote == "" {
		p.ChangeNote = firstNote
	}
	if hasDraft && p.UpdateType == Major && p.ChangeNote == "" {
		faults = append(faults, p.fault("changeNote", errs.Required,
			"Say in a sentence what changed for readers, or publish with updateType minor."))
	}
	return errs.Invalid(errs.InvalidContent, faults...)
}

// goLive turns the draft into the live edition. The former live edition goes first: there may be one only.
func (r *Repository[T]) goLive(tx *database.Tx, by auth.Actor, entry *Entry, doc *Document[T], p Publication) error {
	err := tx.Model(&Edition{}).Where("entry_id = ? AND state = ?", entry.ID, stateLive).Update("state", stateSuperseded).Error
	if err != nil {
		return fmt.Errorf("supersede the live edition: %w", err)
	}
	if err := freezeFiles(tx, doc); err != nil {
		return err
	}
	d := &doc.Edition
	d.State, d.UpdateType, d.ChangeNote = stateLive, p.UpdateType, p.ChangeNote
	d.PublishedAt, d.PublishedBy = &tx.Now, by.Name
	if err := tx.Model(d).Select("state", "update_type", "change_note", "published_at", "published_by").Updates(d).Error; err != nil {
		return fmt.Errorf("make the draft live: %w", err)
	}
	if p.UpdateType == Major {
		entry.UpdatedAt = &tx.Now
	}
	return MakeCurrent(tx, entry.ID, d.Slug)
}

// storePublished stores the row of an entry that was published, and counts that as a write unless it was part of one.
func storePublished(tx *database.Tx, by auth.Actor, entry *Entry, counted bool) error {
	if counted {
		return store(tx, entry)
	}
	return Touch(tx, by, entry)
}

// appear makes an entry show its live edition; the caller stores it.
func (r *Repository[T]) appear(tx *database.Tx, entry *Entry, doc *Document[T]) error {
	d := doc.Edition
	if r.kind.Numbered && entry.Status != Live {
		if err := tx.Raw("SELECT coalesce(max(place), 0) + 1 FROM entries WHERE type = ?", entry.Type).Scan(&entry.Place).Error; err != nil {
			return fmt.Errorf("find the last place: %w", err)
		}
	}
	entry.Status, entry.Slug, entry.Title, entry.TitleKey = Live, d.Slug, d.Title, d.TitleKey
	entry.UnpublishedAt, entry.Explanation, entry.Alternative, entry.MissedAt = nil, "", "", nil
	if entry.FirstPublishedAt == nil {
		entry.FirstPublishedAt = &tx.Now
	}
	return nil
}

// Announce writes to the change log what became of an entry that is live now: a new address, what was published, and
// every other entry that shows something of this one differently from before. sameLists says that it is in the same lists.
func Announce(log *change.Log, was, now *Entry, update UpdateType, sameLists bool) error {
	if was.FirstPublishedAt != nil && was.Slug != now.Slug {
		if err := log.Append(change.Line{Event: change.Moved, EntryID: now.ID, Type: now.Type, Slug: now.Slug,
			Title: now.Title, PreviousSlug: was.Slug}); err != nil {
			return err
		}
	}
	line := change.Line{Event: change.Published, EntryID: now.ID, Type: now.Type, Slug: now.Slug, Title: now.Title, UpdateType: string(update)}
	switch {
	case !sameLists || was.Status != Live:
	case shownAlike(was, now):
		line.Lists = change.ListsKept
	case was.Slug == now.Slug:
		line.Lists = change.ListsReordered
	}
	if err := log.Append(line); err != nil {
		return err
	}
	if !shownAlike(was, now) {
		return log.Refresh(nil, []uuid.UUID{now.ID}, now.ID)
	}
	return nil
}

// shownAlike says whether a link to an entry looks the same before and after.
func shownAlike(a, b *Entry) bool {
	return (a.Status == Live) == (b.Status == Live) && a.Slug == b.Slug && a.Title == b.Title &&
		a.ShortName == b.ShortName && a.Place == b.Place
}
