package inspect

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/binary"
	"encoding/xml"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/cpics/working-together-api/internal/errs"
)

// Bounds of a document that is a ZIP.
const (
	maxDirectory = 2 << 20   // bytes of its list of parts
	maxEntries   = 10_000    // parts
	maxExpanded  = 512 << 20 // bytes, all parts together
	maxRatio     = 200       // of a part's bytes to those it is stored in,
	ratioFrom    = 1 << 20   // once it is larger than this
	maxXML       = 64 << 20  // bytes of a part that is read as XML
	maxXMLDepth  = 256
	maxEmbedded  = 32 << 20 // bytes of a document inside a document
)

// archive is a document's ZIP, whose list of parts has been checked.
type archive struct {
	ctx    context.Context
	files  []*zip.File
	byName map[string]*zip.File
	left   int64 // bytes that may still be expanded
	nested bool  // it is inside another document
}

// openZip reads the list of parts. The ZIP must be the whole file: it begins with the first byte and ends with the
// last, so nothing stands before or behind it.
func openZip(ctx context.Context, f io.ReaderAt, size int64) (*archive, error) {
	const endSize = 22
	if size < endSize {
		return nil, errTruncated
	}
	end := make([]byte, endSize)
	if _, err := f.ReadAt(end, size-endSize); err != nil && err != io.EOF {
		return nil, err
	}
	little := binary.LittleEndian
	length, at := int64(little.Uint32(end[12:])), int64(little.Uint32(end[16:]))
	switch {
	case string(end[:8]) != "PK\x05\x06\x00\x00\x00\x00":
		return nil, errTruncated
	case at+length != size-endSize:
		return nil, errDocument
	case length > maxDirectory || little.Uint16(end[10:]) > maxEntries:
		return nil, errBomb
	}
	z, err := zip.NewReader(f, size)
	if err != nil {
		return nil, errDocument.Because(err)
	}
	a := &archive{ctx: ctx, files: z.File, byName: make(map[string]*zip.File, len(z.File)), left: maxExpanded}
	for _, file := range z.File {
		if err := a.admit(file); err != nil {
			return nil, err
		}
	}
	return a, nil
}

var (
	errDocument  = errs.New(errs.InvalidContent, "The document cannot be read. Open it in the program that made it, save it again, and upload what was saved.")
	errTruncated = errs.New(errs.InvalidContent, "The document ends before its end, or something follows its end. Save it again where it was made, and upload the whole file.")
	errBomb      = errs.New(errs.InvalidContent, "The document expands to far more than it seems to hold. Save it again, with smaller pictures or without what is embedded, and upload that.")
	errProtected = errs.New(errs.InvalidContent, "The document is protected by a password, so nobody can check what is in it. Save it without one, and upload that.")
	errNotTaken  = errs.New(errs.UnsupportedMediaType, "A ZIP is not taken unless it is a document: DOCX, PPTX, XLSX, ODT or ODP. Upload what is in it, file by file.")
)

// admit checks one line of the list.
func (a *archive) admit(f *zip.File) error {
	name := f.Name
	size, stored := int64(f.UncompressedSize64), int64(f.CompressedSize64) // compared with bounds below
	const encrypted = 1
	switch {
	case f.Flags&encrypted != 0:
		return errProtected
	case a.byName[name] != nil, strings.ContainsAny(name, "\\\x00"), strings.HasPrefix(name, "/"), path.Clean(name) != strings.TrimSuffix(name, "/"), strings.HasPrefix(name, "../"):
		return errDocument
	case f.Method != zip.Store && f.Method != zip.Deflate:
		return errDocument
	case size < 0 || stored < 0 || size > maxExpanded || size > ratioFrom && size > maxRatio*stored:
		return errBomb
	}
	a.byName[name] = f
	return nil
}

