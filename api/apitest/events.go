package apitest

import (
	"bufio"
	"net/http"
	"strings"
	"testing"

	"github.com/cpics/working-together-api/internal/web"
)

// Event is one server-sent event.
type Event struct{ ID, Event, Data string }

// Events is a stream of server-sent events, read as a browser's EventSource reads it (HTML Standard, §9.2.6).
type Events struct {
	*http.Response
	Comments int // how many came so far
	lines    *bufio.Reader
}

// Events opens a stream, which is left when the test ends.
func (c Client) Events(path string, headers ...Header) *Events {
	c.t.Helper()
	req, err := http.NewRequestWithContext(c.t.Context(), "GET", c.url+strings.TrimPrefix(path, BaseURL), nil)
	if err != nil {
		c.t.Fatal(err)
	}
	for _, h := range headers {
		req.Header.Set(h[0], h[1])
	}
	resp, err := client(c.t).Do(req)
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() { _ = resp.Body.Close() })
	if resp.StatusCode != http.StatusOK || resp.Header.Get("Content-Type") != web.MediaTypeEvents {
		c.t.Fatalf("GET %s: %s, %s", path, resp.Status, resp.Header.Get("Content-Type"))
	}
	return &Events{Response: resp, lines: bufio.NewReader(resp.Body)}
}

// Next waits for the next event. At the end of the stream it gives io.EOF.
func (e *Events) Next() (Event, error) {
	var event Event
	for {
		line, err := e.lines.ReadString('\n')
		if err != nil {
			return Event{}, err // an event that broke off is none
		}
		field, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ":")
		value = strings.TrimPrefix(value, " ")
		switch {
		case line == "\n" && event.Data != "":
			return event, nil
		case line == "\n":
			event = Event{}
		case field == "":
			e.Comments++
		case field == "id":
			event.ID = value
		case field == "event":
			event.Event = value
		case field == "data":
			event.Data += value
		}
	}
}

// Must gives the next n events.
func (e *Events) Must(t testing.TB, n int) []Event {
	t.Helper()
	events := make([]Event, n)
	for i := range events {
		var err error
		if events[i], err = e.Next(); err != nil {
			t.Fatalf("event %d of %d: %v", i+1, n, err)
		}
	}
	return events
}
