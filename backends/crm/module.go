// Package crm is the CV.net CRM of an apparel chain: its customers and their
// points behind ten ASP.NET pages, 7.1 Auth to 7.10 Get_SalesInfo.
package crm

import (
	"cmp"
	"errors"
	"net/http"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/caddyconfig/httpcaddyfile"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"sekisho/backends/kit"
	"sekisho/caddymodules/guard"
	"sekisho/caddymodules/identity"
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

// Handler answers the pages of the CV.net CRM for every tenant that
// `aspx_rewrite crm` tells it of; it must stand before. A request that comes
// without a tenant, under /crm/ from outside say, goes on to the next handler,
// and so does a path that is no page.
type Handler struct {
	// Charset is the charset of the clients. `auto` tells UTF-8 and CP932 apart,
	// once for a whole request, and answers in UTF-8; `shift_jis` reads CP932
	// unless the Content-Type says utf-8, and answers in CP932; `utf-8` takes and
	// gives UTF-8 only. Default: auto.
	Charset kit.Charset `json:"charset,omitempty"`

	// Numbers says how the numbers that the document calls int are sent: `quoted`
	// as in all its examples, `bare` as JSON numbers. Default: quoted.
	Numbers kit.Numbers `json:"numbers,omitempty"`

	// Unset is what is sent for a text that is missing, at most 10 characters;
	// the same text stands for nothing where it comes back. The old database
	// held ".". Default: "".
	Unset string `json:"unset,omitempty"`

	// CodeDigits is how many digits the code of a new customer has, 1 to 18,
	// zeros in front; one that needs more has more. Default: 13.
	CodeDigits int `json:"code_digits,omitempty"`

	// RequireAuth names the pages that are answered without a session of Auth.
	// Default: none.
	RequireAuth []Sessionless `json:"require_auth,omitempty"`

	// SystemLimits bound the guessing of system passwords at Auth. Default:
	// guard.Machines, 10 failures in 5 minutes per login and address, 1,000 an
	// hour per login.
	SystemLimits guard.Limits `json:"system_limits,omitzero"`

	// Limits bound the guessing of customers' passwords, and of the uuid that
	// goes with a TokenID. Default: guard.People, 10 failures in 5 minutes per
	// login and address, 100 an hour per login.
	Limits guard.Limits `json:"limits,omitzero"`

	// TokenGuesses bounds the guessing of TokenIDs and of Auth's Tokens per
	// address; right ones still pass. Default: 100 in 5 minutes.
	TokenGuesses guard.Limit `json:"token_guesses,omitzero"`

	// SignUps bounds Set_LoginInfo per address. An app's own server signs up
	// many: give it more. Default: 30 an hour.
	SignUps guard.Limit `json:"sign_ups,omitzero"`

	server *serve.Server
}

// CaddyModule returns the Caddy module information.
func (Handler) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{
		ID:  "http.handlers.crm",
		New: func() caddy.Module { return new(Handler) },
	}
}

// Provision takes the stores and sets up the doors and the pages.
func (h *Handler) Provision(ctx caddy.Context) error {
	if err := h.Validate(); err != nil {
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
		store:      store{sql: opened.SQL, seal: opened.Seal},
		sessions:   opened.Sessions,
		seal:       opened.Seal,
		charset:    cmp.Or(h.Charset, kit.CharsetAuto),
		numbers:    h.Numbers,
		unset:      h.Unset,
		codeDigits: cmp.Or(h.CodeDigits, defaultCodeDigits),
		log:        ctx.Logger(),
	}
	s.logins = newLogins(s.store)
	if err := h.provisionDoors(s, opened, metrics); err != nil {
		return err
	}
	if s.verified, err = stores.Keep(opened, "crm verified passwords", kit.NewVerified); err != nil {
		return err
	}
	if s.sessionless, err = newSessionless(h.RequireAuth, opened, ctx.GetMetricsRegistry()); err != nil {
		return err
	}
	h.server, err = serve.New(ctx, opened, s.api())
	return err
}

// provisionDoors makes a door for each secret. Passwords and uuids do not share
// one: whoever knows a password would clear the count of the uuids they guess.
func (h *Handler) provisionDoors(s *service, opened *stores.Stores, metrics *observe.Metrics) error {
	people, guesses := h.Limits.Or(guard.People), h.TokenGuesses.Or(guard.Keys)
	var errs [6]error
	s.systemLogins, errs[0] = guard.NewDoor(opened, metrics, "crm_auth", h.SystemLimits.Or(guard.Machines))
	s.passwords, errs[1] = guard.NewDoor(opened, metrics, "crm_password", people)
	s.devices, errs[2] = guard.NewDoor(opened, metrics, "crm_uuid", people)
	s.tokens, errs[3] = guard.NewOpenDoor(opened, metrics, "crm_tokenid", guesses)
	s.sessionDoor, errs[4] = guard.NewOpenDoor(opened, metrics, "crm_session", guesses)
	s.signUps, errs[5] = guard.NewSignUps(opened, metrics, "crm_set_logininfo", h.SignUps.Or(guard.Registrations))
	return errors.Join(errs[:]...)
}

// ServeHTTP answers the pages of a tenant.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request, next caddyhttp.Handler) error {
	if _, there := identity.TenantOf(r.Context(), apiName); !there {
		return next.ServeHTTP(w, r)
	}
	return h.server.ServeHTTP(w, r, next)
}

func parseCaddyfile(h httpcaddyfile.Helper) (caddyhttp.MiddlewareHandler, error) {
	handler := new(Handler)
	return handler, handler.UnmarshalCaddyfile(h.Dispenser)
}

// Interface guards
var (
	_ caddy.Provisioner           = (*Handler)(nil)
	_ caddy.Validator             = (*Handler)(nil)
	_ caddyhttp.MiddlewareHandler = (*Handler)(nil)
	_ caddyfile.Unmarshaler       = (*Handler)(nil)
)
