package ydits

import "testing"

func TestUsableMail(t *testing.T) {
	for address, usable := range map[string]bool{
		"example@example.com":     true,
		"a+b_c-d@sub.example.jp":  true,
		"a..b@docomo.ne.jp":       true,
		"ab.@ezweb.ne.jp":         true,
		"a...b..@docomo.ne.jp":    true,
		`"a b"@example.com`:       false,
		`"a..b"@example.com`:      true,
		"ユーザー@example.jp":         true,
		"":                        false,
		"example":                 false,
		"@example.com":            false,
		"..@example.com":          false,
		".a@example.com":          false,
		"a@":                      false,
		"a@localhost":             false,
		"a@[127.0.0.1]":           false,
		"a@.example.com":          false,
		"a@example..com":          false,
		"a b@example.com":         false,
		"a@b@example.com":         false,
		"A <a@example.com>":       false,
		"<a@example.com>":         false,
		"a@example.com (comment)": false,
		" a@example.com":          false,
		"a@example.com\r\nBcc: b": false,
		"a＠example.com":           false,
	} {
		if got := usableMail(address); got != usable {
			t.Errorf("%q: %v, want %v", address, got, usable)
		}
	}
}
