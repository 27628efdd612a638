package index

import (
	"fmt"
	"maps"
	"slices"

	"github.com/google/uuid"

	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/search/words"
)

const (
	// maxBegun is how many words, the commonest first, stand for all that begin in one way.
	maxBegun = 200
	// maxVerified is how many documents, the newest first, are looked through for words in a row.
	maxVerified = 1000
)

// Filter narrows a search down. What is nil does not.
type Filter struct {
	Types     []string      // of any of these types
	Links     [][]uuid.UUID // and, for each of these lists, with a link to any of it
	Withdrawn bool          // withdrawn documents, which know neither types nor links, in place of live ones
}

// Where is the part of documents in which all words of a query are looked for.
type Where string

// The parts, each of which holds the one before.
const (
	InTitle   Where = tokenTitle
	InSummary Where = tokenSummary // or the title
	Anywhere  Where = tokenAnywhere
	// InWithdrawn is all the text of withdrawn documents, which are in no other part.
	InWithdrawn Where = tokenWithdrawn
)

// MaxCount is how far documents are counted.
const MaxCount = 10_000

// Search is a query made ready for the database.
type Search struct {
	tx     *database.Tx
	query  words.Query
	groups []group
	filter [][]string       // tokens, any of each list
	counts map[string]int64 // of documents by token, for all tokens that the search may ask for
	// newestPlace is that of the newest document.
	newestPlace int64
	head        Head
	rows        *rows          // what of the query stands in a row; nil: nothing
	holds       map[int64]bool // by place, whether a document has those rows
	titles      map[int64]Text // those that were read, by place
	anywhere    *found         // what was found Anywhere
}

// group is what may stand for one word of a query.
type group struct {
	stem  string   // of the word itself
	begun []string // stems of words that begin as it does
}

// Prepare reads how common the words of a query are.
func Prepare(tx *database.Tx, q words.Query, f Filter) (*Search, error) {
	s := &Search{tx: tx, query: q, rows: newRows(q), holds: map[int64]bool{}, titles: map[int64]Text{}, counts: map[string]int64{}}
	for _, w := range q.Words {
		s.groups = append(s.groups, group{stem: w.Stem()})
	}
	s.narrow(f)
	begun, err := s.readTerms(s.unread(append(s.tokens(f.Withdrawn), tokenLive)), f.Withdrawn)
	if err != nil || len(begun) == 0 {
		return s, err
	}
	s.groups[len(s.groups)-1].begun = begun
	return s, s.readCounts(s.tokens(f.Withdrawn))
}

// With is the same search with another filter, of live documents.
func (s *Search) With(f Filter) (*Search, error) {
	other := *s
	other.narrow(f)
	other.anywhere, other.counts = nil, maps.Clone(s.counts)
	return &other, other.readCounts(other.tokens(false))
}

func (s *Search) narrow(f Filter) {
	s.filter = nil
	if f.Types != nil {
		s.filter = append(s.filter, marked(tokenType, f.Types, typeToken))
	}
	for _, ids := range f.Links {
		s.filter = append(s.filter, marked(tokenLink, ids, idToken))
	}
}

func marked[T any](kind string, values []T, token func(T) string) []string {
	tokens := make([]string, len(values))
	for i, v := range values {
		tokens[i] = kind + token(v)
	}
	return tokens
}

// tokens are all that the search may ask for, in live or in withdrawn documents.
func (s *Search) tokens(withdrawn bool) (tokens []string) {
	parts := []Where{InTitle, InSummary, Anywhere}
	if withdrawn {
		parts = []Where{InWithdrawn}
	}
	for _, where := range parts {
		for _, g := range s.groups {
			tokens = append(tokens, g.tokens(where)...)
		}
	}
	for _, stem := range s.query.Without {
		tokens = append(tokens, string(parts[len(parts)-1])+stem)
	}
	for _, any := range s.filter {
		tokens = append(tokens, any...)
	}
	return tokens
}

// unread are those of some tokens that were not asked for before. They count as asked for now, and as in no document.
func (s *Search) unread(tokens []string) (unread []string) {
	for _, token := range tokens {
		if _, read := s.counts[token]; !read {
			s.counts[token] = 0
			unread = append(unread, token)
		}
	}
	return unread
}

