package api_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cpics/working-together-api/api/apitest"
	"github.com/cpics/working-together-api/internal/database/dbtest"
)

// wantEventsOf compares events of a stream with lines of the log, byte for byte, and their ids with the lines' cursors.
func wantEventsOf(t *testing.T, got []apitest.Event, log *apitest.Answer) {
	t.Helper()
	var page struct{ Items []json.RawMessage }
	if err := json.Unmarshal(log.Must(200).Raw, &page); err != nil {
		t.Fatal(err)
	}
	var want []apitest.Event
	for i, line := range page.Items {
		want = append(want, apitest.Event{ID: log.String("items", i, "cursor"), Event: "change", Data: string(line)})
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("the stream says\n%v\nand the log\n%v", got, want)
	}
}

func TestTheStreamIsTheLog(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		for i := range 25 { // more than a stream with items reads at once
			published(s, "/v1/pages", text(fmt.Sprint("Page ", i)))
		}
		refer(s, topics, topic("Referrals"))
		replica := apitest.New(t, dbtest.Replica(t, s.DB))
		queries := []string{"", "?item=true", "?type=topic", "?type=topic&type=page&item=true"}
		var streams []*apitest.Events
		for i, query := range queries {
			streams = append(streams, []*apitest.Service{s, replica}[i%2].Anonymous().Events("/v1/changes/stream"+query))
			log := s.Anonymous().Get("/v1/changes" + query)
			wantEventsOf(t, streams[i].Must(t, len(log.List("items"))), log)
		}
		last := s.Anonymous().Get("/v1/changes?limit=1000").Must(200).String("items", 25, "cursor")
		for i := range 3 {
			published(s, "/v1/pages", text(fmt.Sprint("Later page ", i)))
			refer(s, topics, topic(fmt.Sprint("Later ", i)))
			for j, query := range queries {
				lines := 2
				if query == "?type=topic" {
					lines = 1
				}
				got := streams[j].Must(t, lines)
				address := "/v1/changes?limit=1000&after=" + last
				wantEventsOf(t, got, s.Anonymous().Get(address+strings.Replace(query, "?", "&", 1)))
			}
			last = s.Anonymous().Get("/v1/changes?limit=1000").Must(200).String("items", 25+2*(i+1), "cursor")
		}
	})
}

func TestAStreamGoesOnWhereTheLastOneEnded(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		for i := range 4 {
			published(s, "/v1/pages", text(fmt.Sprint("Page ", i)))
		}
		log := s.Anonymous().Get("/v1/changes").Must(200)
		cursor := func(i int) string { return log.String("items", i, "cursor") }
		last := func(cursor string) apitest.Header { return apitest.Header{"Last-Event-ID", cursor} }
		for name, c := range map[string]struct {
			stream *apitest.Events
			first  int // line that comes first
		}{
			"after":              {s.Anonymous().Events("/v1/changes/stream?after=" + cursor(0)), 1},
			"Last-Event-ID":      {s.Anonymous().Events("/v1/changes/stream", last(cursor(1))), 2},
			"both":               {s.Anonymous().Events("/v1/changes/stream?after="+cursor(0), last(cursor(2))), 3},
			"an empty last id":   {s.Anonymous().Events("/v1/changes/stream?after="+cursor(0), last("")), 1},
			"an after of no use": {s.Anonymous().Events("/v1/changes/stream?after=x", last(cursor(2))), 3},
		} {
			if got := c.stream.Must(t, 1)[0]; got.ID != cursor(c.first) {
				t.Errorf("%s: began with %v", name, got)
			}
		}
	})
}

