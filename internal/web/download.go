package web

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/cpics/working-together-api/internal/errs"
)

// OpenPublic begins a public answer whose bytes follow from source, and are written as they are sent. It is answered
// already for HEAD, and for who has it: 304, or 412, if the request's preconditions say so. One that is passing is not
// what it should be: caches ask before they give it to anybody again.
func OpenPublic(c echo.Context, mediaType string, source []byte, disposition string, passing bool) (answered bool, err error) {
	h := c.Response().Header()
	addVary(h, "Accept-Encoding")
	sum := sha256.Sum256(source)
	tag := `"` + base64.RawURLEncoding.EncodeToString(sum[:16]) + `"`
	notModified, err := Preconditions(c.Request(), tag, time.Time{})
	if err != nil {
		return true, err
	}
	h.Set("ETag", tag)
	h.Set("Cache-Control", publicCaching)
	if passing {
		h.Set("Cache-Control", "public, no-cache")
	}
	if notModified {
		return true, c.NoContent(http.StatusNotModified)
	}
	h.Set("Content-Type", mediaType)
	h.Set("Content-Disposition", disposition)
	c.Response().WriteHeader(http.StatusOK)
	return c.Request().Method == http.MethodHead, nil
}

// FileOptions say what a file's answers carry.
type FileOptions struct {
	MediaType    string
	Disposition  string // Content-Disposition
	Size         int64
	ETag         string    // strong, quotes included
	Digest       string    // Repr-Digest, RFC 9530
	LastModified time.Time // zero where the address can give other bytes, older ones too: then only ETag tells them apart
	CacheControl string
	Policy       string // Content-Security-Policy
	// Open gives the bytes when they are needed, as often as they are; what it gives is closed.
	Open func(context.Context) (io.ReadSeekCloser, error)
}

// File is a file ready to be sent, independent of any request. Like a Representation it may be kept and served to many
// requests at once.
type File struct {
	etag     string
	modified time.Time
	size     int64
	open     func(context.Context) (io.ReadSeekCloser, error)
	body     []byte // the bytes of a small file that is kept; nil otherwise

	always Headers // of a 304 too, whose headers replace those that a cache has (RFC 9111 §3.2)
	whole  Headers // besides, when bytes are sent
}

// smallFile is the size in bytes up to which a file that is kept is kept with its bytes. The system sends larger ones
// from the disk's cache for less than it takes to copy them.
const smallFile = 64 << 10

// NewFile makes a file ready.
func NewFile(opt FileOptions) *File {
	f := &File{etag: opt.ETag, modified: opt.LastModified, size: opt.Size, open: opt.Open}
	f.always = Headers{{"Vary", vary}}
	f.always.set("ETag", opt.ETag)
	f.always.set("Cache-Control", opt.CacheControl)
	f.always.set("Content-Security-Policy", opt.Policy)
	if !opt.LastModified.IsZero() {
		f.always.set("Last-Modified", opt.LastModified.UTC().Format(http.TimeFormat))
	}
	f.whole.set("Content-Type", opt.MediaType)
	f.whole.set("Content-Disposition", opt.Disposition)
	f.whole.set("Repr-Digest", opt.Digest)
	return f
}

// Size is how many bytes of memory the file takes, roughly.
func (f *File) Size() int { return len(f.body) + 1<<10 }

// OnGrowth has nothing to do: a file does not grow.
func (f *File) OnGrowth(func()) {}

// Serve answers with the bytes: all of them, the ranges that are asked for (RFC 9110 §14), or 304, 412 or 416 where the
// request's conditions say so.
func (f *File) Serve(c echo.Context) error {
	if keep, ok := c.Get(keepKey).(func(Kept)); ok {
		if err := f.load(c.Request().Context()); err != nil {
			return err
		}
		keep(f)
	}
	notModified, err := Preconditions(c.Request(), f.etag, f.modified)
	if err != nil {
		return err
	}
	h := c.Response().Header()
	if notModified {
		f.always.on(h)
		return c.NoContent(http.StatusNotModified)
	}
	content, err := f.content(c.Request().Context())
	if err != nil {
		return err
	}
	defer content.Close()
	f.always.on(h)
	f.whole.on(h)
	return f.send(c, content)
}

// send leaves ranges to net/http. What it says of one that cannot be had is said again as a problem.
func (f *File) send(c echo.Context, content io.ReadSeeker) error {
	w := newPaced(c.Response())
	http.ServeContent(w, ranged(c.Request()), "", f.modified, content)
	if w.status != http.StatusRequestedRangeNotSatisfiable {
		return nil
	}
	return errs.New(errs.RangeNotSatisfiable, "None of the ranges that Range asks for is in the file: Content-Range says how many bytes it has.")
}

// ServeKept is Serve ahead of the router: see Kept.
func (f *File) ServeKept(w http.ResponseWriter, req *http.Request, common Headers) (status, sent int, err error) {
	notModified, err := Preconditions(req, f.etag, f.modified)
	if err != nil {
		return 0, 0, err
	}
	h := w.Header()
	if notModified {
		common.on(h)
		f.always.on(h)
		w.WriteHeader(http.StatusNotModified)
		return http.StatusNotModified, 0, nil
	}
	content, err := f.content(req.Context())
	if err != nil {
		return 0, 0, err
	}
	defer content.Close()
	common.on(h)
	f.always.on(h)
	f.whole.on(h)
	h["Accept-Ranges"], h["Content-Length"] = byBytes, []string{strconv.FormatInt(f.size, 10)}
	w.WriteHeader(http.StatusOK)
	if req.Method == http.MethodHead {
		return http.StatusOK, 0, nil
	}
	if f.body != nil {
		sent, err = w.Write(f.body)
		return http.StatusOK, sent, err
	}
	n, err := io.Copy(newPaced(w), &io.LimitedReader{R: content, N: f.size})
	return http.StatusOK, int(n), err
}

var byBytes = one("bytes")

// load brings the bytes of a small file into memory.
func (f *File) load(ctx context.Context) error {
	if f.size > smallFile {
		return nil
	}
	content, err := f.open(ctx)
	if err != nil {
		return err
	}
	defer content.Close()
	body := make([]byte, f.size)
	if _, err := io.ReadFull(content, body); err != nil {
		return fmt.Errorf("read a file: %w", err)
	}
	f.body = body
	return nil
}

// content gives the bytes to be read.
func (f *File) content(ctx context.Context) (io.ReadSeekCloser, error) {
	if f.body == nil {
		return f.open(ctx)
	}
	return inMemory{bytes.NewReader(f.body)}, nil
}

// inMemory is bytes that need not be closed.
type inMemory struct{ *bytes.Reader }

// Close does nothing.
func (inMemory) Close() error { return nil }
