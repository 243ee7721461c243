package apikey

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"sekisho/caddymodules/clock"
	"sekisho/caddymodules/directory"
	"sekisho/caddymodules/fault"
	"sekisho/caddymodules/golden"
	"sekisho/caddymodules/guard"
	"sekisho/caddymodules/identity"
	"sekisho/caddymodules/observe"
	"sekisho/caddymodules/query"
	"sekisho/caddymodules/stores"
	"sekisho/caddymodules/stores/storetest"
)

// home is where calls come from.
const home = "192.0.2.1"

func TestCaddyfiles(t *testing.T) { golden.Caddyfiles(t) }

// open makes a guard over embedded stores, with the apps of newFake.
func open(t testing.TB, guesses guard.Limit) (*Guard, *fakeApps, *observer.ObservedLogs) {
	t.Helper()
	s := storetest.Open(t, storetest.Embedded)
	metrics := observe.New()
	door, err := guard.NewOpenDoor(s, metrics, "api_key", guesses)
	if err != nil {
		t.Fatal(err)
	}
	fake := newFake()
	core, logs := observer.New(zapcore.DebugLevel)
	return &Guard{
		apps:  fake,
		known: directory.New(fake.App),
		door:  door,
		used:  directory.NewUsage(fake.KeyUsed),
		lease: s.Lease,
		log:   zap.New(core),
	}, fake, logs
}

func from(address string) func() string { return func() string { return address } }

// try gives the fault of a call, nil where it passes.
func (g *Guard) try(query string) *fault.Fault {
	_, err := g.check(context.Background(), query, from(home))
	return fault.Of(err)
}

// TestCheck is what an app sends, and what is found out.
func TestCheck(t *testing.T) {
	g, fake, _ := open(t, guard.Keys)
	most := strings.Repeat("k", maxKey)
	disabled := withKey("closed", 50, "of-disabled")
	disabled.Disabled = true
	fake.set("of-disabled", disabled)
	fake.set(" !~", withKey("odd", 60, " !~"))
	fake.set(most, withKey("long", 61, most))
	for _, key := range []string{most + "k", "梅", "a\x7f", "a\tb", "a\x00b", "\xff"} { // a guest that would take anything
		fake.set(key, withKey("never", 70, key))
	}
	fake.set("mixed-up", withKey("mistaken", 80, "another"))

	const missing, refused = "missing: key", "unauthorized"
	for _, test := range []struct{ query, want string }{
		{"key=old-key", "dresser"},
		{"key=new-key", "dresser"},
		{"avatarId=1&key=old-key&avatarId=2", "dresser"},
		{"k%65y=old%2Dkey", "dresser"},
		{"key=old-key&message=%zz", "dresser"},
		{"key=+%21~", "odd"},
		{"key=" + most, "long"},

		{"", missing},
		{"key", missing},
		{"key=", missing},
		{"KEY=old-key", missing},
		{"api_key=old-key", missing},
		{"keys=old-key", missing},

		{"key=wrong", refused},
		{"key=OLD-KEY", refused},
		{"key=old-key%20", refused},
		{"key=old-key;x=1", refused},
		{"key=%", refused},
		{"key=of-disabled", refused},
		{"key=mixed-up", refused}, // the guest gave the app of another key
		{"key=" + most + "k", refused},
		{"key=" + strings.Repeat("k", 1<<20), refused},
		{"key=%E6%A2%85", refused},
		{"key=a%7F", refused},
		{"key=a%09b", refused},
		{"key=a%00b", refused},
		{"key=%FF", refused},

		// Of a repeated one the first counts.
		{"key=old-key&key=wrong", "dresser"},
		{"key=old-key&key=", "dresser"},
		{"key=wrong&key=old-key", refused},
		{"key=&key=old-key", missing},
		{"key&key=old-key", missing},
	} {
		want := test.want + " extra of " + test.want + " <nil>"
		if test.want == missing || test.want == refused {
			want = " <nil> " + test.want
		}
		caller, err := g.check(context.Background(), test.query, from(home))
		if got := fmt.Sprint(caller.ID, " ", caller.Extra, " ", fault.Of(err)); got != want {
			t.Errorf("%.60s: %q, want %q", test.query, got, want)
		}
	}
}

