package file

import (
	"context"
	"errors"
	"io"
	"net/url"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"github.com/cpics/working-together-api/internal/auth"
	"github.com/cpics/working-together-api/internal/blob"
	"github.com/cpics/working-together-api/internal/change"
	"github.com/cpics/working-together-api/internal/content"
	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/errs"
	"github.com/cpics/working-together-api/internal/file/preset"
	"github.com/cpics/working-together-api/internal/web"
	"github.com/cpics/working-together-api/internal/work"
)

// The bytes at an address never change, but the file can be recalled: so it is asked for again every five minutes.
const (
	fileCaching     = "public, max-age=300, immutable"
	floatingCaching = "public, max-age=300" // of what can change at its address
)

// policy lets nothing of a file run or load anything else, whatever a browser takes it for; what is left is what
// browsers need to show an image or film that is opened by itself.
const policy = "sandbox; default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'"

// Download gives a file's bytes.
//
//	@Summary      Download a file
//	@Description  The bytes of a file that a live or withdrawn item uses; to token holders those of every file. Ranges are served. An image is given as a rendition where preset or format is sent: cut around the focal point, upright, without metadata, never larger than the image; without preset it is full, without format the image's own. A rendition that is not there yet is made, which takes a moment. The addresses in renditions name the focal point that their item was published with, in focus, and their bytes never change; an address without it is cut around the one that was published last. Other parameters than these are ignored. Images are shown in place, everything else is saved under its name.
//	@ID           downloadFile
//	@Tags         files
//	@Param        preset  query  string  false  "Of an image: this rendition"  Enums(thumb, card, hero, full)
//	@Param        format  query  string  false  "Of an image: in this format"  Enums(webp, jpeg, png)
//	@Param        focus   query  string  false  "Of an image that is cut: around this focal point, which an item was published with; any other is refused"  example(0.5,0.33)
//	@Produce      octet-stream
//	@Param        filename  path  string  true  "The name, as in the address that an item shows"
//	@Success      200  {file}  file
//	@Router       /v1/files/{id}/{filename} [get]
//	@x-role       "anyone"
//	@x-file       "bytes"
func (s *Service) Download(c echo.Context) error {
	q := web.Query(c)
	q.IgnoreUnknown()
	want := wish{q.OneOf("preset", "", presetNames()...), q.OneOf("format", "", formatNames()...), q.String("focus", maxFocus)}
	if err := q.Done(); err != nil {
		return err
	}
	var f *stored
	err := s.DB.Read(c.Request().Context(), func(tx *database.Tx) (err error) {
		f, err = locate(tx, c.Param("id"))
		if !want.floating() {
			change.Complete(tx)
		}
		return err
	})
	if err != nil {
		return err
	}
	reader := work.ActorOf(c).Role.Includes(auth.Reader)
	switch {
	case f == nil || !f.public() && !reader || !isNamed(c, f):
		return errNoFile()
	case want.rendition():
		return s.rendition(c, f, want, reader)
	}
	return s.serve(c, f, bytesOf{f.ObjectKey, f.Size, f.SHA256, f.MediaType, f.Filename, false})
}

func errNoFile() error {
	return errs.New(errs.NotFound, "No file is at this address. Take the href that an item shows.")
}

// isNamed says whether the request asks for the file by the name in its href, or by the one in its record, as far as
// a path can carry that.
func isNamed(c echo.Context, f *stored) bool {
	_, name, _ := strings.Cut(strings.TrimPrefix(c.Request().URL.EscapedPath(), "/v1/files/"), "/")
	asked, err := url.PathUnescape(name)
	return err == nil && (asked == content.URLName(f.Filename) || asked == f.Filename)
}

// bytesOf are the bytes of a file, or something made of them, as they are given out.
type bytesOf struct {
	key       string // of the object
	size      int64
	sha256    string // of these bytes
	mediaType string
	name      string
	floating  bool // the address can give others later
}

// serve answers with bytes of a file that the caller may read.
func (s *Service) serve(c echo.Context, f *stored, b bytesOf) error {
	opt := web.FileOptions{
		MediaType: b.mediaType, Disposition: disposition(b.mediaType, b.name), Size: b.size, ETag: `"` + b.sha256[:32] + `"`,
		Digest: reprDigest(b.sha256), LastModified: f.CreatedAt, CacheControl: fileCaching, Policy: policy,
		Open: func(ctx context.Context) (io.ReadSeekCloser, error) { return s.open(ctx, f.ID, b) },
	}
	if b.floating {
		opt.LastModified, opt.CacheControl = time.Time{}, floatingCaching
	}
	if !f.public() {
		opt.CacheControl = "private, no-store"
	}
	if strings.HasPrefix(b.mediaType, "text/") {
		opt.MediaType += "; charset=utf-8"
	}
	return web.NewFile(opt).Serve(c)
}

// open opens the bytes of a file.
func (s *Service) open(ctx context.Context, id uuid.UUID, b bytesOf) (io.ReadSeekCloser, error) {
	content, err := s.Blobs.Open(ctx, b.key, b.size)
	if errors.Is(err, blob.ErrNotFound) {
		s.Log.ErrorContext(ctx, "the bytes of a file are lost", "file", id.String())
		return nil, errNoFile()
	}
	return content, err
}

func presetNames() (names []string) {
	for _, p := range preset.Presets {
		names = append(names, p.Name)
	}
	return names
}

func formatNames() (names []string) {
	for _, f := range preset.Formats {
		names = append(names, f.Name)
	}
	return names
}
