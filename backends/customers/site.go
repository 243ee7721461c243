package customers

import (
	"context"
	"strconv"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"

	"sekisho/caddymodules/identity"
	"sekisho/caddymodules/stores"
)

func init() {
	caddy.RegisterModule(Sites{})
}

// Sites tells the guard `site_key` which shop sites there are and what their
// keys hash to. It has no options; sites are kept with `sekisho customers site`.
type Sites struct {
	store *store
}

// site is what the guard carries from Sites to the operations.
type site struct {
	Passwords bool // whether the site is given passwords at all
}

// CaddyModule returns the Caddy module information.
func (Sites) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{
		ID:  "http.handlers.site_key.sites.customers",
		New: func() caddy.Module { return new(Sites) },
	}
}

// Provision takes the stores.
func (s *Sites) Provision(ctx caddy.Context) error {
	opened, err := stores.Of(ctx)
	if err != nil {
		return err
	}
	s.store = &store{opened}
	return nil
}

// Site gives the keys of the site sid, the zero value where there is no such
// site.
func (s *Sites) Site(ctx context.Context, sid int64) (identity.Keyed, error) {
	return s.store.siteKeys(ctx, sid)
}

// HashKey gives the hash of a key, which is another one for each site.
func (s *Sites) HashKey(sid int64, key string) []byte {
	return s.store.hashKey(sid, key)
}

// KeyUsed notes when a key was used last.
func (s *Sites) KeyUsed(ctx context.Context, keyID int64, at time.Time) error {
	return s.store.keyUsed(ctx, keyID, at)
}

func (s *store) hashKey(sid int64, key string) []byte {
	return s.Seal.MAC("customers_site_keys.key_hash", strconv.FormatInt(sid, 10), key)
}

// UnmarshalCaddyfile takes no arguments and no block. Syntax:
//
//	sites customers
func (*Sites) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	d.Next() // the module's name
	if d.NextArg() {
		return d.Err("sites customers takes no arguments")
	}
	if d.NextBlock(d.Nesting()) {
		return d.Err("sites customers takes no block")
	}
	return nil
}

// Interface guards
var (
	_ caddy.Provisioner     = (*Sites)(nil)
	_ caddyfile.Unmarshaler = (*Sites)(nil)
)
