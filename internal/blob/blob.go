// Package blob keeps bytes under keys: in a local folder, in an S3-compatible store or in Azure Blob. Nothing that is
// half written is ever to be seen, and what was acknowledged is on the disk, or with the store.
package blob

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"gocloud.dev/blob"
	_ "gocloud.dev/blob/azureblob" // azblob://container
	"gocloud.dev/blob/fileblob"
	_ "gocloud.dev/blob/memblob" // mem://, for trying out
	_ "gocloud.dev/blob/s3blob"  // s3://bucket?endpoint=…
	"gocloud.dev/gcerrors"

	"github.com/cpics/working-together-api/internal/errs"
)

// ErrNotFound is returned where nothing is kept under a key.
var ErrNotFound = errors.New("nothing is kept under this key")

// Store is an open store. It is safe for concurrent use.
type Store struct {
	bucket *blob.Bucket
	dir    string // of a local folder; empty for every other kind
}

// CheckURL says what is wrong with the address of a store, without a look at what is there. Its kinds are file: with a
// path, relative or absolute; s3:// and azblob:// with a bucket or container, and parameters as package gocloud.dev
// takes them; and mem://, which forgets everything at the end.
func CheckURL(address string) error {
	for _, scheme := range []string{"file:", "s3://", "azblob://"} {
		if rest, ok := strings.CutPrefix(address, scheme); ok && strings.Trim(rest, "/") != "" && !strings.HasPrefix(rest, "?") {
			return nil
		}
	}
	if address == "mem://" {
		return nil
	}
	return errors.New("give file: and a folder, such as file:data/files, or an address that starts with s3:// or azblob://")
}

// Open opens the store at an address (see CheckURL). The folder of a local one is made where it is missing.
func Open(ctx context.Context, address string) (*Store, error) {
	if err := CheckURL(address); err != nil {
		return nil, err
	}
	if path, local := strings.CutPrefix(address, "file:"); local {
		return openFolder(path)
	}
	bucket, err := blob.OpenBucket(ctx, address)
	if err != nil {
		return nil, err
	}
	return &Store{bucket: bucket}, nil
}

// openFolder opens a local store. Of a path after "//" the host is left out: file:///srv/files is /srv/files.
func openFolder(path string) (*Store, error) {
	if rest, ok := strings.CutPrefix(path, "///"); ok {
		path = "/" + rest
	}
	dir, err := filepath.Abs(filepath.FromSlash(path))
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o750); err != nil { // drafts' files are no business of the machine's other users
		return nil, err
	}
	bucket, err := fileblob.OpenBucket(dir, &fileblob.Options{NoTempDir: true, DirFileMode: 0o750, Metadata: fileblob.MetadataDontWrite})
	if err != nil {
		return nil, err
	}
	return &Store{bucket: bucket, dir: dir}, nil
}

// Close ends the use of the store.
func (s *Store) Close() error { return s.bucket.Close() }

// uploadParts bounds the memory that one upload to a remote store takes: that many parts of a few megabytes.
const uploadParts = 2

// Put keeps all that r gives under a key that was never used. It returns when the bytes are safe, and otherwise leaves
// nothing. Package blob's Writer is not used: on Azure it panics when an upload fails as it is closed.
func (s *Store) Put(ctx context.Context, key string, r io.Reader) error {
	uploading, stop := context.WithCancel(ctx)
	defer stop()
	source := &source{Reader: r, stop: stop}
	err := s.bucket.Upload(uploading, key, source, &blob.WriterOptions{ContentType: "application/octet-stream", MaxConcurrency: uploadParts})
	if source.err != nil {
		err = source.err
	}
	if err == nil && s.dir != "" {
		err = s.settle(key)
	}
	if err != nil {
		_ = s.bucket.Delete(context.WithoutCancel(ctx), key) // as a rule there is nothing
	}
	return away(err)
}

// source ends an upload whose reader fails: package blob would keep the part that came.
type source struct {
	io.Reader
	stop context.CancelFunc
	err  error
}

// Read reads.
func (s *source) Read(p []byte) (int, error) {
	n, err := s.Reader.Read(p)
	if err != nil && err != io.EOF {
		s.err = err
		s.stop()
	}
	return n, err
}

