package sitekey

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"sekisho/caddymodules/clock"
	"sekisho/caddymodules/directory"
	"sekisho/caddymodules/fault"
	"sekisho/caddymodules/guard"
	"sekisho/caddymodules/identity"
	"sekisho/caddymodules/observe"
	"sekisho/caddymodules/stores"
	"sekisho/caddymodules/stores/storetest"
)

// open makes a guard over embedded stores, with site 3 and its keys "old-key"
// and "new-key", and site 5 that has none.
func open(t *testing.T) (*Guard, *fakeSites, *observer.ObservedLogs) {
	t.Helper()
	s := storetest.Open(t, storetest.Embedded)
	metrics := observe.New()
	door, err := guard.NewDoor(s, metrics, "site_key", guard.Machines)
	if err != nil {
		t.Fatal(err)
	}
	fake := &fakeSites{sites: map[int64]identity.Keyed{3: keyed(3, "old-key", "new-key"), 5: keyed(5)}}
	core, logs := observer.New(zapcore.DebugLevel)
	return &Guard{
		sites: fake,
		known: directory.New(fake.Site),
		door:  door,
		used:  directory.NewUsage(fake.KeyUsed),
		lease: s.Lease,
		log:   zap.New(core),
	}, fake, logs
}

func (g *Guard) try(query string) (identity.Caller, *fault.Fault) {
	caller, err := g.check(context.Background(), query, "192.0.2.1")
	return caller, fault.Of(err)
}

// TestCheck is what a site sends, and what is found out.
func TestCheck(t *testing.T) {
	g, _, _ := open(t)
	for _, test := range []struct {
		query   string
		kind    fault.Kind
		subject string
		value   string
	}{
		{"sid=x&key=_", fault.Malformed, "sid", "x"},
		{"sid=-3&key=old-key", fault.Malformed, "sid", "-3"},
		{"sid=3.0&key=old-key", fault.Malformed, "sid", "3.0"},
		{"sid=%EF%BC%93&key=old-key", fault.Malformed, "sid", "３"},
		{"sid=9223372036854775808&key=old-key", fault.Malformed, "sid", "9223372036854775808"},
		{"sid=" + strings.Repeat("9", 5000) + "&key=old-key", fault.Malformed, "sid", strings.Repeat("9", 5000)},
		{"key=old-key", fault.Missing, "sid", ""},
		{"sid=&key=old-key", fault.Missing, "sid", ""},
		{"sid=3&sid=&key=old-key", fault.Missing, "sid", ""},
		{"SID=3&key=old-key", fault.Missing, "sid", ""},
		{"", fault.Missing, "sid", ""},
		{"sid=3", fault.Missing, "key", ""},
		{"sid=3&key=old_key", fault.Malformed, "key", "old_key"},
		{"sid=3&key=old+key", fault.Malformed, "key", "old key"},
		{"sid=3&key=old;key", fault.Malformed, "key", "old;key"},
		{"sid=3&key=%", fault.Malformed, "key", "%"},
		{"sid=3&key=a+b%", fault.Malformed, "key", "a b%"},
		{"sid=3&key=%61%zz", fault.Malformed, "key", "a%zz"},
		{"sid=3&key=a%00b", fault.Malformed, "key", "a\x00b"},
		{"sid=3&key=" + strings.Repeat("k", 256), fault.Malformed, "key", strings.Repeat("k", 256)},
		{"sid=3&key=wrong", fault.Unauthorized, "", ""},
		{"sid=3&key=OLD-KEY", fault.Unauthorized, "", ""},
		{"sid=5&key=old-key", fault.Unauthorized, "", ""},
		{"sid=4&key=old-key", fault.Unauthorized, "", ""},
	} {
		caller, f := g.try(test.query)
		if f == nil || f.Kind != test.kind || f.Subject != test.subject || f.Value != test.value {
			t.Errorf("%.60s: %+v %v, want %v about %q", test.query, f, caller, test.kind, test.subject)
		}
	}
	for _, query := range []string{
		"sid=3&key=old-key", "sid=3&key=new-key", "key=new-key&sid=003", "sid=x&sid=3&key=_&key=old-key",
		"s%69d=3&key=old%2Dkey", "sid=3&key=old-key&email=%zz",
	} {
		caller, f := g.try(query)
		if f != nil || caller.ID != "3" || caller.Extra != "extra of 3" {
			t.Errorf("%s: %v %v", query, caller, f)
		}
	}
}

