package webhook

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/cpics/working-together-api/internal/change"
	"github.com/cpics/working-together-api/internal/changelog"
	"github.com/cpics/working-together-api/internal/content"
	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/database/dbtest"
)

// world is a database with a log, a clock that only tests move, and the senders of its replicas.
type world struct {
	t       testing.TB
	db      *database.DB
	at      atomic.Int64 // seconds
	entry   content.Entry
	senders []*Sender
}

func each(t *testing.T, test func(t *testing.T, w *world)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, db *database.DB) { test(t, newWorld(t, db)) })
}

func newWorld(t testing.TB, db *database.DB) *world {
	w := &world{t: t, db: db}
	w.at.Store(time.Date(2026, 11, 23, 9, 30, 0, 0, time.UTC).Unix())
	db.SetClock(w.now)
	w.entry = content.Entry{ID: uuid.New(), Type: "page", Status: content.Gone, Version: 1, CreatedAt: w.now(), SavedAt: w.now()}
	w.write(func(tx *database.Tx) error { return tx.Create(&w.entry).Error })
	return w
}

func (w *world) now() time.Time          { return time.Unix(w.at.Load(), 0).UTC() }
func (w *world) advance(d time.Duration) { w.at.Add(int64(d.Seconds())) }

func (w *world) write(work func(tx *database.Tx) error) {
	w.t.Helper()
	if err := w.db.Write(context.Background(), work); err != nil {
		w.t.Fatal(err)
	}
}

// publish writes n lines in a transaction each.
func (w *world) publish(n int, event change.Event) {
	w.t.Helper()
	w.append(n, change.Line{Event: event})
}

// append writes a line about the entry, n times.
func (w *world) append(n int, line change.Line) {
	w.t.Helper()
	line.EntryID, line.Type = w.entry.ID, w.entry.Type
	for range n {
		w.write(func(tx *database.Tx) error {
			log, err := change.Lock(tx)
			if err == nil {
				err = log.Append(line)
			}
			return err
		})
	}
}

// hook makes a webhook.
func (w *world) hook(url string, change ...func(*Input)) uuid.UUID {
	w.t.Helper()
	in := newInput()
	in.URL = url
	for _, f := range change {
		f(in)
	}
	var id uuid.UUID
	w.write(func(tx *database.Tx) error {
		made, _, err := create(tx, "test", in)
		if err == nil {
			id = made.ID
		}
		return err
	})
	return id
}

