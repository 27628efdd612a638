package content

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/errs"
	"github.com/cpics/working-together-api/internal/richtext"
	"github.com/cpics/working-together-api/internal/slug"
)

// mentions is the relation that holds what rich text refers to.
const mentions = "mentions"

// foundEntry is what a reference turned out to name.
type foundEntry struct {
	Entry
	viaReserved bool // by a slug that only a draft has
}

// everPublic says whether the public may know that the reference names something.
func (f foundEntry) everPublic() bool { return f.FirstPublishedAt != nil && !f.viaReserved }

// find looks up references (ids or slugs) to entries of one type. What is recalled is not found. The result has no
// key for a reference to nothing.
func find(tx *database.Tx, typ string, refs []string) (map[string]foundEntry, error) {
	found := map[string]foundEntry{}
	ids, slugs := []uuid.UUID{uuid.Nil}, []string{""}
	for _, ref := range refs {
		if id, ok := ParseID(ref); ok {
			ids = append(ids, id)
		} else if slug.Valid(ref) { // nothing else is one, nor can every database store it
			slugs = append(slugs, ref)
		}
	}
	var rows []struct {
		Entry
		FoundSlug string
		SlugState slugState
	}
	err := tx.Raw(`
		SELECT e.*, '' AS found_slug, '' AS slug_state FROM entries e
		WHERE e.id IN ? AND e.type = ? AND e.status <> ?
		UNION ALL
		SELECT e.*, s.slug, s.state FROM slugs s JOIN entries e ON e.id = s.entry_id
		WHERE s.type = ? AND s.slug IN ? AND e.status <> ?`,
		ids, typ, Recalled, typ, slugs, Recalled).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("look up references: %w", err)
	}
	for _, row := range rows {
		key := row.FoundSlug
		if key == "" {
			key = row.ID.String()
		}
		found[key] = foundEntry{Entry: row.Entry, viaReserved: row.SlugState == slugReserved}
	}
	return found, nil
}

// findToLink is find for who is about to link to what is found.
func findToLink(tx *database.Tx, typ string, refs []string) (map[string]foundEntry, error) {
	found, err := find(tx, typ, refs)
	if err == nil {
		err = hold(tx, found)
	}
	return found, err
}

// hold keeps entries from being erased before the links to them are stored, and takes those out that were erased since
// they were found. Without it, a link could be written that the erasing transaction does not see.
func hold[K comparable](tx *database.Tx, found map[K]foundEntry) error {
	if len(found) == 0 {
		return nil
	}
	var ids []uuid.UUID
	for _, target := range found {
		ids = append(ids, target.ID)
	}
	var held []Entry
	if err := tx.Hold().Select("id").Where("id IN ? AND status <> ?", ids, Recalled).Find(&held).Error; err != nil {
		return fmt.Errorf("hold what is linked to: %w", err)
	}
	maps.DeleteFunc(found, func(_ K, target foundEntry) bool {
		return !slices.ContainsFunc(held, func(e Entry) bool { return e.ID == target.ID })
	})
	return nil
}

// canonicalRef is the key under which find answers a reference.
func canonicalRef(ref string) string {
	if id, ok := ParseID(ref); ok {
		return id.String()
	}
	return ref
}

// resolveLinks turns the references of an input into rows of links, and lists every one that names nothing, or
// something named already. What the reader of the input has found to be wrong, it passes over.
func resolveLinks(tx *database.Tx, kind Kind, in Input, told []errs.Fault) ([]linkRow, []errs.Fault, error) {
	var rows []linkRow
	var faults []errs.Fault
	fields := in.LinkFields()
	for _, rel := range kind.Relations {
		refs := *fields[rel.Name]
		if len(refs) == 0 || faultAt(told, "/"+rel.Name) {
			continue
		}
		found, err := findToLink(tx, rel.Target, refs)
		if err != nil {
			return nil, nil, err
		}
		seen := map[uuid.UUID]bool{}
		for i, ref := range refs {
			pointer := "/" + rel.Name + "/" + strconv.Itoa(i)
			target, ok := found[canonicalRef(ref)]
			switch {
			case faultAt(told, pointer):
			case !ok:
				faults = append(faults, errs.At(pointer, errs.NoSuch, "There is no %s with the id or slug %q.", rel.Target, ref))
			case seen[target.ID]:
				faults = append(faults, errs.At(pointer, errs.Repeated, "%q names a %s that stands in the list already.", ref, rel.Target))
			default:
				seen[target.ID] = true
				rows = append(rows, linkRow{Relation: rel.Name, Position: i + 1, TargetID: target.ID})
			}
		}
	}
	return rows, faults, nil
}

