// Package avatarplay is Avatar Play: avatars, items, the fitting room and the
// linking of ids behind /avatar/v1/…, the pictures that its answers point to, and
// the dress-up site /fit/… where people dress and consent.
package avatarplay

import (
	"errors"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"time"

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
	httpcaddyfile.RegisterHandlerDirective(apiName, parseCaddyfile)
	httpcaddyfile.RegisterDirectiveOrder(apiName, httpcaddyfile.Before, "respond")
	new(service).api().DeclareHarmless()
}

const (
	janitorEvery = 6 * time.Hour
	janitorFirst = 10 * time.Minute // about; not at once, and not all gateways at the same time
)

// Handler answers the Avatar Play API under /avatar/v1/, its pictures under
// /avatar/images/ and the dress-up site under /fit/. A path that it does not know
// goes on to the next handler.
//
// `api_key` must stand before it: it tells which app is calling.
type Handler struct {
	// SiteURL is what absolute URLs in answers begin with: `https://host`, without
	// a path. Whoever puts a proxy that ends TLS in front must set it. Anything
	// else refuses the configuration. Default: the scheme and host of the request.
	SiteURL string `json:"site_url,omitempty"`

	// Limits bound the guessing of passwords on the dress-up site. Default:
	// guard.People, 10 failures in 5 minutes per login and address, 100 an hour
	// per login.
	Limits guard.Limits `json:"limits,omitzero"`

	// TokenGuesses bounds the guessing of grant tokens and of tickets per
	// address; right ones still pass. Default: 100 in 5 minutes.
	TokenGuesses guard.Limit `json:"token_guesses,omitzero"`

	// SignUps bounds how many accounts an address may open on the dress-up site.
	// Default: 30 an hour.
	SignUps guard.Limit `json:"sign_ups,omitzero"`

	// Fittings bounds how often a person may try something on, on the dress-up
	// site: each time another picture may have to be drawn and kept. Default: 300
	// in 10 minutes.
	Fittings guard.Limit `json:"fittings,omitzero"`

	// Connects bounds how often an app may call ConnectUrl: each ticket is kept for
	// half an hour. Default: 10,000 in 30 minutes.
	Connects guard.Limit `json:"connects,omitzero"`

	// Guests bounds POST Guest per address. An app's own server makes many: give
	// it more. Default: 30 an hour.
	Guests guard.Limit `json:"guests,omitzero"`

	server *serve.Server
	chores *kit.Chores
}

// CaddyModule returns the Caddy module information.
func (Handler) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{
		ID:  "http.handlers.avatarplay",
		New: func() caddy.Module { return new(Handler) },
	}
}

