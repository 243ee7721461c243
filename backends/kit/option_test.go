package kit

import (
	"fmt"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
)

func TestSwitch(t *testing.T) {
	given := true
	for _, test := range []struct {
		caddyfile string
		before    *bool
		want      bool
		refusal   string // "" for none
	}{
		{"own_keys on", nil, true, ""},
		{"own_keys off", nil, false, ""},
		{"own_keys off", &given, true, "own_keys is given twice"},
		{"own_keys", nil, false, "own_keys takes one argument, on or off"},
		{"own_keys On", nil, false, `own_keys is "On"; it must be on or off`},
		{"own_keys on off", nil, false, "own_keys takes one argument, on or off"},
	} {
		d := caddyfile.NewTestDispenser(test.caddyfile)
		d.Next()
		got := test.before
		err := Switch(d, &got)
		switch {
		case test.refusal == "" && (err != nil || got == nil || *got != test.want):
			t.Errorf("%s: %v, want %v", test.caddyfile, err, test.want)
		case test.refusal != "" && (err == nil || !strings.Contains(err.Error(), test.refusal) || got != test.before):
			t.Errorf("%s: %v, want %q", test.caddyfile, err, test.refusal)
		}
	}
}

func TestOneOf(t *testing.T) {
	type word string
	for _, test := range []struct {
		caddyfile    string
		before, want word
		refusal      string // "" for none
	}{
		{"charset auto", "", "auto", ""},
		{"charset utf-8", "", "utf-8", ""},
		{"charset auto", "utf-8", "utf-8", "charset is given twice"},
		{"charset", "", "", "charset takes one argument, auto, shift_jis or utf-8"},
		{"charset auto utf-8", "", "", "charset takes one argument, auto, shift_jis or utf-8"},
		{"charset UTF-8", "", "", `charset is "UTF-8"; it must be auto, shift_jis or utf-8`},
		{`charset ""`, "", "", `charset is ""; it must be auto, shift_jis or utf-8`},
	} {
		d := caddyfile.NewTestDispenser(test.caddyfile)
		d.Next()
		got := test.before
		err := OneOf(d, &got, "auto", "shift_jis", "utf-8")
		if got != test.want || test.refusal == "" && err != nil || test.refusal != "" && (err == nil || !strings.Contains(err.Error(), test.refusal)) {
			t.Errorf("%s: %q, %v, want %q, %q", test.caddyfile, got, err, test.want, test.refusal)
		}
	}
}

func TestCheckOneOf(t *testing.T) {
	for value, want := range map[string]string{
		"":     "<nil>", // the default
		"ok":   "<nil>",
		"200":  `http_status is "200"; it must be ok or mirror`,
		"ok ":  `http_status is "ok "; it must be ok or mirror`,
		"both": `http_status is "both"; it must be ok or mirror`,
	} {
		if got := fmt.Sprint(CheckOneOf("http_status", value, "ok", "mirror")); got != want {
			t.Errorf("%q: %s, want %s", value, got, want)
		}
	}
}
