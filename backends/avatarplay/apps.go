package avatarplay

import (
	"context"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"

	"sekisho/caddymodules/identity"
	"sekisho/caddymodules/stores"
)

func init() {
	caddy.RegisterModule(Apps{})
}

// Apps tells the guard `api_key` whose key it is that a caller shows. It has no
// options; apps are kept with `sekisho avatarplay app`.
type Apps struct {
	store store
}

// app is what the guard carries from Apps to the operations.
type app struct {
	ID   int64
	Name string
	may  scope // what it may ask for
}

// appOf gives the app that is calling.
func appOf(caller identity.Caller) app { return caller.Extra.(app) }

// CaddyModule returns the Caddy module information.
func (Apps) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{
		ID:  "http.handlers.api_key.apps.avatarplay",
		New: func() caddy.Module { return new(Apps) },
	}
}

// Provision takes the stores.
func (a *Apps) Provision(ctx caddy.Context) error {
	opened, err := stores.Of(ctx)
	if err != nil {
		return err
	}
	a.store = store{sql: opened.SQL, seal: opened.Seal}
	return nil
}

// App gives the app that a key with this hash belongs to, the zero value where
// nobody has it.
func (a *Apps) App(ctx context.Context, hash [32]byte) (identity.Keyed, error) {
	return a.store.keyed(ctx, hash)
}

// HashKey gives the hash under which a key is kept.
func (a *Apps) HashKey(key string) [32]byte { return a.store.hashKey(key) }

// KeyUsed notes when a key was used last.
func (a *Apps) KeyUsed(ctx context.Context, keyID int64, at time.Time) error {
	return a.store.keyUsed(ctx, keyID, at)
}

// UnmarshalCaddyfile takes no arguments and no block. Syntax:
//
//	apps avatarplay
func (*Apps) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	d.Next() // the module's name
	if d.NextArg() {
		return d.Err("apps avatarplay takes no arguments")
	}
	if d.NextBlock(d.Nesting()) {
		return d.Err("apps avatarplay takes no block")
	}
	return nil
}

// Interface guards
var (
	_ caddy.Provisioner     = (*Apps)(nil)
	_ caddyfile.Unmarshaler = (*Apps)(nil)
)
