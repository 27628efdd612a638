package api_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"strings"
	"sync"
	"testing"

	_ "image/png" // formats of renditions

	_ "golang.org/x/image/webp"

	"github.com/cpics/working-together-api/api/apitest"
	"github.com/cpics/working-together-api/internal/database"
)

// place stands for where a photograph was taken.
const place = "52.2053N 0.1218E"

// photograph is a JPEG of 600 × 900 that the camera, held upright, stored lying on its side with the place: grey, with a
// red band below.
func photograph(t *testing.T) string {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, 900, 600)) // orientation 6: what is stored on the right is below
	draw.Draw(img, img.Rect, image.NewUniform(color.Gray{Y: 128}), image.Point{}, draw.Src)
	draw.Draw(img, image.Rect(720, 0, 900, 600), image.NewUniform(color.RGBA{R: 255, A: 255}), image.Point{}, draw.Src)
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		t.Fatal(err)
	}
	exif := "Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00\x06\x00\x00\x00\x00\x00\x00" + place
	return b.String()[:2] + "\xff\xe1" + string([]byte{0, byte(len(exif) + 2)}) + exif + b.String()[2:]
}

// shown decodes an image, and wants it to tell nothing of the place.
func shown(t *testing.T, a *apitest.Answer) image.Image {
	t.Helper()
	img, format, err := image.Decode(bytes.NewReader(a.Raw))
	if err != nil || "image/"+format != a.Header.Get("Content-Type") {
		t.Fatalf("%s: %v, %s", a.Header.Get("Content-Type"), err, format)
	}
	if bytes.Contains(a.Raw, []byte(place)) {
		t.Error("it tells where it was taken")
	}
	return img
}

// redBelow tells whether the lower edge shows the red band.
func redBelow(img image.Image) bool {
	b := img.Bounds()
	r, g, _, _ := img.At(b.Min.X+b.Dx()/2, b.Max.Y-3).RGBA()
	return r > 0xC000 && g < 0x4000
}

// withHero uploads the photograph and publishes a page that shows it.
func withHero(t *testing.T, s *apitest.Service, focus string) (file *apitest.Answer, page string) {
	t.Helper()
	file = s.Editor().Upload([]apitest.Part{apitest.FilePart("corridor.jpg", photograph(t)), {Name: "alt", Text: "A corridor."}, {Name: "focalPoint", Text: focus}}).Must(201)
	made := published(s, "/v1/pages", doc{"title": "Shown", "summary": "With an image.", "heroImage": doc{"id": file.String("id")}})
	return file, "/v1/pages/" + made.String("id")
}

func TestAnImageTellsNothingAndStandsUpright(t *testing.T) {
	t.Parallel()
	folders(t, func(t *testing.T, s *apitest.Service, _ string) {
		file, page := withHero(t, s, "0.5,0.95")
		if file.Int("width") != 600 || file.Int("height") != 900 {
			t.Errorf("measures %d × %d", file.Int("width"), file.Int("height"))
		}
		whole := s.Anonymous().Get(file.String("href")).Must(200)
		if img := shown(t, whole); img.Bounds() != image.Rect(0, 0, 600, 900) || !redBelow(img) {
			t.Errorf("the file shows %v, red below: %v", img.Bounds(), redBelow(img))
		}
		sum := sha256.Sum256(whole.Raw)
		if file.String("sha256") != hex.EncodeToString(sum[:]) || file.Int("size") != len(whole.Raw) {
			t.Error("digest and size are not those of the bytes that are given out")
		}
		renditions := s.Anonymous().Get(page).List("heroImage", "renditions")
		if len(renditions) != 12 {
			t.Fatalf("%d renditions", len(renditions))
		}
		for _, r := range renditions {
			told := r.(map[string]any)
			got := s.Anonymous().Get(told["url"].(string)).Must(200)
			img := shown(t, got)
			if fmt.Sprint(told["width"], told["height"], told["type"]) != fmt.Sprint(img.Bounds().Dx(), img.Bounds().Dy(), got.Header.Get("Content-Type")) || !redBelow(img) {
				t.Errorf("%v gave %v, %s, red below: %v", told, img.Bounds(), got.Header.Get("Content-Type"), redBelow(img))
			}
		}
	})
}

