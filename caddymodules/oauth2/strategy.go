package oauth2

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/ory/fosite"
	fositeoauth2 "github.com/ory/fosite/handler/oauth2"

	"sekisho/caddymodules/stores"
)

// What tokens are made of.
const (
	accessBytes   = 41               // random ones
	accessLength  = 55               // characters of base64url
	refreshBytes  = 16               // random ones
	refreshLength = 2 * refreshBytes // lower-case hexadecimal digits
)

// pair is an access and a refresh token in clear, as their client gets them.
type pair struct {
	Access  string `json:"a"`
	Refresh string `json:"r"`
	Expires int64  `json:"e"` // of the access token, Unix milliseconds
}

// strategy makes tokens and knows their hashes, fosite's "signatures".
type strategy struct {
	fositeoauth2.AuthorizeCodeStrategy // nil: no grant here has codes

	seal  *stores.Sealer
	realm string
}

func (s *strategy) hash(kind, token string) string {
	return hex.EncodeToString(s.mac(kind, token))
}

func (s *strategy) mac(kind, token string) []byte {
	return s.seal.MAC("oauth2 "+kind, s.realm, token)
}

// AccessTokenSignature is the hash of an access token.
func (s *strategy) AccessTokenSignature(_ context.Context, token string) string {
	return s.hash(accessRecord, token)
}

// GenerateAccessToken makes an access token, for the exchange that is under way.
func (s *strategy) GenerateAccessToken(ctx context.Context, _ fosite.Requester) (token, signature string, err error) {
	token = base64.RawURLEncoding.EncodeToString(random(accessBytes))
	exchangeOf(ctx).made.Access = token
	return token, s.hash(accessRecord, token), nil
}

// ValidateAccessToken holds a token that was found under its hash against the
// house's clock.
func (s *strategy) ValidateAccessToken(_ context.Context, requester fosite.Requester, _ string) error {
	return validate(requester)
}

// RefreshTokenSignature is the hash of a refresh token.
func (s *strategy) RefreshTokenSignature(_ context.Context, token string) string {
	return s.hash(refreshRecord, token)
}

// GenerateRefreshToken makes a refresh token, for the exchange that is under way.
func (s *strategy) GenerateRefreshToken(ctx context.Context, _ fosite.Requester) (token, signature string, err error) {
	token = hex.EncodeToString(random(refreshBytes))
	exchangeOf(ctx).made.Refresh = token
	return token, s.hash(refreshRecord, token), nil
}

// ValidateRefreshToken holds a token that was found under its hash against the
// house's clock.
func (s *strategy) ValidateRefreshToken(_ context.Context, requester fosite.Requester, _ string) error {
	return validate(requester)
}

func validate(requester fosite.Requester) error {
	if isOver(grantOf(requester).Expires) {
		return fosite.ErrTokenExpired
	}
	return nil
}

// sealPair closes a pair so that only who has the old refresh token opens it.
func (s *strategy) sealPair(old string, p pair) ([]byte, error) {
	aead, err := s.grace(old)
	if err != nil {
		return nil, err
	}
	plain, err := json.Marshal(p)
	if err != nil {
		return nil, fmt.Errorf("sealing a pair of tokens: %w", err)
	}
	return aead.Seal(nil, nil, plain, nil), nil
}

// openPair opens what sealPair closed.
func (s *strategy) openPair(old string, sealed []byte) (p pair, err error) {
	aead, err := s.grace(old)
	if err != nil {
		return pair{}, err
	}
	plain, err := aead.Open(nil, nil, sealed, nil)
	if err != nil {
		return pair{}, errors.New("opening a pair of tokens: it was changed, or belongs elsewhere")
	}
	if err := json.Unmarshal(plain, &p); err != nil {
		return pair{}, errors.New("opening a pair of tokens: it is none")
	}
	return p, nil
}

// grace is AES-256-GCM under a key that is made of the old refresh token. The
// key seals once for each time the token is shown, so random nonces do.
func (s *strategy) grace(old string) (cipher.AEAD, error) {
	block, err := aes.NewCipher(s.mac("grace", old))
	if err != nil {
		return nil, fmt.Errorf("making the key of a pair of tokens: %w", err)
	}
	return cipher.NewGCMWithRandomNonce(block)
}

func random(n int) []byte {
	bytes := make([]byte, n)
	_, _ = rand.Read(bytes) // never fails: it ends the program instead
	return bytes
}

// isAccessToken says whether a text has the form of an access token.
func isAccessToken(token string) bool {
	if len(token) != accessLength {
		return false
	}
	for i := range len(token) {
		switch c := token[i]; {
		case '0' <= c && c <= '9', 'A' <= c && c <= 'Z', 'a' <= c && c <= 'z', c == '-', c == '_':
		default:
			return false
		}
	}
	return true
}

// isRefreshToken says whether a text has the form of a refresh token.
func isRefreshToken(token string) bool {
	if len(token) != refreshLength {
		return false
	}
	for i := range len(token) {
		if c := token[i]; !('0' <= c && c <= '9' || 'a' <= c && c <= 'f') {
			return false
		}
	}
	return true
}

// Interface guards
var _ fositeoauth2.CoreStrategy = (*strategy)(nil)
