package kit

import "github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"

// Switch reads the Caddyfile option that d stands on, whose one argument is on
// or off, into what is nil until then: an option given twice is an error.
func Switch(d *caddyfile.Dispenser, into **bool) error {
	option := d.Val()
	if *into != nil {
		return d.Errf("%s is given twice", option)
	}
	args := d.RemainingArgs()
	if len(args) != 1 || args[0] != "on" && args[0] != "off" {
		return d.Errf("%s takes one argument, on or off", option)
	}
	on := args[0] == "on"
	*into = &on
	return nil
}
