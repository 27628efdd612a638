package picture

import (
	"slices"
)

const pngSignature = "\x89PNG\r\n\x1a\n"

// The chunks of a PNG (W3C PNG, third edition, §11) that an image needs: what it consists of, and what its colours and
// its movement depend on. Text, time and EXIF are dropped.
var keptPNG = []string{"IHDR", "PLTE", "IDAT", "IEND", "tRNS", "gAMA", "cHRM", "sRGB", "iCCP", "cICP", "sBIT", "bKGD", "pHYs", "acTL", "fcTL", "fdAT"}

// scanPNG walks the chunks.
func scanPNG(w *window) (*layout, error) {
	l := &layout{orientation: 1}
	if string(w.bytes(0, len(pngSignature))) != pngSignature {
		return nil, errBroken
	}
	l.keep(0, int64(len(pngSignature)))
	at, seenData, moves := int64(len(pngSignature)), false, false
	for i := range maxParts {
		n, name := w.big32(at), string(w.bytes(at+4, 4))
		end := at + 12 + n
		if end > w.size {
			w.bytes(end-1, 1) // beyond the end
		}
		switch {
		case w.err != nil || n > 1<<31-1 || (i == 0) != (name == "IHDR"):
			return nil, errBroken
		case i == 0:
			l.headerPNG(w, at+8)
		case name == "acTL":
			moves = true
		case name == "eXIf" && n <= windowSize && !moves: // browsers do not turn animations
			l.orientation = orientation(w.bytes(at+8, int(n)))
		case name == "iCCP":
			l.icc = []part{{off: at + 8, n: n}}
		}
		seenData = seenData || name == "IDAT"
		switch {
		case slices.Contains(keptPNG, name):
			l.keep(at, end-at)
		case name[0]&0x20 == 0: // critical, and unknown
			return nil, errBroken
		default:
			l.dropped = true
		}
		at = end
		if name == "IEND" {
			break
		}
	}
	switch {
	case !seenData:
		return nil, errBroken
	case at != w.size:
		return nil, trailing()
	}
	return l, nil
}

// headerPNG reads IHDR.
func (l *layout) headerPNG(w *window, at int64) {
	l.width, l.height = int(w.big32(at)), int(w.big32(at+4))
	depth, colour, interlaced := int64(w.byte(at+8)), w.byte(at+9), w.byte(at+12) != 0
	pixel := max(1, depth/8)
	if colour == 2 || colour == 4 || colour == 6 { // with colour or alpha: four channels once decoded
		pixel *= 4
	}
	l.decoded = pixel * int64(min(l.width, 1<<20)) * int64(min(l.height, 1<<20))
	if interlaced {
		l.decoded *= 2
	}
}
