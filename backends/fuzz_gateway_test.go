package backends

import (
	"context"
	"encoding/json"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig"
	"github.com/caddyserver/caddy/v2/modules/caddyevents"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"sekisho/backends/kit/kittest"
	_ "sekisho/backends/kit/kittest/cheaphash"
	_ "sekisho/caddymodules"
	"sekisho/caddymodules/stores"
	"sekisho/caddymodules/stores/storetest"
)

// apis are those of the shipped Caddyfile.
var apis = []string{"avatarplay", "crm", "customers", "photocloak", "ydits"}

// The shipped Caddyfile, with all APIs on the site for trying out, answers whatever
// is written into a connection: through the parsers of net/http and Caddy, its
// matchers of hosts and paths, and all guards and backends one behind the other.
func FuzzRequests(f *testing.F) {
	kittest.FuzzRequests(f, kittest.Fuzzed{
		Open:     shipped,
		Examples: "customers/testdata/documented.txt",
		More: []string{
			"GET /api/v2/cloaks/search?tg=%E6%B5%B7",
			"POST /api/v2/auth/token\nContent-Type: application/x-www-form-urlencoded\nAuthorization: Basic ZGVtby1jbGllbnQ6ZGVtby1zZWNyZXQ=\n\n" +
				"grant_type=password&username=umiyama@example.com&password=umiyama1",
			"GET /API/V2/Account/\nAuthorization: Bearer {access}",
			"POST /ydits-api/ydits-account/auth.php?step=1\nContent-Type: application/json\n\n{\"mail\":\"example@example.com\",\"pass\":\"example_a\"}",
			"GET /ydits-api/ydits-account/regist.php?g=true",
			"GET /avatar/v1/Coords?key=demo-api-key",
			"GET /fit/",
			"GET /cv.net_adi-mo/isql/api/Auth.aspx?login_id=demo&password=demo1234",
			"POST /get_userpoint.ASPX\nCookie: ASP.NET_SessionId={session}\nContent-Type: application/x-www-form-urlencoded\n\nuser_code=1234567890123",
			"GET /docs/",
			"GET /docs/customers.yaml",
			"GET /user/list?sid=3&key=00000000\nX-Forwarded-For: 192.0.2.1\nX-Forwarded-Host: a.example\nForwarded: for=192.0.2.1",
			"GET /unknown",
		},
		Random: kittest.Random{
			"access":  regexp.MustCompile(`"access_token":"([A-Za-z0-9_-]{55,})"`),
			"session": regexp.MustCompile(`"Token":"([0-9a-f]{40})"`),
		},
		Failed: regexp.MustCompile(`"internal_error"|"server_error"|"data":"internal error"|サーバーでエラーが発生しました|内部エラー: [0-9a-hjkmnp-tv-z]{10}|"backendError"|ただいまご利用になれません`),
	})
}

// shipped serves the shipped Caddyfile with the demo data. What a site other than
// that for trying out answers depends on its host, and is not held against the
// OpenAPI files.
func shipped(t testing.TB) http.Handler {
	t.Helper()
	s := storetest.Open(t, storetest.Embedded)
	if err := s.LoadDemo(context.Background()); err != nil {
		t.Fatal(err)
	}
	servers := provisioned(t, storetest.ConfigOf(t, s))
	tryingOut := servers["8080"]
	described := tryingOut
	for _, api := range apis {
		spec, err := os.ReadFile(api + "/openapi.yaml")
		if err != nil {
			t.Fatal(err)
		}
		described = kittest.Described(t, described, spec)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := strings.ToLower(r.Host)
		for port, server := range servers {
			if strings.HasSuffix(host, ":"+port) && port != "8080" {
				server.ServeHTTP(w, r)
				return
			}
		}
		if strings.Contains(host, ".localhost") {
			tryingOut.ServeHTTP(w, r) // which sends people to HTTPS, and refuses programs
			return
		}
		described.ServeHTTP(w, r)
	})
}

// provisioned gives the servers of the shipped Caddyfile over stores, by port.
func provisioned(t testing.TB, config stores.Config) map[string]http.Handler {
	t.Helper()
	text, err := os.ReadFile("../Caddyfile")
	if err != nil {
		t.Fatal(err)
	}
	adapted, _, err := caddyconfig.GetAdapter("caddyfile").Adapt(text, map[string]any{"filename": "Caddyfile"})
	if err != nil {
		t.Fatal(err)
	}
	var whole caddy.Config
	if err := json.Unmarshal(adapted, &whole); err != nil {
		t.Fatal(err)
	}
	config.Demo = "1"
	whole.Admin, whole.Logging = &caddy.AdminConfig{Disabled: true}, storetest.RedactedLogs()
	whole.AppsRaw["sekisho"] = caddyconfig.JSON(config, nil)
	ctx, err := caddy.ProvisionContext(&whole)
	if err != nil {
		t.Fatal(err)
	}
	opened, err := stores.Of(ctx)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := opened.Close(); err != nil {
			t.Errorf("closing the gateway's stores: %v", err)
		}
	})
	events, err := ctx.App("events")
	if err != nil {
		t.Fatal(err)
	}
	events.(*caddyevents.App).Emit(ctx, "started", nil)
	module, err := ctx.App("http")
	if err != nil {
		t.Fatal(err)
	}
	servers := map[string]http.Handler{}
	for _, server := range module.(*caddyhttp.App).Servers {
		for _, port := range []string{"8080", "8085", "8443"} {
			if slices.ContainsFunc(server.Listen, func(address string) bool { return strings.HasSuffix(address, ":"+port) }) {
				servers[port] = server
			}
		}
	}
	if len(servers) != 3 {
		t.Fatalf("the Caddyfile has the servers %v", servers)
	}
	return servers
}
