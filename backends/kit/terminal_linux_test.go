package kit

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"testing"

	"golang.org/x/sys/unix"
)

// openTerminal gives a terminal and what sits before it.
func openTerminal(t *testing.T) (person, terminal *os.File) {
	t.Helper()
	person, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { person.Close() })
	number, err := unix.IoctlGetInt(int(person.Fd()), unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(int(person.Fd()), unix.TIOCSPTLCK, 0)
	}
	if err == nil {
		terminal, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { terminal.Close() })
	return person, terminal
}

func TestSecretIsTypedUnseen(t *testing.T) {
	person, terminal := openTerminal(t)
	stderr := os.Stderr
	_, prompts, _ := os.Pipe()
	os.Stderr = prompts
	defer func() { os.Stderr = stderr }()

	typed := make(chan string, 1)
	go func() {
		secret, err := ReadSecret("-", terminal)
		typed <- fmt.Sprint(secret, err)
	}()
	eventually(t, "the echo is off", func() bool { return !echoes(t, terminal) })
	if _, err := io.WriteString(person, "canary\n"); err != nil {
		t.Fatal(err)
	}
	if got := <-typed; got != "canary<nil>" {
		t.Errorf("read %q", got)
	}
	fmt.Fprintln(terminal, "the end")
	if seen, err := bufio.NewReader(person).ReadString('d'); err != nil || strings.Contains(seen, "canary") {
		t.Errorf("the screen shows %q, %v", seen, err)
	}
}

func echoes(t *testing.T, terminal *os.File) bool {
	t.Helper()
	mode, err := unix.IoctlGetTermios(int(terminal.Fd()), unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	return mode.Lflag&unix.ECHO != 0
}

func TestProgressIsShownOnATerminalOnly(t *testing.T) {
	person, terminal := openTerminal(t)
	p := newProgress(terminal, "Importing", 1000)
	for range 11 { // the file grew while it was read
		if n, err := p.Write(make([]byte, 100)); n != 100 || err != nil {
			t.Fatal(n, err)
		}
	}
	p.end()
	if seen := screen(t, person, terminal); !strings.Contains(seen, "Importing") || !strings.Contains(seen, "100%") {
		t.Errorf("the screen shows %q", seen)
	}

	file, err := os.CreateTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	p = newProgress(file, "Importing", 1000)
	_, _ = p.Write(make([]byte, 1000))
	p.end()
	if info, err := file.Stat(); err != nil || info.Size() != 0 {
		t.Errorf("a file got %d bytes of progress", info.Size())
	}
}

func TestCountingFromEverywhere(t *testing.T) {
	person, terminal := openTerminal(t)
	stderr := os.Stderr
	os.Stderr = terminal
	defer func() { os.Stderr = stderr }()
	one, end := Counting("Hashing", 8)
	var working sync.WaitGroup
	for range 8 {
		working.Go(one)
	}
	working.Wait()
	end()
	if seen := screen(t, person, terminal); !strings.Contains(seen, "Hashing") || !strings.Contains(seen, "8/8") {
		t.Errorf("the screen shows %q", seen)
	}
}

// screen gives what the terminal has shown so far.
func screen(t *testing.T, person, terminal *os.File) string {
	t.Helper()
	fmt.Fprint(terminal, "the end")
	var seen strings.Builder
	for shown := bufio.NewReader(person); !strings.HasSuffix(seen.String(), "the end"); {
		c, err := shown.ReadByte()
		if err != nil {
			t.Fatal(err)
		}
		seen.WriteByte(c)
	}
	return seen.String()
}
