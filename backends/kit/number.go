package kit

import (
	"strconv"

	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
)

// Numbers is the option that says how an API sends its numbers, where its
// document shows them both ways. The zero value quotes them.
type Numbers string

// The values of the option.
const (
	NumbersQuoted Numbers = "quoted" // "12"
	NumbersBare   Numbers = "bare"   // 12
)

// Of gives a number as it is sent.
func (n Numbers) Of(value int64) Number { return n.Written(strconv.FormatInt(value, 10)) }

// Written is Of for a number that is written already, "10.5".
func (n Numbers) Written(digits string) Number {
	if n == NumbersBare {
		return Number(digits)
	}
	return Number(strconv.Quote(digits))
}

// Flag gives 1 or 0 as it is sent.
func (n Numbers) Flag(on bool) Number {
	if on {
		return n.Of(1)
	}
	return n.Of(0)
}

// Validate refuses any other word.
func (n Numbers) Validate() error { return CheckOneOf("numbers", n, NumbersQuoted, NumbersBare) }

// UnmarshalCaddyfile reads the option that d stands on. Syntax:
//
//	numbers quoted|bare
func (n *Numbers) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	return OneOf(d, n, NumbersQuoted, NumbersBare)
}

// Number is a number as it stands in an answer, in quotes or bare.
type Number string

// MarshalJSON gives the number as it is.
func (n Number) MarshalJSON() ([]byte, error) { return []byte(n), nil }

// Interface guards
var _ caddyfile.Unmarshaler = (*Numbers)(nil)
