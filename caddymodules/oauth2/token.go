package oauth2

import (
	"encoding/json"
	"net/http"
	"strings"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/caddyconfig/httpcaddyfile"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"github.com/ory/fosite"

	"sekisho/caddymodules/census"
	"sekisho/caddymodules/guard"
	"sekisho/caddymodules/observe"
	"sekisho/caddymodules/serve"
	"sekisho/caddymodules/stores"
)

func init() {
	caddy.RegisterModule(Token{})
	httpcaddyfile.RegisterHandlerDirective("oauth2_token", parseToken)
	httpcaddyfile.RegisterDirectiveOrder("oauth2_token", httpcaddyfile.Before, "respond")
}

// Token is the token endpoint of an API: it gives tokens for a member's name
// and password and for a refresh token, in the dialect of the OWIN server. Every
// path but its own goes on to the next handler.
type Token struct {
	// Paths are those of the endpoint. Letter case does not matter, a trailing
	// slash may be there or not. Required.
	Paths []string `json:"paths,omitempty"`

	// MembersRaw is the guest module that knows members and clients, by its name
	// in `source`. Its name is also the API's in metrics. Required.
	MembersRaw json.RawMessage `json:"members,omitempty" caddy:"namespace=http.handlers.oauth2.members inline_key=source"`

	// AccessLifetime is how long an access token lives: 1 minute to 24 hours.
	// Default: 1 hour.
	AccessLifetime caddy.Duration `json:"access_lifetime,omitempty"`

	// RefreshLifetime is how long a refresh token lives from its issue, each one
	// anew: from the access tokens' lifetime to 400 days. Default: 30 days.
	RefreshLifetime caddy.Duration `json:"refresh_lifetime,omitempty"`

	// RefreshGrace is how long a used refresh token still gets the pair that it
	// gave, for a client that missed the reply: 1 second to 1 hour, and no longer
	// than a refresh token lives. Default: 60 seconds.
	RefreshGrace caddy.Duration `json:"refresh_grace,omitempty"`

	// ClientLimits limits guessing a client's secret. Default: 10 failures in 5
	// minutes for a client and address, 1,000 an hour for a client.
	ClientLimits guard.Limits `json:"client_limits,omitzero"`

	// MemberLimits limits guessing a member's password. Default: 10 failures in
	// 5 minutes for a member and address, 100 an hour for a member.
	MemberLimits guard.Limits `json:"member_limits,omitzero"`

	server   *serve.Server
	clients  *clients
	storage  *storage
	provider fosite.OAuth2Provider
}

// CaddyModule returns the Caddy module information.
func (Token) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{
		ID:  "http.handlers.oauth2_token",
		New: func() caddy.Module { return new(Token) },
	}
}

// Provision loads the guest module and opens the tokens. Bad options refuse the
// configuration.
func (t *Token) Provision(ctx caddy.Context) error {
	if err := t.check(); err != nil {
		return err
	}
	opened, err := stores.Of(ctx)
	if err != nil {
		return err
	}
	guest, realm, err := loadMembers(ctx, t, t.MembersRaw)
	if err != nil {
		return err
	}
	metrics, err := opened.Metrics(ctx.GetMetricsRegistry())
	if err != nil {
		return err
	}
	if err := t.open(opened, opened.Sessions, guest, realm, metrics); err != nil {
		return err
	}
	t.server.Log = ctx.Logger()
	t.server.Census, err = census.Of(opened)
	return err
}

// open makes the endpoint. The options are checked.
func (t *Token) open(opened *stores.Stores, sessions stores.Sessions, guest Members, realm string, metrics *observe.Metrics) error {
	s, err := newStorage(opened, sessions, guest, realm)
	if err != nil {
		return err
	}
	s.accessLifetime = orDefault(t.AccessLifetime, defaultAccess)
	s.refreshLifetime = orDefault(t.RefreshLifetime, defaultRefresh)
	s.grace = orDefault(t.RefreshGrace, defaultGrace)
	s.door, err = guard.NewDoor(opened, metrics, realm+"_member", t.MemberLimits.Or(guard.People))
	if err != nil {
		return err
	}
	door, err := guard.NewDoor(opened, metrics, realm+"_client", t.ClientLimits.Or(guard.Machines))
	if err != nil {
		return err
	}
	t.storage = s
	t.provider = newProvider(s)
	t.clients = &clients{looks: s.looks, door: door}
	t.server = &serve.Server{
		API:     &serve.API{Name: realm, FoldCase: true, Operations: t.operations(), Refuse: refuse},
		Metrics: metrics.Serves(realm, []string{tokenOperation}, nil),
		Lease:   opened.Lease,
		Leaving: opened.Leaving,
	}
	return nil
}

