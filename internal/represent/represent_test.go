package represent_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/cpics/working-together-api/internal/content"
	_ "github.com/cpics/working-together-api/internal/content/toolkit" // so that its type is known
	"github.com/cpics/working-together-api/internal/file/preset"
	"github.com/cpics/working-together-api/internal/file/report"
	"github.com/cpics/working-together-api/internal/represent"
	"github.com/cpics/working-together-api/internal/richtext"
)

var site = &content.Site{BaseURL: "https://api.example.nhs.uk",
	Licence:     content.Licence{Name: "Open Government Licence v3.0", URL: "https://www.example.nhs.uk/licence"},
	Attribution: content.Attribution{Text: "From Working Together.", URL: "https://www.example.nhs.uk/attribution"}}

// asset is one with an image and files of every sort.
func asset(language string) represent.Item {
	at := time.Date(2024, 3, 5, 9, 0, 0, 0, time.UTC)
	href := "https://api.example.nhs.uk/v1/files/1/poster.png"
	image := content.File{Filename: "poster.png", MediaType: "image/png", Size: 1_234_567, SHA256: strings.Repeat("a", 64), Width: 4000, Height: 3000,
		FileWords: content.FileWords{Alt: `A "poster"`, Credit: "Photograph: <us>"}, Href: href, Renditions: preset.List(href, "", 4000, 3000)}
	guide := content.File{Filename: "guide.pdf", MediaType: "application/pdf", Size: 482_133, SHA256: strings.Repeat("b", 64), Pages: 12,
		FileWords: content.FileWords{Label: "The guide", Alternative: "https://www.example.nhs.uk/guide"}, Href: "https://api.example.nhs.uk/v1/files/2/guide.pdf",
		Accessibility: &report.Accessibility{}}
	notes := content.File{Filename: "notes.txt", MediaType: "text/plain", Size: 12, FileWords: content.FileWords{Alternative: "It is plain already."},
		Href: "https://api.example.nhs.uk/v1/files/3/notes.txt"}
	return represent.Item{
		Item: content.Item{Core: content.Core{ID: uuid.MustParse("018b8a38-cc20-77d8-87b5-73558cbe4853"), Type: "toolkit-asset", Slug: "a-poster",
			Title: "A poster", Language: language, Edition: 1, Links: site.Links("toolkit-asset", "a-poster")},
			Summary: "To print.", FirstPublishedAt: at, PublishedAt: at, UpdatedAt: at},
		Description: content.Description{Image: &image, Files: []content.File{guide, notes, image}},
	}
}

