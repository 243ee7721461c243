// Package redact keeps secrets out of the logs: a log encoder that lets through
// what is known to be harmless, and shows everything else as [Hidden].
package redact

import (
	"encoding/json"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/modules/logging"
	"go.uber.org/zap"
	"go.uber.org/zap/buffer"
	"go.uber.org/zap/zapcore"
)

// Hidden stands where something was taken out.
const Hidden = "***"

func init() {
	caddy.RegisterModule(new(Encoder))
}

// Encoder is the log format `redact`. It wraps another format and hands it each
// entry with the secrets taken out:
//
//   - of an address (fields named uri, url or ending so) the path stays, cut at
//     2,000 bytes; of its parameters only those that an API declared harmless
//     for this path keep their values; on an unknown path none does;
//   - of the headers of requests and answers only those known to be harmless
//     keep their values; Location and Referer keep nothing;
//   - in every other text (messages, errors, stack traces, nested objects and
//     lists, values that are logged by reflection) it takes out the queries of
//     addresses, the user and password of an address, e-mail addresses, what
//     follows Bearer and Basic, values that are named like a secret
//     (password=…, "token":"…"), and the values of panics;
//   - a field that is itself named like a secret (password, token, user_id)
//     shows nothing.
//
// It must be the outermost format of a log: a `filter` or `append` goes inside
// it, after wrap.
type Encoder struct {
	// WrapRaw is the format that writes the entries, a module of the namespace
	// caddy.logging.encoders. Default: json.
	WrapRaw json.RawMessage `json:"wrap,omitempty" caddy:"namespace=caddy.logging.encoders inline_key=format"`

	wrapped zapcore.Encoder
	object
}

// CaddyModule returns the Caddy module information.
func (*Encoder) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{
		ID:  "caddy.logging.encoders.redact",
		New: func() caddy.Module { return new(Encoder) },
	}
}

// provisioned notes that a configuration has a log in this format.
var provisioned atomic.Bool

// TakeProvisioned says whether a log of the configuration that is being loaded
// has this format, and forgets it for the next. It is for a module's Provision:
// Caddy loads one configuration at a time, and opens its logs before its apps.
func TakeProvisioned() bool { return provisioned.Swap(false) }

// Provision loads the wrapped format.
func (e *Encoder) Provision(ctx caddy.Context) error {
	provisioned.Store(true)
	if e.WrapRaw == nil {
		plain := new(logging.JSONEncoder)
		if err := plain.Provision(ctx); err != nil {
			return fmt.Errorf("provisioning the json format: %w", err)
		}
		e.wrap(plain)
		return nil
	}
	module, err := ctx.LoadModule(e, "WrapRaw")
	if err != nil {
		return fmt.Errorf("loading the wrapped format: %w", err)
	}
	e.wrap(module.(zapcore.Encoder))
	return nil
}

// ConfigureDefaultFormat passes the writer on to the wrapped format.
func (e *Encoder) ConfigureDefaultFormat(opener caddy.WriterOpener) error {
	if configures, ok := e.wrapped.(caddy.ConfiguresFormatterDefault); ok {
		return configures.ConfigureDefaultFormat(opener)
	}
	return nil
}

// Clone copies the encoder with the fields that it gathered.
func (e *Encoder) Clone() zapcore.Encoder {
	clone := new(Encoder)
	clone.wrap(e.wrapped.Clone())
	clone.place = e.place
	return clone
}

// EncodeEntry encodes one entry, without its secrets.
func (e *Encoder) EncodeEntry(entry zapcore.Entry, fields []zapcore.Field) (*buffer.Buffer, error) {
	entry.Message = text(entry.Message)
	entry.Stack = text(entry.Stack)
	clean := entries.Get().(*cleanFields)
	clean.fields, clean.place = fields, e.place
	clean.asOne[0] = zap.Inline(clean)
	encoded, err := e.wrapped.EncodeEntry(entry, clean.asOne[:])
	clean.fields = nil
	entries.Put(clean)
	return encoded, err
}

func (e *Encoder) wrap(wrapped zapcore.Encoder) {
	e.wrapped = wrapped
	e.object = object{to: wrapped}
}

// cleanFields stands for the fields of an entry as a single field, so that the
// wrapped encoder brings its own innermost encoder to be written to.
type cleanFields struct {
	fields []zapcore.Field
	place  place
	asOne  [1]zapcore.Field
}

var entries = sync.Pool{New: func() any { return new(cleanFields) }}

// MarshalLogObject is part of zapcore.ObjectMarshaler.
func (c *cleanFields) MarshalLogObject(to zapcore.ObjectEncoder) error {
	o := takeNested(c.place, nil)
	o.to = to
	for i := range c.fields {
		c.fields[i].AddTo(o)
	}
	o.giveBack()
	return nil
}

// UnmarshalCaddyfile sets up the format from Caddyfile tokens. Syntax:
//
//	format redact {
//	    wrap <format> [{ … }]
//	}
//
// The block may be left out; wrap is json then.
func (e *Encoder) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	d.Next() // the name of the format
	if d.NextArg() {
		return d.Errf("redact takes no argument, found %q; its block may hold: wrap <format>", d.Val())
	}
	for d.NextBlock(0) {
		if d.Val() != "wrap" {
			return d.Errf("redact has no option %q; its block may hold: wrap <format>", d.Val())
		}
		if e.WrapRaw != nil {
			return d.Err("wrap stands twice in redact; it wraps one format")
		}
		if err := e.unmarshalWrap(d); err != nil {
			return err
		}
	}
	return nil
}

func (e *Encoder) unmarshalWrap(d *caddyfile.Dispenser) error {
	if !d.NextArg() {
		return d.Err("wrap needs the name of a format, such as json or console")
	}
	name := d.Val()
	if name == "redact" {
		return d.Err("redact cannot wrap itself")
	}
	module, err := caddyfile.UnmarshalModule(d, "caddy.logging.encoders."+name)
	if err != nil {
		return err
	}
	format, ok := module.(zapcore.Encoder)
	if !ok {
		return d.Errf("wrap: %s (%T) is no log format", name, module)
	}
	e.WrapRaw = caddyconfig.JSONModuleObject(format, "format", name, nil)
	return nil
}

// Interface guards
var (
	_ caddy.Module                     = (*Encoder)(nil)
	_ caddy.Provisioner                = (*Encoder)(nil)
	_ caddy.ConfiguresFormatterDefault = (*Encoder)(nil)
	_ caddyfile.Unmarshaler            = (*Encoder)(nil)
	_ zapcore.Encoder                  = (*Encoder)(nil)
	_ zapcore.ObjectMarshaler          = (*cleanFields)(nil)
)
