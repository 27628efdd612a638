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

// fill writes generated documents and, of their entries, what results show.
func fill(b *testing.B, db *database.DB, n int) {
	b.Helper()
	err := db.Write(context.Background(), func(tx *database.Tx) error {
		for from := 0; from < n; from += 1000 {
			var rows []map[string]any
			for i := from; i < min(n, from+1000); i++ {
				slug := "study-" + strconv.Itoa(i)
				rows = append(rows, map[string]any{"id": numbered(i), "type": "case-study", "status": "live", "version": 1, "slug": slug,
					"title": slug, "title_key": []byte(slug), "created_at": tx.Now, "created_by": "b", "saved_at": tx.Now, "saved_by": "b",
					"first_published_at": tx.Now, "updated_at": tx.Now})
			}
			if err := tx.Table("entries").Create(rows).Error; err != nil {
				return err
			}
		}
		return index.Rebuild(tx, generated(n))
	})
	if err != nil {
		b.Fatal(err)
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
			b.Run(engine+"/"+class.name, func(b *testing.B) {
				var times []time.Duration
				for i := 0; b.Loop(); i++ {
					start := time.Now()
					if status, body := s.get("q=" + url.QueryEscape(class.queries[i%len(class.queries)])); status != 200 {
						b.Fatal(string(body))
					}
					times = append(times, time.Since(start))
				}
				slices.Sort(times)
				b.ReportMetric(float64(times[len(times)/2].Microseconds())/1000, "ms/median")
				b.ReportMetric(float64(times[len(times)-1].Microseconds())/1000, "ms/slowest")
			})
		}
	}
}

// class is queries of one sort.
type class struct {
	name    string
	queries []string
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
