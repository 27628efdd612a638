package content

import (
	"cmp"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"github.com/cpics/working-together-api/internal/database"
)

// publicColumns are those of a public entry e and its live edition d that every view needs; the type's own follow.
// links are what the edition links to, as "relation position id" with commas between; last is how many files it has.
var publicColumns = map[database.Engine]string{database.SQLite: publicColumnsOn(database.SQLite), database.Postgres: publicColumnsOn(database.Postgres)}

func publicColumnsOn(e database.Engine) string {
	return `e.id, e.status, e.place, e.title_key, ` + e.Instant("e.first_published_at") + `, ` + e.Instant("e.updated_at") + `, ` +
		e.Instant("e.unpublished_at") + `, e.explanation, e.alternative, d.id, d.number, d.slug, d.title, d.summary, d.language,
	d.last_reviewed_on, d.review_due_on, d.update_type, d.change_note, ` + e.Instant("d.published_at") + `,
	CASE WHEN d.update_type = 'major' THEN '' ELSE (SELECT x.change_note FROM editions x
		WHERE x.entry_id = e.id AND x.update_type = 'major' AND x.state = 'superseded' ORDER BY x.number DESC LIMIT 1) END,
	(SELECT string_agg(l.relation || ' ' || CAST(l.position AS text) || ' ' || CAST(l.target_id AS text), ',')
		FROM edition_links l WHERE l.edition_id = d.id AND l.relation <> '` + mentions + `'),
	(SELECT count(*) FROM edition_files x WHERE x.edition_id = d.id)`
}

// read completes the public entries of a page, a statement that gives entry_id. What is told beside them may be nil.
func (r *Repository[T]) read(l *Lookup, page *statement, b *beside, order string) ([]*Document[T], error) {
	if b == nil {
		b = &beside{perRow: true}
	}
	columns, _ := r.new().Row()
	s := new(statement).add("WITH p AS (").append(page).add(") SELECT " + selectHead + ", " + publicColumns[l.tx.Engine] + ", " + columns)
	if len(b.dest) > 0 {
		s.add(", ").append(&b.columns)
	}
	s.add(` FROM p JOIN entries e ON e.id = p.entry_id
		JOIN editions d ON d.entry_id = e.id AND d.state = 'live' JOIN ` + r.kind.Table + " t ON t.edition_id = d.id" + order)
	rows, err := l.tx.Query(s.String(), s.args...)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", r.kind.Collection, err)
	}
	defer rows.Close()
	var now head
	var docs []*Document[T]
	var links [][]linkRow
	files := 0
	scanner := rowScanner[T]{repo: r, now: &now, beside: b}
	for rows.Next() {
		doc, linked, attached, err := scanner.scan(rows)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", r.kind.Collection, err)
		}
		docs, links, files = append(docs, doc), append(links, linked), files+attached
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil { // closed before another statement
		return nil, fmt.Errorf("read %s: %w", r.kind.Collection, err)
	}
	if len(docs) == 0 {
		return nil, readBeside(l, b)
	}
	if err := l.confirm(now); err != nil {
		return nil, err
	}
	if err := l.fillLinks(linksOfDocs(docs), links); err != nil {
		return nil, err
	}
	return docs, r.addFiles(l, docs, files)
}

// addFiles reads the files of documents, of which there are so many in all. What a published edition says of its files
// never changes, so even another statement tells the same of them, unless they were erased in between.
func (r *Repository[T]) addFiles(l *Lookup, docs []*Document[T], count int) error {
	if count == 0 {
		return nil
	}
	ids := make([]uuid.UUID, len(docs))
	for i, doc := range docs {
		ids[i] = doc.Edition.ID
	}
	l.tx.AllowAnother()
	files, err := filesOf(l.tx, ids)
	if err != nil {
		return err
	}
	for _, doc := range docs {
		doc.Files = files[doc.Edition.ID]
		for _, attached := range doc.Files {
			count -= len(attached)
		}
	}
	if count != 0 && l.tx.Light {
		return database.ErrMore
	}
	return nil
}

