package acceptance

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"maps"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"sekisho/caddymodules/stores/storetest"
	"sekisho/caddymodules/stores/storetest/servers"
)

// edgeHosts are two host names of each API, as an operator gives them.
var edgeHosts = map[string][]string{
	"PHOTOCLOAK": {"photocloak.example", "api.photocloak.example"},
	"CUSTOMERS":  {"customers.example", "shop.customers.example"},
	"YDITS":      {"ydits.example", "www.ydits.example"},
	"AVATARPLAY": {"avatarplay.example", "fit.avatarplay.example"},
	"CRM":        {"crm.example", "cv.crm.example"},
}

// edgeCalls are one of each API, to its first host name, and what the answer holds.
var edgeCalls = map[string]struct{ method, path, body, want string }{
	"PHOTOCLOAK": {http.MethodGet, "/api/v2/cloaks/check?pd=ume&no=11", "", `"CloakID":`},
	"CUSTOMERS":  {http.MethodGet, "/user/info?sid=3&key=00000000&email=userc@example.com", "", `"status":true`},
	"YDITS":      {http.MethodPost, "/ydits-api/ydits-account/auth.php?step=1", `{"mail":"example@example.com","pass":"example_a"}`, `"resultcode":200`},
	"AVATARPLAY": {http.MethodGet, "/avatar/v1/Echo?message=hello&key=demo-api-key", "", `{"message":"hello"}`},
	"CRM":        {http.MethodGet, "/cv.net_adi-mo/isql/api/Auth.aspx?login_id=demo&password=demo1234", "", `"StatusCode":"0"`},
}

// edge is a gateway with certificates of an ACME authority.
type edge struct {
	*gateway
	authority *servers.Authority
	https     string // the port of HTTPS
	roots     *x509.CertPool
	names     []string // the host names of all APIs
}

// ports are those of a gateway that the authority validates.
type ports struct{ http, https string }

func freePorts(t *testing.T) ports {
	t.Helper()
	return ports{storetest.FreePort(t), storetest.FreePort(t)}
}

// startAuthority starts an ACME authority that asks the gateway on these ports.
func startAuthority(t *testing.T, asks ports, validity time.Duration) *servers.Authority {
	t.Helper()
	authority, err := servers.Pebble(servers.PebbleOptions{HTTPPort: asks.http, HTTPSPort: asks.https, Validity: validity})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(authority.Stop)
	return authority
}

// startEdge starts a gateway that has its certificates from the authority.
func startEdge(t *testing.T, authority *servers.Authority, listens ports, caddyfile string, env ...string) *edge {
	t.Helper()
	roots, err := authority.Roots()
	if err != nil {
		t.Fatal(err)
	}
	e := &edge{authority: authority, https: listens.https, roots: roots}
	env = append(env, "SEKISHO_HTTP_PORT="+listens.http, "SEKISHO_HTTPS_PORT="+listens.https,
		"ACME_CA="+authority.URL, "ACME_CA_ROOT="+authority.Trust, "ACME_EMAIL=operator@example.com")
	for api, hosts := range edgeHosts {
		env = append(env, api+"_HOSTS="+strings.Join(hosts, ","))
		e.names = append(e.names, hosts...)
	}
	slices.Sort(e.names)
	e.gateway = startGatewayOf(t, caddyfile, env...)
	return e
}

// acmeCaddyfile is the repository's Caddyfile with the certificates in the
// stores, and more global options.
func acmeCaddyfile(t *testing.T, more string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(repository, "Caddyfile"))
	if err != nil {
		t.Fatal(err)
	}
	line := regexp.MustCompile(`(?m)^\tstorage .*$`)
	if len(line.FindAll(text, -1)) != 1 {
		t.Fatal("the Caddyfile does not say once where certificates are kept")
	}
	file := filepath.Join(t.TempDir(), "Caddyfile")
	if err := os.WriteFile(file, line.ReplaceAll(text, []byte("\tstorage sekisho\n"+more)), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// serials are the serial numbers of the certificates that all names are served
// with, once they all are and each certificate is good for its name.
func (e *edge) serials() map[string]string {
	e.t.Helper()
	all := map[string]string{}
	var last error
	for deadline := time.Now().Add(4 * time.Minute); len(all) < len(e.names); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(deadline) {
			e.t.Fatalf("%v\nthe authority's log ends:\n%s\nthe gateway's:\n%s", last, e.authority.Log(), e.log)
		}
		for _, name := range e.names {
			serial, err := e.serial(name)
			if last = err; err != nil {
				break
			}
			all[name] = serial
		}
	}
	return all
}

func (e *edge) serial(name string) (string, error) {
	dialer := &tls.Dialer{Config: &tls.Config{ServerName: name, RootCAs: e.roots}}
	conn, err := dialer.DialContext(e.t.Context(), "tcp", net.JoinHostPort("127.0.0.1", e.https))
	if err != nil {
		return "", fmt.Errorf("%s: %w", name, err)
	}
	defer conn.Close()
	return conn.(*tls.Conn).ConnectionState().PeerCertificates[0].SerialNumber.String(), nil
}

// callAll calls each API under its own host name, as a client does that trusts
// the authority's root.
func (e *edge) callAll() {
	e.t.Helper()
	client := &http.Client{Transport: &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: e.roots},
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, net.JoinHostPort("127.0.0.1", e.https))
		},
	}}
	defer client.CloseIdleConnections()
	for api, call := range edgeCalls {
		for _, host := range edgeHosts[api] {
			status, answer, err := send(client, call.method, "https://"+host+call.path, "application/json", call.body)
			if err != nil || status != http.StatusOK || !strings.Contains(answer, call.want) {
				e.t.Errorf("%s https://%s%s: %d %s (%v), want 200 and %s", call.method, host, call.path, status, answer, err, call.want)
			}
		}
	}
}

