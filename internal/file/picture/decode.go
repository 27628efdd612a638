package picture

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"image"
	"image/draw"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"

	"golang.org/x/image/webp"
)

// decode gives the pixels as they are stored: of an animation, its first frame. The caller holds the desk, and l is
// within the limits. It fails with an errs.Error when the data cannot be decoded.
func (l *layout) decode(ctx context.Context, file io.ReaderAt, size int64, mediaType string) (img image.Image, err error) {
	defer careful(&err)
	src := io.NewSectionReader(ctxReader{ctx, file}, 0, size)
	switch mediaType {
	case PNG:
		img, err = png.Decode(src)
	case JPEG:
		img, err = jpeg.Decode(src)
	case GIF:
		img, err = l.decodeGIF(src)
	case WebP:
		img, err = l.decodeWebP(src)
	}
	switch {
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case err != nil:
		return nil, broken().Because(err)
	case img.Bounds().Dx() != l.width || img.Bounds().Dy() != l.height:
		return nil, broken().Because(fmt.Errorf("decoded %v of %d × %d", img.Bounds(), l.width, l.height))
	}
	return img, nil
}

// decodeGIF puts the first frame where it belongs on the screen.
func (l *layout) decodeGIF(src io.Reader) (image.Image, error) {
	frame, err := gif.Decode(src)
	if err != nil || frame.Bounds() == image.Rect(0, 0, l.width, l.height) {
		return frame, err
	}
	paletted, ok := frame.(*image.Paletted)
	if !ok {
		return nil, errBroken
	}
	return onCanvas(paletted, paletted.Bounds().Min, l.width, l.height), nil
}

// decodeWebP reads a still image, or the first frame of an animation.
func (l *layout) decodeWebP(src *io.SectionReader) (image.Image, error) {
	if l.frame == nil {
		return webp.Decode(src)
	}
	frame, err := webp.Decode(l.frame.still(src))
	if err != nil {
		return nil, err
	}
	return onCanvas(frame, image.Pt(l.frame.x, l.frame.y), l.width, l.height), nil
}

// still makes a file of one frame of an animation.
func (f *webFrame) still(src *io.SectionReader) io.Reader {
	const head = riffHeader + chunkHeader + extendedBytes
	b := append(make([]byte, 0, head), "RIFF\x00\x00\x00\x00WEBP"...)
	if f.alpha {
		b = append(b, webpExtended+"\x0a\x00\x00\x00"...)
		b = append(b, webpAlpha, 0, 0, 0)
		b = append(b, little24(f.width-1)...)
		b = append(b, little24(f.height-1)...)
	}
	binary.LittleEndian.PutUint32(b[4:], uint32(int64(len(b)-chunkHeader)+f.n)) // a frame of a file within 32 bits
	return io.MultiReader(bytes.NewReader(b), io.NewSectionReader(src, f.off, f.n))
}

func little24(n int) []byte { return []byte{byte(n), byte(n >> 8), byte(n >> 16)} }

func onCanvas(frame image.Image, at image.Point, width, height int) image.Image {
	canvas := image.NewNRGBA(image.Rect(0, 0, width, height))
	draw.Draw(canvas, frame.Bounds().Sub(frame.Bounds().Min).Add(at), frame, frame.Bounds().Min, draw.Src)
	return canvas
}
