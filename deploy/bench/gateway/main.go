// Command gateway is Sekisho with a directive of the benchmark's own, `bench`: the
// same few bytes of JSON behind a guard, without one, and after what a handler
// would ask of Redis by itself.
package main

import (
	caddycmd "github.com/caddyserver/caddy/v2/cmd"

	_ "github.com/caddyserver/caddy/v2/modules/standard"

	_ "sekisho/backends"
	_ "sekisho/caddymodules"
)

func main() { caddycmd.Main() }
