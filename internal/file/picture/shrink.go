package picture

import (
	"context"
	"image"
	"image/color"
	"image/draw"
)

// shrink makes the cut of an image w × h pixels large, at most its own size. Each new pixel is the average of the area
// that it stands for, which neither invents patterns nor edges. It needs the memory of the new image and three of its
// rows, however large the old one is. Where ground is not nil, it shows through what is transparent.
func shrink(ctx context.Context, img image.Image, cut image.Rectangle, w, h int, ground *color.RGBA64) (*image.NRGBA, error) {
	src := sampled(img)
	dst := image.NewNRGBA(image.Rect(0, 0, w, h))
	across, down := shares(cut.Dx(), w), shares(cut.Dy(), h)
	area := float32(cut.Dx()) / float32(w) * float32(cut.Dy()) / float32(h)
	row, sum := make([]float32, 4*(w+1)), make([]float32, 4*(w+1)) // one pixel more, for the share of nobody
	for y, s := range down {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		addRow(row, src, cut, cut.Min.Y+y, across)
		add(sum, row, s.part)
		if y+1 == len(down) || down[y+1].at > s.at {
			emit(dst.Pix[s.at*dst.Stride:][:4*w], sum, area, ground)
			clear(sum)
			add(sum, row, 1-s.part)
		}
	}
	return dst, nil
}

// share is where an old row or column goes: part of it to the new one at, and the rest to the next.
type share struct {
	at   int
	part float32
}

// shares are those of n old ones among m new ones.
func shares(n, m int) []share {
	list := make([]share, n)
	for i := range list {
		at := i * m / n
		list[i] = share{at, 1}
		if over := (i+1)*m - (at+1)*n; over > 0 {
			list[i].part = 1 - float32(over)/float32(m)
		}
	}
	return list
}

// addRow sums one old row by new columns.
func addRow(row []float32, src image.RGBA64Image, cut image.Rectangle, y int, across []share) {
	clear(row)
	for x, s := range across {
		c := src.RGBA64At(cut.Min.X+x, y)
		r, g, b, a := float32(c.R), float32(c.G), float32(c.B), float32(c.A)
		p := row[4*s.at:][:8]
		p[0] += r * s.part
		p[1] += g * s.part
		p[2] += b * s.part
		p[3] += a * s.part
		if rest := 1 - s.part; rest > 0 {
			p[4] += r * rest
			p[5] += g * rest
			p[6] += b * rest
			p[7] += a * rest
		}
	}
}

func add(sum, row []float32, part float32) {
	if part == 0 {
		return
	}
	for i, v := range row {
		sum[i] += v * part
	}
}

// emit writes a new row: the averages, no longer multiplied by their opacity.
func emit(pix []byte, sum []float32, area float32, ground *color.RGBA64) {
	const full = 65535
	for i := 0; i < len(pix); i += 4 {
		r, g, b, a := sum[i]/area, sum[i+1]/area, sum[i+2]/area, sum[i+3]/area
		if ground != nil {
			through := (full - a) / full
			r, g, b, a = r+through*float32(ground.R), g+through*float32(ground.G), b+through*float32(ground.B), full
		}
		if a < 1 {
			continue
		}
		scale := 255 / a
		pix[i], pix[i+1], pix[i+2], pix[i+3] = eight(r*scale), eight(g*scale), eight(b*scale), eight(a*255/full)
	}
}

func eight(v float32) byte { return byte(min(255, v+0.5)) }

// sampled is the image in the form whose pixels cost nothing to read one by one; all that are decoded here have it.
func sampled(img image.Image) image.RGBA64Image {
	if s, ok := img.(image.RGBA64Image); ok {
		return s
	}
	b := img.Bounds()
	n := image.NewNRGBA(b)
	draw.Draw(n, b, img, b.Min, draw.Src)
	return n
}
