package main

import (
	"image"
	"image/color"
	"image/draw"
	"math"

	"golang.org/x/image/vector"
)

var (
	navy  = color.RGBA{0x15, 0x2c, 0x4f, 255}
	teal  = color.RGBA{0x0b, 0x6e, 0x75, 255}
	amber = color.RGBA{0xe0, 0x8e, 0x24, 255}
	rose  = color.RGBA{0xa8, 0x3e, 0x5b, 255}
	paper = color.RGBA{0xf6, 0xf3, 0xec, 255}
	white = color.RGBA{255, 255, 255, 255}
	ink   = color.RGBA{0x1d, 0x1d, 0x26, 255}
)

type point struct{ x, y float64 }

// canvas is what is drawn on, in pixels from the upper left corner.
type canvas struct{ *image.RGBA }

func newCanvas(w, h int, ground color.RGBA) canvas {
	c := canvas{image.NewRGBA(image.Rect(0, 0, w, h))}
	draw.Draw(c, c.Rect, image.NewUniform(ground), image.Point{}, draw.Src)
	return c
}

// fill paints a shape whose edge is a polygon.
func (c canvas) fill(colour color.RGBA, edge ...point) {
	r := vector.NewRasterizer(c.Rect.Dx(), c.Rect.Dy())
	for i, p := range edge {
		if i == 0 {
			r.MoveTo(float32(p.x), float32(p.y))
		} else {
			r.LineTo(float32(p.x), float32(p.y))
		}
	}
	r.ClosePath()
	r.Draw(c, c.Rect, image.NewUniform(colour), image.Point{})
}

// round fills a shape whose corners are drawn round: the curve goes through the middles of the edges.
func (c canvas) round(colour color.RGBA, corners ...point) {
	var edge []point
	n := len(corners)
	middle := func(a, b point) point { return point{(a.x + b.x) / 2, (a.y + b.y) / 2} }
	for i, p := range corners {
		edge = append(edge, curve(middle(corners[(i+n-1)%n], p), p, middle(p, corners[(i+1)%n]))...)
	}
	c.fill(colour, edge...)
}

// curve is a quadratic Bézier curve.
func curve(from, over, to point) []point {
	const steps = 16
	list := make([]point, 0, steps)
	for i := range steps {
		t := float64(i) / steps
		a, b, d := (1-t)*(1-t), 2*t*(1-t), t*t
		list = append(list, point{a*from.x + b*over.x + d*to.x, a*from.y + b*over.y + d*to.y})
	}
	return list
}

func (c canvas) ellipse(colour color.RGBA, centre point, rx, ry float64) {
	const steps = 72
	edge := make([]point, steps)
	for i := range edge {
		sin, cos := math.Sincos(2 * math.Pi * float64(i) / steps)
		edge[i] = point{centre.x + rx*cos, centre.y + ry*sin}
	}
	c.fill(colour, edge...)
}

// stroke draws a line of the width with round ends.
func (c canvas) stroke(colour color.RGBA, width float64, line ...point) {
	for i, p := range line {
		c.ellipse(colour, p, width/2, width/2)
		if i == 0 {
			continue
		}
		q := line[i-1]
		dx, dy := p.x-q.x, p.y-q.y
		length := math.Hypot(dx, dy)
		if length == 0 {
			continue
		}
		nx, ny := -dy/length*width/2, dx/length*width/2
		c.fill(colour, point{q.x + nx, q.y + ny}, point{p.x + nx, p.y + ny}, point{p.x - nx, p.y - ny}, point{q.x - nx, q.y - ny})
	}
}
