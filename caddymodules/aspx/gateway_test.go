package aspx

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"sekisho/caddymodules/golden"
	_ "sekisho/caddymodules/redact" // for the logs
)

// canary is what no log may show.
const canary = "Kn4ry7Zebraq9"

// The access log keeps the address that was asked for, and shows of its
// parameters what is harmless at the path that it was rewritten to.
func TestTheAccessLogKeepsTheAddress(t *testing.T) {
	logs := t.TempDir()
	gateway := gatewayOf(t, `{
	admin off
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
		format redact
	}
	aspx_rewrite fakeapi {
		tenant adi-mo /cv.net_adi-mo/isql/api/ /
		pages Auth
	}
	handle /fakeapi/* {
		respond "{path}?{query}"
	}
	handle {
		error "not here" 404
	}
}
`)

	var wanted []string
	for _, test := range []struct{ asked, answer, logged string }{
		{
			"/cv.net_Adi-Mo/isql/API/Auth.aspx?Login_ID=taro&user_pasword=" + canary,
			"/fakeapi/auth?Login_ID=taro&user_pasword=" + canary,
			"/cv.net_Adi-Mo/isql/API/Auth.aspx?Login_ID=taro&user_pasword=***",
		},
		{
			"/AUTH.aspx/?login_id=jiro&" + canary,
			"/fakeapi/auth?login_id=jiro&" + canary,
			"/AUTH.aspx/?login_id=jiro&***",
		},
		{
			"/isql/Auth.aspx?login_id=" + canary,
			"",
			"/isql/Auth.aspx?login_id=***",
		},
	} {
		w := httptest.NewRecorder()
		gateway.ServeHTTP(w, httptest.NewRequest(http.MethodGet, test.asked, http.NoBody))
		if got := w.Body.String(); got != test.answer {
			t.Errorf("%s is answered %q, want %q", test.asked, got, test.answer)
		}
		wanted = append(wanted, test.logged)
	}

	if got := addresses(t, filepath.Join(logs, "access")); strings.Join(got, "\n") != strings.Join(wanted, "\n") {
		t.Errorf("logged:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(wanted, "\n"))
	}
	for _, name := range []string{"access", "default"} {
		written, err := os.ReadFile(filepath.Join(logs, name))
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(written), canary) {
			t.Errorf("the %s log shows the canary:\n%s", name, written)
		}
	}
}

// A gateway with a page that its API does not have must not start.
func TestAGatewayWithAnUnknownPageIsRefused(t *testing.T) {
	_, err := caddy.ProvisionContext(golden.Config(t, `{
	admin off
}
http://:8080 {
	aspx_rewrite fakeapi {
		tenant adi-mo /
		pages Get_Nothing
	}
}
`))
	if err == nil || !strings.Contains(err.Error(), "page Get_Nothing") {
		t.Errorf("got %v", err)
	}
}

func gatewayOf(t *testing.T, text string) (gateway http.Handler) {
	t.Helper()
	ctx, err := caddy.ProvisionContext(golden.Config(t, text))
	if err != nil {
		t.Fatal(err)
	}
	app, err := ctx.App("http")
	if err != nil {
		t.Fatal(err)
	}
	for _, server := range app.(*caddyhttp.App).Servers {
		gateway = server
	}
	return gateway
}

// addresses are those in an access log.
func addresses(t *testing.T, file string) (all []string) {
	t.Helper()
	written, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer written.Close()
	for decoder := json.NewDecoder(written); ; {
		var entry struct{ Request struct{ URI string } }
		if err := decoder.Decode(&entry); err == io.EOF {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, entry.Request.URI)
	}
}
