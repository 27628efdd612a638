// Package pdf reads as much of a PDF as it takes to tell whether it is harmless and whether everybody can read it.
//
// It is small on purpose. Libraries that do everything with PDFs follow whatever a file says, into loops, recursion
// and gigabytes; this one reads the file once from front to back, with a bound for everything, keeps the place of each
// object and not the object, and understands no more than structure is written with.
package pdf

import (
	"bytes"
	"context"
	"io"
	"strings"

	"github.com/cpics/working-together-api/internal/errs"
	"github.com/cpics/working-together-api/internal/file/report"
)

// Document is what a PDF tells about itself.
type Document struct {
	Pages    int
	Findings []report.Finding
}

// Read reads a PDF. It fails with an errs.Error that says what to do when the file is not a whole PDF from its first
// byte to its last, is encrypted, acts when it is opened (scripts, programs), brings other files along, or is an XFA
// form; otherwise with an error of src or ctx.
func Read(ctx context.Context, src io.ReaderAt, size int64) (Document, error) {
	f := &file{ctx: ctx, src: src, size: size, lex: newLexer(src, size), index: map[int]place{}, starts: map[int64]bool{},
		trailer: dict{}, figures: map[int]name{}, comments: map[int]bool{}, links: map[int]bool{}}
	if err := f.edges(); err != nil {
		return Document{}, err
	}
	err := f.scan()
	if err == nil {
		err = f.after()
	}
	if err == nil {
		err = f.hidden()
	}
	switch {
	case f.lex.err != nil:
		return Document{}, f.lex.err
	case err != nil:
		return Document{}, err
	}
	return f.document()
}

// headSize is where readers look for the beginning of a PDF, and browsers for HTML.
const headSize = 1024

// edges looks at the beginning and the end: programs that look for other types look there.
func (f *file) edges() error {
	head := make([]byte, min(f.size, headSize))
	if _, err := f.src.ReadAt(head, 0); err != nil && err != io.EOF {
		return err
	}
	if !bytes.HasPrefix(head, []byte("%PDF-")) {
		return broken()
	}
	lower := bytes.ToLower(head)
	for _, m := range []string{"<html", "<script", "<!doctype", "<svg", "<body", "<iframe"} {
		if bytes.Contains(lower, []byte(m)) {
			return mixed()
		}
	}
	const zipEnd, longestComment = 22, 1 << 16
	tail := make([]byte, min(f.size, zipEnd+longestComment))
	if _, err := f.src.ReadAt(tail, f.size-int64(len(tail))); err != nil && err != io.EOF {
		return err
	}
	if bytes.Contains(tail, []byte("PK\x05\x06\x00\x00\x00\x00")) { // the end of a ZIP on one disk
		return mixed()
	}
	return nil
}

// after wants nothing but white space behind the last %%EOF.
func (f *file) after() error {
	if f.lex.lastEOF == 0 {
		return truncated()
	}
	for f.lex.pos = f.lex.lastEOF; ; {
		switch c := f.lex.next(); {
		case c == eof:
			return nil
		case !isSpace(c):
			return mixed()
		}
	}
}

// broken is a file that is not a PDF.
func broken() *errs.Error {
	return errs.New(errs.InvalidContent, "The PDF does not hold together. Open it, print or export it to a new PDF, and upload that.")
}

func truncated() *errs.Error {
	return errs.New(errs.InvalidContent, "The PDF ends before its end. Upload the whole file again, from where it was made.")
}

func mixed() *errs.Error {
	return errs.New(errs.InvalidContent, "The file is a PDF and something else at once. Open it, print or export it to a new PDF, and upload that.")
}

// orBroken is err of the source, and broken for one of syntax.
func orBroken(err error) error {
	if err == errSyntax || err == io.EOF || err == nil {
		return broken()
	}
	return err
}

// actions are those that do more than lead to a place (ISO 32000-1 §12.6.4, ISO 32000-2 §12.6.4).
var actions = map[name]string{
	"JavaScript": "a script", "Launch": "an action that starts another program", "ImportData": "an action that reads other files",
	"GoToE": "an embedded file", "RichMediaExecute": "an embedded program",
}

// annotations are those that bring something else than text and links along (§12.5.6).
var annotations = map[name]string{
	"FileAttachment": "an attached file", "RichMedia": "an embedded program or film", "3D": "a 3D model", "Movie": "a film", "Sound": "a sound",
}

