// Package photocloak is the PhotoCloak API: photo albums like cloakroom
// tickets, found by number, by tag, or by following them.
package photocloak

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/caddyconfig/httpcaddyfile"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"sekisho/backends/kit"
	"sekisho/backends/photocloak/thumbnail"
	"sekisho/caddymodules/guard"
	"sekisho/caddymodules/serve"
	"sekisho/caddymodules/stores"
)

func init() {
	caddy.RegisterModule(Handler{})
	httpcaddyfile.RegisterHandlerDirective("photocloak", parseCaddyfile)
	httpcaddyfile.RegisterDirectiveOrder("photocloak", httpcaddyfile.Before, "respond")
	new(service).api().DeclareHarmless()
}

// Handler answers the PhotoCloak API under /api/v2/, but for the token, which is
// `oauth2_token`'s. A path that the API does not know goes on to the next
// handler.
//
// `oauth2_bearer` must stand before it: it finds out which member is calling.
type Handler struct {
	// Numbers says how numbers are sent: `quoted` as in the document's examples,
	// `bare` as JSON numbers, as its tables have them. Default: quoted.
	Numbers kit.Numbers `json:"numbers,omitempty"`

	// Lifetime is how long a cloak lives from when it is first public, and from
	// when it is looked at or added to where it extends itself; 1 minute to 100
	// years. Default: 30 days.
	Lifetime caddy.Duration `json:"lifetime,omitempty"`

	// Making is how long a cloak in the making lives. Default: 30 days.
	Making caddy.Duration `json:"making,omitempty"`

	// Rest is how long a number rests after its cloak has ended or was deleted;
	// then the photos go, too. Default: 7 days.
	Rest caddy.Duration `json:"rest,omitempty"`

	// Prefixes are the first halves of the numbers. A code is 1 to 20 letters a
	// to z, a name 1 to 10 characters; each may stand once. Default: the twelve
	// of the wire contract, 松 to 萩.
	Prefixes []Prefix `json:"prefixes,omitempty"`

	// MaxCloakNo is the largest second half of a number, 1 to 100,000,000.
	// Default: 99.
	MaxCloakNo int64 `json:"max_cloak_no,omitempty"`

	// MaxPhotos is how many photos a cloak holds, 1 to 100,000; one more is
	// refused as limit_image. An answer shows all of them, so this bounds what a
	// stranger may ask for at a time. Default: 2,000.
	MaxPhotos int64 `json:"max_photos,omitempty"`

	// DecodeMemory is how many bytes all photos together may take that are being
	// decoded; a photo that needs more by itself is refused as too large. 16 MiB
	// to 1 TiB. Default: 700 MiB.
	DecodeMemory int64 `json:"decode_memory,omitempty"`

	// Limits bound the guessing of a cloak's password. Default: guard.People, 10
	// failures in 5 minutes per cloak and address, 100 an hour per cloak.
	Limits guard.Limits `json:"limits,omitzero"`

	server *serve.Server
	chores *kit.Chores
}

// Prefix is the first half of cloak numbers: its code (ume) and its name (梅).
type Prefix struct {
	Code string `json:"code"`
	Name string `json:"name"`
}

// CaddyModule returns the Caddy module information.
func (Handler) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{
		ID:  "http.handlers.photocloak",
		New: func() caddy.Module { return new(Handler) },
	}
}

