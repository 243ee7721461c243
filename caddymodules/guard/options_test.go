package guard

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
)

func duration(d time.Duration) caddy.Duration { return caddy.Duration(d) }

func newLimit(failures int, window time.Duration) Limit {
	return Limit{Failures: failures, Window: duration(window)}
}

// parse reads options as a module's UnmarshalCaddyfile does.
func parse(text string) (limits Limits, signUps Limit, err error) {
	d := caddyfile.NewTestDispenser(text)
	for d.Next() {
		for nesting := d.Nesting(); d.NextBlock(nesting); {
			switch d.Val() {
			case "limits":
				err = limits.UnmarshalCaddyfile(d)
			case "sign_ups":
				err = signUps.UnmarshalCaddyfile(d)
			default:
				err = d.Errf("stray %q", d.Val())
			}
			if err != nil {
				return limits, signUps, err
			}
		}
	}
	return limits, signUps, nil
}

func TestCaddyfile(t *testing.T) {
	limits, signUps, err := parse(`module {
		limits {
			per_address 5 90s
			per_account 200 2h
			per_source 3000 10m
			remember 7d
		}
		sign_ups 1000 1h
	}`)
	if err != nil {
		t.Fatal(err)
	}
	want := Limits{PerAddress: newLimit(5, 90*time.Second), PerAccount: newLimit(200, 2*time.Hour), PerSource: newLimit(3000, 10*time.Minute), Remember: duration(7 * 24 * time.Hour)}
	if limits != want || signUps != newLimit(1000, time.Hour) {
		t.Errorf("got %+v and %+v", limits, signUps)
	}

	limits, _, err = parse("module {\n limits {\n per_account 200 2h\n }\n}")
	if err != nil {
		t.Fatal(err)
	}
	want = Limits{PerAddress: People.PerAddress, PerAccount: newLimit(200, 2*time.Hour), PerSource: People.PerSource, Remember: People.Remember}
	if got := limits.Or(People); got != want {
		t.Errorf("one option and the defaults make %+v, want %+v", got, want)
	}
	if got := (Limits{}).Or(Machines); got != Machines {
		t.Errorf("no option and the defaults make %+v", got)
	}
	if got := (Limit{}).Or(Registrations); got != Registrations {
		t.Errorf("no option and the default make %+v", got)
	}
}

func TestBadCaddyfile(t *testing.T) {
	for text, want := range map[string]string{
		"limits":                                               "needs a block",
		"limits {\n}":                                          "needs a block",
		"limits 10 5m":                                         "no argument",
		"limits {\n per_address 0 5m\n}":                       "from 1 to 10000",
		"limits {\n per_address -1 5m\n}":                      "from 1 to 10000",
		"limits {\n per_account 10001 5m\n}":                   "from 1 to 10000",
		"limits {\n per_address ten 5m\n}":                     "not a whole number",
		"limits {\n per_address 1.5 5m\n}":                     "not a whole number",
		"limits {\n per_address 10 0s\n}":                      "from 1s to",
		"limits {\n per_address 10 -5m\n}":                     "from 1s to",
		"limits {\n per_address 10 1ms\n}":                     "from 1s to",
		"limits {\n per_address 10 31d\n}":                     "from 1s to",
		"limits {\n per_address 10 soon\n}":                    "not a time",
		"limits {\n per_address 10\n}":                         "takes a number and the time",
		"limits {\n per_address 10 5m 6m\n}":                   "takes a number and the time",
		"limits {\n remember\n}":                               "takes one time",
		"limits {\n remember 1d 2d\n}":                         "takes one time",
		"limits {\n remember -1d\n}":                           "from 1s to",
		"limits {\n remember 0\n}":                             "from 1s to",
		"limits {\n remember long\n}":                          "not a time",
		"limits {\n per_adress 10 5m\n}":                       "per_address, per_account, per_source and remember are allowed",
		"limits {\n remember 1d\n remember 1d\n}":              "twice",
		"limits {\n per_address 10 5m\n per_address 9 5m\n}":   "twice",
		"limits {\n remember 1d\n}\nlimits {\n remember 2d\n}": "twice",
		"sign_ups":                       "takes a number and the time",
		"sign_ups 0 1h":                  "from 1 to 10000",
		"sign_ups 30 1h\nsign_ups 31 1h": "twice",
	} {
		_, _, err := parse("module {\n" + text + "\n}")
		if err == nil {
			t.Errorf("%q was taken", text)
		} else if !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "Testfile:") {
			t.Errorf("%q: %q, want file, line and %q", text, err, want)
		}
	}
}

func TestJSON(t *testing.T) {
	given := Limits{PerAddress: newLimit(5, time.Minute)}
	text, err := json.Marshal(given)
	if err != nil || string(text) != `{"per_address":{"failures":5,"window":60000000000}}` {
		t.Errorf("%s, %v", text, err)
	}
	var read Limits
	if err := json.Unmarshal([]byte(`{"per_address":{"failures":5,"window":"1m"}}`), &read); err != nil || read != given {
		t.Errorf("%+v, %v", read, err)
	}
}

// The client's address is the one that Caddy made out, never a header.
func TestAddress(t *testing.T) {
	for _, test := range []struct{ clientIP, remote, want string }{
		{"192.0.2.1", "10.0.0.1:80", "192.0.2.1"},
		{"", "192.0.2.1:4711", "192.0.2.1"},
		{"", "[2001:db8:1:2:3:4:5:6]:4711", "2001:db8:1:2::/64"},
		{"2001:db8:1:2::1", "", "2001:db8:1:2::/64"},
		{"2001:db8:1:2:ffff::", "", "2001:db8:1:2::/64"},
		{"2001:db8:1:3::1", "", "2001:db8:1:3::/64"},
		{"::ffff:192.0.2.1", "", "192.0.2.1"},
		{"::ffff:192.0.2.1%eth0", "", "192.0.2.1"},
		{"fe80::1%eth0", "", "fe80::/64"},
		{"", "[fe80::1%eth0]:80", "fe80::/64"},
		{"192.0.2.1:80", "", "192.0.2.1"},
		{"localhost", "192.0.2.1:80", "unknown"},
		{"", "@", "unknown"},
		{"", "", "unknown"},
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header.Set("X-Forwarded-For", "203.0.113.9")
		r.Header.Set("X-Real-IP", "203.0.113.9")
		r.RemoteAddr = test.remote
		if test.clientIP != "" {
			vars := map[string]any{caddyhttp.ClientIPVarKey: test.clientIP}
			r = r.WithContext(context.WithValue(r.Context(), caddyhttp.VarsCtxKey, vars))
		}
		if got := Address(r); got != test.want {
			t.Errorf("client IP %q, remote %q: %q, want %q", test.clientIP, test.remote, got, test.want)
		}
	}
}
