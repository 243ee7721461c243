// Package sitekey is the guard site_key: a calling site shows who it is by the
// parameters sid and key of the query.
package sitekey

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/caddyconfig/httpcaddyfile"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"go.uber.org/zap"

	"sekisho/caddymodules/directory"
	"sekisho/caddymodules/guard"
	"sekisho/caddymodules/identity"
	"sekisho/caddymodules/stores"
)

func init() {
	caddy.RegisterModule(Guard{})
	httpcaddyfile.RegisterHandlerDirective("site_key", parseDirective)
	httpcaddyfile.RegisterDirectiveOrder("site_key", httpcaddyfile.After, "basic_auth")
}

// Sites knows the sites of one API. A guest module in the namespace
// http.handlers.site_key.sites implements it.
type Sites interface {
	// Site gives the keys of a site; the zero value where there is no such
	// site. An error is a failure of ours.
	Site(ctx context.Context, sid int64) (identity.Keyed, error)

	// HashKey gives what [identity.Key.Hash] of a key of the site would be, 32
	// bytes, for a site that does not exist too.
	HashKey(sid int64, key string) []byte

	// KeyUsed notes that a key was used. It is told at most once a minute for
	// each key.
	KeyUsed(ctx context.Context, keyID int64, at time.Time) error
}

// Guard finds out which site is calling by the query's `sid` and `key`, and
// leaves the check for the backend of the same name that stands behind. It refuses nothing by
// itself, looks at nothing before the backend asks, and as with PHP takes the
// last of a repeated parameter.
//
// What it knows of a site it remembers for three seconds: so long a disabled
// site or a key that was taken away may still pass.
type Guard struct {
	// SitesRaw is the guest module that knows the sites, by its name in
	// `source`. Required.
	SitesRaw json.RawMessage `json:"sites" caddy:"namespace=http.handlers.site_key.sites inline_key=source"`

	// Limits limits guessing. Default: 10 failures in 5 minutes for a site and
	// client address, 1,000 an hour for a site; addresses that succeeded within
	// 30 days are exempt from the second. A limit that would let nobody or
	// everybody in refuses the configuration.
	Limits guard.Limits `json:"limits,omitzero"`

	api   string // whose sites they are: the guest module's name
	sites Sites
	known *directory.Directory[int64, identity.Keyed]
	door  *guard.Door
	used  *directory.Usage
	lease func() func()
	log   *zap.Logger
}

// CaddyModule returns the Caddy module information.
func (Guard) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{
		ID:  "http.handlers.site_key",
		New: func() caddy.Module { return new(Guard) },
	}
}

// Provision loads the guest module and makes the door.
func (g *Guard) Provision(ctx caddy.Context) error {
	opened, err := stores.Of(ctx)
	if err != nil {
		return err
	}
	if len(g.SitesRaw) == 0 {
		return errNoSites
	}
	guest, err := ctx.LoadModule(g, "SitesRaw")
	if err != nil {
		return fmt.Errorf("loading the module that knows the sites: %w", err)
	}
	sites, ok := guest.(Sites)
	if !ok {
		return fmt.Errorf("a module of type %T does not know sites", guest)
	}
	metrics, err := opened.Metrics(ctx.GetMetricsRegistry())
	if err != nil {
		return err
	}
	g.door, err = guard.NewDoor(opened, metrics, "site_key", g.Limits.Or(guard.Machines))
	if err != nil {
		return err
	}
	g.api = guest.(caddy.Module).CaddyModule().ID.Name()
	g.sites = sites
	g.known = directory.New(sites.Site)
	g.used = directory.NewUsage(sites.KeyUsed)
	g.lease = opened.Lease
	g.log = ctx.Logger()
	return nil
}

// ServeHTTP leaves the check and goes on.
func (g *Guard) ServeHTTP(w http.ResponseWriter, r *http.Request, next caddyhttp.Handler) error {
	identity.Leave(r, g.api, func(ctx context.Context) (identity.Caller, error) {
		return g.check(ctx, r.URL.RawQuery, guard.Address(r))
	})
	return next.ServeHTTP(w, r)
}

func parseDirective(h httpcaddyfile.Helper) (caddyhttp.MiddlewareHandler, error) {
	g := new(Guard)
	return g, g.UnmarshalCaddyfile(h.Dispenser)
}

// UnmarshalCaddyfile sets up the guard from Caddyfile tokens. Syntax:
//
//	site_key {
//	    sites <module> [...]
//	    limits {
//	        per_address <failures> <window>
//	        per_account <failures> <window>
//	        remember    <time>
//	    }
//	}
//
// `limits` and each of its lines may be left out.
func (g *Guard) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	d.Next() // the directive's name
	if d.NextArg() {
		return d.Err("site_key takes no arguments; its options stand in a block")
	}
	for d.NextBlock(0) {
		switch d.Val() {
		case "sites":
			if err := g.unmarshalSites(d); err != nil {
				return err
			}
		case "limits":
			if err := g.Limits.UnmarshalCaddyfile(d); err != nil {
				return err
			}
		default:
			return d.Errf("site_key knows no option %q; it has sites and limits", d.Val())
		}
	}
	if g.SitesRaw == nil {
		return d.WrapErr(errNoSites)
	}
	return nil
}

func (g *Guard) unmarshalSites(d *caddyfile.Dispenser) error {
	if g.SitesRaw != nil {
		return d.Err("sites is given twice")
	}
	if !d.NextArg() {
		return d.Err("sites takes the name of the module that knows the sites, as in `sites customers`")
	}
	name := d.Val()
	guest, err := caddyfile.UnmarshalModule(d, "http.handlers.site_key.sites."+name)
	if err != nil {
		return err
	}
	if _, ok := guest.(Sites); !ok {
		return d.Errf("the module %s does not know sites", name)
	}
	g.SitesRaw = caddyconfig.JSONModuleObject(guest, "source", name, nil)
	return nil
}

// Interface guards
var (
	_ caddy.Provisioner           = (*Guard)(nil)
	_ caddyhttp.MiddlewareHandler = (*Guard)(nil)
	_ caddyfile.Unmarshaler       = (*Guard)(nil)
)