func TestRenditionsAreServedAsFilesAre(t *testing.T) {
	t.Parallel()
	folders(t, func(t *testing.T, s *apitest.Service, _ string) {
		file, page := withHero(t, s, "")
		href := file.String("href")
		first := s.Anonymous().Get(href + "?preset=thumb&format=png&utm_source=x").Must(200)
		wantHeader(t, first, "Cache-Control", "public, max-age=300")
		wantHeader(t, first, "X-Content-Type-Options", "nosniff")
		wantHeader(t, first, "Content-Disposition", `inline; filename="corridor-thumb.png"; filename*=UTF-8''corridor-thumb.png`)
		if !strings.HasPrefix(first.Header.Get("Content-Security-Policy"), "sandbox") || !strings.HasPrefix(first.Header.Get("Repr-Digest"), "sha-256=:") {
			t.Errorf("%v", first.Header)
		}
		kept := s.Anonymous().Get(href+"?preset=thumb&format=png", apitest.Header{"If-None-Match", first.Tag()}).Must(304)
		wantHeader(t, kept, "Content-Security-Policy", first.Header.Get("Content-Security-Policy"))
		part := s.Anonymous().Get(href+"?preset=thumb&format=png", apitest.Header{"Range", "bytes=0-7"}).Must(206)
		if string(part.Raw) != "\x89PNG\r\n\x1a\n" {
			t.Errorf("a range is %q", part.Raw)
		}
		if got := s.Anonymous().Get(href + "?preset=card").Must(200).Header.Get("Content-Type"); got != "image/jpeg" {
			t.Errorf("without a format: %s", got)
		}
		if full := s.Anonymous().Get(href + "?format=webp").Must(200); shown(t, full).Bounds() != image.Rect(0, 0, 600, 900) {
			t.Error("without a preset it is not whole")
		}
		for _, query := range []string{"?preset=huge", "?format=avif", "?preset=thumb&preset=card", "?preset=", "?preset=thumb&focus=", "?preset=thumb&focus=0.4,0.4", "?preset=full&focus=x"} {
			s.Anonymous().Get(href+query).Problem(400, "invalid-query")
		}
		text := s.Editor().Upload([]apitest.Part{apitest.FilePart("a.txt", "text")}).Must(201).String("href")
		s.Reader().Get(text+"?preset=thumb").Problem(400, "invalid-query")
		s.Anonymous().Get(text+"?preset=thumb").Problem(404, "not-found")
		s.Anonymous().Get(strings.Replace(href, "corridor", "other", 1)+"?preset=thumb").Problem(404, "not-found")
		wantHeader(t, s.Reader().Get(href+"?preset=thumb").Must(200), "Cache-Control", "private, no-store")
		unpublish(s, page, "gone").Must(200)
		s.Anonymous().Get(href+"?preset=thumb&format=png").Problem(404, "not-found")
	})
}

func TestTheFocalPointIsTheOneThatWasPublished(t *testing.T) {
	t.Parallel()
	folders(t, func(t *testing.T, s *apitest.Service, _ string) {
		file, page := withHero(t, s, "0.5,0.95")
		thumb := file.String("href") + "?preset=thumb&format=jpeg"
		red := func() bool { return redBelow(shown(t, s.Anonymous().Get(thumb).Must(200))) }
		if !red() {
			t.Error("the band that the focal point is in was cut off")
		}
		s.Editor().Patch("/v1/files/"+file.String("id"), doc{"focalPoint": "0.5,0.1"}, anyVersion).Must(200)
		if !red() {
			t.Error("a change to the file was seen before the next publish")
		}
		s.Publisher().Patch(page+"?publish=true&changeNote=Other.", doc{"title": "Shown again"}, anyVersion).Must(200)
		if red() {
			t.Error("what was published is not seen")
		}
	})
}

