package redact

import (
	"net/http"
	"strings"
)

// maxHeaderText is how much of a harmless header is logged, in bytes.
const maxHeaderText = 256

// harmlessHeaders are those that may be logged, by their canonical names, each
// with what may be shown of its value.
var harmlessHeaders = map[string]func(string) string{
	"Accept":                    harmlessText,
	"Accept-Charset":            harmlessText,
	"Accept-Encoding":           harmlessText,
	"Accept-Language":           harmlessText,
	"Accept-Ranges":             harmlessText,
	"Age":                       harmlessText,
	"Allow":                     harmlessText,
	"Alt-Svc":                   harmlessText,
	"Cache-Control":             harmlessText,
	"Connection":                harmlessText,
	"Content-Encoding":          harmlessText,
	"Content-Language":          harmlessText,
	"Content-Length":            harmlessText,
	"Content-Range":             harmlessText,
	"Content-Type":              mediaType,
	"Date":                      harmlessText,
	"Dnt":                       harmlessText,
	"Etag":                      harmlessText,
	"Expect":                    harmlessText,
	"Expires":                   harmlessText,
	"Host":                      host,
	"If-Match":                  harmlessText,
	"If-Modified-Since":         harmlessText,
	"If-None-Match":             harmlessText,
	"If-Unmodified-Since":       harmlessText,
	"Keep-Alive":                harmlessText,
	"Last-Modified":             harmlessText,
	"Max-Forwards":              harmlessText,
	"Pragma":                    harmlessText,
	"Range":                     harmlessText,
	"Retry-After":               harmlessText,
	"Server":                    harmlessText,
	"Strict-Transport-Security": harmlessText,
	"Te":                        harmlessText,
	"Transfer-Encoding":         harmlessText,
	"Upgrade":                   harmlessText,
	"User-Agent":                harmlessText,
	"Vary":                      harmlessText,
	"Via":                       harmlessText,
	"X-Content-Type-Options":    harmlessText,
	"X-Forwarded-For":           clientAddresses,
	"X-Forwarded-Host":          host,
	"X-Forwarded-Proto":         scheme,
	"X-Frame-Options":           harmlessText,
	"X-Real-Ip":                 clientAddresses,
}

// headerName is the name of a header, if it is made like one.
func headerName(name string) string {
	if name == "" || len(name) > 64 || !consistsOf(name, func(c byte) bool {
		return isAlphanumeric(c) || c == '-' || c == '_'
	}) {
		return Hidden
	}
	return name
}

// headerValue is what may be shown of one value of a header.
func headerValue(name, value string) string {
	if value == "" {
		return ""
	}
	show, ok := harmlessHeaders[name]
	if !ok {
		show, ok = harmlessHeaders[http.CanonicalHeaderKey(name)]
	}
	if !ok {
		return Hidden
	}
	return show(value)
}

// harmlessText shows printable ASCII, not too much of it, and nothing that looks
// like an address with a query or like a credential.
func harmlessText(value string) string {
	if !consistsOf(value, isPrintable) {
		return Hidden
	}
	if len(value) > maxHeaderText {
		return text(value[:maxHeaderText]) + "…"
	}
	return text(value)
}

// mediaType shows a media type with its charset and no other parameter: a
// boundary, say, is the sender's own words.
func mediaType(value string) string {
	kind, parameters, found := strings.Cut(value, ";")
	if len(kind) > 100 || !consistsOf(kind, isMediaByte) {
		return Hidden
	}
	if !found {
		return kind
	}
	if name, charset, ok := strings.Cut(strings.TrimSpace(parameters), "="); ok &&
		strings.EqualFold(name, "charset") && len(charset) <= 32 && consistsOf(charset, isHostByte) {
		return value
	}
	return kind + "; " + Hidden
}

// clientAddresses shows lists of IP addresses.
func clientAddresses(value string) string {
	if len(value) > maxHeaderText || !consistsOf(value, func(c byte) bool {
		return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'f' || strings.IndexByte(".:, []", c) >= 0
	}) {
		return Hidden
	}
	return value
}

func scheme(value string) string {
	if value == "http" || value == "https" {
		return value
	}
	return Hidden
}

func isPrintable(c byte) bool { return c >= ' ' && c < 0x7f }

func isMediaByte(c byte) bool {
	return isAlphanumeric(c) || strings.IndexByte("/+-.* ", c) >= 0
}
