package index

import (
	"fmt"
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

// Search is a query made ready for the database.
type Search struct {
	tx     *database.Tx
	query  words.Query
	groups []group
	filter [][]string       // tokens, any of each list
	counts map[string]int64 // of documents by token, for all tokens that the search may ask for
	texts  map[int64]Text   // those that were read, by place
	titles map[int64]Text   // as texts, without bodies
}

// group is what may stand for one word of a query.
type group struct {
	stem  string   // of the word itself
	begun []string // stems of words that begin as it does
}

// Prepare reads how common the words of a query are.
func Prepare(tx *database.Tx, q words.Query, f Filter) (*Search, error) {
	s := &Search{tx: tx, query: q, texts: map[int64]Text{}, titles: map[int64]Text{}}
	for i, w := range q.Words {
		g := group{stem: w.Stem()}
		if q.Begun && i == len(q.Words)-1 {
			var err error
			if g.begun, err = begun(tx, w, f.Withdrawn); err != nil {
				return nil, err
			}
		}
		s.groups = append(s.groups, g)
	}
	s.narrow(f)
	return s, s.readCounts()
}

// With is the same search with another filter.
func (s *Search) With(f Filter) (*Search, error) {
	other := *s
	other.narrow(f)
	return &other, other.readCounts()
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

// begun are the stems of the words that begin as a word does. Of withdrawn documents both stems and words are known.
func begun(tx *database.Tx, w words.Word, withdrawn bool) ([]string, error) {
	kind, stem := termWord, words.Stem
	if withdrawn {
		kind, stem = tokenWithdrawn, func(term string) string { return term }
	}
	var stems []string
	for _, beginning := range words.Beginnings(w.Spelt) {
		var terms []string
		err := tx.Raw("SELECT term FROM search_terms WHERE term >= ? AND term < ? ORDER BY documents DESC, term LIMIT ?",
			kind+beginning, after(kind+beginning), maxBegun).Scan(&terms).Error
		if err != nil {
			return nil, fmt.Errorf("find words by their beginning: %w", err)
		}
		for _, term := range terms {
			if s := stem(term[len(kind):]); !slices.Contains(stems, s) {
				stems = append(stems, s)
			}
		}
	}
	return stems, nil
}

// after comes behind every text of letters and digits that begins with this.
func after(beginning string) string { return beginning + "\U0010FFFF" }

// readCounts reads how many documents have each token that may be asked for. Those that none has are missing.
func (s *Search) readCounts() error {
	tokens := []string{tokenLive}
	for _, where := range []Where{InTitle, InSummary, Anywhere, InWithdrawn} {
		for _, g := range s.groups {
			tokens = append(tokens, g.tokens(where)...)
		}
		for _, stem := range s.query.Without {
			tokens = append(tokens, string(where)+stem)
		}
	}
	for _, any := range s.filter {
		tokens = append(tokens, any...)
	}
	list, err := jsonArray(tokens)
	if err != nil {
		return err
	}
	var rows []struct {
		Term      string
		Documents int64
	}
	err = s.tx.Raw("SELECT term, documents FROM search_terms WHERE term IN ("+jsonList[s.tx.Engine]+")", list).Scan(&rows).Error
	if err != nil {
		return fmt.Errorf("read how common words are: %w", err)
	}
	s.counts = make(map[string]int64, len(rows))
	for _, r := range rows {
		s.counts[r.Term] = r.Documents
	}
	return nil
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
	e, ok := s.expression(where)
	if !ok || s.query.Empty() {
		return nil, true, nil
	}
	if !needsTexts(s.query) {
		places, err = s.newest(e, limit+1)
		return places[:min(limit, len(places))], len(places) <= limit, err
	}
	places, err = s.newest(e, maxVerified+1)
	if err != nil {
		return nil, false, err
	}
	complete = len(places) <= maxVerified
	places, err = s.verify(places[:min(maxVerified, len(places))])
	return places[:min(limit, len(places))], complete && len(places) <= limit, err
}

// Count says how many documents are found, up to limit; atLeast says that there are more, or may be.
func (s *Search) Count(limit int) (n int, atLeast bool, err error) {
	e, ok := s.expression(Anywhere)
	if !ok || s.query.Empty() {
		return 0, false, nil
	}
	if needsTexts(s.query) {
		places, complete, err := s.Newest(Anywhere, limit)
		return len(places), !complete, err
	}
	if token, only := e.single(); only {
		n = int(s.counts[token])
	} else if n, err = s.count(e, limit+1); err != nil {
		return 0, false, err
	}
	return min(n, limit), n > limit, nil
}

// needsTexts says whether words in a row are looked for, or what is without them: the index does not know their order.
func needsTexts(q words.Query) bool {
	long := func(row []string) bool { return len(row) > 1 }
	return slices.ContainsFunc(q.Phrases, long) || len(q.WithoutPhrases) > 0
}

// verify gives those of the documents whose texts hold the phrases, and none that must not be there.
func (s *Search) verify(places []int64) ([]int64, error) {
	texts, err := s.Texts(places)
	if err != nil {
		return nil, err
	}
	var hold []int64
	for _, place := range places {
		if holds(s.query, texts[place]) {
			hold = append(hold, place)
		}
	}
	return hold, nil
}

// Texts reads the texts of documents by place. What was read once is not read again.
func (s *Search) Texts(places []int64) (map[int64]Text, error) {
	return s.texts, s.read(s.texts, "title, summary, body", places)
}

// Titles is Texts without their bodies.
func (s *Search) Titles(places []int64) (map[int64]Text, error) {
	return s.titles, s.read(s.titles, "title, summary", places)
}

// read completes what was read of the columns with those of more places.
func (s *Search) read(known map[int64]Text, columns string, places []int64) error {
	var missing []int64
	for _, place := range places {
		if _, ok := known[place]; !ok {
			missing = append(missing, place)
		}
	}
	in, list, err := Places(s.tx, missing)
	if err != nil || len(missing) == 0 {
		return err
	}
	var rows []row
	err = s.tx.Raw("SELECT place, "+columns+" FROM search_documents WHERE place IN "+in, list).Scan(&rows).Error
	if err != nil {
		return fmt.Errorf("read texts: %w", err)
	}
	for _, r := range rows {
		known[r.Place] = Text{r.Title, r.Summary, r.Body}
	}
	return nil
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

// holds says whether a text holds the phrases, and none that must not be there.
func holds(q words.Query, t Text) bool {
	fields := [][]string{words.Texts(t.Title), words.Texts(t.Summary), words.Texts(t.Body)}
	has := func(row []string) bool {
		return slices.ContainsFunc(fields, func(field []string) bool { return inRow(field, row) })
	}
	for _, row := range q.Phrases {
		if len(row) > 1 && !has(row) {
			return false
		}
	}
	return !slices.ContainsFunc(q.WithoutPhrases, has)
}

func inRow(field, row []string) bool {
	for i := 0; i+len(row) <= len(field); i++ {
		if slices.Equal(field[i:i+len(row)], row) {
			return true
		}
	}
	return false
}
