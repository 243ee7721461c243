// Package aspx takes the addresses of old ASP.NET pages, as tenants were given
// them, to the paths of a backend.
package aspx

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/caddyconfig/httpcaddyfile"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"sekisho/caddymodules/identity"
	"sekisho/caddymodules/observe"
)

func init() {
	caddy.RegisterModule(Rewriter{})
	httpcaddyfile.RegisterDirective("aspx_rewrite", parseDirective)
	httpcaddyfile.RegisterDirectiveOrder("aspx_rewrite", httpcaddyfile.After, "try_files")
}

// Rewriter rewrites `<prefix><page>.aspx` to `/<api>/<page in lower case>`, for
// each prefix that a tenant was given and each page that is listed, and leaves
// the tenant for the backend that stands behind. Letter case does not count, a
// trailing slash may be there or not, the query stays as it is. The access log
// keeps the address that was asked for.
//
// Every other request passes untouched and without a tenant, one for the
// backend's own path too: only what is rewritten here reaches the backend's
// data.
type Rewriter struct {
	// API is the API that the pages belong to: the first part of its paths, and
	// the name by which its backend asks for the tenant. Lower-case letters,
	// digits and _, starting with a letter; anything else refuses the
	// configuration. Required.
	API string `json:"api"`

	// Tenants are those whose addresses are taken. At least one is required.
	Tenants []Tenant `json:"tenants"`

	// Pages are the pages' names without .aspx: letters, digits and _, at most
	// 64, starting with a letter. At least one is required. A page that is listed
	// twice, or that no operation of the API answers, refuses the configuration.
	Pages []string `json:"pages"`

	listed map[string]listing // by the path in lower case, without trailing slash
}

// Tenant is one whose data is kept apart, and where its old pages were.
type Tenant struct {
	// Name is the tenant's name: lower-case letters, digits, - and _, at most 32,
	// starting with a letter or digit. A name that stands twice refuses the
	// configuration.
	Name string `json:"name"`

	// Prefixes are the paths in front of the pages, each starting and ending
	// with a slash. At least one is required. A prefix that stands twice, at two
	// tenants too, refuses the configuration.
	Prefixes []string `json:"prefixes"`
}

// listing is where a listed path leads.
type listing struct{ tenant, target string }

// extension ends the path of each page.
const extension = ".aspx"

// CaddyModule returns the Caddy module information.
func (Rewriter) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{
		ID:  "http.handlers.aspx_rewrite",
		New: func() caddy.Module { return new(Rewriter) },
	}
}

// Provision lists all paths, and tells the redactor what they are.
func (a *Rewriter) Provision(caddy.Context) error {
	// Caddy validates later, but what the redactor was told cannot be taken back.
	if err := a.Validate(); err != nil {
		return err
	}
	a.listed = map[string]listing{}
	for _, page := range a.Pages {
		target := "/" + a.API + "/" + strings.ToLower(page)
		for _, tenant := range a.Tenants {
			for _, prefix := range tenant.Prefixes {
				path := strings.ToLower(prefix + page + extension)
				if err := observe.AliasHarmless(path, target); err != nil {
					return fmt.Errorf("page %s: %w", page, err)
				}
				a.listed[path] = listing{tenant.Name, target}
			}
		}
	}
	return nil
}

// Validate refuses a configuration that could rewrite nothing, or one path to
// two places.
func (a *Rewriter) Validate() error {
	var checked Rewriter
	if err := checked.setAPI(a.API); err != nil {
		return err
	}
	for _, tenant := range a.Tenants {
		if err := checked.addTenant(tenant.Name, tenant.Prefixes); err != nil {
			return err
		}
	}
	for _, page := range a.Pages {
		if err := checked.addPage(page); err != nil {
			return err
		}
	}
	return checked.complete()
}

// ServeHTTP rewrites what is listed, and hands every request on.
func (a *Rewriter) ServeHTTP(w http.ResponseWriter, r *http.Request, next caddyhttp.Handler) error {
	found, listed := a.find(r.URL.Path)
	if !listed {
		return next.ServeHTTP(w, r)
	}
	r.URL.Path = found.target
	r.URL.RawPath = "" // it escaped the old one
	r.RequestURI = r.URL.RequestURI()
	return next.ServeHTTP(w, r.WithContext(identity.WithTenant(r.Context(), a.API, found.tenant)))
}

// find gives where a path leads, if it is listed.
func (a *Rewriter) find(path string) (found listing, listed bool) {
	path = strings.TrimSuffix(path, "/")
	if start := len(path) - len(extension); start < 0 || !strings.EqualFold(path[start:], extension) {
		return listing{}, false // most of a site's requests, at no cost
	}
	found, listed = a.listed[strings.ToLower(path)]
	return found, listed
}

// parseDirective is RegisterHandlerDirective without the matcher: the paths
// belong to the module.
func parseDirective(h httpcaddyfile.Helper) ([]httpcaddyfile.ConfigValue, error) {
	var a Rewriter
	if err := a.UnmarshalCaddyfile(h.Dispenser); err != nil {
		return nil, err
	}
	return h.NewRoute(nil, &a), nil
}

// UnmarshalCaddyfile sets up the rewriter from Caddyfile tokens. Syntax:
//
//	aspx_rewrite <api> {
//	    tenant <name> <prefix>...
//	    pages  <page>...
//	}
//
// Both lines may stand several times.
func (a *Rewriter) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	d.Next() // the directive's name
	var api string
	if !d.Args(&api) || d.NextArg() {
		return d.Err("aspx_rewrite takes one argument, the API's name")
	}
	if err := a.setAPI(api); err != nil {
		return d.WrapErr(err)
	}
	for d.NextBlock(0) {
		if err := a.unmarshalOption(d); err != nil {
			return err
		}
	}
	if err := a.complete(); err != nil {
		return d.WrapErr(err)
	}
	return nil
}

func (a *Rewriter) unmarshalOption(d *caddyfile.Dispenser) error {
	switch option, args := d.Val(), d.RemainingArgs(); option {
	case "tenant":
		if len(args) == 0 {
			return d.Err("tenant takes a name and at least one prefix, as in `tenant shop /shop/api/`")
		}
		if err := a.addTenant(args[0], args[1:]); err != nil {
			return d.WrapErr(err)
		}
	case "pages":
		if len(args) == 0 {
			return d.Err("pages takes at least one page, as in `pages Auth`")
		}
		for _, page := range args {
			if err := a.addPage(page); err != nil {
				return d.WrapErr(err)
			}
		}
	default:
		return d.Errf("aspx_rewrite knows no option %q; it has tenant and pages", option)
	}
	return nil
}

// Interface guards
var (
	_ caddy.Provisioner           = (*Rewriter)(nil)
	_ caddy.Validator             = (*Rewriter)(nil)
	_ caddyhttp.MiddlewareHandler = (*Rewriter)(nil)
	_ caddyfile.Unmarshaler       = (*Rewriter)(nil)
)
