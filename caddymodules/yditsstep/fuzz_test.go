package yditsstep

import (
	"context"
	"encoding/hex"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"sekisho/caddymodules/serve"
)

// The operation is one of the table, chosen by the last ?step= to the letter, and
// only where the path is the directive's. Nothing of the request is changed.
func FuzzStep(f *testing.F) {
	const path = "/ydits-api/ydits-account/auth.php"
	for _, seed := range [][2]string{
		{path, "step=1"},
		{path + "/", "step=2&step=3"},
		{path, "%73tep=%31&step"},
		{path, "step=01&g=false"},
		{path, "STEP=1;step=1"},
		{path + "//", "step=1"},
		{"/ydits-api/ydits-account/AUTH.php", "step=1"},
		{"", "step=%zz"},
	} {
		f.Add(seed[0], seed[1])
	}
	d := &Dispatcher{Path: path, Steps: map[string]string{"1": "issue", "2": "register", "3": "authenticate"}}
	f.Fuzz(func(t *testing.T, asked, query string) {
		inherited := map[string]any{serve.OperationVar: "inherited"}
		sent := (&http.Request{Method: "POST", URL: &url.URL{Path: asked, RawQuery: query}}).
			WithContext(context.WithValue(context.Background(), caddyhttp.VarsCtxKey, inherited))
		passed := false
		err := d.ServeHTTP(httptest.NewRecorder(), sent, caddyhttp.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) error {
			passed = r.URL.Path == asked && r.URL.RawQuery == query
			return nil
		}))
		if err != nil || !passed {
			t.Errorf("%q?%s is not passed on as it was, %v", asked, query, err)
		}
		want := "inherited"
		if asked == path || asked == path+"/" {
			want = ""
			for _, pair := range pairsOf(query) {
				if pair[0] == "step" {
					want = d.Steps[pair[1]]
				}
			}
		}
		if got := inherited[serve.OperationVar]; got != want {
			t.Errorf("%q?%s asks for %q, want %q", asked, query, got, want)
		}
	})
}

// pairsOf reads a query as PHP does, pair by pair.
func pairsOf(query string) (pairs [][2]string) {
	for field := range strings.SplitSeq(query, "&") {
		name, value, _ := strings.Cut(field, "=")
		pairs = append(pairs, [2]string{unescape(name), unescape(value)})
	}
	return pairs
}

// unescape leaves alone what is no escape.
func unescape(text string) string {
	var plain strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] == '+' {
			plain.WriteByte(' ')
		} else if code, err := hex.DecodeString(text[min(i+1, len(text)):min(i+3, len(text))]); text[i] == '%' && err == nil && len(code) == 1 {
			plain.WriteByte(code[0])
			i += 2
		} else {
			plain.WriteByte(text[i])
		}
	}
	return plain.String()
}
