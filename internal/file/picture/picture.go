// Package picture reads images without trusting them: it checks that a file is an image and nothing else, removes what
// it tells about people and places, and makes the renditions of package preset.
package picture

import (
	"context"
	"io"

	"github.com/cpics/working-together-api/internal/file/desk"
)

// Info is what an image tells about itself.
type Info struct {
	Width, Height int // as it is to be seen, orientation applied; pixels
}

// Is tells whether a media type is that of an image here.
func Is(mediaType string) bool { return scanners[mediaType] != nil }

// Inspect looks at a file of the media type: it must be whole, one image, within the limits, with nothing behind its
// end, and it must be possible to decode it. Otherwise it fails with an errs.Error that says what to do. It waits for
// the desk.
func Inspect(ctx context.Context, file io.ReaderAt, size int64, mediaType string) (Info, error) {
	l, err := scan(ctx, file, size, mediaType)
	if err != nil {
		return Info{}, err
	}
	leave, err := desk.Take(ctx, l.decoded)
	if err != nil {
		return Info{}, err
	}
	defer leave()
	if _, err := l.decode(ctx, file, size, mediaType); err != nil {
		return Info{}, err
	}
	width, height := l.upright()
	return Info{width, height}, nil
}

// quality is that of a JPEG that had to be written again because its pixels lay on their side: high enough that
// nobody sees it, and that a rendition made of it loses nothing.
const quality = 95

// Strip writes the image without what it tells about people and places (EXIF with GPS, XMP, IPTC, comments, previews)
// and upright, and tells whether it wrote anything: false means that there is nothing to remove, and the file serves
// as it is. The pixels stay as they are, to the bit, unless they must be turned. Colour profiles stay. The same file
// always gives the same bytes. Strip is for what Inspect let pass.
func Strip(ctx context.Context, dst io.Writer, file io.ReaderAt, size int64, mediaType string) (written bool, err error) {
	l, err := scan(ctx, file, size, mediaType)
	switch {
	case err != nil:
		return false, err
	case l.orientation > 1:
		return true, l.rewrite(ctx, dst, file, size, mediaType)
	case !l.dropped:
		return false, nil
	}
	return true, l.copy(dst, ctxReader{ctx, file})
}

// copy writes the parts that stay.
func (l *layout) copy(dst io.Writer, file io.ReaderAt) error {
	for _, p := range l.parts {
		if p.fresh != nil {
			if _, err := dst.Write(p.fresh); err != nil {
				return err
			}
			continue
		}
		if _, err := io.Copy(dst, io.NewSectionReader(file, p.off, p.n)); err != nil {
			return err
		}
	}
	return nil
}

// rewrite turns the pixels and writes the image anew, in its own format.
func (l *layout) rewrite(ctx context.Context, dst io.Writer, file io.ReaderAt, size int64, mediaType string) error {
	leave, err := desk.Take(ctx, 2*l.decoded)
	if err != nil {
		return err
	}
	defer leave()
	img, err := l.decode(ctx, file, size, mediaType)
	if err != nil {
		return err
	}
	profile, err := l.profile(file, mediaType)
	if err != nil {
		return err
	}
	b, err := encode(ctx, upright(img, l.orientation), mediaType, profile, qualities{quality, 100})
	if err != nil {
		return err
	}
	_, err = dst.Write(b)
	return err
}
