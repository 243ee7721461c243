// Command withservers runs a command with private servers and stops them
// afterwards, however the command or withservers ends:
//
//	go run ./caddymodules/stores/storetest/servers/withservers -- go test ./...
//
// The command finds them in its environment:
//
//	SEKISHO_TEST_POSTGRES   postgres://…, as superuser
//	SEKISHO_TEST_REDIS      redis://…
//	SEKISHO_TEST_S3         s3://bucket?endpoint=…&region=…, with
//	SEKISHO_TEST_S3_KEY     its access key and
//	SEKISHO_TEST_S3_SECRET  its secret key
//
// One that is set already is passed on, and no such server started. The exit
// status is the command's own, 128 and the signal's number if a signal ended it.
package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"sekisho/caddymodules/stores/storetest/servers"
)

func main() {
	argv := os.Args[1:]
	if len(argv) > 0 && argv[0] == "--" {
		argv = argv[1:]
	}
	if len(argv) == 0 {
		fmt.Fprintln(os.Stderr, "usage: withservers -- command [argument …]")
		os.Exit(2)
	}
	status, err := run(argv)
	if err != nil {
		fmt.Fprintln(os.Stderr, "withservers:", err)
	}
	os.Exit(status)
}

// run runs argv with the servers and gives the exit status.
func run(argv []string) (int, error) {
	leave := make(chan os.Signal, 8)
	signal.Notify(leave, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	go watchParent(leave)
	adoptOrphans()

	env, stop, err := startAll(leave)
	defer endDescendants()
	defer stop()
	if err != nil {
		return 1, err
	}

	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.Env = append(os.Environ(), env...)
	if err := cmd.Start(); err != nil {
		return 127, err
	}
	return wait(cmd, leave)
}

// startAll starts the servers that the environment does not name yet, side by
// side. stop is never nil.
func startAll(leave <-chan os.Signal) (env []string, stop func(), err error) {
	kinds := []struct {
		variable string
		start    func(servers.Options) (*servers.Server, error)
	}{
		{"SEKISHO_TEST_POSTGRES", servers.Postgres},
		{"SEKISHO_TEST_REDIS", servers.Redis},
		{"SEKISHO_TEST_S3", servers.S3},
	}
	running := make([]*servers.Server, len(kinds))
	errs := make([]error, len(kinds))
	var starting sync.WaitGroup
	for i, kind := range kinds {
		if os.Getenv(kind.variable) == "" {
			starting.Go(func() { running[i], errs[i] = kind.start(servers.Options{}) })
		}
	}
	done := make(chan struct{})
	go func() { starting.Wait(); close(done) }()
	select {
	case <-done:
	case got := <-leave:
		// What is half started goes with this process.
		return nil, func() {}, fmt.Errorf("%v while the servers were starting", got)
	}

	for i, s := range running {
		if s == nil {
			continue
		}
		env = append(env, kinds[i].variable+"="+s.URL)
		if s.Key != "" {
			env = append(env, kinds[i].variable+"_KEY="+s.Key, kinds[i].variable+"_SECRET="+s.Secret)
		}
	}
	stop = func() {
		var stopping sync.WaitGroup
		for _, s := range running {
			if s != nil {
				stopping.Go(s.Stop)
			}
		}
		stopping.Wait()
	}
	return env, stop, errors.Join(errs...)
}

// wait waits for the command, passes signals on to it and kills it if it has
// not ended 10 seconds after the first.
func wait(cmd *exec.Cmd, leave <-chan os.Signal) (int, error) {
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	var patience <-chan time.Time
	for {
		select {
		case got := <-leave:
			_ = cmd.Process.Signal(got)
			if patience == nil {
				patience = time.After(10 * time.Second)
			}
		case <-patience:
			_ = cmd.Process.Kill()
		case err := <-done:
			var exit *exec.ExitError
			if !errors.As(err, &exit) {
				return max(0, cmd.ProcessState.ExitCode()), err
			}
			if status := exit.Sys().(syscall.WaitStatus); status.Signaled() {
				return 128 + int(status.Signal()), nil
			}
			return exit.ExitCode(), nil
		}
	}
}

// watchParent asks to leave when the process that started this one is gone: go
// run, when it is killed, does not take its program with it.
func watchParent(leave chan<- os.Signal) {
	parent := os.Getppid()
	for os.Getppid() == parent {
		time.Sleep(500 * time.Millisecond)
	}
	leave <- syscall.SIGTERM
}

// adoptOrphans makes this process the parent of every process below it whose
// own parent dies, so that endDescendants finds it.
func adoptOrphans() {
	const setChildSubreaper = 36 // PR_SET_CHILD_SUBREAPER
	_, _, _ = syscall.Syscall(syscall.SYS_PRCTL, setChildSubreaper, 1, 0)
}

// endDescendants kills whatever the command left running.
func endDescendants() {
	for _, pid := range servers.Descendants(os.Getpid()) {
		_ = syscall.Kill(pid, syscall.SIGKILL)
	}
}
