package mirror

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/google/uuid"
)

const (
	placeFile = own + "/place.json"
	seenFile  = own + "/seen"
)

// place is where a mirror stands in the log. It is written after what it stands for.
type place struct {
	API   string `json:"api"`
	After string `json:"after,omitempty"` // the cursor
	// Seen says that the log is read from its start: what has not been seen when its end is reached is dropped.
	Seen bool `json:"seen,omitempty"`
}

// load reads what the folder has. A folder of another service is refused: it would be emptied.
func (m *Mirror) load(api string) error {
	if err := m.store.sweep(); err != nil {
		return err
	}
	api = strings.TrimSuffix(api, "/")
	text, err := m.store.root.ReadFile(placeFile)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		m.place = place{API: api, Seen: true}
		return m.mustBeEmpty()
	case err != nil:
		return err
	}
	if err := json.Unmarshal(text, &m.place); err != nil {
		return fmt.Errorf("%s: %w", placeFile, err)
	}
	if m.place.API != api {
		return fmt.Errorf("this folder mirrors %s; take another one for %s", m.place.API, api)
	}
	return m.loadItems()
}

// mustBeEmpty keeps a mirror from taking a folder that is somebody else's.
func (m *Mirror) mustBeEmpty() error {
	names, err := fs.ReadDir(m.store.root.FS(), ".")
	if err != nil {
		return err
	}
	if len(names) > 0 && !slices.ContainsFunc(names, func(e fs.DirEntry) bool { return e.Name() == own }) {
		return errors.New("this folder is not empty, and not a mirror")
	}
	return m.loadItems()
}

// loadItems reads every item by its id. Where one is not what its digest says, everything is read again.
func (m *Mirror) loadItems() error {
	names, err := fs.Glob(m.store.root.FS(), "v1/*/*.json")
	if err != nil {
		return err
	}
	damaged := false
	for _, name := range names {
		if uuid.Validate(strings.TrimSuffix(path.Base(name), ".json")) != nil {
			continue
		}
		body, err := m.store.root.ReadFile(name)
		if err != nil {
			return err
		}
		it, err := readItem(body)
		if err != nil || it.path() != name {
			m.log.Warn("a file of the mirror is damaged: everything is read again", "file", name)
			damaged = true
			continue
		}
		m.add(it)
		m.stale[it.collection] = true // its list may not have been written yet
		if err := m.store.write(it.slugPath(), it.body); err != nil {
			return err
		}
	}
	if damaged {
		return m.begin()
	}
	return nil
}

// begin starts to read the log from its start.
func (m *Mirror) begin() error {
	m.place.After, m.place.Seen, m.seen = "", true, nil
	if err := m.store.remove(seenFile); err != nil {
		return err
	}
	return m.save()
}

// moveTo remembers that everything up to the end of a part of the log is done, once it is on disk.
func (m *Mirror) moveTo(page changes) error {
	after, err := page.after()
	if err != nil {
		return err
	}
	if len(page.Items) == 0 && after == m.place.After && !m.place.Seen {
		m.seen = nil
		return m.store.flush()
	}
	if m.place.Seen && len(m.seen) > 0 {
		if err := m.store.append(seenFile, strings.Join(m.seen, "\n")+"\n"); err != nil {
			return err
		}
	}
	if m.place.After, m.seen = after, nil; !page.HasMore {
		m.place.Seen = false
	}
	if err := m.save(); err != nil || m.place.Seen {
		return err
	}
	return m.store.remove(seenFile)
}

// save writes the place, after all that it stands for.
func (m *Mirror) save() error {
	text, err := json.Marshal(m.place)
	if err != nil {
		return err
	}
	if err := m.store.flush(); err != nil {
		return err
	}
	return errors.Join(m.store.write(placeFile, append(text, '\n')), m.store.flush())
}

// end brings the folder to the state at the end of the log: what was not seen is dropped, what is missing is asked for
// again, and the lists are written.
func (m *Mirror) end(ctx context.Context) error {
	if m.place.Seen {
		if err := m.dropUnseen(); err != nil {
			return err
		}
	}
	if !m.swept {
		if err := m.sweep(); err != nil {
			return err
		}
		m.swept = true
	}
	for _, it := range m.items {
		for _, f := range it.files {
			if err := m.file(ctx, f); err != nil {
				return err
			}
		}
	}
	return m.lists()
}

// dropUnseen drops the items that a log read from its start did not show.
func (m *Mirror) dropUnseen() error {
	text, err := m.store.root.ReadFile(seenFile)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	seen := map[string]bool{}
	for _, id := range m.seen {
		seen[id] = true
	}
	for id := range strings.Lines(string(text)) {
		seen[strings.TrimSpace(id)] = true
	}
	for id := range m.items {
		if !seen[id] {
			if err := m.drop(id); err != nil {
				return err
			}
		}
	}
	m.swept = false
	return nil
}

// sweep deletes what no item needs: what an earlier process was about to delete, or had fetched for nothing.
func (m *Mirror) sweep() error {
	return fs.WalkDir(m.store.root.FS(), "v1", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil
		case err != nil:
			return err
		case entry.IsDir() || m.uses[name] > 0 || path.Dir(name) == "v1":
			return nil
		}
		return m.store.remove(name)
	})
}

// file makes sure that the bytes of a file are there, and right.
func (m *Mirror) file(ctx context.Context, f *file) error {
	if f.name == "" {
		return nil
	}
	if right, err := m.hasFile(f); right || err != nil {
		return err
	}
	t, err := m.store.begin()
	if err != nil {
		return err
	}
	err = m.api.file(ctx, f, t.restart)
	if f.missing = errors.Is(err, errNotThere); f.missing { // recalled since, or its bytes were never brought
		return t.abandon()
	}
	if err != nil {
		return errors.Join(err, t.abandon())
	}
	m.Counts.Files++
	return t.become(f.path())
}

// hasFile compares what is there by size and, once, by its SHA-256.
func (m *Mirror) hasFile(f *file) (bool, error) {
	info, err := m.store.root.Stat(f.path())
	if errors.Is(err, fs.ErrNotExist) || err == nil && info.Size() != f.size {
		return false, nil
	}
	if err != nil || m.checked[f.path()] == f.sha256 {
		return err == nil, err
	}
	in, err := m.store.root.Open(f.path())
	if err != nil {
		return false, err
	}
	defer in.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, in); err != nil {
		return false, err
	}
	right := hex.EncodeToString(sum.Sum(nil)) == f.sha256
	if right {
		m.checked[f.path()] = f.sha256
	}
	return right, nil
}
