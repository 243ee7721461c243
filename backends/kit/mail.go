package kit

import "strings"

// MailKey is the form in which mail addresses are compared: the letters A to Z
// in lower case, and no others, so that both databases compare alike.
func MailKey(address string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + ('a' - 'A')
		}
		return r
	}, address)
}
