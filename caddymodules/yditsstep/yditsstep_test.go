package yditsstep

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2/caddyconfig"
	_ "github.com/caddyserver/caddy/v2/caddyconfig/httpcaddyfile"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	_ "github.com/caddyserver/caddy/v2/modules/standard"
)

var update = flag.Bool("update", false, "write the golden files anew")

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
			if *update {
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

func TestValidate(t *testing.T) {
	for name, test := range map[string]struct {
		config Dispatcher
		want   string // part of the error, "" for none
	}{
		"whole":        {Dispatcher{"/a.php", map[string]string{"1": "issue"}}, ""},
		"no path":      {Dispatcher{"", map[string]string{"1": "issue"}}, "is no path"},
		"no steps":     {Dispatcher{"/a.php", nil}, "at least one line"},
		"bad step":     {Dispatcher{"/a.php", map[string]string{"one": "issue"}}, "is no number"},
		"no operation": {Dispatcher{"/a.php", map[string]string{"1": ""}}, "is no operation"},
	} {
		t.Run(name, func(t *testing.T) {
			err := test.config.Validate()
			switch {
			case test.want == "" && err != nil:
				t.Errorf("got %v, want none", err)
			case test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)):
				t.Errorf("got %v, want one with %q", err, test.want)
			}
		})
	}
}

func TestDispatch(t *testing.T) {
	dispatcher := &Dispatcher{Path: "/auth.php", Steps: map[string]string{"1": "issue", "3": "authenticate"}}
	const outside = "set outside"
	for _, test := range []struct{ target, want string }{
		{"/auth.php?step=1", "issue"},
		{"/auth.php?x=y&step=3", "authenticate"},
		{"/auth.php/?step=1", "issue"},
		{"/auth.php?step=1&step=3", "authenticate"}, // PHP: the last one wins
		{"/auth.php?step=1&step=", ""},
		{"/auth.php", ""},
		{"/auth.php?step=", ""},
		{"/auth.php?step=2", ""},
		{"/auth.php?step=01", ""},
		{"/auth.php?step=+1", ""},
		{"/auth.php?step=1%00", ""},
		{"/auth.php?STEP=1", ""},
		{"/auth.php?step=%zz", ""},
		{"/auth.php?step=1&step=3%zz", ""},
		{"/auth.php?%73tep=%31", "issue"},
		{"/auth.php?step=1;x", ""},
		{"/AUTH.php?step=1", outside},
		{"/other.php?step=1", outside},
		{"/auth.php//?step=1", outside},
	} {
		t.Run(test.target, func(t *testing.T) {
			vars := map[string]any{operationVar: outside}
			r := httptest.NewRequest(http.MethodPost, test.target, nil)
			r = r.WithContext(context.WithValue(r.Context(), caddyhttp.VarsCtxKey, vars))
			reached := false
			next := caddyhttp.HandlerFunc(func(http.ResponseWriter, *http.Request) error {
				reached = true
				return nil
			})
			if err := dispatcher.ServeHTTP(httptest.NewRecorder(), r, next); err != nil || !reached {
				t.Fatalf("the next handler was reached: %v, error %v", reached, err)
			}
			if got := vars[operationVar]; got != test.want {
				t.Errorf("operation %q, want %q", got, test.want)
			}
		})
	}
}
