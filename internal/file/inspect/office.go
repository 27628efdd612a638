package inspect

import (
	"archive/zip"
	"context"
	"encoding/xml"
	"io"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/cpics/working-together-api/internal/errs"
	"github.com/cpics/working-together-api/internal/file/report"
)

// readZip reads a document that is a ZIP: what kind is said by one of its parts.
func readZip(ctx context.Context, f io.ReaderAt, size int64) (Info, error) {
	a, err := openZip(ctx, f, size)
	if err != nil {
		return Info{}, err
	}
	return a.document()
}

func (a *archive) document() (Info, error) {
	switch {
	case a.byName["[Content_Types].xml"] != nil:
		return a.readOffice()
	case a.byName["mimetype"] != nil:
		return a.readODF()
	}
	return Info{}, errNotTaken
}

// office is a document of Office as it is read (ECMA-376).
type office struct {
	a         *archive
	mediaType string
	main      string // the part that it begins with, as the relationships of the package name it
	facts
}

// mainParts are the content types of the part that a document of each type begins with.
var mainParts = map[string]string{
	"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml":   DOCX,
	"application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml": PPTX,
	"application/vnd.openxmlformats-officedocument.presentationml.slideshow.main+xml":    PPTX,
	"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml":         XLSX,
}

// Parts and content types that act when the document is opened, in lower case, and what to call them.
var acting = []struct{ part, what string }{
	{"vbaproject", "macros"}, {"macroenabled", "macros"}, {"vbadata", "macros"}, {"macrosheet", "macros"}, {"dialogsheet", "macros"},
	{"activex", "ActiveX controls"}, {"oleobject", "embedded objects (OLE)"}, {"/webextension", "add-ins"}, {"customui/", "commands of its own"}, {"externallinks/", "links to other workbooks"},
}

func (a *archive) readOffice() (Info, error) {
	o := &office{a: a}
	for _, f := range a.files {
		if what := acts(f.Name); what != "" {
			return Info{}, errActs(what)
		}
	}
	if err := a.readAll(o.see); err != nil {
		return Info{}, err
	}
	if o.acts != "" {
		return Info{}, errActs(o.acts)
	}
	if o.mediaType == "" {
		return Info{}, errNotTaken
	}
	if !o.begins() {
		return Info{}, errDocument
	}
	for _, f := range a.files {
		if err := o.inside(f); err != nil {
			return Info{}, err
		}
	}
	pages := o.pages
	if o.mediaType == PPTX {
		pages = o.slides
	}
	return Info{MediaType: o.mediaType, Pages: pages, Accessibility: report.NewAccessibility(o.findings(o.mediaType != XLSX))}, nil
}

// usual are the parts that documents begin with where no relationship names another.
var usual = map[string]string{DOCX: "word/document.xml", PPTX: "ppt/presentation.xml", XLSX: "xl/workbook.xml"}

// begins tells whether the part that the document begins with is there. The names of parts are the same whatever the
// case of their letters (ECMA-376 part 2 §6.2.2.3).
func (o *office) begins() bool {
	main := o.main
	if main == "" {
		main = usual[o.mediaType]
	}
	main = strings.TrimPrefix(path.Clean("/"+main), "/")
	return slices.ContainsFunc(o.a.files, func(f *zip.File) bool { return strings.EqualFold(f.Name, main) })
}

// acts names what a part or a content type of this name does; empty for nothing.
func acts(name string) string {
	lower := strings.ToLower(name)
	for _, a := range acting {
		if strings.Contains(lower, a.part) {
			return a.what
		}
	}
	return ""
}

func errActs(what string) error {
	return errs.New(errs.InvalidContent, "The document contains %s, which can run programs or fetch other files when it is opened. Save it without, or export it as PDF, and upload that.", what)
}

// inside looks at a document within the document, such as the table behind a chart.
func (o *office) inside(f *zip.File) error {
	if !strings.Contains(f.Name, "/embeddings/") || strings.HasSuffix(f.Name, "/") || isXML(f.Name) {
		return nil
	}
	b, err := o.a.embedded(f)
	if err != nil {
		return err
	}
	inner, err := openZip(o.a.ctx, b, b.Size())
	if err != nil {
		return errActs("an embedded file")
	}
	inner.nested, inner.left = true, o.a.left
	info, err := inner.document()
	o.a.left = inner.left
	if err == nil && info.MediaType != XLSX && info.MediaType != DOCX && info.MediaType != PPTX {
		err = errActs("an embedded file")
	}
	return err
}