// TestMatch holds a key against the present moment.
func TestMatch(t *testing.T) {
	now, hash := clock.Now(), hashKey("key")
	for _, test := range []struct {
		what  string
		app   func(*identity.Keyed)
		right bool
	}{
		{"endless", func(*identity.Keyed) {}, true},
		{"ending", func(a *identity.Keyed) { a.Keys[0].Ends = now.Add(time.Millisecond) }, true},
		{"ended", func(a *identity.Keyed) { a.Keys[0].Ends = now }, false},
		{"disabled", func(a *identity.Keyed) { a.Disabled = true }, false},
		{"another hash", func(a *identity.Keyed) { a.Keys[0].Hash[31]++ }, false},
		{"half a hash", func(a *identity.Keyed) { a.Keys[0].Hash = a.Keys[0].Hash[:16] }, false},
		{"no hash", func(a *identity.Keyed) { a.Keys[0].Hash = nil }, false},
		{"no key", func(a *identity.Keyed) { a.Keys = nil }, false},
		{"nobody", func(a *identity.Keyed) { *a = identity.Keyed{} }, false},
	} {
		app := withKey("app", 7, "key")
		test.app(&app)
		if id, right := match(app, hash, now); right != test.right || right && id != 7 {
			t.Errorf("%s: the key %d, %v", test.what, id, right)
		}
	}
	if _, right := match(identity.Keyed{}, [32]byte{}, now); right {
		t.Error("the hash of what can be no key was let in")
	}
}

// TestGuesses refuses wrong keys after so many; right ones pass all the same, and
// from elsewhere guessing goes on. A missing key is no guess, one that can be no
// key is one.
func TestGuesses(t *testing.T) {
	g, fake, _ := open(t, guard.Limit{Failures: 6, Window: caddy.Duration(time.Minute)})
	kinds := func(queries ...string) (all []fault.Kind) {
		for _, query := range queries {
			all = append(all, g.try(query).Kind)
		}
		return all
	}
	disabled := withKey("closed", 50, "of-disabled")
	disabled.Disabled = true
	fake.set("of-disabled", disabled)
	for range 20 {
		if got := fmt.Sprint(kinds("", "key=")); got != "[missing missing]" {
			t.Fatal(got)
		}
	}
	wrong := []string{"key=wrong", "key=of-disabled", "key=%00", "key=" + strings.Repeat("k", 256), "key=other", "key=wrong"}
	if got := fmt.Sprint(kinds(wrong...)); got != "[unauthorized unauthorized unauthorized unauthorized unauthorized unauthorized]" {
		t.Error(got)
	}
	for _, query := range wrong {
		if f := g.try(query); f.Kind != fault.TooMany || f.RetryAfter <= 0 {
			t.Errorf("%.20s after six: %+v", query, f)
		}
		if f := g.try("key=old-key"); f != nil {
			t.Errorf("the right key: %v", f)
		}
	}
	if _, err := g.check(context.Background(), "key=wrong", from("192.0.2.2")); !fault.Is(err, fault.Unauthorized) {
		t.Errorf("from elsewhere: %v", err)
	}
	defer clock.Step(time.Minute)()
	if got := fmt.Sprint(kinds("key=wrong")); got != "[unauthorized]" {
		t.Errorf("a minute later: %s", got)
	}
}

