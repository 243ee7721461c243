// Package caddymodules bundles the gateway's cross-cutting Caddy modules, which
// know no API by name, for xcaddy:
//
//	xcaddy build --with sekisho/caddymodules --with sekisho/backends
package caddymodules

import (
	"fmt"
	"os"
	"runtime/debug"

	"github.com/caddyserver/caddy/v2"

	_ "sekisho/caddymodules/apikey"
	_ "sekisho/caddymodules/aspx"
	_ "sekisho/caddymodules/backup"
	_ "sekisho/caddymodules/certificates"
	_ "sekisho/caddymodules/docs"
	_ "sekisho/caddymodules/health"
	_ "sekisho/caddymodules/oauth2"
	_ "sekisho/caddymodules/redact"
	_ "sekisho/caddymodules/sitekey"
	_ "sekisho/caddymodules/stores"
	_ "sekisho/caddymodules/yditsstep"
)

// collectAt is the growth of the heap, in percent, at which garbage is
// collected: four times Go's default costs some 25 MiB and saves a quarter of
// the processor's time for each request. The environment's GOGC goes before it.
const collectAt = 400

func init() {
	caddy.CustomBinaryName = "sekisho"
	caddy.CustomVersion = "sekisho on Caddy" // before Caddy's own
	caddy.CustomLongDescription = `Sekisho is a gateway that keeps dead APIs alive: it serves legacy Japanese APIs
on their old host names and paths, to clients that nobody can update. It is
built on Caddy (https://caddyserver.com/docs) and configured by a Caddyfile.

	sekisho run --config Caddyfile       serve, in the foreground
	sekisho validate --config Caddyfile  tell whether a configuration holds
	sekisho reload --config Caddyfile    bring a change in without a dropped request`

	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(collectAt)
	}
	if err := readPrivateFiles(); err != nil {
		fmt.Fprintln(os.Stderr, "Error:", err)
		os.Exit(1)
	}
	prepareEnvironment()
}