// see reads one part.
func (o *office) see(name string, x *markupReader) error {
	dir, base := path.Split(name)
	switch {
	case name == "[Content_Types].xml":
		return x.each(o.contentType, ignore)
	case name == "_rels/.rels":
		return x.each(o.packageRelationship, ignore)
	case path.Ext(name) == ".rels":
		return x.each(o.relationship, ignore)
	case name == "docProps/core.xml" || strings.HasSuffix(name, "/core.xml"):
		return x.each(ignored, o.core)
	case name == "docProps/app.xml":
		return x.each(ignored, o.app)
	case strings.HasPrefix(strings.ToLower(base), "comments") || strings.HasPrefix(dir, "ppt/comments/"):
		return x.each(o.comment, ignore)
	case strings.HasPrefix(name, "word/") || strings.HasPrefix(name, "ppt/") || strings.HasPrefix(name, "xl/drawings/") || name == "xl/workbook.xml":
		if dir == "ppt/slides/" {
			o.slides++
		}
		o.describes = path.Dir(name) != "word"                             // Word describes the drawing around a picture instead
		o.counts = !strings.HasPrefix(dir, "ppt/") || dir == "ppt/slides/" // what a layout shows is decoration
		return x.each(o.element, o.chars)
	}
	return nil
}

func ignore(string, string)      {}
func ignored(_ xml.StartElement) {}

// contentType notes the type of the document, and refuses parts that act whatever they are called.
func (o *office) contentType(e xml.StartElement) {
	t := attribute(e, "ContentType")
	if main := mainParts[t]; main != "" {
		o.mediaType = main
	}
	if what := acts(t); what != "" {
		o.acts = what
	}
}

// relationship refuses everything that is fetched from elsewhere when the document is opened. Links that a reader
// clicks on may lead anywhere.
func (o *office) relationship(e xml.StartElement) {
	kind := path.Base(attribute(e, "Type"))
	switch {
	case e.Name.Local != "Relationship":
	case acts("/"+kind) != "":
		o.acts = acts("/" + kind)
	case attribute(e, "TargetMode") == "External" && kind != "hyperlink":
		o.acts = "a link to another file (" + kind + ")"
	}
}

// packageRelationship is relationship for those of the package, one of which names the part that the document begins with.
func (o *office) packageRelationship(e xml.StartElement) {
	if path.Base(attribute(e, "Type")) == "officeDocument" {
		o.main = attribute(e, "Target")
	}
	o.relationship(e)
}

// core reads the properties that every document of Office has (ECMA-376 part 2 §11).
func (o *office) core(element, s string) {
	if s = strings.TrimSpace(s); s == "" {
		return
	}
	switch element {
	case "title":
		o.titled = true
	case "language":
		o.language = true
	case "creator", "lastModifiedBy":
		o.author = true
	}
}

// app reads what the program counted.
func (o *office) app(element, s string) {
	switch element {
	case "Pages":
		if n, err := strconv.Atoi(strings.TrimSpace(s)); err == nil && n > 0 && n < 1_000_000 {
			o.pages = n
		}
	case "Manager":
		o.author = o.author || strings.TrimSpace(s) != ""
	}
}

func (o *office) comment(e xml.StartElement) {
	switch e.Name.Local {
	case "comment", "cm":
		o.comments++
	}
}

// element reads what pages, slides and drawings consist of. Names are the local ones: prefixes are up to the program,
// and no two vocabularies of Office use one of these for different things.
func (o *office) element(e xml.StartElement) {
	switch e.Name.Local {
	case "lang": // Word, w:val
		o.language = o.language || attribute(e, "val") != ""
	case "rPr", "endParaRPr", "defRPr": // PowerPoint
		o.language = o.language || attribute(e, "lang") != ""
	case "ins", "del", "moveFrom", "moveTo", "rPrChange", "pPrChange":
		if attribute(e, "author") != "" {
			o.changes++
		}
	case "docPr": // Word: any drawing
		o.picture(e)
	case "pic": // PowerPoint and Excel: a picture, described by what follows
		o.inPicture = o.describes
	case "cNvPr":
		if o.inPicture {
			o.picture(e)
		}
		o.inPicture = false
	case "decorative":
		if v := attribute(e, "val"); o.silent > 0 && o.lastSilent && (v == "1" || v == "true") {
			o.silent--
			o.lastSilent = false
		}
	case "fldSimple":
		o.field(attribute(e, "instr"))
	}
}

// picture counts a picture without a text alternative.
func (o *office) picture(e xml.StartElement) {
	o.lastSilent = o.counts && strings.TrimSpace(attribute(e, "descr")) == "" && strings.TrimSpace(attribute(e, "title")) == ""
	if o.lastSilent {
		o.silent++
	}
}

func (o *office) chars(element, s string) {
	if element == "instrText" {
		o.field(s)
	}
}

// field refuses fields that start a program (DDE).
func (o *office) field(instruction string) {
	if strings.HasPrefix(strings.ToUpper(strings.TrimSpace(instruction)), "DDE") {
		o.acts = "a field that starts another program (DDE)"
	}
}
