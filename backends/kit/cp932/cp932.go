// Package cp932 reads and writes Windows code page 932, which Japanese Windows
// calls Shift_JIS. It has the characters that iconv's CP932 has, and of the
// several codes of one character it writes the one that Windows writes.
package cp932

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Decode gives text in UTF-8, and false where a sequence of bytes is no
// character: a lead byte without its trail byte, a gap of the table, or one of
// 80, A0 and FD to FF, which Windows passes on as characters that mean nothing.
func Decode(b []byte) (string, bool) {
	ascii := asciiPrefix(b)
	if ascii == len(b) {
		return string(b), true
	}
	var text strings.Builder
	text.Grow(len(b) + len(b)/2) // two bytes become three
	text.Write(b[:ascii])
	for b = b[ascii:]; len(b) > 0; {
		r, size := DecodeRune(b)
		if r == utf8.RuneError {
			return "", false
		}
		text.WriteRune(r)
		b = b[size:]
	}
	return text.String(), true
}

// DecodeRune gives the first character of b and its size in bytes, as
// [utf8.DecodeRune] does: [utf8.RuneError] of size 1 where there is none, of
// size 0 where b is empty.
func DecodeRune(b []byte) (r rune, size int) {
	if len(b) == 0 {
		return utf8.RuneError, 0
	}
	switch c := b[0]; {
	case c < utf8.RuneSelf:
		return rune(c), 1
	case isKana(c):
		return firstKana + rune(c-0xA1), 1
	case isLead(c) && len(b) > 1 && isTrail(b[1]):
		if r := decoding()[cell(c, b[1])]; r != 0 {
			return rune(r), 2
		}
	}
	return utf8.RuneError, 1
}

// FullRune says whether b begins with a whole character, or with what becomes
// none whatever follows, as [utf8.FullRune] does.
func FullRune(b []byte) bool {
	return len(b) > 1 || len(b) == 1 && !isLead(b[0])
}

// Encode gives UTF-8 text in CP932, and false where CP932 lacks a character.
func Encode(s string) ([]byte, bool) {
	ascii := asciiPrefix(s)
	encoded := append(make([]byte, 0, len(s)), s[:ascii]...)
	for _, r := range s[ascii:] {
		var has bool
		if encoded, has = appendRune(encoded, r); !has {
			return nil, false
		}
	}
	return encoded, true
}

// EncodeJSON gives a JSON text, which must be UTF-8, in CP932. What CP932 lacks
// becomes a \u escape: beyond ASCII, JSON has characters in strings only. A text
// that is all ASCII is given back itself.
func EncodeJSON(text []byte) []byte {
	ascii := asciiPrefix(text)
	if ascii == len(text) {
		return text
	}
	encoded := append(make([]byte, 0, len(text)), text[:ascii]...)
	for rest := text[ascii:]; len(rest) > 0; {
		r, size := utf8.DecodeRune(rest)
		rest = rest[size:]
		var has bool
		if encoded, has = appendRune(encoded, r); !has {
			encoded = appendEscape(encoded, r)
		}
	}
	return encoded
}

// appendRune leaves what it appends to as it was where CP932 lacks a character.
func appendRune(to []byte, r rune) (_ []byte, has bool) {
	if r < utf8.RuneSelf {
		return append(to, byte(r)), true
	}
	if r >= firstKana && r <= lastKana {
		return append(to, byte(r-firstKana)+0xA1), true
	}
	if r > lastOfTable {
		return to, false
	}
	code := encoding()[r]
	if code == 0 {
		return to, false
	}
	return append(to, byte(code>>8), byte(code)), true
}

func appendEscape(to []byte, r rune) []byte {
	const digits = "0123456789abcdef"
	for _, unit := range utf16.AppendRune(make([]uint16, 0, 2), r) {
		to = append(to, '\\', 'u', digits[unit>>12], digits[unit>>8&15], digits[unit>>4&15], digits[unit&15])
	}
	return to
}

// asciiPrefix is how many bytes of text come before the first beyond ASCII.
func asciiPrefix[T string | []byte](text T) int {
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf {
			return i
		}
	}
	return len(text)
}
