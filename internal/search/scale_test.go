package search_test

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"math/rand/v2"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/cpics/working-together-api/internal/content"
	"github.com/cpics/working-together-api/internal/content/casestudy"
	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/database/dbtest"
	"github.com/cpics/working-together-api/internal/search/index"
	"github.com/cpics/working-together-api/internal/search/words"
)

// vocabulary is how many words the generated documents have, from the commonest to the rarest as in a language.
const vocabulary = 50_000

// pseudoWord is the word of a rank.
func pseudoWord(rank int) string {
	const consonants, vowels = "bdfghjklmnprstvwz", "aeiou"
	var b strings.Builder
	for n := rank + 1; n > 0; n /= len(consonants) * len(vowels) {
		b.WriteByte(consonants[n%len(consonants)])
		b.WriteByte(vowels[n/len(consonants)%len(vowels)])
	}
	return b.String()
}

// generated makes documents of 120 words, the same ones each time.
func generated(n int) iter.Seq2[index.Document, error] {
	return func(yield func(index.Document, error) bool) {
		random := rand.New(rand.NewPCG(1, 2))
		zipf := rand.NewZipf(random, 1.07, 3, vocabulary-1)
		text := func(n int) string {
			all := make([]string, n)
			for i := range all {
				all[i] = pseudoWord(int(zipf.Uint64()))
			}
			return strings.Join(all, " ")
		}
		for i := range n {
			doc := index.Document{Entry: numbered(i), Type: "case-study", Place: int64(i + 1),
				Text: index.Text{Title: text(6), Summary: text(14), Body: text(100)}}
			if !yield(doc, nil) {
				return
			}
		}
	}
}

func numbered(i int) uuid.UUID {
	return uuid.MustParse(fmt.Sprintf("00000000-0000-7000-8000-%012d", i))
}

// sequence writes the entries of generated documents, numbered i from 0, and what lists of them are read from.
var sequence = map[database.Engine]struct{ id, at, key string }{
	database.SQLite: {"'00000000-0000-7000-8000-' || substr(CAST(1000000000000 + i AS text), 2)",
		"strftime('%Y-%m-%d %H:%M:%S+00:00', '2000-01-01', i || ' minutes')", "CAST('study-' || i AS blob)"},
	database.Postgres: {"CAST('00000000-0000-7000-8000-' || substr(CAST(1000000000000 + i AS text), 2) AS uuid)",
		"timestamp '2000-01-01' + i * interval '1 minute'", "CAST('study-' || i AS bytea)"},
}

// fill writes generated documents and their entries, as case studies that all lists show.
func fill(b testing.TB, db *database.DB, n int) {
	b.Helper()
	e := sequence[db.Engine()]
	numbers := fmt.Sprintf(" WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < %d) ", n-1)
	statements := []string{
		"INSERT INTO entries (id, type, status, version, slug, title, title_key, created_at, created_by, saved_at, saved_by, first_published_at, updated_at)" +
			numbers + "SELECT " + e.id + ", 'case-study', 'live', 1, 'study-' || i, 'study-' || i, " + e.key + ", " + e.at + ", 'b', " + e.at + ", 'b', " +
			e.at + ", " + e.at + " FROM n",
		"INSERT INTO editions (id, entry_id, number, state, slug, title, title_key, summary, language, last_reviewed_on, review_due_on, update_type, published_at)" +
			" SELECT id, id, 1, 'draft', slug, title, title_key, slug, 'en-GB', '', '', 'major', first_published_at FROM entries",
		"INSERT INTO case_studies (edition_id, challenge, approach, outcome, happened_on, patient_involvement) SELECT id, '', '', '', '', 'none' FROM editions",
		"UPDATE editions SET state = 'live'", // what is live never changes
		fmt.Sprintf("INSERT INTO lists (id, type, status, dimension, value, total) VALUES (1, 'case-study', 'live', '', '', %d)", n),
		"INSERT INTO listings (entry_id, list_id, first_published_at, updated_at, title_key, place, mask)" +
			" SELECT id, 1, " + db.Engine().Moment("first_published_at") + ", " + db.Engine().Moment("updated_at") + ", title_key, 0, -1 FROM entries",
	}
	err := db.Write(context.Background(), func(tx *database.Tx) error {
		for _, statement := range statements {
			if err := tx.Exec(statement).Error; err != nil {
				return err
			}
		}
		return index.Rebuild(tx, generated(n))
	})
	if err != nil {
		b.Fatal(err)
	}
}

