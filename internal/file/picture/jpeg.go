package picture

import (
	"bytes"
	"fmt"

	"github.com/cpics/working-together-api/internal/errs"
)

// JPEG markers (ITU-T T.81, table B.1).
const (
	markSOF0 = 0xC0 // baseline
	markSOF1 = 0xC1 // extended sequential
	markSOF2 = 0xC2 // progressive
	markDHT  = 0xC4
	markJPG  = 0xC8
	markDAC  = 0xCC
	markRST0 = 0xD0
	markRST7 = 0xD7
	markSOI  = 0xD8
	markEOI  = 0xD9
	markSOS  = 0xDA
	markAPP0 = 0xE0
	markAPP1 = 0xE1
	markAPP2 = 0xE2
	markAPPE = 0xEE
	markAPPF = 0xEF
	markCOM  = 0xFE
	markTEM  = 0x01
)

// iccHeader is what a segment has before its piece of a profile: length, name, number and count (ICC.1:2022 §B.4).
const iccHeader = 2 + 12 + 2

// maxPreviews is how many more JPEGs a camera may put behind the first.
const maxPreviews = 16

// scanJPEG reads the image, and looks at what follows its end. Cameras put a preview or a gain map there, a JPEG of its
// own, or padding; these are dropped. Anything else is refused.
func scanJPEG(w *window) (*layout, error) {
	l := &layout{orientation: 1}
	at, err := l.walkJPEG(w, 0)
	if err != nil {
		return nil, err
	}
	l.dropped = l.dropped || at < w.size
	for range maxPreviews {
		if w.size-at < 3 || !bytes.Equal(w.bytes(at, 3), []byte{0xFF, markSOI, 0xFF}) {
			break
		}
		if at, err = new(layout).walkJPEG(w, at); err != nil {
			return nil, trailing()
		}
	}
	for ; at < w.size; at += windowSize {
		if len(bytes.Trim(w.bytes(at, int(min(windowSize, w.size-at))), "\x00")) > 0 {
			return nil, trailing()
		}
	}
	return l, nil
}

// walkJPEG walks the segments from the start of an image to its end. Of the application's own it keeps what colours
// depend on (JFIF, the ICC profile, Adobe's transform) and drops the others and comments: EXIF with its places and
// serial numbers, XMP, previews.
func (l *layout) walkJPEG(w *window, at int64) (end int64, err error) {
	if w.big16(at) != 0xFF00|markSOI {
		return 0, errBroken
	}
	l.keep(at, 2)
	at += 2
	for range maxParts {
		mark, start := marker(w, at)
		switch {
		case w.err != nil || mark == 0:
			return 0, errBroken
		case mark == markEOI && l.width == 0:
			return 0, errBroken
		case mark == markEOI:
			l.keep(start, 2)
			return start + 2, nil
		case mark == markTEM || mark >= markRST0 && mark <= markRST7:
			at = start + 2
			continue
		}
		if at, err = l.segment(w, mark, start); err != nil {
			return 0, err
		}
	}
	return 0, errBroken
}

// marker finds the marker at the offset, behind any fill bytes; 0 where there is none.
func marker(w *window, at int64) (mark byte, start int64) {
	for w.err == nil && w.byte(at) == 0xFF {
		if mark = w.byte(at + 1); mark != 0xFF {
			return mark, at
		}
		at++
	}
	return 0, at
}

// segment notes a segment, with the coded data behind it if there is any, and tells where it ends.
func (l *layout) segment(w *window, mark byte, start int64) (end int64, err error) {
	n := int64(w.big16(start + 2))
	if end = start + 2 + n; n < 2 {
		return 0, errBroken
	}
	switch {
	case isFrame(mark) && l.width != 0:
		return 0, errBroken
	case isFrame(mark):
		if err := l.frameHeader(w, mark, start+4, n); err != nil {
			return 0, err
		}
	case mark == markAPP1 && bytes.HasPrefix(w.bytes(start+4, int(min(n-2, 6))), []byte("Exif\x00\x00")):
		l.orientation = orientation(w.bytes(start+10, int(n-8)))
	case mark == markSOS:
		end = entropyEnd(w, end)
	}
	switch {
	case !keepsJPEG(w, mark, start+4, n-2):
		l.dropped = true
		return end, nil
	case mark == markAPP2 && n > iccHeader:
		l.icc = append(l.icc, part{off: start + 2 + iccHeader, n: n - iccHeader})
	}
	l.keep(start, end-start)
	return end, nil
}

// isFrame tells a frame header, of whatever process.
func isFrame(mark byte) bool {
	return mark >= markSOF0 && mark <= 0xCF && mark != markDHT && mark != markJPG && mark != markDAC
}

// frameHeader reads the size (T.81 §B.2.2) and what decoding takes.
func (l *layout) frameHeader(w *window, mark byte, at, n int64) error {
	if mark > markSOF2 {
		return errs.New(errs.InvalidContent, "Browsers do not show this kind of JPEG. Open it in an image editor and save it as an ordinary JPEG.").
			Because(fmt.Errorf("frame marker %#x", mark))
	}
	l.height, l.width = w.big16(at+1), w.big16(at+3)
	components := int(w.byte(at + 5))
	if components < 1 || components > 4 || n < 8+3*int64(components) {
		return errBroken
	}
	most, all := 1, 0
	for i := range components {
		sampling := w.byte(at + 7 + 3*int64(i))
		area := int(sampling>>4) * int(sampling&15)
		most, all = max(most, area), all+area
	}
	samples := int64(l.width) * int64(l.height) * int64(all) / int64(most)
	l.decoded = samples
	if mark == markSOF2 { // all coefficients are kept, four bytes each, until the last scan
		l.decoded += 4 * samples
	}
	return nil
}

// keepsJPEG tells whether the image needs the segment.
func keepsJPEG(w *window, mark byte, at, n int64) bool {
	begins := func(s string) bool {
		return n >= int64(len(s)) && string(w.bytes(at, len(s))) == s
	}
	switch {
	case mark == markAPP0:
		return begins("JFIF\x00")
	case mark == markAPP2:
		return begins("ICC_PROFILE\x00")
	case mark == markAPPE:
		return begins("Adobe")
	default:
		return mark != markCOM && (mark < markAPP0 || mark > markAPPF)
	}
}

// entropyEnd is where the next marker is behind coded data.
func entropyEnd(w *window, at int64) int64 {
	for w.err == nil {
		chunk := w.bytes(at, int(min(windowSize, w.size-at)))
		i := bytes.IndexByte(chunk, 0xFF)
		if i < 0 {
			at += int64(len(chunk))
			if at >= w.size {
				w.byte(at) // beyond the end
			}
			continue
		}
		at += int64(i)
		next := w.byte(at + 1)
		if next != 0 && next != 0xFF && (next < markRST0 || next > markRST7) {
			return at
		}
		if at++; next != 0xFF { // which may begin a marker itself
			at++
		}
	}
	return at
}
