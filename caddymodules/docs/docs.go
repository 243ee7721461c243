// Package docs is the documentation for callers: a page of each API, drawn from
// the OpenAPI description that its backend registers, and that description.
//
// The page is the project's own: headings, tables and examples that the gateway
// writes when a configuration is loaded. It needs no script, so its policy allows
// none; it is read on a phone, by keyboard and by a screen reader, with the
// Japanese in it marked as such; and it costs the binary nothing but itself, as
// Caddy brings Markdown and the catalogues bring YAML. Swagger UI
// (swaggest/swgui) was weighed against it: 0.6 MB of packed scripts at least, nothing
// to see without them, and 'unsafe-inline' for its page's own script and styles. What it
// has beyond this page, calls from the page, is curl's in the README.
package docs

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/caddyconfig/httpcaddyfile"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
)

func init() {
	caddy.RegisterModule(new(Handler))
	httpcaddyfile.RegisterHandlerDirective("docs", parseDirective)
	httpcaddyfile.RegisterDirectiveOrder("docs", httpcaddyfile.Before, "respond")
}

const defaultPath = "/docs"

// Handler serves the documentation of APIs, to GET and HEAD, and hands every
// other path on:
//
//   - /docs/: which APIs there are;
//   - /docs/<api>/: the page of one;
//   - /docs/<api>/openapi.yaml and openapi.json: its OpenAPI 3.1 description;
//   - what the pages load, under /docs/assets/.
//
// It shows nothing that is secret, and no legacy host had it: put it on a site of
// your own.
type Handler struct {
	// APIs are the names of those that are documented. One that is not there
	// refuses the configuration. Default: all.
	APIs []string `json:"apis,omitempty"`

	// Path is where the documentation is: a path without a slash at its end. One
	// that is none refuses the configuration. Default: `/docs`.
	Path string `json:"path,omitempty"`

	// files draws what is served, by what follows Path, when it is first asked for:
	// most gateways are never asked, and start in half the time (X1 in deploy/bench).
	files func() (map[string]*file, error)
}

// CaddyModule returns the Caddy module information.
func (*Handler) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{
		ID:  "http.handlers.docs",
		New: func() caddy.Module { return new(Handler) },
	}
}

// Provision finds the APIs.
func (h *Handler) Provision(caddy.Context) error {
	if h.Path == "" {
		h.Path = defaultPath
	}
	shown, err := choose(h.APIs)
	if err != nil {
		return err
	}
	h.files = sync.OnceValues(func() (map[string]*file, error) { return filesOf(shown) })
	return nil
}

// Validate refuses a path that no file can follow.
func (h *Handler) Validate() error {
	if !strings.HasPrefix(h.Path, "/") || strings.HasSuffix(h.Path, "/") || strings.ContainsAny(h.Path, "?#*{}% ") {
		return fmt.Errorf("the path of docs is one like %s, without a slash at its end, not %q", defaultPath, h.Path)
	}
	return nil
}

// ServeHTTP answers what it has, and hands every other path on.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request, next caddyhttp.Handler) error {
	name, inside := strings.CutPrefix(r.URL.Path, h.Path)
	if !inside || name != "" && name[0] != '/' {
		return next.ServeHTTP(w, r)
	}
	files, err := h.files()
	if err != nil {
		return err
	}
	found := files[name]
	switch {
	case found == nil && files[name+"/"] == nil:
		return next.ServeHTTP(w, r)
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		return refuseMethod(w)
	case found == nil:
		return lead(w, h.Path+name+"/")
	}
	found.serve(w, r)
	return nil
}

func refuseMethod(w http.ResponseWriter) error {
	setHeaders(w.Header())
	w.Header().Set("Allow", "GET, HEAD")
	w.Header().Set("Content-Length", "0")
	w.WriteHeader(http.StatusMethodNotAllowed)
	return nil
}

// lead leads to a page whose slash was forgotten: what it links to is relative.
func lead(w http.ResponseWriter, to string) error {
	setHeaders(w.Header())
	w.Header().Set("Location", to)
	w.Header().Set("Content-Length", "0")
	w.WriteHeader(http.StatusTemporaryRedirect)
	return nil
}

// choose gives the registered APIs of some names, all without a name, in the
// order of their names.
func choose(names []string) (chosen []api, err error) {
	registered.Lock()
	defer registered.Unlock()
	if len(registered.apis) == 0 {
		return nil, errors.New("no API has registered documentation")
	}
	var known []string
	for _, one := range registered.apis {
		known = append(known, one.name)
		if len(names) == 0 || slices.Contains(names, one.name) {
			chosen = append(chosen, one)
		}
	}
	for _, name := range names {
		if !slices.Contains(known, name) {
			return nil, fmt.Errorf("there is no documentation of an API %q; there is of %s", name, strings.Join(known, ", "))
		}
	}
	return chosen, nil
}

// parseDirective reads the directive. Syntax:
//
//	docs [<api>...] {
//		path <path>
//	}
func parseDirective(h httpcaddyfile.Helper) (caddyhttp.MiddlewareHandler, error) {
	handler := new(Handler)
	return handler, handler.UnmarshalCaddyfile(h.Dispenser)
}

// UnmarshalCaddyfile reads the names of APIs and the options.
func (h *Handler) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	d.Next() // the directive's name
	for d.NextArg() {
		if slices.Contains(h.APIs, d.Val()) {
			return d.Errf("docs names the API %s twice", d.Val())
		}
		h.APIs = append(h.APIs, d.Val())
	}
	for d.NextBlock(0) {
		if d.Val() != "path" {
			return d.Errf("docs has no option %q; it has path", d.Val())
		}
		if h.Path != "" {
			return d.Err("docs has path twice")
		}
		if !d.AllArgs(&h.Path) {
			return d.Errf("path takes one path, as in `path %s`", defaultPath)
		}
		if err := h.Validate(); err != nil {
			return d.WrapErr(err)
		}
	}
	return nil
}

// Interface guards
var (
	_ caddy.Provisioner           = (*Handler)(nil)
	_ caddy.Validator             = (*Handler)(nil)
	_ caddyhttp.MiddlewareHandler = (*Handler)(nil)
	_ caddyfile.Unmarshaler       = (*Handler)(nil)
)
