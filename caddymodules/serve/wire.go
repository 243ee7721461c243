package serve

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"unicode/utf8"
)

// Write sends a whole answer with the headers that every API shares.
// contentType is the family's own, to the letter.
func Write(w http.ResponseWriter, status int, contentType string, body []byte) error {
	header := w.Header()
	values := [...]string{contentType, "nosniff", strconv.Itoa(len(body))} // one allocation for all three
	header["Content-Type"] = values[0:1:1]
	header["X-Content-Type-Options"] = values[1:2:2]
	header["Content-Length"] = values[2:3:3]
	w.WriteHeader(status)
	if _, err := w.Write(body); err != nil {
		return fmt.Errorf("writing the answer: %w", err)
	}
	return nil
}

// Encode gives v as JSON the way old clients expect it: all text but control
// characters as it is (Japanese, &, <, >, U+2028), no line break at the end.
func Encode(v any) ([]byte, error) {
	e := encoders.Get().(*encoder)
	defer e.giveBack()
	if err := e.json.Encode(v); err != nil {
		return nil, fmt.Errorf("encoding the answer: %w", err)
	}
	return unescapeText(bytes.Clone(bytes.TrimSuffix(e.text.Bytes(), []byte("\n")))), nil
}

// encoder writes one answer after the other into the same memory: a small one then
// costs one allocation instead of four, see BenchmarkEncode.
type encoder struct {
	text bytes.Buffer
	json *json.Encoder
}

var encoders = sync.Pool{New: func() any {
	e := new(encoder)
	e.json = json.NewEncoder(&e.text)
	e.json.SetEscapeHTML(false)
	return e
}}

// mostKept is how large an encoder's memory may be to be kept, in bytes.
const mostKept = 64 << 10

func (e *encoder) giveBack() {
	if e.text.Cap() > mostKept {
		return
	}
	e.text.Reset()
	encoders.Put(e)
}

// unescapeText undoes, in place, the three escapes that encoding/json writes
// for characters that JSON takes as they are.
func unescapeText(encoded []byte) []byte {
	if !bytes.Contains(encoded, []byte(`\u2`)) && !bytes.Contains(encoded, []byte(`\uf`)) {
		return encoded
	}
	plain := encoded[:0]
	for i := 0; i < len(encoded); {
		text, length := encoded[i:i+1], 1
		if text[0] == '\\' {
			text, length = plainEscape(encoded[i:])
		}
		plain = append(plain, text...)
		i += length
	}
	return plain
}

// plainEscape gives what should stand for the escape at the head of b, and the
// escape's length. All but the three can be seen as two bytes that stay.
func plainEscape(b []byte) (text []byte, length int) {
	for _, r := range []rune{'\u2028', '\u2029', utf8.RuneError} {
		if escape := fmt.Appendf(nil, `\u%04x`, r); bytes.HasPrefix(b, escape) {
			return utf8.AppendRune(nil, r), len(escape)
		}
	}
	return b[:2], 2
}

// AppendString appends s as a JSON string, for answers that are streamed. It
// writes the same bytes as [Encode]: only what JSON demands is escaped, and
// each byte that is no UTF-8 becomes U+FFFD.
func AppendString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	start := 0 // of what can be copied as it is
	for i := 0; i < len(s); {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' && c < utf8.RuneSelf {
			i++
			continue
		}
		if c >= utf8.RuneSelf {
			r, size := utf8.DecodeRuneInString(s[i:])
			if r != utf8.RuneError || size > 1 {
				i += size
				continue
			}
		}
		dst = append(dst, s[start:i]...)
		dst = appendEscaped(dst, c)
		i++
		start = i
	}
	dst = append(dst, s[start:]...)
	return append(dst, '"')
}

// appendEscaped appends a byte that cannot stand in a JSON string.
func appendEscaped(dst []byte, c byte) []byte {
	const digits = "0123456789abcdef"
	switch {
	case c >= utf8.RuneSelf:
		return append(dst, "\ufffd"...)
	case c == '"' || c == '\\':
		return append(dst, '\\', c)
	case c == '\b':
		return append(dst, '\\', 'b')
	case c == '\f':
		return append(dst, '\\', 'f')
	case c == '\n':
		return append(dst, '\\', 'n')
	case c == '\r':
		return append(dst, '\\', 'r')
	case c == '\t':
		return append(dst, '\\', 't')
	}
	return append(dst, '\\', 'u', '0', '0', digits[c>>4], digits[c&0xf])
}
