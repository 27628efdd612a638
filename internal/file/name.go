package file

import (
	"mime"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/cpics/working-together-api/internal/errs"
)

// maxName is how many characters a file's name may have, as every other name here.
const maxName = 200

// nameOf is the file's name in a Content-Disposition of multipart/form-data (RFC 7578 §4.2), as its owner knows it:
// without the folders that some clients send along, and with what browsers escape put back (WHATWG HTML, "multipart
// form data": the double quote, CR and LF, and nothing else). "" where there is none.
func nameOf(disposition string) string {
	_, params, err := mime.ParseMediaType(disposition)
	if err != nil {
		return ""
	}
	name := strings.NewReplacer("%22", `"`, "%0D", "\r", "%0A", "\n").Replace(params["filename"])
	if i := strings.LastIndexAny(name, `/\`); i >= 0 {
		name = name[i+1:]
	}
	if strings.Trim(name, ".") == "" { // the folder itself, or the one above it
		return ""
	}
	return name
}

// nameFaults are what is wrong with a file's name. It goes into headers, archives and folders: what cannot be seen in
// it, and makes it look like another, is refused.
func nameFaults(name string) []errs.Fault {
	switch {
	case name == "":
		return []errs.Fault{errs.At("/file", errs.Required, "Give the part file a filename.")}
	case !utf8.ValidString(name) || strings.ContainsFunc(name, unseen):
		return []errs.Fault{errs.At("/file", errs.Format, "The file's name has characters that cannot be seen. Rename it and send it again.")}
	case utf8.RuneCountInString(name) > maxName:
		return []errs.Fault{errs.At("/file", errs.Length, "The file's name has more than %d characters. Shorten it and send it again.", maxName)}
	}
	return nil
}

// unseen finds control characters and those that turn the direction of text around.
func unseen(r rune) bool {
	return unicode.IsControl(r) || r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069'
}

// inline are the media types that a browser shows in place. All else is saved: an office document cannot be shown, text
// would be shown in a guessed encoding, and browsers show no PDF under the sandbox that every file is sent with.
var inline = []string{"image/", "video/"}

// disposition is the Content-Disposition of a file (RFC 6266): its name in ASCII for old clients, and in full.
func disposition(mediaType, name string) string {
	kind := "attachment"
	for _, prefix := range inline {
		if strings.HasPrefix(mediaType, prefix) {
			kind = "inline"
		}
	}
	plain := strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' || strings.ContainsRune(`"\%/`, r) {
			return '_'
		}
		return r
	}, name)
	return kind + `; filename="` + plain + `"; filename*=UTF-8''` + extValue(name)
}

// extValue escapes all but the attr-char of RFC 8187 §3.2.1.
func extValue(s string) string {
	escaped := strings.ReplaceAll(url.QueryEscape(s), "+", "%20")
	return strings.ReplaceAll(escaped, "*", "%2A")
}