// TestMatch holds keys against the present moment.
func TestMatch(t *testing.T) {
	now := clock.Now()
	site := keyed(3, "ended", "ending", "endless")
	site.Keys[0].Ends = now.Add(-time.Millisecond)
	site.Keys[1].Ends = now.Add(time.Millisecond)
	for key, want := range map[string]bool{"ended": false, "ending": true, "endless": true, "": false} {
		if _, right := match(site, hashKey(3, key), now); right != want {
			t.Errorf("the key %q: %v", key, right)
		}
	}
	if id, _ := match(site, hashKey(3, "ending"), now); id != 31 {
		t.Errorf("the key is %d", id)
	}
	site.Disabled = true
	if _, right := match(site, hashKey(3, "endless"), now); right {
		t.Error("a disabled site was let in")
	}
	if _, right := match(identity.Keyed{}, nobodys.Hash, now); right {
		t.Error("nobody's key was let in")
	}
}

// TestGuesses is refused after ten wrong keys, with the right one too.
func TestGuesses(t *testing.T) {
	g, _, _ := open(t)
	for range 10 {
		if _, f := g.try("sid=9&key=wrong"); f == nil || f.Kind != fault.Unauthorized {
			t.Fatalf("a wrong key: %v", f)
		}
	}
	if _, f := g.try("sid=9&key=wrong"); f == nil || f.Kind != fault.TooMany || f.RetryAfter <= 0 {
		t.Errorf("the eleventh: %+v", f)
	}
	if _, f := g.try("sid=3&key=old-key"); f != nil {
		t.Errorf("another site: %v", f)
	}
}

// TestDirectory looks a site up once for many calls, and anew after three
// seconds.
func TestDirectory(t *testing.T) {
	g, fake, _ := open(t)
	right := func() bool { _, f := g.try("sid=3&key=old-key"); return f == nil }
	for range 5 {
		if !right() {
			t.Fatal("the right key was refused")
		}
	}
	if n := fake.asked(); n != 1 {
		t.Errorf("the site was looked up %d times", n)
	}
	disabled := keyed(3, "old-key")
	disabled.Disabled = true
	fake.set(3, disabled)
	defer clock.Step(directory.RememberFor)()
	if right() {
		t.Error("a disabled site was let in three seconds later")
	}
	if n := fake.asked(); n != 2 {
		t.Errorf("the site was looked up %d times", n)
	}

	g.try("sid=8&key=k")
	fake.set(8, keyed(8, "k"))
	if _, f := g.try("sid=8&key=k"); f == nil {
		t.Error("an unknown site was not remembered")
	}
	defer clock.Step(directory.RememberFor)()
	if _, f := g.try("sid=8&key=k"); f != nil {
		t.Errorf("a new site three seconds later: %v", f)
	}
}

// TestOutage is a failure of ours, counts as no guess and is not remembered.
func TestOutage(t *testing.T) {
	g, fake, _ := open(t)
	fake.fail = errors.New("the database is away")
	for range 20 {
		if _, f := g.try("sid=3&key=wrong"); f == nil || f.Kind != fault.Internal || !errors.Is(f, fake.fail) {
			t.Fatalf("during an outage: %v", f)
		}
	}
	fake.fail = nil
	if _, f := g.try("sid=3&key=old-key"); f != nil {
		t.Errorf("after an outage: %v", f)
	}
}

// TestUsed notes a key's use once a minute; that it cannot be noted is logged
// and refuses nobody.
func TestUsed(t *testing.T) {
	g, fake, logs := open(t)
	call := func(key string) {
		t.Helper()
		if _, f := g.try("sid=3&key=" + key); f != nil {
			t.Errorf("%s: %v", key, f)
		}
	}
	call("old-key")
	call("old-key")
	call("new-key")
	g.try("sid=3&key=wrong")
	defer clock.Step(time.Minute)()
	if _, err := g.known.Get(context.Background(), 3); err != nil {
		t.Fatal(err)
	}
	fake.fail = errors.New("the database is read-only")
	call("old-key")
	if got := fmt.Sprint(fake.used); got != "[30 31 30]" {
		t.Errorf("noted %s", got)
	}
	entries := logs.All()
	if len(entries) != 1 || entries[0].Message != "noting the use of a site key failed" || entries[0].ContextMap()["key_id"] != int64(30) {
		t.Errorf("logged %v", entries)
	}
}

