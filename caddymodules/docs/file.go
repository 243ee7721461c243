package docs

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"
	"time"
)

// file is something that is served as it is.
type file struct {
	contentType string
	etag        string
	body        []byte
}

func newFile(contentType string, body []byte) *file {
	sum := sha256.Sum256(body)
	return &file{contentType, `"` + hex.EncodeToString(sum[:12]) + `"`, body}
}

// serve sends the file, or that it has not changed.
func (f *file) serve(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	setHeaders(header)
	header.Set("Content-Type", f.contentType)
	header.Set("Cache-Control", "no-cache") // asked for anew each time; the tag spares the body
	header.Set("ETag", f.etag)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(f.body))
}

// policy lets a page load its style sheet and its icon, and do nothing else.
var policy = strings.Join([]string{
	"default-src 'none'",
	"style-src 'self'",
	"img-src 'self'",
	"base-uri 'none'",
	"form-action 'none'",
	"frame-ancestors 'none'",
}, "; ")

// setHeaders sets what every answer is sent with.
func setHeaders(header http.Header) {
	header.Set("Content-Security-Policy", policy)
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("X-Frame-Options", "DENY")
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("Cross-Origin-Opener-Policy", "same-origin")
	header.Set("Cross-Origin-Resource-Policy", "same-origin")
	header.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()")
}
