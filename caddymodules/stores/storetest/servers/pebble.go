package servers

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// The ACME authority and its DNS server are built from their source outside
// go.mod, once for each version, into .tools at the top of the checkout.
const (
	pebble        = "github.com/letsencrypt/pebble/v2/cmd/pebble"
	pebbleDNS     = "github.com/letsencrypt/pebble/v2/cmd/pebble-challtestsrv"
	pebbleVersion = "v2.10.1"
)

// PebbleOptions say whom an authority asks, and for how long it certifies.
type PebbleOptions struct {
	// HTTPPort and HTTPSPort are where it validates every host name, on 127.0.0.1.
	HTTPPort, HTTPSPort string
	// Validity is how long its certificates last, in whole seconds.
	Validity time.Duration
}

// Authority is a running ACME certificate authority, more contrary than Pebble is
// out of the box: it refuses one good nonce in five, so that a few certificates
// cannot be had without one that is refused, and waits up to a second before it
// validates. It keeps nothing: one that is started anew knows nobody.
type Authority struct {
	// URL is the ACME directory.
	URL string
	// Trust is the file with the certificate that the directory's own HTTPS has.
	// It is not a root of the certificates: see Roots.
	Trust string

	acme, dns  *Server
	management string
}

// Pebble starts an ACME authority beside a DNS server that knows every host name
// as 127.0.0.1. The first time on a machine it builds them, which takes seconds
// and the module proxy.
func Pebble(options PebbleOptions) (*Authority, error) {
	programs, err := installed("pebble", pebbleVersion, pebble, pebbleDNS)
	if err != nil {
		return nil, err
	}
	a := new(Authority)
	if a.dns, err = startDNS(filepath.Join(programs, filepath.Base(pebbleDNS))); err != nil {
		return nil, err
	}
	if err := a.start(filepath.Join(programs, filepath.Base(pebble)), options); err != nil {
		a.dns.Stop()
		return nil, err
	}
	return a, nil
}

// Stop ends both servers for good.
func (a *Authority) Stop() {
	a.acme.Stop()
	a.dns.Stop()
}

func startDNS(program string) (*Server, error) {
	folder, err := newFolder("dns", nil)
	if err != nil {
		return nil, err
	}
	management, err := FreePort()
	if err != nil {
		folder.remove()
		return nil, err
	}
	s := &Server{folder: folder, bye: syscall.SIGTERM, orphan: syscall.SIGKILL}
	s.argv = func() []string {
		return []string{
			program, "-dnsserver", s.address(), "-defaultIPv4", "127.0.0.1", "-defaultIPv6", "",
			"-http01", "", "-https01", "", "-tlsalpn01", "", "-doh", "",
			"-management", fmt.Sprintf("127.0.0.1:%d", management),
		}
	}
	s.ready = func(ctx context.Context) error {
		conn, err := new(net.Dialer).DialContext(ctx, "tcp", s.address())
		if err != nil {
			return err
		}
		return conn.Close()
	}
	return s, s.launch()
}

func (a *Authority) start(program string, options PebbleOptions) error {
	folder, err := newFolder("pebble", nil)
	if err != nil {
		return err
	}
	management, err := FreePort()
	if err == nil {
		err = writeCertificate(folder.path)
	}
	if err != nil {
		folder.remove()
		return err
	}
	a.management = fmt.Sprintf("127.0.0.1:%d", management)
	a.Trust = filepath.Join(folder.path, "cert.pem")
	a.acme = &Server{folder: folder, bye: syscall.SIGTERM, orphan: syscall.SIGKILL}
	a.acme.env = []string{
		"PEBBLE_WFE_NONCEREJECT=20", // in a hundred, not 5
		"PEBBLE_VA_SLEEPTIME=2",     // 0 or 1 second, not up to 14
	}
	a.acme.argv = func() []string {
		return []string{program, "-dnsserver", a.dns.address(), "-config", filepath.Join(folder.path, "config.json")}
	}
	a.acme.ready = func(ctx context.Context) error {
		if _, err := a.get(ctx, "https://"+a.management+"/roots/0"); err != nil {
			return err
		}
		_, err := a.get(ctx, a.directory())
		return err
	}
	return a.launch(options)
}

// launch is the launch of a server whose port stands in a file.
func (a *Authority) launch(options PebbleOptions) (err error) {
	for range 5 {
		if a.acme.port, err = FreePort(); err != nil {
			break
		}
		if err = a.configure(options); err != nil {
			break
		}
		if err = a.acme.start(); err == nil {
			a.URL = a.directory()
			return nil
		}
	}
	a.acme.folder.remove()
	return err
}

