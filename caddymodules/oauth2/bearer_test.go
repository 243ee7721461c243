package oauth2

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"sekisho/caddymodules/clock"
	"sekisho/caddymodules/fault"
	"sekisho/caddymodules/identity"
	"sekisho/caddymodules/stores"
	"sekisho/caddymodules/stores/storetest"
)

// What stands in the header, and who that is.
func TestBearerHeader(t *testing.T) {
	h := embedded(t)
	pair := h.login()
	token := pair.AccessToken
	for _, test := range []struct {
		what, want string
		values     []string
	}{
		{"as documented", "m1", []string{"Bearer " + token}},
		{"another case", "m1", []string{"bEARER " + token}},
		{"more blanks", "m1", []string{"  Bearer   " + token + " "}},
		{"none", "missing: Authorization", nil},
		{"empty", "missing: Authorization", []string{" "}},
		{"two", "malformed: Authorization", []string{"Bearer " + token, "Bearer " + token}},
		{"two schemes", "malformed: Authorization", []string{"Bearer " + token, basic("app:s3cret")}},
		{"Basic", "unauthorized", []string{basic("app:s3cret")}},
		{"no scheme", "unauthorized", []string{token}},
		{"no token", "unauthorized", []string{"Bearer"}},
		{"another separator", "unauthorized", []string{"Bearer:" + token}},
		{"two in one", "unauthorized", []string{"Bearer " + token + ", Bearer " + token}},
		{"unknown", "unauthorized", []string{"Bearer " + strings.Repeat("x", accessLength)}},
		{"another case of the token", "unauthorized", []string{"Bearer " + strings.ToUpper(token)}},
		{"too short", "unauthorized", []string{"Bearer " + token[1:]}},
		{"too long", "unauthorized", []string{"Bearer " + token + "x"}},
		{"very long", "unauthorized", []string{"Bearer " + strings.Repeat("x", 1<<20)}},
		{"foreign characters", "unauthorized", []string{"Bearer " + token[:accessLength-1] + "+"}},
		{"a refresh token", "unauthorized", []string{"Bearer " + pair.RefreshToken}},
	} {
		t.Run(test.what, func(t *testing.T) {
			if got := h.callerOf(http.Header{"Authorization": test.values}); got != test.want {
				t.Errorf("%s, want %s", got, test.want)
			}
		})
	}
}

// A refresh token in the form of an access token is still none: what it stands
// for is kept elsewhere.
func TestRefreshTokensAreNoAccessTokens(t *testing.T) {
	h := embedded(t)
	pair := h.login()
	if _, err := h.bearer.introspect(context.Background(), pair.RefreshToken); !fault.Is(err, fault.Unauthorized) {
		t.Errorf("got %v", err)
	}
}

// Behind a whole gateway: the caller with what the guest attached, asked once;
// on paths that no backend knows nothing is looked up. A parameter is not read.
func TestBearerInAGateway(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		fake := newFake()
		name := publish(t, fake)
		gateway := storetest.Gateway(t, s, "oauth2_bearer {\nmembers fake "+name+"\n}\noauth2_token {\npaths /token\nmembers fake "+name+"\n}\nask\nrespond unknown")
		do := func(r *http.Request) string {
			w := httptest.NewRecorder()
			gateway.ServeHTTP(w, r)
			return w.Body.String()
		}
		login := httptest.NewRequest("POST", "/token", strings.NewReader(passwordOfM1))
		login.Header.Set("Authorization", basic("app:s3cret"))
		login.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		token := strings.Split(do(login), `"`)[3]

		for _, test := range []struct{ path, token, want string }{
			{"/known", token, "m1 extra of m1 <nil>"},
			{"/known", strings.Repeat("x", accessLength), " <nil> unauthorized"},
			{"/known", "", " <nil> missing: Authorization"},
			{"/known?access_token=" + token, "", " <nil> missing: Authorization"},
			{"/unknown", "wrong", "unknown"},
		} {
			r := httptest.NewRequest("GET", test.path, nil)
			if test.token != "" {
				r.Header.Set("Authorization", "Bearer "+test.token)
			}
			before := len(fake.looks)
			if got := do(r); got != test.want {
				t.Errorf("%s: %q, want %q", test.path, got, test.want)
			}
			if test.path == "/unknown" && len(fake.looks) != before {
				t.Error("an unknown path is looked up")
			}
		}
	})
}