// TestEveryItemShowsItsOwnCut: two items that one image was published with at different times keep what they show, each
// at an address whose bytes never change.
func TestEveryItemShowsItsOwnCut(t *testing.T) {
	t.Parallel()
	folders(t, func(t *testing.T, s *apitest.Service, _ string) {
		file, first := withHero(t, s, "0.5,0.95")
		id := file.String("id")
		s.Editor().Patch("/v1/files/"+id, doc{"focalPoint": "0.5,0.1"}, anyVersion).Must(200)
		thumb := func(page string) string {
			return s.Anonymous().Get(page).List("heroImage", "renditions")[1].(map[string]any)["url"].(string)
		}
		present := strings.Replace(thumb(first), "0.95", "0.1", 1)
		s.Anonymous().Get(present).Problem(400, "invalid-query")
		if redBelow(shown(t, s.Reader().Get(present).Must(200))) {
			t.Error("a reader is not shown the present cut")
		}
		newest := file.String("href") + "?preset=thumb&format=jpeg"
		before := s.Anonymous().Get(newest).Must(200)
		second := "/v1/pages/" + published(s, "/v1/pages", doc{"title": "Shown too", "summary": "With the same image.", "heroImage": doc{"id": id}}).String("id")
		wantSame(t, "the first", thumb(first), thumbAround(file, "0.5,0.95"))
		wantSame(t, "the second", thumb(second), thumbAround(file, "0.5,0.1"))
		for page, red := range map[string]bool{first: true, second: false} {
			got := s.Anonymous().Get(thumb(page)).Must(200)
			wantHeader(t, got, "Cache-Control", "public, max-age=300, immutable")
			if redBelow(shown(t, got)) != red || got.Header.Get("Last-Modified") == "" {
				t.Errorf("%s: red below: %v; %v", page, !red, got.Header)
			}
		}
		after := s.Anonymous().Get(newest, apitest.Header{"If-None-Match", before.Tag()},
			apitest.Header{"If-Modified-Since", "Fri, 01 Jan 2100 00:00:00 GMT"}).Must(200)
		s.Anonymous().Get(newest, apitest.Header{"If-Modified-Since", "Fri, 01 Jan 2100 00:00:00 GMT"}).Must(200)
		if wantHeader(t, after, "Last-Modified", ""); redBelow(shown(t, after)) {
			t.Error("without a focal point it is not the newest")
		}
		unpublish(s, second, "gone").Must(200)
		s.Anonymous().Get(present).Problem(400, "invalid-query")
		s.Reader().Get(present).Must(200)
		if !redBelow(shown(t, s.Anonymous().Get(newest).Must(200))) {
			t.Error("what is gone still decides")
		}
		s.Editor().Patch("/v1/files/"+id, doc{"focalPoint": "0.5,0.2"}, anyVersion).Must(200)
		old := thumb(first)
		s.Publisher().Patch(first+"?publish=true&changeNote=Other.", doc{"title": "Shown again"}, anyVersion).Must(200)
		wantSame(t, "the first again", thumb(first), thumbAround(file, "0.5,0.2"))
		s.Anonymous().Get(old).Must(200) // pages made of the former edition still name it
	})
}

// thumbAround is the address of an image's thumb in JPEG, cut around a focal point.
func thumbAround(file *apitest.Answer, focus string) string {
	return file.String("href") + "?preset=thumb&format=jpeg&focus=" + focus
}

// variants counts what is kept of an image, itself included.
func variants(t *testing.T, s *apitest.Service, sum string) (n int) {
	t.Helper()
	err := s.DB.Read(t.Context(), func(tx *database.Tx) error {
		return tx.Raw("SELECT count(*) FROM blobs WHERE sha256 = ?", sum).Scan(&n).Error
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestRenditionsAreMadeInTheBackgroundAndGoWithTheFile(t *testing.T) {
	t.Parallel()
	folders(t, func(t *testing.T, s *apitest.Service, folder string) {
		file, page := withHero(t, s, "")
		eventually(t, func() bool { return variants(t, s, file.String("sha256")) == 13 })
		unpublish(s, page, "recall").Must(200)
		s.Anonymous().Get(file.String("href")+"?preset=thumb&format=webp").Problem(404, "not-found")
		s.Reader().Get(file.String("href")+"?preset=thumb&format=webp").Problem(404, "not-found")
		eventually(t, func() bool { return len(inFolder(t, folder)) == 0 })
	})
}

func wantHeader(t *testing.T, a *apitest.Answer, name, want string) {
	t.Helper()
	if got := a.Header.Get(name); got != want {
		t.Errorf("%s is %q, want %q", name, got, want)
	}
}

func TestManyWhoAskAtOnceGetOneRendition(t *testing.T) {
	t.Parallel()
	folders(t, func(t *testing.T, s *apitest.Service, folder string) {
		file := s.Editor().Upload([]apitest.Part{apitest.FilePart("corridor.jpg", photograph(t))}).Must(201)
		var wg sync.WaitGroup
		tags := make([]string, 30)
		for i := range tags {
			wg.Go(func() {
				tags[i] = string(s.Reader().Get(file.String("href") + "?preset=card&format=jpeg").Must(200).Raw)
			})
		}
		wg.Wait()
		for _, tag := range tags {
			if tag != tags[0] {
				t.Error("two got different bytes")
			}
		}
		if n := variants(t, s, file.String("sha256")); n != 2 {
			t.Errorf("%d objects", n)
		}
		if kept := inFolder(t, folder); len(kept) != 2 {
			t.Errorf("kept: %v", kept)
		}
	})
}
