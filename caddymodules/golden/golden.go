// Package golden holds what comes out in a test against files of testdata.
package golden

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig"
	_ "github.com/caddyserver/caddy/v2/modules/standard" // what a Caddyfile may name
)

// Update, the flag -update, has tests write their golden files anew.
var Update = flag.Bool("update", false, "write the golden files anew")

const dashes = "----------\n"

// File holds got against the content of file.
func File(t testing.TB, file, got string) {
	t.Helper()
	if *Update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s: got:\n%s\nwant:\n%s", file, got, want)
	}
}

// Caddyfiles adapts each *.caddyfiletest of testdata, as Caddy's own tests do: a
// Caddyfile, a line of ten dashes, and what becomes of it. That is the JSON
// configuration for a file good_….caddyfiletest, and the error for a
// bad_….caddyfiletest.
func Caddyfiles(t *testing.T) {
	t.Helper()
	files, err := filepath.Glob("testdata/*.caddyfiletest")
	if err != nil || len(files) == 0 {
		t.Fatalf("no golden Caddyfiles: %v", err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".caddyfiletest")
		t.Run(name, func(t *testing.T) {
			content, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			input, _, found := strings.Cut(string(content), dashes)
			if !found {
				t.Fatal("a line of ten dashes is missing")
			}
			got, good := adapt(t, input)
			if good != strings.HasPrefix(name, "good_") {
				t.Errorf("it is taken: %v", good)
			}
			File(t, file, input+dashes+got)
		})
	}
}

// Config gives the configuration that a Caddyfile becomes.
func Config(t testing.TB, text string) *caddy.Config {
	t.Helper()
	adapted, _, err := caddyconfig.GetAdapter("caddyfile").Adapt([]byte(text), map[string]any{"filename": "Caddyfile"})
	if err != nil {
		t.Fatalf("adapting the Caddyfile: %v", err)
	}
	config := new(caddy.Config)
	if err := json.Unmarshal(adapted, config); err != nil {
		t.Fatal(err)
	}
	return config
}

func adapt(t *testing.T, input string) (result string, good bool) {
	t.Helper()
	adapted, _, err := caddyconfig.GetAdapter("caddyfile").Adapt([]byte(input), map[string]any{"filename": "Caddyfile"})
	if err != nil {
		return err.Error() + "\n", false
	}
	var indented bytes.Buffer
	if err := json.Indent(&indented, adapted, "", "\t"); err != nil {
		t.Fatal(err)
	}
	return indented.String() + "\n", true
}
