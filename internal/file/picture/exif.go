package picture

import (
	"bytes"
	"encoding/binary"
)

// tagOrientation is the one thing of EXIF that an image needs to be seen aright (EXIF 2.32 §4.6.4).
const tagOrientation = 0x0112

// orientation reads it from a TIFF block, the content of EXIF. 1, upright, for whatever cannot be understood.
func orientation(tiff []byte) int {
	const header, entry = 8, 12
	if len(tiff) < header {
		return 1
	}
	var order binary.ByteOrder
	switch {
	case bytes.HasPrefix(tiff, []byte("II*\x00")):
		order = binary.LittleEndian
	case bytes.HasPrefix(tiff, []byte("MM\x00*")):
		order = binary.BigEndian
	default:
		return 1
	}
	at := int64(order.Uint32(tiff[4:]))
	if at+2 > int64(len(tiff)) {
		return 1
	}
	count := int(order.Uint16(tiff[at:]))
	for rest := tiff[at+2:]; count > 0 && len(rest) >= entry; count, rest = count-1, rest[entry:] {
		if order.Uint16(rest) != tagOrientation {
			continue
		}
		if o := int(order.Uint16(rest[8:])); o >= 1 && o <= 8 {
			return o
		}
		return 1
	}
	return 1
}
