// Package customers speaks the shop sites' customer management API
// (システム利用者管理): one table of customers, EC-CUBE 2's dtb_customer, that
// several sites share.
package customers

import (
	"net/http"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/caddyconfig/httpcaddyfile"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"github.com/prometheus/client_golang/prometheus"

	"sekisho/backends/kit"
	"sekisho/caddymodules/serve"
	"sekisho/caddymodules/stores"
)

func init() {
	caddy.RegisterModule(Handler{})
	httpcaddyfile.RegisterHandlerDirective("customers", parseCaddyfile)
	httpcaddyfile.RegisterDirectiveOrder("customers", httpcaddyfile.Before, "respond")
	new(service).api().DeclareHarmless()
}

// Handler answers the customer management API under /user/. A path that the
// API does not know goes on to the next handler.
//
// The guard `site_key` with `sites customers` must stand before it.
type Handler struct {
	// RevealPasswords says whether info and detail give back password and
	// reminder_answer in clear, as the document says. Switched off they are
	// empty, and an empty one in an update keeps what is stored. Each site can
	// also be made without (`sekisho customers site add --no-passwords`).
	// Default: on.
	RevealPasswords *bool `json:"reveal_passwords,omitempty"`

	server *serve.Server
}

// CaddyModule returns the Caddy module information.
func (Handler) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{
		ID:  "http.handlers.customers",
		New: func() caddy.Module { return new(Handler) },
	}
}

// Provision takes the stores and sets up the table of operations.
func (h *Handler) Provision(ctx caddy.Context) error {
	opened, err := stores.Of(ctx)
	if err != nil {
		return err
	}
	disclosures, err := stores.Series(opened, ctx.GetMetricsRegistry(), "customers disclosures", func() *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "sekisho_customers_disclosures_total",
			Help: "Answers that carried a customer's password in clear, by operation.",
		}, []string{"operation"})
	})
	if err != nil {
		return err
	}
	for _, operation := range []string{opInfo, opDetail} {
		disclosures.WithLabelValues(operation)
	}
	service := &service{
		store:       &store{opened},
		reveal:      h.RevealPasswords == nil || *h.RevealPasswords,
		disclosures: disclosures,
		lists:       make(chan struct{}, listsAtOnce),
		log:         ctx.Logger(),
	}
	h.server, err = serve.New(ctx, opened, service.api())
	return err
}

// ServeHTTP answers the API's paths.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request, next caddyhttp.Handler) error {
	return h.server.ServeHTTP(w, r, next)
}

func parseCaddyfile(h httpcaddyfile.Helper) (caddyhttp.MiddlewareHandler, error) {
	handler := new(Handler)
	return handler, handler.UnmarshalCaddyfile(h.Dispenser)
}

// UnmarshalCaddyfile sets up the handler from Caddyfile tokens. Syntax:
//
//	customers {
//	    reveal_passwords on|off
//	}
func (h *Handler) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	d.Next() // the directive's name
	if d.NextArg() {
		return d.Err("customers takes no arguments; its options stand in a block")
	}
	for d.NextBlock(0) {
		if d.Val() != "reveal_passwords" {
			return d.Errf("customers knows no option %q; it has reveal_passwords", d.Val())
		}
		if err := kit.Switch(d, &h.RevealPasswords); err != nil {
			return err
		}
	}
	return nil
}

// Interface guards
var (
	_ caddy.Provisioner           = (*Handler)(nil)
	_ caddyhttp.MiddlewareHandler = (*Handler)(nil)
	_ caddyfile.Unmarshaler       = (*Handler)(nil)
)
