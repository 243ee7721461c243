package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"sekisho/caddymodules/stores/storetest/servers"
)

// echoPath is the smallest thing that Sekisho does: Avatar Play's Echo, with its
// API key checked.
const echoPath = "/avatar/v1/Echo?key=" + echoKey + "&message=hello"

const echoKey = "demo-api-key"

// echoAnswer is what it answers.
const echoAnswer = `{"message":"hello"}`

// bareCaddyfile is Avatar Play beside Caddy's own respond, each at its simplest:
// without access logs, and without Caddy's metrics.
const bareCaddyfile = `{
	admin {$SEKISHO_ADMIN}
	default_bind 127.0.0.1
	auto_https off
	persist_config off
	sekisho {
		data {env.SEKISHO_DATA}
		demo {env.SEKISHO_DEMO}
	}
	log {
		level ERROR
		format redact
	}
}

http://:{$SEKISHO_HTTP_PORT} {
	api_key {
		apps avatarplay
	}
	avatarplay
	respond "Not Found" 404
}

http://:{$SEKISHO_CRM_PORT} {
	header Content-Type application/json
	respond ` + "`" + echoAnswer + "`" + ` 200
}

http://:{$SEKISHO_METRICS_PORT} {
	sekisho_health
}
`

// measureEcho measures what the house itself costs (H): beside Caddy answering by
// itself, beside Caddy or nginx before a service of its own, and with logs and
// metrics beside without.
func (b *bench) measureEcho() error {
	bare, err := b.startGateway(bareCaddyfile)
	if err != nil {
		return err
	}
	whole, quiet, err := b.withAndWithoutLogs()
	if err != nil {
		return err
	}
	service, err := b.plain("echo")
	if err != nil {
		return err
	}
	caddy, tuned, err := b.caddyBefore(service)
	if err != nil {
		return err
	}
	nginx, err := b.nginxBefore(service)
	if err != nil {
		return err
	}
	const (
		echo, respond, full, none = "Echo", "Caddy `respond`", "Echo, all as shipped", "Echo, as shipped without logs and metrics"
		proxied, pooled, proxied2 = "Caddy `reverse_proxy` to a service", "the same with 256 idle connections", "nginx `proxy_pass` to a service"
	)
	found, err := b.inTurn(
		side{echo, b.wrk(bare.url+echoPath, "", connections, bare.pid)},
		side{respond, b.wrk(bare.crm+echoPath, "", connections, bare.pid)},
		side{full, b.wrk(whole.url+echoPath, "", connections, whole.pid)},
		side{none, b.wrk(quiet.url+echoPath, "", connections, quiet.pid)},
		side{proxied, b.wrk(caddy.url+echoPath, "", connections, caddy.pid, service.pid)},
		side{pooled, b.wrk(tuned.url+echoPath, "", connections, tuned.pid, service.pid)},
		side{proxied2, b.wrk(nginx.url+echoPath, "", connections, nginx.pid, service.pid)},
	)
	if err != nil {
		return err
	}
	b.row("H1", "`Echo`, API key checked : Caddy `respond`, CPU", atMost(1.25), ratio(found[echo], found[respond], cpu))
	b.row("H2", "`Echo` : Caddy `reverse_proxy` to a service of its own, requests/s", atLeast(3.5), ratio(found[echo], found[proxied], rate))
	b.row("", "… with 256 idle connections kept to the service", goal{}, ratio(found[echo], found[pooled], rate))
	b.row("", "… behind nginx `proxy_pass`, 64 connections kept", goal{}, ratio(found[echo], found[proxied2], rate))
	b.row("H3", "logs (redacted, to a file) and metrics as shipped : none, CPU", atMost(2), ratio(found[full], found[none], cpu))
	return nil
}

// withAndWithoutLogs starts the gateway as it is shipped, and so that it neither
// writes access logs nor keeps Caddy's own metrics.
func (b *bench) withAndWithoutLogs() (whole, quiet *gateway, err error) {
	text, err := os.ReadFile("Caddyfile")
	if err != nil {
		return nil, nil, err
	}
	without := string(text)
	for _, line := range []string{"\tmetrics\n\n", "\tlog\n"} {
		if !strings.Contains(without, line) {
			return nil, nil, fmt.Errorf("the Caddyfile has no line %q any more", line)
		}
		without = strings.ReplaceAll(without, line, "\n")
	}
	if whole, err = b.startGateway(shipped); err != nil {
		return nil, nil, err
	}
	quiet, err = b.startGateway(without)
	return whole, quiet, err
}

