package api_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/cpics/working-together-api/api/apitest"
	"github.com/cpics/working-together-api/internal/change"
	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/database/dbtest"
)

// replayed says whether an answer is that of an earlier request.
func replayed(a *apitest.Answer) bool { return a.Header.Get("Idempotency-Replayed") == "true" }

// wantReplay demands the first answer again, whatever happened since.
func wantReplay(t *testing.T, first, second *apitest.Answer) {
	t.Helper()
	if !replayed(second) || replayed(first) {
		t.Errorf("replayed: first %v, second %v", replayed(first), replayed(second))
	}
	if second.StatusCode != first.StatusCode || string(second.Raw) != string(first.Raw) {
		t.Errorf("first  %d %s\nsecond %d %s", first.StatusCode, first.Raw, second.StatusCode, second.Raw)
	}
	for _, name := range []string{"ETag", "Location", "Cache-Control", "Content-Type"} {
		if got, want := second.Header.Get(name), first.Header.Get(name); got != want {
			t.Errorf("%s: %q, first %q", name, got, want)
		}
	}
}

func TestARepeatedRequestGetsTheFirstAnswer(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		for _, path := range []string{"/v1/pages", "/v1/pages?publish=true", topics} {
			body, k := least(strings.TrimSuffix(path, "?publish=true")).with("summary", "s"), key("create "+path)
			first := s.Publisher().Post(path, body, k).Must(201)
			lines := lastSeq(t, s)
			wantReplay(t, first, s.Publisher().Post(path, body, k))
			if lastSeq(t, s) != lines {
				t.Errorf("%s: a repeated request wrote to the change log", path)
			}
		}
		if n := number(t, s.DB, "SELECT count(*) FROM entries"); n != 3 {
			t.Errorf("3 requests, each sent twice, made %d entries", n)
		}
	})
}

// Every POST that changes something is answered again although its tag is stale by then: it made it stale itself.
func TestAReplayComesBeforePreconditions(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		made := draft(s, "/v1/pages", doc{"title": "A page", "summary": "s"})
		path := "/v1/pages/" + made.String("id")
		publish := func() *apitest.Answer {
			return s.Publisher().Post(path+"/publish", nil, apitest.IfMatch(made.Tag()), key("p"))
		}
		live := publish().Must(200)
		wantReplay(t, live, publish())
		withdraw := func() *apitest.Answer {
			return s.Publisher().Post(path+"/unpublish", doc{"type": "withdrawal", "explanation": "Old."}, apitest.IfMatch(live.Tag()), key("w"))
		}
		withdrawn := withdraw().Must(200)
		wantReplay(t, withdrawn, withdraw())
		restore := func() *apitest.Answer {
			return s.Editor().Post(path+"/editions/1/restore", nil, apitest.IfMatch(withdrawn.Tag()), key("r"))
		}
		wantReplay(t, restore().Must(200), restore())
		wantReplay(t, live, publish())
		if now := s.Reader().Get(path + "?view=draft").Must(200); now.Int("version") != 4 || now.String("status") != "withdrawn" {
			t.Errorf("repeated requests changed something: %s", now.Raw)
		}
	})
}

func TestAKeyBelongsToTokenPathAndRequest(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		body := doc{"title": "A title", "summary": "s"}
		first := s.Publisher().Post("/v1/pages", body, key("k")).Must(201)
		for name, other := range map[string]*apitest.Answer{
			"token":      s.Editor().Post("/v1/pages", body, key("k")),
			"path":       s.Publisher().Post("/v1/principles", body, key("k")),
			"key":        s.Publisher().Post("/v1/pages", body, key("K")),
			"no key":     s.Publisher().Post("/v1/pages", body),
			"other path": s.Publisher().Post("/v1/pages/"+first.String("id")+"/publish", nil, anyVersion, key("k")),
		} {
			if other.StatusCode >= 300 || replayed(other) {
				t.Errorf("another %s: %d, replayed %v: %s", name, other.StatusCode, replayed(other), other.Raw)
			}
		}
		for name, other := range map[string]*apitest.Answer{
			"body":       s.Publisher().Post("/v1/pages", body.with("title", "Another"), key("k")),
			"no body":    s.Publisher().Post("/v1/pages", doc{}, key("k")),
			"parameters": s.Publisher().Post("/v1/pages?publish=true", body, key("k")),
		} {
			if other.Problem(422, "key-reused"); replayed(other) {
				t.Errorf("another %s is marked as a replay", name)
			}
		}
		wantReplay(t, first, s.Publisher().Post("/v1/pages", body, key(`"k"`)))
		first = s.Publisher().Post("/v1/pages?publish=true&updateType=major", body, key("order")).Must(201)
		wantReplay(t, first, s.Publisher().Post("/v1/pages?updateType=major&publish=true", body, key("order")))
	})
}

