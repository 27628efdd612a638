package main

import "image/color"

// corridor is three women in conversation in a hospital corridor, one in scrubs, one with a stethoscope.
func corridor() canvas {
	const w, h = 1600, 900
	c := newCanvas(w, h, color.RGBA{0xd9, 0xe4, 0xe6, 255})
	walls(c, w, h)
	woman{at: point{430, 900}, scale: 1.04, skin: color.RGBA{0x8d, 0x55, 0x3a, 255}, hair: ink, top: teal, scrubs: true, look: 14}.draw(c)
	woman{at: point{1170, 900}, scale: 1.0, skin: color.RGBA{0xc9, 0x8e, 0x6a, 255}, hair: color.RGBA{0x7a, 0x76, 0x78, 255}, top: rose, look: -14}.draw(c)
	woman{at: point{800, 905}, scale: 1.1, skin: color.RGBA{0xf0, 0xc6, 0xa6, 255}, hair: color.RGBA{0x6b, 0x3d, 0x23, 255}, top: white, stethoscope: true, look: 4}.draw(c)
	return c
}

// walls draws the corridor: its end in the middle, doors on both sides, lights above and a rail along the walls.
func walls(c canvas, w, h float64) {
	const left, right, top, bottom = 640, 960, 250, 520 // the far end
	c.fill(color.RGBA{0xee, 0xf2, 0xf2, 255}, point{0, 0}, point{w, 0}, point{right, top}, point{left, top})
	c.fill(color.RGBA{0xb8, 0xc3, 0xc2, 255}, point{0, h}, point{w, h}, point{right, bottom}, point{left, bottom})
	c.fill(color.RGBA{0xcf, 0xdd, 0xdf, 255}, point{0, 0}, point{left, top}, point{left, bottom}, point{0, h})
	c.fill(color.RGBA{0xc5, 0xd5, 0xd8, 255}, point{w, 0}, point{right, top}, point{right, bottom}, point{w, h})
	c.fill(color.RGBA{0xf8, 0xfb, 0xfb, 255}, point{left, top}, point{right, top}, point{right, bottom}, point{left, bottom})
	c.fill(color.RGBA{0xae, 0xcf, 0xd6, 255}, point{700, 300}, point{900, 300}, point{900, bottom}, point{700, bottom})
	c.fill(white, point{794, 300}, point{806, 300}, point{806, bottom}, point{794, bottom})
	for _, light := range []float64{0.15, 0.45, 0.75} {
		y, half := top*light, 60+260*(1-light)
		c.fill(white, point{800 - half, y}, point{800 + half, y}, point{800 + half*0.86, y + 34*(1-light)}, point{800 - half*0.86, y + 34*(1-light)})
	}
	door := color.RGBA{0x8f, 0xb0, 0xb5, 255}
	c.fill(door, point{130, 120}, point{350, 190}, point{350, 715}, point{130, 830})
	c.fill(door, point{1470, 120}, point{1250, 190}, point{1250, 715}, point{1470, 830})
	c.stroke(color.RGBA{0xf4, 0xf4, 0xf2, 255}, 18, point{0, 640}, point{left, 440})
	c.stroke(color.RGBA{0xf4, 0xf4, 0xf2, 255}, 18, point{w, 640}, point{right, 440})
}

// woman is a figure that stands with her feet below the picture, drawn around the place where they would be.
type woman struct {
	at          point
	scale       float64
	skin        color.RGBA
	hair        color.RGBA
	top         color.RGBA
	look        float64 // how far her face is turned to the right
	scrubs      bool
	stethoscope bool
}

// to places a point of the figure.
func (f woman) to(x, y float64) point { return point{f.at.x + x*f.scale, f.at.y + y*f.scale} }

func (f woman) draw(c canvas) {
	s := f.scale
	c.round(f.hair, f.to(-92, -640), f.to(92, -640), f.to(112, -420), f.to(70, -360), f.to(-70, -360), f.to(-112, -420)) // behind
	c.round(f.skin, f.to(-36, -450), f.to(36, -450), f.to(44, -330), f.to(-44, -330))                                    // neck
	c.round(f.top, f.to(-70, -395), f.to(70, -395), f.to(215, -350), f.to(235, 60), f.to(-235, 60), f.to(-215, -350))    // body
	shade := mix(f.top, ink, 2, 16)
	c.stroke(shade, 62*s, f.to(-165, -280), f.to(-182, -90), f.to(-60, -50))
	c.stroke(shade, 62*s, f.to(165, -280), f.to(186, -100), f.to(70, -70))
	c.ellipse(f.skin, f.to(-40, -50), 36*s, 27*s)
	c.ellipse(f.skin, f.to(50, -72), 36*s, 27*s)
	f.collar(c)
	f.face(c)
	if f.stethoscope {
		tube := color.RGBA{0x23, 0x2f, 0x3e, 255}
		c.stroke(tube, 13*s, append(curve(f.to(-64, -398), f.to(-96, -250), f.to(-18, -196)), f.to(-18, -196))...)
		c.stroke(tube, 13*s, append(curve(f.to(64, -398), f.to(110, -280), f.to(62, -170)), f.to(62, -170))...)
		c.ellipse(color.RGBA{0x9a, 0xa6, 0xb2, 255}, f.to(62, -158), 24*s, 24*s)
		c.ellipse(tube, f.to(62, -158), 13*s, 13*s)
	}
}

// collar is the opening of the top: a V for scrubs and for a shirt under a coat.
func (f woman) collar(c canvas) {
	depth := -285.0
	if f.scrubs || f.stethoscope {
		depth = -245
	}
	if f.stethoscope { // a blouse under the coat
		c.fill(navy, f.to(-58, -385), f.to(58, -385), f.to(0, -120))
	}
	c.fill(f.skin, f.to(-50, -390), f.to(50, -390), f.to(0, depth))
	if f.scrubs { // a pocket, and a badge
		c.fill(mix(f.top, white, 3, 16), f.to(60, -240), f.to(130, -240), f.to(130, -165), f.to(60, -165))
		c.fill(white, f.to(74, -262), f.to(112, -262), f.to(112, -215), f.to(74, -215))
	}
}

func (f woman) face(c canvas) {
	s, turn := f.scale, f.look
	c.ellipse(f.skin, f.to(turn*0.4, -525), 76*s, 98*s)
	c.round(f.hair, f.to(-104, -560), f.to(-80, -668), f.to(0, -690), f.to(90, -668), f.to(104, -560), f.to(56, -612), f.to(turn, -600), f.to(-56, -612))
	for _, side := range []float64{-1, 1} {
		c.ellipse(ink, f.to(turn+side*28, -532), 7*s, 9*s)
		c.stroke(f.hair, 6*s, f.to(turn+side*28-14, -556), f.to(turn+side*28+14, -556))
	}
	c.stroke(mix(f.skin, ink, 4, 16), 6*s, curve(f.to(turn, -520), f.to(turn+10, -500), f.to(turn, -494))...)
	c.stroke(mix(f.skin, rose, 10, 16), 8*s, append(curve(f.to(turn-24, -468), f.to(turn, -446), f.to(turn+24, -468)), f.to(turn+24, -468))...)
}