// plainEcho is Echo as a service of its own: the key under its HMAC, compared in
// constant time, and the message in JSON.
func plainEcho([]string) (http.Handler, error) {
	secret := []byte("the key's own secret")
	hash := func(key string) []byte {
		mac := hmac.New(sha256.New, secret)
		mac.Write([]byte(key))
		return mac.Sum(nil)
	}
	known := hash(echoKey)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		query := r.URL.Query()
		if subtle.ConstantTimeCompare(hash(query.Get("key")), known) != 1 {
			http.Error(w, "unauthorized", http.StatusUnauthorized)
			return
		}
		body, err := json.Marshal(struct {
			Message string `json:"message"`
		}{query.Get("message")})
		if err != nil {
			http.Error(w, "internal", http.StatusInternalServerError)
			return
		}
		write(w, body)
	}), nil
}

// caddyBefore starts Caddy as a reverse proxy before a service: as one writes it,
// and with more idle connections to the service than the 32 of the default.
func (b *bench) caddyBefore(service *plain) (usual, tuned *plain, err error) {
	proxies := []string{"reverse_proxy " + strings.TrimPrefix(service.url, "http://"), ""}
	proxies[1] = proxies[0] + " {\n transport http {\n keepalive_idle_conns_per_host 256\n }\n }"
	started := make([]*plain, len(proxies))
	for i, proxy := range proxies {
		if started[i], err = b.caddy(proxy); err != nil {
			return nil, nil, err
		}
	}
	return started[0], started[1], nil
}

// caddy starts plain Caddy with one site on a free port.
func (b *bench) caddy(site string) (*plain, error) {
	binary, err := b.build("./deploy/bench/caddy")
	if err != nil {
		return nil, err
	}
	folder, err := b.path("caddy")
	if err != nil {
		return nil, err
	}
	port, err := servers.FreePort()
	if err != nil {
		return nil, err
	}
	file := filepath.Join(folder, "Caddyfile")
	text := fmt.Sprintf("{\nadmin off\nauto_https off\npersist_config off\n}\nhttp://:%d {\nrespond %s 200\n%s\n}\n", port, aliveAt, site)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		return nil, err
	}
	pid, err := b.launch(exec.Command(binary, "run", "--config", file), append(os.Environ(), "HOME="+folder), filepath.Join(folder, "log"))
	if err != nil {
		return nil, err
	}
	p := &plain{fmt.Sprintf("http://127.0.0.1:%d", port), pid}
	return p, answers(p.url + aliveAt)
}

// nginxBefore starts nginx as a reverse proxy before a service, as its manual has
// it for kept connections.
func (b *bench) nginxBefore(service *plain) (*plain, error) {
	folder, err := b.path("nginx")
	if err != nil {
		return nil, err
	}
	port, err := servers.FreePort()
	if err != nil {
		return nil, err
	}
	file := filepath.Join(folder, "nginx.conf")
	text := fmt.Sprintf(`daemon off;
worker_processes auto;
pid %[1]s/pid;
error_log stderr;
events { worker_connections 1024; }
http {
	access_log off;
	client_body_temp_path %[1]s/body;
	proxy_temp_path %[1]s/proxy;
	fastcgi_temp_path %[1]s/fastcgi;
	uwsgi_temp_path %[1]s/uwsgi;
	scgi_temp_path %[1]s/scgi;
	keepalive_requests 10000000;
	upstream service { server %[2]s; keepalive 64; }
	server {
		listen 127.0.0.1:%[3]d;
		location / {
			proxy_pass http://service;
			proxy_http_version 1.1;
			proxy_set_header Connection "";
		}
	}
}
`, folder, strings.TrimPrefix(service.url, "http://"), port)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		return nil, err
	}
	program, err := exec.LookPath("nginx")
	if err != nil {
		program = "/usr/sbin/nginx" // where not everybody looks
	}
	pid, err := b.launch(exec.Command(program, "-c", file, "-e", "stderr"), os.Environ(), filepath.Join(folder, "log"))
	if err != nil {
		return nil, err
	}
	p := &plain{fmt.Sprintf("http://127.0.0.1:%d", port), pid}
	return p, answers(p.url + aliveAt)
}
