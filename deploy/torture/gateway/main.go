// Command gateway is Sekisho with two things for a torture alone: its clock can be
// stepped while it runs, and it can be a later version of itself, with migrations
// that the one before does not know.
package main

import (
	caddycmd "github.com/caddyserver/caddy/v2/cmd"

	_ "github.com/caddyserver/caddy/v2/modules/standard"

	_ "sekisho/backends"
	_ "sekisho/caddymodules"
)

func main() {
	go followClock()
	caddycmd.Main()
}
