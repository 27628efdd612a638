// Package mirror keeps a folder equal to what a service shows to the public: every item as the bytes of its own address,
// every collection as one list, and the bytes of every file, in places from which any static web server answers the
// addresses of the API. It follows the change log and needs nothing else, so it can be stopped at any moment, and
// killed: what it has not finished it does again.
//
// Nothing that a server says is believed: items are compared with their digests and files with their SHA-256, names are
// taken apart and put together again, and whatever would lie outside of the folder is refused.
package mirror

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"strings"
)

// Config says what is mirrored, and where.
type Config struct {
	API    string       // address of the service, without a slash at the end
	Folder string       // made where it is missing; nobody else writes below it
	Log    *slog.Logger // what went wrong and is tried again
	Client *http.Client // nil: one that waits patiently
	Limit  int          // lines of the log at once; 0: 100
}

// Mirror is a copy of what one service shows. It belongs to one goroutine and one process.
type Mirror struct {
	api   api
	store *store
	log   *slog.Logger
	limit int
	items map[string]*item // by id
	uses  map[string]int   // how many items need a path
	seen  []string         // ids of items, since the place was last written, of a log that is read from its start
	told  string           // what was last said to be missing
	swept bool             // whether what nothing needs was looked for
	stale map[string]bool  // collections whose list is to be written anew
	place place
	// checked are files whose bytes were found to be right since the mirror was opened, by path.
	checked map[string]string
	Counts  Counts
}

// collections have a list even while they are empty; others get one with their first item.
var collections = []string{"principles", "case-studies", "toolkit-assets", "pages", "organisations", "topics"}

// Counts are what a mirror has done since it was opened.
type Counts struct {
	Stored, Deleted, Files int
}

// Open reads what is in the folder already. Files that are not as they should be are dropped, and fetched again.
func Open(cfg Config) (*Mirror, error) {
	if err := os.MkdirAll(cfg.Folder, 0o755); err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(cfg.Folder)
	if err != nil {
		return nil, err
	}
	m := &Mirror{api: newAPI(cfg), store: &store{root, map[string]bool{}}, log: cfg.Log, limit: cfg.Limit, items: map[string]*item{},
		uses: map[string]int{}, stale: map[string]bool{}, checked: map[string]string{}}
	if m.limit == 0 {
		m.limit = 100
	}
	for _, collection := range collections {
		m.stale[collection] = true
	}
	if err := m.load(cfg.API); err != nil {
		return nil, errors.Join(err, root.Close())
	}
	return m, nil
}

// Close lets the folder go.
func (m *Mirror) Close() error { return m.store.root.Close() }

// Pass reads the log to its end. It returns when the folder is equal to what the service showed at some moment since it
// was called, or with the first failure that did not go away when it was tried again.
func (m *Mirror) Pass(ctx context.Context) error {
	for {
		more, err := m.step(ctx, 0)
		if err != nil || !more {
			return errors.Join(err, m.missing())
		}
	}
}

// Follow makes one pass after another, and waits for what comes, until ctx is done. It gives up on nothing.
func (m *Mirror) Follow(ctx context.Context) error {
	for wait := 0; ctx.Err() == nil; {
		more, err := m.step(ctx, wait)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			m.log.Warn("the mirror lags behind", "error", err.Error())
			pause(ctx, mostPause)
			wait = 0
		case !more:
			wait = maxWait
			m.tell()
		}
	}
	return nil
}

// step reads one part of the log and does what it says. At the end of the log it writes the lists that have changed.
func (m *Mirror) step(ctx context.Context, wait int) (more bool, err error) {
	page, err := m.api.changes(ctx, m.place.After, m.limit, wait)
	if errors.Is(err, errCursorUnknown) {
		m.log.Warn("the service's log is another one than before: everything is read again, and what is not seen is dropped")
		return true, m.begin()
	}
	if err != nil {
		return false, err
	}
	for _, l := range page.Items {
		if err := m.apply(ctx, l); err != nil {
			return false, fmt.Errorf("line %d of the log: %w", l.Seq, err)
		}
	}
	if !page.HasMore {
		if err := m.end(ctx); err != nil {
			return false, err
		}
	}
	return page.HasMore, m.moveTo(page)
}

// apply does what a line of the log says: its item is stored, a tombstone deletes, any other line is passed over.
func (m *Mirror) apply(ctx context.Context, l line) error {
	switch {
	case l.item != nil:
		return m.put(ctx, l.item)
	case l.Event == "gone" || l.Event == "recalled":
		return m.drop(strings.ToLower(l.ID))
	}
	return nil
}

// put stores an item with its files, and deletes what only its former state needed. The files come first, so that no
// item leads to nothing.
func (m *Mirror) put(ctx context.Context, it *item) error {
	for _, f := range it.files {
		if err := m.file(ctx, f); err != nil {
			return err
		}
	}
	was := m.items[it.id]
	if was == nil || string(was.body) != string(it.body) {
		if err := m.store.write(it.path(), it.body); err != nil {
			return err
		}
		m.stale[it.collection] = true
		m.Counts.Stored++
	}
	if err := m.store.write(it.slugPath(), it.body); err != nil {
		return err
	}
	m.add(it)
	m.seen = append(m.seen, it.id)
	return m.forget(was)
}

// add counts what an item needs.
func (m *Mirror) add(it *item) {
	m.items[it.id] = it
	for _, path := range it.paths() {
		m.uses[path]++
	}
}

// forget deletes what a former state of an item needed and nothing needs any more.
func (m *Mirror) forget(was *item) error {
	if was == nil {
		return nil
	}
	for _, path := range was.paths() {
		if m.uses[path]--; m.uses[path] > 0 {
			continue
		}
		delete(m.uses, path)
		if err := m.store.remove(path); err != nil {
			return err
		}
	}
	return nil
}

// drop deletes an item, and the files that no other one needs.
func (m *Mirror) drop(id string) error {
	was := m.items[id]
	if was == nil {
		return nil
	}
	delete(m.items, id)
	m.stale[was.collection] = true
	m.Counts.Deleted++
	return m.forget(was)
}

// tell says what is missing, when that has changed.
func (m *Mirror) tell() {
	told := ""
	if err := m.missing(); err != nil {
		told = err.Error()
	}
	if told != m.told && told != "" {
		m.log.Warn("the mirror is not whole", "missing", told)
	}
	m.told = told
}

// missing names the files that the service does not give out, although items show them.
func (m *Mirror) missing() error {
	var faults []error
	for _, it := range m.items {
		for _, f := range it.files {
			switch {
			case f.missing:
				faults = append(faults, fmt.Errorf("the service does not give out the file %s of %s", f.id, it.path()))
			case f.name == "":
				faults = append(faults, fmt.Errorf("the file %s of %s has a name that no folder is to hold", f.id, it.path()))
			}
		}
	}
	return errors.Join(faults...)
}
