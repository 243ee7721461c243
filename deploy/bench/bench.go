package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"sekisho/caddymodules/stores/storetest/servers"
)

// bench is one run: how it measures, what is running, and what was found.
type bench struct {
	rounds  int
	seconds int
	small   bool

	program string // this one, which is also the bare services
	sekisho string // the gateway's binary
	folder  string // for scripts, data and what is built; gone in the end

	started []func() // stop what a subject has started
	rows    []row
	figures []figures
}

func newBench(rounds, seconds int, small bool) (*bench, error) {
	if small {
		rounds, seconds = 1, 1
	}
	if rounds < 1 || seconds < 1 {
		return nil, errors.New("-rounds and -seconds are at least 1")
	}
	sekisho, err := filepath.Abs(os.Getenv("SEKISHO_BINARY"))
	if err == nil {
		_, err = os.Stat(sekisho)
	}
	if err != nil || os.Getenv("SEKISHO_BINARY") == "" {
		return nil, errors.New("SEKISHO_BINARY must name the gateway's binary: `make -f xcaddy.mk bench` does all of this")
	}
	program, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("finding this program: %w", err)
	}
	folder, err := os.MkdirTemp("", "sekisho-bench-*")
	if err != nil {
		return nil, fmt.Errorf("making a folder: %w", err)
	}
	return &bench{rounds: rounds, seconds: seconds, small: small, program: program, sekisho: sekisho, folder: folder}, nil
}

// close removes what a run leaves.
func (b *bench) close() { _ = os.RemoveAll(b.folder) }

// measure measures one subject, and stops what it started.
func (b *bench) measure(subject func(*bench) error) error {
	defer b.stop()
	return subject(b)
}

func (b *bench) stop() {
	for i := len(b.started) - 1; i >= 0; i-- {
		b.started[i]()
	}
	b.started = nil
}

// atEnd has stop called when the subject is measured.
func (b *bench) atEnd(stop func()) { b.started = append(b.started, stop) }

// size is how large something is to be made: usual, or little where only that it
// runs is to be shown.
func (b *bench) size(usual, little int) int {
	if b.small {
		return little
	}
	return usual
}

// say tells what is being done.
func (b *bench) say(format string, args ...any) {
	fmt.Fprintf(os.Stderr, time.Now().Format(time.TimeOnly)+" "+format+"\n", args...)
}

// postgres starts a PostgreSQL for the subject that confirms what is on disk.
func (b *bench) postgres() (*servers.Server, error) { return b.server(servers.Postgres) }

// redis starts a Redis for the subject that confirms what is on disk.
func (b *bench) redis() (*servers.Server, error) { return b.server(servers.Redis) }

func (b *bench) server(start func(servers.Options) (*servers.Server, error)) (*servers.Server, error) {
	s, err := start(servers.Options{Durable: true})
	if err == nil {
		b.atEnd(s.Stop)
	}
	return s, err
}

// path makes a new folder for the subject's files.
func (b *bench) path(name string) (string, error) {
	return os.MkdirTemp(b.folder, name+"-*")
}

// build builds a Go program of this repository, and gives its path.
func (b *bench) build(pkg string) (string, error) {
	out := filepath.Join(b.folder, filepath.Base(pkg))
	if _, err := os.Stat(out); err == nil {
		return out, nil
	}
	b.say("building %s", pkg)
	command := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", out, pkg)
	command.Env = append(os.Environ(), "CGO_ENABLED=0") // linked statically, as the gateway is
	if said, err := command.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building %s: %w\n%s", pkg, err, said)
	}
	return out, nil
}