// settle waits until a local object is on the disk, with its name and the folder that this stands in.
func (s *Store) settle(key string) error {
	path := s.path(key)
	for _, p := range []string{path, filepath.Dir(path), s.dir} {
		f, err := os.Open(p)
		if err != nil {
			return err
		}
		if err := errors.Join(f.Sync(), f.Close()); err != nil {
			return err
		}
	}
	return nil
}

// path is the file that holds a local object. Keys have nothing in them that would need escaping.
func (s *Store) path(key string) string { return filepath.Join(s.dir, filepath.FromSlash(key)) }

// Open gives what is kept under a key, of which size bytes are known to be there; ErrNotFound where nothing is. A
// local object is an *os.File, which the system can send by itself; a remote one is asked for when it is read.
func (s *Store) Open(ctx context.Context, key string, size int64) (io.ReadSeekCloser, error) {
	if s.dir != "" {
		f, err := os.Open(s.path(key))
		if errors.Is(err, os.ErrNotExist) {
			return nil, ErrNotFound
		}
		return f, away(err)
	}
	there, err := s.bucket.Exists(ctx, key)
	switch {
	case err != nil:
		return nil, away(err)
	case !there:
		return nil, ErrNotFound
	}
	return &remote{ctx: ctx, bucket: s.bucket, key: key, size: size}, nil
}

// Has tells whether something is kept under a key. It fails where the store itself is not there.
func (s *Store) Has(ctx context.Context, key string) (bool, error) {
	if s.dir == "" {
		there, err := s.bucket.Exists(ctx, key)
		return there, away(err)
	}
	_, err := os.Stat(s.path(key))
	if errors.Is(err, os.ErrNotExist) {
		_, err = os.Stat(s.dir)
		return false, away(err)
	}
	return err == nil, away(err)
}

// Delete forgets what is kept under a key. It is no error when nothing is.
func (s *Store) Delete(ctx context.Context, key string) error {
	err := s.bucket.Delete(ctx, key)
	if gcerrors.Code(err) == gcerrors.NotFound {
		return nil
	}
	return away(err)
}

// Object is what a store says about something that it keeps.
type Object struct {
	Key     string
	Size    int64
	ModTime time.Time
}

// List calls with everything that is kept, in no order to rely on, until it returns an error.
func (s *Store) List(ctx context.Context, with func(Object) error) error {
	each := s.bucket.List(nil)
	for {
		o, err := each.Next(ctx)
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return away(err)
		}
		if err := with(Object{Key: o.Key, Size: o.Size, ModTime: o.ModTime}); err != nil {
			return err
		}
	}
}

// Spool gives a file for what is on its way in, so that it can be looked at before it is kept. It has no name, so
// nothing is left of it when it is closed, or the program killed. For a local store it is on the same disk.
func (s *Store) Spool() (*os.File, error) {
	f, err := os.CreateTemp(s.dir, "incoming-")
	if err != nil {
		return nil, away(err)
	}
	return f, away(os.Remove(f.Name()))
}

// away says that the store cannot be reached, or has no room, in words that a client may see.
func away(err error) error {
	if err == nil || errors.Is(err, context.Canceled) {
		return err
	}
	return errs.New(errs.Unavailable, "The store of files does not take or give anything at present. Try again shortly.").Because(err)
}

// remote reads an object of a store that is not local, from wherever it was sought.
type remote struct {
	ctx    context.Context // of the request that reads
	bucket *blob.Bucket
	key    string
	size   int64
	at     int64
	open   *blob.Reader // at at; nil before the first read
}

// Seek moves to a place without asking the store for anything.
func (r *remote) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += r.at
	case io.SeekEnd:
		offset += r.size
	}
	if offset < 0 {
		return 0, fmt.Errorf("seek to %d", offset)
	}
	if offset != r.at {
		_ = r.Close()
		r.at = offset
	}
	return offset, nil
}

// Read asks the store for everything from the present place on, when that is read first.
func (r *remote) Read(p []byte) (int, error) {
	if r.at >= r.size {
		return 0, io.EOF
	}
	if r.open == nil {
		reader, err := r.bucket.NewRangeReader(r.ctx, r.key, r.at, -1, nil)
		if err != nil {
			return 0, away(err)
		}
		r.open = reader
	}
	n, err := r.open.Read(p)
	r.at += int64(n)
	return n, err
}

// Close ends reading.
func (r *remote) Close() error {
	if r.open == nil {
		return nil
	}
	err := r.open.Close()
	r.open = nil
	return err
}
