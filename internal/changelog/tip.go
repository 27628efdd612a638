package changelog

import (
	"context"
	"sync"
	"time"

	"github.com/cpics/working-together-api/internal/errs"
	"github.com/cpics/working-together-api/internal/web"
)

const (
	tipLimit = 100             // lines that are read for all streams at once
	tipPause = 2 * time.Second // before the database is asked again after a failure
)

// Tip is the end of the log, where streams wait. What comes there is read once and given to all that wait, however many
// they are: a stream holds nothing of its own while it does. One that is not there when something comes, because its
// client is slow or it has only begun, reads the database by itself until it has caught up.
type Tip struct {
	handler Handler
	ending  context.Context // done when the service stops
	end     context.CancelFunc
	working sync.WaitGroup

	mu      sync.Mutex
	streams int
	whole   int // streams with items
	next    *arrival
	stop    context.CancelFunc // of the one who reads for all; nil when nobody does
}

// arrival is what comes to stand behind a place: it is empty until done is closed.
type arrival struct {
	from place
	done chan struct{}

	events []event
	to     place
	whole  bool // the events have their items
	lost   bool // nothing came: the log is another one now
}

// event is a line as a server-sent event.
type event struct {
	seq   int64
	typ   string
	plain []byte
	whole []byte // with its item, where it was asked for
}

// NewTip is the end of the log that the handler reads.
func NewTip(h Handler) *Tip {
	t := &Tip{handler: h}
	t.ending, t.end = context.WithCancel(context.Background())
	return t
}

// Run lets streams go on until ctx is done, and returns when nobody reads for them any more.
func (t *Tip) Run(ctx context.Context) {
	<-ctx.Done()
	t.mu.Lock()
	t.end()
	t.mu.Unlock()
	t.working.Wait()
}

// join counts a stream, which calls leave when it ends.
func (t *Tip) join(whole bool) (leave func()) {
	t.count(1, whole)
	return func() { t.count(-1, whole) }
}

func (t *Tip) count(n int, whole bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.streams += n
	if whole {
		t.whole += n
	}
	if t.streams == 0 && t.stop != nil {
		t.stop()
		t.stop, t.next = nil, nil
	}
}

// at gives what comes next, for a stream that has all up to a place; nil when that is not where the tip is, so that the
// stream must catch up first.
func (t *Tip) at(p place) *arrival {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case t.ending.Err() != nil:
		return &arrival{from: p} // which never comes
	case t.stop == nil:
		ctx, stop := context.WithCancel(t.ending)
		t.stop, t.next = stop, &arrival{from: p, done: make(chan struct{})}
		t.working.Go(func() { t.work(ctx) })
	}
	if t.next.from.seq > p.seq {
		return nil
	}
	return t.next
}

// work reads for all streams until the last of them has left, or the service stops.
func (t *Tip) work(ctx context.Context) {
	more := false
	for from := t.waited(ctx); from != nil; from = t.waited(ctx) {
		if !more && !t.handler.Watcher.Wait(ctx, from.from.seq) {
			return
		}
		whole := t.wantsItems()
		page, err := t.handler.page(ctx, request{after: from.from.cursor, limit: tipLimit, items: whole})
		var events []event
		if more = false; err == nil {
			more = page.HasMore
			events, err = eventsOf(page.Items, whole)
		}
		switch {
		case errs.KindOf(err) == errs.CursorUnknown: // the log is another one now, which each stream finds out by itself
			t.reset(ctx)
			return
		case err != nil:
			pause(ctx, tipPause)
		case len(events) > 0:
			t.bring(ctx, &arrival{events: events, to: page.end, whole: whole})
		}
	}
}

// waited is what the streams wait for; nil when they have all left.
func (t *Tip) waited(ctx context.Context) *arrival {
	t.mu.Lock()
	defer t.mu.Unlock()
	if ctx.Err() != nil {
		return nil
	}
	return t.next
}

func (t *Tip) wantsItems() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.whole > 0
}

// bring gives what has come to all that wait for it.
func (t *Tip) bring(ctx context.Context, came *arrival) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if ctx.Err() != nil {
		return
	}
	now := t.next
	now.events, now.to, now.whole = came.events, came.to, came.whole
	t.next = &arrival{from: now.to, done: make(chan struct{})}
	close(now.done)
}

// reset sends all that wait to read the database by themselves.
func (t *Tip) reset(ctx context.Context) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if ctx.Err() == nil {
		t.stop()
		t.next.lost = true
		close(t.next.done)
		t.stop, t.next = nil, nil
	}
}

// eventsOf writes lines as server-sent events, with and without their items.
func eventsOf(lines []Change, whole bool) ([]event, error) {
	events := make([]event, len(lines))
	for i, l := range lines {
		var err error
		e := event{seq: l.Seq, typ: l.Type}
		if e.whole, err = eventOf(l); err != nil {
			return nil, err
		}
		if e.plain = e.whole; l.Item != nil {
			l.Item = nil
			e.plain, err = eventOf(l)
		}
		if err != nil {
			return nil, err
		}
		events[i] = e
	}
	return events, nil
}

// eventOf writes a line as a server-sent event (HTML Standard, §9.2.5). JSON as this API writes it has no line breaks.
func eventOf(l Change) ([]byte, error) {
	data, err := web.Marshal(l)
	if err != nil {
		return nil, err
	}
	text := make([]byte, 0, len(data)+len(l.Cursor)+32)
	text = append(append(text, "id: "...), l.Cursor...)
	text = append(append(text, "\nevent: change\ndata: "...), data...)
	return append(text, "\n\n"...), nil
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}
