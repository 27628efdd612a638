package api_test

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/cpics/working-together-api/api/apitest"
)

// box is one of an MP4; longBox says its size in 64 bits.
func box(name, body string) string {
	return string(binary.BigEndian.AppendUint32(nil, uint32(8+len(body)))) + name + body
}

func longBox(name, body string) string {
	return "\x00\x00\x00\x01" + name + string(binary.BigEndian.AppendUint64(nil, uint64(16+len(body)))) + body
}

// TestFilmsTellNoPlaces: what a film says of where and by whom it was taken is not kept, and all else stays in its place.
func TestFilmsTellNoPlaces(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		const place = "+52.2053+000.1218/"
		size := strings.Repeat("\x00", 76) + "\x02\x80\x00\x00\x01\x68\x00\x00" // 640 × 360
		track := box("trak", box("tkhd", size)+longBox("udta", box("\xa9xyz", place))+box("meta", place))
		head := box("ftyp", "isom\x00\x00\x02\x00isommp41") + box("moov", track+box("udta", box("auth", "A nurse"))) + box("uuid", strings.Repeat("x", 16)+place)
		film := head + box("mdat", "frames that are "+place)
		made := s.Editor().Upload([]apitest.Part{apitest.FilePart("a.mp4", film)}).Must(201)
		kept := string(s.Reader().Get(made.String("href")).Must(200).Raw)
		if len(kept) != len(film) || kept[len(head):] != film[len(head):] {
			t.Fatalf("%d bytes of %d", len(kept), len(film))
		}
		for _, told := range []string{place, "A nurse", "udta", "meta", "uuid", "\xa9xyz"} {
			if strings.Contains(kept[:len(head)], told) {
				t.Errorf("%q is still there", told)
			}
		}
		sum := sha256.Sum256([]byte(kept))
		wantSame(t, "the digest", made.String("sha256"), hex.EncodeToString(sum[:]))
		wantSame(t, "the width", made.Int("width"), 640)
		again := s.Editor().Upload([]apitest.Part{apitest.FilePart("b.mp4", kept)}).Must(201)
		wantSame(t, "one that tells nothing", again.String("sha256"), made.String("sha256"))
	})
}
