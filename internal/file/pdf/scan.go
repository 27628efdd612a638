package pdf

import (
	"bytes"
	"compress/zlib"
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

// table reads a table of objects (§7.5.4); trailer, which follows it, is read as a word of its own.
func (f *file) table() error {
	for {
		at := f.lex.pos
		first, err := f.lex.value(0)
		if err != nil {
			return orBroken(err)
		}
		num, isNumber := first.(float64)
		if !isNumber {
			f.lex.pos = at
			return nil
		}
		count, _ := f.lex.value(0)
		n, ok := count.(float64)
		if !ok || n < 0 || n > maxNumber {
			return broken()
		}
		if err := f.section(int(num), int(n)); err != nil {
			return err
		}
	}
}

func (f *file) section(num, count int) error {
	for i := range count {
		f.lex.values = 0
		at, err1 := f.lex.value(0)
		_, err2 := f.lex.value(0)
		use, err3 := f.lex.value(0)
		offset, ok := at.(float64)
		if err1 != nil || err2 != nil || err3 != nil || !ok {
			return broken()
		}
		if use == word("n") {
			if err := f.list(num+i, int64(offset)); err != nil {
				return err
			}
		}
	}
	return nil
}

func (f *file) list(num int, at int64) error {
	if len(f.listed) >= 2*maxObjects {
		return broken()
	}
	f.listed = append(f.listed, listing{num, at})
	return nil
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
	number := int32(len(f.streams)) //nolint:gosec // at most maxObjects
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

// xrefStream reads a table of objects that is a stream (§7.5.8); its dictionary is a trailer too.
func (f *file) xrefStream(d dict, p place) error {
	if err := f.addTrailer(d); err != nil {
		return err
	}
	content, err := f.inflate(d, p, maxStream)
	if err != nil {
		return err
	}
	widths, ok := d["W"].(array)
	if !ok || len(widths) != 3 {
		return broken()
	}
	var w [3]int
	for i, v := range widths {
		n, ok := v.(float64)
		if !ok || n < 0 || n > 8 {
			return broken()
		}
		w[i] = int(n)
	}
	index, ok := d["Index"].(array)
	if !ok {
		index = array{0.0, d["Size"]}
	}
	return f.xrefRows(content, w, index)
}

func (f *file) xrefRows(rows []byte, w [3]int, index array) error {
	width := w[0] + w[1] + w[2]
	if width == 0 {
		return broken()
	}
	for i := 0; i+1 < len(index); i += 2 {
		num, ok1 := index[i].(float64)
		count, ok2 := index[i+1].(float64)
		if !ok1 || !ok2 || num < 0 || num > maxNumber || count < 0 || count > maxNumber {
			return broken()
		}
		for j := 0; j < int(count) && len(rows) >= width; j++ {
			kind := number(rows[:w[0]])
			if w[0] == 0 {
				kind = 1
			}
			if kind == 1 {
				if err := f.list(int(num)+j, number(rows[w[0]:w[0]+w[1]])); err != nil {
					return err
				}
			}
			rows = rows[width:]
		}
	}
	return nil
}

func number(b []byte) (n int64) {
	for _, c := range b {
		n = n<<8 | int64(c)
	}
	return n
}

// inflate expands the data of a stream, up to most bytes. Only what structure is written with is understood: Flate,
// with PNG's predictors, or nothing.
func (f *file) inflate(d dict, p place, most int64) ([]byte, error) {
	var src io.Reader = io.NewSectionReader(f.src, p.data, p.dataBytes)
	switch filter := single(d["Filter"]); filter {
	case nil:
	case name("FlateDecode"), name("Fl"):
		z, err := zlib.NewReader(src)
		if err != nil {
			return nil, broken().Because(err)
		}
		defer z.Close()
		src = z
	default:
		return nil, broken()
	}
	content, err := io.ReadAll(io.LimitReader(src, most+1))
	f.expanded += int64(len(content))
	switch {
	case int64(len(content)) > most || f.expanded > maxExpanded:
		return nil, errs.New(errs.InvalidContent, "The PDF expands to far more than it seems to hold. Export it again, and upload that.")
	case err != nil && len(content) == 0:
		return nil, broken().Because(err)
	}
	parms, _ := single(d["DecodeParms"]).(dict)
	return unpredict(content, parms)
}

// single is the value, or the only one of a list.
func single(v any) any {
	if list, ok := v.(array); ok {
		switch len(list) {
		case 0:
			return nil
		case 1:
			return list[0]
		}
	}
	return v
}

// unpredict undoes PNG's predictors (§7.4.4.4).
func unpredict(content []byte, parms dict) ([]byte, error) {
	predictor, _ := parms["Predictor"].(float64)
	if predictor < 2 {
		return content, nil
	}
	columns, ok := parms["Columns"].(float64)
	if !ok {
		columns = 1
	}
	if predictor < 10 || columns < 1 || columns > bufferSize || parms["Colors"] != nil && parms["Colors"] != 1.0 || parms["BitsPerComponent"] != nil && parms["BitsPerComponent"] != 8.0 {
		return nil, broken()
	}
	row := int(columns)
	before := make([]byte, row)
	out := content[:0]
	for ; len(content) > row; content = content[row+1:] {
		line := append([]byte(nil), content[1:row+1]...)
		unfilter(content[0], line, before)
		out = append(out, line...)
		before = line
	}
	return out, nil
}

// unfilter undoes one of PNG's filters on a row of single bytes (W3C PNG §9.2).
func unfilter(filter byte, line, before []byte) {
	var left, corner byte
	for i := range line {
		up := before[i]
		switch filter {
		case 1:
			line[i] += left
		case 2:
			line[i] += up
		case 3:
			line[i] += byte((int(left) + int(up)) / 2)
		case 4:
			line[i] += paeth(left, up, corner)
		}
		left, corner = line[i], up
	}
}

func paeth(a, b, c byte) byte {
	p := int(a) + int(b) - int(c)
	pa, pb, pc := abs(p-int(a)), abs(p-int(b)), abs(p-int(c))
	switch {
	case pa <= pb && pa <= pc:
		return a
	case pb <= pc:
		return b
	}
	return c
}

func abs(n int) int { return max(n, -n) }
