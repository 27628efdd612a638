package blob_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/cpics/working-together-api/internal/blob"
	"github.com/cpics/working-together-api/internal/errs"
)

func open(t *testing.T, address string) *blob.Store {
	t.Helper()
	s, err := blob.Open(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// behaves holds a store to what is promised of every one.
func behaves(t *testing.T, s *blob.Store) {
	t.Helper()
	ctx := t.Context()
	large := bytes.Repeat([]byte("0123456789abcdef"), 1<<20)
	for key, content := range map[string][]byte{"ab/one": []byte("one"), "ab/large": large} {
		if err := s.Put(ctx, key, bytes.NewReader(content)); err != nil {
			t.Fatal(err)
		}
		if got := read(t, s, key, int64(len(content)), 0); !bytes.Equal(got, content) {
			t.Errorf("%s: %d bytes, of %d", key, len(got), len(content))
		}
	}
	if got := read(t, s, "ab/large", int64(len(large)), int64(len(large)-5)); string(got) != "bcdef" {
		t.Errorf("the end is %q", got)
	}
	broken := io.MultiReader(bytes.NewReader(large), iotest.ErrReader(errors.New("the client is gone")))
	if err := s.Put(ctx, "ab/broken", broken); err == nil {
		t.Error("half an object was taken")
	}
	ended, cancel := context.WithCancel(ctx)
	cancel()
	if err := s.Put(ended, "ab/late", bytes.NewReader(large)); err == nil {
		t.Error("an object was taken of nobody")
	}
	wantKeys(t, s, "ab/large", "ab/one")
	if _, err := s.Open(ctx, "ab/broken", 1); !errors.Is(err, blob.ErrNotFound) {
		t.Errorf("what is not there: %v", err)
	}
	for range 2 {
		if err := s.Delete(ctx, "ab/large"); err != nil {
			t.Error(err)
		}
	}
	wantKeys(t, s, "ab/one")
}

// read reads an object from a place on.
func read(t *testing.T, s *blob.Store, key string, size, from int64) []byte {
	t.Helper()
	r, err := s.Open(t.Context(), key, size)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if end, err := r.Seek(0, io.SeekEnd); err != nil || end != size {
		t.Errorf("%s ends at %d, want %d: %v", key, end, size, err)
	}
	if _, err := r.Seek(from, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// wantKeys compares what is kept.
func wantKeys(t *testing.T, s *blob.Store, want ...string) {
	t.Helper()
	var got []string
	err := s.List(t.Context(), func(o blob.Object) error {
		if o.ModTime.IsZero() || o.Size == 0 {
			t.Errorf("%+v", o)
		}
		got = append(got, o.Key)
		return nil
	})
	if slices.Sort(got); err != nil || !slices.Equal(got, want) {
		t.Errorf("kept are %v, want %v: %v", got, want, err)
	}
}

func TestFolder(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "new", "folder")
	s := open(t, "file:"+dir)
	behaves(t, s)
	if r, err := s.Open(t.Context(), "ab/one", 3); err != nil {
		t.Error(err)
	} else if _, ok := r.(*os.File); !ok || r.Close() != nil {
		t.Error("what is local must be a file, which the system can send")
	}
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o750 {
		t.Errorf("the folder: %v %v", info.Mode(), err)
	}
}

func TestMemory(t *testing.T) {
	t.Parallel()
	behaves(t, open(t, "mem://"))
}

// TestWhatArrivesHasNoName: nothing of it is left behind, however the program ends.
func TestWhatArrivesHasNoName(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	spool, err := open(t, "file:"+dir).Spool()
	if err != nil {
		t.Fatal(err)
	}
	defer spool.Close()
	if _, err := spool.WriteString("arriving"); err != nil {
		t.Fatal(err)
	}
	if names, err := os.ReadDir(dir); err != nil || len(names) > 0 {
		t.Errorf("there is %v: %v", names, err)
	}
}

func TestAddresses(t *testing.T) {
	t.Parallel()
	for _, good := range []string{"file:data/files", "file:/srv/files", "file:///srv/files", "s3://bucket", "s3://bucket?region=x", "azblob://container", "mem://"} {
		if err := blob.CheckURL(good); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
	for _, bad := range []string{"", "file:", "file:///", "data/files", "s3:bucket", "s3://", "s3://?region=x", "azblob:///", "gs://bucket", "mem://x", "http://x"} {
		if err := blob.CheckURL(bad); err == nil || strings.Contains(err.Error(), "bucket?") {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

// TestAFolderThatTakesNothing: the failure is one that a client can be told about.
func TestAFolderThatTakesNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, "file:"+dir)
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(dir, nil, 0o600); err != nil { // where the folder was
		t.Fatal(err)
	}
	if err := s.Put(t.Context(), "ab/one", strings.NewReader("one")); errs.KindOf(err) != errs.Unavailable {
		t.Errorf("%v", err)
	}
	if _, err := s.Spool(); errs.KindOf(err) != errs.Unavailable {
		t.Errorf("%v", err)
	}
}
