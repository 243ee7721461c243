package main

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// rest is how long a process is left alone before its memory is looked at.
const rest = 5 * time.Second

// measureStart measures a start, from the process' beginning to its first answer,
// and the memory at rest (X), beside Caddy as everybody has it with a Caddyfile of
// the same shape. The gateway has started before on the same data, as after any
// restart, and holds one app's key and no demo data.
func (b *bench) measureStart() error {
	binary, err := b.build("./deploy/bench/caddy")
	if err != nil {
		return err
	}
	g := &gateway{binary: b.sekisho}
	folder, err := b.path("start")
	if err != nil {
		return err
	}
	if g.env, err = g.environment(folder); err != nil {
		return err
	}
	g.env = append(g.env, "SEKISHO_DEMO=")
	if err := g.run(nil, "migrate", "up"); err != nil {
		return err
	}
	if err := g.run(strings.NewReader(echoKey), "avatarplay", "app", "add", "--name", "Echo", "--key-file", "-"); err != nil {
		return err
	}
	file := filepath.Join(folder, "Caddyfile")
	if err := os.WriteFile(file, []byte(plainCaddyfile), 0o600); err != nil {
		return err
	}
	env := append(g.env, "PLAIN_PORT="+g.url[len("http://127.0.0.1:"):], "PLAIN_CRM_PORT="+g.crm[len("http://127.0.0.1:"):],
		"PLAIN_METRICS_PORT="+g.metrics[len("http://127.0.0.1:"):])
	const own, other = "start of Sekisho", "start of Caddy"
	held := map[string][]memory{}
	started := func(name string, argv ...string) func() (sample, error) {
		return func() (sample, error) {
			s, resident, err := b.startOnce(g.url, env, argv...)
			held[name] = append(held[name], resident)
			return s, err
		}
	}
	ours := started(own, b.sekisho, "run", "--config", "Caddyfile")
	if _, err := ours(); err != nil { // the first of all makes certificates
		return err
	}
	plain := started(other, binary, "run", "--config", file)
	if _, err := plain(); err != nil {
		return err
	}
	clear(held)
	found, err := b.inTurn(side{own, ours}, side{other, plain})
	if err != nil {
		return err
	}
	b.row("X1", "start to first answer : plain Caddy, time", atMost(1.5), ratio(found[other], found[own], rate))
	var all, apart []float64
	for i := range held[own] {
		all = append(all, float64(held[own][i].all-held[other][i].all)/(1<<20))
		apart = append(apart, float64(held[own][i].apart-held[other][i].apart)/(1<<20))
	}
	b.rowIn(" MiB", "", "resident memory at rest, more than plain Caddy", atMost(25), all)
	b.rowIn(" MiB", "", "… of it memory of its own, not pages of the larger program", goal{}, apart)
	return nil
}

// plainCaddyfile has the sites of the shipped Caddyfile, and nothing behind them.
const plainCaddyfile = `{
	admin {$SEKISHO_ADMIN}
	http_port {$PLAIN_PORT}
	https_port {$SEKISHO_HTTPS_PORT}
	auto_https disable_redirects
	skip_install_trust
	persist_config off
	metrics
}

photocloak.localhost, customers.localhost, ydits.localhost, avatarplay.localhost, crm.localhost {
	log
	respond "Not Found" 404
}

http://:{$PLAIN_CRM_PORT} {
	log
	respond "Not Found" 404
}

http://:{$PLAIN_PORT} {
	log
	respond hello 200
}

http://:{$PLAIN_METRICS_PORT} {
	metrics /metrics
}
`

// startOnce starts a process, waits for its first answer and, after a rest, sees
// how much memory it holds. Rate is how many starts a second would be.
func (b *bench) startOnce(url string, env []string, argv ...string) (s sample, held memory, err error) {
	log := filepath.Join(b.folder, "start.log")
	began := time.Now()
	before := len(b.started)
	pid, err := b.launch(exec.Command(argv[0], argv[1:]...), env, log)
	if err != nil {
		return s, held, err
	}
	defer func() { // it must have ended before the next one has its ports
		b.started[before]()
		b.started = b.started[:before]
	}()
	for {
		response, err := http.Get(url + echoPath)
		if err == nil {
			response.Body.Close()
			if response.StatusCode == http.StatusOK {
				break
			}
		}
		if time.Since(began) > time.Minute {
			return s, held, fmt.Errorf("starting: %w\n%s", err, tail(log))
		}
		time.Sleep(time.Millisecond)
	}
	s.Rate = 1 / time.Since(began).Seconds()
	if !b.small {
		time.Sleep(rest)
	}
	held, err = resident(pid)
	return s, held, err
}
