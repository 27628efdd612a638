package picture_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/draw"
	"image/gif"
	"image/jpeg"
	"image/png"
	"runtime"
	"strings"
	"testing"
	"time"

	xwebp "golang.org/x/image/webp"

	"github.com/cpics/working-together-api/internal/errs"
	"github.com/cpics/working-together-api/internal/file/picture"
	"github.com/cpics/working-together-api/internal/file/preset"
	"github.com/cpics/working-together-api/internal/file/webp"
)

// secret stands for what an image must not tell.
const secret = "52.2053N 0.1218E"

var corners = [4]color.NRGBA{{255, 0, 0, 255}, {0, 255, 0, 255}, {0, 0, 255, 255}, {255, 255, 0, 255}} // left top, right top, left bottom, right bottom

// quarters is an image whose quarters have the colours of corners.
func quarters(w, h int) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	for i, c := range corners {
		x, y := i%2*w/2, i/2*h/2
		draw.Draw(img, image.Rect(x, y, x+w/2, y+h/2), image.NewUniform(c), image.Point{}, draw.Src)
	}
	return img
}

// stored is what a camera held in the orientation stores of an upright image: the inverse of what viewers do.
func stored(img *image.NRGBA, orientation int) *image.NRGBA {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	sw, sh := w, h
	if orientation >= 5 {
		sw, sh = h, w
	}
	out := image.NewNRGBA(image.Rect(0, 0, sw, sh))
	for y := range h {
		for x := range w {
			var sx, sy int
			switch orientation { // which row and column of what is stored is the top and the left (EXIF 2.32 §4.6.4)
			case 1:
				sx, sy = x, y
			case 2:
				sx, sy = w-1-x, y
			case 3:
				sx, sy = w-1-x, h-1-y
			case 4:
				sx, sy = x, h-1-y
			case 5:
				sx, sy = y, x
			case 6:
				sx, sy = y, w-1-x
			case 7:
				sx, sy = h-1-y, w-1-x
			case 8:
				sx, sy = h-1-y, x
			}
			out.SetNRGBA(sx, sy, img.NRGBAAt(x, y))
		}
	}
	return out
}

// exif is a TIFF block with an orientation and the secret.
func exif(order binary.ByteOrder, orientation int) []byte {
	b := make([]byte, 8, 64)
	copy(b, "II*\x00")
	if order == binary.BigEndian {
		copy(b, "MM\x00*")
	}
	order.PutUint32(b[4:], 8)
	add16 := func(n int) { b = append(b, 0, 0); order.PutUint16(b[len(b)-2:], uint16(n)) }
	add32 := func(n int) { b = append(b, 0, 0, 0, 0); order.PutUint32(b[len(b)-4:], uint32(n)) }
	add16(2)
	add16(0x0112)
	add16(3)
	add32(1)
	add16(orientation)
	add16(0)
	add16(0x8825) // GPS
	add16(4)
	add32(1)
	add32(38)
	add32(0)
	return append(b, secret...)
}

func segment(mark byte, body string) string {
	return string([]byte{0xFF, mark}) + string(binary.BigEndian.AppendUint16(nil, uint16(len(body)+2))) + body
}

func chunkPNG(name, body string) string {
	return string(binary.BigEndian.AppendUint32(nil, uint32(len(body)))) + name + body +
		string(binary.BigEndian.AppendUint32(nil, crc32.ChecksumIEEE([]byte(name+body))))
}

func chunkWebP(name, body string) string {
	return name + string(binary.LittleEndian.AppendUint32(nil, uint32(len(body)))) + body + strings.Repeat("\x00", len(body)%2)
}

