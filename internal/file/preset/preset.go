// Package preset says which renditions an image has. All is worked out from its size, so whoever lists renditions
// needs neither the image nor the programs that draw it.
package preset

import (
	"fmt"
	"math"
	"slices"
)

// Preset is a kind of rendition. Thumb, card and hero have one shape, so that they serve as one srcset.
type Preset struct {
	Name          string
	Width, Height int  // the most that a rendition measures, in pixels
	Crop          bool // cut to the shape of Width × Height around the focal point; otherwise the whole image, made to fit
}

// Presets are all there are, smallest first.
var Presets = []Preset{
	{"thumb", 320, 180, true},
	{"card", 640, 360, true},
	{"hero", 1920, 1080, true},
	{"full", 2560, 2560, false},
}

// Format is a file format of renditions.
type Format struct {
	Name      string // as in the address
	MediaType string
}

// Formats are all there are, the smallest in bytes first, which is the order for <source> elements.
var Formats = []Format{{"webp", "image/webp"}, {"jpeg", "image/jpeg"}, {"png", "image/png"}}

// Rendition is an image made of another: smaller, and in the format that a page needs.
type Rendition struct {
	URL    string `json:"url" validate:"required" format:"uri" example:"https://api.example.nhs.uk/v1/files/0197a3c2-5d1e-7c44-9a51-3f1f6f0c2b77/corridor.jpg?preset=card&format=webp&focus=0.5,0.33"`
	Width  int    `json:"width" validate:"required" example:"640"`                                               // in pixels; never more than the image has
	Height int    `json:"height" validate:"required" example:"360"`                                              // in pixels
	Type   string `json:"type" validate:"required" enums:"image/webp,image/jpeg,image/png" example:"image/webp"` // media type
	Preset string `json:"preset" validate:"required" enums:"thumb,card,hero,full" example:"card"`
}

// Point is where the subject of an image is: the parts of its width and height that are left of it and above it, 0–1.
type Point struct{ X, Y float64 }

// Centre is where a subject is taken to be when nobody said.
var Centre = Point{0.5, 0.5}

// Focus is a stored focal point as addresses name it: where there is none, it is the centre.
func Focus(stored string) string {
	if stored == "" {
		return "0.5,0.5"
	}
	return stored
}

// Find gives the preset of a name.
func Find(name string) (Preset, bool) {
	i := slices.IndexFunc(Presets, func(p Preset) bool { return p.Name == name })
	if i < 0 {
		return Preset{}, false
	}
	return Presets[i], true
}

// FindFormat gives the format of a name.
func FindFormat(name string) (Format, bool) {
	i := slices.IndexFunc(Formats, func(f Format) bool { return f.Name == name })
	if i < 0 {
		return Format{}, false
	}
	return Formats[i], true
}

// FormatOf is the format that renditions of an image of the media type have when nobody asks for another: its own
// where there is one, else PNG, which loses nothing.
func FormatOf(mediaType string) Format {
	i := slices.IndexFunc(Formats, func(f Format) bool { return f.MediaType == mediaType })
	if i < 0 {
		return Formats[len(Formats)-1]
	}
	return Formats[i]
}

// List is every rendition of an image of the size, whose address is href; empty for what has no size. It lists what
// the presets give, never what happens to be made already. The address of one that is cut names the focal point, so
// that it gives the same bytes whatever is published later.
func List(href, focus string, width, height int) []Rendition {
	list := []Rendition{}
	if width <= 0 || height <= 0 {
		return list
	}
	for _, p := range Presets {
		w, h := p.Size(width, height)
		cut := ""
		if p.Crop {
			cut = "&focus=" + Focus(focus)
		}
		for _, f := range Formats {
			list = append(list, Rendition{URL: fmt.Sprintf("%s?preset=%s&format=%s%s", href, p.Name, f.Name, cut),
				Width: w, Height: h, Type: f.MediaType, Preset: p.Name})
		}
	}
	return list
}

// Size is how large the rendition of an image of the size is: at least 1 × 1, never more than the image has.
func (p Preset) Size(width, height int) (w, h int) {
	_, _, cw, ch := p.Cut(width, height, Centre)
	scale := min(1, float64(p.Width)/float64(cw), float64(p.Height)/float64(ch))
	return max(1, int(math.Round(float64(cw)*scale))), max(1, int(math.Round(float64(ch)*scale)))
}

// Cut is the part of an image of the size that the rendition shows: the largest of the preset's shape, as near to the
// focal point as the edges allow. A preset that does not crop shows all.
func (p Preset) Cut(width, height int, focus Point) (x, y, w, h int) {
	if !p.Crop {
		return 0, 0, width, height
	}
	w, h = width, max(1, int(math.Round(float64(width)*float64(p.Height)/float64(p.Width))))
	if h > height {
		w, h = max(1, int(math.Round(float64(height)*float64(p.Width)/float64(p.Height)))), height
	}
	return offset(width, w, focus.X), offset(height, h, focus.Y), w, h
}

// offset moves a window of the size over whole until its middle is at focus, or until it meets an edge.
func offset(whole, size int, focus float64) int {
	at := int(math.Round(float64(whole)*focus - float64(size)/2))
	return min(max(at, 0), whole-size)
}
