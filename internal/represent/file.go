package represent

import (
	"fmt"
	"strings"

	"github.com/cpics/working-together-api/internal/content"
	"github.com/cpics/working-together-api/internal/file/preset"
)

// shownPreset is the rendition in which an image stands in HTML: it fits into the column of any page without a style
// that would have to say so.
const shownPreset = "card"

// kinds are what people call the types of files.
var kinds = map[string]string{
	"application/pdf": "PDF", "text/plain": "text", "text/csv": "CSV", "video/mp4": "MP4 video",
	"image/png": "PNG image", "image/jpeg": "JPEG image", "image/webp": "WebP image", "image/gif": "GIF image",
	"application/vnd.openxmlformats-officedocument.wordprocessingml.document":   "Word document",
	"application/vnd.openxmlformats-officedocument.presentationml.presentation": "PowerPoint presentation",
	"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet":         "Excel workbook",
	"application/vnd.oasis.opendocument.text":                                   "OpenDocument text",
	"application/vnd.oasis.opendocument.presentation":                           "OpenDocument presentation",
}

// download is a file as the template shows it.
type download struct{ content.File }

// Name is what to call the file.
func (d download) Name() string {
	if d.Label != "" {
		return d.Label
	}
	return d.Filename
}

// Facts are what to know before fetching it: its type, size and length.
func (d download) Facts() string {
	facts := []string{d.MediaType, bytesInWords(d.Size)}
	if kind := kinds[d.MediaType]; kind != "" {
		facts[0] = kind
	}
	switch {
	case d.Pages == 1:
		facts = append(facts, "1 page")
	case d.Pages > 1:
		facts = append(facts, fmt.Sprint(d.Pages, " pages"))
	}
	return strings.Join(facts, ", ")
}

// Barred says that not everybody can read it.
func (d download) Barred() bool { return d.Accessibility != nil && !d.Accessibility.Passed }

// AlternativeIsAddress tells the address of an alternative from the reason why there is none.
func (d download) AlternativeIsAddress() bool { return strings.HasPrefix(d.Alternative, "https://") }

// bytesInWords gives a size in the unit that people read it in.
func bytesInWords(n int64) string {
	switch {
	case n < 1000:
		return fmt.Sprint(n, " bytes")
	case n < 1_000_000:
		return fmt.Sprintf("%d kB", (n+500)/1000)
	}
	return fmt.Sprintf("%.1f MB", float64(n)/1e6)
}

// shown is the rendition of an image that stands in HTML, in the image's own format.
func shown(f *content.File) (preset.Rendition, bool) {
	format := preset.FormatOf(f.MediaType)
	for _, r := range f.Renditions {
		if r.Preset == shownPreset && r.Type == format.MediaType {
			return r, true
		}
	}
	return preset.Rendition{}, false
}

// Thumbnail is the largest rendition of an item's image, in its own format, that is at most so wide and high; false
// when there is none.
func Thumbnail(i Item, maxWidth, maxHeight int) (found preset.Rendition, ok bool) {
	if i.Image == nil {
		return found, false
	}
	format := preset.FormatOf(i.Image.MediaType)
	for _, r := range i.Image.Renditions {
		if r.Type == format.MediaType && r.Width <= maxWidth && r.Height <= maxHeight && r.Width > found.Width {
			found, ok = r, true
		}
	}
	return found, ok
}

// mediaObject says what a file is in the words of schema.org.
func mediaObject(f content.File) node {
	n := node{"@type": "MediaObject", "contentUrl": f.Href, "encodingFormat": f.MediaType, "contentSize": bytesInWords(f.Size),
		"sha256": f.SHA256, "name": download{f}.Name()}
	switch {
	case strings.HasPrefix(f.MediaType, "image/"):
		n["@type"] = "ImageObject"
		n.put("caption", f.Alt)
	case strings.HasPrefix(f.MediaType, "video/"):
		n["@type"] = "VideoObject"
	}
	n.put("creditText", f.Credit)
	if f.Width > 0 && f.Height > 0 {
		n["width"], n["height"] = pixels(f.Width), pixels(f.Height)
	}
	return n
}

// pixels is a length on a screen; E37 is the pixel in the common codes of UNECE.
func pixels(n int) node {
	return node{"@type": "QuantitativeValue", "value": n, "unitCode": "E37"}
}