// withSecrets is the image in each format, with all the places for metadata filled, lying in the orientation.
func withSecrets(t *testing.T, img *image.NRGBA, orientation int) map[string][]byte {
	t.Helper()
	var j, p, g, w bytes.Buffer
	lying := stored(img, orientation)
	err := errors.Join(jpeg.Encode(&j, lying, &jpeg.Options{Quality: 95}), png.Encode(&p, lying), gif.Encode(&g, img, nil), webp.Encode(t.Context(), &w, lying, 100))
	if err != nil {
		t.Fatal(err)
	}
	meta := string(exif(binary.BigEndian, orientation))
	jpegs := string(j.Bytes()[:2]) + segment(0xE1, "Exif\x00\x00"+meta) + segment(0xE1, "http://ns.adobe.com/xap/1.0/\x00"+secret) +
		segment(0xED, "Photoshop 3.0\x00"+secret) + segment(0xE2, "MPF\x00"+secret) + segment(0xFE, secret) + j.String()[2:]
	pngs := p.String()[:33] + chunkPNG("eXIf", meta) + chunkPNG("tEXt", "Comment\x00"+secret) + chunkPNG("tIME", "1234567") + p.String()[33:]
	gifs := strings.Replace(g.String(), "\x2c\x00\x00\x00\x00", "\x21\xfe"+string(rune(len(secret)))+secret+"\x00\x21\xff\x0bXMP DataXMP"+string(rune(len(secret)))+secret+"\x00\x2c\x00\x00\x00\x00", 1)
	size := lying.Rect.Size()
	x := "\x0c\x00\x00\x00" + little24(size.X-1) + little24(size.Y-1)
	chunks := "WEBP" + chunkWebP("VP8X", x) + w.String()[12:] + chunkWebP("EXIF", meta) + chunkWebP("XMP ", secret)
	webps := "RIFF" + string(binary.LittleEndian.AppendUint32(nil, uint32(len(chunks)))) + chunks
	return map[string][]byte{picture.JPEG: append([]byte(jpegs), jpegs...), picture.PNG: []byte(pngs), picture.GIF: []byte(gifs), picture.WebP: []byte(webps)}
}

func little24(n int) string { return string([]byte{byte(n), byte(n >> 8), byte(n >> 16)}) }

func decode(t *testing.T, b []byte, mediaType string) image.Image {
	t.Helper()
	var img image.Image
	var err error
	switch mediaType {
	case picture.JPEG:
		img, err = jpeg.Decode(bytes.NewReader(b))
	case picture.PNG:
		img, err = png.Decode(bytes.NewReader(b))
	case picture.GIF:
		img, err = gif.Decode(bytes.NewReader(b))
	case picture.WebP:
		img, err = xwebp.Decode(bytes.NewReader(b))
	}
	if err != nil {
		t.Fatalf("%s: %v", mediaType, err)
	}
	return img
}

// wantQuarters wants an image to show the quarters, upright.
func wantQuarters(t *testing.T, what string, img image.Image, w, h int) {
	t.Helper()
	if img.Bounds().Dx() != w || img.Bounds().Dy() != h {
		t.Errorf("%s: measures %v, want %d × %d", what, img.Bounds(), w, h)
		return
	}
	for i, want := range corners {
		x, y := w/4+i%2*w/2, h/4+i/2*h/2
		got := color.NRGBAModel.Convert(img.At(img.Bounds().Min.X+x, img.Bounds().Min.Y+y)).(color.NRGBA)
		if apart(got.R, want.R) > 40 || apart(got.G, want.G) > 40 || apart(got.B, want.B) > 40 {
			t.Errorf("%s: %d,%d is %v, want %v", what, x, y, got, want)
		}
	}
}

func render(t *testing.T, file *bytes.Reader, size int64, mediaType string, p preset.Preset, f preset.Format, focus preset.Point) ([]byte, error) {
	t.Helper()
	made, err := picture.Render(t.Context(), file, size, mediaType, picture.Wanted{Preset: p, Focus: focus, Formats: []preset.Format{f}})
	if err != nil {
		return nil, err
	}
	return made[0], nil
}

func apart(a, b byte) int { return max(int(a)-int(b), int(b)-int(a)) }

func TestNothingIsLeftOfWhatAnImageTells(t *testing.T) {
	t.Parallel()
	for orientation := 1; orientation <= 8; orientation++ {
		for mediaType, file := range withSecrets(t, quarters(64, 32), orientation) {
			src, size := bytes.NewReader(file), int64(len(file))
			info, err := picture.Inspect(t.Context(), src, size, mediaType)
			if err != nil || info != (picture.Info{Width: 64, Height: 32}) {
				t.Errorf("%s %d: %+v, %v", mediaType, orientation, info, err)
				continue
			}
			var clean bytes.Buffer
			written, err := picture.Strip(t.Context(), &clean, src, size, mediaType)
			if err != nil || !written {
				t.Errorf("%s %d: written %v, %v", mediaType, orientation, written, err)
				continue
			}
			for _, left := range []string{secret, "Exif", "MPF", "eXIf", "XMP"} {
				if bytes.Contains(clean.Bytes(), []byte(left)) {
					t.Errorf("%s %d still has %s", mediaType, orientation, left)
				}
			}
			wantQuarters(t, mediaType, decode(t, clean.Bytes(), mediaType), 64, 32)
			again := bytes.NewReader(clean.Bytes())
			if info, err := picture.Inspect(t.Context(), again, again.Size(), mediaType); err != nil || info.Width != 64 {
				t.Errorf("%s %d: what is clean is not taken: %+v, %v", mediaType, orientation, info, err)
			}
			if written, err := picture.Strip(t.Context(), &bytes.Buffer{}, again, again.Size(), mediaType); written || err != nil {
				t.Errorf("%s %d: what is clean is cleaned again: %v", mediaType, orientation, err)
			}
		}
	}
}