func (a *Authority) directory() string { return "https://" + a.acme.address() + "/dir" }

func (a *Authority) configure(options PebbleOptions) error {
	config, err := json.Marshal(map[string]any{"pebble": map[string]any{
		"listenAddress":           a.acme.address(),
		"managementListenAddress": a.management,
		"certificate":             a.Trust,
		"privateKey":              filepath.Join(a.acme.folder.path, "key.pem"),
		"httpPort":                json.Number(options.HTTPPort),
		"tlsPort":                 json.Number(options.HTTPSPort),
		"keyAlgorithm":            "ecdsa",
		"retryAfter":              map[string]int{"authz": 1, "order": 1},
		"profiles":                map[string]any{"default": map[string]any{"validityPeriod": int(options.Validity.Seconds())}},
	}})
	if err == nil {
		err = os.WriteFile(filepath.Join(a.acme.folder.path, "config.json"), config, 0o600)
	}
	if err != nil {
		return fmt.Errorf("configuring the ACME authority: %w", err)
	}
	return nil
}

// Roots are the roots of the certificates that the authority gives.
func (a *Authority) Roots() (*x509.CertPool, error) {
	root, err := a.get(context.Background(), "https://"+a.management+"/roots/0")
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(root) {
		return nil, errors.New("asking the ACME authority for its root: it gave no certificate")
	}
	return pool, nil
}

// Orders is how many orders the authority has taken.
func (a *Authority) Orders() (int, error) {
	log, err := os.ReadFile(a.acme.logFile())
	if err != nil {
		return 0, fmt.Errorf("counting the orders of the ACME authority: %w", err)
	}
	return strings.Count(string(log), " Added order "), nil
}

// Log is what the authority has to tell of all this.
func (a *Authority) Log() string { return tail(a.acme.logFile()) }

func (a *Authority) get(ctx context.Context, url string) ([]byte, error) {
	trusted, err := os.ReadFile(a.Trust)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(trusted)
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return nil, err
	}
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}, DisableKeepAlives: true}
	response, err := (&http.Client{Transport: transport}).Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("asking the ACME authority: %s", response.Status)
	}
	return io.ReadAll(response.Body)
}

// writeCertificate makes the certificate for 127.0.0.1 of a server's own HTTPS.
func writeCertificate(folder string) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return fmt.Errorf("making a certificate: %w", err)
	}
	template := &x509.Certificate{
		SerialNumber:          big.NewInt(1),
		NotAfter:              time.Now().Add(24 * time.Hour),
		IPAddresses:           []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA:                  true,
		BasicConstraintsValid: true,
	}
	certificate, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return fmt.Errorf("making a certificate: %w", err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return fmt.Errorf("making a certificate: %w", err)
	}
	err = os.WriteFile(filepath.Join(folder, "cert.pem"), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate}), 0o600)
	if err == nil {
		err = os.WriteFile(filepath.Join(folder, "key.pem"), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}), 0o600)
	}
	if err != nil {
		return fmt.Errorf("making a certificate: %w", err)
	}
	return nil
}

// installed gives the folder with the programs of one module, after building
// them if need be. Of several processes at once one builds.
func installed(name, version string, programs ...string) (string, error) {
	top, err := checkout()
	if err != nil {
		return "", err
	}
	folder := filepath.Join(top, ".tools", name+"@"+version)
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return "", fmt.Errorf("building %s: %w", name, err)
	}
	lock, err := os.OpenFile(filepath.Join(folder, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return "", fmt.Errorf("building %s: %w", name, err)
	}
	defer lock.Close()
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		return "", fmt.Errorf("building %s: %w", name, err)
	}
	for _, program := range programs {
		if _, err := os.Stat(filepath.Join(folder, filepath.Base(program))); err == nil {
			continue
		}
		fmt.Fprintf(os.Stderr, "building %s for the tests, once: %s@%s\n", name, program, version)
		cmd := exec.Command("go", "install", program+"@"+version)
		cmd.Env = append(os.Environ(), "GOBIN="+folder, "GOFLAGS=")
		if output, err := cmd.CombinedOutput(); err != nil {
			return "", fmt.Errorf("building %s: %w\n%s", name, err, output)
		}
	}
	return folder, nil
}
