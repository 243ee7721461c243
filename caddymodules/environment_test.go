package caddymodules

import (
	"os"
	"testing"
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
protocols h1 h2
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
