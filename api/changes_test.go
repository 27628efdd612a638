package api_test

import (
	"encoding/json"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/cpics/working-together-api/api/apitest"
	"github.com/cpics/working-together-api/internal/database/dbtest"
)

// copyOf is a partner's copy: items by id, kept by following the log.
type copyOf struct {
	s     *apitest.Service
	next  string
	items map[string]json.RawMessage
	seqs  []int // every line seen, in order
}

func newCopy(s *apitest.Service) *copyOf {
	return &copyOf{s: s, next: "/v1/changes?item=true&limit=3", items: map[string]json.RawMessage{}}
}

// follow reads on to the end of the log and does what the contract says: an item is stored, a tombstone deletes.
func (c *copyOf) follow(t *testing.T) {
	t.Helper()
	for more := true; more; {
		page := c.s.Anonymous().Get(c.next).Must(200)
		var body struct {
			Items []struct {
				Seq   int
				ID    string
				Event string
				Item  json.RawMessage
			}
			Next    string
			HasMore bool
		}
		if err := json.Unmarshal(page.Raw, &body); err != nil {
			t.Fatal(err)
		}
		for _, line := range body.Items {
			c.seqs = append(c.seqs, line.Seq)
			switch {
			case line.Item != nil:
				c.items[line.ID] = line.Item
			case line.Event == "gone" || line.Event == "recalled":
				delete(c.items, line.ID)
			}
		}
		c.next, more = body.Next, body.HasMore
	}
}

// wantPublic compares the copy with what the service shows, byte for byte.
func (c *copyOf) wantPublic(t *testing.T, paths ...string) {
	t.Helper()
	want := map[string]string{}
	for _, path := range paths {
		item := c.s.Anonymous().Get(path).Must(200)
		want[item.String("id")] = string(item.Raw)
	}
	got := map[string]string{}
	for id, item := range c.items {
		got[id] = string(item)
	}
	wantSame(t, "the copy", got, want)
}

func TestACopyKeptByTheLogStaysRight(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		c := newCopy(s)
		c.follow(t)
		one, two := "/v1/principles/"+principleNamed(t, s, "One").String("id"), "/v1/principles/"+principleNamed(t, s, "Two").String("id")
		topic := "/v1/topics/" + s.Editor().Post("/v1/topics", doc{"name": "Referrals"}).Must(201).String("id")
		study := live(t, s, contentKinds[1])
		s.Editor().Patch(study, doc{"principles": []string{strings.TrimPrefix(one, "/v1/principles/")}, "topics": []string{"referrals"}}, anyVersion).Must(200)
		publish(s, study, "Linked.").Must(200)
		c.follow(t)
		others := s.Anonymous().Get("/v1/principles?fields=id").Must(200).Column("id")
		all := []string{study, topic}
		for _, id := range others {
			all = append(all, "/v1/principles/"+id)
		}
		c.wantPublic(t, all...)

		s.Editor().Patch(topic, doc{"name": "Referral routes"}, anyVersion).Must(200)
		unpublish(s, one, "withdrawal").Must(200)
		s.Publisher().Delete(two, anyVersion).Must(204)
		c.follow(t)
		var left []string
		for _, path := range all {
			if path != two {
				left = append(left, path)
			}
		}
		c.wantPublic(t, left...)

		unpublish(s, study, "recall").Must(200)
		c.follow(t)
		delete(c.items, "")
		if _, kept := c.items[strings.TrimPrefix(study, "/v1/case-studies/")]; kept {
			t.Error("a recalled item is still in the copy")
		}
		for i, seq := range c.seqs {
			if seq != i+1 {
				t.Fatalf("the log was read as %v", c.seqs)
			}
		}
	})
}

func TestLinesOfTheLog(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		path := "/v1/principles/" + principleNamed(t, s, "One").String("id")
		s.Editor().Patch(path, doc{"slug": "first"}, anyVersion).Must(200)
		publish(s, path, "Renamed.").Must(200)
		log := s.Anonymous().Get("/v1/changes").Must(200)
		wantSame(t, "events", log.Column("event"), []string{"published", "moved", "published"})
		item := s.Anonymous().Get(path).Must(200)
		wantSame(t, "digests", log.Column("digest"), []string{"", "", item.String("digest")})
		if log.String("items", 1, "previousSlug") != "one" || log.At("items", 2, "item") != nil || log.At("hasMore") != false {
			t.Errorf("lines: %s", log.Raw)
		}
		href := log.String("items", 0, "href")
		if got := s.Anonymous().Get(href).Must(200); href != apitest.BaseURL+path+"?seq=1" || string(got.Raw) != string(item.Raw) {
			t.Errorf("%s: %s", href, got.Raw)
		}
		s.Anonymous().Get(path+"?seq=99").Problem(503, "unavailable")
		s.Anonymous().Get(path+"?seq=0").Problem(400, "invalid-query")
		unpublish(s, path, "recall").Must(200)
		after := s.Anonymous().Get("/v1/changes").Must(200)
		for i := range after.List("items") {
			if after.At("items", i, "slug") != nil || after.At("items", i, "title") != nil || after.At("items", i, "href") != nil {
				t.Errorf("a recalled entry's line says %v", after.At("items", i))
			}
		}
		if after.String("items", 3, "event") != "recalled" || after.String("items", 3, "explanation") == "" {
			t.Errorf("the recall: %s", after.Raw)
		}
	})
}

