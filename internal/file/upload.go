package file

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/textproto"
	"os"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"github.com/cpics/working-together-api/internal/blob"
	"github.com/cpics/working-together-api/internal/content"
	"github.com/cpics/working-together-api/internal/content/rest"
	"github.com/cpics/working-together-api/internal/errs"
	"github.com/cpics/working-together-api/internal/web"
)

const (
	mediaTypeForm = "multipart/form-data"
	maxPart       = 8 << 10  // bytes of a part that is not the file: more than any of them may have
	overhead      = 64 << 10 // bytes of a body beside those of the file
	maxParts      = 20       // parts that are read: many more than a form has
)

// wordParts are the parts that say something about the file; their names are those of content.FileWords.
var wordParts = []string{"alt", "decorative", "label", "focalPoint"}

// upload is a file that has arrived as a whole and is not kept yet.
type upload struct {
	spool  *os.File // nil when no file came
	size   int64
	sha256 string
	name   string
	words  map[string]string // parts as they were sent
	faults []errs.Fault
}

// Close forgets the upload.
func (u *upload) Close() {
	if u.spool != nil {
		_ = u.spool.Close() // nothing of it was to stay
	}
}

// identity tells whether a repeated request repeats this one, whatever boundary and order its parts have.
func (u *upload) identity() ([]byte, error) {
	return json.Marshal(map[string]any{"words": u.words, "name": u.name, "sha256": u.sha256})
}

// receive reads a request of multipart/form-data (RFC 7578) as it comes; memory does not grow with it. What is wrong
// with the form itself fails at once, what is wrong with the parts comes as faults.
func receive(c echo.Context, store *blob.Store, most int64) (*upload, error) {
	if err := web.CheckMediaType(c, mediaTypeForm); err != nil {
		return nil, err
	}
	_, params, err := mime.ParseMediaType(c.Request().Header.Get("Content-Type"))
	if err != nil || params["boundary"] == "" {
		return nil, errs.Invalid(errs.InvalidQuery, errs.In(echo.HeaderContentType, errs.Format, "Name the boundary between the parts. Let your HTTP library set it."))
	}
	whole, faults := promised(textproto.MIMEHeader(c.Request().Header))
	if err := errs.Invalid(errs.InvalidQuery, faults...); err != nil {
		return nil, err
	}
	u := &upload{words: map[string]string{}}
	if err := u.read(web.Stream(c, most+overhead), params["boundary"], whole, store, most); err != nil {
		u.Close()
		return nil, err
	}
	return u, nil
}

// read reads the whole body, and holds it against what its digests promise.
func (u *upload) read(body *web.Body, boundary string, whole promises, store *blob.Store, most int64) error {
	running := whole.hashes()
	var source io.Reader = body
	for _, h := range running {
		source = io.TeeReader(source, h)
	}
	err := u.parts(multipart.NewReader(source, boundary), store, most)
	if err == nil {
		_, err = io.Copy(io.Discard, source) // what follows the last boundary counts for the digest
	}
	if err != nil {
		return body.Refusal(err)
	}
	return errs.Invalid(errs.InvalidQuery, whole.broken(running)...)
}

// parts reads all parts, in whatever order they come.
func (u *upload) parts(form *multipart.Reader, store *blob.Store, most int64) error {
	for n := 1; ; n++ {
		part, err := form.NextRawPart()
		if err == io.EOF {
			return u.complete()
		}
		if err != nil {
			return err
		}
		if n > maxParts { // the rest is not looked at, and what is wrong with it not listed
			u.faults = []errs.Fault{errs.At("", errs.Length, "The form has more than %d parts. Send the file and what is said about it, each once.", maxParts)}
			return nil
		}
		switch name := part.FormName(); {
		case name == "file" && u.spool == nil:
			err = u.file(part, store, most)
		case slices.Contains(wordParts, name):
			err = u.word(part, name)
		default:
			u.refuse(name)
		}
		if err != nil {
			return err
		}
	}
}

// complete says what is missing.
func (u *upload) complete() error {
	if u.spool == nil {
		u.faults = append(u.faults, errs.At("/file", errs.Required, "Send the file as the part file."))
	}
	return nil
}

// refuse notes a part that has no place here.
func (u *upload) refuse(name string) {
	if name == "file" {
		u.faults = append(u.faults, errs.At("/file", errs.Repeated, "Send one file at a time."))
		return
	}
	const most = 100
	if runes := []rune(strings.ToValidUTF8(name, "")); len(runes) > most {
		name = string(runes[:most])
	}
	u.faults = append(u.faults, errs.At("/"+strings.NewReplacer("~", "~0", "/", "~1").Replace(name), errs.Unknown,
		"There is no such part here. There are: file, %s.", strings.Join(wordParts, ", ")))
}

// word reads a part that is text.
func (u *upload) word(part *multipart.Part, name string) error {
	text, err := io.ReadAll(io.LimitReader(part, maxPart))
	if _, again := u.words[name]; again {
		u.faults = append(u.faults, errs.At("/"+name, errs.Repeated, "Send this part once."))
	}
	if err == nil && !utf8.Valid(text) {
		u.faults = append(u.faults, errs.At("/"+name, errs.Format, "This text is not in UTF-8. Send the whole form in UTF-8."))
		text = nil // what it was to say nobody knows
	}
	u.words[name] = string(text)
	return err
}

// file reads the file into the spool.
func (u *upload) file(part *multipart.Part, store *blob.Store, most int64) (err error) {
	promised, faults := promised(part.Header)
	if err := errs.Invalid(errs.InvalidQuery, faults...); err != nil {
		return err
	}
	u.name = nameOf(part.Header.Get("Content-Disposition"))
	u.faults = append(u.faults, nameFaults(u.name)...)
	if u.spool, err = store.Spool(); err != nil {
		return err
	}
	sum, running := sha256.New(), promised.hashes()
	into := []io.Writer{keeper{u.spool}, sum}
	for _, h := range running {
		into = append(into, h)
	}
	u.size, err = io.Copy(io.MultiWriter(into...), io.LimitReader(part, most+1))
	switch {
	case err != nil:
		return err
	case u.size > most:
		return errs.New(errs.TooLarge, "The file has more than %d MB, which is the most that this service takes.", most>>20)
	case u.size == 0:
		u.faults = append(u.faults, errs.At("/file", errs.Length, "The file is empty. Send one that has something in it."))
	}
	u.sha256 = hex.EncodeToString(sum.Sum(nil))
	return errs.Invalid(errs.InvalidQuery, promised.broken(running)...)
}

// keeper tells a spool that takes nothing apart from a client that sends nothing.
type keeper struct{ w io.Writer }

// Write writes.
func (k keeper) Write(p []byte) (int, error) {
	n, err := k.w.Write(p)
	if err != nil {
		err = errs.New(errs.Unavailable, "There is no room for this file at present. Try again later.").Because(err)
	}
	return n, err
}

// about reads what the parts say about the file, by the rules that PATCH has for the same members.
func (u *upload) about() (content.FileWords, []errs.Fault, error) {
	document := map[string]any{}
	for name, text := range u.words {
		document[name] = text
		if name == "decorative" && (text == "true" || text == "false") {
			document[name] = text == "true"
		}
		if text == "" { // an empty field of a form is one that was left out
			delete(document, name)
		}
	}
	body, err := json.Marshal(document)
	if err != nil {
		return content.FileWords{}, nil, errors.Join(errors.New("write the parts as JSON"), err)
	}
	w, err := rest.DecodeInto(&Input{}, body)
	return w.Input.FileWords, append(w.Faults, w.Input.faults()...), err
}
