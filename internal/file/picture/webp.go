package picture

import "encoding/binary"

// Flags of a VP8X chunk (RFC 9649 §2.7).
const (
	webpXMP       = 0x04
	webpEXIF      = 0x08
	webpAlpha     = 0x10
	webpExtended  = "VP8X"
	webpFrame     = "ANMF"
	webpLossy     = "VP8 "
	webpLossless  = "VP8L"
	riffHeader    = 12
	chunkHeader   = 8
	extendedBytes = 10
)

// webFrame is where the first frame of an animation is, and how it lies on the canvas.
type webFrame struct {
	off, n        int64 // its chunks
	x, y          int
	width, height int
	alpha         bool
}

// scanWebP walks the chunks (RFC 9649). It drops EXIF, XMP and what it does not know.
func scanWebP(w *window) (*layout, error) {
	l := &layout{orientation: 1}
	if string(w.bytes(0, 4)) != "RIFF" || string(w.bytes(8, 4)) != "WEBP" {
		return nil, errBroken
	}
	switch stated := w.little32(4) + 8; {
	case stated > w.size:
		return nil, truncated()
	case stated < w.size:
		return nil, trailing()
	}
	l.parts = append(l.parts, part{fresh: []byte("RIFF\x00\x00\x00\x00WEBP")})
	kept := int64(4)
	for at := int64(riffHeader); at < w.size; {
		name, n := string(w.bytes(at, 4)), w.little32(at+4)
		end := at + chunkHeader + n + n&1
		if len(l.parts) > maxParts || n&1 == 1 && end-1 == w.size {
			return nil, errBroken
		}
		if end > w.size {
			return nil, truncated()
		}
		stays, err := l.chunk(w, name, at, n)
		if err != nil {
			return nil, err
		}
		if stays {
			kept += end - at
		} else {
			l.dropped = true
		}
		at = end
	}
	binary.LittleEndian.PutUint32(l.parts[0].fresh[4:], uint32(kept)) // a part of the 32 bit size that was there
	if l.decoded == 0 {
		return nil, errBroken
	}
	if l.frame != nil { // browsers do not turn animations
		l.orientation = 1
	}
	return l, nil
}

// chunk notes a chunk, and whether it stays.
func (l *layout) chunk(w *window, name string, at, n int64) (stays bool, err error) {
	body := at + chunkHeader
	first := len(l.parts) == 1
	switch name {
	case webpExtended:
		if n != extendedBytes || !first {
			return false, errBroken
		}
		l.extended(w, at)
		return true, nil
	case webpLossy, webpLossless:
		width, height, ok := bitstream(w, name, body)
		if !ok || l.frame != nil || l.width != 0 && (l.width != width || l.height != height) {
			return false, errBroken
		}
		l.width, l.height = width, height
		l.decoded = 8 * int64(width) * int64(height)
	case webpFrame:
		if err := l.firstFrame(w, body, n); err != nil {
			return false, err
		}
	case "EXIF":
		l.orientation = orientation(exifOf(w, body, n))
		return false, nil
	case "ICCP":
		l.icc = []part{{off: body, n: n}}
	case "ALPH", "ANIM":
	default:
		return false, nil
	}
	l.keep(at, chunkHeader+n+n&1)
	return true, nil
}

// extended reads the canvas, and announces no more EXIF and XMP.
func (l *layout) extended(w *window, at int64) {
	fresh := append([]byte(nil), w.bytes(at, chunkHeader+extendedBytes)...)
	fresh[chunkHeader] &^= webpEXIF | webpXMP
	l.width, l.height = w.little24(at+chunkHeader+4)+1, w.little24(at+chunkHeader+7)+1
	l.parts = append(l.parts, part{fresh: fresh})
}

// bitstream reads the size from the header of coded data (RFC 6386 §9.1, RFC 9649 §3.4).
func bitstream(w *window, name string, at int64) (width, height int, ok bool) {
	if name == webpLossless {
		bits := w.little32(at + 1)
		return int(bits&0x3FFF) + 1, int(bits>>14&0x3FFF) + 1, w.byte(at) == 0x2F
	}
	b := w.bytes(at+3, 3)
	return w.little16(at+6) & 0x3FFF, w.little16(at+8) & 0x3FFF, b[0] == 0x9D && b[1] == 0x01 && b[2] == 0x2A
}

// firstFrame notes the first frame of an animation.
func (l *layout) firstFrame(w *window, at, n int64) error {
	const header = 16
	if n < header+chunkHeader || l.width == 0 {
		return errBroken
	}
	if l.frame != nil {
		return nil
	}
	f := &webFrame{off: at + header, n: n - header, x: 2 * w.little24(at), y: 2 * w.little24(at+3),
		width: w.little24(at+6) + 1, height: w.little24(at+9) + 1}
	f.alpha = string(w.bytes(f.off, 4)) == "ALPH"
	if f.x+f.width > l.width || f.y+f.height > l.height {
		return errBroken
	}
	l.frame = f
	l.decoded = 12 * int64(l.width) * int64(l.height)
	return nil
}

// exifOf is the TIFF block; some writers put a JPEG's prefix before it.
func exifOf(w *window, at, n int64) []byte {
	const prefix = "Exif\x00\x00"
	b := w.bytes(at, int(min(n, windowSize)))
	if len(b) >= len(prefix) && string(b[:len(prefix)]) == prefix {
		return b[len(prefix):]
	}
	return b
}
