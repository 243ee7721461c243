package acceptance

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"sekisho/caddymodules/stores/storetest"
)

// example is one command of the README with what it prints. "…" in the output
// stands for anything.
type example struct {
	line    int
	command string
	output  string
}

// The README is run by a newcomer: a fresh clone, `make -f xcaddy.mk run`, and
// then every command in the order in which it stands there, in one shell.
func TestREADME(t *testing.T) {
	clone := freshClone(t)
	examples := readExamples(t, filepath.Join(clone, "README.md"))
	if len(examples) < 15 || examples[0].command != "make -f xcaddy.mk run" {
		t.Fatalf("%d commands, the first %q", len(examples), examples[0].command)
	}
	ports := &portMap{t: t, chosen: map[string]string{}}
	run := startMakeRun(t, clone, ports)
	for _, line := range []string{"curl", ports.chosen["8080"]} {
		if !strings.Contains(run.log.String(), line) {
			t.Errorf("make run printed no %q:\n%s", line, run.log)
		}
	}

	shell := newShell(t, clone, run.env)
	for _, example := range examples[1:] {
		got, status := shell.run(ports.rewrite(example.command))
		if status != 0 {
			t.Errorf("README.md:%d: %s\nended with status %d:\n%s", example.line, example.command, status, got)
		}
		if example.output != "" && !matches(ports.rewrite(example.output), got) {
			t.Errorf("README.md:%d: %s\nprinted\n%s\nand not\n%s", example.line, example.command, got, example.output)
		}
	}

	run.interrupt()
	run.again()
	if got, _ := shell.run(ports.rewrite("curl -s 'http://localhost:8080/user/detail?sid=3&key=00000000&id=3'")); !strings.Contains(got, "userc@example.com") {
		t.Errorf("started again, it did not find its data: %s", got)
	}
	run.interrupt()
}

// freshClone is what a newcomer has: the repository as it is now, without
// anything that was built in it.
func freshClone(t *testing.T) string {
	t.Helper()
	clone := filepath.Join(t.TempDir(), "sekisho")
	files, err := exec.Command("git", "-C", repository, "ls-files", "-z", "--cached", "--others", "--exclude-standard").Output()
	if err != nil {
		t.Fatalf("listing the repository: %v", err)
	}
	for name := range strings.SplitSeq(strings.TrimSuffix(string(files), "\x00"), "\x00") {
		from, to := filepath.Join(repository, name), filepath.Join(clone, name)
		text, err := os.ReadFile(from)
		if errors.Is(err, os.ErrNotExist) {
			continue // deleted, and not committed yet
		}
		if err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(from)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(to, text, info.Mode()); err != nil {
			t.Fatal(err)
		}
	}
	return clone
}

// readExamples reads the ```console blocks.
func readExamples(t *testing.T, file string) (all []example) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	inside := false
	number := 0
	for line := range strings.Lines(string(text)) {
		number++
		line = strings.TrimSuffix(line, "\n")
		switch command, isCommand := strings.CutPrefix(line, "$ "); {
		case line == "```console":
			inside = true
		case strings.HasPrefix(line, "```"):
			inside = false
		case inside && isCommand:
			all = append(all, example{line: number, command: command})
		case inside && len(all) > 0:
			all[len(all)-1].output += line + "\n"
		}
	}
	return all
}

// matches holds printed text against the README's, where … is anything.
func matches(want, got string) bool {
	pattern := strings.ReplaceAll(regexp.QuoteMeta(strings.TrimSpace(want)), "…", `[\s\S]*`)
	return regexp.MustCompile(`^` + pattern + `$`).MatchString(strings.TrimSpace(got))
}

// portMap puts a free port in the place of each that the README names, as the
// test may not be alone on its machine.
type portMap struct {
	t      *testing.T
	chosen map[string]string
}

func (p *portMap) environment() []string {
	for _, port := range []string{"8080", "8443", "9180", "2019", "8085"} {
		p.chosen[port] = storetest.FreePort(p.t)
	}
	return append(cleanEnvironment(),
		"SEKISHO_HTTP_PORT="+p.chosen["8080"], "SEKISHO_HTTPS_PORT="+p.chosen["8443"], "SEKISHO_CRM_PORT="+p.chosen["8085"],
		"SEKISHO_METRICS=localhost:"+p.chosen["9180"], "SEKISHO_ADMIN=localhost:"+p.chosen["2019"])
}