// Provision takes the stores, sets up the doors, the gallery and the table of
// operations, and starts the janitor.
func (h *Handler) Provision(ctx caddy.Context) error {
	if err := h.Validate(); err != nil { // before the janitor starts
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
	kept := store{sql: opened.SQL, seal: opened.Seal}
	s := &service{
		store:    kept,
		sessions: opened.Sessions,
		seal:     opened.Seal,
		closets:  newClosets(kept),
		lanes:    newLanes(),
		site:     h.SiteURL,
		log:      ctx.Logger(),
	}
	if err := h.provisionDoors(s, opened, metrics); err != nil {
		return err
	}
	drawn, err := shownDrawings(opened, ctx.GetMetricsRegistry())
	if err != nil {
		return err
	}
	s.gallery = newGallery(kept, opened.Blobs, drawn, s.log)
	if h.server, err = serve.New(ctx, opened, s.api()); err != nil {
		return err
	}
	h.chores, err = kit.StartChores(ctx, opened, apiName, kit.Chore{
		Name: "janitor", First: janitorFirst/2 + rand.N(janitorFirst), Every: janitorEvery,
		Do: s.dropUnused, Failure: "dropping unused pictures failed",
	})
	return err
}

func (h *Handler) provisionDoors(s *service, opened *stores.Stores, metrics *observe.Metrics) error {
	guesses := h.TokenGuesses.Or(guard.Keys)
	var errs [7]error
	s.passwords, errs[0] = guard.NewDoor(opened, metrics, "avatarplay_password", h.Limits.Or(guard.People))
	s.grantTokens, errs[1] = guard.NewOpenDoor(opened, metrics, "avatarplay_token", guesses)
	s.tickets, errs[2] = guard.NewOpenDoor(opened, metrics, "avatarplay_ticket", guesses)
	s.signUps, errs[3] = guard.NewSignUps(opened, metrics, "avatarplay_sign_up", h.SignUps.Or(guard.Registrations))
	s.guests, errs[4] = guard.NewSignUps(opened, metrics, "avatarplay_guest", h.Guests.Or(guard.Registrations))
	s.fittings, errs[5] = guard.NewSignUps(opened, metrics, "avatarplay_fitting", h.Fittings.Or(defaultFittings))
	s.connects, errs[6] = guard.NewSignUps(opened, metrics, "avatarplay_connect", h.Connects.Or(defaultConnects))
	return errors.Join(errs[:]...)
}

// defaultConnects are more people than an app links at once.
var defaultConnects = guard.Limit{Failures: 10_000, Window: caddy.Duration(ticketFor)}

// defaultFittings leaves a keen person a try every two seconds.
var defaultFittings = guard.Limit{Failures: 300, Window: caddy.Duration(10 * time.Minute)}

// errSiteURL says what a site_url is.
var errSiteURL = errors.New("site_url is https:// or http:// and a host, without a path, as in `site_url https://sdk.example.com`")

// Validate refuses a site_url that URLs cannot begin with.
func (h *Handler) Validate() error {
	if h.SiteURL == "" {
		return nil
	}
	site, err := url.Parse(h.SiteURL)
	if err != nil || site.Host == "" || site.Scheme != "https" && site.Scheme != "http" || h.SiteURL != site.Scheme+"://"+site.Host {
		return errSiteURL
	}
	return nil
}

// Cleanup ends the janitor.
func (h *Handler) Cleanup() error {
	if h.chores != nil {
		h.chores.Stop()
	}
	return nil
}

// ServeHTTP answers the paths of the API and of the site.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request, next caddyhttp.Handler) error {
	return h.server.ServeHTTP(w, r, next)
}

func parseCaddyfile(h httpcaddyfile.Helper) (caddyhttp.MiddlewareHandler, error) {
	handler := new(Handler)
	return handler, handler.UnmarshalCaddyfile(h.Dispenser)
}

// UnmarshalCaddyfile sets up the handler from Caddyfile tokens. Every line may be
// left out. Syntax:
//
//	avatarplay {
//	    site_url https://<host>
//	    limits {
//	        per_address <failures> <window>
//	        per_account <failures> <window>
//	        per_source  <failures> <window>
//	        remember    <time>
//	    }
//	    token_guesses <failures> <window>
//	    sign_ups      <number> <window>
//	    fittings      <number> <window>
//	    connects      <number> <window>
//	    guests        <number> <window>
//	}
func (h *Handler) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	d.Next() // the directive's name
	if d.NextArg() {
		return d.Err("avatarplay takes no arguments; its options stand in a block")
	}
	for d.NextBlock(0) {
		var err error
		switch d.Val() {
		case "site_url":
			err = h.unmarshalSiteURL(d)
		case "limits":
			err = h.Limits.UnmarshalCaddyfile(d)
		case "token_guesses":
			err = h.TokenGuesses.UnmarshalCaddyfile(d)
		case "sign_ups":
			err = h.SignUps.UnmarshalCaddyfile(d)
		case "fittings":
			err = h.Fittings.UnmarshalCaddyfile(d)
		case "connects":
			err = h.Connects.UnmarshalCaddyfile(d)
		case "guests":
			err = h.Guests.UnmarshalCaddyfile(d)
		default:
			err = d.Errf("avatarplay knows no option %q; it has site_url, limits, token_guesses, sign_ups, fittings, connects and guests", d.Val())
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (h *Handler) unmarshalSiteURL(d *caddyfile.Dispenser) error {
	given, err := kit.Argument(d, h.SiteURL != "", "https:// and a host")
	if err != nil {
		return err
	}
	h.SiteURL = strings.TrimSuffix(given, "/")
	if err := h.Validate(); err != nil || h.SiteURL == "" {
		return d.WrapErr(errSiteURL)
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
