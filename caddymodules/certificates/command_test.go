package certificates

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig"

	"sekisho/caddymodules/stores"
)

// storageCommand gives what `sekisho storage` finds with this configuration.
func storageCommand(t *testing.T, command string, config stores.Config) (*Storage, error) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "config.json")
	text := caddyconfig.JSON(map[string]any{"apps": map[string]any{"sekisho": config}}, nil)
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	defer func(args []string) { os.Args = args }(os.Args)
	os.Args = []string{"sekisho", "storage", command, "--output", "-", "--config", file}
	ctx, cancel := caddy.NewContext(caddy.Context{Context: context.Background()})
	t.Cleanup(cancel)
	s := new(Storage)
	err := s.Provision(ctx)
	t.Cleanup(func() {
		if err := s.Cleanup(); err != nil {
			t.Error(err)
		}
	})
	return s, err
}

// In a wrong folder an export would be an empty archive.
func TestAnExportMakesNoDatabase(t *testing.T) {
	config := stores.Config{Data: filepath.Join(t.TempDir(), "data")}
	if _, err := storageCommand(t, "export", config); err == nil || !strings.Contains(err.Error(), "there is no database at "+config.Data) {
		t.Errorf("exporting from nowhere: %v; want a refusal", err)
	}
	if _, err := os.Stat(config.Data); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the refused export has left a data folder (%v)", err)
	}

	imported, err := storageCommand(t, "import", config)
	if err != nil {
		t.Fatal(err)
	}
	if err := imported.vault.Store(t.Context(), key, []byte("imported")); err != nil {
		t.Fatal(err)
	}
	exported, err := storageCommand(t, "export", config)
	if err != nil {
		t.Fatal(err)
	}
	if value, err := exported.vault.Load(t.Context(), key); err != nil || string(value) != "imported" {
		t.Errorf("exported %q, %v; want what was imported", value, err)
	}
}
