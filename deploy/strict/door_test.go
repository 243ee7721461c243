package strict

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestHAProxyTakesItsConfiguration(t *testing.T) {
	run(t, "haproxy", "-c", "-f", filepath.Join(deploy, "compose", "haproxy.cfg"))
}

func TestTheDoorLeadsToTheGatewaysPorts(t *testing.T) {
	config := read(t, deploy, "compose", "haproxy.cfg")
	for _, c := range []struct{ name, port string }{
		{"http", "80"}, {"https", "443"}, {"crm", "85"},
	} {
		section := found(t, config, `(?s)\nlisten `+c.name+`\n(.*?)(?:\n\n|$)`)
		want := []string{
			"bind :" + c.port,
			"server gateway-1 gateway-1:" + c.port,
			"server gateway-2 gateway-2:" + c.port,
			"server gateway-1-unready gateway-1:" + c.port + " no-check backup",
			"server gateway-2-unready gateway-2:" + c.port + " no-check backup",
		}
		var got []string
		for line := range strings.Lines(section) {
			got = append(got, strings.TrimSpace(line))
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s:\n%s\nwant\n%s", c.name, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
	for _, part := range []string{"uri /healthz/ready ", "check port 9180 ", " send-proxy-v2 "} {
		if !strings.Contains(config, part) {
			t.Errorf("%q is not in the door's configuration", part)
		}
	}
	if open := regexp.MustCompile(`(?m)^\s*bind `).FindAllString(config, -1); len(open) != 3 {
		t.Errorf("the door listens on %d ports", len(open))
	}
}

// The HAProxy that the README shows for clients of TLS 1.0.
func TestHAProxyTakesTheOneOfTheREADME(t *testing.T) {
	folder := t.TempDir()
	certificate := filepath.Join(folder, "old.pem")
	write(t, certificate, certificateAndKey(t))
	config := found(t, read(t, deploy, "README.md"), "(?s)\n```\n(defaults\n.*?)```")
	write(t, filepath.Join(folder, "haproxy.cfg"), strings.ReplaceAll(config, "/etc/haproxy/old.pem", certificate))
	if out := run(t, "haproxy", "-c", "-f", filepath.Join(folder, "haproxy.cfg")); strings.Contains(out, "WARNING") {
		t.Errorf("HAProxy says\n%s", out)
	}
}

// certificateAndKey is what `sekisho storage export` has of a site, one behind the
// other.
func certificateAndKey(t *testing.T) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{"old.example"}, NotAfter: time.Now().Add(time.Hour)}
	certificate, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate})) +
		string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}))
}
