package kit

import (
	"crypto/rand"
	"encoding/hex"

	"github.com/google/uuid"
)

// RandomToken gives a secret of that many random bytes as lower-case
// hexadecimal digits, two a byte, which fit every field of every API.
func RandomToken(bytes int) string {
	token := make([]byte, bytes)
	_, _ = rand.Read(token) // never fails: it ends the program instead
	return hex.EncodeToString(token)
}

// NewUUID gives a random UUID (version 4) in lower case, with hyphens.
func NewUUID() string { return uuid.NewString() }
