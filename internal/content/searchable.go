package content

import (
	"context"
	"fmt"
	"iter"
	"strings"

	"github.com/google/uuid"

	"github.com/cpics/working-together-api/internal/change"
	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/richtext"
	"github.com/cpics/working-together-api/internal/search/index"
)

// updateSearch makes an entry findable by the words that it shows now, or by none where it shows none. It comes after
// the change was written to the log: an entry's first line there says how new it is.
func (k Kind) updateSearch(tx *database.Tx, entry *Entry) error {
	if !entry.Status.Public() {
		return index.Remove(tx, entry.ID)
	}
	docs, err := k.searchable(tx, []uuid.UUID{entry.ID})
	if err != nil {
		return err
	}
	return index.Put(tx, docs[entry.ID])
}

// searchable gives what readers can search for of public entries of one type, by id.
func (k Kind) searchable(tx *database.Tx, ids []uuid.UUID) (map[uuid.UUID]index.Document, error) {
	texts := "''"
	if len(k.Texts) > 0 {
		texts = "t." + strings.Join(k.Texts, " || '"+textBreak+"' || t.")
	}
	var rows []struct {
		ID, EditionID        uuid.UUID
		Status               Status
		Title, Summary, Body string
		Place                int64
	}
	err := tx.Raw(`SELECT e.id, d.id AS edition_id, e.status, d.title, d.summary, `+texts+` AS body,
			coalesce((SELECT min(c.seq) FROM changes c WHERE c.entry_id = e.id), 0) AS place
		FROM entries e JOIN editions d ON d.entry_id = e.id AND d.state = 'live' JOIN `+k.Table+` t ON t.edition_id = d.id
		WHERE e.id IN ? AND e.status IN ('live', 'withdrawn')`, ids).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read what can be searched for: %w", err)
	}
	editions := make([]uuid.UUID, len(rows))
	for i, r := range rows {
		editions[i] = r.EditionID
	}
	links, err := linkedIDs(tx, editions)
	if err != nil {
		return nil, err
	}
	docs := make(map[uuid.UUID]index.Document, len(rows))
	for _, r := range rows {
		docs[r.ID] = index.Document{Entry: r.ID, Type: k.Type, Withdrawn: r.Status == Withdrawn, Place: r.Place,
			Text: index.Text{Title: r.Title, Summary: r.Summary, Body: plainTexts(r.Body)}, Links: links[r.EditionID]}
	}
	return docs, nil
}

// textBreak parts the Markdown texts of a document: a control character that no text has (ASCII's record separator).
const textBreak = "\x1e"

// plainTexts gives the words of Markdown texts, each read by itself.
func plainTexts(joined string) string {
	var plain []string
	for markdown := range strings.SplitSeq(joined, textBreak) {
		if text := richtext.PlainText(markdown); text != "" {
			plain = append(plain, text)
		}
	}
	return strings.Join(plain, "\n")
}

// linkedIDs gives what editions link to by their members, not in their text.
func linkedIDs(tx *database.Tx, editions []uuid.UUID) (map[uuid.UUID][]uuid.UUID, error) {
	var rows []struct{ EditionID, TargetID uuid.UUID }
	err := tx.Raw("SELECT edition_id, target_id FROM edition_links WHERE edition_id IN ? AND relation <> ?", editions, mentions).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read links: %w", err)
	}
	links := map[uuid.UUID][]uuid.UUID{}
	for _, r := range rows {
		links[r.EditionID] = append(links[r.EditionID], r.TargetID)
	}
	return links, nil
}

// RebuildSearch makes anew all that can be searched for, as every publish and removal keeps it: for a database that
// was filled by another way, or by a version of the program that knew other words. The caller must have taken the
// publish lock before anything else.
func RebuildSearch(tx *database.Tx) error {
	return index.Rebuild(tx, allSearchable(tx))
}

// AllSearchable is the condition, in SQL, under which [EnsureSearchable] finds nothing to do.
var AllSearchable = index.Current

// EnsureSearchable is RebuildSearch where it is needed: in a database whose content was searched by another version of
// the program, or never.
func EnsureSearchable(ctx context.Context, db *database.DB) error {
	var stale bool
	err := db.Read(ctx, func(tx *database.Tx) (err error) {
		stale, err = index.Stale(tx)
		return err
	})
	if err != nil || !stale {
		return err
	}
	return db.Write(ctx, func(tx *database.Tx) error {
		if _, err := change.Lock(tx); err != nil {
			return err
		}
		return RebuildSearch(tx)
	})
}

// publicEntry is an entry that can be searched for.
type publicEntry struct {
	ID    uuid.UUID
	Type  string
	Place int64
}

// allSearchable goes through all public entries, the oldest first.
func allSearchable(tx *database.Tx) iter.Seq2[index.Document, error] {
	return func(yield func(index.Document, error) bool) {
		entries, err := publicEntries(tx)
		if err != nil {
			yield(index.Document{}, err)
			return
		}
		for len(entries) > 0 {
			n := min(rebuildBatch, len(entries))
			if !yieldSearchable(tx, entries[:n], yield) {
				return
			}
			entries = entries[n:]
		}
	}
}

// publicEntries lists all that can be searched for. Rows that the log does not know came in by another way: they count
// as older than all others.
func publicEntries(tx *database.Tx) ([]publicEntry, error) {
	var entries []publicEntry
	err := tx.Raw(`SELECT e.id, e.type, coalesce(c.place, -row_number() OVER (PARTITION BY c.place IS NULL ORDER BY e.first_published_at DESC, e.id DESC)) AS place
		FROM entries e LEFT JOIN (SELECT entry_id, min(seq) AS place FROM changes GROUP BY entry_id) c ON c.entry_id = e.id
		WHERE e.status IN ('live', 'withdrawn') AND e.type IN ? ORDER BY 3`, EditionTypes()).Scan(&entries).Error
	if err != nil {
		return nil, fmt.Errorf("list what can be searched for: %w", err)
	}
	return entries, nil
}

// yieldSearchable passes some entries on, in their order, and says whether to go on.
func yieldSearchable(tx *database.Tx, entries []publicEntry, yield func(index.Document, error) bool) bool {
	byType := map[string][]uuid.UUID{}
	for _, e := range entries {
		byType[e.Type] = append(byType[e.Type], e.ID)
	}
	docs := map[uuid.UUID]index.Document{}
	for typ, ids := range byType {
		more, err := kinds[typ].searchable(tx, ids)
		if err != nil {
			return yield(index.Document{}, err)
		}
		for id, doc := range more {
			docs[id] = doc
		}
	}
	for _, e := range entries {
		doc := docs[e.ID]
		doc.Place = e.Place
		if !yield(doc, nil) {
			return false
		}
	}
	return true
}
