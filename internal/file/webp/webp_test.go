package webp_test

import (
	"bytes"
	"context"
	"image"
	"image/color"
	"testing"

	decoder "golang.org/x/image/webp"

	"github.com/cpics/working-together-api/internal/file/webp"
)

// gradient has every corner different, and is half transparent at the bottom.
func gradient(w, h int) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			img.SetNRGBA(x, y, color.NRGBA{byte(255 * x / w), byte(255 * y / h), 128, byte(255 - 127*y/h)})
		}
	}
	return img
}

func TestWithoutLossEveryPixelComesBack(t *testing.T) {
	t.Parallel()
	want := gradient(61, 43)
	var b bytes.Buffer
	if err := webp.Encode(t.Context(), &b, want, 100); err != nil {
		t.Fatal(err)
	}
	got, err := decoder.Decode(&b)
	if err != nil {
		t.Fatal(err)
	}
	for y := range 43 {
		for x := range 61 {
			if g := color.NRGBAModel.Convert(got.At(x, y)); g != want.At(x, y) {
				t.Fatalf("%d,%d is %v, want %v", x, y, g, want.At(x, y))
			}
		}
	}
}

func TestWithLossItIsSmallAndLooksAlike(t *testing.T) {
	t.Parallel()
	want := gradient(640, 360)
	var b bytes.Buffer
	if err := webp.Encode(t.Context(), &b, want.SubImage(image.Rect(10, 10, 630, 350)), 80); err != nil {
		t.Fatal(err)
	}
	if b.Len() > 20_000 {
		t.Errorf("%d bytes", b.Len())
	}
	got, err := decoder.Decode(&b)
	if err != nil {
		t.Fatal(err)
	}
	if got.Bounds() != image.Rect(0, 0, 620, 340) {
		t.Fatalf("measures %v", got.Bounds())
	}
	g := color.NRGBAModel.Convert(got.At(310, 170)).(color.NRGBA)
	if w := want.NRGBAAt(320, 180); distance(g.R, w.R) > 6 || distance(g.G, w.G) > 6 || distance(g.A, w.A) > 6 {
		t.Errorf("the middle is %v, want about %v", g, w)
	}
}

func distance(a, b byte) int { return max(int(a)-int(b), int(b)-int(a)) }

func TestEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := webp.Encode(ctx, &bytes.Buffer{}, gradient(2000, 2000), 80); err == nil {
		t.Error("encoded all the same")
	}
}
