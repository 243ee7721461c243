package kit

import (
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
		{"own_keys On", nil, false, "own_keys takes one argument, on or off"},
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