func (p *portMap) rewrite(text string) string {
	for _, port := range []string{"8080", "8085"} {
		text = strings.ReplaceAll(text, "localhost:"+port, "localhost:"+p.chosen[port])
	}
	return text
}

// makeRun is `make -f xcaddy.mk run` in a terminal of its own.
type makeRun struct {
	t      *testing.T
	folder string
	env    []string
	ready  string
	log    *logBook
	make   *exec.Cmd
	ended  chan error
}

func startMakeRun(t *testing.T, folder string, ports *portMap) *makeRun {
	t.Helper()
	r := &makeRun{t: t, folder: folder, env: ports.environment(), log: &logBook{}}
	r.ready = "http://localhost:" + ports.chosen["9180"] + "/healthz/ready"
	r.again()
	t.Cleanup(func() { _ = syscall.Kill(-r.make.Process.Pid, syscall.SIGKILL) })
	return r
}

// again waits for the last line that it prints once it is ready.
func (r *makeRun) again() {
	r.t.Helper()
	before := len(r.log.String())
	r.make = exec.Command("make", "-f", "xcaddy.mk", "run")
	r.make.Dir, r.make.Env = r.folder, r.env
	r.make.Stdout, r.make.Stderr = r.log, r.log
	r.make.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := r.make.Start(); err != nil {
		r.t.Fatal(err)
	}
	r.ended = make(chan error, 1)
	go func(process *exec.Cmd, ended chan error) { ended <- process.Wait() }(r.make, r.ended)
	for began := time.Now(); time.Since(began) < 10*time.Minute; time.Sleep(200 * time.Millisecond) {
		if _, welcome, _ := strings.Cut(r.log.String()[before:], "In another terminal:"); strings.Contains(welcome, "auth.php") {
			return
		}
		select {
		case err := <-r.ended:
			r.t.Fatalf("make run ended by itself: %v\n%s", err, r.log)
		default:
		}
	}
	r.t.Fatalf("make run did not say that it is ready:\n%s", r.log)
}

// interrupt is Ctrl-C: the terminal sends it to the whole group.
func (r *makeRun) interrupt() {
	r.t.Helper()
	_ = syscall.Kill(-r.make.Process.Pid, syscall.SIGINT)
	select {
	case <-r.ended:
	case <-time.After(30 * time.Second):
		r.t.Fatal("make run did not end within 30 seconds of Ctrl-C")
	}
	if _, err := http.Get(r.ready); err == nil {
		r.t.Error("after Ctrl-C something still answers")
	}
}

// shell is one bash that runs command after command.
type shell struct {
	t     *testing.T
	input io.Writer
	out   *logBook
	count int
}

func newShell(t *testing.T, folder string, env []string) *shell {
	t.Helper()
	bash := exec.Command("bash", "--noprofile", "--norc")
	bash.Dir = folder
	bash.Env = env
	s := &shell{t: t, out: &logBook{}}
	bash.Stdout, bash.Stderr = s.out, s.out
	bash.SysProcAttr, bash.WaitDelay = &syscall.SysProcAttr{Setpgid: true}, 5*time.Second
	input, err := bash.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	s.input = input
	if err := bash.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		input.Close()
		_ = syscall.Kill(-bash.Process.Pid, syscall.SIGKILL) // with a command that did not end
		_ = bash.Wait()
	})
	return s
}

// run runs one command and gives what it printed and its exit status.
func (s *shell) run(command string) (printed string, status int) {
	s.t.Helper()
	s.count++
	before := len(s.out.String())
	mark := fmt.Sprintf("--- end of command %d:", s.count)
	fmt.Fprintf(s.input, "{ %s\n} </dev/null\nprintf '\\n%s%%d\\n' $?\n", command, mark)
	for began := time.Now(); time.Since(began) < time.Minute; time.Sleep(10 * time.Millisecond) {
		text := s.out.String()[before:]
		at := strings.Index(text, mark)
		if at < 0 || !bytes.HasSuffix([]byte(text), []byte("\n")) {
			continue
		}
		if _, err := fmt.Sscanf(text[at+len(mark):], "%d", &status); err != nil {
			s.t.Fatalf("reading the status of %s: %v", command, err)
		}
		return text[:at], status
	}
	s.t.Fatalf("%s did not end within a minute:\n%s", command, s.out.String()[before:])
	return "", 0
}
