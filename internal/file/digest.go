package file

import (
	"bytes"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"hash"
	"net/textproto"
	"strings"

	"github.com/cpics/working-together-api/internal/errs"
)

// The digest fields of RFC 9530. Nothing here has a content coding, so both are of the same bytes.
var digestFields = []string{"Content-Digest", "Repr-Digest"}

// promises are what digest fields say that some bytes are: field to algorithm to digest.
type promises map[string]map[string][]byte

// algorithms are those of RFC 9530 §5 that are not to be refused. Others are ignored, as §2 has it.
var algorithms = map[string]func() hash.Hash{"sha-256": sha256.New, "sha-512": sha512.New}

// promised reads the digest fields of a header. What is not in their form is a fault.
func promised(header textproto.MIMEHeader) (promises, []errs.Fault) {
	p := promises{}
	var faults []errs.Fault
	for _, field := range digestFields {
		lines := header.Values(field)
		if len(lines) == 0 {
			continue
		}
		p[field] = map[string][]byte{}
		for member := range strings.SplitSeq(strings.Join(lines, ","), ",") {
			name, value, _ := strings.Cut(strings.TrimSpace(member), "=")
			digest, ok := byteSequence(value)
			if !ok {
				faults = append(faults, errs.In(field, errs.Format, "Give %s as in RFC 9530: sha-256=:…: with the digest in base64.", field))
			} else if algorithms[name] != nil {
				p[field][name] = digest
			}
		}
	}
	return p, faults
}

// byteSequence reads one of RFC 8941 §3.3.5.
func byteSequence(s string) ([]byte, bool) {
	inner, ok := strings.CutPrefix(s, ":")
	inner, closed := strings.CutSuffix(inner, ":")
	if !ok || !closed {
		return nil, false
	}
	b, err := base64.StdEncoding.DecodeString(inner)
	return b, err == nil
}

// hashes are the running digests that promises are to be held against, by algorithm.
func (p promises) hashes() map[string]hash.Hash {
	running := map[string]hash.Hash{}
	for _, digests := range p {
		for name := range digests {
			if running[name] == nil {
				running[name] = algorithms[name]()
			}
		}
	}
	return running
}

// broken lists the promises that the bytes that went into the digests do not keep.
func (p promises) broken(running map[string]hash.Hash) []errs.Fault {
	var faults []errs.Fault
	for _, field := range digestFields {
		for name, digest := range p[field] {
			if !bytes.Equal(running[name].Sum(nil), digest) {
				faults = append(faults, errs.In(field, errs.Range, "What arrived is not what %s says: its %s is another. Send it again.", field, name))
			}
		}
	}
	return faults
}

// reprDigest is the Repr-Digest of bytes whose SHA-256 is known in hexadecimal.
func reprDigest(sum string) string {
	raw, _ := hex.DecodeString(sum) // it was written by hex
	return "sha-256=:" + base64.StdEncoding.EncodeToString(raw) + ":"
}
