package stores

import (
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"sync"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/caddyconfig/httpcaddyfile"

	"sekisho/caddymodules/redact"
)

func init() {
	caddy.RegisterModule(new(App))
	httpcaddyfile.RegisterGlobalOption("sekisho", parseGlobalOption)
}

// App is the Caddy app "sekisho": it opens the stores of a configuration and
// gives them back after it. Everything is opened in Provision, so that an
// address that does not answer refuses the new configuration while the old one
// goes on serving.
type App struct {
	Config

	stores *Stores
	ctx    caddy.Context
}

// CaddyModule returns the Caddy module information.
func (*App) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "sekisho", New: func() caddy.Module { return new(App) }}
}

// Of gives a module the stores of the configuration that it is provisioned in.
func Of(ctx caddy.Context) (*Stores, error) {
	app, err := ctx.App("sekisho")
	if err != nil {
		return nil, fmt.Errorf("loading the sekisho app: %w", err)
	}
	return app.(*App).stores, nil
}

// Provision opens the stores. A configuration without a single redacted log is
// refused: every access line would show a caller's key.
func (a *App) Provision(ctx caddy.Context) (err error) {
	a.ctx = ctx
	if !redact.TakeProvisioned() {
		return errors.New("no log of this configuration has the line `format redact`, and callers' keys would stand in every access line; the shipped Caddyfile shows where it goes")
	}
	if a.stores, err = Open(ctx, a.Config); err != nil {
		return err
	}
	if err = a.stores.show(ctx.GetMetricsRegistry()); err != nil {
		return err
	}
	return a.stores.announceLeaving(ctx)
}

// Start refuses to open a port twice, and to show demo data beyond this machine.
// What is served is known only once all is provisioned, so `sekisho validate` does
// not get here.
func (a *App) Start() error {
	servers, err := serversOf(a.ctx)
	if err != nil {
		return err
	}
	if err := refuseSplitPorts(servers); err != nil {
		return err
	}
	boundMemory()
	giveMemoryBack()
	if a.stores.config.Demo != demoOnLoopback {
		return nil
	}
	return refuseExposedDemo(servers)
}

// giveMemoryBack gives what the program's start took back to the system, soon after
// it: a gateway at rest would hold some 20 MiB more for long (X1 in deploy/bench).
var giveMemoryBack = sync.OnceFunc(func() { time.AfterFunc(time.Second, debug.FreeOSMemory) })

// memoryAimedAt is what the garbage collector lets a gateway take, in bytes, before
// it works more than it usually does; with the program's own pages that is 1 GB. What
// is in use together stays below: 700 MiB are the most in which photos are decoded,
// of which half is garbage.
const memoryAimedAt = 850 << 20

// boundMemory has garbage collected earlier where it would take more than a gateway
// is to take, unless the environment's GOMEMLIMIT says otherwise or the machine is
// smaller: the heap would else grow to five times of what is in use.
var boundMemory = sync.OnceFunc(func() {
	if os.Getenv("GOMEMLIMIT") == "" && debug.SetMemoryLimit(-1) > memoryAimedAt {
		debug.SetMemoryLimit(memoryAimedAt)
	}
})

// Stop does nothing: requests may still be under way, see Cleanup.
func (*App) Stop() error { return nil }

// Cleanup gives the stores back, after a reload once the old configuration's
// requests are answered.
func (a *App) Cleanup() error {
	if a.stores == nil {
		return nil // Provision failed, and closed what it had opened
	}
	if caddy.Exiting() {
		return a.stores.Close()
	}
	go a.stores.closeAfterLastLease()
	return nil
}

func parseGlobalOption(d *caddyfile.Dispenser, existing any) (any, error) {
	if existing != nil {
		return nil, d.Err("the global option sekisho stands twice")
	}
	app := new(App)
	if err := app.UnmarshalCaddyfile(d); err != nil {
		return nil, err
	}
	return httpcaddyfile.App{Name: "sekisho", Value: caddyconfig.JSON(app, nil)}, nil
}

// UnmarshalCaddyfile reads the global option. Every line may be left out, see
// [Config].
//
//	sekisho {
//	    data            <folder>
//	    database        <address>
//	    sessions        database | <address>
//	    blobs           <address>
//	    secret          <secret>
//	    secret_previous <secret>
//	    demo            1 | public
//	}
func (a *App) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	d.Next() // the option's name
	if d.NextArg() {
		return d.ArgErr()
	}
	seen := map[string]bool{}
	for d.NextBlock(0) {
		option := d.Val()
		if seen[option] {
			return d.Errf("%s stands twice", option)
		}
		seen[option] = true
		value := map[string]*string{
			"data": &a.Data, "database": &a.Database, "sessions": &a.Sessions, "blobs": &a.Blobs,
			"secret": &a.Secret, "secret_previous": &a.SecretPrevious, "demo": &a.Demo,
		}[option]
		if value == nil {
			return d.Errf("unknown option %q; there are data, database, sessions, blobs, secret, secret_previous and demo", option)
		}
		if !d.AllArgs(value) {
			return d.ArgErr()
		}
	}
	return nil
}

// Interface guards
var (
	_ caddy.App             = (*App)(nil)
	_ caddy.Provisioner     = (*App)(nil)
	_ caddy.CleanerUpper    = (*App)(nil)
	_ caddyfile.Unmarshaler = (*App)(nil)
)