func TestCursorsOfTheLog(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		principleNamed(t, s, "One")
		s.Editor().Post("/v1/topics", doc{"name": "Referrals"}).Must(201)
		log := s.Anonymous().Get("/v1/changes").Must(200)
		cursor := log.String("items", 0, "cursor")
		rest := s.Anonymous().Get("/v1/changes?after=" + cursor).Must(200)
		wantSame(t, "types after the first line", rest.Column("type"), []string{"topic"})
		topics := s.Anonymous().Get("/v1/changes?type=topic&limit=1").Must(200)
		wantSame(t, "topics", topics.Column("type"), []string{"topic"})
		end := s.Anonymous().Get("/v1/changes?type=principle").Must(200)
		if empty := s.Anonymous().Get(end.String("next")).Must(200); len(empty.List("items")) != 0 || empty.String("next") != end.String("next") {
			t.Errorf("after the end: %s", empty.Raw)
		}
		other := apitest.New(t, dbtest.New(t, s.DB.Engine()))
		other.Anonymous().Get("/v1/changes?after="+cursor).Problem(400, "cursor-unknown")
		principleNamed(t, other, "Another")
		other.Anonymous().Get("/v1/changes?after="+cursor).Problem(400, "cursor-unknown")
		s.Anonymous().Get("/v1/changes?after=x").Problem(400, "cursor-unknown")
		faults := s.Anonymous().Get("/v1/changes?limit=1001&type=draft&item=1&wait=31&x=1").Problem(400, "invalid-query").Faults()
		wantSameSet(t, faults, []string{"limit range", "type range", "item range", "wait range", "x unknown"})
		faults = s.Anonymous().Get("/v1/changes?limit=0&after="+cursor).Problem(400, "invalid-query").Faults()
		wantSameSet(t, faults, []string{"limit range"})
		faults = other.Anonymous().Get("/v1/changes?limit=0&after="+cursor).Problem(400, "invalid-query").Faults()
		wantSameSet(t, faults, []string{"limit range", "after no-such"})
		faults = other.Anonymous().Get("/v1/changes/stream?type=draft&after="+cursor, apitest.Header{"Last-Event-ID", "x"}).Problem(400, "invalid-query").Faults()
		wantSameSet(t, faults, []string{"type range", "Last-Event-ID no-such"})
	})
}

func TestTheLogIsCheckedNotKept(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		principleNamed(t, s, "One")
		log := s.Anonymous().Get("/v1/changes").Must(200)
		if got := log.Header.Get("Cache-Control"); got != "public, no-cache" {
			t.Errorf("Cache-Control: %q", got)
		}
		s.Anonymous().Get("/v1/changes", apitest.Header{"If-None-Match", log.Tag()}).Must(304)
		principleNamed(t, s, "Two")
		s.Anonymous().Get("/v1/changes", apitest.Header{"If-None-Match", log.Tag()}).Must(200)
		if got := s.Anonymous().Get("/v1/changes?wait=1").Must(200).Header.Get("Cache-Control"); got != "private, no-store" {
			t.Errorf("Cache-Control with wait: %q", got)
		}
	})
}

func TestWaitingForALine(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		principleNamed(t, s, "One")
		next := s.Anonymous().Get("/v1/changes").Must(200).String("next")
		replica := apitest.New(t, dbtest.Replica(t, s.DB))
		var waiting sync.WaitGroup
		for range 3 {
			waiting.Go(func() {
				if page := replica.Anonymous().Get(next + "&wait=30").Must(200); page.String("items", 0, "title") != "Two" {
					t.Errorf("what was waited for: %s", page.Raw)
				}
			})
		}
		principleNamed(t, s, "Two")
		waiting.Wait()
		end := s.Anonymous().Get("/v1/changes").Must(200).String("next")
		if page := s.Anonymous().Get(end + "&wait=1").Must(200); len(page.List("items")) != 0 || page.String("next") != end {
			t.Errorf("nothing came: %s", page.Raw)
		}
	})
}

