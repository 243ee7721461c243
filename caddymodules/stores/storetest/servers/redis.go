package servers

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Redis starts a Redis server that evicts nothing. Its URL is that of database
// 0, without a password.
func Redis(options Options) (*Server, error) {
	program, err := exec.LookPath("redis-server")
	if err != nil {
		return nil, errors.New("starting Redis: there is no redis-server in PATH; install it, on Debian: apt-get install redis-server")
	}
	folder, err := newFolder("redis", nil)
	if err != nil {
		return nil, err
	}
	s := &Server{
		folder: folder,
		bye:    syscall.SIGTERM,
		orphan: syscall.SIGKILL,
	}
	s.argv = func() []string {
		argv := []string{
			program, "--bind", "127.0.0.1", "--port", strconv.Itoa(s.port), "--dir", folder.path,
			"--daemonize", "no", "--save", "", "--maxmemory-policy", "noeviction",
		}
		if options.Durable {
			argv = append(argv, "--appendonly", "yes", "--appendfsync", "always")
		}
		return argv
	}
	s.ready = func(ctx context.Context) error { return redisReady(ctx, s.address()) }
	if err := s.launch(); err != nil {
		return nil, err
	}
	s.URL = fmt.Sprintf("redis://%s/0", s.address())
	return s, nil
}

// redisReady asks for a PONG; a server that is still loading answers otherwise.
func redisReady(ctx context.Context, address string) error {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", address)
	if err != nil {
		return err
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(time.Second))
	if _, err := conn.Write([]byte("PING\r\n")); err != nil {
		return err
	}
	answer := make([]byte, 64)
	n, err := conn.Read(answer)
	if err != nil {
		return err
	}
	if !strings.HasPrefix(string(answer[:n]), "+PONG") {
		return fmt.Errorf("it answered %q", answer[:n])
	}
	return nil
}
