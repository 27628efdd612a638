package pdf

import (
	"bytes"
	"context"
	"io"

	"github.com/cpics/working-together-api/internal/errs"
)

// Bounds of one file.
const (
	maxNumber   = 8_388_607 // of an object (ISO 32000-1 annex C)
	maxObjects  = 500_000
	maxStream   = 32 << 20  // bytes that one object stream expands to
	maxExpanded = 256 << 20 // that all that are read expand to
	maxHidden   = 1_000     // objects that only the table of objects leads to
)

// place is where an object is.
type place struct {
	at        int64 // of its value: in the file, or in the object stream
	stream    int32 // the object stream's number in file.streams, from 1; 0: in the file itself
	data      int64 // where a stream's data begins; 0: no stream
	dataBytes int64
}

// file is a PDF while it is read. Objects are looked at where they stand and not kept.
type file struct {
	ctx      context.Context
	src      io.ReaderAt
	size     int64
	lex      *lexer
	index    map[int]place // objects by number, the last one of each
	streams  []place       // object streams
	starts   map[int64]bool
	listed   []listing // what the tables of objects say
	trailer  dict      // all trailers in one, the later over the earlier
	figures  map[int]name
	comments map[int]bool
	links    map[int]bool // the objects that hold an address, where it does not stand in its action
	expanded int64
	open     int32 // the object stream that content holds
	content  []byte
}

// listing is an entry of a table of objects.
type listing struct {
	num int
	at  int64
}

// scan reads the file from its first byte to its last, and every object in it, whether a table leads there or not:
// programs that repair files find objects that way too.
func (f *file) scan() error {
	var nums []float64 // the numbers that stand before the word
	for {
		f.lex.space()
		start := f.lex.pos
		f.lex.values = 0
		v, err := f.lex.value(0)
		switch v := v.(type) {
		case nil:
			if err == io.EOF {
				return f.end(nums)
			}
			return orBroken(err)
		case float64:
			if nums = append(nums, v, float64(start)); len(nums) > 4 { // each with where it stands
				nums = nums[2:]
			}
			continue
		case word:
			err = f.word(v, nums)
		default:
			return broken()
		}
		if err != nil {
			return err
		}
		nums = nil
	}
}

// end is where the file ends; a number may stand there as an offset that was never used.
func (f *file) end([]float64) error { return f.ctx.Err() }

// word reads what the word begins.
func (f *file) word(w word, nums []float64) error {
	if f.ctx.Err() != nil {
		return context.Cause(f.ctx)
	}
	switch w {
	case "obj":
		if len(nums) != 4 || nums[0] < 0 || nums[0] > maxNumber {
			return broken()
		}
		return f.object(int(nums[0]), int64(nums[1]))
	case "xref":
		return f.table()
	case "trailer":
		v, err := f.lex.value(0)
		d, ok := v.(dict)
		if err != nil || !ok {
			return broken()
		}
		return f.addTrailer(d)
	case "startxref", "endobj":
		return nil
	}
	return broken()
}

// object reads the value of an object, the data behind it if it is a stream, and what that holds.
func (f *file) object(num int, start int64) error {
	f.lex.space()
	p := place{at: f.lex.pos}
	v, err := f.lex.value(0)
	if err != nil {
		return orBroken(err)
	}
	if v == word("endobj") { // an empty object
		v = nil
	} else if err := f.afterValue(v, &p); err != nil {
		return err
	}
	f.starts[start] = true
	if err := f.note(num, v, p); err != nil {
		return err
	}
	d, _ := v.(dict)
	switch {
	case p.data == 0:
		return nil
	case d["Type"] == name("ObjStm"):
		return f.objectStream(d, p)
	case d["Type"] == name("XRef"):
		return f.xrefStream(d, p)
	}
	return nil
}

// afterValue reads what follows the value of an object: endobj, or the data of a stream.
func (f *file) afterValue(v any, p *place) error {
	after := f.lex.pos
	w, err := f.lex.value(0)
	switch {
	case err != nil:
		return orBroken(err)
	case w == word("endobj"):
		return nil
	case w != word("stream"):
		if _, isNumber := w.(float64); isNumber { // endobj is missing, and the next object begins
			f.lex.pos = after
			return nil
		}
		return broken()
	}
	d, ok := v.(dict)
	if !ok {
		return broken()
	}
	return f.data(d, p)
}

