package caddymodules

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig"
	_ "github.com/caddyserver/caddy/v2/modules/standard" // what a Caddyfile may name

	_ "sekisho/backends"
)

func TestMetricsIsSplit(t *testing.T) {
	for value, want := range map[string]struct{ bind, port string }{
		"":               {"", ""},
		"localhost:9180": {"localhost", "9180"},
		"10.0.0.7:81":    {"10.0.0.7", "81"},
		"[::1]:9180":     {"::1", "9180"},
		":9180":          {"", "9180"},
		"9180":           {"", "9180"},
		"nonsense":       {"", "nonsense"},
	} {
		t.Run(value, func(t *testing.T) {
			t.Setenv("SEKISHO_METRICS", value)
			t.Setenv("SEKISHO_METRICS_BIND", "")
			t.Setenv("SEKISHO_METRICS_PORT", "")
			prepareEnvironment()
			if got := os.Getenv("SEKISHO_METRICS_BIND"); got != want.bind {
				t.Errorf("bind %q, want %q", got, want.bind)
			}
			if got := os.Getenv("SEKISHO_METRICS_PORT"); got != want.port {
				t.Errorf("port %q, want %q", got, want.port)
			}
		})
	}
}

func TestRootOfTheAuthority(t *testing.T) {
	for given, want := range map[string]string{
		"":                  "",
		"/etc/my roots.pem": `acme_ca_root "/etc/my roots.pem"`,
	} {
		t.Setenv("ACME_CA_ROOT", given)
		t.Setenv("SEKISHO_ACME_CA_ROOT_OPTION", "")
		prepareEnvironment()
		if got := os.Getenv("SEKISHO_ACME_CA_ROOT_OPTION"); got != want {
			t.Errorf("ACME_CA_ROOT=%q gives %q, want %q", given, got, want)
		}
	}
}

func TestAdminStaysHere(t *testing.T) {
	for address, want := range map[string]bool{
		"localhost:2019": true, "127.0.0.1:1": true, "[::1]:2019": true, "unix//run/sekisho.sock": true, "off": true,
		":2019": false, "0.0.0.0:2019": false, "[::]:2019": false, "10.0.0.1:2019": false, "admin.example.com:2019": false, "2019": false,
	} {
		if got := staysHere(address); got != want {
			t.Errorf("%s stays here: %v, want %v", address, got, want)
		}
	}
}

func TestHostsMayBeSeparatedByCommasAlone(t *testing.T) {
	for given, want := range map[string]string{
		"a.example.com,b.example.com":   "a.example.com, b.example.com",
		"a.example.com , b.example.com": "a.example.com, b.example.com",
		"a.example.com b.example.com":   "a.example.com, b.example.com",
		"a.example.com":                 "a.example.com",
	} {
		t.Setenv("CUSTOMERS_HOSTS", given)
		prepareEnvironment()
		if got := os.Getenv("CUSTOMERS_HOSTS"); got != want {
			t.Errorf("%q became %q, want %q", given, got, want)
		}
	}
}

