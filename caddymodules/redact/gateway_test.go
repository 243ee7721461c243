package redact

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sekisho/caddymodules/golden"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
)

// A whole Caddy with its default log and an access log, both at DEBUG: what it
// says of its own about requests, in every handler that says much.
func TestAWholeGatewayKeepsSecrets(t *testing.T) {
	logs := t.TempDir()
	config := golden.Config(t, `{
	admin off
	servers {
		log_credentials
		trace
	}
	log default {
		output file `+logs+`/default
		level DEBUG
		format redact
	}
}
http://:8080 {
	log {
		output file `+logs+`/access
		level DEBUG
		format redact {
			wrap filter {
				request>remote_port delete
			}
		}
	}
	rewrite /rewritten /fail?{query}
	handle /fail {
		error "no luck with {uri} and Bearer {header.X-Canary}" 500
	}
	handle /proxy {
		reverse_proxy 127.0.0.1:1
	}
	handle {
		redir * /there?token={header.X-Canary}
	}
}
`)
	ctx, err := caddy.ProvisionContext(config)
	if err != nil {
		t.Fatal(err)
	}
	app, err := ctx.App("http")
	if err != nil {
		t.Fatal(err)
	}
	var gateway http.Handler
	for _, server := range app.(*caddyhttp.App).Servers {
		gateway = server
	}

	headers := []string{"Authorization", "Cookie", "Token", "X-PhotoCloakToken", "X-Canary", "Referer", "Proxy-Authorization", "X-Api-Key"}
	for _, path := range []string{"/user/list", "/fail", "/rewritten", "/proxy", "/nowhere", "/auth.php;a=" + canary} {
		for _, query := range []string{"?sid=3&key=" + canary, "?" + canary, "?sid=3;pass=" + canary, "?%6Bey=" + canary} {
			r := httptest.NewRequest("GET", path+query, http.NoBody)
			for _, name := range headers {
				r.Header.Set(name, canary)
			}
			gateway.ServeHTTP(httptest.NewRecorder(), r)
		}
	}

	for _, name := range []string{"default", "access"} {
		written, err := os.ReadFile(filepath.Join(logs, name))
		if err != nil {
			t.Fatal(err)
		}
		mustHide(t, name+" log", bytes.NewBuffer(written))
		if name == "access" && strings.Count(string(written), "handled request") != 24 ||
			name == "default" && !strings.Contains(string(written), "no luck with") {
			t.Errorf("the %s log does not hold what was asked:\n%s", name, written)
		}
		if strings.Contains(string(written), "remote_port") && name == "access" {
			t.Errorf("the filter inside had no effect")
		}
	}
}