// data skips the data of a stream, up to endstream (§7.3.8).
func (f *file) data(d dict, p *place) error {
	if f.lex.peek() == '\r' {
		f.lex.pos++
	}
	if f.lex.peek() == '\n' {
		f.lex.pos++
	}
	p.data = f.lex.pos
	if n, ok := d["Length"].(float64); ok && n >= 0 && n < float64(f.size) {
		f.lex.pos += int64(n)
		if w, err := f.lex.value(0); err == nil && w == word("endstream") {
			p.dataBytes = int64(n)
			return nil
		}
		f.lex.pos = p.data
	}
	if !f.lex.skipPast("endstream") {
		return truncated()
	}
	p.dataBytes = f.lex.pos - int64(len("endstream")) - p.data
	return nil
}

// skipPast moves behind the next occurrence of s.
func (l *lexer) skipPast(s string) bool {
	for l.peek() != eof {
		window := l.buf[l.pos-l.bufAt:]
		if i := bytes.Index(window, []byte(s)); i >= 0 {
			l.pos += int64(i + len(s))
			return true
		}
		l.pos += int64(max(1, len(window)-len(s)+1))
	}
	return false
}

// note keeps where an object is, and looks at what it says.
func (f *file) note(num int, v any, p place) error {
	if len(f.index) >= maxObjects {
		return errs.New(errs.InvalidContent, "The PDF consists of too many parts. Export it again, or split it.")
	}
	f.index[num] = p
	f.remark(num, v)
	f.elsewhere(v)
	return hostile(v)
}

func (f *file) addTrailer(d dict) error {
	if d["Encrypt"] != nil {
		return errs.New(errs.InvalidContent, "The PDF is encrypted or protected by a password, so nobody can check what is in it. Save it without protection, and upload that.")
	}
	for key, v := range d {
		f.trailer[key] = v
	}
	return hostile(d)
}

// hidden looks at objects that tables of objects lead to and that were not met: they stand inside something else,
// which is a way to show different programs different files.
func (f *file) hidden() error {
	seen := 0
	for _, l := range f.listed {
		if l.at <= 0 || l.at >= f.size || f.starts[l.at] {
			continue
		}
		f.lex.pos, f.lex.values = l.at, 0
		f.lex.space()
		if f.starts[f.lex.pos] {
			continue
		}
		if seen++; seen > maxHidden {
			return broken()
		}
		start := f.lex.pos
		num, _ := f.lex.value(0)
		_, _ = f.lex.value(0)
		if w, err := f.lex.value(0); err != nil || w != word("obj") || num != float64(l.num) {
			continue // leads to nothing
		}
		if err := f.object(l.num, start); err != nil {
			return err
		}
	}
	return nil
}

// objectStream reads the objects inside a stream (§7.5.7).
func (f *file) objectStream(d dict, p place) error {
	content, err := f.inflate(d, p, maxStream)
	if err != nil {
		return err
	}
	f.streams = append(f.streams, p)
	number := int32(len(f.streams)) // at most maxObjects
	count, ok1 := d["N"].(float64)
	first, ok2 := d["First"].(float64)
	if !ok1 || !ok2 || first < 0 || first > float64(len(content)) || count < 0 || count > maxObjects {
		return broken()
	}
	head := newLexer(bytes.NewReader(content), int64(first))
	body := newLexer(bytes.NewReader(content), int64(len(content)))
	for range int(count) {
		head.values, body.values = 0, 0
		num, _ := head.value(0)
		at, _ := head.value(0)
		n, ok1 := num.(float64)
		offset, ok2 := at.(float64)
		if !ok1 || !ok2 || n < 0 || n > maxNumber || offset < 0 || f.ctx.Err() != nil {
			return broken()
		}
		body.pos = int64(first) + int64(offset)
		v, err := body.value(0)
		if err != nil {
			return broken()
		}
		if err := f.note(int(n), v, place{at: int64(first) + int64(offset), stream: number}); err != nil {
			return err
		}
	}
	return nil
}