// hostile refuses a value that acts, or that holds another file, however deep inside.
func hostile(v any) error {
	switch v := v.(type) {
	case array:
		for _, item := range v {
			if err := hostile(item); err != nil {
				return err
			}
		}
	case dict:
		if what := act(v); what != "" {
			return contains(what)
		}
		for _, item := range v {
			if err := hostile(item); err != nil {
				return err
			}
		}
	}
	return nil
}

func contains(what string) error {
	return errs.New(errs.InvalidContent, "The PDF contains %s. Print or export it to a new PDF without, and upload that.", what)
}

// elsewhere notes the addresses that stand in objects of their own, however deep inside v.
func (f *file) elsewhere(v any) {
	switch v := v.(type) {
	case array:
		for _, item := range v {
			f.elsewhere(item)
		}
	case dict:
		if to, isRef := v["URI"].(ref); isRef && len(f.links) < maxRemarks {
			f.links[to.num] = true
		}
		if base, isRef := v["Base"].(ref); isRef && len(f.links) < maxRemarks {
			f.links[base.num] = true
		}
		for _, item := range v {
			f.elsewhere(item)
		}
	}
}

// act names what a dictionary does; empty for nothing.
func act(d dict) string {
	s, _ := d["S"].(name)
	subtype, _ := d["Subtype"].(name)
	_, isElement := d["K"] // of the structure tree, where S is the name of a tag
	switch {
	case actions[s] != "" && !isElement:
		return actions[s]
	case d["JS"] != nil && s != "", names(d["JavaScript"]):
		return actions["JavaScript"]
	case d["EF"] != nil && (d["F"] != nil || d["UF"] != nil || d["Type"] == name("Filespec")), names(d["EmbeddedFiles"]), d["Type"] == name("EmbeddedFile"):
		return "another file"
	case d["XFA"] != nil:
		return "an XFA form, which few programs can show"
	case annotations[subtype] != "" && d["Rect"] != nil:
		return annotations[subtype]
	}
	return leads(d["URI"])
}

// schemes are those of addresses that a program runs, or that lead into the reader's own computer.
var schemes = map[string]string{
	"javascript": "a link that runs a script", "vbscript": "a link that runs a script", "data": "a link that brings a document of its own",
	"file": "a link into the reader's computer",
}

// leads names what is wrong with the address of an action (§12.6.4.7), or with the one that it is relative to; empty for
// nothing. Programs pass over white space and control characters in an address, so they say nothing here.
func leads(v any) string {
	if base, isDict := v.(dict); isDict {
		v = base["Base"]
	}
	address, ok := v.(text)
	if !ok {
		return ""
	}
	plain := strings.Map(func(r rune) rune {
		if r <= ' ' || r == 0x7f {
			return -1
		}
		return r
	}, decode(address))
	scheme, _, _ := strings.Cut(plain, ":")
	return schemes[strings.ToLower(scheme)]
}

// names tells whether v can be a name tree.
func names(v any) bool {
	switch v.(type) {
	case dict, ref:
		return true
	}
	return false
}

// maxRemarks is how many figures and comments are counted.
const maxRemarks = 100_000

// remark keeps what an object of the number tells that is found nowhere else. A later object of the number replaces an
// earlier one, and what it told.
func (f *file) remark(num int, v any) {
	delete(f.figures, num)
	delete(f.comments, num)
	d, ok := v.(dict)
	if !ok || len(f.figures)+len(f.comments) > maxRemarks {
		return
	}
	s, _ := d["S"].(name)
	_, inTree := d["P"]
	if s != "" && inTree && (d["Type"] == nil || d["Type"] == name("StructElem")) && !said(d["Alt"]) && !said(d["ActualText"]) {
		f.figures[num] = s // whatever its tag is: which tags are figures is known at the end
	}
	switch d["Subtype"] {
	case name("Text"), name("FreeText"), name("Highlight"), name("Underline"), name("Squiggly"), name("StrikeOut"), name("Caret"), name("Ink"):
		if d["Rect"] != nil {
			f.comments[num] = true
		}
	}
}

// said tells a string that has something in it, or may have.
func said(v any) bool {
	switch v := v.(type) {
	case text:
		return decode(v) != ""
	case ref:
		return true
	}
	return false
}
