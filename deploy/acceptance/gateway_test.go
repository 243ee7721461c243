package acceptance

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"sekisho/caddymodules/stores/storetest"
	"sekisho/caddymodules/stores/storetest/servers"
)

// repository is where the Caddyfile and the README are.
const repository = "../.."

// gateway is a running ./sekisho with the repository's own Caddyfile, or one
// made from it.
type gateway struct {
	t         *testing.T
	caddyfile string
	url       string // the trying-out site
	crm       string // the CRM's own port
	metrics   string // the metrics site
	env       []string
	log       *logBook
	token     string // the last that a test was given, where it needs one later
	process   *exec.Cmd
	ended     chan struct{}
}

// startGateway starts the built binary on free ports with data of its own, and
// waits until it is ready. More environment may be given as NAME=value; the
// last of a name counts.
func startGateway(t *testing.T, env ...string) *gateway {
	t.Helper()
	return startGatewayOf(t, "Caddyfile", env...)
}

// startGatewayOf is startGateway with another Caddyfile.
func startGatewayOf(t *testing.T, caddyfile string, env ...string) *gateway {
	t.Helper()
	port := func() string { return storetest.FreePort(t) }
	http, https, metrics, admin, crm := port(), port(), port(), port(), port()
	g := &gateway{
		t:         t,
		caddyfile: caddyfile,
		url:       "http://127.0.0.1:" + http,
		crm:       "http://127.0.0.1:" + crm,
		metrics:   "http://127.0.0.1:" + metrics,
		log:       &logBook{},
		env: append(cleanEnvironment(),
			"SEKISHO_HTTP_PORT="+http, "SEKISHO_HTTPS_PORT="+https, "SEKISHO_CRM_PORT="+crm,
			"SEKISHO_METRICS=127.0.0.1:"+metrics, "SEKISHO_ADMIN=127.0.0.1:"+admin,
			"SEKISHO_DATA="+t.TempDir(), "HOME="+t.TempDir(), "SEKISHO_DEMO=1"),
	}
	g.env = append(g.env, env...)
	g.start()
	t.Cleanup(g.kill)
	return g
}

func (g *gateway) start() {
	g.t.Helper()
	g.process = g.command("run", "--config", g.caddyfile)
	g.process.Stdout, g.process.Stderr = g.log, g.log
	if err := servers.Start(g.process, syscall.SIGKILL); err != nil {
		g.t.Fatalf("starting the gateway: %v", err)
	}
	g.ended = make(chan struct{})
	go func(process *exec.Cmd, ended chan struct{}) {
		_ = process.Wait()
		close(ended)
	}(g.process, g.ended)
	for began := time.Now(); time.Since(began) < 2*time.Minute; {
		select {
		case <-g.ended:
			g.t.Fatalf("the gateway ended by itself:\n%s", g.log)
		case <-time.After(50 * time.Millisecond):
		}
		if status, _, err := send(client, http.MethodGet, g.metrics+"/healthz/ready", "", ""); err == nil && status == http.StatusOK {
			return
		}
	}
	g.t.Fatalf("the gateway did not get ready:\n%s", g.log)
}

// command is a command of the gateway's own binary, in the repository.
func (g *gateway) command(args ...string) *exec.Cmd {
	command := exec.Command(binary(g.t), args...)
	command.Dir = repository
	command.Env = g.env
	return command
}

// setting is what the gateway finds under a name in its environment.
func (g *gateway) setting(name string) (value string) {
	for _, pair := range g.env {
		if given, ok := strings.CutPrefix(pair, name+"="); ok {
			value = given // the last counts
		}
	}
	return value
}

// run runs a command of the binary and gives what it printed.
func (g *gateway) run(args ...string) string {
	g.t.Helper()
	out, err := g.command(args...).CombinedOutput()
	if err != nil {
		g.t.Fatalf("sekisho %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// migrate is `sekisho migrate up` with the environment of a gateway to come.
func migrate(t *testing.T, env ...string) {
	t.Helper()
	command := exec.Command(binary(t), "migrate", "up")
	command.Dir = repository
	command.Env = append(append(cleanEnvironment(), "SEKISHO_DATA="+t.TempDir()), env...)
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("sekisho migrate up: %v\n%s", err, out)
	}
}

// kill is kill -9.
func (g *gateway) kill() {
	_ = g.process.Process.Kill()
	<-g.ended
}

// stop is Ctrl-C; it gives the exit status.
func (g *gateway) stop() int {
	g.t.Helper()
	_ = g.process.Process.Signal(os.Interrupt)
	select {
	case <-g.ended:
	case <-time.After(20 * time.Second):
		g.t.Fatal("the gateway did not end within 20 seconds of Ctrl-C")
	}
	return g.process.ProcessState.ExitCode()
}

// get sends one request and gives status and body.
func (g *gateway) get(path string) (int, string) {
	g.t.Helper()
	return g.do(http.MethodGet, path, "", "")
}

func (g *gateway) post(path, contentType, body string) (int, string) {
	g.t.Helper()
	return g.do(http.MethodPost, path, contentType, body)
}

func (g *gateway) do(method, path, contentType, body string) (int, string) {
	g.t.Helper()
	status, answer, err := send(client, method, g.url+path, contentType, body)
	if err != nil {
		g.t.Fatalf("%s %s: %v", method, path, err)
	}
	return status, answer
}

// send is for goroutines, which must not end a test.
func send(client *http.Client, method, url, contentType, body string) (status int, answer string, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(body))
	if err != nil {
		return 0, "", err
	}
	if contentType != "" {
		request.Header.Set("Content-Type", contentType)
	}
	response, err := client.Do(request)
	if err != nil {
		return 0, "", err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	return response.StatusCode, string(text), err
}

var client = &http.Client{Timeout: time.Minute, Transport: &http.Transport{MaxIdleConnsPerHost: 128}}

// newClient is a client with one connection of its own, as old clients have.
func newClient() *http.Client {
	return &http.Client{Timeout: time.Minute, Transport: &http.Transport{MaxConnsPerHost: 1}}
}

// binary is the gateway that `make -f xcaddy.mk build` has left.
func binary(t *testing.T) string {
	t.Helper()
	path := os.Getenv("SEKISHO_BINARY")
	if path == "" {
		t.Fatal("SEKISHO_BINARY is not set: this test needs the built gateway; run `make -f xcaddy.mk test`")
	}
	absolute, err := filepath.Abs(path)
	if err != nil {
		t.Fatal(err)
	}
	return absolute
}

// cleanEnvironment is the environment without what would change the gateway,
// or a make that it is given to.
func cleanEnvironment() (env []string) {
	for _, pair := range os.Environ() {
		name, _, _ := strings.Cut(pair, "=")
		ours := strings.HasPrefix(name, "SEKISHO_") || strings.HasPrefix(name, "OTEL_") || strings.HasPrefix(name, "ACME_") || strings.HasSuffix(name, "_HOSTS")
		if !ours && !strings.HasPrefix(name, "MAKE") && name != "MFLAGS" {
			env = append(env, pair)
		}
	}
	return env
}

// logBook holds what a process printed.
type logBook struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logBook) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logBook) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}
