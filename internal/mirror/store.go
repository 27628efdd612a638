package mirror

import (
	"crypto/rand"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
)

// own is where the mirror keeps what it needs itself, beside what it mirrors.
const own = ".wtapi-mirror"

// store is the folder. Its root leads nowhere else, whatever the names in it are or link to.
type store struct {
	root *os.Root
	// changed are folders in which names have changed and may not be on disk yet.
	changed map[string]bool
}

// write makes a file have a content: the whole of it or, whatever happens meanwhile, what it had before.
func (s *store) write(name string, body []byte) error {
	if had, err := s.root.ReadFile(name); err == nil && string(had) == string(body) {
		return nil
	}
	t, err := s.begin()
	if err != nil {
		return err
	}
	if _, err := t.Write(body); err != nil {
		return errors.Join(err, t.abandon())
	}
	return t.become(name)
}

// append adds text to a file, on disk before it returns.
func (s *store) append(name, text string) error {
	f, err := s.root.OpenFile(name, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	return errors.Join(err, f.Sync(), f.Close())
}

// remove deletes a file, and the folders that are empty without it.
func (s *store) remove(name string) error {
	if err := s.root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	dir := path.Dir(name)
	s.changed[dir] = true
	for ; dir != "."; dir = path.Dir(dir) {
		if s.root.Remove(dir) != nil { // it is not empty
			return nil
		}
	}
	return nil
}

// temporary is a file on its way to its place.
type temporary struct {
	*os.File
	store *store
	name  string
}

// begin makes one.
func (s *store) begin() (*temporary, error) {
	if err := s.root.MkdirAll(own, 0o755); err != nil {
		return nil, err
	}
	name := path.Join(own, rand.Text()+".new")
	f, err := s.root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	return &temporary{f, s, name}, err
}

// restart empties it.
func (t *temporary) restart() (io.Writer, error) {
	if _, err := t.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	return t.File, t.Truncate(0)
}

// become brings it to its place, on disk with all that is in it.
func (t *temporary) become(name string) error {
	if err := t.Sync(); err != nil {
		return errors.Join(err, t.abandon())
	}
	if err := t.Close(); err != nil {
		return errors.Join(err, t.store.root.Remove(t.name))
	}
	dir := path.Dir(name)
	err := t.store.root.MkdirAll(dir, 0o755)
	if err == nil {
		err = t.store.root.Rename(t.name, name)
	}
	if err != nil {
		return errors.Join(err, t.store.root.Remove(t.name))
	}
	for ; ; dir = path.Dir(dir) { // a folder may be new in its own
		t.store.changed[dir] = true
		if dir == "." {
			return nil
		}
	}
}

func (t *temporary) abandon() error { return errors.Join(t.Close(), t.store.root.Remove(t.name)) }

// flush brings to disk what has changed in folders. What is in files is there since they got their names.
func (s *store) flush() error {
	for dir := range s.changed {
		d, err := s.root.Open(dir)
		if err == nil {
			err = errors.Join(d.Sync(), d.Close())
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		delete(s.changed, dir)
	}
	return nil
}

// sweep deletes what was on its way when the process ended.
func (s *store) sweep() error {
	names, err := fs.Glob(s.root.FS(), own+"/*.new")
	for _, name := range names {
		err = errors.Join(err, s.root.Remove(name))
	}
	return err
}
