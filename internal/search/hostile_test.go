package search_test

import (
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/database/dbtest"
	"github.com/cpics/working-together-api/internal/search"
)

// nasty are queries that mean something to some engine, or nothing to anybody.
var nasty = []string{
	`"`, `""`, `"""`, `"kidney`, `kidney"`, `-`, `--`, `- -`, `-"`, `-""`, `"-"`, `+`, `*`, `**`, `a*`, `*a`, `^`, `^kidney`, `:`, `a:b`, `tokens:kidney`,
	`{tokens}:kidney`, `-tokens:kidney`, `NOT`, `AND`, `OR`, `NEAR`, `NOT NOT`, `kidney AND`, `AND kidney`, `kidney NOT`, `NEAR(kidney disease, 2)`,
	`(`, `)`, `()`, `((kidney)`, `kidney)`, `a & b`, `a | b`, `!a`, `!!`, `a <-> b`, `a <2> b`, `'`, `''`, `'kidney'`, `\`, `\\`, `\'`, `a\'b`, `kidney:*`,
	`kidney:A`, `'); DROP TABLE search_index; --`, `' OR 1=1 --`, `%`, `_`, `%kidney%`, `?`, `$1`, `@name`, `{{`, `<script>`, `<mark>`, `</mark>`, `&amp;`,
	"\u200f", "\u200fkidney\u200e", "\u202ekidney", "\u2066kidney\u2069", "🙂", "🏳️‍🌈", "kidney🙂disease", "\u0301", "k\u0301idney", "ﬁ", "ß", "İ", "ı", "½", "²",
	"１２３", "٣٤", "中文", "日本語 テキスト", "한국어", "עברית", "العربية", "हिन्दी", "\ufeffkidney", "\u00adkidney", "kid\u00adney", "\u2028", "\u00a0",
	"the", "and", "a", "the and of to in a is", "s", "'s", "x's", "----------------", `- - "" '' "" - -`, strings.Repeat(`"`, 200), strings.Repeat("-", 200),
	strings.Repeat("a ", 100), strings.Repeat("a", 200), strings.Repeat("é", 200), strings.Repeat("-a ", 66), strings.Repeat(`"a`, 100),
	strings.Repeat("(", 200), "NULL", "null", "undefined", "true", "0", "-1", "1e309", "../../etc/passwd", "${jndi:ldap://x}", "kidney\u0000"[:6],
}

// TestNastyQueries: nothing that anybody types is an error of ours, or takes long, or means more than its words.
func TestNastyQueries(t *testing.T) {
	t.Parallel()
	queries := append([]string{}, nasty...)
	random := rand.New(rand.NewPCG(7, 7))
	pieces := []string{`"`, "-", " ", "kidney", "disease", "the", "(", ")", "*", ":", "AND", "OR", "NOT", "'", `\`, "é", "\u0301", "🙂", "\u200f", "a", "1", "/", "“", "&", "|", "!"}
	for range 300 {
		var b strings.Builder
		for range 1 + random.IntN(12) {
			b.WriteString(pieces[random.IntN(len(pieces))])
		}
		queries = append(queries, b.String())
	}
	answers := map[database.Engine][]string{}
	for _, engine := range []database.Engine{database.SQLite, database.Postgres} {
		db := dbtest.New(t, engine)
		publish(t, db, readLines[text](t, "corpus.jsonl")[:60])
		s := serve(t, db)
		for _, q := range queries {
			start := time.Now()
			status, body := s.get("facets=type&q=" + url.QueryEscape(q))
			if took := time.Since(start); took > 3*time.Second {
				t.Errorf("%s: %q took %s", engine, q, took)
			}
			var results search.Results
			blank := strings.ContainsFunc(q, func(r rune) bool { return r < ' ' })
			switch {
			case blank && status == http.StatusBadRequest:
			case status != http.StatusOK:
				t.Errorf("%s: %q: %d %s", engine, q, status, body)
			case json.Unmarshal(body, &results) != nil || results.Items == nil || !utf8.Valid(body):
				t.Errorf("%s: %q: %s", engine, q, body)
			}
			answers[engine] = append(answers[engine], string(body))
		}
	}
	for i, q := range queries {
		if lite, post := stable(answers[database.SQLite][i]), stable(answers[database.Postgres][i]); lite != post {
			t.Errorf("%q:\n%s\n%s", q, lite, post)
		}
	}
}

// stable is an answer without ids, which differ between two services that were filled by themselves.
func stable(answer string) string {
	var results search.Results
	if json.Unmarshal([]byte(answer), &results) != nil {
		return answer
	}
	var b strings.Builder
	for _, item := range results.Items {
		b.WriteString(item.Slug + " " + item.Snippet + "\n")
	}
	facets, _ := json.Marshal(results.Facets)
	return b.String() + results.DidYouMean + string(facets)
}
