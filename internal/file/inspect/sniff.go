package inspect

import (
	"bytes"
	"path/filepath"
	"slices"
	"strings"

	"github.com/cpics/working-together-api/internal/errs"
	"github.com/cpics/working-together-api/internal/file/picture"
)

// Media types of what is taken, images aside.
const (
	PDF  = "application/pdf"
	MP4  = "video/mp4"
	TXT  = "text/plain"
	CSV  = "text/csv"
	DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
	PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
	XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	ODT  = "application/vnd.oasis.opendocument.text"
	ODP  = "application/vnd.oasis.opendocument.presentation"
)

// taken is the allow list, with the ends that a name of the type may have; the first is what the detail suggests.
var taken = []struct {
	mediaType, name string
	ends            []string
}{
	{PDF, "PDF", []string{"pdf"}},
	{picture.PNG, "PNG", []string{"png"}},
	{picture.JPEG, "JPEG", []string{"jpg", "jpeg", "jpe", "jfif"}},
	{picture.WebP, "WebP", []string{"webp"}},
	{picture.GIF, "GIF", []string{"gif"}},
	{MP4, "MP4", []string{"mp4", "m4v"}},
	{DOCX, "DOCX", []string{"docx"}},
	{PPTX, "PPTX", []string{"pptx"}},
	{XLSX, "XLSX", []string{"xlsx"}},
	{ODT, "ODT", []string{"odt"}},
	{ODP, "ODP", []string{"odp"}},
	{TXT, "TXT", []string{"txt", "text"}},
	{CSV, "CSV", []string{"csv"}},
}

// kind is what the beginning of a file says that it is: a media type, or one of these.
type kind string

const (
	kindPDF    kind = "pdf"
	kindZip    kind = "zip"
	kindMP4    kind = "mp4"
	kindText   kind = "text"
	kindMarkup kind = "markup" // HTML, SVG, XML: what a browser runs
	kindOLE    kind = "ole"    // the files of Office before 2007, and encrypted ones of today
	kindOther  kind = "other"
)

// headSize is how much of a file is looked at to tell what it is; browsers look at 1,445 bytes (WHATWG MIME Sniffing
// §7).
const headSize = 4096

// magics are the beginnings of files.
var magics = []struct {
	at    int
	magic string
	kind  kind
}{
	{0, "%PDF-", kindPDF},
	{0, "\x89PNG\r\n\x1a\n", picture.PNG},
	{0, "\xff\xd8\xff", picture.JPEG},
	{0, "GIF87a", picture.GIF},
	{0, "GIF89a", picture.GIF},
	{8, "WEBP", picture.WebP},
	{0, "PK\x03\x04", kindZip},
	{4, "ftyp", kindMP4},
	{0, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", kindOLE},
}

// sniff tells the kind of a file by its beginning.
func sniff(head []byte) kind {
	for _, m := range magics {
		if len(head) >= m.at+len(m.magic) && string(head[m.at:m.at+len(m.magic)]) == m.magic {
			return m.kind
		}
	}
	switch {
	case beginsMarkup(head) || utf16Markup(head):
		return kindMarkup
	case bytes.ContainsFunc(head, control):
		return kindOther
	default:
		return kindText
	}
}

// utf16Markup sees through UTF-16.
func utf16Markup(head []byte) bool {
	return bytes.IndexByte(head, 0) >= 0 && beginsMarkup(bytes.ReplaceAll(head, []byte{0}, nil))
}

// beginsMarkup tells a file whose first visible character opens a tag, a comment, a declaration or an instruction.
// Browsers know a list of tags; all are refused here, for lists grow.
func beginsMarkup(head []byte) bool {
	text := bytes.TrimLeft(head, " \t\r\n\f\v\x00\xef\xbb\xbf\xfe\xff")
	return len(text) >= 2 && text[0] == '<' &&
		(text[1] == '!' || text[1] == '?' || text[1] == '/' || text[1]|0x20 >= 'a' && text[1]|0x20 <= 'z')
}

// control tells a character that no text has (WHATWG MIME Sniffing §4.1).
func control(r rune) bool {
	return r <= 0x08 || r == 0x0B || r >= 0x0E && r <= 0x1A || r >= 0x1C && r <= 0x1F || r == 0x7F
}

// names is the allow list in words.
func names() string {
	list := make([]string, len(taken))
	for i, t := range taken {
		list[i] = t.name
	}
	return strings.Join(list[:len(list)-1], ", ") + " or " + list[len(list)-1]
}

// unsupported says what to do about a file that is not taken.
func unsupported(k kind) error {
	switch k {
	case kindMarkup:
		return errs.New(errs.UnsupportedMediaType, "This is HTML, SVG or XML, which a browser runs like a program, so it is not taken. Export it as PDF or as an image, and upload that.")
	case kindOLE:
		return errs.New(errs.UnsupportedMediaType, "This is an Office file of before 2007 or one that is protected by a password. Save it without a password as DOCX, PPTX or XLSX, and upload that.")
	default:
		return errs.New(errs.UnsupportedMediaType, "A file of this type is not taken. Upload one of %s.", names())
	}
}

// nameFits refuses a name that says something else than the bytes: whoever saves the file would open it with the wrong
// program. A name without an end says nothing.
func nameFits(name, mediaType string) error {
	end := strings.ToLower(strings.TrimPrefix(filepath.Ext(name), "."))
	for _, t := range taken {
		if t.mediaType != mediaType || end == "" || slices.Contains(t.ends, end) {
			continue
		}
		return errs.New(errs.InvalidContent, "The file is %s, but its name ends in .%s. Let the name end in .%s, or upload the file that you meant.", t.name, end, t.ends[0])
	}
	return nil
}
