// Command caddy is Caddy as everybody has it, built as Sekisho is: what the
// gateway's start and memory are compared with.
package main

import (
	caddycmd "github.com/caddyserver/caddy/v2/cmd"

	_ "github.com/caddyserver/caddy/v2/modules/standard"
)

func main() { caddycmd.Main() }
