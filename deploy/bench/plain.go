package main

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"

	"sekisho/caddymodules/stores/storetest/servers"
)

// plainCommand makes this program a bare service: `bench plain <service> <address>
// [argument …]`. So the services have processes of their own, whose time can be
// told from that of the measuring.
const plainCommand = "plain"

// plainServices are what a good engineer would write for one request and nothing
// else: net/http with a handler.
var plainServices = map[string]func(args []string) (http.Handler, error){
	"echo":       plainEcho,
	"pgx-detail": pgxDetail,
	"pgx-cloak":  pgxCloak,
	"pgx-look":   pgxLook,
}

// plain is a running bare service.
type plain struct {
	url string // http://127.0.0.1:…
	pid int
}

// plain starts a bare service with its arguments, and waits until it listens.
func (b *bench) plain(service string, args ...string) (*plain, error) {
	port, err := servers.FreePort()
	if err != nil {
		return nil, err
	}
	folder, err := b.path(service)
	if err != nil {
		return nil, err
	}
	address := fmt.Sprintf("127.0.0.1:%d", port)
	log := filepath.Join(folder, "log")
	pid, err := b.launch(exec.Command(b.program, append([]string{plainCommand, service, address}, args...)...), os.Environ(), log)
	if err != nil {
		return nil, err
	}
	p := &plain{"http://" + address, pid}
	if err := answers(p.url + aliveAt); err != nil {
		return nil, fmt.Errorf("starting the bare service %s: %w\n%s", service, err, tail(log))
	}
	return p, nil
}

// aliveAt is where a bare service says that it listens.
const aliveAt = "/alive"

func servePlain(args []string) error {
	if len(args) < 2 || plainServices[args[0]] == nil {
		return errors.New("there is no such bare service")
	}
	handler, err := plainServices[args[0]](args[2:])
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", args[1])
	if err != nil {
		return err
	}
	all := http.NewServeMux()
	all.HandleFunc(aliveAt, func(http.ResponseWriter, *http.Request) {})
	all.Handle("/", handler)
	return http.Serve(listener, all)
}

// write sends a JSON answer as the bare services do.
func write(w http.ResponseWriter, body []byte) {
	w.Header()["Content-Type"] = jsonType
	_, _ = w.Write(body) // who asked may be gone
}

var jsonType = []string{"application/json"}
