package crm

import (
	"strings"
	"testing"

	"sekisho/backends/kit"
	"sekisho/caddymodules/golden"
)

func TestCaddyfiles(t *testing.T) { golden.Caddyfiles(t) }

// What Validate refuses of a configuration in JSON.
func TestValidate(t *testing.T) {
	for _, test := range []struct {
		handler Handler
		want    string
	}{
		{Handler{}, ""},
		{Handler{Charset: kit.CharsetShiftJIS, Numbers: kit.NumbersBare, Unset: ".", CodeDigits: 8}, ""},
		{Handler{Charset: "latin1"}, `charset is "latin1"; it must be auto, shift_jis or utf-8`},
		{Handler{Numbers: "roman"}, `numbers is "roman"; it must be quoted or bare`},
		{Handler{CodeDigits: -1}, "code_digits must be a number from 1 to 18"},
		{Handler{CodeDigits: 19}, "code_digits must be a number from 1 to 18"},
		{Handler{Unset: strings.Repeat("海", 11)}, "unset must have at most 10 characters"},
		{Handler{Unset: "\xff"}, "unset must have at most 10 characters"},
	} {
		if got := errorText(test.handler.Validate()); got != test.want {
			t.Errorf("%+v: %q, want %q", test.handler, got, test.want)
		}
	}
}