// TestTheNewestOfManyAreTheSameOnBothEngines: SQLite goes through documents from the newest on, Postgres takes windows of
// them, as large as the words are rare.
func TestTheNewestOfManyAreTheSameOnBothEngines(t *testing.T) {
	t.Parallel()
	queries := []string{`"` + pseudoWord(1) + " " + pseudoWord(2) + `"`}
	for _, rank := range []int{0, 1, 2, 5, 10, 20, 50, 100, 1000} {
		word := pseudoWord(rank)
		queries = append(queries, word+" -"+pseudoWord(3), word+" "+pseudoWord(4)+" ", pseudoWord(6)+" "+word[:2]+" "+pseudoWord(rank+1), "-"+word)
	}
	answers := map[database.Engine][]string{}
	for _, engine := range []database.Engine{database.SQLite, database.Postgres} {
		db := dbtest.New(t, engine)
		fill(t, db, 3000)
		s := serve(t, db)
		for _, q := range queries {
			slugs, total := s.all(q)
			answers[engine] = append(answers[engine], fmt.Sprint(q, ": ", total, slugs))
		}
	}
	for i := range queries {
		if lite, post := answers[database.SQLite][i], answers[database.Postgres][i]; lite != post {
			t.Errorf("%s\n%s", lite, post)
		}
	}
}

// scaleDatabases are what is measured on: fresh databases of 10,000 documents, or those that the environment names, as
// in SEARCH_DOCUMENTS=1000000 SEARCH_DATABASES="sqlite:/tmp/s.db postgres://…", which are filled when they are empty and
// stay.
func scaleDatabases(b *testing.B) map[string]*database.DB {
	b.Helper()
	n := 10_000
	if set := os.Getenv("SEARCH_DOCUMENTS"); set != "" {
		n, _ = strconv.Atoi(set)
	}
	all := map[string]*database.DB{}
	urls := strings.Fields(os.Getenv("SEARCH_DATABASES"))
	if len(urls) == 0 {
		urls = []string{dbtest.URL(b, database.SQLite), dbtest.URL(b, database.Postgres)}
	}
	for _, address := range urls {
		db := dbtest.Open(b, address)
		if err := database.Migrate(b.Context(), db); err != nil {
			b.Fatal(err)
		}
		var filled int
		err := db.Read(b.Context(), func(tx *database.Tx) error {
			return tx.Raw("SELECT count(*) FROM (SELECT 1 FROM search_documents LIMIT 1) AS x").Scan(&filled).Error
		})
		if err != nil {
			b.Fatal(err)
		}
		if filled == 0 {
			start := time.Now()
			fill(b, db, n)
			if db.Engine() == database.Postgres {
				if err := db.Write(b.Context(), func(tx *database.Tx) error { return tx.Exec("ANALYZE").Error }); err != nil {
					b.Fatal(err)
				}
			}
			b.Logf("%s: %d documents written in %s", db.Engine(), n, time.Since(start).Round(time.Second))
		}
		all[string(db.Engine())] = db
	}
	return all
}

// common lists words by how many documents have them, the commonest first, with these numbers.
func common(b *testing.B, db *database.DB) (list []string, documents []int) {
	b.Helper()
	var rows []struct {
		Term      string
		Documents int
	}
	err := db.Read(b.Context(), func(tx *database.Tx) error {
		return tx.Raw("SELECT term, documents FROM search_terms WHERE backwards <> '' ORDER BY documents DESC, term").Scan(&rows).Error
	})
	if err != nil {
		b.Fatal(err)
	}
	for _, r := range rows {
		if word := strings.TrimPrefix(r.Term, "w"); len(word) > 2 {
			list, documents = append(list, word), append(documents, r.Documents)
		}
	}
	return list, documents
}

