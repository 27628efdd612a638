package api_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/cpics/working-together-api/api/apitest"
	"github.com/cpics/working-together-api/internal/change"
	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/database/dbtest"
)

// atOnce makes n requests that all start at the same moment, and gives their answers.
func atOnce(n int, request func(i int) *apitest.Answer) []*apitest.Answer {
	answers := make([]*apitest.Answer, n)
	start := make(chan struct{})
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			<-start
			answers[i] = request(i)
		})
	}
	close(start)
	all.Wait()
	return answers
}

// tally counts answers by outcome: "201", "412 stale".
func tally(answers []*apitest.Answer) map[string]int {
	counts := map[string]int{}
	for _, a := range answers {
		counts[outcomeOf(a)]++
	}
	return counts
}

// outcomeOf is an answer's status, with the type of its problem.
func outcomeOf(a *apitest.Answer) string {
	if a.StatusCode < 400 {
		return strconv.Itoa(a.StatusCode)
	}
	_, problem, _ := strings.Cut(a.String("type"), "#")
	return strconv.Itoa(a.StatusCode) + " " + problem
}

// wantTally fails the test with the first surprising answer in full.
func wantTally(t *testing.T, answers []*apitest.Answer, want map[string]int) {
	t.Helper()
	got := tally(answers)
	if maps.Equal(got, want) {
		return
	}
	t.Errorf("answers: %v, want %v", got, want)
	for _, a := range answers {
		if want[outcomeOf(a)] == 0 {
			t.Fatalf("%s %s: %d %s", a.Request.Method, a.Request.URL, a.StatusCode, a.Raw)
		}
	}
}

func TestOneOfFiftyWritersWins(t *testing.T) {
	t.Parallel()
	const writers = 50
	writes := map[string]func(s *apitest.Service, path, tag string, i int) *apitest.Answer{
		"PUT": func(s *apitest.Service, path, tag string, i int) *apitest.Answer {
			return s.Editor().Put(path, doc{"title": fmt.Sprint("Writer ", i), "summary": "s"}, apitest.IfMatch(tag))
		},
		"PATCH": func(s *apitest.Service, path, tag string, i int) *apitest.Answer {
			return s.Editor().Patch(path, doc{"title": fmt.Sprint("Writer ", i)}, apitest.IfMatch(tag))
		},
		"publish": func(s *apitest.Service, path, tag string, _ int) *apitest.Answer {
			return s.Publisher().Post(path+"/publish", nil, apitest.IfMatch(tag))
		},
		"PATCH and publish": func(s *apitest.Service, path, tag string, i int) *apitest.Answer {
			return s.Publisher().Patch(path+"?publish=true", doc{"title": fmt.Sprint("Writer ", i)}, apitest.IfMatch(tag))
		},
		"DELETE draft": func(s *apitest.Service, path, tag string, _ int) *apitest.Answer {
			return s.Editor().Delete(path+"/draft", apitest.IfMatch(tag))
		},
	}
	for name, write := range writes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			apitest.Each(t, func(t *testing.T, s *apitest.Service) {
				made := draft(s, "/v1/pages", doc{"title": "A page", "summary": "s"})
				path := "/v1/pages/" + made.String("id")
				answers := atOnce(writers, func(i int) *apitest.Answer { return write(s, path, made.Tag(), i) })
				switch name {
				case "DELETE draft":
					wantTally(t, answers, map[string]int{"204": 1, "404 not-found": writers - 1})
				default:
					wantTally(t, answers, map[string]int{"200": 1, "412 stale": writers - 1})
					if now := s.Reader().Get(path + "?view=draft").Must(200); now.Int("version") < 2 || now.Int("version") > 3 {
						t.Errorf("more than one write was saved: %s", now.Raw)
					}
				}
			})
		})
	}
}

func TestOneOfFiftyWritersOfReferenceDataWins(t *testing.T) {
	t.Parallel()
	const writers = 50
	eachReference(t, func(t *testing.T, s *apitest.Service, collection string, least doc) {
		made := s.Editor().Post(collection, least).Must(201)
		path := collection + "/" + made.String("id")
		patched := atOnce(writers, func(i int) *apitest.Answer {
			return s.Editor().Patch(path, doc{"name": fmt.Sprint("Writer ", i)}, apitest.IfMatch(made.Tag()))
		})
		wantTally(t, patched, map[string]int{"200": 1, "412 stale": writers - 1})
		deleted := atOnce(writers, func(int) *apitest.Answer { return s.Editor().Delete(path, apitest.IfMatch(`"v2"`)) })
		wantTally(t, deleted, map[string]int{"204": 1, "410 gone": writers - 1})
	})
}

