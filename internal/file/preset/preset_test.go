package preset_test

import (
	"testing"

	"github.com/cpics/working-together-api/internal/file/preset"
)

func TestSizes(t *testing.T) {
	t.Parallel()
	cases := []struct {
		preset        string
		width, height int
		w, h          int
	}{
		{"thumb", 4000, 3000, 320, 180},
		{"card", 4000, 3000, 640, 360},
		{"hero", 4000, 3000, 1920, 1080},
		{"full", 4000, 3000, 2560, 1920},
		{"full", 3000, 4000, 1920, 2560},
		{"hero", 1000, 1000, 1000, 563}, // never more than there is
		{"full", 100, 50, 100, 50},
		{"thumb", 1, 1, 1, 1},
		{"thumb", 30000, 1, 2, 1},
		{"thumb", 1, 30000, 1, 1},
		{"full", 30000, 1, 2560, 1},
	}
	for _, c := range cases {
		p, ok := preset.Find(c.preset)
		if !ok {
			t.Fatalf("no preset %s", c.preset)
		}
		if w, h := p.Size(c.width, c.height); w != c.w || h != c.h {
			t.Errorf("%s of %d × %d is %d × %d, want %d × %d", c.preset, c.width, c.height, w, h, c.w, c.h)
		}
	}
}

func TestCutsAroundTheFocalPoint(t *testing.T) {
	t.Parallel()
	card, _ := preset.Find("card")
	full, _ := preset.Find("full")
	cases := []struct {
		preset     preset.Preset
		focus      preset.Point
		x, y, w, h int
	}{
		{card, preset.Centre, 0, 219, 1000, 563},
		{card, preset.Point{X: 0.5, Y: 0}, 0, 0, 1000, 563},
		{card, preset.Point{X: 0.5, Y: 1}, 0, 437, 1000, 563},
		{card, preset.Point{X: 0, Y: 0.4}, 0, 119, 1000, 563},
		{full, preset.Point{X: 0, Y: 0}, 0, 0, 1000, 1000},
	}
	for _, c := range cases {
		if x, y, w, h := c.preset.Cut(1000, 1000, c.focus); x != c.x || y != c.y || w != c.w || h != c.h {
			t.Errorf("%s around %v: %d,%d %d × %d, want %d,%d %d × %d", c.preset.Name, c.focus, x, y, w, h, c.x, c.y, c.w, c.h)
		}
	}
}

func TestACutStaysInsideAndKeepsTheSubject(t *testing.T) {
	t.Parallel()
	for _, p := range preset.Presets {
		for _, size := range [][2]int{{1, 1}, {2, 7}, {640, 360}, {333, 1999}, {6000, 4000}} {
			for _, f := range []preset.Point{{}, {X: 1, Y: 1}, {X: 0.31, Y: 0.77}} {
				x, y, w, h := p.Cut(size[0], size[1], f)
				if x < 0 || y < 0 || w < 1 || h < 1 || x+w > size[0] || y+h > size[1] {
					t.Errorf("%s of %v around %v leaves the image: %d,%d %d × %d", p.Name, size, f, x, y, w, h)
				}
				sx, sy := min(int(f.X*float64(size[0])), size[0]-1), min(int(f.Y*float64(size[1])), size[1]-1)
				if sx < x || sx >= x+w || sy < y || sy >= y+h {
					t.Errorf("%s of %v around %v cuts the subject away: %d,%d %d × %d", p.Name, size, f, x, y, w, h)
				}
			}
		}
	}
}

func TestListsEveryPresetInEveryFormat(t *testing.T) {
	t.Parallel()
	list := preset.List("https://x/f.jpg", "0.25,1", 4000, 3000)
	if len(list) != len(preset.Presets)*len(preset.Formats) {
		t.Fatalf("%d renditions", len(list))
	}
	want := preset.Rendition{URL: "https://x/f.jpg?preset=thumb&format=webp&focus=0.25,1", Width: 320, Height: 180, Type: "image/webp", Preset: "thumb"}
	if list[0] != want {
		t.Errorf("the first is %+v, want %+v", list[0], want)
	}
	if l := preset.List("https://x/f.pdf", "", 0, 0); l == nil || len(l) != 0 {
		t.Errorf("what is no image has renditions: %v", l)
	}
}

func TestFormatOfAnImageIsItsOwnWhereThereIsOne(t *testing.T) {
	t.Parallel()
	for mediaType, want := range map[string]string{"image/jpeg": "jpeg", "image/webp": "webp", "image/png": "png", "image/gif": "png"} {
		if f := preset.FormatOf(mediaType); f.Name != want {
			t.Errorf("%s: %s, want %s", mediaType, f.Name, want)
		}
	}
}