// stored gives a webhook and its deliveries, in the order they were made.
func (w *world) stored(id uuid.UUID) (r record, deliveries []row) {
	w.t.Helper()
	err := w.db.Read(context.Background(), func(tx *database.Tx) error {
		if err := tx.Take(&r, "id = ?", id).Error; err != nil {
			return err
		}
		return tx.Order("id").Find(&deliveries, "webhook_id = ?", id).Error
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return r, deliveries
}

// change changes a webhook as a PATCH does.
func (w *world) change(id uuid.UUID, f func(*Input)) {
	w.t.Helper()
	w.write(func(tx *database.Tx) error {
		found, err := find(tx.Lock(), id.String())
		if err != nil {
			return err
		}
		in := found.input()
		f(in)
		found.write(in, tx.Now)
		return save(tx, found)
	})
}

// send starts the sender of a replica on db, until stop is called or the test ends.
func (w *world) send(db *database.DB, settings ...func(*Sender)) (stop func()) {
	w.t.Helper()
	db.SetClock(w.now)
	log := slog.New(slog.NewTextHandler(w.t.Output(), nil))
	s := NewSender(db, changelog.Handler{DB: db, Site: &content.Site{BaseURL: "https://api.example.nhs.uk"}}.Lines,
		change.NewWatcher(db), guard(w.t, "127.0.0.0/8"), log)
	s.every = 5 * time.Millisecond
	for _, f := range settings {
		f(s)
	}
	w.senders = append(w.senders, s)
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { s.Run(ctx) })
	stop = func() {
		cancel()
		running.Wait()
	}
	w.t.Cleanup(stop)
	return stop
}

// idle waits until no sender is at work and nothing is due, and gives the time of the next attempt, if there is one.
func (w *world) idle() (next *time.Time) {
	w.t.Helper()
	eventually(w.t, func() bool { return len(w.due()) == 0 && !w.working() }) // what is taken is not due, but worked on
	var left []row
	err := w.db.Read(context.Background(), func(tx *database.Tx) error {
		return tx.Where("status = ?", pending).Find(&left).Error
	})
	if err != nil {
		w.t.Fatal(err)
	}
	for _, d := range left {
		at := d.NextAt
		if d.LeasedUntil != nil && d.LeasedUntil.After(at) {
			at = *d.LeasedUntil
		}
		if at.After(w.now()) && (next == nil || at.Before(*next)) { // what waits for others has no time of its own
			next = &at
		}
	}
	return next
}

// due gives the lanes that have something to be sent now.
func (w *world) due() (lanes []lane) {
	w.t.Helper()
	err := w.db.Read(context.Background(), func(tx *database.Tx) (err error) {
		lanes, _, err = due(tx)
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return lanes
}

// working says whether a sender works on a lane.
func (w *world) working() bool {
	for _, s := range w.senders {
		s.mu.Lock()
		working := len(s.busy) > 0
		s.mu.Unlock()
		if working {
			return true
		}
	}
	return false
}

// pass lets the time go by, from one attempt to the next.
func (w *world) pass(d time.Duration) {
	w.t.Helper()
	for end := w.now().Add(d); ; {
		next := w.idle()
		if next == nil || next.After(end) {
			w.at.Store(end.Unix())
			w.idle()
			return
		}
		w.at.Store(max(next.Unix(), w.at.Load()))
	}
}

func eventually(t testing.TB, holds func() bool) {
	t.Helper()
	patience := 30 * time.Second
	if os.Getenv("WT_TEST_TORTURE") != "" { // there is more to do
		patience = 30 * time.Minute
	}
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(2 * time.Millisecond) {
		if holds() {
			return
		}
	}
	t.Fatalf("it did not come to that in %s", patience)
}

// target is a receiver that keeps the numbers of the lines that it takes, and answers as the test says.
type target struct {
	*httptest.Server
	mu     sync.Mutex
	taken  []int64             // by 2xx
	asked  []*http.Request     // without bodies
	tangle int                 // requests that came while another was under way
	under  atomic.Int32        // way
	answer func(seq int64) int // a status; 0 breaks the connection off; nil answers 200
}

func newTarget(t testing.TB, answer func(seq int64) int) *target {
	t.Helper()
	r := &target{answer: answer}
	r.Server = httptest.NewServer(r)
	t.Cleanup(r.Close)
	return r
}

func (r *target) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	alone := r.under.Add(1) == 1
	defer r.under.Add(-1)
	body, _ := io.ReadAll(req.Body)
	var e struct{ Data struct{ Seq int64 } }
	status := http.StatusOK
	if json.Unmarshal(body, &e) != nil {
		status = http.StatusTeapot
	} else if r.answer != nil {
		status = r.answer(e.Data.Seq)
	}
	r.mu.Lock()
	r.asked = append(r.asked, req)
	if !alone {
		r.tangle++
	}
	if status >= 200 && status < 300 {
		r.taken = append(r.taken, e.Data.Seq)
	}
	r.mu.Unlock()
	if status == 0 {
		panic(http.ErrAbortHandler)
	}
	if status >= 300 && status < 400 {
		w.Header().Set("Location", "/elsewhere")
	}
	w.WriteHeader(status)
}

func (r *target) got() []int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.taken)
}

func (r *target) requests() []*http.Request {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.asked)
}

// wantLines compares what a target took with the lines from first to last, each once and in order.
func wantLines(t testing.TB, r *target, first, last int64) {
	t.Helper()
	var want []int64
	for seq := first; seq <= last; seq++ {
		want = append(want, seq)
	}
	if got := r.got(); !slices.Equal(got, want) {
		t.Errorf("taken: %v, want %d to %d", got, first, last)
	}
}

// count counts the deliveries of a status.
func count(deliveries []row, s status) (n int) {
	for _, d := range deliveries {
		if d.Status == s {
			n++
		}
	}
	return n
}
