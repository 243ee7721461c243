package kit

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
)

func TestNumbersAreSentAsTheOperatorChose(t *testing.T) {
	for numbers, want := range map[Numbers]string{
		"":            `["-12","1","0","9007199254740991"]`,
		NumbersQuoted: `["-12","1","0","9007199254740991"]`,
		NumbersBare:   `[-12,1,0,9007199254740991]`,
	} {
		sent, err := json.Marshal([]Number{numbers.Of(-12), numbers.Flag(true), numbers.Flag(false), numbers.Of(LargestID)})
		if string(sent) != want || err != nil {
			t.Errorf("numbers %q: %s, %v, want %s", numbers, sent, err, want)
		}
	}
}

// A Caddyfile and a configuration in JSON know the same words.
func TestNumbersKnowsTwoWords(t *testing.T) {
	const refusal = `numbers is "roman"; it must be quoted or bare`
	for value, want := range map[Numbers]string{NumbersQuoted: "", NumbersBare: "", "roman": refusal} {
		d := caddyfile.NewTestDispenser("numbers " + string(value))
		d.Next()
		var parsed Numbers
		for way, err := range map[string]error{"Caddyfile": parsed.UnmarshalCaddyfile(d), "JSON": value.Validate()} {
			if want == "" && err != nil || want != "" && !strings.HasPrefix(fmt.Sprint(err), want) {
				t.Errorf("%s in %s: %v, want %q", value, way, err, want)
			}
		}
		if want == "" && parsed != value {
			t.Errorf("%s is parsed as %q", value, parsed)
		}
	}
	if err := Numbers("").Validate(); err != nil {
		t.Errorf("what is not given is refused: %v", err)
	}
}
