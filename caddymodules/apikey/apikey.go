// Package apikey is the guard api_key: a calling app shows who it is by the
// parameter key of the query, which names nobody by itself.
package apikey

import (
	"context"
	"crypto/sha256"
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
	httpcaddyfile.RegisterHandlerDirective("api_key", parseDirective)
	httpcaddyfile.RegisterDirectiveOrder("api_key", httpcaddyfile.After, "basic_auth")
}

// Apps knows the apps of one API and their keys. A guest module in the
// namespace http.handlers.api_key.apps implements it.
type Apps interface {
	// App gives the app that a key with this hash belongs to, with its ID and at
	// most that one key; the zero value where nobody has it. An error is a
	// failure of ours.
	App(ctx context.Context, hash [sha256.Size]byte) (identity.Keyed, error)

	// HashKey gives the HMAC-SHA-256 under which a key is kept, for a key that
	// nobody has too.
	HashKey(key string) [sha256.Size]byte

	// KeyUsed notes that a key was used. It is told at most once a minute for
	// each key.
	KeyUsed(ctx context.Context, keyID int64, at time.Time) error
}

// Guard finds out which app is calling by the query's `key`, and leaves the
// check for the backend of the same name that stands behind. It refuses nothing
// by itself, looks at nothing before the backend asks, never reads a body, and
// as a Java server takes the first of a repeated parameter.
//
// What it leaves as a fault: Missing "key" without that parameter or with an
// empty one; Unauthorized for every key that is wrong, ended or of a disabled
// app, longer than 255 characters or of other ones than printable ASCII; TooMany
// in its place where such keys come too often from one address; Internal where
// the apps are out of reach.
//
// What it knows of a key it remembers for three seconds: so long a disabled app
// or a key that was taken away may still pass.
type Guard struct {
	// AppsRaw is the guest module that knows the apps, by its name in `source`.
	// Required.
	AppsRaw json.RawMessage `json:"apps" caddy:"namespace=http.handlers.api_key.apps inline_key=source"`

	// Guesses limits the wrong keys from a client address (an IPv6 address
	// counts by its /64); right ones pass all the same and clear nothing. Default
	// 100 in 5 minutes. A limit that would let nobody or everybody guess refuses
	// the configuration.
	Guesses guard.Limit `json:"guesses,omitzero"`

	api   string // whose apps they are: the guest module's name
	apps  Apps
	known *directory.Directory[[sha256.Size]byte, identity.Keyed]
	door  *guard.OpenDoor
	used  *directory.Usage
	lease func() func()
	log   *zap.Logger
}

// CaddyModule returns the Caddy module information.
func (Guard) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{
		ID:  "http.handlers.api_key",
		New: func() caddy.Module { return new(Guard) },
	}
}

// Provision loads the guest module and makes the door.
func (g *Guard) Provision(ctx caddy.Context) error {
	opened, err := stores.Of(ctx)
	if err != nil {
		return err
	}
	if len(g.AppsRaw) == 0 {
		return errNoApps
	}
	guest, err := ctx.LoadModule(g, "AppsRaw")
	if err != nil {
		return fmt.Errorf("loading the module that knows the apps: %w", err)
	}
	apps, ok := guest.(Apps)
	if !ok {
		return fmt.Errorf("a module of type %T does not know apps", guest)
	}
	metrics, err := opened.Metrics(ctx.GetMetricsRegistry())
	if err != nil {
		return err
	}
	g.door, err = guard.NewOpenDoor(opened, metrics, "api_key", g.Guesses.Or(guard.Keys))
	if err != nil {
		return err
	}
	g.api = guest.(caddy.Module).CaddyModule().ID.Name()
	g.apps = apps
	g.known = directory.New(apps.App)
	g.used = directory.NewUsage(apps.KeyUsed)
	g.lease = opened.Lease
	g.log = ctx.Logger()
	return nil
}

// ServeHTTP leaves the check and goes on.
func (g *Guard) ServeHTTP(w http.ResponseWriter, r *http.Request, next caddyhttp.Handler) error {
	identity.Leave(r, g.api, func(ctx context.Context) (identity.Caller, error) {
		return g.check(ctx, r.URL.RawQuery, func() string { return guard.Address(r) })
	})
	return next.ServeHTTP(w, r)
}

func parseDirective(h httpcaddyfile.Helper) (caddyhttp.MiddlewareHandler, error) {
	g := new(Guard)
	return g, g.UnmarshalCaddyfile(h.Dispenser)
}

// UnmarshalCaddyfile sets up the guard from Caddyfile tokens. Syntax:
//
//	api_key {
//	    apps <module> [...]
//	    guesses <failures> <window>
//	}
//
// `guesses` may be left out.
func (g *Guard) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	d.Next() // the directive's name
	if d.NextArg() {
		return d.Err("api_key takes no arguments; its options stand in a block")
	}
	for d.NextBlock(0) {
		switch d.Val() {
		case "apps":
			if err := g.unmarshalApps(d); err != nil {
				return err
			}
		case "guesses":
			if err := g.Guesses.UnmarshalCaddyfile(d); err != nil {
				return err
			}
		default:
			return d.Errf("api_key knows no option %q; it has apps and guesses", d.Val())
		}
	}
	if g.AppsRaw == nil {
		return d.WrapErr(errNoApps)
	}
	return nil
}

func (g *Guard) unmarshalApps(d *caddyfile.Dispenser) error {
	if g.AppsRaw != nil {
		return d.Err("apps is given twice")
	}
	if !d.NextArg() {
		return d.Err("apps takes the name of the module that knows the apps, as in `apps avatarplay`")
	}
	name := d.Val()
	guest, err := caddyfile.UnmarshalModule(d, "http.handlers.api_key.apps."+name)
	if err != nil {
		return err
	}
	if _, ok := guest.(Apps); !ok {
		return d.Errf("the module %s does not know apps", name)
	}
	g.AppsRaw = caddyconfig.JSONModuleObject(guest, "source", name, nil)
	return nil
}

// Interface guards
var (
	_ caddy.Provisioner           = (*Guard)(nil)
	_ caddyhttp.MiddlewareHandler = (*Guard)(nil)
	_ caddyfile.Unmarshaler       = (*Guard)(nil)
)
