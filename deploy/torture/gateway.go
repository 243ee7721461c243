package main

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"sekisho/caddymodules/stores/storetest/servers"
)

// gateway is one gateway, which may be dead at the moment.
type gateway struct {
	w       *world
	number  int
	url     string // of the trying-out site
	crm     string // of the CRM's own port
	metrics string // of the metrics site
	admin   string // host:port
	folder  string
	env     []string
	links   map[string]*link // to PostgreSQL, Redis and the bucket, by name

	mu      sync.Mutex
	process *exec.Cmd
	ended   chan struct{}
	wanted  bool // it is to run: an end is its own doing
}

// newGateway makes a gateway of the demo data on free ports, which does not run
// yet.
func (w *world) newGateway(number int, env []string) (*gateway, error) {
	g := &gateway{w: w, number: number, folder: filepath.Join(w.folder, fmt.Sprint("gateway", number))}
	if err := os.MkdirAll(g.folder, 0o755); err != nil {
		return nil, err
	}
	var at [5]string
	for i := range at {
		port, err := servers.FreePort()
		if err != nil {
			return nil, err
		}
		at[i] = fmt.Sprintf("127.0.0.1:%d", port)
	}
	port := func(i int) string { _, p, _ := strings.Cut(at[i], ":"); return p }
	g.url, g.crm, g.metrics, g.admin = "http://"+at[0], "http://"+at[1], "http://"+at[2], at[3]
	if err := g.setClock(0); err != nil {
		return nil, err
	}
	g.env = append(append(cleanEnvironment(),
		"SEKISHO_HTTP_PORT="+port(0), "SEKISHO_CRM_PORT="+port(1), "SEKISHO_METRICS="+at[2], "SEKISHO_ADMIN="+at[3],
		"SEKISHO_HTTPS_PORT="+port(4), "SEKISHO_DATA="+filepath.Join(g.folder, "data"), "HOME="+g.folder,
		"SEKISHO_DEMO=1", "SEKISHO_TORTURE_CLOCK="+g.clockFile()), env...)
	return g, nil
}

func (g *gateway) binary() string    { return g.w.t.binary }
func (g *gateway) clockFile() string { return filepath.Join(g.folder, "clock") }
func (g *gateway) logFile() string   { return filepath.Join(g.folder, "log") }

// setClock has the gateway's clock be off by so much.
func (g *gateway) setClock(off time.Duration) error {
	next := g.clockFile() + ".next" // the gateway reads all of it or nothing
	if err := os.WriteFile(next, []byte(off.String()), 0o644); err != nil {
		return err
	}
	return os.Rename(next, g.clockFile())
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

// start starts the gateway, in the version of today or one that is later.
func (g *gateway) start() error { return g.startLater(g.w.later) }

func (g *gateway) startLater(versions int) error {
	log, err := os.OpenFile(g.logFile(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer log.Close()
	process := exec.Command(g.binary(), "run", "--config", "Caddyfile")
	process.Env = append(g.env, fmt.Sprint("SEKISHO_TORTURE_LATER=", versions))
	process.Stdout, process.Stderr = log, log
	if err := servers.Start(process, syscall.SIGKILL); err != nil {
		return fmt.Errorf("starting gateway %d: %w", g.number, err)
	}
	ended := make(chan struct{})
	g.mu.Lock()
	g.process, g.ended, g.wanted = process, ended, true
	g.mu.Unlock()
	go func() {
		err := process.Wait()
		g.mu.Lock()
		byItself := g.wanted && g.process == process
		g.mu.Unlock()
		if byItself {
			g.w.found.of("the gateways").strange("gateway %d ended by itself: %v\n%s", g.number, err, tail(g.logFile()))
			g.w.broken.Store(true)
		}
		close(ended)
	}()
	return nil
}

// ready waits until the gateway says so.
func (g *gateway) ready() error {
	var err error
	for begun := time.Now(); time.Since(begun) < time.Minute && !g.w.broken.Load(); time.Sleep(20 * time.Millisecond) {
		if err = g.fine(); err == nil {
			return nil
		}
	}
	return fmt.Errorf("waiting for gateway %d: %w\n%s", g.number, err, tail(g.logFile()))
}

var (
	healthClient = &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	adminClient  = &http.Client{Timeout: time.Minute, Transport: &http.Transport{DisableKeepAlives: true}}
)

// fine says what keeps the gateway from being ready.
func (g *gateway) fine() error {
	response, err := healthClient.Get(g.metrics + "/healthz/ready")
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return errors.New("it is not ready: " + response.Status)
	}
	return nil
}

// kill is kill -9.
func (g *gateway) kill() { g.endWith(syscall.SIGKILL) }

// stop is what an orderly shutdown sends; it waits for the end.
func (g *gateway) stop() { g.endWith(syscall.SIGTERM) }

func (g *gateway) endWith(sig syscall.Signal) {
	g.mu.Lock()
	g.wanted = false
	process, ended := g.process, g.ended
	g.mu.Unlock()
	if process == nil {
		return
	}
	_ = process.Process.Signal(sig)
	select {
	case <-ended:
	case <-time.After(time.Minute):
		g.w.found.of("the gateways").strange("gateway %d did not end within a minute of %s", g.number, sig)
		_ = process.Process.Kill()
		<-ended
	}
}

// load gives the gateway another configuration while it runs.
func (g *gateway) load(caddyfile string) error {
	request, err := http.NewRequest(http.MethodPost, "http://"+g.admin+"/load", strings.NewReader(caddyfile))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "text/caddyfile")
	a, err := whole(adminClient, request)
	if err == nil && a.status != http.StatusOK {
		err = fmt.Errorf("a configuration is answered %s", a)
	}
	return err
}

// runCommand runs a command of the gateway's binary.
func runCommand(binary string, env []string, args ...string) error {
	_, err := output(binary, env, args...)
	return err
}

func output(binary string, env []string, args ...string) (string, error) {
	command := exec.Command(binary, args...)
	command.Env = env
	said, err := command.CombinedOutput()
	if err != nil {
		err = fmt.Errorf("running %s: %w\n%s", strings.Join(args, " "), err, said)
	}
	return string(said), err
}

// cleanEnvironment is the environment without what would change a gateway.
func cleanEnvironment() (env []string) {
	for _, pair := range os.Environ() {
		name, _, _ := strings.Cut(pair, "=")
		if !strings.HasPrefix(name, "SEKISHO_") && !strings.HasPrefix(name, "AWS_") && !strings.HasSuffix(name, "_HOSTS") {
			env = append(env, pair)
		}
	}
	return env
}

// tail is the end of a file, for an error.
func tail(file string) string {
	text, err := os.ReadFile(file)
	if err != nil {
		return err.Error()
	}
	return strings.TrimSpace(string(text[max(0, len(text)-2000):]))
}
