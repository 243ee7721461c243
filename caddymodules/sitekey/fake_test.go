package sitekey

import (
	"context"
	"crypto/sha256"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/caddyconfig/httpcaddyfile"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"sekisho/caddymodules/fault"
	"sekisho/caddymodules/identity"
)

func init() {
	caddy.RegisterModule(new(fakeModule))
	caddy.RegisterModule(asker{})
	httpcaddyfile.RegisterHandlerDirective("ask", func(httpcaddyfile.Helper) (caddyhttp.MiddlewareHandler, error) {
		return asker{}, nil
	})
}

// fakeSites is a guest that keeps its sites in memory.
type fakeSites struct {
	mu    sync.Mutex
	sites map[int64]identity.Keyed
	fail  error
	looks int
	used  []int64
}

func (f *fakeSites) Site(ctx context.Context, sid int64) (identity.Keyed, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.looks++
	if err := ctx.Err(); err != nil {
		return identity.Keyed{}, err
	}
	return f.sites[sid], f.fail
}

func (f *fakeSites) HashKey(sid int64, key string) []byte { return hashKey(sid, key) }

func (f *fakeSites) KeyUsed(_ context.Context, keyID int64, _ time.Time) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.used = append(f.used, keyID)
	return f.fail
}

func (f *fakeSites) set(sid int64, site identity.Keyed) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.sites[sid] = site
}

func (f *fakeSites) asked() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.looks
}

func hashKey(sid int64, key string) []byte {
	hash := sha256.Sum256(fmt.Append(nil, sid, key))
	return hash[:]
}

func keyed(sid int64, keys ...string) identity.Keyed {
	site := identity.Keyed{Extra: fmt.Sprintf("extra of %d", sid)}
	for i, key := range keys {
		site.Keys = append(site.Keys, identity.Key{ID: 10*sid + int64(i), Hash: hashKey(sid, key)})
	}
	return site
}

// fakeModule is fakeSites as Caddy loads it.
type fakeModule struct {
	fakeSites
	Name string `json:"name"`
}

func (*fakeModule) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "http.handlers.site_key.sites.fake", New: func() caddy.Module { return new(fakeModule) }}
}

func (f *fakeModule) Provision(caddy.Context) error {
	f.sites = map[int64]identity.Keyed{3: keyed(3, "old-key")}
	return nil
}

func (f *fakeModule) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	d.Next()
	if !d.AllArgs(&f.Name) {
		return d.ArgErr()
	}
	return nil
}

// asker is a backend that says who is calling.
type asker struct{}

func (asker) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "http.handlers.ask", New: func() caddy.Module { return new(asker) }}
}

func (asker) ServeHTTP(w http.ResponseWriter, r *http.Request, next caddyhttp.Handler) error {
	if r.URL.Path != "/known" {
		return next.ServeHTTP(w, r)
	}
	caller, err := identity.Of(r.Context(), "fake")
	_, _ = fmt.Fprint(w, caller.ID, " ", fault.Of(err))
	return nil
}
