package photocloak

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/caddyconfig/httpcaddyfile"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"github.com/uptrace/bun"

	"sekisho/backends/kit"
	"sekisho/backends/kit/kittest"
	"sekisho/caddymodules/clock"
	"sekisho/caddymodules/fault"
	"sekisho/caddymodules/identity"
	"sekisho/caddymodules/stores"
	"sekisho/caddymodules/stores/storetest"

	_ "sekisho/backends/kit/kittest/cheaphash"
)

// The tests log in by the header X-Test-Member: the real guard has tests of its
// own in caddymodules/oauth2, and both together are tried in deploy/acceptance.
func init() {
	caddy.RegisterModule(testGuard{})
	httpcaddyfile.RegisterHandlerDirective("test_guard", func(h httpcaddyfile.Helper) (caddyhttp.MiddlewareHandler, error) {
		return new(testGuard), nil
	})
	httpcaddyfile.RegisterDirectiveOrder("test_guard", httpcaddyfile.After, "basic_auth")
}

// testGuard believes the header X-Test-Member, a mail address.
type testGuard struct{ store store }

func (testGuard) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "http.handlers.test_guard", New: func() caddy.Module { return new(testGuard) }}
}

func (g *testGuard) Provision(ctx caddy.Context) error {
	opened, err := stores.Of(ctx)
	if err == nil {
		g.store = store{opened.SQL}
	}
	return err
}

func (g *testGuard) UnmarshalCaddyfile(*caddyfile.Dispenser) error { return nil }

func (g *testGuard) ServeHTTP(w http.ResponseWriter, r *http.Request, next caddyhttp.Handler) error {
	ctx := identity.WithCheck(r.Context(), "photocloak", func(ctx context.Context) (identity.Caller, error) {
		mail := r.Header.Get("X-Test-Member")
		if mail == "" {
			return identity.Caller{}, fault.New(fault.Missing, subjectAuthorization)
		}
		found, err := g.store.memberByMail(ctx, mail)
		if err != nil {
			return identity.Caller{}, fault.Because(err)
		}
		if found.ID == 0 {
			return identity.Caller{}, fault.New(fault.Unauthorized, "")
		}
		m := found.identity()
		return identity.Caller{ID: m.ID, Extra: m.Extra}, nil
	})
	return next.ServeHTTP(w, r.WithContext(ctx))
}

// The members of the tests.
const (
	umiyama = "umiyama@example.com" // may have 3 cloaks
	yamada  = "yamada@example.com"  // 3 too
)

// api is PhotoCloak as its clients see it.
type api struct {
	t       testing.TB
	handler http.Handler
	stores  *stores.Stores
}

// newAPI serves PhotoCloak over s with these options ("" for none), and signs up
// the two members.
func newAPI(t testing.TB, s *stores.Stores, options string) *api {
	t.Helper()
	gateway := storetest.Gateway(t, s, "test_guard\nphotocloak {\n"+options+"\n}")
	a := &api{t: t, stores: s, handler: kittest.Described(t, gateway, openAPI)}
	addMembers(t, s)
	return a
}

// addMembers signs the members of the tests up, where they are not there.
func addMembers(t testing.TB, s *stores.Stores) {
	t.Helper()
	there, err := store{s.SQL}.memberByMail(t.Context(), umiyama)
	if err != nil {
		t.Fatal(err)
	}
	if there.ID != 0 {
		return
	}
	err = s.SQL.Write(t.Context(), func(ctx context.Context, tx bun.Tx) error {
		for mail, name := range map[string]string{umiyama: "海山太郎", yamada: "山田花子"} {
			m := member{
				Mail: mail, MailKey: kit.MailKey(mail), Name: name, PassHash: "{plain}umiyama1",
				Generation: 1, MaxCloaks: 3, CreatedAt: clock.Now().UnixMilli(),
			}
			if _, err := tx.NewInsert().Model(&m).Exec(ctx); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// answer is what a client got.
type answer struct {
	status int
	header http.Header
	body   string
}

// request is one call: form parameters "a=b&c=d" go into the query of a GET and
// into the body of a POST. member is a mail address, "" for nobody; headers are
// pairs.
func (a *api) request(member, method, path, form string, headers ...string) answer {
	a.t.Helper()
	var body io.Reader
	if method == http.MethodPost {
		body = strings.NewReader(form)
	} else if form != "" {
		path += "?" + form
	}
	r := httptest.NewRequest(method, path, body)
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if member != "" {
		r.Header.Set("X-Test-Member", member)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return a.do(r)
}

func (a *api) get(member, path, query string, headers ...string) answer {
	a.t.Helper()
	return a.request(member, http.MethodGet, path, query, headers...)
}

func (a *api) post(member, path, form string, headers ...string) answer {
	a.t.Helper()
	return a.request(member, http.MethodPost, path, form, headers...)
}

func (a *api) do(r *http.Request) answer {
	a.t.Helper()
	w := httptest.NewRecorder()
	a.handler.ServeHTTP(w, r)
	return answer{w.Code, w.Header(), w.Body.String()}
}

// form encodes pairs of names and values.
func form(pairs ...string) string {
	values := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		values.Add(pairs[i], pairs[i+1])
	}
	return values.Encode()
}
