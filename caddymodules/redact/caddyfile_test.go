package redact

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2/caddyconfig"
	_ "github.com/caddyserver/caddy/v2/modules/standard"
)

var update = flag.Bool("update", false, "write the goldens of testdata anew")

const goldenSeparator = "----------\n"

// The good ones hold a Caddyfile and its JSON, the bad ones a Caddyfile and what
// Caddy says about it.
func TestCaddyfileGoldens(t *testing.T) {
	for _, kind := range []string{"good", "bad"} {
		files, err := filepath.Glob("testdata/" + kind + "/*.caddyfiletest")
		if err != nil || len(files) == 0 {
			t.Fatalf("no goldens for %s Caddyfiles: %v", kind, err)
		}
		for _, file := range files {
			t.Run(strings.TrimSuffix(filepath.ToSlash(file[len("testdata/"):]), ".caddyfiletest"), func(t *testing.T) {
				testGolden(t, file, kind == "good")
			})
		}
	}
}

func testGolden(t *testing.T, file string, good bool) {
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	source, want, found := strings.Cut(string(content), goldenSeparator)
	if !found {
		t.Fatalf("%s has no line of dashes", file)
	}
	adapted, err := adapt(source)
	if (err == nil) != good {
		t.Fatalf("adapting: %v\n%s", err, adapted)
	}
	got := ""
	if good {
		var indented bytes.Buffer
		if err := json.Indent(&indented, adapted, "", "\t"); err != nil {
			t.Fatal(err)
		}
		got = indented.String() + "\n"
	} else {
		got = err.Error() + "\n"
	}
	if *update {
		if err := os.WriteFile(file, []byte(source+goldenSeparator+got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func adapt(source string) ([]byte, error) {
	adapted, _, err := caddyconfig.GetAdapter("caddyfile").Adapt([]byte(source), map[string]any{"filename": "Caddyfile"})
	return adapted, err
}