// open reads a part, and ends with an error where it is larger than the list says or than the bounds allow.
func (a *archive) open(f *zip.File) (io.ReadCloser, error) {
	r, err := f.Open()
	if err != nil {
		return nil, errDocument.Because(err)
	}
	return &partReader{a, r, int64(f.UncompressedSize64)}, nil // admit bounds it
}

// partReader counts what is expanded.
type partReader struct {
	a *archive
	io.ReadCloser
	left int64
}

func (r *partReader) Read(p []byte) (int, error) {
	if r.a.ctx.Err() != nil {
		return 0, context.Cause(r.a.ctx)
	}
	n, err := r.ReadCloser.Read(p)
	r.left -= int64(n)
	r.a.left -= int64(n)
	if r.left < 0 || r.a.left < 0 {
		return n, errBomb
	}
	if err != nil && err != io.EOF {
		err = errDocument.Because(err)
	}
	return n, err
}

// readAll expands every part, to see that it is whole and no larger than it says, and shows those of XML to see.
func (a *archive) readAll(see func(name string, x *markupReader) error) error {
	for _, f := range a.files {
		if err := a.readPart(f, see); err != nil {
			return err
		}
	}
	return nil
}

func (a *archive) readPart(f *zip.File, see func(name string, x *markupReader) error) error {
	r, err := a.open(f)
	if err != nil {
		return err
	}
	defer r.Close()
	large := f.UncompressedSize64 > maxXML
	if large && isXML(f.Name) && !strings.HasPrefix(f.Name, "xl/worksheets/") { // sheets alone are not looked at
		return errBomb
	}
	if !large && isXML(f.Name) {
		x := &markupReader{d: xml.NewDecoder(r)}
		x.d.Strict = true
		if err := see(f.Name, x); err != nil {
			return err
		}
	}
	_, err = io.Copy(io.Discard, r)
	return err
}

// isXML goes by the name, as the formats do.
func isXML(name string) bool {
	return slices.Contains([]string{".xml", ".rels"}, strings.ToLower(path.Ext(name)))
}

// embedded is a document inside the document, whole in memory.
func (a *archive) embedded(f *zip.File) (*bytes.Reader, error) {
	if a.nested || f.UncompressedSize64 > maxEmbedded {
		return nil, errBomb
	}
	r, err := a.open(f)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	b, err := io.ReadAll(r)
	return bytes.NewReader(b), err
}

// markupReader reads XML that was never meant to be deep, and has no document type.
type markupReader struct {
	d     *xml.Decoder
	depth int
}

// next is the next start, end or text; io.EOF at the end.
func (x *markupReader) next() (xml.Token, error) {
	for {
		t, err := x.d.RawToken()
		switch {
		case err == io.EOF:
			return nil, err
		case err != nil && errs.KindOf(err) != errs.Internal:
			return nil, err
		case err != nil:
			return nil, errDocument.Because(err)
		}
		switch t := t.(type) {
		case xml.StartElement:
			if x.depth++; x.depth > maxXMLDepth {
				return nil, errDocument
			}
			return t, nil
		case xml.EndElement:
			x.depth--
			return t, nil
		case xml.CharData:
			return t, nil
		case xml.Directive: // a document type, which could name other files and expand
			return nil, errDocument
		}
	}
}

// each calls start for every element, with the text that follows its start, up to some hundred bytes.
func (x *markupReader) each(start func(e xml.StartElement), chars func(element string, s string)) error {
	element := ""
	for {
		t, err := x.next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		switch t := t.(type) {
		case xml.StartElement:
			element = t.Name.Local
			start(t)
		case xml.EndElement:
			element = ""
		case xml.CharData:
			if element != "" {
				chars(element, string(t[:min(len(t), 512)]))
			}
		}
	}
}

// attribute is the value of the attribute of the local name.
func attribute(e xml.StartElement, local string) string {
	for _, a := range e.Attr {
		if a.Name.Local == local {
			return a.Value
		}
	}
	return ""
}