// TestGateway puts the guard before a backend. On a path that the backend does
// not know nothing is looked up and nothing counts.
func TestGateway(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		gateway := storetest.Gateway(t, s, "site_key {\nsites fake shop\nlimits {\nper_address 3 1m\n}\n}\nask\nrespond unknown")
		call := func(address string) string {
			recorder := httptest.NewRecorder()
			gateway.ServeHTTP(recorder, httptest.NewRequest("GET", address, nil))
			return recorder.Body.String()
		}
		for range 10 {
			if got := call("/unknown?sid=3&key=wrong"); got != "unknown" {
				t.Fatalf("an unknown path: %s", got)
			}
		}
		for _, want := range []struct{ query, answer string }{
			{"sid=3&key=old-key", "3 <nil>"},
			{"sid=3&key=wrong", " unauthorized"},
			{"key=wrong", " missing: sid"},
			{"sid=3&key=wrong", " unauthorized"},
			{"sid=3&key=wrong", " unauthorized"},
			{"sid=3&key=wrong", " too_many"},
		} {
			if got := call("/known?" + want.query); got != want.answer {
				t.Errorf("%s: %q, want %q", want.query, got, want.answer)
			}
		}
	})
}

// TestCaddyfile reads the directive.
func TestCaddyfile(t *testing.T) {
	for _, test := range []struct{ caddyfile, want string }{
		{"site_key {\nsites fake shop\n}", `{"sites":{"name":"shop","source":"fake"}}`},
		{
			"site_key {\nlimits {\nper_address 5 1m\nper_account 50 1h\nremember 24h\n}\nsites fake shop\n}",
			`{"sites":{"name":"shop","source":"fake"},"limits":{"per_address":{"failures":5,"window":60000000000},"per_account":{"failures":50,"window":3600000000000},"remember":86400000000000}}`,
		},
	} {
		g := new(Guard)
		if err := g.UnmarshalCaddyfile(caddyfile.NewTestDispenser(test.caddyfile)); err != nil {
			t.Errorf("%q: %v", test.caddyfile, err)
			continue
		}
		if got, err := json.Marshal(g); err != nil || string(got) != test.want {
			t.Errorf("%q: %s %v, want %s", test.caddyfile, got, err, test.want)
		}
	}
	for _, test := range []struct{ caddyfile, want string }{
		{"site_key", "site_key needs a line `sites <module>` that names who knows the sites"},
		{"site_key fake", "site_key takes no arguments; its options stand in a block"},
		{"site_key {\n}", "site_key needs a line `sites <module>` that names who knows the sites"},
		{"site_key {\nsite fake\n}", `Testfile:2: site_key knows no option "site"; it has sites and limits`},
		{"site_key {\nsites\n}", "Testfile:2: sites takes the name of the module that knows the sites"},
		{"site_key {\nsites nobody\n}", "http.handlers.site_key.sites.nobody"},
		{"site_key {\nsites fake\n}", "wrong argument count"},
		{"site_key {\nsites fake a\nsites fake b\n}", "Testfile:3: sites is given twice"},
		{"site_key {\nsites fake a\nlimits {\nper_address 0 5m\n}\n}", "per_address"},
		{"site_key {\nsites fake a\nlimits {\nremember 1h\n}\nlimits {\nremember 1h\n}\n}", "limits is given twice"},
	} {
		err := new(Guard).UnmarshalCaddyfile(caddyfile.NewTestDispenser(test.caddyfile))
		if err == nil {
			t.Errorf("%q was taken", test.caddyfile)
			continue
		}
		file, words, split := strings.Cut(test.want, ": ")
		if !split {
			file, words = "", test.want
		}
		if text := err.Error(); !strings.Contains(text, file) || !strings.Contains(text, words) {
			t.Errorf("%q: %s; want %s", test.caddyfile, text, test.want)
		}
	}
}

func FuzzQuery(f *testing.F) {
	f.Add("sid=3&key=0000-0000")
	f.Add("sid=%33&key=%&key")
	f.Add("&&=&sid=3;key=4&key=a%00")
	f.Fuzz(func(t *testing.T, query string) {
		if sid, err := readSID(query); err == nil && sid < 0 {
			t.Errorf("the sid %d was taken", sid)
		}
		key, err := readKey(query)
		if err == nil && (key == "" || len(key) > maxKey || strings.Trim(key, "-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") != "") {
			t.Errorf("the key %q was taken", key)
		}
	})
}
