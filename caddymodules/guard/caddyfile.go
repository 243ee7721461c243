package guard

import (
	"strconv"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
)

// UnmarshalCaddyfile reads the limits of a door with accounts, the dispenser
// standing on the option's name. What is not given stays absent, see
// [Limits.Or]. Syntax:
//
//	limits {
//	    per_address <failures> <window>
//	    per_account <failures> <window>
//	    per_source  <failures> <window>
//	    remember    <time>
//	}
func (l *Limits) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	option := d.Val()
	if *l != (Limits{}) {
		return d.Errf("%s is given twice", option)
	}
	if d.CountRemainingArgs() > 0 {
		return d.Errf("%s takes a block of per_address, per_account, per_source and remember, and no argument", option)
	}
	for nesting := d.Nesting(); d.NextBlock(nesting); {
		var err error
		switch d.Val() {
		case "per_address":
			err = l.PerAddress.UnmarshalCaddyfile(d)
		case "per_account":
			err = l.PerAccount.UnmarshalCaddyfile(d)
		case "per_source":
			err = l.PerSource.UnmarshalCaddyfile(d)
		case "remember":
			err = parseRemember(d, &l.Remember)
		default:
			err = d.Errf("unknown option %q of %s; per_address, per_account, per_source and remember are allowed", d.Val(), option)
		}
		if err != nil {
			return err
		}
	}
	if *l == (Limits{}) {
		return d.Errf("%s needs a block with per_address, per_account, per_source or remember", option)
	}
	return nil
}

// UnmarshalCaddyfile reads one limit, the dispenser standing on the option's
// name. Syntax:
//
//	sign_ups <failures> <window>
func (l *Limit) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	option := d.Val()
	if *l != (Limit{}) {
		return d.Errf("%s is given twice", option)
	}
	args := d.RemainingArgs()
	if len(args) != 2 {
		return d.Errf("%s takes a number and the time it counts over, as in %q", option, option+" 10 5m")
	}
	failures, err := strconv.Atoi(args[0])
	if err != nil {
		return d.Errf("%s: %q is not a whole number", option, args[0])
	}
	window, err := caddy.ParseDuration(args[1])
	if err != nil {
		return d.Errf("%s: %q is not a time, as in 90s, 5m, 1h", option, args[1])
	}
	parsed := Limit{Failures: failures, Window: caddy.Duration(window)}
	if err := parsed.Validate(); err != nil {
		return d.Errf("%s: %v", option, err)
	}
	*l = parsed
	return nil
}

func parseRemember(d *caddyfile.Dispenser, remember *caddy.Duration) error {
	if *remember != 0 {
		return d.Err("remember is given twice")
	}
	args := d.RemainingArgs()
	if len(args) != 1 {
		return d.Err(`remember takes one time, as in "remember 720h"`)
	}
	parsed, err := caddy.ParseDuration(args[0])
	if err != nil {
		return d.Errf("remember: %q is not a time, as in 720h or 30d", args[0])
	}
	if err := validateRemember(caddy.Duration(parsed)); err != nil {
		return d.Err(err.Error())
	}
	*remember = caddy.Duration(parsed)
	return nil
}

// Interface guards
var (
	_ caddyfile.Unmarshaler = (*Limits)(nil)
	_ caddyfile.Unmarshaler = (*Limit)(nil)
)
