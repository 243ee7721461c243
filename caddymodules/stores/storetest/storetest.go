// Package storetest gives tests their stores: every combination that the
// README supports, on real servers, fresh and empty each time.
//
// The servers are started by `make -f xcaddy.mk test`. A test that needs one
// which is not there fails; it never skips.
package storetest

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig"
	"github.com/caddyserver/caddy/v2/modules/caddyevents"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	_ "github.com/caddyserver/caddy/v2/modules/standard" // what a Caddyfile may name
	_ "github.com/jackc/pgx/v5/stdlib"                   // database/sql's pgx, for making databases

	"sekisho/caddymodules/stores"
	"sekisho/caddymodules/stores/storetest/servers"
)

// What a Config leaves empty is read from the environment, and a test's stores
// are those of the test whatever its user has set.
func init() {
	for _, name := range []string{"DATA", "DATABASE", "SESSIONS", "BLOBS", "SECRET", "SECRET_PREVIOUS", "DEMO"} {
		os.Unsetenv("SEKISHO_" + name)
	}
}

// Secret is the SEKISHO_SECRET of every test.
const Secret = "a secret of 32 characters or more"

// The supported combinations.
const (
	Embedded      = "embedded"       // SQLite, sessions in it, a folder
	PostgresRedis = "postgres+redis" // any number of gateways
	Postgres      = "postgres"       // sessions in the database, one gateway
)

// Combinations are all that the README supports.
var Combinations = []string{Embedded, PostgresRedis, Postgres}

// Each runs test on every combination, all at the same time. Who steps the clock,
// which is that of the whole process, takes [InTurn].
func Each(t *testing.T, test func(t *testing.T, s *stores.Stores)) {
	t.Helper()
	for _, combination := range Combinations {
		t.Run(combination, func(t *testing.T) {
			t.Parallel()
			test(t, Open(t, combination))
		})
	}
}

// EachDatabase runs test on SQLite and on PostgreSQL, both at the same time: for tests
// of what a database does with what it is given.
func EachDatabase(t *testing.T, test func(t *testing.T, s *stores.Stores)) {
	t.Helper()
	for _, combination := range []string{Embedded, PostgresRedis} {
		t.Run(combination, func(t *testing.T) {
			t.Parallel()
			test(t, Open(t, combination))
		})
	}
}

// InTurn is [Each], one combination after the other: for tests that step the clock
// of the whole process, or count what runs in it.
func InTurn(t *testing.T, test func(t *testing.T, s *stores.Stores)) {
	t.Helper()
	for _, combination := range Combinations {
		t.Run(combination, func(t *testing.T) { test(t, Open(t, combination)) })
	}
}

// Open opens fresh stores of one combination; they close with the test.
func Open(t testing.TB, combination string) *stores.Stores {
	t.Helper()
	return OpenConfig(t, Config(t, combination))
}

// OpenConfig opens the stores of config, and migrates a PostgreSQL database
// first.
func OpenConfig(t testing.TB, config stores.Config) *stores.Stores {
	t.Helper()
	Migrate(t, config)
	s, err := stores.Open(context.Background(), config)
	if err != nil {
		t.Fatalf("opening stores: %v", err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("closing stores: %v", err)
		}
	})
	configs.Store(s, config)
	return s
}

// ConfigOf says where s is; this package has opened it.
func ConfigOf(t testing.TB, s *stores.Stores) stores.Config {
	t.Helper()
	config, ok := configs.Load(s)
	if !ok {
		t.Fatal("these stores were not opened by this package")
	}
	return config.(stores.Config)
}

// Migrate runs the migrations of config's database, as `sekisho migrate up`.
func Migrate(t testing.TB, config stores.Config) {
	t.Helper()
	if err := stores.MigrateDatabase(context.Background(), config, func(stores.Step) {}); err != nil {
		t.Fatalf("migrating: %v", err)
	}
}

// configs remembers how a test's stores were opened, for ConfigOf.
var configs sync.Map // *stores.Stores → stores.Config

// Config makes what one combination needs (a database, a Redis prefix, a
// folder) and says where it is. Two stores opened with it share them, as two
// gateways do.
func Config(t testing.TB, combination string) stores.Config {
	t.Helper()
	data := t.TempDir()
	config := stores.Config{
		Data:     data,
		Database: "sqlite://" + filepath.Join(data, "sekisho.db"),
		Sessions: "database",
		Blobs:    "file://" + filepath.Join(data, "blobs"),
		Secret:   Secret,
	}
	if combination != Embedded {
		config.Database = NewDatabase(t)
	}
	if combination == PostgresRedis {
		config.Sessions = NewRedisPrefix(t)
	}
	return config
}