const (
	selectCounts = "SELECT term, documents, 0 AS begun FROM search_terms WHERE term IN (%s)"
	selectNewest = " UNION ALL SELECT '', coalesce((SELECT place FROM search_documents ORDER BY place DESC LIMIT 1), 0), 0"
	// What a beginning is stands in subqueries for Postgres, which else makes a plan for each, at several times the cost of
	// carrying it out.
	selectBegun = " UNION ALL SELECT * FROM (SELECT term, documents, 1 FROM search_terms WHERE term >= (SELECT ?) AND term < (SELECT ?)" +
		" ORDER BY documents DESC, term LIMIT %d) AS b"
)

// readTerms reads with one statement how many documents have tokens, the place of the newest, and the stems of words
// that begin as the last of the query does, if it may be unfinished. Of withdrawn documents both stems and words are
// known.
func (s *Search) readTerms(tokens []string, withdrawn bool) (begun []string, err error) {
	kind, stem := termWord, words.Stem
	if withdrawn {
		kind, stem = tokenWithdrawn, func(term string) string { return term }
	}
	list, err := jsonArray(tokens)
	if err != nil {
		return nil, err
	}
	statement, args := fmt.Sprintf(selectCounts, jsonList[s.tx.Engine])+selectNewest, []any{list}
	if s.query.Begun {
		for _, beginning := range words.Beginnings(s.query.Words[len(s.query.Words)-1].Spelt) {
			statement += fmt.Sprintf(selectBegun, maxBegun)
			args = append(args, kind+beginning, after(kind+beginning))
		}
	}
	if s.tx.Light {
		statement += selectHead
	}
	err = each(s.tx, statement, args, func(scan scanner) error {
		var term string
		var documents, begins int64
		err := scan(&term, &documents, &begins)
		switch {
		case begins == headRow:
			s.head = Head{documents, term}
		case begins == 1:
			if stem := stem(term[len(kind):]); !slices.Contains(begun, stem) {
				begun = append(begun, stem)
			}
		case term == "":
			s.newestPlace = documents
		default:
			s.counts[term] = documents
		}
		return err
	})
	return begun, err
}

// after comes behind every text of letters and digits that begins with this.
func after(beginning string) string { return beginning + "\U0010FFFF" }

// readCounts reads how many documents have tokens, those that were not asked for yet. Those that none has are missing.
func (s *Search) readCounts(tokens []string) error {
	list, err := jsonArray(s.unread(tokens))
	if err != nil || list == "[]" {
		return err
	}
	return each(s.tx, fmt.Sprintf(selectCounts, jsonList[s.tx.Engine]), []any{list}, func(scan scanner) error {
		var term string
		var documents, begun int64
		err := scan(&term, &documents, &begun)
		s.counts[term] = documents
		return err
	})
}

// tokens are what may stand for the word in a part of documents.
func (g group) tokens(where Where) []string {
	tokens := []string{string(where) + g.stem}
	for _, stem := range g.begun {
		if stem != g.stem {
			tokens = append(tokens, string(where)+stem)
		}
	}
	return tokens
}

// Stand gives, by stem, which words of the query it may stand for: their places in it.
func (s *Search) Stand() map[string][]int {
	stand := map[string][]int{}
	for i, g := range s.groups {
		for _, stem := range append([]string{g.stem}, g.begun...) {
			if !slices.Contains(stand[stem], i) {
				stand[stem] = append(stand[stem], i)
			}
		}
	}
	return stand
}

// Unknown are the words of the query that no live document has, by their place in it.
func (s *Search) Unknown() []int {
	var unknown []int
	for i, g := range s.groups {
		if len(s.known(g.tokens(Anywhere))) == 0 {
			unknown = append(unknown, i)
		}
	}
	return unknown
}

func (s *Search) known(tokens []string) []string {
	var known []string
	for _, token := range tokens {
		if s.counts[token] > 0 {
			known = append(known, token)
		}
	}
	return known
}

// expression is what the search asks of a part of documents; ok is false where nothing can be found.
func (s *Search) expression(where Where) (e expression, ok bool) {
	need := s.filter
	for _, g := range s.groups {
		need = append(slices.Clip(need), g.tokens(where))
	}
	for _, any := range need {
		known := s.known(any)
		if len(known) == 0 {
			return e, false
		}
		e.all = append(e.all, known)
	}
	if len(e.all) == 0 {
		if s.counts[tokenLive] == 0 {
			return e, false
		}
		e.all = [][]string{{tokenLive}}
	}
	in := Anywhere // excluded words are looked for in all the text
	if where == InWithdrawn {
		in = InWithdrawn
	}
	for _, stem := range s.query.Without {
		e.none = append(e.none, s.known([]string{string(in) + stem})...)
	}
	return e, true
}

