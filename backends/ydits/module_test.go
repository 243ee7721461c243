package ydits

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2/caddyconfig"

	"sekisho/backends/kit/kittest"
)

// Each golden file is a Caddyfile, a line of dashes, and what becomes of it:
// the JSON configuration, or the error.
func TestCaddyfiles(t *testing.T) {
	files, err := filepath.Glob("testdata/*.caddyfiletest")
	if err != nil || len(files) == 0 {
		t.Fatalf("no golden files: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".caddyfiletest"), func(t *testing.T) {
			content, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			input, want, found := strings.Cut(string(content), "----------\n")
			if !found {
				t.Fatal("a line of ten dashes is missing")
			}
			got := adapt(t, input)
			if *kittest.Update {
				if err := os.WriteFile(file, []byte(input+"----------\n"+got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if got != want {
				t.Errorf("got:\n%s\nwant:\n%s", got, want)
			}
		})
	}
}

func adapt(t *testing.T, input string) string {
	t.Helper()
	adapted, _, err := caddyconfig.GetAdapter("caddyfile").Adapt([]byte(input), nil)
	if err != nil {
		return err.Error() + "\n"
	}
	var indented bytes.Buffer
	if err := json.Indent(&indented, adapted, "", "\t"); err != nil {
		t.Fatal(err)
	}
	return indented.String() + "\n"
}

func TestValidateStatus(t *testing.T) {
	for status, good := range map[string]bool{"": true, "ok": true, "mirror": true, "200": false, "OK": false} {
		if err := (&Handler{HTTPStatus: status}).Validate(); (err == nil) != good {
			t.Errorf("http_status %q: %v", status, err)
		}
	}
}