// TestFlood sends one wrong key over and over: it is looked up once.
func TestFlood(t *testing.T) {
	g, fake, _ := open(t, guard.Keys)
	for i := range 1000 {
		want := fault.Unauthorized
		if i >= guard.Keys.Failures {
			want = fault.TooMany
		}
		if f := g.try("key=wrong"); f == nil || f.Kind != want {
			t.Fatalf("wrong key %d: %v, want %v", i+1, f, want)
		}
	}
	if n := fake.asked(); n != 1 {
		t.Errorf("it was looked up %d times", n)
	}
}

// TestRemembered looks a key up once for many calls, and anew after three
// seconds: then an app that was disabled, and a key that was taken away, is out.
// A key that ends is out at once.
func TestRemembered(t *testing.T) {
	g, fake, _ := open(t, guard.Keys)
	ending := withKey("dresser", 32, "ending")
	ending.Keys[0].Ends = clock.Now().Add(time.Second)
	fake.set("ending", ending)
	states := func() (all [4]bool) {
		for i, key := range []string{"old-key", "new-key", "ending", "made-later"} {
			all[i] = g.try("key="+key) == nil
		}
		return all
	}
	want := func(when string, looks int, want ...bool) {
		t.Helper()
		if got := states(); got != [4]bool(want) {
			t.Errorf("%s: %v, want %v", when, got, want)
		}
		if n := fake.asked(); n != looks {
			t.Errorf("%s: %d looks, want %d", when, n, looks)
		}
	}
	want("at first", 4, true, true, true, false)
	want("again", 4, true, true, true, false)

	disabled := withKey("dresser", 30, "old-key")
	disabled.Disabled = true
	fake.set("old-key", disabled)
	fake.set("new-key", identity.Keyed{})
	fake.set("made-later", withKey("dresser", 33, "made-later"))
	defer clock.Step(time.Second)()
	want("a second later", 4, true, true, false, false)
	defer clock.Step(directory.RememberFor - time.Second)()
	want("three seconds later", 8, false, false, false, true)
}

// TestTogether sends 64 calls with one key at once: it is looked up once, and
// its use is noted once.
func TestTogether(t *testing.T) {
	for _, test := range []struct {
		key     string
		passing int
		noted   string
	}{
		{"old-key", 64, "[30]"},
		{"wrong", 0, "[]"},
	} {
		g, fake, _ := open(t, guard.Keys)
		fake.block = make(chan struct{})
		var begun, ended sync.WaitGroup
		begun.Add(64)
		results := make(chan *fault.Fault, 64)
		for range 64 {
			ended.Go(func() {
				begun.Done()
				results <- g.try("key=" + test.key)
			})
		}
		begun.Wait()
		close(fake.block)
		ended.Wait()
		close(results)
		passed := 0
		for f := range results {
			if f == nil {
				passed++
			} else if f.Kind != fault.Unauthorized {
				t.Errorf("%s: %v", test.key, f)
			}
		}
		if passed != test.passing || fake.asked() != 1 || fmt.Sprint(fake.used) != test.noted {
			t.Errorf("%s: %d passed, looked up %d times, noted %v", test.key, passed, fake.asked(), fake.used)
		}
	}
}

// TestOutage is a failure of ours, counts as no guess and is not remembered.
func TestOutage(t *testing.T) {
	g, fake, _ := open(t, guard.Limit{Failures: 1, Window: caddy.Duration(time.Minute)})
	fake.fail = errors.New("the database is away")
	for _, query := range []string{"key=wrong", "key=wrong", "key=old-key"} {
		if f := g.try(query); f == nil || f.Kind != fault.Internal || !errors.Is(f, fake.fail) {
			t.Errorf("%s during an outage: %v", query, f)
		}
	}
	fake.fail = nil
	if f := g.try("key=old-key"); f != nil {
		t.Errorf("after an outage: %v", f)
	}
	if f := g.try("key=wrong"); f == nil || f.Kind != fault.Unauthorized {
		t.Errorf("a wrong key after an outage: %v", f)
	}
}