// Newest gives the places of the newest documents that are found, at most limit and, where words in a row are looked
// for, of the newest maxVerified that have the words. complete says that there are no others.
func (s *Search) Newest(where Where, limit int) (places []int64, complete bool, err error) {
	f, err := s.find(where, limit)
	n := min(limit, len(f.places))
	return f.places[:n], n == len(f.places) && !f.more, err
}

// find is newest in a part of documents, with the rows of the query looked for. What is found Anywhere is kept.
func (s *Search) find(where Where, limit int) (f found, err error) {
	e, ok := s.expression(where)
	switch {
	case !ok || s.query.Empty():
	case s.rows != nil:
		if f, err = s.newest(e, maxVerified); err == nil {
			f.places, err = s.verify(f.places)
		}
	default:
		f, err = s.newest(e, limit)
	}
	if where == Anywhere {
		s.anywhere = &f
	}
	return f, err
}

// Count says how many documents are found, up to MaxCount; atLeast says that there are more, or may be.
func (s *Search) Count() (n int, atLeast bool, err error) { return s.countIn(Anywhere) }

func (s *Search) countIn(where Where) (n int, atLeast bool, err error) {
	e, ok := s.expression(where)
	if !ok || s.query.Empty() {
		return 0, false, nil
	}
	if s.rows != nil && s.anywhere == nil {
		if _, err = s.find(Anywhere, maxVerified); err != nil {
			return 0, false, err
		}
	}
	token, single := e.single()
	switch {
	case s.anywhere != nil && (!s.anywhere.more || s.rows != nil):
		return len(s.anywhere.places), s.anywhere.more, nil
	case single:
		n = int(s.counts[token])
	case where == Anywhere && s.surely(e) > MaxCount:
		n = MaxCount + 1
	default:
		n, err = s.count(e, MaxCount+1)
	}
	return min(n, MaxCount), n > MaxCount, err
}

// verify gives those of the documents whose texts have the rows of the query, and none that must not be there. Texts
// are read one after the other and not kept: they may be long.
func (s *Search) verify(places []int64) ([]int64, error) {
	var unread []int64
	for _, place := range places {
		if _, read := s.holds[place]; !read {
			unread = append(unread, place)
		}
	}
	err := s.texts("title, summary, body", unread, func(place int64, t *Text) { s.holds[place] = s.rows.in(t) })
	return slices.DeleteFunc(places, func(place int64) bool { return !s.holds[place] }), err
}

// Titles reads the texts of documents by place, without their bodies. What was read once is not read again.
func (s *Search) Titles(places []int64) (map[int64]Text, error) {
	var unread []int64
	for _, place := range places {
		if _, read := s.titles[place]; !read {
			unread = append(unread, place)
		}
	}
	return s.titles, s.texts("title, summary, ''", unread, func(place int64, t *Text) { s.titles[place] = *t })
}

// texts reads columns of documents, one document after the other.
func (s *Search) texts(columns string, places []int64, text func(place int64, t *Text)) error {
	if len(places) == 0 {
		return nil
	}
	in, list, err := Places(s.tx, places)
	if err != nil {
		return err
	}
	return each(s.tx, "SELECT place, "+columns+" FROM search_documents WHERE place IN "+in, []any{list}, func(scan scanner) error {
		var place int64
		var t Text
		if err := scan(&place, &t.Title, &t.Summary, &t.Body); err != nil {
			return err
		}
		text(place, &t)
		return nil
	})
}

// Places writes places for a statement: a list for IN, and its only argument.
func Places(tx *database.Tx, places []int64) (in, arg string, err error) {
	arg, err = jsonArray(places)
	return "(" + jsonNumbers[tx.Engine] + ")", arg, err
}

// jsonNumbers gives statements the numbers of a JSON array.
var jsonNumbers = map[database.Engine]string{
	database.SQLite:   "SELECT value FROM json_each(?)",
	database.Postgres: "SELECT value::bigint FROM json_array_elements_text(?::json)",
}
