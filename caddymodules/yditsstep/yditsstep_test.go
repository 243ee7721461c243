package yditsstep

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"sekisho/caddymodules/golden"
	"sekisho/caddymodules/serve"
)

func TestCaddyfiles(t *testing.T) { golden.Caddyfiles(t) }

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
			vars := map[string]any{serve.OperationVar: outside}
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
			if got := vars[serve.OperationVar]; got != test.want {
				t.Errorf("operation %q, want %q", got, test.want)
			}
		})
	}
}