// A publisher that had to wait is later than the one it waited for, by the log's numbers and by its times.
func TestTimesGoTheWayOfTheLog(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, dbtest.New(t, database.Postgres))
	began := time.Date(2026, 11, 23, 9, 30, 0, 0, time.UTC)
	setClock(s, began)
	first, observer, release := dbtest.Replica(t, s.DB), dbtest.Replica(t, s.DB), make(chan struct{})
	held, done := make(chan struct{}), make(chan *apitest.Answer)
	first.SetClock(func() time.Time { return began.Add(5 * time.Second) })
	go func() {
		err := first.Write(context.Background(), func(tx *database.Tx) error {
			log, err := change.Lock(tx)
			close(held)
			<-release
			return errors.Join(err, log.Append(change.Line{EntryID: uuid.New(), Type: "page", Event: change.Published}))
		})
		if err != nil {
			t.Error(err)
		}
	}()
	<-held
	go func() { done <- s.Publisher().Post("/v1/pages?publish=true", doc{"title": "Second", "summary": "s"}) }()
	for waiting := 0; waiting == 0 && t.Context().Err() == nil; {
		waiting = number(t, observer, "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")
	}
	setClock(s, began.Add(6*time.Second))
	close(release)
	(<-done).Must(201)
	if lines := linesAfter(t, s, 0); len(lines) != 2 || !lines[1].At.After(lines[0].At) {
		t.Errorf("lines: %+v", lines)
	}
}

// Readers poll while editions come, and the numbers of principles move: what they see is always of one moment.
func TestReadersNeverSeeHalfAPublish(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		first := published(s, "/v1/principles", doc{"title": "First", "summary": "s"}).String("id")
		second := "/v1/principles/" + published(s, "/v1/principles", doc{"title": "Edition 0", "summary": "Edition 0", "body": "Edition 0"}).String("id")
		done := make(chan struct{})
		var readers sync.WaitGroup
		for range 2 {
			readers.Go(func() {
				for open := true; open; {
					select {
					case <-done:
						open = false
					default:
					}
					wantWhole(t, s, second)
				}
			})
		}
		for n := range 20 {
			text := fmt.Sprint("Edition ", n)
			s.Publisher().Patch(second+"?publish=true&updateType=minor", doc{"title": text, "summary": text, "body": text}, anyVersion).Must(200)
			unpublish(s, "/v1/principles/"+first, "withdrawal").Must(200)
			publish(s, "/v1/principles/"+first, "").Must(200)
		}
		close(done)
		readers.Wait()
	})
}

// wantWhole looks at what changes, once by each way in which it is shown.
func wantWhole(t *testing.T, s *apitest.Service, path string) {
	t.Helper()
	item := s.Anonymous().Get(path)
	if title := item.String("title"); item.String("summary") != title || item.String("body", "markdown") != title {
		t.Errorf("half an edition: %s", item.Raw)
	}
	for _, numbered := range [][]any{
		s.Anonymous().Get("/v1/principles").List("items"), s.Anonymous().Get("/v1/overview").List("principles"),
	} {
		for i := range numbered {
			if p, _ := numbered[i].(map[string]any); p["number"] != float64(i+1) || p["title"] != "First" && p["title"] != p["summary"] {
				t.Errorf("principle %d of %d: %v", i+1, len(numbered), p)
			}
		}
	}
}

func TestMadeSlugsAreDistinctAtOnce(t *testing.T) {
	t.Parallel()
	const creators = 20
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		answers := atOnce(creators, func(int) *apitest.Answer { return s.Editor().Post("/v1/pages", doc{"title": "The same"}) })
		wantTally(t, answers, map[string]int{"201": creators})
		want := map[string]bool{"the-same": true}
		for n := 2; n <= creators; n++ {
			want[fmt.Sprint("the-same-", n)] = true
		}
		for _, a := range answers {
			if slug := a.String("input", "slug"); !want[slug] {
				t.Errorf("slug %q is not one of the %d that are free, or was given twice", slug, creators)
			} else {
				delete(want, slug)
			}
		}
	})
}

func TestOneOfManyGetsASlug(t *testing.T) {
	t.Parallel()
	const creators = 20
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		answers := atOnce(creators, func(i int) *apitest.Answer {
			return s.Editor().Post("/v1/pages", doc{"title": fmt.Sprint("Page ", i), "slug": "wanted"})
		})
		wantTally(t, answers, map[string]int{"201": 1, "422 invalid-content": creators - 1})
	})
}

func TestOneOfManyCreatesAnID(t *testing.T) {
	t.Parallel()
	const creators = 20
	create := apitest.Header{"If-None-Match", "*"}
	for name, collections := range map[string][]string{
		"content":        {"/v1/pages"},
		"reference data": {topics},
		"all types":      {"/v1/pages", topics, "/v1/principles", organisations}, // one id space for everything
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			apitest.Each(t, func(t *testing.T, s *apitest.Service) {
				id := newID(t)
				answers := atOnce(creators, func(i int) *apitest.Answer {
					collection := collections[i%len(collections)]
					return s.Editor().Put(collection+"/"+id, least(collection), create)
				})
				wantTally(t, answers, map[string]int{"201": 1, "412 stale": creators - 1})
			})
		})
	}
}

// least is the least that a collection takes.
func least(collection string) doc {
	if reference, ok := referenceKinds[collection]; ok {
		return reference
	}
	return doc{"title": "A title"}
}
