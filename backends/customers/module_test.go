package customers

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2/caddyconfig"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"

	"sekisho/caddymodules/observe"
	"sekisho/caddymodules/stores"
	"sekisho/caddymodules/stores/storetest"
)

// TestCaddyfile reads the directive.
func TestCaddyfile(t *testing.T) {
	for _, test := range []struct{ caddyfile, want string }{
		{"customers", `{}`},
		{"customers {\n}", `{}`},
		{"customers {\nreveal_passwords on\n}", `{"reveal_passwords":true}`},
		{"customers {\nreveal_passwords off\n}", `{"reveal_passwords":false}`},
	} {
		handler := new(Handler)
		if err := handler.UnmarshalCaddyfile(caddyfile.NewTestDispenser(test.caddyfile)); err != nil {
			t.Errorf("%q: %v", test.caddyfile, err)
			continue
		}
		if got, err := json.Marshal(handler); err != nil || string(got) != test.want {
			t.Errorf("%q: %s %v, want %s", test.caddyfile, got, err, test.want)
		}
	}
	for _, test := range []struct{ caddyfile, want string }{
		{"customers on", "Testfile:1: customers takes no arguments; its options stand in a block"},
		{"customers {\nreveal on\n}", `Testfile:2: customers knows no option "reveal"; it has reveal_passwords`},
		{"customers {\nreveal_passwords\n}", "Testfile:2: reveal_passwords takes one argument, on or off"},
		{"customers {\nreveal_passwords yes\n}", `Testfile:2: reveal_passwords is "yes"; it must be on or off`},
		{"customers {\nreveal_passwords on off\n}", "Testfile:2: reveal_passwords takes one argument, on or off"},
		{"customers {\nreveal_passwords on\nreveal_passwords on\n}", "Testfile:3: reveal_passwords is given twice"},
	} {
		err := new(Handler).UnmarshalCaddyfile(caddyfile.NewTestDispenser(test.caddyfile))
		wantRefusal(t, test.caddyfile, err, test.want)
	}
	for _, test := range []struct{ caddyfile, want string }{
		{"customers more", "Testfile:1: sites customers takes no arguments"},
		{"customers {\nx\n}", "Testfile:2: sites customers takes no block"},
	} {
		err := new(Sites).UnmarshalCaddyfile(caddyfile.NewTestDispenser(test.caddyfile))
		wantRefusal(t, test.caddyfile, err, test.want)
	}
}

// wantRefusal compares what a parser says of file, line and fault. Caddy puts
// ", import chain" and the like behind it.
func wantRefusal(t *testing.T, input string, err error, want string) {
	t.Helper()
	if err == nil {
		t.Errorf("%q was taken", input)
		return
	}
	file, line, _ := strings.Cut(want, ": ")
	if text := err.Error(); !strings.Contains(text, file) || !strings.Contains(text, line) {
		t.Errorf("%q: %s; want %s", input, text, want)
	}
}

// TestOrder sets the directives in any order, without a route around them: the
// guard stands before the API, and the API before what answers for the rest.
func TestOrder(t *testing.T) {
	adapted, _, err := caddyconfig.GetAdapter("caddyfile").Adapt([]byte("http://:8080 {\nrespond 404\ncustomers\nsite_key {\nsites customers\n}\n}\n"), nil)
	if err != nil {
		t.Fatal(err)
	}
	last := -1
	for _, handler := range []string{`"handler":"site_key"`, `"handler":"customers"`, `"handler":"static_response"`} {
		at := strings.Index(string(adapted), handler)
		if at < last {
			t.Errorf("%s stands too early in %s", handler, adapted)
		}
		last = at
	}
}

// TestUnguarded calls an API whose Caddyfile lacks the guard: a failure of
// ours, not an open door.
func TestUnguarded(t *testing.T) {
	shop := openShop(t, storetest.Open(t, storetest.Embedded), "customers")
	shop.fillMany(1)
	shop.get("list", "").want(t, 500, `{"status":false,"message":"error","data":"internal error"}`)
}

// TestHarmless says what may stand in a log.
func TestHarmless(t *testing.T) {
	for _, operation := range []string{"list", "info", "detail", "update", "create", "delete"} {
		for name, want := range map[string]bool{"sid": true, "id": true, "key": false, "email": false, "SID": false, "other": false} {
			if got := observe.IsHarmless("/user/"+operation, name); got != want {
				t.Errorf("%s of %s: harmless %v", name, operation, got)
			}
		}
	}
}

// TestGuessing tries wrong keys: after ten the right one is refused too, from
// this address only.
func TestGuessing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		shop := openDemo(t, s)
		call := func(address, key string) answered {
			request := httptest.NewRequest(http.MethodGet, "/user/list?sid=3&key="+key, nil)
			request.RemoteAddr = address
			recorder := httptest.NewRecorder()
			shop.gateway.ServeHTTP(recorder, request)
			return answered{recorder.Code, recorder.Header(), recorder.Body.String()}
		}
		for range 10 {
			call("192.0.2.7:1", "wrong").want(t, 401, mismatchBody)
		}
		for _, key := range []string{"wrong", "00000000"} {
			got := call("192.0.2.7:2", key)
			got.want(t, 429, refusedWith("too many attempts"))
			if got.Header.Get("Retry-After") == "" {
				t.Error("no Retry-After")
			}
		}
		if got := call("192.0.2.8:1", "00000000"); got.Status != 200 {
			t.Errorf("from another address: %d", got.Status)
		}
	})
}
