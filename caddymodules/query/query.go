// Package query reads queries and form bodies as PHP and ASP.NET did, so that
// a dispatcher, a guard and a backend never read one request in two ways.
//
// Only & separates: a ; belongs to the value. A % before anything but two
// hexadecimal digits stands for itself, so that passwords sent unescaped by old
// clients arrive; ASP.NET's %uXXXX is no escape. What comes out may be no
// UTF-8.
package query

import (
	"iter"
	"strconv"
	"strings"
)

// Field is one parameter where it stands.
type Field struct {
	Name  string
	Value string // "" also where there is no =
}

// Fields gives the fields of a query, or of a body of
// application/x-www-form-urlencoded, in the order they were written. Empty
// pairs ("a=1&&b=2") are none. There may be as many as raw has characters:
// whoever keeps them bounds them.
func Fields(raw string) iter.Seq[Field] {
	return func(yield func(Field) bool) {
		for pair := range strings.SplitSeq(raw, "&") {
			if pair == "" {
				continue
			}
			name, value, _ := strings.Cut(pair, "=")
			if !yield(Field{unescape(name), unescape(value)}) {
				return
			}
		}
	}
}

// First gives the first value of a parameter, which is the one that counts to
// Java, and whether it is there at all.
func First(raw, name string) (value string, there bool) {
	for field := range Fields(raw) {
		if field.Name == name {
			return field.Value, true
		}
	}
	return "", false
}

// Last gives the last value of a parameter, which is the one that counts to
// PHP, and whether it is there at all.
func Last(raw, name string) (value string, there bool) {
	for field := range Fields(raw) {
		if field.Name == name {
			value, there = field.Value, true
		}
	}
	return value, there
}

func unescape(s string) string {
	if !strings.ContainsAny(s, "%+") {
		return s
	}
	plain := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '+':
			c = ' '
		case c == '%' && i+2 < len(s):
			if b, err := strconv.ParseUint(s[i+1:i+3], 16, 8); err == nil {
				c = byte(b)
				i += 2
			}
		}
		plain = append(plain, c)
	}
	return string(plain)
}