func TestTheFormOfAKey(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, dbtest.New(t, database.SQLite))
	for _, c := range []struct {
		value string
		valid bool
	}{
		{"a", true}, {strings.Repeat("k", 255), true}, {`"` + strings.Repeat("q", 255) + `"`, true}, {"two words", true},
		{"", false}, {`""`, false}, {strings.Repeat("k", 256), false}, {`"open`, false}, {"clé", false}, {"tab\there", false},
	} {
		answer := s.Editor().Post("/v1/pages", doc{"title": "A page"}, key(c.value))
		if c.valid {
			answer.Must(201)
			continue
		}
		answer.Problem(400, "invalid-query")
		wantEqual(t, answer.Faults(), []string{"Idempotency-Key format"})
	}
	if n := number(t, s.DB, "SELECT count(*) FROM entries"); n != 4 {
		t.Errorf("%d entries were made by 4 valid keys", n)
	}
}

// A request that failed may be repeated under its key when what stood against it is put right.
func TestOnlySuccessIsKept(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		made := draft(s, "/v1/pages", doc{"title": "A page"})
		path := "/v1/pages/" + made.String("id")
		publish := func() *apitest.Answer { return s.Publisher().Post(path+"/publish", nil, anyVersion, key("k")) }
		publish().Problem(422, "not-publishable")
		s.Editor().Post("/v1/pages", doc{"titel": "A page"}, key("k")).Problem(422, "invalid-content")
		s.Editor().Post("/v1/pages?publish=true", doc{"title": "A page"}, key("k")).Problem(403, "forbidden")
		if n := number(t, s.DB, "SELECT count(*) FROM idempotency_keys"); n != 0 {
			t.Errorf("%d answers of failures are kept", n)
		}
		s.Editor().Patch(path, doc{"summary": "s"}, anyVersion).Must(200)
		wantReplay(t, publish().Must(200), publish())
		// Another request may take the key that a failed one had.
		if a := s.Editor().Post("/v1/pages", doc{"title": "Another"}, key("k")).Must(201); replayed(a) {
			t.Errorf("a first answer is marked as a replay: %s", a.Raw)
		}
	})
}

// The key is kept in the transaction of the change: where that is rolled back, so is the key.
func TestAKeyIsRolledBackWithItsChange(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		post := func() *apitest.Answer {
			return s.Publisher().Post("/v1/pages?publish=true", doc{"title": "A page", "summary": "s"}, key("k"))
		}
		breakTable(t, s.DB, "idempotency_keys", "broken")
		post().Problem(500, "internal")
		breakTable(t, s.DB, "broken", "idempotency_keys")
		if n := number(t, s.DB, "SELECT (SELECT count(*) FROM entries) + (SELECT count(*) FROM changes) + (SELECT seq FROM change_head)"); n != 0 {
			t.Errorf("a change whose answer could not be kept left something behind: %d", n)
		}
		if a := post().Must(201); replayed(a) {
			t.Errorf("what was rolled back is replayed: %s", a.Raw)
		}
	})
}

// breakTable gives a table another name.
func breakTable(t *testing.T, db *database.DB, from, to string) {
	t.Helper()
	dbtest.Exec(t, db, "ALTER TABLE "+from+" RENAME TO "+to)
}

