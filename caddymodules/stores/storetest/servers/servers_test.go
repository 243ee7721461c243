package servers_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"sekisho/caddymodules/stores/storetest/servers"
)

// client is what the tests do with any kind of server: keep a word, read it.
type client struct {
	put func(context.Context, *servers.Server, string) error
	get func(context.Context, *servers.Server) (string, error)
}

var kinds = []struct {
	name  string
	start func(servers.Options) (*servers.Server, error)
	client
}{
	{"postgres", servers.Postgres, client{putPostgres, getPostgres}},
	{"redis", servers.Redis, client{putRedis, getRedis}},
	{"s3", servers.S3, client{putS3, getS3}},
}

// What was confirmed is there after a power cut, a frozen server answers
// nothing until it goes on, and a stopped one leaves nothing behind.
func TestServer(t *testing.T) {
	for _, kind := range kinds {
		t.Run(kind.name, func(t *testing.T) {
			t.Parallel()
			s, err := kind.start(servers.Options{Durable: true})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(s.Stop)
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
			defer cancel()
			expect := func(when, want string) {
				t.Helper()
				if got, err := kind.get(ctx, s); got != want || err != nil {
					t.Fatalf("%s: got %q, %v, want %q", when, got, err, want)
				}
			}
			expectNothing := func(when string) {
				t.Helper()
				hurried, cancel := context.WithTimeout(ctx, 300*time.Millisecond)
				defer cancel()
				if got, err := kind.get(hurried, s); err == nil {
					t.Fatalf("%s: got %q, want an error", when, got)
				}
			}

			if err := kind.put(ctx, s, "関所"); err != nil {
				t.Fatal(err)
			}
			expect("after put", "関所")

			s.Kill()
			expectNothing("killed")
			if err := s.Restart(); err != nil {
				t.Fatal(err)
			}
			expect("after kill and restart", "関所")

			s.Pause()
			expectNothing("paused")
			s.Resume()
			expect("after pause", "関所")

			if err := s.Restart(); err != nil {
				t.Fatal(err)
			}
			expect("after a clean restart", "関所")

			pids := below(os.Getpid(), s)
			s.Pause()
			s.Stop()
			expectNothing("stopped")
			expectGone(t, pids)
			if err := s.Restart(); err == nil {
				t.Error("a server that was stopped for good started again")
			}
		})
	}
}

// The test binary is also the process whose death its servers must not outlive.
func TestMain(m *testing.M) {
	if os.Getenv("SERVERS_OWNER") == "" {
		os.Exit(m.Run())
	}
	for _, kind := range kinds {
		if _, err := kind.start(servers.Options{}); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	fmt.Println("started")
	select {}
}

// No server outlives a process that is killed without a chance to clean up.
func TestOwnerKilled(t *testing.T) {
	owner := exec.Command(os.Args[0])
	owner.Env = append(os.Environ(), "SERVERS_OWNER=1")
	owner.Stderr = os.Stderr
	stdout, err := owner.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := owner.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = owner.Process.Kill() })
	if line, err := bufio.NewReader(stdout).ReadString('\n'); line != "started\n" {
		t.Fatalf("the owner wrote %q, %v", line, err)
	}
	pids := servers.Descendants(owner.Process.Pid)
	if len(pids) < len(kinds) {
		t.Fatalf("%d processes run, want %d at least", len(pids), len(kinds))
	}
	_ = owner.Process.Kill()
	_ = owner.Wait()
	expectGone(t, pids)
}

// withservers gives the command its servers, passes its exit status on and
// leaves nothing running, neither a server nor what the command left.
func TestWithservers(t *testing.T) {
	program := filepath.Join(t.TempDir(), "withservers")
	if output, err := exec.Command("go", "build", "-o", program, "./withservers").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	command := func(script string) *exec.Cmd {
		cmd := exec.Command(program, "--", "sh", "-c", script)
		cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME")}
		cmd.Stderr = os.Stderr
		cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
		return cmd
	}

	t.Run("command ends", func(t *testing.T) {
		cmd := command(`sleep 1000 >&- & echo $!; env; exit 7`)
		output, _ := cmd.Output()
		if got := cmd.ProcessState.ExitCode(); got != 7 {
			t.Errorf("exit status %d, want 7", got)
		}
		first, env, _ := strings.Cut(string(output), "\n")
		for _, want := range []string{
			"SEKISHO_TEST_POSTGRES=postgres://postgres:", "SEKISHO_TEST_REDIS=redis://127.0.0.1:",
			"SEKISHO_TEST_S3=s3://sekisho-test?endpoint=http://127.0.0.1:", "SEKISHO_TEST_S3_KEY=", "SEKISHO_TEST_S3_SECRET=",
		} {
			if !strings.Contains("\n"+env, "\n"+want) {
				t.Errorf("the command's environment lacks %s", want)
			}
		}
		pid, err := strconv.Atoi(first)
		if err != nil {
			t.Fatal(err)
		}
		expectGone(t, []int{pid})
	})

	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGKILL} {
		t.Run(sig.String(), func(t *testing.T) {
			cmd := command(`echo started; exec sleep 1000`)
			stdout, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			if line, err := bufio.NewReader(stdout).ReadString('\n'); line != "started\n" {
				t.Fatalf("the command wrote %q, %v", line, err)
			}
			pids := servers.Descendants(cmd.Process.Pid)
			_ = syscall.Kill(-cmd.Process.Pid, sig) // as a terminal does: to the whole group
			_, _ = io.Copy(io.Discard, stdout)
			if err := cmd.Wait(); err == nil {
				t.Error("exit status 0")
			}
			expectGone(t, pids)
		})
	}
}

