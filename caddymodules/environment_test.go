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
