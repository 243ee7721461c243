package photocloak

import (
	"bytes"
	"crypto/sha256"
	_ "embed" // the pictures
	"encoding/hex"
	"net/http"
	"strings"

	"sekisho/caddymodules/identity"
)

// The pictures that NoImageUrl and LockImageUrl name.
const (
	pathNoImage = "/api/v2/pictures/noimage.jpg"
	pathLocked  = "/api/v2/pictures/locked.jpg"
)

var (
	//go:embed pictures/noimage.jpg
	noImage []byte

	//go:embed pictures/locked.jpg
	locked []byte
)

// picture sends one of the two pictures.
func (s *service) picture(w http.ResponseWriter, r *http.Request, _ identity.Caller) error {
	content := noImage
	if strings.EqualFold(strings.TrimSuffix(r.URL.Path, "/"), pathLocked) {
		content = locked
	}
	sum := sha256.Sum256(content)
	return jpegFile{
		content:      bytes.NewReader(content),
		etag:         `"` + hex.EncodeToString(sum[:16]) + `"`,
		cacheControl: "public, max-age=86400",
	}.send(w, r)
}
