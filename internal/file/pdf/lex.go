package pdf

import (
	"errors"
	"io"
	"strconv"
)

// The values of PDF (ISO 32000-1 §7.3), besides bool, float64 and nil.
type (
	name  string // without the slash, #xx decoded
	text  string // the bytes of a string
	ref   struct{ num int }
	dict  map[name]any
	array []any
	word  string // what is none of them: obj, endobj, stream, R …
)

const (
	bufferSize = 64 << 10
	maxDepth   = 64
	maxValues  = 1_000_000 // in one object
	maxText    = 64 << 10  // of a string; what is longer is cut
	maxWord    = 256
	eof        = -1
)

var errSyntax = errors.New("not the syntax of PDF")

// lexer reads values from the bytes of a file or of an object stream.
type lexer struct {
	src   io.ReaderAt
	size  int64
	pos   int64
	buf   []byte
	bufAt int64
	err   error // of src; reading goes on as if the file ended

	values  int   // read of the present object
	lastEOF int64 // behind the last comment %%EOF
}

func newLexer(src io.ReaderAt, size int64) *lexer { return &lexer{src: src, size: size} }

// peek is the byte at the position, or eof.
func (l *lexer) peek() int {
	if l.pos >= l.size || l.pos < 0 || l.err != nil {
		return eof
	}
	if l.pos < l.bufAt || l.pos >= l.bufAt+int64(len(l.buf)) {
		if l.buf == nil {
			l.buf = make([]byte, 0, min(bufferSize, l.size))
		}
		l.buf = l.buf[:min(int64(cap(l.buf)), l.size-l.pos)]
		l.bufAt = l.pos
		if n, err := l.src.ReadAt(l.buf, l.pos); err != nil && n < len(l.buf) {
			l.err, l.buf = err, l.buf[:0]
			return eof
		}
	}
	return int(l.buf[l.pos-l.bufAt])
}

func (l *lexer) next() int {
	c := l.peek()
	if c != eof {
		l.pos++
	}
	return c
}

func isSpace(c int) bool {
	return c == 0 || c == '\t' || c == '\n' || c == '\f' || c == '\r' || c == ' '
}

func isDelimiter(c int) bool {
	switch c {
	case '(', ')', '<', '>', '[', ']', '{', '}', '/', '%', eof:
		return true
	}
	return false
}

// space skips white space and comments.
func (l *lexer) space() {
	for {
		switch c := l.peek(); {
		case isSpace(c):
			l.pos++
		case c == '%':
			l.comment()
		default:
			return
		}
	}
}

func (l *lexer) comment() {
	const mark = "%%EOF"
	matched := 0
	for c := l.peek(); c != eof && c != '\n' && c != '\r'; c = l.peek() {
		if matched >= 0 && matched < len(mark) {
			if matched++; c != int(mark[matched-1]) {
				matched = -1
			}
		}
		l.pos++
		if matched == len(mark) {
			l.lastEOF = l.pos
			matched = -1
		}
	}
}

// value reads one value or word; io.EOF at the end.
func (l *lexer) value(depth int) (any, error) {
	l.space()
	if l.values++; depth > maxDepth || l.values > maxValues {
		return nil, errSyntax
	}
	switch c := l.next(); c {
	case eof:
		return nil, io.EOF
	case '/':
		return l.name(), nil
	case '(':
		return l.literal(), nil
	case '[':
		list, err := l.list("]", depth)
		return array(list), err
	case '<':
		if l.peek() != '<' {
			return l.hex()
		}
		l.pos++
		return l.dict(depth)
	case '>':
		if l.next() != '>' {
			return nil, errSyntax
		}
		return word(">>"), nil
	case ']', ')', '{', '}':
		return word(string(rune(c))), nil
	default:
		l.pos--
		return l.plain(), nil
	}
}

// list reads values to the closing word. Two numbers and R become a reference.
func (l *lexer) list(end word, depth int) ([]any, error) {
	var list []any
	for {
		v, err := l.value(depth + 1)
		if err == io.EOF {
			return nil, errSyntax
		}
		if err != nil {
			return nil, err
		}
		w, isWord := v.(word)
		switch {
		case !isWord:
			list = append(list, v)
		case w == end:
			return list, nil
		case w == "R":
			if list, err = refer(list); err != nil {
				return nil, err
			}
		default:
			return nil, errSyntax
		}
	}
}