// NewDatabase makes an empty PostgreSQL database, which is dropped with the
// test, and gives its address.
func NewDatabase(t testing.TB) string {
	t.Helper()
	server := Server(t, "SEKISHO_TEST_POSTGRES")
	admin, err := sql.Open("pgx", server)
	if err != nil {
		t.Fatalf("opening PostgreSQL: %v", err)
	}
	name := "t_" + randomName()
	if _, err := admin.Exec("CREATE DATABASE " + name); err != nil {
		t.Fatalf("making a database: %v", err)
	}
	t.Cleanup(func() {
		if _, err := admin.Exec("DROP DATABASE " + name + " WITH (FORCE)"); err != nil {
			t.Errorf("dropping a database: %v", err)
		}
		admin.Close()
	})
	address, err := url.Parse(server)
	if err != nil {
		t.Fatalf("SEKISHO_TEST_POSTGRES is no URL")
	}
	address.Path = "/" + name
	query := address.Query()
	query.Set("pool_max_conns", "8")
	address.RawQuery = query.Encode()
	return address.String()
}

// NewRedisPrefix gives the address of the test Redis with a prefix of its own.
func NewRedisPrefix(t testing.TB) string {
	t.Helper()
	return Server(t, "SEKISHO_TEST_REDIS") + "?prefix=" + randomName() + ":"
}

// Caddyfile writes a Caddyfile that names stores, and gives its path.
func Caddyfile(t testing.TB, config stores.Config) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "Caddyfile")
	content := fmt.Sprintf("{\n\tsekisho {\n\t\tdata %q\n\t\tdatabase %q\n\t\tsessions %q\n\t\tblobs %q\n\t\tsecret %q\n\t}\n}\n",
		config.Data, config.Database, config.Sessions, config.Blobs, config.Secret)
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// Server is the address in an environment variable that the test run sets.
func Server(t testing.TB, variable string) string {
	t.Helper()
	address := os.Getenv(variable)
	if address == "" {
		t.Fatalf("%s is not set: this test needs a real server; run `make -f xcaddy.mk test`", variable)
	}
	return address
}

// Gateway serves directives, the inside of a site block, over s as Caddy would,
// without a port.
func Gateway(t testing.TB, s *stores.Stores, directives string) http.Handler {
	t.Helper()
	config := ConfigOf(t, s)
	adapter := caddyconfig.GetAdapter("caddyfile")
	adapted, warnings, err := adapter.Adapt([]byte("http://:8080 {\nroute {\n"+directives+"\n}\n}\n"), map[string]any{"filename": "Caddyfile"})
	if err != nil {
		t.Fatalf("adapting the Caddyfile: %v", err)
	}
	for _, warning := range warnings {
		if warning.Directive != "" { // the one about formatting has none
			t.Fatalf("adapting the Caddyfile: %s", warning.Message)
		}
	}
	var whole struct {
		Apps map[string]json.RawMessage `json:"apps"`
	}
	if err := json.Unmarshal(adapted, &whole); err != nil {
		t.Fatalf("reading the adapted configuration: %v", err)
	}
	whole.Apps["sekisho"] = caddyconfig.JSON(config, nil)
	return provision(t, whole.Apps)
}

// RedactedLogs are logs that a configuration must have, written nowhere.
func RedactedLogs() *caddy.Logging {
	return &caddy.Logging{Logs: map[string]*caddy.CustomLog{
		caddy.DefaultLoggerName: {BaseLog: caddy.BaseLog{
			WriterRaw:  json.RawMessage(`{"output":"discard"}`),
			EncoderRaw: json.RawMessage(`{"format":"redact"}`),
		}},
	}}
}

// provisioning is one at a time: Caddy keeps a few things of the last
// configuration for the whole process.
var provisioning sync.Mutex

func provision(t testing.TB, apps map[string]json.RawMessage) http.Handler {
	t.Helper()
	provisioning.Lock()
	defer provisioning.Unlock()
	ctx, err := caddy.ProvisionContext(&caddy.Config{
		Admin:   &caddy.AdminConfig{Disabled: true},
		Logging: RedactedLogs(),
		AppsRaw: apps,
	})
	if err != nil {
		t.Fatalf("provisioning: %v", err)
	}
	s, err := stores.Of(ctx)
	if err != nil {
		t.Fatal(err)
	}
	// Not App.Cleanup: it lets a replaced configuration's requests go on for a
	// while, and the stores would not be closed before the test is over.
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("closing the gateway's stores: %v", err)
		}
	})
	events, err := ctx.App("events")
	if err != nil {
		t.Fatalf("loading the events app: %v", err)
	}
	events.(*caddyevents.App).Emit(ctx, "started", nil)
	module, err := ctx.App("http")
	if err != nil {
		t.Fatalf("loading the http app: %v", err)
	}
	for _, server := range module.(*caddyhttp.App).Servers {
		return server
	}
	t.Fatal("the Caddyfile makes no server")
	return nil
}

// FreePort gives a free port of 127.0.0.1, see [servers.FreePort].
func FreePort(t testing.TB) string {
	t.Helper()
	port, err := servers.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	return strconv.Itoa(port)
}

func randomName() string {
	name := make([]byte, 8)
	_, _ = rand.Read(name)
	return hex.EncodeToString(name)
}
