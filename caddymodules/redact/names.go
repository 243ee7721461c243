package redact

import "strings"

// textAt is what a text may show, by the place and the name of its field.
func textAt(in place, key, value string) string {
	if value == "" {
		return ""
	}
	switch {
	case in == inSecret:
		return Hidden
	case in == inHeaders:
		return headerValue(key, value)
	case in == inRequest && key == "method":
		return method(value)
	case in == inRequest && key == "host", in == inTLS && key == "server_name", key == "identifier": // of a certificate
		return host(value)
	case holdsAddress(key):
		return address(value)
	case holdsHeaders(key): // Caddy's name for a field with the name of a header
		return headerName(value)
	case hiddenField(key):
		return Hidden
	}
	return text(value)
}

// holdsAddress says whether a field of this name holds a URI.
func holdsAddress(key string) bool {
	return len(key) >= 3 && (hasFold(key[len(key)-3:], "uri") || hasFold(key[len(key)-3:], "url"))
}

// hiddenField says whether a field of this name shows nothing: it is named like
// a secret, or it is known to hold what strangers sent.
func hiddenField(key string) bool {
	switch key {
	case "user_id", "referer", "location", "query", "raw_query", "RawQuery", "form", "Form", "PostForm", "body",
		"panic", "recovered", "arg": // arg is what HTTP/3 calls the value of a panic
		return true
	}
	return secretName(key)
}

// secretName says whether a field, parameter or variable of this name is one
// that carries a secret in any of the APIs, in a header or in a configuration.
// It is the second line behind the list of what is harmless: for texts, where
// there is no such list.
func secretName(name string) bool {
	for i := range len(name) {
		rest := name[i:]
		switch name[i] | 0x20 {
		case 'p':
			if hasFold(rest, "pass") || hasFold(rest, "pasw") || hasFold(rest, "pwd") {
				return true
			}
		case 's':
			if hasFold(rest, "secret") || hasFold(rest, "sessionid") || hasFold(rest, "session_id") {
				return true
			}
		case 't':
			if hasFold(rest, "token") {
				return true
			}
		case 'c':
			if hasFold(rest, "cookie") || hasFold(rest, "credential") {
				return true
			}
		case 'a':
			if hasFold(rest, "authoriz") || len(rest) == 6 && hasFold(rest, "answer") {
				return true
			}
		case 'k':
			if len(rest) == 3 && hasFold(rest, "key") {
				return true
			}
		case 'u':
			if len(rest) == 4 && hasFold(rest, "uuid") {
				return true
			}
		case 'h':
			if hasFold(rest, "hintans") {
				return true
			}
		}
	}
	return false
}

// hasFold says whether s starts with the ASCII prefix, whatever the letter case.
func hasFold(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}

// hasSuffixFold says whether s ends with the ASCII suffix, whatever the letter case.
func hasSuffixFold(s, suffix string) bool {
	return len(s) >= len(suffix) && strings.EqualFold(s[len(s)-len(suffix):], suffix)
}

// method shows the methods that there are; a stranger can send any other word.
func method(m string) string {
	switch m {
	case "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PROPFIND":
		return m
	}
	return Hidden
}

// host shows what can be the name of a host, with or without a port.
func host(h string) string {
	if isHost(h) {
		return h
	}
	return Hidden
}

// isHost says whether h is made like a host name or address, with or without a
// port.
func isHost(h string) bool {
	name := h
	if i := strings.LastIndexByte(h, ':'); i >= 0 && !strings.HasSuffix(h, "]") {
		name = h[:i]
		for _, c := range []byte(h[i+1:]) {
			if c < '0' || c > '9' {
				return false
			}
		}
	}
	if strings.HasPrefix(name, "[") && strings.HasSuffix(name, "]") {
		return len(name) <= 64 && consistsOf(name[1:len(name)-1], isAddressByte)
	}
	return name != "" && len(h) <= 255 && consistsOf(name, isHostByte)
}

func isHostByte(c byte) bool {
	return isAlphanumeric(c) || c == '.' || c == '-' || c == '_'
}

func isAddressByte(c byte) bool {
	return isAlphanumeric(c) || c == '.' || c == ':' || c == '%'
}

func isAlphanumeric(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z'
}

func consistsOf(s string, is func(byte) bool) bool {
	for i := range len(s) {
		if !is(s[i]) {
			return false
		}
	}
	return true
}