// TestUsed notes a key's use once a minute; that it cannot be noted is logged
// and refuses nobody.
func TestUsed(t *testing.T) {
	g, fake, logs := open(t, guard.Keys)
	call := func(key string) {
		t.Helper()
		if f := g.try("key=" + key); f != nil {
			t.Errorf("%s: %v", key, f)
		}
	}
	call("old-key")
	call("old-key")
	call("new-key")
	g.try("key=wrong")
	defer clock.Step(time.Minute)()
	if _, err := g.known.Get(context.Background(), hashKey("old-key")); err != nil {
		t.Fatal(err)
	}
	fake.fail = errors.New("the database is read-only")
	call("old-key")
	if got := fmt.Sprint(fake.used); got != "[30 31 30]" {
		t.Errorf("noted %s", got)
	}
	entries := logs.All()
	if len(entries) != 1 || entries[0].Message != "noting the use of an API key failed" || entries[0].ContextMap()["key_id"] != int64(30) {
		t.Errorf("logged %v", entries)
	}
}

// TestGateway puts the guard before a backend. A key in the body is not read, and
// on a path that the backend does not know nothing is looked up and nothing
// counts.
func TestGateway(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		gateway := storetest.Gateway(t, s, "api_key {\napps fake shop\nguesses 3 1m\n}\nask\nrespond unknown")
		call := func(target, body string) string {
			r := httptest.NewRequest("POST", target, strings.NewReader(body))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			recorder := httptest.NewRecorder()
			gateway.ServeHTTP(recorder, r)
			return recorder.Body.String()
		}
		for range 10 {
			if got := call("/unknown?key=wrong", ""); got != "unknown" {
				t.Fatalf("an unknown path: %s", got)
			}
		}
		for _, test := range []struct{ query, body, want string }{
			{"key=old-key", "", "dresser <nil>"},
			{"", "key=old-key", " missing: key"},
			{"key=old-key", "key=wrong", "dresser <nil>"},
			{"key=wrong", "key=old-key", " unauthorized"},
			{"key=wrong", "", " unauthorized"},
			{"", "", " missing: key"},
			{"key=wronger", "", " unauthorized"},
			{"key=wrong", "", " too_many"},
			{"key=new-key", "", "dresser <nil>"},
			{"key=wrong", "", " too_many"},
		} {
			if got := call("/known?"+test.query, test.body); got != test.want {
				t.Errorf("%s with %q: %q, want %q", test.query, test.body, got, test.want)
			}
		}
	})
}

// Whatever stands in the query: without a key it is missing, a right one passes
// and nothing else does, and the guest is asked for nothing that can be no key.
func FuzzKey(f *testing.F) {
	f.Add("key=old-key&key=wrong")
	f.Add("k%65y=old%2Dkey")
	f.Add("&&=&key=%&key")
	f.Add("key=a%00;key=old-key")
	f.Add("key=%E6%A2%85")
	g, fake, _ := open(f, guard.Keys)
	f.Fuzz(func(t *testing.T, raw string) {
		g.known = directory.New(fake.App) // a fresh look for each
		before := fake.asked()
		caller, err := g.check(context.Background(), raw, from(home))
		looks := fake.asked() - before
		key, _ := query.First(raw, "key")
		printable := strings.Trim(key, printableASCII) == "" && len(key) <= maxKey
		switch {
		case key == "":
			if !fault.Is(err, fault.Missing) || looks != 0 {
				t.Errorf("without a key: %v after %d looks", err, looks)
			}
		case key == "old-key" || key == "new-key":
			if err != nil || caller.ID != "dresser" {
				t.Errorf("the right key: %v, %v", caller, err)
			}
		case !fault.Is(err, fault.Unauthorized) && !fault.Is(err, fault.TooMany) || caller != (identity.Caller{}):
			t.Errorf("the wrong key %q: %v, %v", key, caller, err)
		case printable != (looks == 1):
			t.Errorf("the key %q was looked up %d times", key, looks)
		}
	})
}

const printableASCII = " !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~"
