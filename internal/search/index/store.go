package index

import (
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"github.com/cpics/working-together-api/internal/database"
)

// Put makes a document findable as it is now. The caller must have taken the publish lock before anything else: what
// is counted here belongs to all documents.
func Put(tx *database.Tx, d Document) error {
	tokens := d.tokens()
	old, err := take(tx, d.Entry)
	if err != nil {
		return err
	}
	if err := insert(tx, d, tokens); err != nil {
		return err
	}
	return recount(tx, old, d.terms(tokens))
}

// Remove makes an entry unfindable, and leaves nothing of its words. It does nothing for one that is not there. The
// caller must have taken the publish lock before anything else.
func Remove(tx *database.Tx, entry uuid.UUID) error {
	old, err := take(tx, entry)
	if err != nil || old == nil {
		return err
	}
	return recount(tx, old, nil)
}

// row is a row of table search_documents.
type row struct {
	Place   int64
	EntryID uuid.UUID
	Title   string
	Summary string
	Body    string
}

func (row) TableName() string { return "search_documents" }

// tokensAt reads the tokens of a document, parted by spaces.
var tokensAt = map[database.Engine]string{
	database.SQLite:   "SELECT tokens FROM search_index WHERE rowid = ?",
	database.Postgres: "SELECT array_to_string(tsvector_to_array(tokens), ' ') FROM search_index WHERE place = ?",
}

// take deletes the rows of an entry, and gives the terms that were counted of it; nil where there was nothing.
func take(tx *database.Tx, entry uuid.UUID) (map[string]struct{}, error) {
	var r row
	err := tx.Where("entry_id = ?", entry).Take(&r).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return nil, nil
	}
	var joined string
	if err == nil {
		err = tx.Raw(tokensAt[tx.Engine], r.Place).Scan(&joined).Error
	}
	if err == nil && tx.Engine == database.SQLite { // Postgres does it with the document
		err = tx.Exec("DELETE FROM search_index WHERE rowid = ?", r.Place).Error
	}
	if err == nil {
		err = tx.Exec("DELETE FROM search_documents WHERE place = ?", r.Place).Error
	}
	if err != nil {
		return nil, fmt.Errorf("take a document out of the search: %w", err)
	}
	tokens := strings.Fields(joined)
	was := Document{Text: Text{r.Title, r.Summary, r.Body}}
	was.Withdrawn = len(tokens) > 0 && !slices.Contains(tokens, tokenLive)
	return was.terms(tokens), nil
}

// insertTokens adds to the index.
var insertTokens = map[database.Engine]string{
	database.SQLite:   "INSERT INTO search_index (rowid, tokens) VALUES (?, ?)",
	database.Postgres: "INSERT INTO search_index (place, tokens) VALUES (?, ?::tsvector)",
}

func insert(tx *database.Tx, d Document, tokens []string) error {
	err := tx.Create(&row{d.Place, d.Entry, d.Title, d.Summary, d.Body}).Error
	if err == nil {
		err = tx.Exec(insertTokens[tx.Engine], d.Place, strings.Join(tokens, " ")).Error
	}
	if err != nil {
		return fmt.Errorf("make a document findable: %w", err)
	}
	return nil
}

// recount counts what came and what went of one document.
func recount(tx *database.Tx, was, is map[string]struct{}) error {
	var gone []string
	for term := range was {
		if _, stays := is[term]; !stays {
			gone = append(gone, term)
		}
	}
	come := map[string]int64{}
	for term := range is {
		if _, known := was[term]; !known {
			come[term] = 1
		}
	}
	if err := uncount(tx, gone); err != nil {
		return err
	}
	return count(tx, come)
}

// jsonArray writes a list for statements that take one as a single parameter, however long it is.
func jsonArray[T any](list []T) (string, error) {
	if list == nil {
		return "[]", nil
	}
	text, err := json.Marshal(list)
	return string(text), err
}

// jsonRows gives statements the rows of a JSON array.
var jsonRows = map[database.Engine]string{
	database.SQLite:   "SELECT value ->> 0 AS term, value ->> 1 AS backwards, value ->> 2 AS documents FROM json_each(?)",
	database.Postgres: "SELECT value ->> 0 AS term, value ->> 1 AS backwards, (value ->> 2)::bigint AS documents FROM json_array_elements(?::json)",
}

// count adds to how many documents have each term.
func count(tx *database.Tx, more map[string]int64) error {
	rows := make([][3]any, 0, len(more))
	for term, n := range more {
		backwards := ""
		if word, isWord := strings.CutPrefix(term, termWord); isWord {
			backwards = reversed(word)
		}
		rows = append(rows, [3]any{term, backwards, n})
	}
	all, err := jsonArray(rows)
	if err != nil || len(rows) == 0 {
		return err
	}
	err = tx.Exec(`INSERT INTO search_terms (term, backwards, documents) SELECT term, backwards, documents FROM (`+jsonRows[tx.Engine]+`) AS more
		WHERE true ON CONFLICT (term) DO UPDATE SET documents = search_terms.documents + excluded.documents`, all).Error
	if err != nil {
		return fmt.Errorf("count terms: %w", err)
	}
	return nil
}

