package stores_test

import (
	"encoding/json"
	"os"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"

	"sekisho/caddymodules/stores"
	"sekisho/caddymodules/stores/storetest"
)

func TestGlobalOption(t *testing.T) {
	for name, test := range map[string]struct{ input, want string }{
		"empty":      {`sekisho`, `{}`},
		"everything": {"sekisho {\n data /d\n database sqlite:///d/x.db\n sessions database\n blobs file:///b\n secret {file./run/secret}\n secret_previous {env.OLD}\n demo 1\n}", `{"data":"/d","database":"sqlite:///d/x.db","sessions":"database","blobs":"file:///b","secret":"{file./run/secret}","secret_previous":"{env.OLD}","demo":"1"}`},
	} {
		t.Run(name, func(t *testing.T) {
			var app stores.App
			if err := app.UnmarshalCaddyfile(caddyfile.NewTestDispenser(test.input)); err != nil {
				t.Fatal(err)
			}
			if got := string(caddyconfig.JSON(app, nil)); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

func TestGlobalOptionIsStrict(t *testing.T) {
	for name, test := range map[string]struct{ input, want string }{
		"an argument":         {"sekisho x", "wrong argument count"},
		"an unknown option":   {"sekisho {\n database x\n databases y\n}", `unknown option "databases"; there are data, database, sessions, blobs, secret, secret_previous and demo, at Testfile:3`},
		"an option twice":     {"sekisho {\n data a\n data b\n}", "data stands twice, at Testfile:3"},
		"an option without":   {"sekisho {\n data\n}", "wrong argument count"},
		"an option with more": {"sekisho {\n data a b\n}", "wrong argument count"},
	} {
		t.Run(name, func(t *testing.T) {
			var app stores.App
			err := app.UnmarshalCaddyfile(caddyfile.NewTestDispenser(test.input))
			if err == nil || !strings.Contains(strings.ToLower(err.Error()), strings.ToLower(test.want)) {
				t.Errorf("error %v, want one with %q", err, test.want)
			}
		})
	}
}

// load provisions and starts a configuration of the sekisho app and HTTP sites,
// as far as `sekisho validate` goes, and one step further: apps are started.
func load(t *testing.T, config stores.Config, sites string) (*stores.App, error) {
	t.Helper()
	return loadWithLogs(t, config, sites, storetest.RedactedLogs())
}

func loadWithLogs(t *testing.T, config stores.Config, sites string, logs *caddy.Logging) (*stores.App, error) {
	t.Helper()
	adapted, _, err := caddyconfig.GetAdapter("caddyfile").Adapt([]byte(sites), map[string]any{"filename": "Caddyfile"})
	if err != nil {
		t.Fatalf("adapting the Caddyfile: %v", err)
	}
	var whole struct {
		Apps map[string]json.RawMessage `json:"apps"`
	}
	if err := json.Unmarshal(adapted, &whole); err != nil {
		t.Fatal(err)
	}
	whole.Apps["sekisho"] = caddyconfig.JSON(config, nil)
	ctx, err := caddy.ProvisionContext(&caddy.Config{Admin: &caddy.AdminConfig{Disabled: true}, Logging: logs, AppsRaw: whole.Apps})
	if err != nil {
		return nil, err
	}
	module, err := ctx.App("sekisho")
	if err != nil {
		return nil, err
	}
	app := module.(*stores.App)
	t.Cleanup(func() { _ = app.Cleanup() })
	return app, app.Start()
}

func TestBadAddressRefusesTheConfiguration(t *testing.T) {
	good := storetest.Config(t, storetest.PostgresRedis)
	storetest.Migrate(t, good)
	for name, spoil := range map[string]func(*stores.Config){
		"database":       func(c *stores.Config) { c.Database = "postgres://u:canary@127.0.0.1:1/db?sslmode=disable" },
		"sessions":       func(c *stores.Config) { c.Sessions = "redis://:canary@127.0.0.1:1/0" },
		"sessions' form": func(c *stores.Config) { c.Sessions = "memcached://canary" },
		"blobs":          func(c *stores.Config) { c.Blobs = "s3://bucket?endpoint=http://127.0.0.1:1&region=us-east-1" },
		"blobs' form":    func(c *stores.Config) { c.Blobs = "ftp://canary" },
		"folder":         func(c *stores.Config) { c.Blobs = "file:///proc/nowhere/blobs" },
	} {
		t.Run(name, func(t *testing.T) {
			bad := good
			spoil(&bad)
			_, err := load(t, bad, "http://localhost:8080 {\n bind 127.0.0.1\n}")
			if err == nil {
				t.Fatal("the configuration was taken")
			}
			if strings.Contains(err.Error(), "canary") {
				t.Errorf("the refusal shows a password: %v", err)
			}
		})
	}
	if _, err := load(t, good, "http://localhost:8080 {\n bind 127.0.0.1\n}"); err != nil {
		t.Errorf("the good configuration after the bad ones: %v", err)
	}
}

// What is garbage is collected before the program takes more than it is to take.
func TestMemoryIsBounded(t *testing.T) {
	if os.Getenv("GOMEMLIMIT") != "" {
		t.Fatal("GOMEMLIMIT is set; this test is about who does not set it")
	}
	if _, err := load(t, storetest.Config(t, storetest.Embedded), "http://127.0.0.1:8080 {\n}"); err != nil {
		t.Fatal(err)
	}
	if limit := debug.SetMemoryLimit(-1); limit > 850<<20 { // less on a small machine
		t.Errorf("the limit is %d bytes", limit)
	}
}

// What a reload shares must be the very same thing, or connections would be
// made anew and, embedded, two writers would stand in each other's way.
func TestReloadKeepsWhatIsOpen(t *testing.T) {
	for _, combination := range storetest.Combinations {
		t.Run(combination, func(t *testing.T) {
			config := storetest.Config(t, combination)
			before := storetest.OpenConfig(t, config)
			after := storetest.OpenConfig(t, config)
			if before.SQL != after.SQL || before.Seal != after.Seal || before.Counters != after.Counters || before.Redis != after.Redis || before.Blobs != after.Blobs {
				t.Error("the second configuration opened something anew")
			}
			if err := before.Close(); err != nil {
				t.Fatal(err)
			}
			if failures := after.Ping(t.Context()); len(failures) != 0 {
				t.Errorf("after the first configuration left: %v", failures)
			}
		})
	}
}

func TestDemoStaysOnThisMachine(t *testing.T) {
	const local = "http://localhost:8080 {\n bind 127.0.0.1\n}\n"
	for name, test := range map[string]struct {
		demo, sites string
		refused     bool
	}{
		"loopback":                   {"1", local, false},
		"a reserved name":            {"1", local + "https://customers.localhost:8443 {\n bind ::1\n}", false},
		"every address":              {"1", "http://localhost:8080 {\n}", true},
		"another address":            {"1", "http://:8080 {\n bind 192.0.2.1\n}", true},
		"a public name":              {"1", local + "https://api.example.com:8443 {\n bind 127.0.0.1\n}", true},
		"a public name, deep inside": {"1", "http://:8080 {\n bind 127.0.0.1\n route {\n @shop host shop.example.com\n respond @shop hello\n }\n}", true},
		"a public name, and meant":   {"public", local + "https://api.example.com:8443 {\n}", false},
		"a public name without demo": {"", local + "https://api.example.com:8443 {\n}", false},
	} {
		t.Run(name, func(t *testing.T) {
			config := storetest.Config(t, storetest.Embedded)
			config.Demo = test.demo
			_, err := load(t, config, test.sites)
			if refused := err != nil && strings.Contains(err.Error(), "SEKISHO_DEMO=public"); refused != test.refused {
				t.Errorf("refused: %v (%v), want %v", refused, err, test.refused)
			}
		})
	}
}

func TestDemoDatabase(t *testing.T) {
	config := storetest.Config(t, storetest.Embedded)
	demo := config
	demo.Demo = "1"

	s := storetest.OpenConfig(t, demo)
	if err := s.LoadDemo(t.Context()); err != nil {
		t.Errorf("loading it a second time: %v", err)
	}
	if _, err := stores.Open(t.Context(), config); err == nil || !strings.Contains(err.Error(), "SEKISHO_DEMO=1") {
		t.Errorf("serving a demo database without the switch: %v; want a refusal", err)
	}

	full := storetest.Config(t, storetest.Embedded)
	fillVault(t, storetest.OpenConfig(t, full), 1)
	full.Demo = "1"
	if _, err := stores.Open(t.Context(), full); err == nil || !strings.Contains(err.Error(), "vault is not empty") {
		t.Errorf("demo data into a database that is not empty: %v; want a refusal", err)
	}
}

func TestLogsThatShowKeysAreRefused(t *testing.T) {
	config := storetest.Config(t, storetest.Embedded)
	const site = "http://localhost:8080 {\n bind 127.0.0.1\n}"
	plain := storetest.RedactedLogs()
	plain.Logs[caddy.DefaultLoggerName].EncoderRaw = json.RawMessage(`{"format":"json"}`)
	for name, logs := range map[string]*caddy.Logging{"no log": nil, "a plain log": plain} {
		if _, err := loadWithLogs(t, config, site, logs); err == nil || !strings.Contains(err.Error(), "format redact") {
			t.Errorf("%s: %v; want a refusal that says what is missing", name, err)
		}
	}
	if _, err := load(t, config, site); err != nil {
		t.Error(err)
	}
}

// A port that two servers open on all addresses gives each a part of the
// connections, and those of a host to the one that does not know it.
func TestPortsThatAreOpenedTwice(t *testing.T) {
	const all = "http://a.example:8080 {\n bind 0.0.0.0\n}\n"
	for name, test := range map[string]struct {
		sites   string
		refused bool
	}{
		"one address":                      {all + "http://b.example:8080 {\n bind 0.0.0.0\n}", false},
		"without bind":                     {all + "http://b.example:8080 {\n}", true},
		"another spelling":                 {all + "http://b.example:8080 {\n bind [::]\n}", true},
		"another port":                     {all + "http://b.example:8081 {\n}", false},
		"this machine by its name":         {"http://a.example:8080 {\n bind 127.0.0.1\n}\nhttp://b.example:8080 {\n bind localhost\n}", true},
		"this machine only, as trying out": {all + "http://:8080 {\n bind 127.0.0.1\n}", false},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := load(t, storetest.Config(t, storetest.Embedded), test.sites)
			if refused := err != nil && strings.Contains(err.Error(), "port 8080 is opened twice"); refused != test.refused {
				t.Errorf("refused: %v (%v), want %v", refused, err, test.refused)
			}
		})
	}
}