// A cold token costs one call of the sessions, a warm one none, and the guest is
// asked once in three seconds.
func TestWarmTokensCostNothing(t *testing.T) {
	h := embedded(t)
	token := h.login().AccessToken
	h.sessions.forget()
	for range 100 {
		if got := h.caller(token); got != "m1" {
			t.Fatal(got)
		}
	}
	if calls := h.sessions.made(); fmt.Sprint(calls) != "[get access]" {
		t.Errorf("100 requests cost %v", calls)
	}
	if n := h.fake.asked("member m1"); n != 1 {
		t.Errorf("the member was asked for %d times", n)
	}
	defer clock.Step(rememberFor)()
	h.caller(token)
	if calls := h.sessions.made(); fmt.Sprint(calls) != "[get access get access]" {
		t.Errorf("three seconds later it cost %v", calls)
	}
	if n := h.fake.asked("member m1"); n != 2 {
		t.Errorf("the member was asked for %d times", n)
	}
	h.sessions.forget()
	h.caller(strings.Repeat("x", accessLength))
	if calls := h.sessions.made(); fmt.Sprint(calls) != "[get access]" {
		t.Errorf("an unknown token cost %v", calls)
	}
	h.caller("malformed")
	if calls := h.sessions.made(); len(calls) != 1 {
		t.Errorf("a malformed token cost %v", calls)
	}
}

// Of many that show a cold token at once one looks, also where the first has
// gone away.
func TestOneLook(t *testing.T) {
	h := embedded(t)
	token := h.login().AccessToken
	h.sessions.forget()
	looking, answer := make(chan struct{}), make(chan struct{})
	var once sync.Once
	h.sessions.before = func(string) {
		once.Do(func() { close(looking) })
		<-answer
	}
	gone, leave := context.WithCancel(context.Background())
	header := http.Header{"Authorization": {"Bearer " + token}}
	var all sync.WaitGroup
	all.Go(func() {
		if _, err := h.bearer.check(gone, header); err != nil {
			t.Errorf("the first: %v", err)
		}
	})
	<-looking
	leave()
	for range 63 {
		all.Go(func() {
			if got := h.caller(token); got != "m1" {
				t.Error(got)
			}
		})
	}
	close(answer)
	all.Wait()
	if calls := h.sessions.made(); len(calls) != 1 {
		t.Errorf("it cost %v", calls)
	}
	if c, m := h.fake.asked("client app"), h.fake.asked("member m1"); c != 2 || m != 1 { // the token endpoint asked too
		t.Errorf("%d looks at the client, %d at the member", c, m)
	}
}

// Who is disabled, deleted or has another password is refused within five
// seconds, by a gateway that has just let them in.
func TestWithinFiveSeconds(t *testing.T) {
	changes := map[string]func(*house, reply){
		"a disabled member": func(h *house, _ reply) {
			h.fake.setMember(identity.Member{ID: "m1", Generation: 1, Disabled: true}, "")
		},
		"a deleted member":   func(h *house, _ reply) { h.fake.members = map[string]identity.Member{} },
		"a changed password": func(h *house, _ reply) { h.fake.setMember(identity.Member{ID: "m1", Generation: 2}, "") },
		"a disabled client":  func(h *house, _ reply) { h.fake.disableClient("app") },
		"a deleted client":   func(h *house, _ reply) { h.fake.clients = map[string]identity.Keyed{} },
		"a token used up elsewhere": func(h *house, pair reply) {
			newHouse(h.t, h.stores).refreshed(pair.RefreshToken)
		},
		"a family revoked elsewhere": func(h *house, pair reply) {
			elsewhere := newHouse(h.t, h.stores)
			second := elsewhere.refreshed(pair.RefreshToken)
			elsewhere.refreshed(second.RefreshToken)
			elsewhere.refresh(pair.RefreshToken)
		},
	}
	storetest.InTurn(t, func(t *testing.T, s *stores.Stores) {
		for what, change := range changes {
			t.Run(what, func(t *testing.T) {
				h := newHouse(t, s)
				h.bearer.storage.seen = newSeen() // as another process
				pair := h.login()
				h.caller(pair.AccessToken)
				defer clock.Step(2 * time.Second)()
				if got := h.caller(pair.AccessToken); got != "m1" {
					t.Fatal(got)
				}
				change(h, pair)
				defer clock.Step(5 * time.Second)()
				if got := h.caller(pair.AccessToken); got != revokedToken {
					t.Errorf("five seconds later: %s", got)
				}
			})
		}
	})
}

