// Package ydits is the YDITS account API: registration of software by its
// users, and the right to use it, with its two companions regist.php and
// inquiry.php.
package ydits

import (
	"errors"
	"net/http"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/caddyconfig/httpcaddyfile"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"sekisho/backends/kit"
	"sekisho/caddymodules/guard"
	"sekisho/caddymodules/observe"
	"sekisho/caddymodules/serve"
	"sekisho/caddymodules/stores"
)

func init() {
	caddy.RegisterModule(Handler{})
	httpcaddyfile.RegisterHandlerDirective("ydits", parseCaddyfile)
	httpcaddyfile.RegisterDirectiveOrder("ydits", httpcaddyfile.Before, "respond")
	new(service).api().DeclareHarmless()
}

// The values of http_status.
const (
	statusOK     = "ok"
	statusMirror = "mirror"
)

// Handler answers the YDITS account API under /ydits-api/ydits-account/. A path
// that the API does not know goes on to the next handler.
//
// `ydits_step` must stand before it: it tells the three steps of auth.php apart.
type Handler struct {
	// OwnKeys says whether step 2 takes a key that step 1 did not issue (独自キー).
	// Switched off, such a key is answered 406 as software that is not
	// registered. Default: on.
	OwnKeys *bool `json:"own_keys,omitempty"`

	// HTTPStatus is the status line's code: `ok` is always 200 (405 for a wrong
	// method), as what counts is resultcode; `mirror` copies resultcode.
	// Anything else refuses the configuration. Default: ok.
	HTTPStatus string `json:"http_status,omitempty"`

	// Limits bound the guessing of passwords (step 1 and inquiry.php, which
	// count together), of uuids (step 2) and of keys (step 3). The default is
	// guard.People: 10 failures in 5 minutes per account and address, 100 an
	// hour per account. What is out of bounds refuses the configuration.
	Limits guard.Limits `json:"limits,omitzero"`

	// SignUps bounds regist.php per address. Default: 30 an hour.
	SignUps guard.Limit `json:"sign_ups,omitzero"`

	server *serve.Server
}

// CaddyModule returns the Caddy module information.
func (Handler) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{
		ID:  "http.handlers.ydits",
		New: func() caddy.Module { return new(Handler) },
	}
}

// Provision takes the stores and sets up the doors and the table of operations.
func (h *Handler) Provision(ctx caddy.Context) error {
	opened, err := stores.Of(ctx)
	if err != nil {
		return err
	}
	metrics, err := opened.Metrics(ctx.GetMetricsRegistry())
	if err != nil {
		return err
	}
	s := &service{
		store:    store{opened.SQL},
		sessions: opened.Sessions,
		seal:     opened.Seal,
		ownKeys:  h.OwnKeys == nil || *h.OwnKeys,
		mirror:   h.HTTPStatus == statusMirror,
		log:      ctx.Logger(),
	}
	if err := h.provisionDoors(s, opened, metrics); err != nil {
		return err
	}
	h.server, err = serve.New(ctx, opened, s.api())
	return err
}

// provisionDoors makes a door for each secret. Steps 2 and 3 do not share one:
// whoever knows a uuid is right at step 2 whenever they like, and would clear
// the count of the keys they guess at step 3.
func (h *Handler) provisionDoors(s *service, opened *stores.Stores, metrics *observe.Metrics) error {
	limits := h.Limits.Or(guard.People)
	var errs [4]error
	s.passwords, errs[0] = guard.NewDoor(opened, metrics, "ydits_password", limits)
	s.uuids, errs[1] = guard.NewDoor(opened, metrics, "ydits_uuid", limits)
	s.keys, errs[2] = guard.NewDoor(opened, metrics, "ydits_key", limits)
	s.signUps, errs[3] = guard.NewSignUps(opened, metrics, "ydits_regist", h.SignUps.Or(guard.Registrations))
	return errors.Join(errs[:]...)
}

// Validate refuses a status that is neither ok nor mirror.
func (h *Handler) Validate() error {
	return kit.CheckOneOf("http_status", h.HTTPStatus, statusOK, statusMirror)
}

// ServeHTTP answers the API's paths.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request, next caddyhttp.Handler) error {
	return h.server.ServeHTTP(w, r, next)
}

func parseCaddyfile(h httpcaddyfile.Helper) (caddyhttp.MiddlewareHandler, error) {
	handler := new(Handler)
	return handler, handler.UnmarshalCaddyfile(h.Dispenser)
}

// UnmarshalCaddyfile sets up the handler from Caddyfile tokens. Every line may
// be left out. Syntax:
//
//	ydits {
//	    own_keys    on|off
//	    http_status ok|mirror
//	    limits {
//	        per_address <failures> <window>
//	        per_account <failures> <window>
//	        remember    <time>
//	    }
//	    sign_ups <number> <window>
//	}
func (h *Handler) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	d.Next() // the directive's name
	if d.NextArg() {
		return d.Err("ydits takes no arguments; its options stand in a block")
	}
	for d.NextBlock(0) {
		var err error
		switch d.Val() {
		case "own_keys":
			err = kit.Switch(d, &h.OwnKeys)
		case "http_status":
			err = kit.OneOf(d, &h.HTTPStatus, statusOK, statusMirror)
		case "limits":
			err = h.Limits.UnmarshalCaddyfile(d)
		case "sign_ups":
			err = h.SignUps.UnmarshalCaddyfile(d)
		default:
			err = d.Errf("ydits knows no option %q; it has own_keys, http_status, limits and sign_ups", d.Val())
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Interface guards
var (
	_ caddy.Provisioner           = (*Handler)(nil)
	_ caddy.Validator             = (*Handler)(nil)
	_ caddyhttp.MiddlewareHandler = (*Handler)(nil)
	_ caddyfile.Unmarshaler       = (*Handler)(nil)
)
