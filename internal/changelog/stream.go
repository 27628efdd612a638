package changelog

import (
	"context"
	"slices"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/cpics/working-together-api/internal/content"
	"github.com/cpics/working-together-api/internal/errs"
	"github.com/cpics/working-together-api/internal/web"
)

const (
	heartbeat      = 15 * time.Second
	catchUp        = 200 // lines that a stream reads at once to catch up
	catchUpItems   = 20  // the same with items, which can be large
	afterFailure   = 2 * time.Second
	lastEventID    = "Last-Event-ID"
	heartbeatBlock = ": still here\n\n"
)

// Stream sends the log as it is written.
//
//	@Summary      Follow the change log
//	@Description  The lines of the change log as server-sent events: those after the cursor at once, or all without one, and every further line as it is written. The id of an event is the cursor of its line, its type is change, its data the line as in a list of changes. Every 15 seconds comes a comment. Last-Event-ID, which a browser's EventSource sends when it connects again, wins over after. The stream ends when the service stops: connect again, here or to another replica.
//	@ID           streamChanges
//	@Tags         staying current
//	@Produce      text/event-stream
//	@Param        after          query   string    false  "Go on behind the line with this cursor"
//	@Param        type           query   []string  false  "Only lines of these types"  collectionFormat(multi) Enums(principle, case-study, toolkit-asset, page, organisation, topic)
//	@Param        item           query   bool      false  "With the public item, where a line has a digest"
//	@Param        Last-Event-ID  header  string    false  "The id of the last event that was received"
//	@Success      200  {string}  string
//	@Router       /v1/changes/stream [get]
//	@x-role       "anyone"
//	@x-cache      "none"
//	@x-example    "id: AAEyNDI\nevent: change\ndata: {\"seq\":42,\"cursor\":\"AAEyNDI\"}\n\n"
func (h Handler) Stream(c echo.Context) error {
	q := web.Query(c)
	req := request{after: q.String("after", web.MaxCursor), types: q.OneOfAll("type", content.Types()...), limit: catchUp}
	req.items, _ = q.Bool("item")
	given := "after"
	if last := c.Request().Header.Get(lastEventID); last != "" {
		given, req.after = lastEventID, last
	}
	if err := h.withCursor(c.Request().Context(), q.Done(), given, req.after); err != nil {
		return err
	}
	if req.items {
		req.limit = catchUpItems
	}
	first, err := h.part(c.Request().Context(), req) // before the answer begins: a cursor may be unknown
	if err != nil {
		return err
	}
	events, err := web.OpenEvents(c, h.Tip.ending)
	if events == nil || err != nil {
		return nil // all is said, or nobody listens
	}
	defer h.Tip.join(req.items)()
	s := stream{h: h, events: events, req: req, beat: time.NewTicker(h.heartbeat())}
	defer s.beat.Stop()
	s.run(c.Request().Context(), first)
	return nil
}

// part is a page as events.
type part struct {
	events []event
	end    place
	more   bool
}

// part reads a part of the log as events.
func (h Handler) part(ctx context.Context, req request) (p part, err error) {
	page, err := h.page(ctx, req)
	if err != nil {
		return p, err
	}
	events, err := eventsOf(page.Items, req.items)
	return part{events, page.end, page.HasMore}, err
}

func (h Handler) heartbeat() time.Duration {
	if h.Heartbeat > 0 {
		return h.Heartbeat
	}
	return heartbeat
}

// stream is one client that follows.
type stream struct {
	h      Handler
	events *web.Events
	req    request // of what is to be read next
	at     place
	beat   *time.Ticker
}

// run sends a part of the log, what else there is, and what comes, until the client has gone or the service stops.
func (s *stream) run(ctx context.Context, p part) {
	for {
		s.move(p.end)
		if !s.send(p.events) {
			return
		}
		p.events = nil // they are not kept while the stream waits
		if !p.more && !s.wait(ctx) {
			return
		}
		var ok bool
		if p, ok = s.read(ctx); !ok {
			return
		}
	}
}

// wait sends what comes at the tip, until the stream must read by itself to catch up. It gives false when the client has
// gone or the service stops.
func (s *stream) wait(ctx context.Context) bool {
	for {
		next := s.h.Tip.at(s.at)
		if next == nil {
			return true
		}
		if !s.await(ctx, next) {
			return false
		}
		if next.lost {
			return true
		}
	}
}

// send sends lines.
func (s *stream) send(lines []event) bool {
	var blocks [][]byte
	for _, e := range lines {
		if s.req.items {
			blocks = append(blocks, e.whole)
		} else {
			blocks = append(blocks, e.plain)
		}
	}
	return len(blocks) == 0 || s.events.Send(blocks...) == nil
}

func (s *stream) move(to place) { s.at, s.req.after = to, to.cursor }

// await waits at the tip and sends what comes. Where that lacks the items that the client wants, the stream stays where
// it is, and so has to catch up.
func (s *stream) await(ctx context.Context, next *arrival) bool {
	for {
		select {
		case <-ctx.Done():
			return false
		case <-s.beat.C:
			if s.events.Send([]byte(heartbeatBlock)) != nil {
				return false
			}
		case <-s.h.Tip.ending.Done():
			return false
		case <-next.done:
			return s.take(next)
		}
	}
}

// take sends what has come of the stream's types, but for what it has read by itself already.
func (s *stream) take(next *arrival) bool {
	if s.req.items && !next.whole {
		return true
	}
	lines := slices.DeleteFunc(slices.Clone(next.events), func(e event) bool {
		return e.seq <= s.at.seq || len(s.req.types) > 0 && !slices.Contains(s.req.types, e.typ)
	})
	if next.to.seq > s.at.seq {
		s.move(next.to)
	}
	return s.send(lines)
}

// read reads on, as often as it takes while the database is away. It gives up when the client has gone, and when the log
// is no longer the one that the stream has followed: the client is told so when it comes back.
func (s *stream) read(ctx context.Context) (p part, ok bool) {
	for {
		p, err := s.h.part(ctx, s.req)
		switch {
		case err == nil:
			return p, true
		case errs.KindOf(err) == errs.CursorUnknown || ctx.Err() != nil:
			return p, false
		}
		if pause(ctx, afterFailure); s.events.Send([]byte(heartbeatBlock)) != nil {
			return p, false
		}
	}
}
