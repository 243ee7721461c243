package kit

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"sekisho/caddymodules/fault"
)

// The bounds of a body's shape. Decoded, an array or object takes some hundred
// bytes however short it was written, so that a body of 1 MiB could become 60.
const (
	maxDepth      = 32      // how deep arrays and objects stand in each other
	maxContainers = 20_000  // how many arrays and objects there are
	maxValues     = 150_000 // how many values they hold
)

// byteOrderMark is what some old clients put before their JSON.
var byteOrderMark = []byte("\xEF\xBB\xBF")

// DecodeJSON decodes a body that a stranger sent into v; numbers in an any
// become json.Number. Malformed, without a subject, is what is not one JSON
// value, not UTF-8, holds a NUL or half a surrogate pair (they could not be
// given back as they came), is nested deeper than 32, holds more than 20,000
// arrays and objects or 150,000 values, or does not fit v.
//
// It keeps the habits of encoding/json: of equal names the last counts, and a
// struct's fields are matched whatever their letter case. Where case matters,
// decode into a map.
func DecodeJSON(body []byte, v any) error {
	body = bytes.TrimPrefix(body, byteOrderMark)
	if !sound(body) {
		return fault.New(fault.Malformed, "")
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	if err := decoder.Decode(v); err != nil {
		return fault.New(fault.Malformed, "")
	}
	return nil
}

// member is one member of a JSON object, its value as an any holds it.
type member struct {
	name  string
	value any
}

// decodeMembers is DecodeJSON for an object of at most 1,000 members whose
// order counts.
func decodeMembers(body []byte) ([]member, error) {
	malformed := fault.New(fault.Malformed, "")
	if !sound(body) {
		return nil, malformed
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	if brace, err := decoder.Token(); err != nil || brace != json.Delim('{') {
		return nil, malformed
	}
	var members []member
	for decoder.More() {
		var m member
		name, err := decoder.Token()
		m.name, _ = name.(string)
		if err = errors.Join(err, decoder.Decode(&m.value)); err != nil || len(members) == maxParams {
			return nil, malformed
		}
		members = append(members, m)
	}
	return members, nil
}

// sound says whether a body is one JSON value that can be given back as it
// came: encoding/json would put U+FFFD for what is no UTF-8 and for half a
// surrogate pair, PostgreSQL stores no NUL, and depth and number cost memory.
func sound(body []byte) bool {
	if !utf8.Valid(body) || !json.Valid(body) {
		return false
	}
	depth, containers, values, quoted := 0, 0, 0, false
	for i := 0; i < len(body); i++ {
		switch c := body[i]; {
		case c == '"':
			quoted = !quoted
		case quoted && c == '\\':
			length, ok := soundEscape(body[i:])
			if !ok {
				return false
			}
			i += length - 1
		case quoted:
		case c == '{' || c == '[':
			depth++
			if containers++; depth > maxDepth || containers > maxContainers {
				return false
			}
		case c == '}' || c == ']':
			depth--
		case c == ',':
			if values++; values >= maxValues {
				return false
			}
		}
	}
	return true
}

// soundEscape looks at the escape at the head of b, which is well-formed, and
// gives its length, a surrogate pair counted as one.
func soundEscape(b []byte) (length int, ok bool) {
	if b[1] != 'u' {
		return len(`\n`), true
	}
	r := escapedUnit(b)
	if !utf16.IsSurrogate(r) {
		return len(`\u6d77`), r != 0
	}
	if b = b[len(`\ud842`):]; !bytes.HasPrefix(b, []byte(`\u`)) {
		return 0, false
	}
	return len(`\ud842\udfb7`), utf16.DecodeRune(r, escapedUnit(b)) != unicode.ReplacementChar
}

// escapedUnit reads the \uXXXX at the head of b.
func escapedUnit(b []byte) rune {
	unit, _ := strconv.ParseUint(string(b[2:6]), 16, 16) // well-formed
	return rune(unit)
}
