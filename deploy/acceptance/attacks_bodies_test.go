package acceptance

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// largeBody is longer than any body that the gateway takes, and mostBehind how much
// of one without end may come to the old host: what the Caddyfile says, and what is
// on its way.
const (
	largeBody  = 200_000_000
	mostBehind = 8 << 20
)

// Bodies beyond measure, where the old host stands behind the APIs: an operation
// refuses them in its own family's words, and of what is no operation's the old host
// gets no more than the Caddyfile says, whichever site it was sent to.
func TestBodiesBeyondMeasure(t *testing.T) {
	t.Parallel()
	old := newOldHost(t)
	text := edited(t, caddyfileText(t), `respond "Not Found" 404`, "reverse_proxy "+old.Listener.Addr().String())
	caddyfile := filepath.Join(t.TempDir(), "Caddyfile")
	if err := os.WriteFile(caddyfile, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	g := startGatewayOf(t, caddyfile)
	sites := sitesOf(t, g)
	for _, c := range []struct{ site, path, want string }{
		{"https://photocloak.localhost", "/api/v2/cloaks/token", `400 {"errors":[`},
		{"https://photocloak.localhost", "/api/v2/auth/token", `400 {"error":"invalid_request",`},
		{"https://customers.localhost", "/user/update?sid=3&key=00000000", `400 {"status":false,`},
		{"https://ydits.localhost", "/ydits-api/ydits-account/auth.php?step=1", `200 {"result":"`},
		{"https://avatarplay.localhost", "/avatar/v1/Guest?key=demo-api-key", `400 {"error":{"code":400,`},
		{"https://avatarplay.localhost", "/fit/signin", "400 <!DOCTYPE html>"},
		{"https://crm.localhost", "/Auth.aspx", `200 {"StatusCode":"-1",`},
		{"the cash registers' port", "/Auth.aspx", `200 {"StatusCode":"-1",`},
		{"trying out", "/Auth.aspx", `200 {"StatusCode":"-1",`},
	} {
		if got := sites[c.site].announce(t, c.path); !strings.HasPrefix(got, c.want) {
			t.Errorf("%s%s answers %.200s to a large body, want %s…", c.site, c.path, got, c.want)
		}
	}
	if got := old.body.Load(); got != 0 {
		t.Errorf("the old host got %d bytes of what the APIs answer", got)
	}
	for name, site := range sites {
		if got := site.announce(t, "/old/page.php"); got != "413 " || old.asked.Load() != 0 {
			t.Errorf("%s answers %.200s to a large body for the old host, which was asked %d times", name, got, old.asked.Swap(0))
		}
	}
	for _, name := range []string{"https://customers.localhost", "the cash registers' port", "trying out"} {
		old.body.Store(0)
		got := sites[name].endless(t, "/old/page.php")
		eventually(t, patience, "the old host gets some of a body without end", func() bool { return old.body.Load() > 0 })
		if read := old.body.Load(); got != "413 " && got != "" || read > mostBehind {
			t.Errorf("%s answers %.200s to a body without end for the old host, which got %d bytes of it", name, got, read)
		}
	}
}

// oldHost reads whatever it is sent.
type oldHost struct {
	*httptest.Server
	asked, body atomic.Int64 // requests, and bytes of their bodies
}

func newOldHost(t *testing.T) *oldHost {
	old := new(oldHost)
	old.Server = httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		old.asked.Add(1)
		for chunk := make([]byte, 64<<10); ; {
			n, err := r.Body.Read(chunk)
			old.body.Add(int64(n))
			if err != nil {
				return
			}
		}
	}))
	t.Cleanup(old.Close)
	return old
}

// reachedSite is a site of the Caddyfile that anything can be sent to.
type reachedSite struct {
	address, host string
	tls           *tls.Config // nil for plain HTTP
}

// sitesOf are all sites of a gateway that have the old host behind.
func sitesOf(t *testing.T, g *gateway) map[string]reachedSite {
	t.Helper()
	trusting := localClient(t, g).Transport.(*http.Transport).TLSClientConfig
	at := func(site string) string { return strings.TrimPrefix(site, "http://") }
	secured := func(host, name string) reachedSite {
		config := trusting.Clone()
		config.ServerName = name
		return reachedSite{"127.0.0.1:" + g.setting("SEKISHO_HTTPS_PORT"), host, config}
	}
	sites := map[string]reachedSite{
		"trying out":               {at(g.url), "a", nil},
		"the cash registers' port": {at(g.crm), "a", nil},
		"metrics and health":       {at(g.metrics), "a", nil},
		"a host that nobody named": secured("evil.example", "crm.localhost"),
	}
	for _, site := range hostsOfTheAPIs {
		sites["https://"+site.host] = secured(site.host, site.host)
	}
	return sites
}

func (s reachedSite) dial(t *testing.T) wire {
	t.Helper()
	connection, err := net.Dial("tcp", s.address)
	if err != nil {
		t.Fatal(err)
	}
	if s.tls != nil {
		connection = tls.Client(connection, s.tls)
	}
	t.Cleanup(func() { connection.Close() })
	if err := connection.SetDeadline(time.Now().Add(answersWithin)); err != nil {
		t.Fatal(err)
	}
	return wire{connection, bufio.NewReader(connection)}
}

// announce sends the head of a request with a large body, and the beginning of that:
// the customers API repeats it. It gives status and body of the answer.
func (s reachedSite) announce(t *testing.T, path string) string {
	t.Helper()
	w := s.dial(t)
	defer w.Close()
	fmt.Fprintf(w, "POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: %s\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s",
		path, s.host, formEncoding, largeBody, strings.Repeat("a", 1000))
	return w.told()
}

// endless sends a request whose body has no end in sight, until it is answered or cut
// off, or many times as much was sent as may come to the old host.
func (s reachedSite) endless(t *testing.T, path string) string {
	t.Helper()
	w := s.dial(t)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		sent := 0
		_, err := fmt.Fprintf(w, "POST %s HTTP/1.1\r\nHost: %s\r\nTransfer-Encoding: chunked\r\n\r\n", path, s.host)
		for chunk := fmt.Sprintf("%x\r\n%s\r\n", 1<<16, strings.Repeat("a", 1<<16)); err == nil && sent < 16*mostBehind; sent += 1 << 16 {
			_, err = io.WriteString(w, chunk)
		}
	}()
	told := w.told()
	w.Close()
	<-ended
	return told
}

// told is status and body of an answer, or "" where the connection ends without.
func (w wire) told() string {
	status, _, body, err := w.answer()
	if err != nil {
		return ""
	}
	return fmt.Sprintf("%d %s", status, body)
}