// The first of two equal requests is held up, on another replica where there can be one; the second does not wait.
func TestARequestInProgress(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		clients, third := []apitest.Client{s.Publisher(), s.Publisher()}, s.DB
		if s.DB.Engine() == database.Postgres {
			clients[1], third = s.Publisher().At(apitest.New(t, dbtest.Replica(t, s.DB))), dbtest.Replica(t, s.DB)
		}
		for _, c := range clients {
			c.Get("/v1/me").Must(200) // notes the use of the token, which is a write
		}
		release := holdPublishLock(t, third)
		answers := make(chan *apitest.Answer)
		for _, c := range clients {
			go func() {
				answers <- c.Post("/v1/pages?publish=true", doc{"title": "A page", "summary": "s"}, key("k"))
			}()
		}
		var refused *apitest.Answer
		select {
		case refused = <-answers:
		case <-time.After(10 * time.Second): // the second waits for the first
		}
		release()
		first := <-answers
		if refused == nil {
			t.Fatalf("nobody was turned away while the first request ran: %d, then %d", first.StatusCode, (<-answers).StatusCode)
		}
		refused.Problem(409, "request-in-progress")
		first.Must(201)
		for _, c := range clients {
			wantReplay(t, first, c.Post("/v1/pages?publish=true", doc{"title": "A page", "summary": "s"}, key("k")))
		}
	})
}

// holdPublishLock keeps everybody else from publishing, on SQLite from every write, until release is called.
func holdPublishLock(t *testing.T, db *database.DB) (release func()) {
	t.Helper()
	held, end, done := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		done <- db.Write(context.Background(), func(tx *database.Tx) error {
			_, err := change.Lock(tx)
			close(held)
			<-end
			return err
		})
	}()
	<-held
	return func() {
		close(end)
		if err := <-done; err != nil {
			t.Error("the publish lock:", err)
		}
	}
}

func TestManyEqualRequestsMakeOneEntry(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		answers := atOnce(20, func(int) *apitest.Answer { return s.Editor().Post("/v1/pages", doc{"title": "A page"}, key("k")) })
		first := 0
		for _, a := range answers {
			switch {
			case a.StatusCode == 409:
				a.Problem(409, "request-in-progress")
			case !replayed(a.Must(201)):
				first++
			}
		}
		if n := number(t, s.DB, "SELECT count(*) FROM entries"); first != 1 || n != 1 {
			t.Errorf("%d requests were the first, and %d entries were made", first, n)
		}
	})
}

// A recall erases the answers about what it erases, and its own cannot be asked for at an address that is dead.
func TestARecallErasesKeptAnswers(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		body := doc{"title": "A page", "summary": "s"}
		first := s.Publisher().Post("/v1/pages?publish=true", body, key("k")).Must(201)
		recall := func() *apitest.Answer {
			return s.Publisher().Post("/v1/pages/a-page/unpublish", doc{"type": "recall", "explanation": "Wrong."}, anyVersion, key("r"))
		}
		recall().Must(200)
		recall().Problem(404, "not-found")
		if n := number(t, s.DB, "SELECT count(*) FROM idempotency_keys"); n != 0 {
			t.Errorf("%d answers are left after a recall", n)
		}
		again := s.Publisher().Post("/v1/pages?publish=true", body, key("k")).Must(201)
		if replayed(again) || again.String("id") == first.String("id") {
			t.Errorf("what was recalled is answered again: %s", again.Raw)
		}
	})
}

// A draft that was discarded is not made again by the request that made it.
func TestADiscardKeepsAnswers(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		post := func() *apitest.Answer { return s.Editor().Post("/v1/pages", doc{"title": "A page"}, key("k")) }
		first := post().Must(201)
		s.Editor().Delete("/v1/pages/"+first.String("id"), anyVersion).Must(204)
		wantReplay(t, first, post())
	})
}

func TestAnswersAreKeptForADay(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		began := time.Date(2026, 11, 23, 9, 30, 0, 0, time.UTC)
		after := func(d time.Duration) *apitest.Answer {
			s.DB.SetClock(func() time.Time { return began.Add(d) })
			return s.Editor().Post("/v1/pages", doc{"title": "A page"}, key("k")).Must(201)
		}
		first := after(0)
		wantReplay(t, first, after(24*time.Hour-time.Second))
		second := after(24 * time.Hour)
		if replayed(second) || second.String("id") == first.String("id") {
			t.Errorf("an answer is kept longer than a day: %s", second.Raw)
		}
		wantReplay(t, second, after(48*time.Hour-time.Second))
		s.Editor().Post("/v1/pages", doc{"title": "Another"}, key("other")).Must(201)
		after(72 * time.Hour)
		if n := number(t, s.DB, "SELECT count(*) FROM idempotency_keys"); n != 1 {
			t.Errorf("%d answers are kept, and one is of the last day", n)
		}
	})
}