func TestAStreamRefusesWhatTheLogRefuses(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		published(s, "/v1/pages", text("One"))
		other := apitest.New(t, dbtest.New(t, s.DB.Engine()))
		for i := range 2 {
			published(other, "/v1/pages", text(fmt.Sprint(i)))
		}
		theirs := other.Anonymous().Get("/v1/changes").Must(200)
		for _, cursor := range []string{theirs.String("items", 0, "cursor"), theirs.String("items", 1, "cursor"), "x", strings.Repeat("A", 3000)} {
			s.Anonymous().Get("/v1/changes/stream", apitest.Header{"Last-Event-ID", cursor}).Problem(400, "cursor-unknown")
			if len(cursor) < 2000 {
				s.Anonymous().Get("/v1/changes/stream?after="+cursor).Problem(400, "cursor-unknown")
			}
		}
		faults := s.Anonymous().Get("/v1/changes/stream?limit=1&wait=1&type=draft&item=1&after=").Problem(400, "invalid-query").Faults()
		wantSameSet(t, faults, []string{"limit unknown", "wait unknown", "type range", "item range", "after length"})
	})
}

func TestWhatAStreamSaysOfItself(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		for name, answer := range map[string]*apitest.Answer{
			"GET":  s.Anonymous().Get("/v1/changes/stream", apitest.Header{"Accept-Encoding", "gzip, br"}).Must(200),
			"HEAD": s.Anonymous().Do("HEAD", "/v1/changes/stream", nil).Must(200),
		} {
			for header, want := range map[string]string{"Content-Type": "text/event-stream", "Cache-Control": "no-store", "X-Accel-Buffering": "no",
				"Content-Encoding": "", "Etag": "", "Access-Control-Allow-Origin": "*"} {
				if got := answer.Header.Get(header); got != want {
					t.Errorf("%s: %s is %q, want %q", name, header, got, want)
				}
			}
		}
		if got := s.Admin().Get("/v1/changes/stream").Must(200).Header.Get("Cache-Control"); got != "private, no-store" {
			t.Errorf("with a credential: %q", got)
		}
	})
}

// A client that takes nothing keeps nobody waiting, and gets all of it when it comes to.
func TestASlowReaderHoldsNobodyUp(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		slow, quick := s.Anonymous().Events("/v1/changes/stream?item=true"), s.Anonymous().Events("/v1/changes/stream?item=true")
		const pages, size = 60, 95_000 // twice in each item, as Markdown and as HTML: more than sockets hold
		var reading sync.WaitGroup
		reading.Go(func() {
			for i := range pages {
				if _, err := quick.Next(); err != nil {
					t.Errorf("event %d: %v", i, err)
					return
				}
			}
		})
		for i := range pages {
			published(s, "/v1/pages", text(fmt.Sprint("Page ", i), "body", strings.Repeat("word ", size/5)))
		}
		reading.Wait()
		log := s.Anonymous().Get("/v1/changes?limit=1000").Must(200)
		for i, event := range slow.Must(t, pages) {
			if event.ID != log.String("items", i, "cursor") {
				t.Fatalf("event %d has the id %s", i, event.ID)
			}
		}
	})
}

func TestStreamsEndWhenTheServiceStops(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		waiting, behind := s.Anonymous().Events("/v1/changes/stream"), s.Anonymous().Events("/v1/changes/stream?item=true")
		for i := range 30 {
			published(s, "/v1/pages", text(fmt.Sprint("Page ", i), "body", strings.Repeat("word ", 19_000)))
		}
		waiting.Must(t, 30)
		began := time.Now()
		s.Stop()
		if _, err := waiting.Next(); !errors.Is(err, io.EOF) { // and not with a connection that broke
			t.Errorf("the stream ended with %v", err)
		}
		for err := error(nil); err == nil; { // it took nothing so far, and may be cut off
			_, err = behind.Next()
		}
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("the streams went on for %s", took)
		}
		resp, err := http.Get(s.URL + "/v1/changes/stream?type=topic") // whoever comes later is told to come again
		if err == nil {
			_, err = io.Copy(io.Discard, resp.Body)
			_ = resp.Body.Close()
		}
		if err != nil {
			t.Error(err)
		}
	})
}
