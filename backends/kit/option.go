package kit

import (
	"fmt"
	"slices"
	"strings"

	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
)

// Argument gives the one argument of the Caddyfile option that d stands on,
// which must not have been given before; what says what it is ("a number").
func Argument(d *caddyfile.Dispenser, given bool, what string) (string, error) {
	option := d.Val()
	if given {
		return "", d.Errf("%s is given twice", option)
	}
	args := d.RemainingArgs()
	if len(args) != 1 {
		return "", d.Errf("%s takes one argument, %s", option, what)
	}
	return args[0], nil
}

// OneOf reads the Caddyfile option that d stands on, whose one argument is one
// of words, into what is empty until then: an option given twice is an error.
func OneOf[W ~string](d *caddyfile.Dispenser, into *W, words ...W) error {
	word, err := oneOf(d, *into != "", words)
	if err == nil {
		*into = word
	}
	return err
}

// Switch reads the Caddyfile option that d stands on, whose one argument is on
// or off, into what is nil until then: an option given twice is an error.
func Switch(d *caddyfile.Dispenser, into **bool) error {
	word, err := oneOf(d, *into != nil, []string{"on", "off"})
	if err != nil {
		return err
	}
	on := word == "on"
	*into = &on
	return nil
}

func oneOf[W ~string](d *caddyfile.Dispenser, given bool, words []W) (W, error) {
	option := d.Val()
	value, err := Argument(d, given, alternatives(words))
	if err != nil {
		return "", err
	}
	if !slices.Contains(words, W(value)) {
		return "", d.WrapErr(noneOf(option, W(value), words))
	}
	return W(value), nil
}

// CheckOneOf refuses a value of an option, from a configuration in JSON, that is
// none of words. An empty one was not given, and passes.
func CheckOneOf[W ~string](option string, value W, words ...W) error {
	if value == "" || slices.Contains(words, value) {
		return nil
	}
	return noneOf(option, value, words)
}

func noneOf[W ~string](option string, value W, words []W) error {
	return fmt.Errorf("%s is %q; it must be %s", option, value, alternatives(words))
}

// alternatives joins words as a sentence does: "a, b or c".
func alternatives[W ~string](words []W) string {
	var b strings.Builder
	for i, word := range words {
		switch {
		case i == 0:
		case i == len(words)-1:
			b.WriteString(" or ")
		default:
			b.WriteString(", ")
		}
		b.WriteString(string(word))
	}
	return b.String()
}
