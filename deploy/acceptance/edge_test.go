package acceptance

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"
)

// hostsOfTheAPIs are the hosts of the shipped Caddyfile, each with a call that its API
// answers, and how the answer begins.
var hostsOfTheAPIs = []struct{ host, path, answer string }{
	{"photocloak.localhost", "/api/v2/cloaks/prefix", `200 {"Prefixs":[`},
	{"customers.localhost", "/user/list?sid=3&key=00000000", `200 {"status":true`},
	{"ydits.localhost", "/ydits-api/ydits-account/auth.php?step=1", `405 {"result":`},
	{"avatarplay.localhost", "/avatar/v1/Echo?message=hello&key=demo-api-key", `200 {"message":"hello"}`},
	{"crm.localhost", "/cv.net_adi-mo/isql/api/Auth.aspx?login_id=demo&password=demo1234", `200 {"StatusCode":"0"`},
}

// localClient is a client for whom every host is this machine, and who trusts the
// gateway's own certificate authority. It follows no redirect. The hosts have their
// certificates by then.
func localClient(t *testing.T, g *gateway, versions ...uint16) *http.Client {
	t.Helper()
	eventually(t, 30*time.Second, "every host has its certificate", func() bool {
		status, metrics, err := send(client, http.MethodGet, g.metrics+"/metrics", "", "")
		return err == nil && status == http.StatusOK && strings.Count(metrics, "\nsekisho_certificate_expiry_timestamp_seconds{") == len(hostsOfTheAPIs)
	})
	_, answer, err := send(client, http.MethodGet, "http://"+g.setting("SEKISHO_ADMIN")+"/pki/ca/local", "", "")
	if err != nil {
		t.Fatal(err)
	}
	var authority struct {
		Root string `json:"root_certificate"`
	}
	if err := json.Unmarshal([]byte(answer), &authority); err != nil {
		t.Fatal(err)
	}
	config := &tls.Config{RootCAs: x509.NewCertPool()}
	if !config.RootCAs.AppendCertsFromPEM([]byte(authority.Root)) {
		t.Fatal("the authority's root is no certificate")
	}
	if len(versions) == 2 {
		config.MinVersion, config.MaxVersion = versions[0], versions[1]
	}
	dial := func(ctx context.Context, network, address string) (net.Conn, error) {
		_, port, err := net.SplitHostPort(address)
		if err != nil {
			return nil, err
		}
		return new(net.Dialer).DialContext(ctx, network, net.JoinHostPort("127.0.0.1", port))
	}
	return &http.Client{
		Transport:     &http.Transport{TLSClientConfig: config, DialContext: dial},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// The edge as it is shipped.
func TestTheEdge(t *testing.T) {
	t.Parallel()
	g := startGateway(t)
	for name, test := range map[string]func(*testing.T, *gateway){
		"each host answers its own API":       eachHostAnswersItsOwnAPI,
		"plain HTTP of the legacy hosts":      plainHTTPOfTheLegacyHosts,
		"headers":                             headersOfTheEdge,
		"versions of TLS":                     versionsOfTLS,
		"another host than the certificate's": anotherHostThanTheCertificates,
	} {
		t.Run(name, func(t *testing.T) { test(t, g) })
	}
}

// Each legacy host answers its own API over HTTPS, and nothing of another one.
func eachHostAnswersItsOwnAPI(t *testing.T, g *gateway) {
	from := localClient(t, g)
	for _, site := range hostsOfTheAPIs {
		for _, call := range hostsOfTheAPIs {
			url := "https://" + site.host + ":" + g.setting("SEKISHO_HTTPS_PORT") + call.path
			status, answer, err := send(from, http.MethodGet, url, "", "")
			want := "404 Not Found"
			if call.host == site.host {
				want = call.answer
			}
			if got := fmt.Sprint(status, " ", answer); err != nil || !strings.HasPrefix(got, want) {
				t.Errorf("%s is answered %s (%v), want %s…", url, got, err, want)
			}
		}
	}
}

// Over plain HTTP the hosts send browsers over to HTTPS where there are pages for
// people, and answer nothing else.
func plainHTTPOfTheLegacyHosts(t *testing.T, g *gateway) {
	from := localClient(t, g)
	https := g.setting("SEKISHO_HTTPS_PORT")
	for _, c := range []struct{ method, host, path, want, to string }{
		{"GET", "avatarplay.localhost", "/fit/", "308 ", "https://avatarplay.localhost:" + https + "/fit/"},
		{"HEAD", "avatarplay.localhost", "/fit", "308 ", "https://avatarplay.localhost:" + https + "/fit"},
		{"GET", "ydits.localhost", "/ydits-api/ydits-account/regist.php?g=true", "308 ", "https://ydits.localhost:" + https + "/ydits-api/ydits-account/regist.php?g=true"},
		{"POST", "ydits.localhost", "/ydits-api/ydits-account/regist.php?g=true", "404 HTTPS only", ""},
		{"GET", "customers.localhost", "/user/list?sid=3&key=00000000", "404 HTTPS only", ""},
		{"POST", "customers.localhost", "/user/update?sid=3&key=00000000", "404 HTTPS only", ""},
		{"GET", "avatarplay.localhost", "/avatar/v1/Echo?message=hello&key=demo-api-key", "404 HTTPS only", ""},
		{"GET", "photocloak.localhost", "/api/v2/cloaks/prefix", "404 HTTPS only", ""},
		{"GET", "crm.localhost", "/Auth.aspx?login_id=demo&password=demo1234", "404 HTTPS only", ""},
	} {
		request, err := http.NewRequest(c.method, "http://"+c.host+":"+g.setting("SEKISHO_HTTP_PORT")+c.path, nil)
		if err != nil {
			t.Fatal(err)
		}
		response, err := from.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		response.Body.Close()
		if got := fmt.Sprint(response.StatusCode, " ", string(body)); err != nil || got != c.want || response.Header.Get("Location") != c.to {
			t.Errorf("%s %s%s is answered %s, to %q (%v)", c.method, c.host, c.path, got, response.Header.Get("Location"), err)
		}
	}
}

// The headers that the edge adds: browsers stay with HTTPS where there are pages
// for people; programs see none that their old server did not send.
func headersOfTheEdge(t *testing.T, g *gateway) {
	from := localClient(t, g)
	for _, site := range hostsOfTheAPIs {
		response, err := from.Get("https://" + site.host + ":" + g.setting("SEKISHO_HTTPS_PORT") + site.path)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		pages := site.host == "avatarplay.localhost" || site.host == "ydits.localhost"
		if stays := response.Header.Get("Strict-Transport-Security") != ""; stays != pages {
			t.Errorf("%s has Strict-Transport-Security: %v", site.host, stays)
		}
		if server := response.Header.Get("Server"); server != "" {
			t.Errorf("%s tells that it is %s", site.host, server)
		}
	}
}

// TLS 1.2 is the oldest that is spoken.
func versionsOfTLS(t *testing.T, g *gateway) {
	url := "https://customers.localhost:" + g.setting("SEKISHO_HTTPS_PORT") + "/user/list?sid=3&key=00000000"
	for version, spoken := range map[uint16]bool{tls.VersionTLS10: false, tls.VersionTLS11: false, tls.VersionTLS12: true, tls.VersionTLS13: true} {
		status, _, err := send(localClient(t, g, version, version), http.MethodGet, url, "", "")
		if (err == nil && status == http.StatusOK) != spoken {
			t.Errorf("%s: %d, %v", tls.VersionName(version), status, err)
		}
	}
}

// Who stops a gateway takes it out of the load balancer first: it says that it is
// draining, and answers on until the delay is over.
func TestDraining(t *testing.T) {
	t.Parallel()
	g := startGateway(t, "SEKISHO_SHUTDOWN_DELAY=10s")
	if err := g.process.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	eventually(t, 2*time.Second, "it says that it is draining", func() bool {
		status, answer, err := send(client, http.MethodGet, g.metrics+"/healthz/ready", "", "")
		return err == nil && status == http.StatusServiceUnavailable && answer == "draining\n"
	})
	if status, answer := g.get("/user/list?sid=3&key=00000000"); status != http.StatusOK {
		t.Errorf("while it drains: %d %s", status, answer)
	}
	select {
	case <-g.ended:
	case <-time.After(time.Minute):
		t.Fatal("it does not end")
	}
	if code := g.process.ProcessState.ExitCode(); code != 0 {
		t.Errorf("it ended with %d", code)
	}
}

// Who the client is, is believed of the proxies that the environment names, and of
// nobody else.
func TestTrustedProxies(t *testing.T) {
	const call = "GET /user/info?sid=3&key=00000000&email=userc@example.com HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n"
	const protocol = "PROXY TCP4 192.0.2.9 127.0.0.1 4711 80\r\n" + call + "\r\n"
	type sending struct{ name, sent, status, client string }
	for proxies, sendings := range map[string][]sending{
		"127.0.0.0/8": {
			{"a trusted proxy's header", call + "X-Forwarded-For: 192.0.2.7\r\n\r\n", "200", "192.0.2.7"},
			{"a client's own header behind it", call + "X-Forwarded-For: 198.51.100.1, 192.0.2.8\r\n\r\n", "200", "192.0.2.8"},
			{"a trusted proxy's protocol", protocol, "200", "192.0.2.9"},
		},
		"": {
			{"a header of nobody's", call + "X-Forwarded-For: 192.0.2.7\r\n\r\n", "200", "127.0.0.1"},
		},
		"10.0.0.7": {
			{"another one's header", call + "X-Forwarded-For: 192.0.2.7\r\n\r\n", "200", "127.0.0.1"},
			{"another one's protocol", protocol, "400", ""},
		},
	} {
		t.Run("trusting "+proxies, func(t *testing.T) {
			t.Parallel()
			g := startGateway(t, "SEKISHO_TRUSTED_PROXIES="+proxies)
			for _, c := range sendings {
				t.Run(c.name, func(t *testing.T) { expectClient(t, g, c.sent, c.status, c.client) })
			}
		})
	}
}

// expectClient sends what a proxy would, and expects this status and, in the
// access log, this client.
func expectClient(t *testing.T, g *gateway, sent, status, address string) {
	t.Helper()
	connection, err := net.Dial("tcp", strings.TrimPrefix(g.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	if _, err := io.WriteString(connection, sent); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(connection).ReadString('\n')
	if err != nil || !strings.HasPrefix(line, "HTTP/1.1 "+status) {
		t.Fatalf("answered %q, %v", line, err)
	}
	if address == "" {
		return
	}
	eventually(t, 5*time.Second, "the access log names the client", func() bool {
		return strings.Contains(g.log.String(), `"client_ip":"`+address+`"`)
	})
}

// In production nothing is served to try out, and a host that nobody named is
// answered like any unknown path: old programs would take an empty 200 for success.
func TestWithoutTryingOut(t *testing.T) {
	t.Parallel()
	g := startGateway(t, "SEKISHO_LISTEN=off")
	from := localClient(t, g)
	for url, want := range map[string]string{
		"http://nobody.example:" + g.setting("SEKISHO_HTTP_PORT") + "/user/list?sid=3&key=00000000":         "404 Not Found",
		"http://127.0.0.1:" + g.setting("SEKISHO_HTTP_PORT") + "/docs/":                                     "404 Not Found",
		"http://trying-out.localhost:" + g.setting("SEKISHO_HTTP_PORT") + "/docs/":                          "404 Not Found",
		"http://customers.localhost:" + g.setting("SEKISHO_HTTP_PORT") + "/user/list?sid=3&key=00000000":    "404 HTTPS only",
		"https://crm.localhost:" + g.setting("SEKISHO_HTTPS_PORT") + "/user/list?sid=3&key=00000000":        "404 Not Found",
		"https://customers.localhost:" + g.setting("SEKISHO_HTTPS_PORT") + "/user/list?sid=3&key=00000000":  `200 {"status":true`,
		"http://nobody.example:" + g.setting("SEKISHO_CRM_PORT") + "/Auth.aspx?login_id=demo&password=demo": `200 {"StatusCode":"-`,
	} {
		status, answer, err := send(from, http.MethodGet, url, "", "")
		if got := fmt.Sprint(status, " ", answer); err != nil || !strings.HasPrefix(got, want) {
			t.Errorf("%s is answered %s (%v), want %s…", url, got, err, want)
		}
	}
}

// A name in the certificate and another one in the request: what is served under
// neither is nothing of ours.
func anotherHostThanTheCertificates(t *testing.T, g *gateway) {
	request, err := http.NewRequest(http.MethodGet, "https://customers.localhost:"+g.setting("SEKISHO_HTTPS_PORT")+"/user/list", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Host = "nobody.example"
	response, err := localClient(t, g).Do(request)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != http.StatusNotFound {
		t.Errorf("answered %s", response.Status)
	}
}
