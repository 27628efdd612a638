package inspect

import (
	"encoding/xml"
	"io"
	"path"
	"strconv"
	"strings"

	"github.com/cpics/working-together-api/internal/errs"
	"github.com/cpics/working-together-api/internal/file/report"
)

// odf is an OpenDocument as it is read (ODF 1.3).
type odf struct {
	a          *archive
	mediaType  string
	frame      bool // a frame is open that has a picture and no text alternative yet
	decorative bool // and it was marked as decoration
	facts
}

func (a *archive) readODF() (Info, error) {
	mediaType, err := a.mimetype()
	if err != nil {
		return Info{}, err
	}
	o := &odf{a: a, mediaType: mediaType}
	for _, f := range a.files {
		if what := actsODF(f.Name); what != "" {
			return Info{}, errActs(what)
		}
	}
	if err := a.readAll(o.see); err != nil {
		return Info{}, err
	}
	switch {
	case a.byName["content.xml"] == nil:
		return Info{}, errDocument
	case o.acts != "":
		return Info{}, errActs(o.acts)
	}
	pages := o.pages
	if o.mediaType == ODP {
		pages = o.slides
	}
	return Info{MediaType: o.mediaType, Pages: pages, Accessibility: report.NewAccessibility(o.findings(true))}, nil
}

// mimetype says what the document is, in a part of its own (ODF 1.3 part 2 §3.3).
func (a *archive) mimetype() (string, error) {
	const most = 256
	f := a.byName["mimetype"]
	r, err := a.open(f)
	if err != nil {
		return "", err
	}
	defer r.Close()
	b, err := io.ReadAll(io.LimitReader(r, most))
	if err != nil {
		return "", err
	}
	switch t := strings.TrimSpace(string(b)); t {
	case ODT, ODP:
		return t, nil
	default:
		return "", errs.New(errs.UnsupportedMediaType, "Of the OpenDocument formats, only ODT and ODP are taken. Export the document as PDF, or save a spreadsheet as XLSX.")
	}
}

// actsODF names what a part does when the document is opened; empty for nothing.
func actsODF(name string) string {
	top, _, _ := strings.Cut(name, "/")
	switch top {
	case "Basic", "Scripts", "Dialogs":
		return "macros"
	}
	return ""
}

func (o *odf) see(name string, x *markupReader) error {
	switch {
	case name == "META-INF/manifest.xml":
		return x.each(o.manifest, ignore)
	case name == "meta.xml":
		return x.each(o.statistic, o.meta)
	case path.Base(name) == "content.xml" || path.Base(name) == "styles.xml":
		return o.content(x, name == "content.xml")
	}
	return nil
}

func (o *odf) manifest(e xml.StartElement) {
	switch e.Name.Local {
	case "encryption-data":
		o.acts = "encrypted parts"
	case "file-entry":
		switch t := attribute(e, "media-type"); {
		case t == "application/vnd.sun.star.oleobject" || t == "application/x-openoffice-oleobject":
			o.acts = "embedded objects (OLE)"
		case strings.Contains(t, "script") || strings.Contains(t, "java"):
			o.acts = "macros"
		}
	}
}

func (o *odf) statistic(e xml.StartElement) {
	if e.Name.Local != "document-statistic" {
		return
	}
	if n, err := strconv.Atoi(attribute(e, "page-count")); err == nil && n > 0 && n < 1_000_000 {
		o.pages = n
	}
}

func (o *odf) meta(element, s string) {
	if strings.TrimSpace(s) == "" {
		return
	}
	switch element {
	case "title":
		o.titled = true
	case "language":
		o.language = true
	case "creator", "initial-creator", "printed-by":
		o.author = true
	}
}

// content reads the text and its styles; main is the document's own, and not that of a chart in it.
func (o *odf) content(x *markupReader, main bool) error {
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
			o.element(t, main)
		case xml.EndElement:
			if t.Name.Local == "frame" {
				if o.frame && !o.decorative {
					o.silent++
				}
				o.frame, o.decorative = false, false
			}
		}
	}
}

func (o *odf) element(e xml.StartElement, main bool) {
	switch e.Name.Local {
	case "script", "event-listener":
		o.acts = "macros"
	case "object-ole", "applet", "plugin", "floating-frame", "dde-source", "dde-connection-decl", "dde-connection":
		o.acts = "embedded objects or programs"
	case "image", "fill-image", "section-source":
		if outside(attribute(e, "href")) {
			o.acts = "a link to another file"
		}
		o.frame = o.frame || e.Name.Local == "image" && e.Name.Space == "draw" && main
	case "frame":
		o.decorative = attribute(e, "decorative") == "true"
	case "title", "desc":
		if e.Name.Space == "svg" {
			o.frame = false
		}
	case "page":
		if e.Name.Space == "draw" && main {
			o.slides++
		}
	case "text-properties":
		o.language = o.language || attribute(e, "language") != "" && attribute(e, "language") != "none"
	case "annotation":
		o.comments++
	case "changed-region":
		o.changes++
	}
}

// outside tells an address that is not a part of the document.
func outside(href string) bool {
	return strings.Contains(href, "://") || strings.HasPrefix(href, "/") || strings.HasPrefix(href, "../") || strings.HasPrefix(href, "file:")
}
