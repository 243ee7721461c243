// Command uncounted is the gateway with a directive `uncounted` more, which stands
// before a backend and has its counters count nothing. The benchmark measures
// beside it what counting costs; the product has no such thing.
package main

import (
	"context"
	"net/http"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/httpcaddyfile"
	caddycmd "github.com/caddyserver/caddy/v2/cmd"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	_ "github.com/caddyserver/caddy/v2/modules/standard"
	"github.com/uptrace/bun"

	_ "sekisho/backends"
	_ "sekisho/caddymodules"
	"sekisho/caddymodules/stores"
)

func main() {
	caddy.RegisterModule(handler{})
	httpcaddyfile.RegisterHandlerDirective("uncounted", func(h httpcaddyfile.Helper) (caddyhttp.MiddlewareHandler, error) {
		return new(handler), nil
	})
	httpcaddyfile.RegisterDirectiveOrder("uncounted", httpcaddyfile.Before, "basic_auth")
	caddycmd.Main()
}

// handler passes every request on. It is provisioned before the backend, which
// then takes the counters that it has put in place.
type handler struct{}

// CaddyModule returns the Caddy module information.
func (handler) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "http.handlers.uncounted", New: func() caddy.Module { return new(handler) }}
}

// Provision puts counters that count nothing into the place of the stores' own.
func (*handler) Provision(ctx caddy.Context) error {
	opened, err := stores.Of(ctx)
	if err == nil {
		opened.Counters = nothing{}
	}
	return err
}

// ServeHTTP passes a request on.
func (*handler) ServeHTTP(w http.ResponseWriter, r *http.Request, next caddyhttp.Handler) error {
	return next.ServeHTTP(w, r)
}

// nothing is counters that count nothing.
type nothing struct{}

// Add implements [stores.Counters].
func (nothing) Add(context.Context, string, map[string]int64) error { return nil }

// Drain implements [stores.Counters].
func (nothing) Drain(context.Context, string, func(context.Context, bun.Tx, map[string]int64) error) (int, error) {
	return 0, nil
}

// Pending implements [stores.Counters].
func (nothing) Pending(context.Context, string) (int, error) { return 0, nil }

// Interface guards
var (
	_ caddy.Provisioner           = (*handler)(nil)
	_ caddyhttp.MiddlewareHandler = (*handler)(nil)
	_ stores.Counters             = nothing{}
)