// below gives the processes of this test that serve s.
func below(pid int, s *servers.Server) []int {
	u, _ := url.Parse(s.URL)
	port := u.Port()
	if endpoint := u.Query().Get("endpoint"); endpoint != "" {
		port = endpoint[strings.LastIndexByte(endpoint, ':')+1:]
	}
	var pids []int
	for _, p := range servers.Descendants(pid) {
		line, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", p))
		if bytes.Contains(line, []byte(port)) {
			pids = append(pids, p)
			pids = append(pids, servers.Descendants(p)...)
		}
	}
	return pids
}

// expectGone waits until none of the processes runs; a dead one that nobody has
// buried counts as gone.
func expectGone(t *testing.T, pids []int) {
	t.Helper()
	if len(pids) == 0 {
		t.Fatal("no process to look for")
	}
	for deadline := time.Now().Add(15 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		var left []string
		for _, pid := range pids {
			stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
			if err == nil && !bytes.HasPrefix(stat[bytes.LastIndexByte(stat, ')')+1:], []byte(" Z")) {
				left = append(left, string(stat[:bytes.LastIndexByte(stat, ')')+1]))
			}
		}
		if len(left) == 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("still running: %v", left)
		}
	}
}

func postgres(ctx context.Context, s *servers.Server, do func(*pgx.Conn) error) error {
	conn, err := pgx.Connect(ctx, s.URL)
	if err != nil {
		return err
	}
	defer conn.Close(context.Background())
	return do(conn)
}

func putPostgres(ctx context.Context, s *servers.Server, word string) error {
	return postgres(ctx, s, func(conn *pgx.Conn) error {
		_, err := conn.Exec(ctx, "CREATE TABLE words AS SELECT '"+word+"' AS word")
		return err
	})
}

func getPostgres(ctx context.Context, s *servers.Server) (word string, err error) {
	err = postgres(ctx, s, func(conn *pgx.Conn) error {
		return conn.QueryRow(ctx, "SELECT word FROM words").Scan(&word)
	})
	return word, err
}

// redis sends one command and gives the last line of the answer.
func redis(ctx context.Context, s *servers.Server, command string, lines int) (string, error) {
	u, err := url.Parse(s.URL)
	if err != nil {
		return "", err
	}
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", u.Host)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	if deadline, ok := ctx.Deadline(); ok {
		_ = conn.SetDeadline(deadline)
	}
	fmt.Fprint(conn, command+"\r\n")
	answer, line := bufio.NewReader(conn), ""
	for range lines {
		if line, err = answer.ReadString('\n'); err != nil {
			return "", err
		}
	}
	return strings.TrimSpace(line), nil
}

func putRedis(ctx context.Context, s *servers.Server, word string) error {
	answer, err := redis(ctx, s, "SET word "+word, 1)
	if err == nil && answer != "+OK" {
		return fmt.Errorf("redis answered %s", answer)
	}
	return err
}

func getRedis(ctx context.Context, s *servers.Server) (string, error) {
	return redis(ctx, s, "GET word", 2)
}

func s3(s *servers.Server) (*minio.Client, error) {
	u, err := url.Parse(s.URL)
	if err != nil {
		return nil, err
	}
	return minio.New(strings.TrimPrefix(u.Query().Get("endpoint"), "http://"), &minio.Options{
		Creds:      credentials.NewStaticV4(s.Key, s.Secret, ""),
		Region:     u.Query().Get("region"),
		MaxRetries: 1,
	})
}

func putS3(ctx context.Context, s *servers.Server, word string) error {
	c, err := s3(s)
	if err != nil {
		return err
	}
	_, err = c.PutObject(ctx, servers.Bucket, "a/word", strings.NewReader(word), int64(len(word)), minio.PutObjectOptions{})
	return err
}

func getS3(ctx context.Context, s *servers.Server) (string, error) {
	c, err := s3(s)
	if err != nil {
		return "", err
	}
	object, err := c.GetObject(ctx, servers.Bucket, "a/word", minio.GetObjectOptions{})
	if err != nil {
		return "", err
	}
	defer object.Close()
	word, err := io.ReadAll(object)
	return string(word), err
}
