package auth

import "github.com/google/uuid"

// TokenText is the well-formed text of any id and secret, such as somebody would make who guesses.
func TokenText(id uuid.UUID, secret [32]byte) string { return credential{id, secret}.text() }
