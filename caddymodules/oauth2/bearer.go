package oauth2

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/caddyconfig/httpcaddyfile"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"sekisho/caddymodules/clock"
	"sekisho/caddymodules/fault"
	"sekisho/caddymodules/identity"
	"sekisho/caddymodules/stores"
)

func init() {
	caddy.RegisterModule(Bearer{})
	httpcaddyfile.RegisterHandlerDirective("oauth2_bearer", parseBearer)
	httpcaddyfile.RegisterDirectiveOrder("oauth2_bearer", httpcaddyfile.After, "basic_auth")
}

// Bearer finds out which member is calling by the access token in the header
// Authorization, and leaves the check for the backend that stands behind. It
// refuses nothing by itself and looks at nothing before the backend asks. Only
// the header is read, never a parameter.
//
// What it leaves as a fault: Missing "Authorization" without that header,
// Malformed "Authorization" with two of them, Unauthorized for every other
// scheme and every token that is malformed, unknown, outlived or revoked, no
// access token, or one of a member or client that was disabled or of an older
// password; Internal where a store is out of reach.
//
// What it knows of a token, a member and a client it remembers for three
// seconds: so long they may still pass.
type Bearer struct {
	// MembersRaw is the guest module that knows the members, by its name in
	// `source`. Required, and the same one as the token endpoint's.
	MembersRaw json.RawMessage `json:"members,omitempty" caddy:"namespace=http.handlers.oauth2.members inline_key=source"`

	api     string // whose members they are: the guest module's name
	storage *storage
	lease   func() func()
}

// CaddyModule returns the Caddy module information.
func (Bearer) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{
		ID:  "http.handlers.oauth2_bearer",
		New: func() caddy.Module { return new(Bearer) },
	}
}

// Provision loads the guest module and opens the tokens.
func (b *Bearer) Provision(ctx caddy.Context) error {
	opened, err := stores.Of(ctx)
	if err != nil {
		return err
	}
	guest, realm, err := loadMembers(ctx, b, b.MembersRaw)
	if err != nil {
		return err
	}
	return b.open(opened, opened.Sessions, guest, realm)
}

func (b *Bearer) open(opened *stores.Stores, sessions stores.Sessions, guest Members, realm string) error {
	s, err := newStorage(opened, sessions, guest, realm)
	if err != nil {
		return err
	}
	b.api = realm
	b.storage = s
	b.lease = opened.Lease
	return nil
}

// ServeHTTP leaves the check and goes on.
func (b *Bearer) ServeHTTP(w http.ResponseWriter, r *http.Request, next caddyhttp.Handler) error {
	identity.Leave(r, b.api, func(ctx context.Context) (identity.Caller, error) {
		return b.check(ctx, r.Header)
	})
	return next.ServeHTTP(w, r)
}

// check finds out which member is calling.
func (b *Bearer) check(ctx context.Context, header http.Header) (identity.Caller, error) {
	token, err := readBearer(header)
	if err != nil {
		return identity.Caller{}, err
	}
	defer b.lease()()
	found, err := b.storage.seen.sight(ctx, token, b.introspect)
	if err != nil {
		return identity.Caller{}, fault.Of(err)
	}
	if lately := found.caller.Load(); lately != nil && clock.Now().Before(lately.until) {
		return lately.caller, nil
	}
	member, until, err := b.storage.looks.standing(ctx, found.grant)
	if err != nil {
		return identity.Caller{}, fault.Because(err)
	}
	if until.IsZero() {
		return identity.Caller{}, fault.New(fault.Unauthorized, "")
	}
	caller := identity.Caller{ID: member.ID, Program: found.grant.Client, Extra: member.Extra}
	found.caller.Store(&standing{caller, until})
	return caller, nil
}

// introspect finds out what an access token stands for. It does by itself what
// fosite's introspection comes to here, the record under the token's hash held
// against the clock, in fewer steps: see A2 in deploy/bench.
func (b *Bearer) introspect(ctx context.Context, token string) (grant, error) {
	g, found, err := b.storage.accessGrant(ctx, b.storage.strategy.hash(accessRecord, token))
	if err != nil {
		return grant{}, err
	}
	if !found || isOver(g.Expires) {
		return grant{}, fault.New(fault.Unauthorized, "")
	}
	return g, nil
}

// readBearer reads the access token of a request.
func readBearer(header http.Header) (token string, err error) {
	const name = "Authorization"
	values := header.Values(name)
	if len(values) > 1 {
		return "", fault.New(fault.Malformed, name)
	}
	if len(values) == 0 || strings.TrimSpace(values[0]) == "" {
		return "", fault.New(fault.Missing, name)
	}
	scheme, token, _ := strings.Cut(strings.TrimSpace(values[0]), " ")
	token = strings.TrimLeft(token, " ")
	if !strings.EqualFold(scheme, "Bearer") || !isAccessToken(token) {
		return "", fault.New(fault.Unauthorized, "")
	}
	return token, nil
}

func parseBearer(h httpcaddyfile.Helper) (caddyhttp.MiddlewareHandler, error) {
	b := new(Bearer)
	return b, b.UnmarshalCaddyfile(h.Dispenser)
}

// UnmarshalCaddyfile sets up the guard from Caddyfile tokens. Syntax:
//
//	oauth2_bearer {
//	    members <module> [...]
//	}
func (b *Bearer) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	d.Next() // the directive's name
	if d.NextArg() {
		return d.Err("oauth2_bearer takes no arguments; its option stands in a block")
	}
	for d.NextBlock(0) {
		if d.Val() != "members" {
			return d.Errf("oauth2_bearer knows no option %q; it has members", d.Val())
		}
		if err := unmarshalMembers(d, &b.MembersRaw); err != nil {
			return err
		}
	}
	if b.MembersRaw == nil {
		return d.WrapErr(errNoMembers)
	}
	return nil
}

// Interface guards
var (
	_ caddy.Provisioner           = (*Bearer)(nil)
	_ caddyhttp.MiddlewareHandler = (*Bearer)(nil)
	_ caddyfile.Unmarshaler       = (*Bearer)(nil)
)