// rowScanner reads rows of public entries.
type rowScanner[T Input] struct {
	repo   *Repository[T]
	now    *head
	beside *beside
	dest   []any // where the values of a row go; its room is used again

	note, links string
	files       int
}

// scan reads one row.
func (s *rowScanner[T]) scan(rows *sql.Rows) (doc *Document[T], linked []linkRow, files int, err error) {
	doc = &Document[T]{Input: s.repo.new(), Links: map[string][]Target{}}
	e, d := &doc.Entry, &doc.Edition
	s.dest = append(s.dest[:0], &s.now.Seq, nullable(&s.now.Entry), &e.ID, &e.Status, &e.Place, &e.TitleKey, database.Instant{To: &e.FirstPublishedAt},
		database.Instant{To: &e.UpdatedAt}, database.Instant{To: &e.UnpublishedAt}, &e.Explanation, &e.Alternative, &d.ID, &d.Number, &d.Slug, &d.Title, &d.Summary,
		&d.Language, &d.LastReviewedOn, &d.ReviewDueOn, &d.UpdateType, &d.ChangeNote, database.Instant{To: &d.PublishedAt}, nullable(&s.note), nullable(&s.links), &s.files)
	_, own := doc.Input.Row()
	s.dest = append(append(s.dest, own...), s.beside.dest...)
	if err := rows.Scan(s.dest...); err != nil {
		return nil, nil, 0, err
	}
	e.Type, e.Slug, e.Title, d.EntryID, d.State = s.repo.kind.Type, d.Slug, d.Title, e.ID, stateLive
	doc.ChangeNote = s.note
	if d.UpdateType == Major {
		doc.ChangeNote = d.ChangeNote
	}
	doc.fillShared()
	linked, err = parseLinks(s.links)
	return doc, linked, s.files, err
}

// parseLinks reads the column of links.
func parseLinks(text string) ([]linkRow, error) {
	if text == "" {
		return nil, nil
	}
	links := make([]linkRow, 0, strings.Count(text, ",")+1)
	for link := range strings.SplitSeq(text, ",") {
		relation, rest, _ := strings.Cut(link, " ")
		position, target, _ := strings.Cut(rest, " ")
		n, err := strconv.Atoi(position)
		if err != nil {
			return nil, fmt.Errorf("a link's position: %w", err)
		}
		id, err := uuid.Parse(target)
		if err != nil {
			return nil, fmt.Errorf("a link's target: %w", err)
		}
		links = append(links, linkRow{Relation: relation, Position: n, TargetID: id})
	}
	slices.SortFunc(links, func(a, b linkRow) int {
		return cmp.Or(strings.Compare(a.Relation, b.Relation), cmp.Compare(a.Position, b.Position))
	})
	return links, nil
}

// linksOfDocs are where the links of documents go.
func linksOfDocs[T Input](docs []*Document[T]) []map[string][]Target {
	maps := make([]map[string][]Target, len(docs))
	for i, doc := range docs {
		maps[i] = doc.Links
	}
	return maps
}

// fillLinks shows what documents link to as the public knows it. Links of one relation stand together.
func (l *Lookup) fillLinks(into []map[string][]Target, links [][]linkRow) error {
	all, err := l.inOrder(allTargets(links))
	if err != nil {
		return err
	}
	for i, rows := range links {
		for len(rows) > 0 {
			n := 1
			for n < len(rows) && rows[n].Relation == rows[0].Relation {
				n++
			}
			into[i][rows[0].Relation] = all[:n:n]
			rows, all = rows[n:], all[n:]
		}
	}
	return nil
}

// nullable reads NULL as nothing.
func nullable(to *string) nullString { return nullString{to} }

type nullString struct{ to *string }

// Scan implements sql.Scanner.
func (n nullString) Scan(v any) error {
	switch v := v.(type) {
	case string:
		*n.to = v
		return nil
	case nil:
		*n.to = ""
		return nil
	}
	var s sql.NullString
	err := s.Scan(v)
	*n.to = s.String
	return err
}