// resolveMentions turns the addresses of items inside rich text into rows of links. One that names nothing is no
// fault here: it is a publish warning.
func resolveMentions(tx *database.Tx, text *richtext.Renderer, in Input) ([]linkRow, error) {
	var rows []linkRow
	targets, err := mentioned(tx, text, in)
	if err != nil {
		return nil, err
	}
	if err := hold(tx, targets); err != nil {
		return nil, err
	}
	seen := map[uuid.UUID]bool{}
	for _, ref := range slices.SortedFunc(maps.Keys(targets), compareRefs) {
		if id := targets[ref].ID; !seen[id] {
			seen[id] = true
			rows = append(rows, linkRow{Relation: mentions, Position: len(rows) + 1, TargetID: id})
		}
	}
	return rows, nil
}

// namesIn lists what rich text names, by type, as rows of an edition.
func namesIn(text *richtext.Renderer, in Input, edition uuid.UUID) []mentionRow {
	var rows []mentionRow
	seen := map[mentionRow]bool{}
	for typ, names := range referencesOf(text, in) {
		for _, name := range names {
			row := mentionRow{EditionID: edition, Type: typ, Name: canonicalRef(name)}
			if (slug.Valid(row.Name) || slug.IsID(row.Name)) && !seen[row] {
				seen[row] = true
				rows = append(rows, row)
			}
		}
	}
	return rows
}

// referencesOf lists what the rich text of inputs refers to, by type, each name once.
func referencesOf(text *richtext.Renderer, inputs ...Input) map[string][]string {
	byType := map[string][]string{}
	seen := map[richtext.Ref]bool{}
	for _, in := range inputs {
		for _, field := range in.RichText() {
			for _, ref := range text.References(field.Markdown) {
				if typ := TypeOf(ref.Collection); typ != "" && !seen[ref] {
					seen[ref] = true
					byType[typ] = append(byType[typ], ref.Name)
				}
			}
		}
	}
	return byType
}

// mentioned looks up what the rich text of inputs refers to; a reference to nothing has no key.
func mentioned(tx *database.Tx, text *richtext.Renderer, inputs ...Input) (map[richtext.Ref]foundEntry, error) {
	targets := map[richtext.Ref]foundEntry{}
	for typ, names := range referencesOf(text, inputs...) {
		found, err := find(tx, typ, names)
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			if target, ok := found[canonicalRef(name)]; ok {
				targets[richtext.Ref{Collection: CollectionOf(typ), Name: name}] = target
			}
		}
	}
	return targets, nil
}

func compareRefs(a, b richtext.Ref) int {
	return cmp.Or(strings.Compare(a.Collection, b.Collection), strings.Compare(a.Name, b.Name))
}

// linkBatch is how many rows are written with one statement: SQLite takes 32,766 values.
const linkBatch = 1000

// saveLinks stores the links of an edition that has none, and what its rich text names.
func saveLinks(tx *database.Tx, edition uuid.UUID, rows []linkRow, names []mentionRow) error {
	for i := range rows {
		rows[i].EditionID = edition
	}
	var err error
	if len(rows) > 0 {
		err = tx.CreateInBatches(&rows, linkBatch).Error
	}
	if err == nil && len(names) > 0 {
		err = tx.CreateInBatches(&names, linkBatch).Error
	}
	if err != nil {
		return fmt.Errorf("store links: %w", err)
	}
	return nil
}