func TestPlainAddressesOfTheLegacyHosts(t *testing.T) {
	for _, name := range []string{"PHOTOCLOAK", "CUSTOMERS", "YDITS", "AVATARPLAY", "CRM"} {
		t.Setenv(name+"_HOSTS", "")
	}
	t.Setenv("CUSTOMERS_HOSTS", "a.example.com, https://b.example.com,c.example.com:8443 http://plain.example.com")
	t.Setenv("SEKISHO_PLAIN_HOSTS", "")
	prepareEnvironment()
	want := "http://photocloak.localhost, http://a.example.com, http://c.example.com, http://ydits.localhost, http://avatarplay.localhost, http://crm.localhost"
	if got := os.Getenv("SEKISHO_PLAIN_HOSTS"); got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestTrustedProxies(t *testing.T) {
	for given, want := range map[string]string{
		"": "",
		"10.0.0.0/8,192.0.2.7 2001:db8::1": `trusted_proxies static 10.0.0.0/8 192.0.2.7/32 2001:db8::1/128
trusted_proxies_strict
listener_wrappers {
	proxy_protocol {
		timeout 5s
		allow 10.0.0.0/8 192.0.2.7/32 2001:db8::1/128
		fallback_policy skip
	}
	tls
}
`,
	} {
		t.Setenv("SEKISHO_TRUSTED_PROXIES", given)
		t.Setenv("SEKISHO_PROXIES_OPTIONS", "")
		prepareEnvironment()
		if got := os.Getenv("SEKISHO_PROXIES_OPTIONS"); got != want {
			t.Errorf("%q gives\n%s\nwant\n%s", given, got, want)
		}
	}
}

// A slip of the pen must not open the limits on guessing to everybody.
func TestProxiesThatCannotBeMeant(t *testing.T) {
	for _, given := range []string{"0.0.0.0/0", "10.0.0.0/7", "::/0", "2001::/15", "::ffff:0:0/96", ",", " , "} {
		t.Setenv("SEKISHO_TRUSTED_PROXIES", given)
		t.Setenv("SEKISHO_PROXIES_OPTIONS", "")
		prepareEnvironment()
		options := os.Getenv("SEKISHO_PROXIES_OPTIONS")
		adapted, _, err := caddyconfig.GetAdapter("caddyfile").Adapt([]byte("{\nadmin off\nservers {\n"+options+"}\n}\nhttp://a.example {\n}\n"), nil)
		if err == nil {
			config := new(caddy.Config)
			if err = json.Unmarshal(adapted, config); err == nil {
				err = caddy.Validate(config)
			}
		}
		if err == nil || !strings.Contains(err.Error(), "SEKISHO_TRUSTED_PROXIES") {
			t.Errorf("%q gives options that Caddy takes (%v):\n%s", given, err, options)
		}
	}
}

// The shipped Caddyfile with the odd environments that operators have.
func TestTheCaddyfileInOddEnvironments(t *testing.T) {
	for name, given := range map[string]map[string]string{
		"nothing":                      {},
		"set but empty":                {"SEKISHO_BIND": "", "SEKISHO_CRM_PORT": "", "CUSTOMERS_HOSTS": "", "ACME_EMAIL": "", "SEKISHO_LOG_LEVEL": "", "SEKISHO_SHUTDOWN_DELAY": ""},
		"plain HTTP for all":           {"PHOTOCLOAK_HOSTS": "http://a.example", "CUSTOMERS_HOSTS": "http://b.example", "YDITS_HOSTS": "http://c.example", "AVATARPLAY_HOSTS": "http://d.example", "CRM_HOSTS": "http://e.example"},
		"plain HTTP beside HTTPS":      {"CUSTOMERS_HOSTS": "https://b.example,http://b.example"},
		"no trying out":                {"SEKISHO_LISTEN": "off"},
		"no trying out, in production": {"SEKISHO_LISTEN": "off", "SEKISHO_BIND": "0.0.0.0", "SEKISHO_HTTP_PORT": "80", "SEKISHO_HTTPS_PORT": "443", "SEKISHO_CRM_PORT": "85"},
		"behind proxies":               {"SEKISHO_TRUSTED_PROXIES": "10.0.0.0/8"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, variable := range os.Environ() {
				variable, _, _ = strings.Cut(variable, "=")
				if strings.HasPrefix(variable, "SEKISHO_") || strings.HasPrefix(variable, "ACME_") || strings.HasSuffix(variable, "_HOSTS") {
					t.Setenv(variable, "") // to be brought back
					os.Unsetenv(variable)
				}
			}
			for variable, value := range given {
				t.Setenv(variable, value)
			}
			prepareEnvironment()
			text, err := os.ReadFile("../Caddyfile")
			if err != nil {
				t.Fatal(err)
			}
			adapted, _, err := caddyconfig.GetAdapter("caddyfile").Adapt(text, map[string]any{"filename": "Caddyfile"})
			if err != nil {
				t.Fatal(err)
			}
			var whole struct {
				Apps struct {
					HTTP struct {
						Servers map[string]struct{ Listen []string }
					}
				}
			}
			if err := json.Unmarshal(adapted, &whole); err != nil {
				t.Fatal(err)
			}
			if n := len(whole.Apps.HTTP.Servers); n < 3 {
				t.Errorf("only %d servers", n)
			}
			for _, server := range whole.Apps.HTTP.Servers {
				for _, address := range server.Listen {
					if strings.HasSuffix(address, ":") || strings.HasSuffix(address, ":0") {
						t.Errorf("a server listens on %q", address)
					}
				}
			}
		})
	}
}

func TestTracingWhereItIsAskedFor(t *testing.T) {
	for endpoint, want := range map[string]string{"": "", "http://127.0.0.1:4318": "tracing"} {
		t.Setenv("OTEL_TRACES_EXPORTER", "")
		t.Setenv("SEKISHO_TRACES_EXPORTER", "")
		t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint)
		t.Setenv("SEKISHO_TRACING_DIRECTIVE", "")
		prepareEnvironment()
		if got := os.Getenv("SEKISHO_TRACING_DIRECTIVE"); got != want {
			t.Errorf("the endpoint %q gives %q, want %q", endpoint, got, want)
		}
	}
}
