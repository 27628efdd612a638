package search_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"github.com/cpics/working-together-api/internal/auth"
	"github.com/cpics/working-together-api/internal/change"
	"github.com/cpics/working-together-api/internal/content"
	"github.com/cpics/working-together-api/internal/content/casestudy"
	"github.com/cpics/working-together-api/internal/content/page"
	"github.com/cpics/working-together-api/internal/content/principle"
	"github.com/cpics/working-together-api/internal/content/rest"
	"github.com/cpics/working-together-api/internal/content/toolkit"
	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/database/dbtest"
	"github.com/cpics/working-together-api/internal/richtext"
	"github.com/cpics/working-together-api/internal/search"
	"github.com/cpics/working-together-api/internal/seed"
	"github.com/cpics/working-together-api/internal/web"
)

const baseURL = "https://api.example.nhs.uk"

// text is an item of the corpus: testdata/corpus.jsonl, in the order of publication.
type text struct{ Type, Slug, Title, Summary, Body string }

// expected is a query and what it finds: testdata/queries.jsonl. It was written before the search was.
type expected struct {
	Q, Why  string
	Top     []string // slugs of the best five, in order
	Matches []string // of all, sorted
}

func readLines[T any](t testing.TB, name string) []T {
	t.Helper()
	file, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	var all []T
	lines := bufio.NewScanner(bytes.NewReader(file))
	for lines.Scan() {
		var one T
		if err := json.Unmarshal(lines.Bytes(), &one); err != nil {
			t.Fatal(name, err)
		}
		all = append(all, one)
	}
	return all
}

func site(t testing.TB) *content.Site {
	t.Helper()
	text, err := richtext.New(baseURL, content.Collections()...)
	if err != nil {
		t.Fatal(err)
	}
	return &content.Site{BaseURL: baseURL, Text: text}
}

// publish writes and publishes texts, as an editor would.
func publish(t testing.TB, db *database.DB, texts []text) {
	t.Helper()
	site := site(t)
	seeders := seed.Seeders{"principle": seed.Published(principle.NewRepository(site)), "case-study": seed.Published(casestudy.NewRepository(site)),
		"toolkit-asset": seed.Published(toolkit.NewRepository(site)), "page": seed.Published(page.NewRepository(site))}
	err := db.Write(t.Context(), func(tx *database.Tx) error {
		log, err := change.Lock(tx)
		if err != nil {
			return err
		}
		for _, text := range texts {
			if err := seeders[text.Type](tx, log, auth.System("test"), uuid.Nil, text.input()); err != nil {
				return fmt.Errorf("%s: %w", text.Slug, err)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// input is the document that the API would take.
func (x text) input() []byte {
	doc := map[string]any{"slug": x.Slug, "title": x.Title, "summary": x.Summary}
	switch x.Type {
	case "case-study":
		parts := append(strings.Split(x.Body, "\n\n"), "—", "—")
		doc["challenge"], doc["approach"], doc["outcome"] = parts[0], parts[1], parts[2]
		doc["principles"] = []string{"keeping-the-person-at-the-centre-of-decisions"}
		doc["patientInvolvement"] = "none"
	case "toolkit-asset":
		doc["assetType"], doc["url"] = "link", "https://www.example.nhs.uk/"
	default:
		doc["body"] = x.Body
	}
	body, err := json.Marshal(doc)
	if err != nil {
		panic(err)
	}
	return body
}

// service answers searches over the content of a database.
type service struct {
	t testing.TB
	e *echo.Echo
}

func serve(t testing.TB, db *database.DB) service {
	t.Helper()
	e := echo.New()
	e.HTTPErrorHandler = web.ErrorHandler(baseURL, slog.New(slog.NewTextHandler(io.Discard, nil)))
	e.GET("/v1/search", search.Handler{Services: rest.Services{DB: db, Site: site(t), Known: &content.Known{}}}.Find)
	return service{t, e}
}

// get asks for the rest of an address, and gives the status and the answer.
func (s service) get(query string) (int, []byte) {
	s.t.Helper()
	answer := httptest.NewRecorder()
	s.e.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/v1/search?"+query, nil))
	return answer.Code, answer.Body.Bytes()
}

// find searches, with further parameters.
func (s service) find(q, more string) search.Results {
	s.t.Helper()
	status, body := s.get("q=" + url.QueryEscape(q) + more)
	if status != http.StatusOK {
		s.t.Fatalf("%q: %d %s", q, status, body)
	}
	var results search.Results
	if err := json.Unmarshal(body, &results); err != nil {
		s.t.Fatal(err)
	}
	return results
}

// all follows the pages of a search.
func (s service) all(q string) (slugs []string, total int) {
	s.t.Helper()
	results := s.find(q, "&limit=50")
	for {
		slugs = append(slugs, slugsOf(results)...)
		if results.Next == "" {
			return slugs, results.Total
		}
		_, more, _ := strings.Cut(results.Next, "/v1/search?")
		_, body := s.get(more)
		results = search.Results{}
		if err := json.Unmarshal(body, &results); err != nil {
			s.t.Fatal(err)
		}
	}
}

func slugsOf(results search.Results) []string {
	slugs := []string{}
	for _, item := range results.Items {
		slugs = append(slugs, item.Slug)
	}
	return slugs
}

// TestCorpus asks the queries, whose answers were written down before there was a search.
func TestCorpus(t *testing.T) {
	t.Parallel()
	texts, queries := readLines[text](t, "corpus.jsonl"), readLines[expected](t, "queries.jsonl")
	if len(texts) < 200 || len(queries) < 60 {
		t.Fatalf("%d texts and %d queries", len(texts), len(queries))
	}
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		publish(t, db, texts)
		s := serve(t, db)
		for _, want := range queries {
			slugs, total := s.all(want.Q)
			if total != len(want.Matches) {
				t.Errorf("%q (%s): total %d, want %d", want.Q, want.Why, total, len(want.Matches))
			}
			if top := slugs[:min(5, len(slugs))]; !slices.Equal(top, want.Top) {
				t.Errorf("%q (%s): %q first, want %q", want.Q, want.Why, top, want.Top)
			}
			if slices.Sort(slugs); len(want.Matches) <= 200 && !slices.Equal(slugs, want.Matches) {
				t.Errorf("%q (%s): %q, want %q", want.Q, want.Why, slugs, want.Matches)
			}
		}
	})
}