func TestFragmentShowsImageAndFiles(t *testing.T) {
	t.Parallel()
	got, err := represent.Fragment(site, asset("en-GB"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`<article class="wt-item" lang="en-GB" dir="ltr">`,
		`<img src="https://api.example.nhs.uk/v1/files/1/poster.png?preset=card&amp;format=png&amp;focus=0.5,0.5" alt="A &#34;poster&#34;" width="640" height="360">`,
		`<figcaption>Photograph: &lt;us&gt;</figcaption>`,
		`<a href="https://api.example.nhs.uk/v1/files/2/guide.pdf">The guide</a> <span>(PDF, 482 kB, 12 pages)</span>`,
		`<br><span>This file may not be accessible to everybody.</span><br><a href="https://www.example.nhs.uk/guide">The same in another form</a></li>`,
		`<a href="https://api.example.nhs.uk/v1/files/3/notes.txt">notes.txt</a> <span>(text, 12 bytes)</span><br>It is plain already.</li>`,
		`(PNG image, 1.2 MB)`,
		`<time datetime="2024-03-05T09:00:00Z">5 March 2024</time>`,
		`<a href="https://www.example.nhs.uk/attribution">From Working Together.</a>`,
		`<a rel="license" href="https://www.example.nhs.uk/licence">Open Government Licence v3.0</a>`,
	} {
		if !strings.Contains(string(got), want) {
			t.Errorf("no %s in\n%s", want, got)
		}
	}
}

func TestFragmentSaysWhichWordsAreInWhichLanguage(t *testing.T) {
	t.Parallel()
	for language, want := range map[string][]string{
		"cy":      {`lang="cy" dir="ltr"`, `<h3 lang="en-GB" dir="ltr">Files</h3>`, `<footer lang="en-GB" dir="ltr">`},
		"ur":      {`lang="ur" dir="rtl"`, `<footer lang="en-GB" dir="ltr">`},
		"pa-Arab": {`lang="pa-Arab" dir="rtl"`},
		"en":      {`lang="en" dir="ltr"`, `<h3>Files</h3>`, `<footer>`},
	} {
		got, err := represent.Fragment(site, asset(language))
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range want {
			if !strings.Contains(string(got), w) {
				t.Errorf("%s: no %s in\n%s", language, w, got)
			}
		}
	}
}

func TestLinkedDataShowsImageAndFiles(t *testing.T) {
	t.Parallel()
	body, opt, err := represent.Write(site, represent.JSONLD, asset("en-GB"))
	if err != nil || opt.MediaType != "application/ld+json" {
		t.Fatalf("%v, %q", err, opt.MediaType)
	}
	var got struct {
		Image    map[string]any
		Encoding []map[string]any
	}
	if err := json.Unmarshal(body, &got); err != nil {
		t.Fatal(err)
	}
	size := func(n float64) map[string]any {
		return map[string]any{"@type": "QuantitativeValue", "value": n, "unitCode": "E37"}
	}
	want := map[string]any{"@type": "ImageObject", "contentUrl": "https://api.example.nhs.uk/v1/files/1/poster.png", "encodingFormat": "image/png",
		"contentSize": "1.2 MB", "sha256": strings.Repeat("a", 64), "name": "poster.png", "caption": `A "poster"`, "creditText": "Photograph: <us>",
		"width": size(4000), "height": size(3000)}
	if !reflect.DeepEqual(got.Image, want) {
		t.Errorf("image: %v, want %v", got.Image, want)
	}
	if len(got.Encoding) != 3 || got.Encoding[0]["@type"] != "MediaObject" || got.Encoding[0]["name"] != "The guide" {
		t.Errorf("encoding: %v", got.Encoding)
	}
}

// TestFragmentSurvivesTheLossOfLineBreaks: WordPress takes them out.
func TestFragmentSurvivesTheLossOfLineBreaks(t *testing.T) {
	t.Parallel()
	item := asset("en-GB")
	item.Summary = "One\ntwo."
	item.Sections = []content.Section{{Text: &richtext.Text{HTML: "<p>Three\nfour <em>five</em>\n<strong>six</strong></p>\n<ul>\n<li>seven</li>\n</ul>\n<pre><code>a\n\n  b\n</code></pre>"}}}
	got, err := represent.Fragment(site, item)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{">One two.<", "<p>Three four <em>five</em> <strong>six</strong></p>\n<ul>\n<li>seven", "<pre><code>a\n\n  b\n</code></pre>",
		"First published <time", ". Last updated <time"} {
		if !strings.Contains(string(got), want) {
			t.Errorf("no %q in %q", want, got)
		}
	}
}

func TestThumbnailFits(t *testing.T) {
	t.Parallel()
	item := asset("en-GB")
	for box, want := range map[[2]int]int{{10_000, 10_000}: 2560, {1920, 10_000}: 1920, {700, 500}: 640, {700, 200}: 320, {100, 100}: 0} {
		r, ok := represent.Thumbnail(item, box[0], box[1])
		if r.Width != want || ok != (want > 0) || ok && r.Type != "image/png" {
			t.Errorf("in %v: %+v", box, r)
		}
	}
	item.Image = nil
	if _, ok := represent.Thumbnail(item, 1000, 1000); ok {
		t.Error("a thumbnail of nothing")
	}
}
