package stores

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

func TestConfigDefaultsAreEmbedded(t *testing.T) {
	clearEnvironment(t)
	t.Setenv("SEKISHO_DATA", t.TempDir())
	config, err := Config{}.resolve()
	if err != nil {
		t.Fatal(err)
	}
	data := os.Getenv("SEKISHO_DATA")
	for name, pair := range map[string][2]string{
		"database": {config.Database, "sqlite://" + data + "/sekisho.db"},
		"sessions": {config.Sessions, "database"},
		"blobs":    {config.Blobs, "file://" + data + "/blobs"},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s = %q, want %q", name, pair[0], pair[1])
		}
	}
	if len(config.Secret) != 64 {
		t.Errorf("a secret of %d characters was made, want 64", len(config.Secret))
	}
}

func TestConfigPrefersWhatTheCaddyfileSays(t *testing.T) {
	clearEnvironment(t)
	t.Setenv("SEKISHO_DATABASE", "postgres://from-environment/db")
	t.Setenv("OTHER", "postgres://from-placeholder/db")
	t.Setenv("SEKISHO_SECRET", "0123456789abcdef")
	for given, want := range map[string]string{
		"":                          "postgres://from-environment/db",
		"{env.OTHER}":               "postgres://from-placeholder/db",
		"postgres://as-written/db":  "postgres://as-written/db",
		"{env.NOT_SET_IN_ANY_CASE}": "sqlite://data/sekisho.db",
	} {
		config, err := Config{Database: given, Data: "data"}.resolve()
		if err != nil || config.Database != want {
			t.Errorf("database %q became %q, %v; want %q", given, config.Database, err, want)
		}
	}
}

func TestConfigRefusesWhatDoesNotFit(t *testing.T) {
	clearEnvironment(t)
	for name, config := range map[string]Config{
		"a server without a secret":       {Database: "postgres://h/db"},
		"Redis beside SQLite":             {Sessions: "redis://h", Secret: "0123456789abcdef"},
		"a demo switch that is no switch": {Demo: "yes"},
	} {
		config.Data = t.TempDir()
		if _, err := config.resolve(); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}

// Two gateways may start for the first time at the same moment.
func TestSecretIsMadeOnce(t *testing.T) {
	data := t.TempDir()
	var (
		all     sync.WaitGroup
		secrets [16]string
	)
	for i := range secrets {
		all.Go(func() {
			var err error
			if secrets[i], err = keptSecret(data); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	for _, secret := range secrets {
		if secret != secrets[0] || len(secret) != 64 {
			t.Fatalf("secrets differ or are short: %d characters", len(secret))
		}
	}
	info, err := os.Stat(filepath.Join(data, "secret"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the secret's file: %v, %v; want mode 0600", info.Mode(), err)
	}
	if left, _ := filepath.Glob(filepath.Join(data, ".secret-*")); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestDatabaseErrorsShowNoPassword(t *testing.T) {
	for _, address := range []string{
		"postgres://user:canary@127.0.0.1:1/db?sslmode=disable&connect_timeout=1",
		"postgres://user:canary@host/db?sslmode=nonsense",
		"postgres://user:canary@host:notaport/db",
		"mysql://user:canary@host/db",
	} {
		_, err := openSQL(t.Context(), address)
		if err == nil || strings.Contains(err.Error(), "canary") {
			t.Errorf("opening a bad address: %v; want an error without the password", err)
		}
	}
}

func clearEnvironment(t *testing.T) {
	for _, name := range []string{"DATA", "DATABASE", "SESSIONS", "BLOBS", "SECRET", "SECRET_PREVIOUS", "DEMO"} {
		t.Setenv("SEKISHO_"+name, "")
	}
}

// A data folder that others may read must not show them the customers.
func TestDatabaseFileIsPrivate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sekisho.db")
	if err := os.WriteFile(path, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	db, err := openSQL(t.Context(), "sqlite://"+path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.close()
	if err := db.Migrate(t.Context(), func(Step) {}); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(path + "*")
	if err != nil || len(files) < 2 {
		t.Fatalf("%v: %v", files, err)
	}
	for _, file := range files {
		if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v, want 0600", file, info.Mode())
		}
	}
}
