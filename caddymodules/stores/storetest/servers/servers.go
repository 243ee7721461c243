// Package servers starts real servers for tests: PostgreSQL, Redis and an S3
// server, each private to the process that starts it, in a temporary folder of
// its own, on a free port of 127.0.0.1.
//
// A server never outlives its process, however that ends: the kernel signals it
// when the process dies, and the folder of a process that could not clean up is
// swept away by the next server that starts. Linux only.
//
// The command withservers runs another command, usually go test, with one of
// each. A test of an outage or a power cut starts a server of its own:
//
//	pg, err := servers.Postgres(servers.Options{})
//	…
//	t.Cleanup(pg.Stop)
//	pg.Kill()    // the power goes
//	pg.Restart() // and comes back: same port, same folder
package servers

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"time"
)

const (
	startLimit = 60 * time.Second // for a server to answer
	stopLimit  = 10 * time.Second // for a clean end, before it is killed
)

// Options say how a server keeps what it is given.
type Options struct {
	// Durable makes the server confirm a write only when it is on disk, as in
	// production. Without it PostgreSQL survives Kill but not the machine, and
	// Redis forgets everything with its process.
	Durable bool
}

// Server is a running server. Its methods may be called from any goroutine.
type Server struct {
	// URL is where the server is: postgres://… as superuser, redis://…, or
	// s3://bucket?endpoint=…&region=….
	URL string
	// Key and Secret are the credentials of an S3 server, else empty.
	Key, Secret string

	folder *folder
	port   int
	argv   func() []string
	env    []string
	owner  *syscall.Credential         // nil: the user of this process
	ready  func(context.Context) error // nil once the server answers
	bye    syscall.Signal              // asks for a clean end
	orphan syscall.Signal              // what the kernel sends when this process dies

	mu      sync.Mutex
	process *os.Process
	ended   chan struct{} // closed when process has ended
	stopped bool
}

// Kill ends the server at once, with all its processes and without a word: to
// its clients and its files it is a power cut. The folder stays for Restart.
func (s *Server) Kill() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.kill()
}

// Pause freezes the server with all its processes: connections stay open and
// nothing answers.
func (s *Server) Pause() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.running() {
		signalTree(s.process.Pid, syscall.SIGSTOP)
	}
}

// Resume lets a paused server go on.
func (s *Server) Resume() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.running() {
		signalTree(s.process.Pid, syscall.SIGCONT)
	}
}

// Restart ends the server cleanly if it runs, and starts it again on the same
// port and folder. It returns once the server answers.
func (s *Server) Restart() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopped {
		return errors.New("restarting a server: it was stopped for good")
	}
	s.end()
	// A killed PostgreSQL's children may hold its shared memory a moment longer
	// than it lived.
	var err error
	for range 10 {
		if err = s.start(); err == nil {
			return nil
		}
		time.Sleep(200 * time.Millisecond)
	}
	return err
}

// Stop ends the server for good and removes its folder. A second call does
// nothing.
func (s *Server) Stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopped {
		return
	}
	s.stopped = true
	s.end()
	s.folder.remove()
}

// launch starts a server for the first time. Its port may have been taken
// between choosing and using it, so it tries a few.
func (s *Server) launch() error {
	var err error
	for range 5 {
		if s.port, err = FreePort(); err != nil {
			break
		}
		if err = s.start(); err == nil {
			return nil
		}
	}
	s.folder.remove()
	return err
}

// start starts the process and waits until it answers.
func (s *Server) start() error {
	argv := s.argv()
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Dir = s.folder.path
	cmd.Env = append(os.Environ(), s.env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Credential: s.owner}
	log, err := os.OpenFile(s.logFile(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("opening the log of a server: %w", err)
	}
	defer log.Close()
	cmd.Stdout, cmd.Stderr = log, log
	if err := Start(cmd, s.orphan); err != nil {
		return fmt.Errorf("starting %s: %w", argv[0], err)
	}

	ended := make(chan struct{})
	s.process, s.ended = cmd.Process, ended
	go func() {
		_ = cmd.Wait() // how it ended is in its log
		close(ended)
	}()
	if err := s.await(); err != nil {
		s.kill()
		return fmt.Errorf("starting %s: %w; its log ends:\n%s", filepath.Base(argv[0]), err, tail(s.logFile()))
	}
	return nil
}

// await waits until the server answers, ends or has had its time.
func (s *Server) await() error {
	ctx, cancel := context.WithTimeout(context.Background(), startLimit)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		err := s.ask(ctx)
		if err == nil && s.running() {
			return nil
		}
		select {
		case <-s.ended:
			return errors.New("it ended by itself")
		case <-ctx.Done():
			return fmt.Errorf("it did not answer within %v: %w", startLimit, err)
		case <-tick.C:
		}
	}
}

// ask asks once whether the server answers; a question may get lost while the
// server comes up.
func (s *Server) ask(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	return s.ready(ctx)
}

// end asks the process to end and kills what is left of it after stopLimit.
func (s *Server) end() {
	if !s.running() {
		return
	}
	signalTree(s.process.Pid, syscall.SIGCONT)
	_ = s.process.Signal(s.bye)
	select {
	case <-s.ended:
	case <-time.After(stopLimit):
		s.kill()
	}
}

func (s *Server) kill() {
	if s.running() {
		killTree(s.process.Pid)
		<-s.ended
	}
}

func (s *Server) running() bool {
	if s.process == nil {
		return false
	}
	select {
	case <-s.ended:
		return false
	default:
		return true
	}
}

func (s *Server) logFile() string { return filepath.Join(s.folder.path, "log") }

// address is the host and port that the server listens on.
func (s *Server) address() string { return fmt.Sprintf("127.0.0.1:%d", s.port) }