func TestACopyFollowsManyPublishers(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		const publishers, each = 4, 8
		c := newCopy(s)
		var publishing sync.WaitGroup
		for p := range publishers {
			publishing.Go(func() {
				for i := range each {
					s.Publisher().Post("/v1/pages?publish=true", doc{"title": "Page " + strconv.Itoa(p*each+i), "summary": "A page."}).Must(201)
				}
			})
		}
		done := make(chan struct{})
		go func() { publishing.Wait(); close(done) }()
		for running := true; running; {
			select {
			case <-done:
				running = false
			default:
			}
			c.follow(t)
		}
		if len(c.seqs) != publishers*each || len(c.items) != publishers*each {
			t.Errorf("%d lines and %d items of %d", len(c.seqs), len(c.items), publishers*each)
		}
		for i, seq := range c.seqs {
			if seq != i+1 {
				t.Fatalf("the log was read as %v", c.seqs)
			}
		}
	})
}

// noDigest is that of no item.
const noDigest = "sha-256:0000000000000000000000000000000000000000000000000000000000000000"

func TestCheckingCopies(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		current, stale := principleNamed(t, s, "Current").String("id"), principleNamed(t, s, "Stale").String("id")
		gone, recalled := principleNamed(t, s, "Gone").String("id"), principleNamed(t, s, "Recalled").String("id")
		hidden := draft(s, "/v1/principles", doc{"title": "Hidden"}).Must(201).String("id")
		topic := s.Editor().Post("/v1/topics", doc{"name": "Referrals"}).Must(201)
		s.Publisher().Delete("/v1/principles/"+gone, anyVersion).Must(204)
		unpublish(s, "/v1/principles/"+recalled, "recall").Must(200)
		digest := s.Anonymous().Get("/v1/principles/" + current).Must(200).String("digest")
		answer := s.Anonymous().Post("/v1/changes/check", []doc{{"id": stale, "digest": noDigest}, {"id": current, "digest": digest},
			{"id": gone, "digest": noDigest}, {"id": recalled, "digest": noDigest}, {"id": hidden, "digest": noDigest}, {"id": newID(t), "digest": noDigest},
			{"id": topic.String("id"), "digest": topic.String("digest")}}).Must(200)
		wantSame(t, "states", answer.Column("state"), []string{"stale", "current", "gone", "recalled", "unknown", "unknown", "current"})
		if answer.String("items", 0, "digest") == "" || answer.String("items", 0, "href") != apitest.BaseURL+"/v1/principles/"+stale {
			t.Errorf("stale: %s", answer.Raw)
		}
		s.Anonymous().Post("/v1/changes/check", []doc{}).Problem(422, "invalid-content")
		if advice := s.Anonymous().Post("/v1/changes/check", " ").Problem(400, "invalid-json").String("detail"); strings.Contains(advice, "object") {
			t.Errorf("who sends nothing is told: %s", advice)
		}
		s.Anonymous().Post("/v1/changes/check", "["+strings.Repeat(`{"id":"`+current+`","digest":"`+noDigest+`"},`, 1000)+`{"id":"`+current+`","digest":"`+noDigest+`"}]`).
			Problem(422, "invalid-content")
		wantSameSet(t, s.Anonymous().Post("/v1/changes/check", []doc{{"id": "x"}, {"digest": "x", "y": 1}}).Problem(422, "invalid-content").Faults(),
			[]string{"/0/id format", "/0/digest required", "/1/id required", "/1/digest format", "/1/y unknown"})
	})
}

// TestACursorOfATwinIsRefused: two services that have written the same have logs of their own all the same, and a log
// that was restored and has gone another way since is not the one that a cursor knows.
func TestACursorOfATwinIsRefused(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		published(s, "/v1/pages", text("P"))
		fresh := func() apitest.Client { return apitest.New(t, s.DB).Anonymous() } // that keeps no answers of before
		for _, statement := range []string{
			"UPDATE changes SET event = 'withdrawn'", // as if something else had happened to the page
			"UPDATE change_head SET log_id = 'another'",
		} {
			address := "/v1/changes?after=" + fresh().Get("/v1/changes").Must(200).String("items", 0, "cursor")
			fresh().Get(address).Must(200)
			dbtest.Exec(t, s.DB, statement)
			fresh().Get(address).Problem(400, "cursor-unknown")
		}
	})
}
