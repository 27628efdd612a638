package auth

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"hash/crc32"
	"math/big"
	"strings"

	"github.com/google/uuid"
)

// The form of a token is "wtp_", the id (22 characters), the secret (43) and the CRC-32 of all before it (6), each a
// number in base 62, padded with zeros: 75 characters, always. There is no separator, so that a double click selects
// the whole, and secret scanners find it as wtp_[0-9A-Za-z]{71} and check it without asking us.
const (
	prefix      = "wtp_"
	idChars     = 22 // 128 bits
	secretChars = 43 // 256 bits
	sumChars    = 6  // 32 bits
	tokenChars  = len(prefix) + idChars + secretChars + sumChars
)

// credential is a token's id and secret as they were sent; it has not been compared with anything yet.
type credential struct {
	id     uuid.UUID
	secret [32]byte
}

// newCredential makes the credential of a new token.
func newCredential() (credential, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return credential{}, fmt.Errorf("make a token's id: %w", err)
	}
	c := credential{id: id}
	if _, err := rand.Read(c.secret[:]); err != nil {
		return credential{}, fmt.Errorf("make a token's secret: %w", err)
	}
	return c, nil
}

// text is the token as its owner gets it, once.
func (c credential) text() string {
	body := prefix + encode(c.id[:], idChars) + encode(c.secret[:], secretChars)
	return body + checksum(body)
}

// digest is what is stored. Nothing slower than SHA-256 is needed: nobody guesses 256 random bits.
func (c credential) digest() [sha256.Size]byte { return sha256.Sum256(c.secret[:]) }

// matches compares with a stored digest in constant time.
func (c credential) matches(stored []byte) bool {
	d := c.digest()
	return subtle.ConstantTimeCompare(d[:], stored) == 1
}

// parse reads a token's text and says whether it has the form and the checksum of one, without any database: a
// mistyped token costs nothing.
func parse(text string) (credential, bool) {
	if len(text) != tokenChars || !strings.HasPrefix(text, prefix) {
		return credential{}, false
	}
	body, sum := text[:tokenChars-sumChars], text[tokenChars-sumChars:]
	if sum != checksum(body) {
		return credential{}, false
	}
	var c credential
	digits := body[len(prefix):]
	ok := decode(c.id[:], digits[:idChars]) && decode(c.secret[:], digits[idChars:])
	return c, ok
}

// checksum is the CRC-32 (IEEE) of a token's body, in the form it has at its end.
func checksum(body string) string {
	sum := crc32.ChecksumIEEE([]byte(body))
	return encode([]byte{byte(sum >> 24), byte(sum >> 16), byte(sum >> 8), byte(sum)}, sumChars)
}

// encode writes b as a big-endian number in base 62 (0-9, a-z, A-Z) with exactly n digits; n must suffice.
func encode(b []byte, n int) string {
	digits := new(big.Int).SetBytes(b).Text(62)
	return strings.Repeat("0", n-len(digits)) + digits
}

// decode is the inverse of encode; false when digits is nothing that encode writes for a number of b's size.
func decode(b []byte, digits string) bool {
	n, ok := new(big.Int).SetString(digits, 62)
	if !ok || n.BitLen() > 8*len(b) {
		return false
	}
	n.FillBytes(b)
	return encode(b, len(digits)) == digits // SetString takes a sign too
}