// refer puts a reference in place of the two numbers at the end.
func refer(list []any) ([]any, error) {
	if len(list) < 2 {
		return nil, errSyntax
	}
	num, ok := list[len(list)-2].(float64)
	if _, also := list[len(list)-1].(float64); !ok || !also || num < 0 || num > maxNumber {
		return nil, errSyntax
	}
	return append(list[:len(list)-2], ref{int(num)}), nil
}

func (l *lexer) dict(depth int) (dict, error) {
	list, err := l.list(">>", depth)
	if err != nil || len(list)%2 != 0 {
		return nil, errSyntax
	}
	d := make(dict, len(list)/2)
	for i := 0; i < len(list); i += 2 {
		key, ok := list[i].(name)
		if !ok {
			return nil, errSyntax
		}
		d[key] = list[i+1]
	}
	return d, nil
}

func (l *lexer) name() name {
	var b []byte
	for c := l.peek(); !isSpace(c) && !isDelimiter(c); c = l.peek() {
		l.pos++
		if c == '#' {
			at := l.pos
			if high, low := unhex(l.next()), unhex(l.next()); high >= 0 && low >= 0 {
				c = high<<4 | low
			} else {
				l.pos = at
			}
		}
		if len(b) < maxWord {
			b = append(b, byte(c))
		}
	}
	return name(b)
}

func unhex(c int) int {
	switch {
	case c >= '0' && c <= '9':
		return c - '0'
	case c|0x20 >= 'a' && c|0x20 <= 'f' && c != eof:
		return c | 0x20 - 'a' + 10
	}
	return -1
}

// literal reads a string in parentheses, which may hold balanced ones (§7.3.4.2).
func (l *lexer) literal() text {
	var b []byte
	for open := 1; ; {
		c := l.next()
		switch c {
		case eof:
			return text(b)
		case '(':
			open++
		case ')':
			if open--; open == 0 {
				return text(b)
			}
		case '\\':
			if c = l.escape(); c == eof {
				continue
			}
		}
		if len(b) < maxText {
			b = append(b, byte(c))
		}
	}
}

// escape is the character behind a backslash; eof for a line that goes on.
func (l *lexer) escape() int {
	switch c := l.next(); c {
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	case 'b':
		return '\b'
	case 'f':
		return '\f'
	case '\n':
		return eof
	case '\r':
		if l.peek() == '\n' {
			l.pos++
		}
		return eof
	default:
		if c < '0' || c > '7' {
			return c
		}
		v := c - '0'
		for n := 0; n < 2 && l.peek() >= '0' && l.peek() <= '7'; n++ {
			v = v<<3 | (l.next() - '0')
		}
		return v & 0xFF
	}
}

func (l *lexer) hex() (text, error) {
	var b []byte
	half := -1
	for {
		c := l.next()
		switch h := unhex(c); {
		case c == '>':
			if half >= 0 {
				b = append(b, byte(half<<4))
			}
			return text(b), nil
		case isSpace(c):
		case h < 0:
			return "", errSyntax
		case half < 0:
			half = h
		default:
			if len(b) < maxText {
				b = append(b, byte(half<<4|h))
			}
			half = -1
		}
	}
}

// plain reads a number, true, false, null or a word.
func (l *lexer) plain() any {
	var b []byte
	for c := l.peek(); !isSpace(c) && !isDelimiter(c); c = l.peek() {
		if l.pos++; len(b) < maxWord {
			b = append(b, byte(c))
		}
	}
	switch s := string(b); s {
	case "true":
		return true
	case "false":
		return false
	case "null":
		return nil
	default:
		for _, c := range b {
			if !isNumberChar(c) {
				return word(s)
			}
		}
		n, err := strconv.ParseFloat(s, 64)
		if err != nil {
			return 0.0 // as readers do with --5 and the like
		}
		return n
	}
}

func isNumberChar(c byte) bool { return c == '+' || c == '-' || c == '.' || c >= '0' && c <= '9' }