// Provision takes the stores, sets up the table of operations and starts the
// chores.
func (h *Handler) Provision(ctx caddy.Context) error {
	h.setDefaults()
	if err := h.Validate(); err != nil { // before the chores start
		return err
	}
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
		counters: opened.Counters,
		blobs:    opened.Blobs,
		seal:     opened.Seal,
		locking:  guard.NewCrowd(),
		rules:    h.rules(),
		log:      ctx.Logger(),
	}
	var errs [8]error
	s.cloakPasswords, errs[0] = guard.NewDoor(opened, metrics, "photocloak_cloak", h.Limits.Or(guard.People))
	s.photos, errs[1] = stores.Keep(opened, "photocloak decoding "+strconv.FormatInt(h.DecodeMemory, 10),
		func() *thumbnail.Budget { return thumbnail.NewBudget(h.DecodeMemory) })
	s.uploads, errs[2] = stores.Keep(opened, "photocloak uploads", func() chan struct{} { return make(chan struct{}, uploadsAtOnce) })
	s.uploadShares, errs[3] = stores.Keep(opened, "photocloak upload shares", func() *shares { return newShares(uploadsOfOne) })
	s.verified, errs[4] = stores.Keep(opened, "photocloak verified passwords", kit.NewVerified)
	s.sent, errs[5] = newUploadSeries(opened, ctx.GetMetricsRegistry())
	s.adding, errs[6] = stores.Keep(opened, "photocloak adding", func() *shares { return newShares(1) })
	errs[7] = photoLoad{s.uploads, s.photos}.show(ctx.GetMetricsRegistry())
	if err := errors.Join(errs[:]...); err != nil {
		return err
	}
	if h.server, err = serve.New(ctx, opened, s.api()); err != nil {
		return err
	}
	h.chores, err = s.startChores(ctx, opened)
	return err
}

// Validate refuses options out of their bounds.
func (h *Handler) Validate() error {
	if err := h.Numbers.Validate(); err != nil {
		return err
	}
	for _, option := range []struct {
		name  string
		value caddy.Duration
	}{{"lifetime", h.Lifetime}, {"making", h.Making}, {"rest", h.Rest}} {
		if d := time.Duration(option.value); d < shortestTime || d > longestTime {
			return fmt.Errorf("%s is %s; it must be 1 minute to 100 years", option.name, d)
		}
	}
	if h.MaxCloakNo < 1 || h.MaxCloakNo > largestMaxCloakNo {
		return fmt.Errorf("max_cloak_no is %d; it must be 1 to %d", h.MaxCloakNo, largestMaxCloakNo)
	}
	if h.MaxPhotos < 1 || h.MaxPhotos > largestMaxPhotos {
		return fmt.Errorf("max_photos is %d; it must be 1 to %d", h.MaxPhotos, largestMaxPhotos)
	}
	if h.DecodeMemory < smallestMemory || h.DecodeMemory > largestMemory {
		return errors.New(wordsOfDecodeBound)
	}
	return validatePrefixes(h.Prefixes)
}

// Cleanup ends the chores.
func (h *Handler) Cleanup() error {
	if h.chores != nil {
		h.chores.Stop()
	}
	return nil
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
// be left out; prefix may stand several times. Syntax:
//
//	photocloak {
//	    numbers       quoted|bare
//	    lifetime      <time>
//	    making        <time>
//	    rest          <time>
//	    prefix        <code> <name>
//	    max_cloak_no  <number>
//	    max_photos    <number>
//	    decode_memory <size>
//	    limits {
//	        per_address <failures> <window>
//	        per_account <failures> <window>
//	        per_source  <failures> <window>
//	        remember    <time>
//	    }
//	}
func (h *Handler) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	d.Next() // the directive's name
	if d.NextArg() {
		return d.Err("photocloak takes no arguments; its options stand in a block")
	}
	for d.NextBlock(0) {
		var err error
		switch d.Val() {
		case "numbers":
			err = h.Numbers.UnmarshalCaddyfile(d)
		case "lifetime":
			err = parseTime(d, &h.Lifetime)
		case "making":
			err = parseTime(d, &h.Making)
		case "rest":
			err = parseTime(d, &h.Rest)
		case "prefix":
			err = h.parsePrefix(d)
		case "max_cloak_no":
			err = parseCount(d, &h.MaxCloakNo, largestMaxCloakNo)
		case "max_photos":
			err = parseCount(d, &h.MaxPhotos, largestMaxPhotos)
		case "decode_memory":
			err = h.parseDecodeMemory(d)
		case "limits":
			err = h.Limits.UnmarshalCaddyfile(d)
		default:
			err = d.Errf("photocloak knows no option %q; it has numbers, lifetime, making, rest, prefix, max_cloak_no, max_photos, decode_memory and limits", d.Val())
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
	_ caddy.CleanerUpper          = (*Handler)(nil)
	_ caddyhttp.MiddlewareHandler = (*Handler)(nil)
	_ caddyfile.Unmarshaler       = (*Handler)(nil)
)
