package picture

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/cpics/working-together-api/internal/errs"
)

// Limits of an image. They are checked in its header, before anything is decoded.
const (
	MaxPixels  = 50_000_000 // width × height
	MaxSide    = 20_000     // pixels
	MaxDecoded = 256 << 20  // bytes that decoding takes
	maxParts   = 100_000    // chunks, segments or blocks
)

// Media types that are images here.
const (
	PNG  = "image/png"
	JPEG = "image/jpeg"
	GIF  = "image/gif"
	WebP = "image/webp"
)

// layout is what an image's file consists of.
type layout struct {
	width, height int   // as stored, before orientation
	orientation   int   // 1–8, as EXIF counts them; 1 is upright
	decoded       int64 // bytes that decoding takes, estimated from the header
	parts         []part
	dropped       bool      // something in the file is not in parts
	icc           []part    // of parts: the colour profile, as the format wraps it
	frame         *webFrame // of an animated WebP: its first frame
}

// part is a stretch of the file that stays, or bytes that take the place of some.
type part struct {
	off, n int64
	fresh  []byte
}

// scanner reads the layout of one format.
type scanner func(w *window) (*layout, error)

var scanners = map[string]scanner{PNG: scanPNG, JPEG: scanJPEG, GIF: scanGIF, WebP: scanWebP}

// errBroken is a file that does not hold together as its format says.
var errBroken = errors.New("not well-formed")

// scan reads the layout of an image and keeps to the limits. What is wrong is an errs.Error for the uploader.
func scan(ctx context.Context, file io.ReaderAt, size int64, mediaType string) (l *layout, err error) {
	defer careful(&err)
	w := newWindow(ctxReader{ctx, file}, size)
	l, err = scanners[mediaType](w)
	switch {
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case errors.Is(w.err, io.ErrUnexpectedEOF):
		return nil, truncated()
	case w.err != nil:
		return nil, w.err
	case errors.Is(err, errBroken):
		return nil, broken().Because(err)
	case err != nil:
		return nil, err
	}
	return l, l.fits()
}

// careful turns a panic into a refusal: a reader that panics has met a file that nobody else should meet.
func careful(err *error) {
	if p := recover(); p != nil {
		*err = broken().Because(fmt.Errorf("panic: %v", p))
	}
}

// fits keeps to the limits.
func (l *layout) fits() error {
	switch {
	case l.width <= 0 || l.height <= 0:
		return broken()
	case l.width > MaxSide || l.height > MaxSide || l.width*l.height > MaxPixels:
		return errs.New(errs.InvalidContent, "The image measures %d × %d pixels. Make it smaller: at most %d pixels in all, and at most %d on a side.",
			l.width, l.height, MaxPixels, MaxSide)
	case l.decoded > MaxDecoded:
		return errs.New(errs.InvalidContent, "Opening the image takes more memory than the service gives to one. Make it smaller, or save it again with 8 bits a channel and without interlacing (JPEG: not progressive).")
	}
	return nil
}

// keep notes that a stretch of the file stays.
func (l *layout) keep(off, n int64) {
	if last := len(l.parts) - 1; last >= 0 && l.parts[last].fresh == nil && l.parts[last].off+l.parts[last].n == off {
		l.parts[last].n += n
		return
	}
	l.parts = append(l.parts, part{off: off, n: n})
}

// upright are the width and height of the image as it is to be seen.
func (l *layout) upright() (width, height int) {
	if l.orientation >= 5 {
		return l.height, l.width
	}
	return l.width, l.height
}

// truncated is an image that ends before its end.
func truncated() *errs.Error {
	return errs.New(errs.InvalidContent, "The image ends before its end. Upload the whole file again, from where it was made.")
}

// broken is an image that is not one.
func broken() *errs.Error {
	return errs.New(errs.InvalidContent, "The image cannot be read. Open it in an image editor, save it again, and upload what was saved.")
}

// trailing is an image with something behind it: another file that a program might run.
func trailing() *errs.Error {
	return errs.New(errs.InvalidContent, "Something else follows the end of the image in this file. Open it in an image editor, save it again, and upload what was saved.")
}

// ctxReader ends reading with the request.
type ctxReader struct {
	ctx  context.Context
	file io.ReaderAt
}

func (r ctxReader) ReadAt(p []byte, off int64) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, context.Cause(r.ctx)
	}
	return r.file.ReadAt(p, off)
}
