package picture

import (
	"encoding/binary"
	"io"
)

// windowSize is how much of a file is looked at together.
const windowSize = 64 << 10

// window looks at the bytes of a file wherever they are, through a small buffer. The first failure stays: what is read
// after it is zero, and err tells.
type window struct {
	file io.ReaderAt
	size int64
	buf  []byte
	at   int64 // where buf begins
	err  error
}

func newWindow(file io.ReaderAt, size int64) *window {
	return &window{file: file, size: size, buf: make([]byte, 0, windowSize)}
}

// bytes are n bytes at the offset, n at most windowSize. They hold until the next call. Beyond the end it fails with
// io.ErrUnexpectedEOF and gives zeros.
func (w *window) bytes(off int64, n int) []byte {
	if w.err == nil && (off < 0 || n < 0 || off+int64(n) > w.size) {
		w.err = io.ErrUnexpectedEOF
	}
	if w.err != nil {
		return make([]byte, max(0, n))
	}
	if off < w.at || off+int64(n) > w.at+int64(len(w.buf)) {
		w.load(off)
	}
	if w.err != nil {
		return make([]byte, n)
	}
	return w.buf[off-w.at:][:n]
}

func (w *window) load(off int64) {
	w.buf = w.buf[:min(int64(windowSize), w.size-off)]
	w.at = off
	if _, err := io.ReadFull(io.NewSectionReader(w.file, off, w.size-off), w.buf); err != nil {
		w.err = err
	}
}

func (w *window) byte(off int64) byte { return w.bytes(off, 1)[0] }

func (w *window) big16(off int64) int { return int(binary.BigEndian.Uint16(w.bytes(off, 2))) }

func (w *window) big32(off int64) int64 { return int64(binary.BigEndian.Uint32(w.bytes(off, 4))) }

func (w *window) little16(off int64) int { return int(binary.LittleEndian.Uint16(w.bytes(off, 2))) }

func (w *window) little24(off int64) int {
	b := w.bytes(off, 3)
	return int(b[0]) | int(b[1])<<8 | int(b[2])<<16
}

func (w *window) little32(off int64) int64 {
	return int64(binary.LittleEndian.Uint32(w.bytes(off, 4)))
}
