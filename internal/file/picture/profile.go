package picture

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"hash/crc32"
	"io"
)

// maxProfile is the largest colour profile that is carried over when an image is written anew.
const maxProfile = 64 << 10

// profile is the ICC profile of the image; nil where there is none that the new image needs, or can have: sRGB is what
// goes without saying, and what is written here has red, green and blue.
func (l *layout) profile(file io.ReaderAt, mediaType string) ([]byte, error) {
	var all []byte
	for _, p := range l.icc {
		b := make([]byte, min(p.n, 2*maxProfile))
		if _, err := file.ReadAt(b, p.off); err != nil {
			return nil, err
		}
		all = append(all, b...)
	}
	if mediaType == PNG {
		all = inflated(all)
	}
	const header, spaceAt = 128, 16
	if len(all) < header || len(all) > maxProfile || string(all[spaceAt:spaceAt+4]) != "RGB " || isSRGB(all) {
		return nil, nil
	}
	return all, nil
}

// isSRGB looks for the name in the profile's description, in either of its two encodings.
func isSRGB(profile []byte) bool {
	return bytes.Contains(profile, []byte("sRGB")) || bytes.Contains(profile, []byte("s\x00R\x00G\x00B"))
}

// inflated is the profile inside an iCCP chunk: a name, zero, the compression method, and the rest compressed.
func inflated(chunk []byte) []byte {
	const method = 1
	_, rest, found := bytes.Cut(chunk, []byte{0})
	if !found || len(rest) < method {
		return nil
	}
	z, err := zlib.NewReader(bytes.NewReader(rest[method:]))
	if err != nil {
		return nil
	}
	defer z.Close()
	b, err := io.ReadAll(io.LimitReader(z, maxProfile+1))
	if err != nil {
		return nil
	}
	return b
}

// withProfile puts the profile into a file of the media type that was just written without one.
func withProfile(img []byte, mediaType string, profile []byte, width, height int) []byte {
	switch mediaType {
	case JPEG:
		return profileJPEG(img, profile)
	case PNG:
		return profilePNG(img, profile)
	default:
		return profileWebP(img, profile, width, height)
	}
}

// profileJPEG puts it behind SOI (ICC.1:2022 §B.4). maxProfile is below what one segment takes but for its header,
// hence two pieces at most.
func profileJPEG(img, profile []byte) []byte {
	const piece = 60_000
	count := (len(profile) + piece - 1) / piece
	out := append([]byte(nil), img[:2]...)
	for i := range count {
		part := profile[i*piece : min(len(profile), (i+1)*piece)]
		out = append(out, 0xFF, markAPP2)
		out = binary.BigEndian.AppendUint16(out, uint16(2+14+len(part))) // at most a piece
		out = append(out, "ICC_PROFILE\x00"...)
		out = append(out, byte(i+1), byte(count))
		out = append(out, part...)
	}
	return append(out, img[2:]...)
}

// profilePNG puts it behind IHDR.
func profilePNG(img, profile []byte) []byte {
	const headerEnd = 8 + 12 + 13
	var z bytes.Buffer
	deflate := zlib.NewWriter(&z)
	_, _ = deflate.Write(profile) // a buffer takes all
	_ = deflate.Close()
	body := append([]byte("iCCPICC\x00\x00"), z.Bytes()...)
	out := append([]byte(nil), img[:headerEnd]...)
	out = binary.BigEndian.AppendUint32(out, uint32(len(body)-4)) // about maxProfile
	out = append(out, body...)
	out = binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(body))
	return append(out, img[headerEnd:]...)
}

// profileWebP makes the file an extended one (RFC 9649 §2.7).
func profileWebP(img, profile []byte, width, height int) []byte {
	const hasProfile = 0x20
	chunks := img[riffHeader:]
	flags := byte(hasProfile)
	if string(chunks[:4]) == webpExtended {
		flags |= chunks[chunkHeader] & webpAlpha
		chunks = chunks[chunkHeader+extendedBytes:]
	} else if string(chunks[:4]) == webpLossless {
		flags |= webpAlpha
	}
	out := append([]byte("RIFF\x00\x00\x00\x00WEBP"+webpExtended+"\x0a\x00\x00\x00"), flags, 0, 0, 0)
	out = append(out, little24(width-1)...)
	out = append(out, little24(height-1)...)
	out = append(out, "ICCP"...)
	out = binary.LittleEndian.AppendUint32(out, uint32(len(profile))) // at most maxProfile
	out = append(out, profile...)
	out = append(out, make([]byte, len(profile)&1)...)
	out = append(out, chunks...)
	binary.LittleEndian.PutUint32(out[4:], uint32(len(out)-chunkHeader)) // an image of a few megabytes
	return out
}
