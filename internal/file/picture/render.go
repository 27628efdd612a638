package picture

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"

	"github.com/cpics/working-together-api/internal/file/desk"
	"github.com/cpics/working-together-api/internal/file/preset"
	"github.com/cpics/working-together-api/internal/file/webp"
)

// encoding is about what it takes to write a rendition, whatever it is made of: most of it for WebP.
const encoding = 64 << 20

// Qualities of renditions, 1–100, chosen so that a photograph shows no blocks at its own size.
const (
	qualityJPEG = 82
	qualityWebP = 80
)

// Wanted is a rendition that is to be made.
type Wanted struct {
	Preset  preset.Preset
	Focus   preset.Point
	Formats []preset.Format
}

// Render makes a rendition of an image that Inspect let pass, in each of the formats: cut around the focal point,
// upright, in sRGB or with the image's own colour profile, and with nothing else of its metadata. Of an animation it
// shows the first frame. It waits for the desk, and ends with ctx.
func Render(ctx context.Context, file io.ReaderAt, size int64, mediaType string, want Wanted) ([][]byte, error) {
	l, err := scan(ctx, file, size, mediaType)
	if err != nil {
		return nil, err
	}
	leave, err := desk.Take(ctx, l.decoded+encoding)
	if err != nil {
		return nil, err
	}
	defer leave()
	img, err := l.decode(ctx, file, size, mediaType)
	if err != nil {
		return nil, err
	}
	profile, err := l.profile(file, mediaType)
	if err != nil {
		return nil, err
	}
	made := make([][]byte, len(want.Formats))
	small := map[bool]image.Image{} // with a ground and without: shrinking takes longer than to write the result
	for i, f := range want.Formats {
		grounded := f.MediaType == JPEG && !opaque(img)
		if small[grounded] == nil {
			if small[grounded], err = l.scaled(ctx, img, want, grounded); err != nil {
				return nil, err
			}
		}
		if made[i], err = encode(ctx, small[grounded], f.MediaType, profile, qualities{qualityJPEG, qualityWebP}); err != nil {
			return nil, err
		}
	}
	return made, nil
}

// opaque tells whether the kind of image has no transparency.
func opaque(img image.Image) bool {
	switch img.(type) {
	case *image.YCbCr, *image.Gray, *image.Gray16, *image.CMYK:
		return true
	}
	return false
}

// white is what shines through where a format knows no transparency, for pages mostly are white.
var white = &color.RGBA64{R: 0xFFFF, G: 0xFFFF, B: 0xFFFF, A: 0xFFFF}

// scaled cuts and shrinks the stored image, and then turns it: that way only a small image is turned.
func (l *layout) scaled(ctx context.Context, img image.Image, want Wanted, grounded bool) (image.Image, error) {
	width, height := l.upright()
	x, y, w, h := want.Preset.Cut(width, height, want.Focus)
	t := turns[l.orientation]
	x0, y0 := t.from(x, y, width, height)
	x1, y1 := t.from(x+w-1, y+h-1, width, height)
	cut := image.Rect(min(x0, x1), min(y0, y1), max(x0, x1)+1, max(y0, y1)+1).Add(img.Bounds().Min)
	outW, outH := want.Preset.Size(width, height)
	if t.transpose {
		outW, outH = outH, outW
	}
	var ground *color.RGBA64
	if grounded {
		ground = white
	}
	small, err := shrink(ctx, img, cut, outW, outH, ground)
	if err != nil {
		return nil, err
	}
	return upright(small, l.orientation), nil
}

// qualities are those of the formats that lose something.
type qualities struct{ jpeg, webp int }

// encode writes an image in the format of the media type.
func encode(ctx context.Context, img image.Image, mediaType string, profile []byte, q qualities) ([]byte, error) {
	var b bytes.Buffer
	var err error
	switch mediaType {
	case JPEG:
		err = jpeg.Encode(&b, img, &jpeg.Options{Quality: q.jpeg})
	case PNG:
		err = (&png.Encoder{CompressionLevel: png.DefaultCompression}).Encode(&b, img)
	case WebP:
		err = webp.Encode(ctx, &b, img, q.webp)
	default:
		err = fmt.Errorf("no encoder for %s", mediaType)
	}
	if err != nil || profile == nil {
		return b.Bytes(), err
	}
	return withProfile(b.Bytes(), mediaType, profile, img.Bounds().Dx(), img.Bounds().Dy()), nil
}
