package redact

import (
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"sekisho/caddymodules/observe"
)

// The most that is logged of an address.
const (
	maxPath       = 2000 // bytes
	maxParameters = 64
	maxValue      = 100 // characters
)

// address is what may be shown of a URI: scheme, host and path as they came,
// and the values of those parameters that are harmless for the path.
func address(uri string) string {
	prefix, rest := origin(uri)
	end := pathEnd(rest)
	path := rest[:end]
	if end == len(rest) && prefix == "" && len(path) <= maxPath && !strings.Contains(path, "@") {
		return uri
	}
	var b strings.Builder
	b.Grow(min(len(uri), maxPath) + 64)
	b.WriteString(prefix)
	b.WriteString(shownPath(path))
	if end < len(rest) {
		writeParameters(&b, path, rest[end:])
	}
	return b.String()
}

// origin splits the scheme and host off an absolute address and gives what may
// be shown of them.
func origin(uri string) (shown, rest string) {
	if strings.HasPrefix(uri, "/") {
		return "", uri
	}
	scheme, rest, ok := strings.Cut(uri, "://")
	if !ok || len(scheme) > 16 || !consistsOf(scheme, isSchemeByte) {
		if uri == "*" || isHost(uri) || !strings.ContainsAny(uri, ":@") {
			return "", uri
		}
		return Hidden, ""
	}
	end := pathEnd(rest)
	if strings.Contains(rest[end:], "@") {
		// A password may hold any of the signs that end a path.
		return scheme + "://" + Hidden, ""
	}
	shown = scheme + "://"
	if at := strings.LastIndexByte(rest[:end], '@'); at >= 0 {
		shown, rest = shown+Hidden+"@", rest[at+1:]
	}
	authority := rest
	if i := strings.IndexAny(rest, "/?#;&"); i >= 0 {
		authority = rest[:i]
	}
	if authority == "" { // file:///…
		return shown, rest
	}
	return shown + host(authority), rest[len(authority):]
}

func isSchemeByte(c byte) bool { return isAlphanumeric(c) || c == '+' || c == '.' || c == '-' }

// pathEnd is where a path ends, its own parameters left out: at the first sign
// that begins or separates parameters, percent-encoded or not. A malformed
// address may bring its query behind any of them.
func pathEnd(s string) int {
	for i := range len(s) {
		switch s[i] {
		case '?', ';', '#', '&', '=':
			return i
		case '%':
			if i+2 < len(s) && isEncodedSign(s[i+1], s[i+2]|0x20) {
				return i
			}
		}
	}
	return len(s)
}

// isEncodedSign says whether the digits after a percent sign stand for one of
// # % & ; = ?; the percent sign itself hides another encoding.
func isEncodedSign(high, low byte) bool {
	switch high {
	case '2':
		return low == '3' || low == '5' || low == '6'
	case '3':
		return low == 'b' || low == 'd' || low == 'f'
	}
	return false
}

// shownPath is a path, cut where it is too long, without the user and password
// of an address that stands inside it.
func shownPath(path string) string {
	if start, at := strings.Index(path, "//"), strings.LastIndexByte(path, '@'); start >= 0 && at > start {
		path = path[:start+2] + Hidden + path[at:]
	}
	if len(path) > maxPath {
		return cut(path, maxPath) + "…"
	}
	return path
}

// cut cuts s at max bytes at most, between characters.
func cut(s string, max int) string {
	for max > 0 && !utf8.RuneStart(s[max]) {
		max--
	}
	return s[:max]
}

// writeParameters writes what may be shown of the parameters that follow path.
// query starts with the sign that ended the path.
func writeParameters(b *strings.Builder, path, query string) {
	sign, length := query[0], 1
	if sign == '%' {
		sign, length = '?', 3
	}
	b.WriteByte(sign)
	known := query[0] == '?'
	if unescaped, err := url.PathUnescape(path); err == nil {
		path = unescaped
	} else {
		known = false
	}
	query = query[length:]
	for count, more := 0, true; more; count++ {
		if count == maxParameters {
			b.WriteString("…")
			return
		}
		var parameter string
		parameter, query, more = cutParameter(query)
		writeParameter(b, path, known, parameter)
		if more {
			b.WriteByte('&')
		}
	}
}

func cutParameter(query string) (first, rest string, more bool) {
	if i := strings.IndexAny(query, "&;"); i >= 0 {
		return query[:i], query[i+1:], true
	}
	return query, "", false
}

// writeParameter writes what may be shown of one parameter. Its name can be a
// secret too, on a malformed address: an unknown one is shown only if it is
// made like the name of a parameter and a value follows.
func writeParameter(b *strings.Builder, path string, known bool, parameter string) {
	if parameter == "" {
		return
	}
	raw, value, assigned := strings.Cut(parameter, "=")
	name, err := url.QueryUnescape(raw)
	switch {
	case known && err == nil && len(name) <= maxValue && observe.IsHarmless(path, name):
		b.WriteString(strings.TrimSpace(name))
		if assigned {
			b.WriteByte('=')
			b.WriteString(harmlessValue(value))
		}
	case assigned && value != "" && value[0] != '=' && likeName(raw):
		b.WriteString(raw)
		b.WriteByte('=')
		b.WriteString(Hidden)
	default:
		b.WriteString(Hidden)
	}
}

// likeName says whether s is made like the name of a parameter, and not like a
// key or token: short, starting with a letter, with few digits.
func likeName(s string) bool {
	if s == "" || len(s) > 24 || !isAlphanumeric(s[0]) || s[0] <= '9' {
		return false
	}
	digits := 0
	for _, c := range []byte(s) {
		if c >= '0' && c <= '9' {
			digits++
		} else if !isAlphanumeric(c) && c != '_' {
			return false
		}
	}
	return digits <= 4
}

// harmlessValue shows the value of a harmless parameter as it came, if nothing
// else hides in it.
func harmlessValue(raw string) string {
	if len(raw) > 9*maxValue {
		return Hidden
	}
	value, err := url.QueryUnescape(raw)
	if err != nil || !utf8.ValidString(value) || utf8.RuneCountInString(value) > maxValue || suspicious(value) {
		return Hidden
	}
	for _, c := range value {
		if !unicode.IsPrint(c) || strings.ContainsRune(`&=?;#%@/\"'<>`, c) {
			return Hidden
		}
	}
	return raw
}