func TestPixelsThatStandUprightStayToTheBit(t *testing.T) {
	t.Parallel()
	for mediaType, file := range withSecrets(t, quarters(64, 32), 1) {
		var clean bytes.Buffer
		if _, err := picture.Strip(t.Context(), &clean, bytes.NewReader(file), int64(len(file)), mediaType); err != nil {
			t.Fatal(err)
		}
		before, after := decode(t, file, mediaType), decode(t, clean.Bytes(), mediaType)
		for y := range 32 {
			for x := range 64 {
				if before.At(x, y) != after.At(x, y) {
					t.Fatalf("%s: %d,%d was %v and is %v", mediaType, x, y, before.At(x, y), after.At(x, y))
				}
			}
		}
	}
}

func TestRenditionsOfEveryFormatAndOrientation(t *testing.T) {
	t.Parallel()
	for orientation := 1; orientation <= 8; orientation++ {
		for mediaType, file := range withSecrets(t, quarters(360, 202), orientation) {
			for i, name := range []string{"thumb", "full"} {
				p, _ := preset.Find(name)
				w, h := p.Size(360, 202)
				for _, f := range preset.Formats[(orientation+i)%3:][:1] { // in turn: to write one takes longer than all else
					b, err := render(t, bytes.NewReader(file), int64(len(file)), mediaType, p, f, preset.Centre)
					if err != nil {
						t.Fatalf("%s %d as %s %s: %v", mediaType, orientation, name, f.Name, err)
					}
					if bytes.Contains(b, []byte(secret)) {
						t.Errorf("%s as %s tells the secret", mediaType, f.Name)
					}
					wantQuarters(t, mediaType+" as "+name+" "+f.Name, decode(t, b, f.MediaType), w, h)
				}
			}
		}
	}
}

func TestCropsAroundTheSubjectWhicheverWayTheCameraWasHeld(t *testing.T) {
	t.Parallel()
	tall := image.NewNRGBA(image.Rect(0, 0, 320, 960)) // grey, with a red band at the bottom
	draw.Draw(tall, tall.Rect, image.NewUniform(color.Gray{128}), image.Point{}, draw.Src)
	draw.Draw(tall, image.Rect(0, 800, 320, 960), image.NewUniform(color.NRGBA{255, 0, 0, 255}), image.Point{}, draw.Src)
	p, _ := preset.Find("thumb")
	f, _ := preset.FindFormat("png")
	for orientation := 1; orientation <= 8; orientation++ {
		file := withSecrets(t, tall, orientation)[picture.PNG]
		for focus, red := range map[preset.Point]bool{{X: 0.5, Y: 0.95}: true, {X: 0.5, Y: 0.1}: false} {
			b, err := render(t, bytes.NewReader(file), int64(len(file)), picture.PNG, p, f, focus)
			if err != nil {
				t.Fatal(err)
			}
			img := decode(t, b, picture.PNG)
			bottom := color.NRGBAModel.Convert(img.At(160, 170)).(color.NRGBA)
			if img.Bounds() != image.Rect(0, 0, 320, 180) || (bottom.G < 50) != red {
				t.Errorf("orientation %d, focus %v: %v, bottom %v", orientation, focus, img.Bounds(), bottom)
			}
		}
	}
}

