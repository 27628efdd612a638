package pdf

import (
	"bytes"
	"context"
	"encoding/xml"
	"fmt"
	"strings"
	"unicode/utf16"

	"github.com/cpics/working-together-api/internal/file/report"
)

// Bounds of what is followed from object to object.
const (
	maxPages    = 20_000
	maxResolved = 500_000
	maxNested   = 4       // forms in forms
	maxMetadata = 1 << 20 // bytes of XMP
	maxHops     = 16      // references to references
)

// reading is the second look: from the catalogue down.
type reading struct {
	*file
	resolved int
	pages    int
	pictures int // pages that are only pictures
	err      error
}

// document tells about the document what its catalogue leads to.
func (f *file) document() (Document, error) {
	r := &reading{file: f}
	f.expanded = 0 // what is read again has a bound of its own
	root := r.dict(f.trailer["Root"])
	if root == nil || r.dict(root["Pages"]) == nil {
		return Document{}, broken()
	}
	r.walk(root["Pages"], nil, map[int]bool{}, 0)
	if r.pages == 0 {
		return Document{}, broken()
	}
	for num := range f.links {
		if what := leads(r.value(ref{num: num})); what != "" {
			return Document{}, contains(what)
		}
	}
	findings := r.findings(root)
	if r.err != nil || r.resolved > maxResolved || r.pages >= maxPages {
		findings = append(findings, report.Finding{Code: report.NotChecked, Detail: "The PDF is too large or too unusual to be read through.",
			Help: "Check it with an accessibility checker, or export it again in a simpler form."})
	}
	if f.ctx.Err() != nil {
		return Document{}, context.Cause(f.ctx)
	}
	return Document{r.pages, findings}, f.lex.err
}

// value follows references.
func (r *reading) value(v any) any {
	for range maxHops {
		to, isRef := v.(ref)
		if !isRef {
			return v
		}
		if r.resolved++; r.resolved > maxResolved || r.ctx.Err() != nil {
			return nil
		}
		v, _ = r.load(to.num)
	}
	return nil
}

// load reads an object again.
func (r *reading) load(num int) (any, place) {
	p, ok := r.index[num]
	if !ok {
		return nil, p
	}
	lex := r.lex
	if p.stream != 0 {
		if !r.openStream(p.stream) {
			return nil, p
		}
		lex = newLexer(bytes.NewReader(r.content), int64(len(r.content)))
	}
	lex.pos, lex.values = p.at, 0
	v, err := lex.value(0)
	if err != nil {
		return nil, p
	}
	return v, p
}

// openStream expands an object stream, unless it is the one that was used before.
func (r *reading) openStream(number int32) bool {
	if r.open == number {
		return true
	}
	p := r.streams[number-1]
	r.lex.pos, r.lex.values = p.at, 0
	v, err := r.lex.value(0)
	d, ok := v.(dict)
	if err != nil || !ok {
		return false
	}
	content, err := r.inflate(d, p, maxStream)
	if err != nil {
		r.err = err
		return false
	}
	r.open, r.content = number, content
	return true
}

func (r *reading) dict(v any) dict {
	d, _ := r.value(v).(dict)
	return d
}

// walk counts the pages below a node of the page tree, and how many are only pictures.
func (r *reading) walk(v any, resources any, seen map[int]bool, depth int) {
	if to, isRef := v.(ref); isRef {
		if seen[to.num] {
			return
		}
		seen[to.num] = true
	}
	d := r.dict(v)
	if d == nil || depth > maxDepth || r.pages >= maxPages {
		return
	}
	if own := d["Resources"]; own != nil {
		resources = own
	}
	kids, isNode := r.value(d["Kids"]).(array)
	if !isNode {
		r.pages++
		if text, picture := r.shows(r.dict(resources), maxNested); picture && !text {
			r.pictures++
		}
		return
	}
	for _, kid := range kids {
		r.walk(kid, resources, seen, depth+1)
	}
}

// shows tells whether what uses the resources can show text, and whether it can show pictures.
func (r *reading) shows(resources dict, nested int) (text, picture bool) {
	if len(r.dict(resources["Font"])) > 0 {
		return true, false
	}
	for _, v := range r.dict(resources["XObject"]) {
		x := r.dict(v)
		switch {
		case x["Subtype"] == name("Image"):
			picture = true
		case x["Subtype"] == name("Form") && nested > 0:
			t, p := r.shows(r.dict(x["Resources"]), nested-1)
			if t {
				return true, false
			}
			picture = picture || p
		}
	}
	return false, picture
}

