package web

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"

	"github.com/cpics/working-together-api/internal/errs"
)

// MaxCursor is how many characters a cursor in a query may have.
const MaxCursor = 2000

// cursorCheck is how many bytes of SHA-256 a cursor ends with.
const cursorCheck = 12

// EncodeCursor makes the opaque token of a place in a list: the sort key's parts of the item to go on from, and the
// direction. The scope names the list in one canonical form (sort and filters); it is not in the token, only in
// its checksum, so the token fits no other list. There is no secret in it: every server with the same content
// makes and takes the same token, and it gives access to nothing.
func EncodeCursor(scope string, backwards bool, parts ...string) string {
	payload := []byte{0}
	if backwards {
		payload[0] = 1
	}
	for _, part := range parts {
		payload = binary.AppendUvarint(payload, uint64(len(part)))
		payload = append(payload, part...)
	}
	return base64.RawURLEncoding.EncodeToString(append(payload, cursorSum(scope, payload)...))
}

// DecodeCursor gives back what EncodeCursor was given. A token that is damaged or of another scope is
// errs.InvalidQuery (400) on the parameter cursor.
func DecodeCursor(scope, token string) (backwards bool, parts []string, err error) {
	backwards, parts, err = parseCursor(token)
	if err == nil && EncodeCursor(scope, backwards, parts...) == token {
		return backwards, parts, nil
	}
	return false, nil, errs.Invalid(errs.InvalidQuery, errs.In("cursor", errs.Format,
		"This cursor does not belong to this list, or was changed on the way. Follow next or previous as they are given, or start without a cursor."))
}

// Cursor is the token of a place in a list, as DecodeCursor takes it, or "" when not sent. Only its form is looked at:
// whether it belongs to the list can be said when the rest of the query is right.
func (p *Params) Cursor(name string) string {
	token := p.String(name, MaxCursor)
	if _, _, err := parseCursor(token); token != "" && err != nil {
		p.Fault(name, errs.Format, "This is no cursor. Follow next or previous as they are given, or start without a cursor.")
		return ""
	}
	return token
}

var errCursorForm = errors.New("not the form of a cursor")

// parseCursor takes a token apart without trusting it: DecodeCursor compares it with the one that its parts make.
func parseCursor(token string) (backwards bool, parts []string, err error) {
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || len(raw) < 1+cursorCheck {
		return false, nil, errCursorForm
	}
	rest := raw[1 : len(raw)-cursorCheck]
	for len(rest) > 0 {
		size, n := binary.Uvarint(rest)
		if n <= 0 || size > uint64(len(rest)-n) {
			return false, nil, errCursorForm
		}
		parts = append(parts, string(rest[n:n+int(size)]))
		rest = rest[n+int(size):]
	}
	return raw[0] == 1, parts, nil
}

// cursorSum covers the scope's length too, so that no byte can move between scope and payload unnoticed.
func cursorSum(scope string, payload []byte) []byte {
	h := sha256.New()
	h.Write(binary.AppendUvarint([]byte("wtapi cursor 1 "), uint64(len(scope))))
	h.Write([]byte(scope))
	h.Write(payload)
	return h.Sum(nil)[:cursorCheck]
}
