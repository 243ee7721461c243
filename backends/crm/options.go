package crm

import (
	"fmt"
	"strconv"
	"unicode/utf8"

	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"

	"sekisho/backends/kit"
)

// The defaults and bounds of the options.
const (
	defaultCodeDigits = 13
	mostCodeDigits    = 18 // what an int64 holds, whatever the digits
	longestUnset      = 10 // characters
)

// charsets are the values of the option charset.
var charsets = []kit.Charset{kit.CharsetAuto, kit.CharsetShiftJIS, kit.CharsetUTF8}

// Validate refuses options out of their bounds.
func (h *Handler) Validate() error {
	if err := kit.CheckOneOf("charset", h.Charset, charsets...); err != nil {
		return err
	}
	if err := h.Numbers.Validate(); err != nil {
		return err
	}
	if h.CodeDigits < 0 || h.CodeDigits > mostCodeDigits {
		return errCodeDigits
	}
	if !h.unsetFits() {
		return errUnset
	}
	_, err := exceptionsOf(h.RequireAuth)
	return err
}

var (
	errCodeDigits = fmt.Errorf("code_digits must be a number from 1 to %d", mostCodeDigits)
	errUnset      = fmt.Errorf("unset must have at most %d characters", longestUnset)
)

func (h *Handler) unsetFits() bool {
	return kit.IsText(h.Unset) && utf8.RuneCountInString(h.Unset) <= longestUnset
}

// UnmarshalCaddyfile sets up the handler from Caddyfile tokens. Every line may
// be left out; require_auth may stand several times. Syntax:
//
//	crm {
//	    charset       auto|shift_jis|utf-8
//	    numbers       quoted|bare
//	    unset         <text>
//	    code_digits   <number>
//	    require_auth  off <page>... [from <cidr>...]
//	    system_limits { per_address … per_account … per_source … remember … }
//	    limits        { per_address … per_account … per_source … remember … }
//	    token_guesses <number> <window>
//	    sign_ups      <number> <window>
//	}
func (h *Handler) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	d.Next() // the directive's name
	if d.NextArg() {
		return d.Err("crm takes no arguments; its options stand in a block")
	}
	for d.NextBlock(0) {
		if err := h.unmarshalOption(d); err != nil {
			return err
		}
	}
	return nil
}

func (h *Handler) unmarshalOption(d *caddyfile.Dispenser) error {
	switch d.Val() {
	case "charset":
		return kit.OneOf(d, &h.Charset, charsets...)
	case "numbers":
		return h.Numbers.UnmarshalCaddyfile(d)
	case "unset":
		return h.unmarshalUnset(d)
	case "code_digits":
		return h.unmarshalCodeDigits(d)
	case "require_auth":
		return h.unmarshalRequireAuth(d)
	case "system_limits":
		return h.SystemLimits.UnmarshalCaddyfile(d)
	case "limits":
		return h.Limits.UnmarshalCaddyfile(d)
	case "token_guesses":
		return h.TokenGuesses.UnmarshalCaddyfile(d)
	case "sign_ups":
		return h.SignUps.UnmarshalCaddyfile(d)
	}
	return d.Errf("crm knows no option %q; it has charset, numbers, unset, code_digits, require_auth, system_limits, limits, token_guesses and sign_ups", d.Val())
}

func (h *Handler) unmarshalUnset(d *caddyfile.Dispenser) (err error) {
	h.Unset, err = kit.Argument(d, h.Unset != "", "a text")
	if err == nil && !h.unsetFits() {
		err = d.WrapErr(errUnset)
	}
	return err
}

func (h *Handler) unmarshalCodeDigits(d *caddyfile.Dispenser) error {
	text, err := kit.Argument(d, h.CodeDigits != 0, "a number")
	if err != nil {
		return err
	}
	if h.CodeDigits, err = strconv.Atoi(text); err != nil || h.CodeDigits < 1 || h.CodeDigits > mostCodeDigits {
		return d.WrapErr(errCodeDigits)
	}
	return nil
}

func (h *Handler) unmarshalRequireAuth(d *caddyfile.Dispenser) error {
	exception, err := parseSessionless(d)
	if err != nil {
		return err
	}
	h.RequireAuth = append(h.RequireAuth, exception)
	if _, err := exceptionsOf(h.RequireAuth); err != nil {
		return d.WrapErr(err)
	}
	return nil
}
