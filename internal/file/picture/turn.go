package picture

import (
	"image"
	"image/draw"
)

// turn is an orientation as three steps: transpose, then mirror left to right, then top to bottom.
type turn struct{ transpose, mirror, flip bool }

// turns are those that bring an image of the orientation (EXIF 2.32 §4.6.4.A) upright.
var turns = [9]turn{2: {mirror: true}, 3: {mirror: true, flip: true}, 4: {flip: true},
	5: {transpose: true}, 6: {transpose: true, mirror: true}, 7: {transpose: true, mirror: true, flip: true}, 8: {transpose: true, flip: true}}

// from is where the upright image of width × height takes its pixel x, y from.
func (t turn) from(x, y, width, height int) (int, int) {
	if t.mirror {
		x = width - 1 - x
	}
	if t.flip {
		y = height - 1 - y
	}
	if t.transpose {
		x, y = y, x
	}
	return x, y
}

// upright turns an image of the orientation. What needs no turning is given back as it is.
func upright(img image.Image, orientation int) image.Image {
	t := turns[orientation]
	if t == (turn{}) {
		return img
	}
	switch src := img.(type) {
	case *image.YCbCr:
		return t.ycbcr(src)
	case *image.Gray:
		dst := image.NewGray(t.bounds(src.Bounds()))
		t.plane(dst.Pix, dst.Stride, dst.Bounds().Dx(), dst.Bounds().Dy(), src.Pix, src.Stride, 1)
		return dst
	default:
		return t.rgba(img)
	}
}

func (t turn) bounds(r image.Rectangle) image.Rectangle {
	if t.transpose {
		return image.Rect(0, 0, r.Dy(), r.Dx())
	}
	return image.Rect(0, 0, r.Dx(), r.Dy())
}

// plane turns samples of the size in bytes into dst, which measures width × height.
func (t turn) plane(dst []byte, dstStride, width, height int, src []byte, srcStride, size int) {
	for y := range height {
		for x := range width {
			sx, sy := t.from(x, y, width, height)
			copy(dst[y*dstStride+x*size:][:size], src[sy*srcStride+sx*size:][:size])
		}
	}
}

func (t turn) rgba(img image.Image) image.Image {
	b := img.Bounds()
	src := image.NewNRGBA(image.Rect(0, 0, b.Dx(), b.Dy()))
	draw.Draw(src, src.Bounds(), img, b.Min, draw.Src)
	dst := image.NewNRGBA(t.bounds(b))
	t.plane(dst.Pix, dst.Stride, dst.Bounds().Dx(), dst.Bounds().Dy(), src.Pix, src.Stride, 4)
	return dst
}

// ycbcr turns the three planes; the colours' sampling turns with them.
func (t turn) ycbcr(src *image.YCbCr) image.Image {
	ratio := src.SubsampleRatio
	if t.transpose {
		switch ratio {
		case image.YCbCrSubsampleRatio422:
			ratio = image.YCbCrSubsampleRatio440
		case image.YCbCrSubsampleRatio440:
			ratio = image.YCbCrSubsampleRatio422
		case image.YCbCrSubsampleRatio411, image.YCbCrSubsampleRatio410:
			return t.rgba(src)
		}
	}
	dst := image.NewYCbCr(t.bounds(src.Bounds()), ratio)
	t.plane(dst.Y, dst.YStride, dst.Bounds().Dx(), dst.Bounds().Dy(), src.Y, src.YStride, 1)
	if dst.CStride > 0 {
		width, height := dst.CStride, len(dst.Cb)/dst.CStride
		t.plane(dst.Cb, dst.CStride, width, height, src.Cb, src.CStride, 1)
		t.plane(dst.Cr, dst.CStride, width, height, src.Cr, src.CStride, 1)
	}
	return dst
}
