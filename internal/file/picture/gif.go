package picture

// GIF blocks (GIF89a §§17–26).
const (
	gifExtension   = 0x21
	gifImage       = 0x2C
	gifTrailer     = 0x3B
	gifControl     = 0xF9
	gifApplication = 0xFF
)

// scanGIF walks the blocks. Of the extensions it keeps timing, transparency and repetition, and drops the others:
// comments, text and what applications wrote for themselves.
func scanGIF(w *window) (*layout, error) {
	l := &layout{orientation: 1}
	if v := string(w.bytes(0, 6)); v != "GIF87a" && v != "GIF89a" {
		return nil, errBroken
	}
	l.width, l.height = w.little16(6), w.little16(8)
	l.decoded = 2 * int64(l.width) * int64(l.height)
	at := 13 + colourTable(w.byte(10))
	l.keep(0, at)
	images := 0
	for range maxParts {
		start := at
		switch w.byte(at) {
		case gifTrailer:
			l.keep(at, 1)
			return l, endGIF(w, at+1, images)
		case gifImage:
			images++
			if l.outside(w, at) {
				return nil, errBroken
			}
			at = subBlocks(w, at+11+colourTable(w.byte(at+9)))
			l.keep(start, at-start)
		case gifExtension:
			kept := keepsGIF(w, at)
			at = subBlocks(w, at+2)
			if kept {
				l.keep(start, at-start)
			} else {
				l.dropped = true
			}
		default:
			return nil, errBroken
		}
		if w.err != nil {
			return nil, errBroken
		}
	}
	return nil, errBroken
}

// outside tells whether the frame leaves the screen.
func (l *layout) outside(w *window, at int64) bool {
	return w.little16(at+1)+w.little16(at+5) > l.width || w.little16(at+3)+w.little16(at+7) > l.height
}

func endGIF(w *window, at int64, images int) error {
	switch {
	case images == 0:
		return errBroken
	case at != w.size:
		return trailing()
	}
	return nil
}

// colourTable is how long the table is that the flags announce.
func colourTable(flags byte) int64 {
	if flags&0x80 == 0 {
		return 0
	}
	return 3 << (flags&7 + 1)
}

// subBlocks is where the row of sub-blocks ends.
func subBlocks(w *window, at int64) int64 {
	for w.err == nil {
		n := int64(w.byte(at))
		at += 1 + n
		if n == 0 {
			break
		}
	}
	return at
}

func keepsGIF(w *window, at int64) bool {
	switch w.byte(at + 1) {
	case gifControl:
		return true
	case gifApplication:
		name := string(w.bytes(at+3, 11))
		return w.byte(at+2) == 11 && (name == "NETSCAPE2.0" || name == "ANIMEXTS1.0")
	}
	return false
}
