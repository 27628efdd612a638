package inspect

import (
	"encoding/binary"
	"io"

	"github.com/cpics/working-together-api/internal/errs"
)

// maxBoxes is how many boxes of a film are looked at.
const maxBoxes = 10_000

// boxes are the top-level boxes that a film has (ISO/IEC 14496-12 §8); anything else is not a film.
var topBoxes = map[string]bool{"ftyp": true, "moov": true, "mdat": true, "free": true, "skip": true, "wide": true, "uuid": true,
	"moof": true, "mfra": true, "sidx": true, "ssix": true, "styp": true, "meta": true, "pdin": true, "emsg": true, "prft": true}

// brands are those of MP4; others (HEIF, QuickTime, audio books) have the same form.
var brands = map[string]bool{"isom": true, "iso2": true, "iso3": true, "iso4": true, "iso5": true, "iso6": true, "iso7": true,
	"iso8": true, "iso9": true, "mp41": true, "mp42": true, "avc1": true, "M4V ": true, "M4VH": true, "M4VP": true, "dash": true, "MSNV": true, "mmp4": true, "f4v ": true}

// film is an MP4 as it is read.
type film struct {
	file          io.ReaderAt
	width, height int
	seen          map[string]bool
	at            int64 // where the box that is looked at begins
	left          int   // boxes that may still be read
}

// readMP4 walks the boxes: they must fill the file to its last byte.
func readMP4(f io.ReaderAt, size int64) (Info, error) {
	m := &film{file: f, seen: map[string]bool{}, left: maxBoxes}
	err := m.walk(0, size, func(name string, body, end int64) error {
		m.seen[name] = true
		switch {
		case !topBoxes[name]:
			return errFilm
		case name == "ftyp":
			return m.brand(body, end)
		case name == "moov":
			return m.walk(body, end, m.track)
		}
		return nil
	})
	switch {
	case err != nil:
		return Info{}, err
	case !m.seen["moov"] || !m.seen["mdat"]:
		return Info{}, errFilm
	}
	return Info{MediaType: MP4, Width: m.width, Height: m.height}, nil
}

var errFilm = errs.New(errs.InvalidContent, "The film cannot be read to its end. Export it again as MP4, and upload that.")

// walk calls each for every box between two places.
func (m *film) walk(at, end int64, each func(name string, body, end int64) error) error {
	const short, long = 8, 16
	for at < end {
		head := make([]byte, long)
		if n, err := m.file.ReadAt(head, at); n < short {
			return errFilm.Because(err)
		}
		if m.left--; m.left < 0 {
			return errFilm
		}
		n, body := int64(binary.BigEndian.Uint32(head)), at+short
		switch n {
		case 0: // to the end of the file
			n = end - at
		case 1:
			n, body = int64(binary.BigEndian.Uint64(head[short:])), at+long // negative is refused below
		}
		if n < body-at || n > end-at {
			return errFilm
		}
		m.at = at
		if err := each(string(head[4:8]), body, at+n); err != nil {
			return err
		}
		at += n
	}
	return nil
}

// brand wants one of MP4 among the brands that the file says it keeps to.
func (m *film) brand(body, end int64) error {
	const most = 4 * 64
	b := make([]byte, min(end-body, most))
	if _, err := m.file.ReadAt(b, body); err != nil {
		return errFilm.Because(err)
	}
	for i := 0; i+4 <= len(b); i += 4 {
		if i != 4 && brands[string(b[i:i+4])] { // the second word is a version
			return nil
		}
	}
	return errs.New(errs.UnsupportedMediaType, "The file has the form of MP4, but is something else, such as HEIC, MOV or sound. Export it as an MP4 film, or as a JPEG image.")
}

// track finds the size of the largest track (§8.3.2).
func (m *film) track(name string, body, end int64) error {
	switch name {
	case "trak":
		return m.walk(body, end, m.track)
	case "tkhd":
		const sizes = 8
		b := make([]byte, sizes)
		if end-body < sizes {
			return errFilm
		}
		if _, err := m.file.ReadAt(b, end-sizes); err != nil {
			return errFilm.Because(err)
		}
		width, height := int(binary.BigEndian.Uint16(b)), int(binary.BigEndian.Uint16(b[4:])) // 16.16
		if width*height > m.width*m.height {
			m.width, m.height = width, height
		}
	}
	return nil
}

// Box is a part of a film: where it begins, where what it holds begins, and where it ends.
type Box struct{ At, Body, End int64 }

// FilmMetadata lists the boxes of an MP4 that tell of it and are not needed to play it: where and with what it was taken,
// and by whom (user data and metadata, ISO/IEC 14496-12 §8.10 and §8.11, and what programs add of their own).
func FilmMetadata(f io.ReaderAt, size int64) (boxes []Box, err error) {
	m := &film{file: f, left: maxBoxes}
	var look func(name string, body, end int64) error
	look = func(name string, body, end int64) error {
		switch name {
		case "moov", "trak", "moof", "traf":
			return m.walk(body, end, look)
		case "udta", "meta", "uuid":
			boxes = append(boxes, Box{m.at, body, end})
		}
		return nil
	}
	return boxes, m.walk(0, size, look)
}