// What a gateway revokes by itself it refuses at once.
func TestRevokedHereIsRefusedAtOnce(t *testing.T) {
	h := embedded(t)
	first := h.login()
	h.caller(first.AccessToken)
	second := h.refreshed(first.RefreshToken)
	if got := h.caller(first.AccessToken); got != revokedToken {
		t.Errorf("the old token: %s", got)
	}
	h.caller(second.AccessToken)
	h.refreshed(second.RefreshToken)
	h.refresh(first.RefreshToken)
	if got := h.caller(second.AccessToken); got != revokedToken {
		t.Errorf("the revoked token: %s", got)
	}
}

// An outage is ours, and is not remembered.
func TestBearerOutage(t *testing.T) {
	h := embedded(t)
	token := h.login().AccessToken
	h.sessions.failing(func(int, string) (before, after bool) { return true, false })
	if _, err := h.bearer.check(context.Background(), http.Header{"Authorization": {"Bearer " + token}}); !fault.Is(err, fault.Internal) || !errors.Is(err, errAway) {
		t.Errorf("the sessions are away: %v", err)
	}
	h.sessions.failing(nil)
	h.fake.setFailure(errAway)
	if _, err := h.bearer.check(context.Background(), http.Header{"Authorization": {"Bearer " + token}}); !fault.Is(err, fault.Internal) || !errors.Is(err, errAway) {
		t.Errorf("the guest is away: %v", err)
	}
	h.fake.setFailure(nil)
	if got := h.caller(token); got != "m1" {
		t.Errorf("afterwards: %s", got)
	}
}

// A look that panics leaves nobody waiting, and nobody in.
func TestAPanicOfTheGuest(t *testing.T) {
	l := newLooks(nil) // whose methods panic
	for range 2 {
		func() {
			defer func() { _ = recover() }()
			if client, err := l.client(context.Background(), "app"); err == nil {
				t.Errorf("a client came of it: %v", client)
			}
		}()
	}
}

// However many are guessed, only so many are remembered.
func TestBounds(t *testing.T) {
	h := embedded(t)
	for i := range 2 * maxClients {
		if _, err := h.bearer.storage.looks.client(context.Background(), fmt.Sprint("client ", i)); err != nil {
			t.Fatal(err)
		}
	}
	h.bearer.storage.looks.clients.CleanUp()
	if n := h.bearer.storage.looks.clients.EstimatedSize(); n > maxClients {
		t.Errorf("%d clients are remembered", n)
	}
	if n := h.bearer.storage.seen.grants.GetMaximum(); n != maxSeen {
		t.Errorf("%d tokens may be remembered", n)
	}
}

func FuzzBearerHeader(f *testing.F) {
	f.Add("Bearer tc8lOyNW1Vsqx1EwXNUML6YdFJptCLblKR_sKfU2ClkikNpK3K9mK6s")
	f.Add("bearer  x")
	f.Add(" ")
	f.Fuzz(func(t *testing.T, value string) {
		token, err := readBearer(http.Header{"Authorization": {value}})
		if err == nil && (len(token) != accessLength || strings.Trim(token, "-_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") != "") {
			t.Errorf("%q is taken for a token", token)
		}
		if err != nil && (token != "" || fault.Of(err).Kind == fault.Internal) {
			t.Errorf("%q is taken with %v", token, err)
		}
	})
}

func BenchmarkBearer(b *testing.B) {
	h := newHouse(b, storetest.Open(b, storetest.Embedded))
	header := http.Header{"Authorization": {"Bearer " + h.login().AccessToken}}
	ctx := context.Background()
	check := func(b *testing.B) {
		if _, err := h.bearer.check(ctx, header); err != nil {
			b.Fatal(err)
		}
	}
	b.Run("warm", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			check(b)
		}
	})
	b.Run("cold", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			h.bearer.storage.seen.grants.InvalidateAll()
			check(b)
		}
	})
	b.Run("unknown", func(b *testing.B) {
		b.ReportAllocs()
		header := http.Header{"Authorization": {"Bearer " + strings.Repeat("x", accessLength)}}
		for b.Loop() {
			if _, err := h.bearer.check(ctx, header); err == nil {
				b.Fatal("let in")
			}
		}
	})
}