// expectOrders holds the number of orders that the authority has taken.
func (e *edge) expectOrders(want int) {
	e.t.Helper()
	orders, err := e.authority.Orders()
	if err != nil {
		e.t.Fatal(err)
	}
	if orders != want {
		e.t.Errorf("%d orders for %d names, want %d", orders, len(e.names), want)
	}
}

// expectExpiries holds the metrics against the names: each has a certificate
// that lasts for a while.
func (e *edge) expectExpiries(when string) {
	e.t.Helper()
	_, text, err := send(client, http.MethodGet, e.metrics+"/metrics", "", "")
	if err != nil {
		e.t.Fatal(err)
	}
	series := regexp.MustCompile(`(?m)^sekisho_certificate_expiry_timestamp_seconds\{name="(.*)"\} (.*)$`)
	var shown []string
	for _, match := range series.FindAllStringSubmatch(text, -1) {
		shown = append(shown, match[1])
		var expiry float64
		if _, err := fmt.Sscan(match[2], &expiry); err != nil || time.Until(time.Unix(int64(expiry), 0)) < time.Hour {
			e.t.Errorf("%s, the certificate of %s runs out at %s (%v)", when, match[1], match[2], err)
		}
	}
	if slices.Sort(shown); !slices.Equal(shown, e.names) {
		e.t.Errorf("%s, the metrics show %v, want %v", when, shown, e.names)
	}
	if !strings.Contains(text, "\nsekisho_certificate_failures_total 0\n") {
		e.t.Errorf("%s, the metrics do not show 0 failures", when)
	}
}

// Five APIs, two host names each, from nothing to HTTPS; then over a reload, a
// restart and a move to another machine, without another order.
func TestCertificates(t *testing.T) {
	t.Parallel()
	listens := freePorts(t)
	authority := startAuthority(t, listens, 90*24*time.Hour)
	e := startEdge(t, authority, listens, acmeCaddyfile(t, ""), "SEKISHO_LOG_LEVEL=DEBUG")
	before := e.serials()
	if !strings.Contains(e.log.String(), "server rejected our nonce; retrying") {
		t.Error("all certificates were had without a nonce that the authority refused")
	}
	e.callAll()
	e.expectExpiries("at first")

	e.run("reload", "--config", e.caddyfile, "--force")
	e.expectExpiries("after a reload")
	moved := exportStorage(t, e.gateway)
	expectNothingInClear(t, e.setting("SEKISHO_DATA"), moved)

	if status := e.stop(); status != 0 {
		t.Errorf("the gateway ended with %d:\n%s", status, e.log)
	}
	e.start()
	expectSame(t, "after a restart", before, e.serials())
	e.callAll()
	e.stop()

	other := *e.gateway
	other.env = append(slices.Clone(e.env), "SEKISHO_DATA="+t.TempDir())
	other.run("storage", "import", "--config", e.caddyfile, "--input", moved)
	other.start()
	t.Cleanup(other.kill)
	expectSame(t, "on another machine", before, e.serials())
	e.expectOrders(len(e.names))
}

// Two gateways order each certificate once, whichever of them does, and renew it
// for both. The authority asks one of them only; that one answers for the other.
func TestTwoGatewaysShareTheirCertificates(t *testing.T) {
	t.Parallel()
	env := append(deployments(t)["postgres+redis"], "SEKISHO_BLOBS=file://"+t.TempDir())
	asked := freePorts(t)
	authority := startAuthority(t, asked, 2*time.Minute)
	caddyfile := acmeCaddyfile(t, "\trenew_interval 1s\n\trenewal_window_ratio 0.8\n")
	first := startEdge(t, authority, asked, caddyfile, env...)
	second := startEdge(t, authority, freePorts(t), caddyfile, env...)

	before := sharedSerials(t, first, second)
	expectSealedInDatabase(t, first.setting("SEKISHO_DATABASE"))

	const another = "new.crm.example"
	second.env = append(second.env, "CRM_HOSTS="+strings.Join(append(edgeHosts["CRM"], another), ","))
	second.run("reload", "--config", caddyfile)
	await(t, "a certificate of the gateway that the authority does not ask", func() bool {
		_, err := second.serial(another)
		return err == nil
	})

	waiting := slices.Clone(first.names)
	await(t, "every certificate's renewal", func() bool {
		after := sharedSerials(t, first, second)
		waiting = slices.DeleteFunc(waiting, func(name string) bool { return after[name] != before[name] })
		return len(waiting) == 0
	})
	obtained := strings.Count(first.log.String()+second.log.String(), "certificate obtained successfully")
	if obtained != len(first.names)+1 {
		t.Errorf("%d first certificates for %d names", obtained, len(first.names)+1)
	}
}

// sharedSerials are the certificates of two gateways, once they serve the same.
func sharedSerials(t *testing.T, first, second *edge) (shared map[string]string) {
	t.Helper()
	await(t, "one certificate for each name on both gateways", func() bool {
		shared = first.serials()
		return maps.Equal(shared, second.serials())
	})
	return shared
}

// await waits for what a gateway does by itself.
func await(t *testing.T, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(4 * time.Minute); !done(); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waiting for %s: four minutes were not enough", what)
		}
	}
}

func expectSame(t *testing.T, when string, before, after map[string]string) {
	t.Helper()
	for name := range before {
		if before[name] != after[name] {
			t.Errorf("%s, %s has another certificate: %s, not %s", when, name, after[name], before[name])
		}
	}
}
