// Package yditsstep dispatches the YDITS account API's one path by ?step=, so
// that the Caddyfile shows which step goes where.
package yditsstep

import (
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/caddyconfig/httpcaddyfile"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"sekisho/caddymodules/query"
	"sekisho/caddymodules/serve"
)

func init() {
	caddy.RegisterModule(Dispatcher{})
	httpcaddyfile.RegisterDirective("ydits_step", parseDirective)
	httpcaddyfile.RegisterDirectiveOrder("ydits_step", httpcaddyfile.After, "try_files")
}

// Dispatcher picks the operation of a path by the query's `step`, and leaves
// its name for the backend that stands behind. It refuses nothing: where the
// step is missing or not listed it leaves an empty name, and the backend says
// so in its own words.
//
// As with PHP, the last of several steps counts. The step is compared to the
// letter: `01` is not `1`.
type Dispatcher struct {
	// Path is the path whose requests are dispatched, matched as a whole and to
	// the letter; a trailing slash may be there or not. Requests for other paths
	// pass untouched. Required, and starts with a slash.
	Path string `json:"path"`

	// Steps names the operation of each step: {"1": "issue"}. A step is a whole
	// number without leading zeros, an operation's name is of [a-z_]. At least
	// one is required; anything else refuses the configuration.
	Steps map[string]string `json:"steps"`
}

// CaddyModule returns the Caddy module information.
func (Dispatcher) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{
		ID:  "http.handlers.ydits_step",
		New: func() caddy.Module { return new(Dispatcher) },
	}
}

// Validate refuses a configuration that could dispatch nothing.
func (d *Dispatcher) Validate() error {
	if err := validPath(d.Path); err != nil {
		return err
	}
	if len(d.Steps) == 0 {
		return errNoSteps
	}
	for step, operation := range d.Steps {
		if err := validStep(step, operation); err != nil {
			return err
		}
	}
	return nil
}

// ServeHTTP names the operation and hands the request on.
func (d *Dispatcher) ServeHTTP(w http.ResponseWriter, r *http.Request, next caddyhttp.Handler) error {
	if r.URL.Path == d.Path || r.URL.Path == d.Path+"/" {
		// Set also where it is empty, so that nothing is inherited from outside.
		caddyhttp.SetVar(r.Context(), serve.OperationVar, d.operation(r))
	}
	return next.ServeHTTP(w, r)
}

// operation gives the name of the step that a query asks for, or "".
func (d *Dispatcher) operation(r *http.Request) string {
	step, _ := query.Last(r.URL.RawQuery, "step")
	return d.Steps[step]
}

var errNoSteps = errors.New("ydits_step needs at least one line `<step> <operation>`")

var (
	stepForm      = regexp.MustCompile(`^(0|[1-9][0-9]{0,8})$`)
	operationForm = regexp.MustCompile(`^[a-z_]{1,64}$`)
)

func validPath(path string) error {
	if !strings.HasPrefix(path, "/") || strings.HasSuffix(path, "/") || strings.ContainsAny(path, "*?#") {
		return fmt.Errorf("%q is no path: one whole path that starts with a slash and does not end in one is needed", path)
	}
	return nil
}

func validStep(step, operation string) error {
	if !stepForm.MatchString(step) {
		return fmt.Errorf("step %q is no number: a whole number without leading zeros is needed", step)
	}
	if !operationForm.MatchString(operation) {
		return fmt.Errorf("%q is no operation: a name of the letters a to z and _ is needed", operation)
	}
	return nil
}

// parseDirective is RegisterHandlerDirective without the matcher: the path
// belongs to the module, which takes it as the backend does.
func parseDirective(h httpcaddyfile.Helper) ([]httpcaddyfile.ConfigValue, error) {
	var d Dispatcher
	if err := d.UnmarshalCaddyfile(h.Dispenser); err != nil {
		return nil, err
	}
	return h.NewRoute(nil, &d), nil
}

// UnmarshalCaddyfile sets up the dispatcher from Caddyfile tokens. Syntax:
//
//	ydits_step <path> {
//	    <step> <operation>
//	    ...
//	}
func (d *Dispatcher) UnmarshalCaddyfile(t *caddyfile.Dispenser) error {
	t.Next() // the directive's name
	if !t.Args(&d.Path) || t.NextArg() {
		return t.Err("ydits_step takes one argument, the path to dispatch")
	}
	if err := validPath(d.Path); err != nil {
		return t.WrapErr(err)
	}
	d.Steps = map[string]string{}
	for t.NextBlock(0) {
		step := t.Val()
		var operation string
		if !t.Args(&operation) || t.NextArg() {
			return t.Errf("step %s takes one argument, the operation's name", step)
		}
		if err := validStep(step, operation); err != nil {
			return t.WrapErr(err)
		}
		if _, there := d.Steps[step]; there {
			return t.Errf("step %s is listed twice", step)
		}
		d.Steps[step] = operation
	}
	if len(d.Steps) == 0 {
		return t.WrapErr(errNoSteps)
	}
	return nil
}

// Interface guards
var (
	_ caddy.Validator             = (*Dispatcher)(nil)
	_ caddyhttp.MiddlewareHandler = (*Dispatcher)(nil)
	_ caddyfile.Unmarshaler       = (*Dispatcher)(nil)
)
