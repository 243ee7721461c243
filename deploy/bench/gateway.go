package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"sekisho/caddymodules/stores/storetest/servers"
)

// gateway is a running gateway.
type gateway struct {
	url     string // http://127.0.0.1:… of the trying-out site
	crm     string // and of the CRM's own port
	metrics string // and of the metrics site
	pid     int
	env     []string // that its commands want too
	binary  string
}

// shipped stands for the Caddyfile of the repository.
const shipped = ""

// startGateway starts the product as it is shipped, or with another Caddyfile (its
// text), on free ports with data of its own and the demo data, and waits until it
// is ready. More environment may be given as NAME=value; the last of a name
// counts.
func (b *bench) startGateway(caddyfile string, env ...string) (*gateway, error) {
	return b.startGatewayOf(b.sekisho, caddyfile, env...)
}

// startGatewayOf is startGateway with another binary.
func (b *bench) startGatewayOf(binary, caddyfile string, env ...string) (*gateway, error) {
	folder, err := b.path("gateway")
	if err != nil {
		return nil, err
	}
	file := "Caddyfile"
	if caddyfile != shipped {
		file = filepath.Join(folder, "Caddyfile")
		if err := os.WriteFile(file, []byte(caddyfile), 0o600); err != nil {
			return nil, err
		}
	}
	g := &gateway{binary: binary}
	if g.env, err = g.environment(folder); err != nil {
		return nil, err
	}
	g.env = append(g.env, env...)
	if g.pid, err = b.launch(exec.Command(binary, "run", "--config", file), g.env, filepath.Join(folder, "log")); err != nil {
		return nil, err
	}
	if err := answers(g.metrics + "/healthz/ready"); err != nil {
		return nil, fmt.Errorf("starting the gateway: %w\n%s", err, tail(filepath.Join(folder, "log")))
	}
	return g, nil
}

// benchSecret is the secret of every gateway over a PostgreSQL.
var benchSecret = "SEKISHO_SECRET=" + strings.Repeat("0123456789abcdef", 4)

// gatewayOnServers starts the product as it is shipped over a new PostgreSQL, which
// it migrates, and a new Redis, both of which confirm what is on disk. It gives the
// database's address too.
func (b *bench) gatewayOnServers() (g *gateway, database string, err error) {
	return b.startOnServers(b.sekisho, shipped)
}

// startOnServers is gatewayOnServers with another binary and Caddyfile.
func (b *bench) startOnServers(binary, caddyfile string) (g *gateway, database string, err error) {
	pg, err := b.postgres()
	if err != nil {
		return nil, "", err
	}
	rd, err := b.redis()
	if err != nil {
		return nil, "", err
	}
	env := []string{"SEKISHO_DATABASE=" + pg.URL, "SEKISHO_SESSIONS=" + rd.URL, benchSecret}
	migrating := &gateway{binary: b.sekisho, env: append(os.Environ(), env...)}
	if err := migrating.run(nil, "migrate", "up"); err != nil {
		return nil, "", err
	}
	g, err = b.startGatewayOf(binary, caddyfile, env...)
	return g, pg.URL, err
}

// environment is that of a gateway on free ports, without what this process has
// of Sekisho's own.
func (g *gateway) environment(folder string) ([]string, error) {
	var ports [5]int
	for i := range ports {
		port, err := servers.FreePort()
		if err != nil {
			return nil, err
		}
		ports[i] = port
	}
	at := func(i int) string { return fmt.Sprintf("127.0.0.1:%d", ports[i]) }
	g.url, g.crm, g.metrics = "http://"+at(0), "http://"+at(1), "http://"+at(2)
	var env []string
	for _, pair := range os.Environ() {
		if !strings.HasPrefix(pair, "SEKISHO_") && !strings.HasPrefix(pair, "GOGC=") {
			env = append(env, pair)
		}
	}
	return append(env,
		fmt.Sprintf("SEKISHO_HTTP_PORT=%d", ports[0]), fmt.Sprintf("SEKISHO_CRM_PORT=%d", ports[1]), "SEKISHO_METRICS="+at(2),
		"SEKISHO_ADMIN="+at(3), fmt.Sprintf("SEKISHO_HTTPS_PORT=%d", ports[4]),
		"SEKISHO_DATA="+filepath.Join(folder, "data"), "HOME="+folder, "SEKISHO_DEMO=1"), nil
}

// run runs a command of the gateway's binary, with what it reads.
func (g *gateway) run(input io.Reader, args ...string) error {
	command := exec.Command(g.binary, args...)
	command.Env, command.Stdin = g.env, input
	if said, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("running %s: %w\n%s", args[0], err, said)
	}
	return nil
}

// launch starts a process whose words go to a file, and which ends with the
// subject; it gives its number.
func (b *bench) launch(command *exec.Cmd, env []string, log string) (int, error) {
	words, err := os.Create(log)
	if err != nil {
		return 0, err
	}
	defer words.Close()
	command.Env, command.Stdout, command.Stderr = env, words, words
	if err := servers.Start(command, syscall.SIGKILL); err != nil {
		return 0, fmt.Errorf("starting %s: %w", command.Path, err)
	}
	b.atEnd(func() {
		_ = command.Process.Kill()
		_ = command.Wait()
	})
	return command.Process.Pid, nil
}

// answers waits until url answers 200.
func answers(url string) error {
	var last error
	for begun := time.Now(); time.Since(begun) < time.Minute; time.Sleep(50 * time.Millisecond) {
		response, err := http.Get(url)
		if err != nil {
			last = err
			continue
		}
		response.Body.Close()
		if response.StatusCode == http.StatusOK {
			return nil
		}
		last = errors.New(response.Status)
	}
	return fmt.Errorf("%s did not answer: %w", url, last)
}

// tail is the end of a file, for an error.
func tail(file string) []byte {
	text, err := os.ReadFile(file)
	if err != nil {
		return []byte(err.Error())
	}
	return bytes.TrimSpace(text[max(0, len(text)-2000):])
}