// findings are what the document lacks, in the order in which it is put right, and what it tells about people.
func (r *reading) findings(root dict) []report.Finding {
	var found []report.Finding
	add := func(missing bool, code report.Code, detail, help string) {
		if missing {
			found = append(found, report.Finding{Code: code, Detail: detail, Help: help})
		}
	}
	info := r.dict(r.trailer["Info"])
	titled := r.said(info["Title"]) || r.metadataTitle(root)
	add(!titled, report.NoTitle, "The PDF has no title, so people hear or see the file's name instead.",
		"Give the document a title in its properties, and export it again.")
	shown := r.dict(root["ViewerPreferences"])["DisplayDocTitle"]
	add(titled && r.value(shown) != true, report.TitleNotShown, "The PDF has a title, but its window shows the file's name.",
		"Set the initial view to show the document title, in the PDF's properties or when you export it.")
	add(!r.said(root["Lang"]), report.NoLanguage, "The PDF does not say which language it is in, so a screen reader may read it with the wrong voice.",
		"Set the document's language, and export it again.")
	tree := r.dict(root["StructTreeRoot"])
	tagged := r.value(r.dict(root["MarkInfo"])["Marked"]) == true && r.value(tree["K"]) != nil
	add(!tagged, report.NotTagged, "The PDF is not tagged, so a screen reader cannot tell headings, lists and tables from other text.",
		"Export it as a tagged (accessible) PDF from the program it was written in.")
	add(r.pictures > 0, report.NoText, fmt.Sprintf("%d of %d pages are only pictures, which cannot be read aloud, searched or enlarged well.", r.pictures, r.pages),
		"Export the document from the program it was written in, or recognise the text (OCR) and check it.")
	silent := r.silentFigures(tree)
	add(tagged && silent > 0, report.ImageWithoutAlt, fmt.Sprintf("%d pictures have no text alternative.", silent),
		"Describe each picture, or mark it as decorative, and export the document again.")
	add(r.said(info["Author"]), report.AuthorNamed, "The PDF's properties name an author.",
		"Take the name out unless it should be public.")
	add(len(r.comments) > 0, report.Comments, fmt.Sprintf("The PDF has %d comments or markings.", len(r.comments)),
		"Delete them unless they should be public.")
	return found
}

// silentFigures counts the figures without a text alternative; a document may call them otherwise (RoleMap).
func (r *reading) silentFigures(tree dict) int {
	roles := r.dict(tree["RoleMap"])
	n := 0
	for _, tag := range r.figures {
		for range maxHops {
			to, mapped := r.value(roles[tag]).(name)
			if tag == "Figure" || !mapped || to == tag {
				break
			}
			tag = to
		}
		if tag == "Figure" {
			n++
		}
	}
	return n
}

func (r *reading) said(v any) bool {
	s, ok := r.value(v).(text)
	return ok && decode(s) != ""
}

// decode is a string for people (ISO 32000-1 §7.9.2.2): UTF-16 or UTF-8 with a mark, else PDFDocEncoding, of which it
// matters here only whether there is anything to see.
func decode(t text) string {
	s := string(t)
	switch {
	case strings.HasPrefix(s, "\xfe\xff"):
		units := make([]uint16, 0, len(s)/2)
		for i := 2; i+1 < len(s); i += 2 {
			units = append(units, uint16(s[i])<<8|uint16(s[i+1]))
		}
		s = string(utf16.Decode(units))
	case strings.HasPrefix(s, "\xef\xbb\xbf"):
		s = s[3:]
	}
	return strings.TrimSpace(strings.Trim(s, "\x00"))
}

// metadataTitle looks for dc:title in the document's XMP.
func (r *reading) metadataTitle(root dict) bool {
	to, ok := root["Metadata"].(ref)
	if !ok {
		return false
	}
	v, p := r.load(to.num)
	d, ok := v.(dict)
	if !ok || p.data == 0 {
		return false
	}
	content, err := r.inflate(d, p, maxMetadata)
	return err == nil && xmpTitle(content)
}

// xmpTitle tells whether XMP has a title with something in it.
func xmpTitle(xmp []byte) bool {
	const purl = "http://purl.org/dc/elements/1.1/"
	x := xml.NewDecoder(bytes.NewReader(xmp))
	inside := 0
	for depth := 0; depth <= maxDepth; {
		t, err := x.RawToken()
		if err != nil {
			return false
		}
		switch t := t.(type) {
		case xml.StartElement:
			depth++
			if inside > 0 || t.Name.Local == "title" && (t.Name.Space == "dc" || t.Name.Space == purl) {
				inside++
			}
		case xml.EndElement:
			depth--
			inside = max(0, inside-1)
		case xml.CharData:
			if inside > 0 && len(bytes.TrimSpace(t)) > 0 {
				return true
			}
		}
	}
	return false
}
