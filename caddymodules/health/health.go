// Package health tells load balancers and orchestrators whether the gateway
// lives and whether it is ready.
package health

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/caddyconfig/httpcaddyfile"
	"github.com/caddyserver/caddy/v2/modules/caddyevents"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"sekisho/caddymodules/stores"
)

func init() {
	caddy.RegisterModule(new(Handler))
	httpcaddyfile.RegisterHandlerDirective("sekisho_health", parseDirective)
	httpcaddyfile.RegisterDirectiveOrder("sekisho_health", httpcaddyfile.Before, "respond")
}

// The two paths.
const (
	livePath  = "/healthz/live"
	readyPath = "/healthz/ready"
)

// Handler answers two paths, GET and HEAD, in plain text, and hands every other
// one on:
//
//   - /healthz/live: 200 `ok` while the process serves at all. Something that
//     answers no longer is to be started anew.
//   - /healthz/ready: 200 `ok` while every store answers within a second;
//     503 `out: blobs, sql` (any of blobs, sessions and sql) while those do not,
//     or `out: stores` if not even that can be told; the cause is in the log;
//     503 `starting` until every server of the configuration listens;
//     503 `draining` while the gateway is being
//     stopped (see shutdown_delay among Caddy's global options). What is not
//     ready is to be sent no requests, and is not to be started anew for it.
//
// The stores are asked once a second at most, however often the gateway is.
// The handler has no options.
type Handler struct {
	probe    *probe
	starting atomic.Bool
}

// CaddyModule returns the Caddy module information.
func (*Handler) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{
		ID:  "http.handlers.sekisho_health",
		New: func() caddy.Module { return new(Handler) },
	}
}

// Provision finds the stores of the configuration.
func (h *Handler) Provision(ctx caddy.Context) error {
	s, err := stores.Of(ctx)
	if err != nil {
		return err
	}
	h.probe = newProbe(func(ctx context.Context) map[string]error {
		defer s.Lease()()
		return s.Ping(ctx)
	}, ctx.Logger())
	return h.awaitStart(ctx)
}

// awaitStart waits for the event that Caddy emits once all apps have started:
// the server that is asked for health may listen before the others do.
func (h *Handler) awaitStart(ctx caddy.Context) error {
	events, err := ctx.App("events")
	if err != nil {
		return fmt.Errorf("loading the events app: %w", err)
	}
	h.starting.Store(true)
	if err := events.(*caddyevents.App).On("started", starter{h}); err != nil {
		return fmt.Errorf("subscribing to the start of the configuration: %w", err)
	}
	return nil
}

// starter says that the gateway is ready from now on.
type starter struct{ handler *Handler }

// Handle takes note of the start.
func (s starter) Handle(context.Context, caddy.Event) error {
	s.handler.starting.Store(false)
	return nil
}

// ServeHTTP answers the two paths.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request, next caddyhttp.Handler) error {
	path := strings.TrimSuffix(r.URL.Path, "/")
	if path != livePath && path != readyPath {
		return next.ServeHTTP(w, r)
	}
	header := w.Header()
	header.Set("Content-Type", "text/plain; charset=utf-8")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Cache-Control", "no-store")
	status, text := http.StatusOK, "ok"
	switch {
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		header.Set("Allow", "GET, HEAD")
		status, text = http.StatusMethodNotAllowed, "GET and HEAD only"
	case path == readyPath:
		status, text = h.readiness(r)
	}
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = fmt.Fprintln(w, text) // who does not listen to the answer needs none
	}
	return nil
}

func (h *Handler) readiness(r *http.Request) (status int, text string) {
	if draining(r) {
		return http.StatusServiceUnavailable, "draining"
	}
	if h.starting.Load() {
		return http.StatusServiceUnavailable, "starting"
	}
	if out := h.probe.out(r.Context()); len(out) > 0 {
		return http.StatusServiceUnavailable, "out: " + strings.Join(out, ", ")
	}
	return http.StatusOK, "ok"
}

// draining says whether this server, or the whole process, is being stopped.
func draining(r *http.Request) bool {
	if caddy.Exiting() {
		return true
	}
	replacer, ok := r.Context().Value(caddy.ReplacerCtxKey).(*caddy.Replacer)
	if !ok {
		return false
	}
	stopping, _ := replacer.Get("http.shutting_down")
	return stopping == true
}

// parseDirective reads the directive. Syntax:
//
//	sekisho_health
func parseDirective(h httpcaddyfile.Helper) (caddyhttp.MiddlewareHandler, error) {
	handler := new(Handler)
	return handler, handler.UnmarshalCaddyfile(h.Dispenser)
}

// UnmarshalCaddyfile refuses whatever stands behind the directive's name.
func (*Handler) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	d.Next() // the directive's name
	if d.NextArg() {
		return d.Errf("sekisho_health takes no argument, found %q", d.Val())
	}
	if d.NextBlock(0) {
		return d.Errf("sekisho_health has no options, found %q", d.Val())
	}
	return nil
}

// Interface guards
var (
	_ caddy.Provisioner           = (*Handler)(nil)
	_ caddyhttp.MiddlewareHandler = (*Handler)(nil)
	_ caddyfile.Unmarshaler       = (*Handler)(nil)
)
