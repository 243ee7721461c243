package backup

import (
	"fmt"
	"io"
	"os"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// A new passphrase is typed twice, unseen.
func TestPassphraseIsTypedTwice(t *testing.T) {
	for _, test := range []struct{ first, second, want string }{
		{passphrase, passphrase, passphrase + " <nil>"},
		{passphrase, "correct horse battery stable", " reading the passphrase: it was typed in two ways"},
	} {
		person, terminal := openTerminal(t)
		stderr := os.Stderr
		prompts, end, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		os.Stderr = end
		typed := make(chan string)
		go func() {
			read, err := readPassphrase("-", terminal, true)
			end.Close()
			typed <- fmt.Sprint(read, " ", err)
		}()
		for _, line := range []string{test.first, test.second} {
			awaitPrompt(t, prompts)
			for began := time.Now(); echoes(t, terminal); time.Sleep(time.Millisecond) { // until it is to be typed unseen
				if time.Since(began) > time.Minute {
					t.Fatal("it is shown what is typed")
				}
			}
			if _, err := io.WriteString(person, line+"\n"); err != nil {
				t.Fatal(err)
			}
		}
		if got := <-typed; got != test.want {
			t.Errorf("read %q, want %q", got, test.want)
		}
		os.Stderr = stderr
	}
}

// awaitPrompt reads until a prompt ends.
func awaitPrompt(t *testing.T, prompts io.Reader) {
	t.Helper()
	for b := make([]byte, 1); b[0] != ':'; {
		if _, err := prompts.Read(b); err != nil {
			t.Fatal(err)
		}
	}
}

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

func echoes(t *testing.T, terminal *os.File) bool {
	t.Helper()
	state, err := unix.IoctlGetTermios(int(terminal.Fd()), unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	return state.Lflag&unix.ECHO != 0
}