func TestTransparencyStaysWhereTheFormatHasIt(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewNRGBA(image.Rect(0, 0, 400, 300))); err != nil {
		t.Fatal(err)
	}
	p, _ := preset.Find("card")
	for name, want := range map[string]color.NRGBA{"png": {}, "webp": {}, "jpeg": {255, 255, 255, 255}} {
		f, _ := preset.FindFormat(name)
		out, err := render(t, bytes.NewReader(b.Bytes()), int64(b.Len()), picture.PNG, p, f, preset.Centre)
		if err != nil {
			t.Fatal(err)
		}
		if got := color.NRGBAModel.Convert(decode(t, out, f.MediaType).At(5, 5)); got != want {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
}

// profile stands for a colour profile of red, green and blue that is not sRGB.
func profile() string {
	return strings.Repeat("\x00", 16) + "RGB " + strings.Repeat("p", 3000)
}

func TestAColourProfileGoesWithThePixels(t *testing.T) {
	t.Parallel()
	var j bytes.Buffer
	if err := jpeg.Encode(&j, quarters(64, 32), nil); err != nil {
		t.Fatal(err)
	}
	for space, kept := range map[string]bool{"RGB ": true, "CMYK": false} {
		icc := strings.Replace(profile(), "RGB ", space, 1)
		file := []byte(j.String()[:2] + segment(0xE2, "ICC_PROFILE\x00\x01\x01"+icc) + j.String()[2:])
		p, _ := preset.Find("full")
		for _, f := range preset.Formats {
			out, err := render(t, bytes.NewReader(file), int64(len(file)), picture.JPEG, p, f, preset.Centre)
			if err != nil {
				t.Fatal(err)
			}
			wantQuarters(t, f.Name, decode(t, out, f.MediaType), 64, 32)
			if f.Name != "png" && bytes.Contains(out, []byte(icc)) != kept {
				t.Errorf("%s: a profile of %s in it: %v", f.Name, space, !kept)
			}
			// The file's own reader finds it again, inside whatever the format wraps around it.
			again, err := render(t, bytes.NewReader(out), int64(len(out)), f.MediaType, p, preset.FormatOf(picture.JPEG), preset.Centre)
			if err != nil || bytes.Contains(again, []byte(icc)) != kept {
				t.Errorf("%s: the profile of %s came back: %v, %v", f.Name, space, !kept, err)
			}
		}
	}
}

func TestTheLargestImageTakesTheMemoryThatIsSaid(t *testing.T) {
	img := image.NewGray(image.Rect(0, 0, 10_000, 5_000))
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		t.Fatal(err)
	}
	img = nil
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	p, _ := preset.Find("hero")
	began := time.Now()
	if _, err := render(t, bytes.NewReader(b.Bytes()), int64(b.Len()), picture.JPEG, p, preset.FormatOf(picture.JPEG), preset.Centre); err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	if took := after.TotalAlloc - before.TotalAlloc; took > 80<<20 { // 50 million samples, and the rendition
		t.Errorf("allocated %d bytes", took)
	}
	t.Logf("%s", time.Since(began))
}

func TestRefusesWhatTakesTooMuchMemoryToDecode(t *testing.T) {
	t.Parallel()
	progressive := []byte(segment(0xC2, "\x08\x13\x88\x27\x10\x03\x01\x11\x00\x02\x11\x00\x03\x11\x00")) // 10,000 × 5,000, 4:4:4
	file := append([]byte("\xff\xd8"), progressive...)
	file = append(file, segment(0xDA, "\x01\x01\x00\x00\x3f\x00")+"\x00\xff\xd9"...)
	_, err := picture.Inspect(t.Context(), bytes.NewReader(file), int64(len(file)), picture.JPEG)
	if errs.KindOf(err) != errs.InvalidContent || !strings.Contains(err.Error(), "memory") {
		t.Errorf("%v", err)
	}
}

func FuzzInspect(f *testing.F) {
	var j, p, g bytes.Buffer
	_ = errors.Join(jpeg.Encode(&j, quarters(8, 8), nil), png.Encode(&p, quarters(8, 8)), gif.Encode(&g, quarters(8, 8), nil))
	kinds := []string{picture.JPEG, picture.PNG, picture.GIF, picture.WebP}
	for i, b := range [][]byte{j.Bytes(), p.Bytes(), g.Bytes(), []byte("RIFF\x0c\x00\x00\x00WEBPVP8L\x00\x00\x00\x00")} {
		f.Add(b, i)
	}
	f.Fuzz(func(t *testing.T, b []byte, kind int) {
		mediaType := kinds[uint(kind)%uint(len(kinds))]
		src := bytes.NewReader(b)
		if _, err := picture.Inspect(t.Context(), src, src.Size(), mediaType); err != nil {
			if k := errs.KindOf(err); k != errs.InvalidContent {
				t.Fatalf("%v is of kind %s", err, k)
			}
			return
		}
		var clean bytes.Buffer
		written, err := picture.Strip(t.Context(), &clean, src, src.Size(), mediaType)
		if err != nil {
			t.Fatalf("taken, and not cleaned: %v", err)
		}
		if !written {
			return
		}
		again := bytes.NewReader(clean.Bytes())
		if _, err := picture.Inspect(t.Context(), again, again.Size(), mediaType); err != nil {
			t.Fatalf("cleaned, and not taken: %v", err)
		}
	})
}
