package apikey

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
	caddy.RegisterModule(stranger{})
	caddy.RegisterModule(asker{})
	httpcaddyfile.RegisterHandlerDirective("ask", func(httpcaddyfile.Helper) (caddyhttp.MiddlewareHandler, error) {
		return asker{}, nil
	})
}

// fakeApps is a guest that keeps its apps in memory, by the hashes of their
// keys.
type fakeApps struct {
	mu    sync.Mutex
	apps  map[[sha256.Size]byte]identity.Keyed
	fail  error
	block chan struct{} // closed before a look is answered, if there is one
	looks int
	used  []int64
}

// newFake has the app "dresser" with the keys "old-key" and "new-key", ids 30 and
// 31.
func newFake() *fakeApps {
	f := &fakeApps{apps: map[[sha256.Size]byte]identity.Keyed{}}
	f.set("old-key", withKey("dresser", 30, "old-key"))
	f.set("new-key", withKey("dresser", 31, "new-key"))
	return f
}

func (f *fakeApps) App(ctx context.Context, hash [sha256.Size]byte) (identity.Keyed, error) {
	f.mu.Lock()
	f.looks++
	block := f.block
	f.mu.Unlock()
	if block != nil {
		<-block
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return identity.Keyed{}, err
	}
	return f.apps[hash], f.fail
}

func (f *fakeApps) HashKey(key string) [sha256.Size]byte { return hashKey(key) }

func (f *fakeApps) KeyUsed(_ context.Context, keyID int64, _ time.Time) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.used = append(f.used, keyID)
	return f.fail
}

func (f *fakeApps) set(key string, app identity.Keyed) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.apps[hashKey(key)] = app
}

func (f *fakeApps) asked() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.looks
}

func hashKey(key string) [sha256.Size]byte { return sha256.Sum256([]byte("api key " + key)) }

// withKey is an app as the guest gives it for one of its keys.
func withKey(id string, keyID int64, key string) identity.Keyed {
	hash := hashKey(key)
	return identity.Keyed{ID: id, Keys: []identity.Key{{ID: keyID, Hash: hash[:]}}, Extra: "extra of " + id}
}

// fakeModule is fakeApps as Caddy loads it.
type fakeModule struct {
	fakeApps
	Name string `json:"name"`
}

func (*fakeModule) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "http.handlers.api_key.apps.fake", New: func() caddy.Module { return new(fakeModule) }}
}

func (f *fakeModule) Provision(caddy.Context) error {
	f.apps = newFake().apps
	return nil
}

func (f *fakeModule) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	d.Next()
	if !d.AllArgs(&f.Name) {
		return d.ArgErr()
	}
	return nil
}

// stranger is a guest that knows no apps.
type stranger struct{}

func (stranger) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "http.handlers.api_key.apps.stranger", New: func() caddy.Module { return new(stranger) }}
}

func (stranger) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	d.Next()
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
