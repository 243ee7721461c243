// Package certificates keeps certificates, their private keys and the state of
// ACME in the database of the stores, for all gateways over it.
//
// It is the house's own because no kept-up module works on the embedded SQLite
// as on PostgreSQL and keeps private keys sealed.
package certificates

import (
	"context"
	"fmt"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/modules/caddyevents"
	"github.com/caddyserver/certmagic"

	"sekisho/caddymodules/stores"
)

func init() {
	caddy.RegisterModule(new(Storage))
}

// Storage is Caddy's storage in the database that the global option sekisho
// names: certificates, their private keys, ACME accounts, challenges under way,
// the private authority of `tls internal`, and the locks that let one gateway at
// a time order a certificate. All gateways over one database share them, so that
// each name is ordered once, and any gateway answers the challenge.
//
// Every value is sealed under SEKISHO_SECRET, and `sekisho reseal` covers it.
// The lock of a gateway that was killed falls free within 30 seconds.
//
// The module has no options. It also shows two metrics: when the certificate of
// each host name runs out, and how many could not be had.
type Storage struct {
	vault  *vault
	opened *stores.Stores // by a command, which closes them
}

// CaddyModule returns the Caddy module information.
func (*Storage) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "caddy.storage.sekisho", New: func() caddy.Module { return new(Storage) }}
}

// Provision finds the stores of the configuration.
func (s *Storage) Provision(ctx caddy.Context) (err error) {
	if isStorageCommand() {
		return s.openForCommand(ctx)
	}
	found, err := stores.Of(ctx)
	if err != nil {
		return err
	}
	if s.vault, err = newVault(found, ctx.Logger()); err != nil {
		return err
	}
	module, err := ctx.App("events")
	if err != nil {
		return fmt.Errorf("loading the events app: %w", err)
	}
	events := module.(*caddyevents.App)
	if err := events.On("started", founder{s.vault}); err != nil {
		return fmt.Errorf("subscribing to the start of the configuration: %w", err)
	}
	return show(ctx, found, events)
}

// CertMagicStorage gives the storage to Caddy.
func (s *Storage) CertMagicStorage() (certmagic.Storage, error) { return s.vault, nil }

// Cleanup lets other gateways go on where the configuration was only validated,
// or did not start, and closes what a command has opened.
func (s *Storage) Cleanup() error {
	if s.vault != nil {
		s.vault.endFounding(context.Background())
	}
	if s.opened == nil {
		return nil
	}
	return s.opened.Close()
}

// UnmarshalCaddyfile reads the global option. Syntax:
//
//	storage sekisho
func (*Storage) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	d.Next() // the storage's name
	if d.NextArg() {
		return d.Errf("storage sekisho takes no argument, found %q", d.Val())
	}
	if d.NextBlock(0) {
		return d.Errf("storage sekisho has no options, found %q", d.Val())
	}
	return nil
}

// Interface guards
var (
	_ caddy.StorageConverter = (*Storage)(nil)
	_ caddy.Provisioner      = (*Storage)(nil)
	_ caddy.CleanerUpper     = (*Storage)(nil)
	_ caddyfile.Unmarshaler  = (*Storage)(nil)
)