// BenchmarkSearch measures whole searches, from the address to the answer in JSON.
func BenchmarkSearch(b *testing.B) {
	for engine, db := range scaleDatabases(b) {
		s := serve(b, db)
		list, documents := common(b, db)
		for _, class := range classes(list, documents, text0(b, db)) {
			class.measure(b, engine, func(query string) {
				if status, body := s.get("q=" + url.QueryEscape(query)); status != 200 {
					b.Fatal(string(body))
				}
			})
		}
	}
}

// BenchmarkListByQuery measures the first page of a list with q, read and not written, in the order that lists have by
// themselves.
func BenchmarkListByQuery(b *testing.B) {
	studies, known := casestudy.NewRepository(site(b)), &content.Known{}
	for engine, db := range scaleDatabases(b) {
		list, documents := common(b, db)
		for _, class := range classes(list, documents, text0(b, db)) {
			class.measure(b, engine, func(query string) {
				err := db.Read(b.Context(), func(tx *database.Tx) error {
					l, err := known.In(tx)
					if err == nil {
						_, err = studies.List(l, content.Listing{Selection: content.Selection{Statuses: []content.Status{content.Live}, Query: query},
							Window: content.Window{Sort: content.Sorts["-firstPublishedAt"], Limit: 20}})
					}
					return err
				})
				if err != nil {
					b.Fatal(query, err)
				}
			})
		}
	}
}

// class is queries of one sort.
type class struct {
	name    string
	queries []string
}

// measure asks the queries in turn.
func (c class) measure(b *testing.B, engine string, ask func(query string)) {
	b.Run(engine+"/"+c.name, func(b *testing.B) {
		var times []time.Duration
		for i := 0; b.Loop(); i++ {
			start := time.Now()
			ask(c.queries[i%len(c.queries)])
			times = append(times, time.Since(start))
		}
		slices.Sort(times)
		b.ReportMetric(float64(times[len(times)/2].Microseconds())/1000, "ms/median")
		b.ReportMetric(float64(times[len(times)-1].Microseconds())/1000, "ms/slowest")
	})
}

// text0 is the body of some documents, to take phrases from.
func text0(b *testing.B, db *database.DB) (bodies []string) {
	b.Helper()
	err := db.Read(b.Context(), func(tx *database.Tx) error {
		return tx.Raw("SELECT body FROM search_documents ORDER BY place DESC LIMIT 50").Scan(&bodies).Error
	})
	if err != nil {
		b.Fatal(err)
	}
	return bodies
}

func classes(list []string, documents []int, bodies []string) []class {
	random := rand.New(rand.NewPCG(3, 4))
	n := documents[0]
	share := func(low, high float64) []string {
		from, _ := slices.BinarySearchFunc(documents, int(high*float64(n)), func(a, b int) int { return cmp.Compare(b, a) })
		to, _ := slices.BinarySearchFunc(documents, int(low*float64(n)), func(a, b int) int { return cmp.Compare(b, a) })
		var some []string
		for range 40 {
			if to > from {
				some = append(some, list[from+random.IntN(to-from)]+" ") // a space: still the last word, begun or not
			}
		}
		return some
	}
	zipf := rand.NewZipf(random, 1.07, 3, vocabulary-1)
	anyWords := func(words int) (queries []string) {
		for range 60 {
			var q []string
			for range words {
				q = append(q, pseudoWord(int(zipf.Uint64())))
			}
			queries = append(queries, strings.Join(q, " "))
		}
		return queries
	}
	var phrases, nothing, begun, without []string
	for i, body := range bodies {
		w := words.Texts(body)
		at := random.IntN(len(w) - 3)
		phrases = append(phrases, `"`+strings.Join(w[at:at+2+i%2], " ")+`"`)
		nothing = append(nothing, "qx"+w[at]+"qx")
		begun = append(begun, list[random.IntN(2000)][:3])
		without = append(without, list[random.IntN(300)]+" -"+list[random.IntN(300)])
	}
	return []class{{"in 0.01 to 1 %", share(0.0001, 0.01)}, {"in 1 to 10 %", share(0.01, 0.1)}, {"in 10 to 100 %", share(0.1, 1.01)},
		{"any word", anyWords(1)}, {"any two words", anyWords(2)}, {"any three words", anyWords(3)}, {"any five words", anyWords(5)},
		{"a phrase", phrases}, {"no match", nothing}, {"a beginning", begun}, {"a word without another", without}}
}
