// Command draw makes the pictures of the starter content: a drawing that stands in for the photograph across the top
// of the page, and three posters. Run it in the repository's root: go run ./internal/starter/draw
package main

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"image/png"
	"os"
	"path/filepath"
)

const folder = "internal/starter/files"

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	if err := write("three-women-in-a-corridor.jpg", corridor(), func(f *os.File, img image.Image) error {
		return jpeg.Encode(f, img, &jpeg.Options{Quality: 88})
	}); err != nil {
		return err
	}
	for _, p := range posters {
		img, err := p.draw()
		if err != nil {
			return err
		}
		err = write(p.file, img, func(f *os.File, img image.Image) error {
			return (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(f, flat(img))
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func write(name string, img image.Image, encode func(*os.File, image.Image) error) error {
	f, err := os.Create(filepath.Join(folder, name))
	if err != nil {
		return err
	}
	if err := encode(f, img); err != nil {
		return err
	}
	return f.Close()
}

// flat gives a poster a palette of few colours: it has no more, but at the edges of letters.
func flat(img image.Image) image.Image {
	var palette color.Palette
	for _, to := range []color.RGBA{navy, teal, amber, rose} {
		for i := range 17 {
			palette = append(palette, mix(paper, to, i, 16), mix(white, to, i, 16))
		}
	}
	dst := image.NewPaletted(img.Bounds(), append(palette, white, ink))
	draw.Draw(dst, dst.Rect, img, image.Point{}, draw.Src)
	return dst
}

// mix is the colour i nths of the way.
func mix(from, to color.RGBA, i, n int) color.RGBA {
	between := func(a, b uint8) uint8 { return uint8((int(a)*(n-i) + int(b)*i) / n) } // between two bytes
	return color.RGBA{between(from.R, to.R), between(from.G, to.G), between(from.B, to.B), 255}
}