// newStorage makes the storage of a realm. What was seen of access tokens is
// shared by all handlers over the same stores.
func newStorage(opened *stores.Stores, sessions stores.Sessions, guest Members, realm string) (*storage, error) {
	shared, err := stores.Keep(opened, "oauth2 "+realm, newSeen)
	if err != nil {
		return nil, err
	}
	return &storage{
		records:  newRecords(sessions, realm),
		strategy: &strategy{seal: opened.Seal, realm: realm},
		seen:     shared,
		looks:    newLooks(guest),
	}, nil
}

// tokenOperation is the name of the endpoint's only operation.
const tokenOperation = "token"

func (t *Token) operations() []serve.Operation {
	var operations []serve.Operation
	for _, path := range t.Paths {
		operations = append(operations, serve.Operation{
			Name:   tokenOperation,
			Method: http.MethodPost,
			Path:   strings.TrimSuffix(path, "/"),
			Handle: t.issue,
		})
	}
	return operations
}

// ServeHTTP answers a token request, or goes on.
func (t *Token) ServeHTTP(w http.ResponseWriter, r *http.Request, next caddyhttp.Handler) error {
	return t.server.ServeHTTP(w, r, next)
}

func parseToken(h httpcaddyfile.Helper) (caddyhttp.MiddlewareHandler, error) {
	t := new(Token)
	return t, t.UnmarshalCaddyfile(h.Dispenser)
}

// UnmarshalCaddyfile sets up the token endpoint from Caddyfile tokens. Syntax:
//
//	oauth2_token {
//	    paths            <path...>
//	    members          <module> [...]
//	    access_lifetime  <time>
//	    refresh_lifetime <time>
//	    refresh_grace    <time>
//	    client_limits {
//	        per_address <failures> <window>
//	        per_account <failures> <window>
//	        per_source  <failures> <window>
//	        remember    <time>
//	    }
//	    member_limits {
//	        ...
//	    }
//	}
//
// All but `paths` and `members` may be left out.
func (t *Token) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	d.Next() // the directive's name
	if d.NextArg() {
		return d.Err("oauth2_token takes no arguments; its options stand in a block")
	}
	for d.NextBlock(0) {
		if err := t.unmarshalOption(d); err != nil {
			return err
		}
	}
	if t.MembersRaw == nil {
		return d.WrapErr(errNoMembers)
	}
	if err := t.check(); err != nil {
		return d.WrapErr(err)
	}
	return nil
}

func (t *Token) unmarshalOption(d *caddyfile.Dispenser) error {
	switch d.Val() {
	case "paths":
		return unmarshalPaths(d, &t.Paths)
	case "members":
		return unmarshalMembers(d, &t.MembersRaw)
	case "access_lifetime":
		return unmarshalTime(d, &t.AccessLifetime)
	case "refresh_lifetime":
		return unmarshalTime(d, &t.RefreshLifetime)
	case "refresh_grace":
		return unmarshalTime(d, &t.RefreshGrace)
	case "client_limits":
		return t.ClientLimits.UnmarshalCaddyfile(d)
	case "member_limits":
		return t.MemberLimits.UnmarshalCaddyfile(d)
	}
	return d.Errf("oauth2_token knows no option %q; it has paths, members, access_lifetime, refresh_lifetime, refresh_grace, client_limits and member_limits", d.Val())
}

// Interface guards
var (
	_ caddy.Provisioner           = (*Token)(nil)
	_ caddyhttp.MiddlewareHandler = (*Token)(nil)
	_ caddyfile.Unmarshaler       = (*Token)(nil)
)
