package oauth2

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/caddyconfig/httpcaddyfile"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"sekisho/caddymodules/fault"
	"sekisho/caddymodules/identity"
	"sekisho/caddymodules/stores"
)

func init() {
	caddy.RegisterModule(new(fakeModule))
	caddy.RegisterModule(stranger{})
	caddy.RegisterModule(asker{})
	httpcaddyfile.RegisterHandlerDirective("ask", func(httpcaddyfile.Helper) (caddyhttp.MiddlewareHandler, error) {
		return asker{}, nil
	})
}

// fakeMembers is a guest that keeps its members and clients in memory.
type fakeMembers struct {
	mu        sync.Mutex
	clients   map[string]identity.Keyed
	members   map[string]identity.Member
	passwords map[string]string // by member id; the user name is the id @example.com
	fail      error
	looks     []string // what was asked for, in order
}

// newFake has the client "app" with the secret "s3cret", the client "other" with
// "0ther", and the members m1 and m2 with the passwords "pass m1" and "pass m2".
func newFake() *fakeMembers {
	f := &fakeMembers{
		clients:   map[string]identity.Keyed{},
		members:   map[string]identity.Member{},
		passwords: map[string]string{},
	}
	f.setClient("app", "s3cret")
	f.setClient("other", "0ther")
	for _, id := range []string{"m1", "m2"} {
		f.setMember(identity.Member{ID: id, Generation: 1, Extra: "extra of " + id}, "pass "+id)
	}
	return f
}

func (f *fakeMembers) ask(what string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.looks = append(f.looks, what)
	return f.fail
}

func (f *fakeMembers) asked(what string) (times int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, look := range f.looks {
		if strings.HasPrefix(look, what) {
			times++
		}
	}
	return times
}

func (f *fakeMembers) Client(ctx context.Context, id string) (identity.Keyed, error) {
	if err := errors.Join(f.ask("client "+id), ctx.Err()); err != nil {
		return identity.Keyed{}, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.clients[id], nil
}

func (f *fakeMembers) HashSecret(clientID, secret string) []byte { return hashSecret(clientID, secret) }

func hashSecret(clientID, secret string) []byte {
	hash := sha256.Sum256(fmt.Appendf(nil, "%q %q", clientID, secret))
	return hash[:]
}

func (f *fakeMembers) Authenticate(ctx context.Context, userName, password string) (identity.Member, bool, error) {
	if err := errors.Join(f.ask("authenticate "+userName), ctx.Err()); err != nil {
		return identity.Member{}, false, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if password == "panic" {
		panic("a bug in the guest")
	}
	id := strings.TrimSuffix(strings.ToLower(userName), "@example.com")
	want, there := f.passwords[id]
	return f.members[id], there && want == password, nil
}

func (f *fakeMembers) Member(ctx context.Context, id string) (identity.Member, error) {
	if err := errors.Join(f.ask("member "+id), ctx.Err()); err != nil {
		return identity.Member{}, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.members[id], nil
}

func (f *fakeMembers) setClient(id string, secrets ...string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	client := identity.Keyed{}
	for i, secret := range secrets {
		client.Keys = append(client.Keys, identity.Key{ID: int64(i), Hash: hashSecret(id, secret)})
	}
	f.clients[id] = client
}

func (f *fakeMembers) disableClient(id string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	client := f.clients[id]
	client.Disabled = true
	f.clients[id] = client
}

func (f *fakeMembers) setMember(m identity.Member, password string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.members[m.ID] = m
	f.passwords[m.ID] = password
}

func (f *fakeMembers) setFailure(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.fail = err
}

// fakes are the guests of gateways, by the argument of `members fake`.
var fakes sync.Map // string → *fakeMembers

// publish makes a fake for a gateway, and gives its name.
func publish(t testing.TB, f *fakeMembers) (name string) {
	name = fmt.Sprintf("%p", f)
	fakes.Store(name, f)
	t.Cleanup(func() { fakes.Delete(name) })
	return name
}

// fakeModule is fakeMembers as Caddy loads it.
type fakeModule struct {
	*fakeMembers
	Name string `json:"name"`
}

func (*fakeModule) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: membersNamespace + ".fake", New: func() caddy.Module { return new(fakeModule) }}
}

func (f *fakeModule) Provision(caddy.Context) error {
	fake, there := fakes.Load(f.Name)
	if !there {
		return errors.New("no such fake")
	}
	f.fakeMembers = fake.(*fakeMembers)
	return nil
}

func (f *fakeModule) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	d.Next()
	if !d.AllArgs(&f.Name) {
		return d.ArgErr()
	}
	return nil
}

// stranger is a guest that knows no members.
type stranger struct{}

func (stranger) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: membersNamespace + ".stranger", New: func() caddy.Module { return new(stranger) }}
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
	again, _ := identity.Of(r.Context(), "fake")
	if again != caller {
		return errors.New("asked twice, another caller")
	}
	_, _ = fmt.Fprintf(w, "%s %v %v", caller.ID, caller.Extra, fault.Of(err))
	return nil
}

var errAway = errors.New("the store is away")

// spy are sessions that count their calls, and fail on demand.
type spy struct {
	stores.Sessions

	mu    sync.Mutex
	calls []string // "put access", in order

	// fail is asked before each call. It may fail the call before it is made, or
	// after: then it is done, but its answer lost.
	fail func(n int, call string) (before, after bool)

	// addTwice sends each Add a second time, as if its answer had been lost.
	addTwice bool

	// before is called before each call, if there is one.
	before func(call string)
}

func (s *spy) call(what, key string, do func() error) error {
	parts := strings.Split(key, ":")
	call := what + " " + parts[len(parts)-2]
	s.mu.Lock()
	s.calls = append(s.calls, call)
	n, fail, hook := len(s.calls), s.fail, s.before
	s.mu.Unlock()
	if hook != nil {
		hook(call)
	}
	var before, after bool
	if fail != nil {
		before, after = fail(n, call)
	}
	if before {
		return errAway
	}
	err := do()
	if after {
		return errAway
	}
	return err
}

func (s *spy) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = nil
}

func (s *spy) made() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string{}, s.calls...)
}

// failing has the calls fail as fail says, until it is given nil.
func (s *spy) failing(fail func(n int, call string) (before, after bool)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls, s.fail = nil, fail
}

func (s *spy) Put(ctx context.Context, key string, value []byte, lifetime time.Duration) error {
	return s.call("put", key, func() error { return s.Sessions.Put(ctx, key, value, lifetime) })
}

func (s *spy) Add(ctx context.Context, key string, value []byte, lifetime time.Duration) (added bool, err error) {
	err = s.call("add", key, func() (err error) {
		if s.addTwice {
			_, _ = s.Sessions.Add(ctx, key, value, lifetime)
		}
		added, err = s.Sessions.Add(ctx, key, value, lifetime)
		return err
	})
	return added, err
}

func (s *spy) Get(ctx context.Context, key string) (value []byte, err error) {
	err = s.call("get", key, func() (err error) {
		value, err = s.Sessions.Get(ctx, key)
		return err
	})
	return value, err
}

func (s *spy) Delete(ctx context.Context, key string) error {
	return s.call("delete", key, func() error { return s.Sessions.Delete(ctx, key) })
}
