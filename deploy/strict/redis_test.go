package strict

import (
	"bufio"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// redisServer starts Redis with the shipped configuration, on a socket of its
// own, and gives what redis-cli answers to a command.
func redisServer(t *testing.T, options ...string) (ask func(words ...string) string) {
	t.Helper()
	folder := t.TempDir()
	config, socket := filepath.Join(folder, "redis.conf"), filepath.Join(folder, "s")
	shipped := read(t, deploy, "redis", "redis.conf")
	write(t, config, strings.Replace(shipped, "\ndir /data\n", "\ndir "+folder+"\n", 1))
	args := append([]string{config, "--port", "0", "--unixsocket", socket}, options...)
	server := exec.Command("redis-server", args...)
	out, err := server.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	server.Stderr = server.Stdout
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = server.Process.Kill()
		_ = server.Wait()
	})
	late := time.AfterFunc(time.Minute, func() { _ = server.Process.Kill() })
	defer late.Stop()
	said, ready := "", false
	for lines := bufio.NewScanner(out); !ready && lines.Scan(); {
		said += lines.Text() + "\n"
		ready = strings.Contains(lines.Text(), "eady to accept connections")
	}
	if !ready {
		t.Fatalf("redis-server ended:\n%s", said)
	}
	return func(words ...string) string {
		t.Helper()
		return strings.TrimSpace(run(t, "redis-cli", append([]string{"-s", socket, "--no-auth-warning"}, words...)...))
	}
}

func TestRedisKeepsWhatWasAnswered(t *testing.T) {
	ask := redisServer(t)
	for name, want := range map[string]string{
		"appendonly": "yes", "appendfsync": "always", "no-appendfsync-on-rewrite": "no", "save": "",
		"maxmemory-policy": "noeviction", "maxmemory": "536870912", "protected-mode": "yes",
	} {
		if got := ask("CONFIG", "GET", name); got != strings.TrimSpace(name+"\n"+want) {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
}

// When it is full it refuses to write, and throws nothing out.
func TestAFullRedisForgetsNothing(t *testing.T) {
	ask := redisServer(t)
	ask("SET", "session", "of a member")
	ask("CONFIG", "SET", "maxmemory", "1")
	if got := ask("SET", "another", "one"); !strings.HasPrefix(got, "OOM ") {
		t.Errorf("a full Redis answers %q", got)
	}
	if got := ask("GET", "session"); got != "of a member" {
		t.Errorf("the session is %q now", got)
	}
}

// The password is in a file of its own, which the compose file includes.
func TestRedisAsksForThePassword(t *testing.T) {
	ask := redisServer(t, "--include", filepath.Join(composeFolder(t), "secrets", "redis_password.conf"))
	if got := ask("PING"); !strings.HasPrefix(got, "NOAUTH ") {
		t.Errorf("without the password: %q", got)
	}
}
