package main

import (
	"image"
	"image/color"
	"strings"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"
)

// poster is one principle, to be printed on A4 or A3.
type poster struct {
	file, number, title, text string
	colour                    color.RGBA
}

var posters = []poster{
	{"poster-1-the-person-at-the-centre.png", "1", "Keeping the person at the centre of decisions",
		"Whatever has to be decided, and whoever takes part.", teal},
	{"poster-2-communications.png", "2", "Considerate, quality, and timely communications with local people and colleagues",
		"Considerate. Of good quality. In good time.", rose},
	{"poster-3-accountability-and-responsibility.png", "3", "Respecting professional accountability and responsibility",
		"Each of us answers for the part we play.", navy},
}

const (
	posterWidth, posterHeight = 1240, 1754 // A4 at 150 dots an inch
	margin                    = 110
)

// draw draws the poster: a large number in a band, the title under it, and a line of text.
func (p poster) draw() (image.Image, error) {
	bold, err := opentype.Parse(gobold.TTF)
	if err != nil {
		return nil, err
	}
	regular, err := opentype.Parse(goregular.TTF)
	if err != nil {
		return nil, err
	}
	c := newCanvas(posterWidth, posterHeight, paper)
	c.fill(p.colour, point{0, 0}, point{posterWidth, 0}, point{posterWidth, 560}, point{0, 680})
	pen := pen{c: c}
	pen.write(bold, 420, white, margin, 500, p.number)
	pen.write(bold, 44, white, 480, 210, "Working Together")
	pen.write(regular, 36, white, 480, 268, "Guiding principle "+p.number)
	y := pen.paragraph(bold, 92, p.colour, 840, p.title)
	y = pen.paragraph(regular, 56, ink, y+60, p.text)
	_ = y
	pen.write(regular, 34, ink, margin, posterHeight-110, "For health and care staff in Cambridgeshire, Peterborough and Royston")
	return c, pen.err
}

// pen writes; the first failure stays.
type pen struct {
	c   canvas
	err error
}

func (p *pen) face(f *opentype.Font, size float64) font.Face {
	face, err := opentype.NewFace(f, &opentype.FaceOptions{Size: size, DPI: 72, Hinting: font.HintingFull})
	if err != nil {
		p.err = err
	}
	return face
}

func (p *pen) write(f *opentype.Font, size float64, colour color.RGBA, x, y int, text string) {
	d := font.Drawer{Dst: p.c, Src: image.NewUniform(colour), Face: p.face(f, size), Dot: fixed.P(x, y)}
	d.DrawString(text)
}

// paragraph writes text in lines from y on, and tells where the next would be.
func (p *pen) paragraph(f *opentype.Font, size float64, colour color.RGBA, y int, text string) int {
	face := p.face(f, size)
	line := ""
	for _, word := range append(strings.Fields(text), "") {
		longer := strings.TrimSpace(line + " " + word)
		if word != "" && font.MeasureString(face, longer).Ceil() <= posterWidth-2*margin {
			line = longer
			continue
		}
		p.write(f, size, colour, margin, y, line)
		y += int(size * 1.25)
		line = word
	}
	return y
}
