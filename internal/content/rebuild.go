package content

import (
	"bytes"
	"fmt"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/sortkey"
)

// rebuildBatch is how many entries are looked at with one statement.
const rebuildBatch = 500

// Rebuild works out again what entries repeat of their editions: address, title, key to sort by, and when they were
// published first and last. It closes gaps in the numbers, makes the rows and counts that lists are read from and those of
// feeds, and gives how many entries, rows and counts were not as they should be. Every write keeps all this right, so
// there is nothing to do, unless the way keys are made has changed, or rows came
// in by another way. Nothing is written to the change log. The caller must have taken the publish lock before anything
// else.
func Rebuild(tx *database.Tx) (changed int, err error) {
	var batch []Entry
	err = tx.FindInBatches(&batch, rebuildBatch, func(*gorm.DB, int) error {
		n, err := rebuildEntries(tx, batch)
		changed += n
		return err
	}).Error
	if err != nil {
		return changed, fmt.Errorf("rebuild entries: %w", err)
	}
	places, err := rebuildPlaces(tx)
	if err != nil {
		return changed, err
	}
	rows, err := rebuildListings(tx)
	if err != nil {
		return changed, err
	}
	feeds, err := rebuildFeeds(tx)
	return changed + places + rows + feeds, err
}

// rebuildEntries rebuilds some entries.
func rebuildEntries(tx *database.Tx, entries []Entry) (changed int, err error) {
	ids := make([]uuid.UUID, len(entries))
	for i, e := range entries {
		ids[i] = e.ID
	}
	var editions []Edition
	err = tx.Where("entry_id IN ? AND state <> ?", ids, stateDraft).Order("entry_id, number").Find(&editions).Error
	if err != nil {
		return 0, err
	}
	published := map[uuid.UUID][]Edition{}
	for _, d := range editions {
		published[d.EntryID] = append(published[d.EntryID], d)
	}
	for _, was := range entries {
		now := derived(was, published[was.ID])
		if repeatsAlike(was, now) {
			continue
		}
		changed++
		err := tx.Model(&now).Select("slug", "title", "title_key", "first_published_at", "updated_at").Updates(&now).Error
		if err != nil {
			return changed, err
		}
	}
	return changed, nil
}

// derived is an entry as its published editions, oldest first, make it. What has none keeps what it says.
func derived(e Entry, published []Edition) Entry {
	for i, d := range published {
		if i == 0 {
			e.FirstPublishedAt = d.PublishedAt
		}
		if d.UpdateType == Major {
			e.UpdatedAt = d.PublishedAt
		}
		if d.State == stateLive {
			e.Slug, e.Title = d.Slug, d.Title
		}
	}
	if e.Title != "" {
		e.TitleKey = sortkey.Key(e.Title)
	}
	return e
}

// repeatsAlike says whether two states of an entry repeat the same of its editions.
func repeatsAlike(a, b Entry) bool {
	return a.Slug == b.Slug && a.Title == b.Title && bytes.Equal(a.TitleKey, b.TitleKey) &&
		sameTime(a.FirstPublishedAt, b.FirstPublishedAt) && sameTime(a.UpdatedAt, b.UpdatedAt)
}

func sameTime(a, b *time.Time) bool {
	return a == b || a != nil && b != nil && a.Equal(*b)
}

// rebuildPlaces numbers the live entries of every numbered type from 1 without gaps, in their order, and all others 0.
func rebuildPlaces(tx *database.Tx) (changed int, err error) {
	res := tx.Exec(`UPDATE entries SET place = ranked.place FROM (
			SELECT id, CASE WHEN status = 'live' AND place > 0
				THEN row_number() OVER (PARTITION BY type, status ORDER BY place = 0, place, id) ELSE 0 END AS place FROM entries
		) AS ranked WHERE ranked.id = entries.id AND ranked.place <> entries.place`)
	if res.Error != nil {
		return 0, fmt.Errorf("rebuild numbers: %w", res.Error)
	}
	return int(res.RowsAffected), nil
}