// jsonList gives statements the texts of a JSON array.
var jsonList = map[database.Engine]string{
	database.SQLite:   "SELECT value FROM json_each(?)",
	database.Postgres: "SELECT value FROM json_array_elements_text(?::json)",
}

// uncount takes one document off each of the terms. What no document has any more is deleted: nobody is to be told of
// it.
func uncount(tx *database.Tx, terms []string) error {
	all, err := jsonArray(terms)
	if err != nil || len(terms) == 0 {
		return err
	}
	list := "(" + jsonList[tx.Engine] + ")"
	err = tx.Exec("DELETE FROM search_terms WHERE documents = 1 AND term IN "+list, all).Error
	if err == nil {
		err = tx.Exec("UPDATE search_terms SET documents = documents - 1 WHERE term IN "+list, all).Error
	}
	if err != nil {
		return fmt.Errorf("count terms: %w", err)
	}
	return nil
}

// Current is the condition, in SQL, under which the index is not [Stale].
var Current = fmt.Sprintf("EXISTS (SELECT 1 FROM search_head WHERE version = %d)", Version)

// Stale says whether the index was made by another version of the program, or never.
func Stale(tx *database.Tx) (bool, error) {
	var current bool
	err := tx.Raw("SELECT " + Current).Scan(&current).Error
	return !current, err
}

// rebuildBatch is how many documents are written with one statement.
const rebuildBatch = 200

// beforeRebuild and afterRebuild are what an engine does besides. Postgres makes an index several times as fast at once
// than row by row; searches wait meanwhile. SQLite would take an index apart word by word, so it gets a new table, as the
// migration makes it; and it gathers 16 MB of the index at a time, not one, so that there is less to be merged.
var (
	beforeRebuild = map[database.Engine][]string{
		database.SQLite: {"DROP TABLE search_index", "CREATE VIRTUAL TABLE search_index USING fts5 (tokens, detail = none, tokenize = 'ascii')",
			"INSERT INTO search_index (search_index, rank) VALUES ('secure-delete', 1)",
			"INSERT INTO search_index (search_index, rank) VALUES ('hashsize', 16777216)",
			"DELETE FROM search_documents", "DELETE FROM search_terms"},
		database.Postgres: {"TRUNCATE search_index, search_documents, search_terms", "DROP INDEX search_index_tokens"},
	}
	afterRebuild = map[database.Engine][]string{
		database.SQLite:   {"INSERT INTO search_index (search_index, rank) VALUES ('hashsize', 1048576)"},
		database.Postgres: {"CREATE INDEX search_index_tokens ON search_index USING gin (tokens) WITH (fastupdate = off)"},
	}
)

func execAll(tx *database.Tx, statements []string) error {
	for _, statement := range statements {
		if err := tx.Exec(statement).Error; err != nil {
			return fmt.Errorf("rebuild the search: %w", err)
		}
	}
	return nil
}

// Rebuild makes the index anew of all that can be found; in the order of their places is quickest. The caller must
// have taken the publish lock before anything else.
func Rebuild(tx *database.Tx, all iter.Seq2[Document, error]) error {
	if err := execAll(tx, beforeRebuild[tx.Engine]); err != nil {
		return err
	}
	counts := map[string]int64{}
	b := batch{tx: tx}
	for d, err := range all {
		if err != nil {
			return err
		}
		tokens := d.tokens()
		for term := range d.terms(tokens) {
			counts[term]++
		}
		if err := b.add(d, tokens); err != nil {
			return err
		}
	}
	if err := b.flush(); err != nil {
		return err
	}
	if err := count(tx, counts); err != nil {
		return err
	}
	if err := execAll(tx, afterRebuild[tx.Engine]); err != nil {
		return err
	}
	return tx.Exec("UPDATE search_head SET version = ?", Version).Error
}

// batch gathers documents to be written together.
type batch struct {
	tx     *database.Tx
	rows   []row
	tokens []any // place and tokens in turn
}

func (b *batch) add(d Document, tokens []string) error {
	b.rows = append(b.rows, row{d.Place, d.Entry, d.Title, d.Summary, d.Body})
	b.tokens = append(b.tokens, d.Place, strings.Join(tokens, " "))
	if len(b.rows) < rebuildBatch {
		return nil
	}
	return b.flush()
}

func (b *batch) flush() error {
	if len(b.rows) == 0 {
		return nil
	}
	head, values, _ := strings.Cut(insertTokens[b.tx.Engine], " VALUES ")
	statement := head + " VALUES " + strings.Repeat(values+", ", len(b.rows)-1) + values
	err := b.tx.Create(&b.rows).Error
	if err == nil {
		err = b.tx.Exec(statement, b.tokens...).Error
	}
	if err != nil {
		return fmt.Errorf("make documents findable: %w", err)
	}
	b.rows, b.tokens = nil, nil
	return nil
}
