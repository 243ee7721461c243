package kit

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"
)

// maxSecret is the longest secret that a command takes, in bytes.
const maxSecret = 1024

// ReadSecret reads a secret that a command is given, from the file at path, or
// from stdin where path is "-"; never from an argument, which every user of the
// machine could read. At a terminal it is typed unseen. One line break at its
// end is not part of it. An empty secret, one longer than 1,024 bytes and one
// that holds a NUL are refused.
func ReadSecret(path string, stdin io.Reader) (string, error) {
	text, err := readSecret(path, stdin)
	if err != nil {
		return "", fmt.Errorf("reading the secret: %w", err)
	}
	secret, cut := strings.CutSuffix(string(text), "\r\n")
	if !cut {
		secret = strings.TrimSuffix(secret, "\n")
	}
	switch {
	case secret == "":
		return "", errors.New("the secret is empty")
	case len(secret) > maxSecret:
		return "", fmt.Errorf("the secret is longer than %d bytes", maxSecret)
	case strings.ContainsRune(secret, 0):
		return "", errors.New("the secret holds a NUL")
	}
	return secret, nil
}

func readSecret(path string, stdin io.Reader) ([]byte, error) {
	if path != "-" {
		file, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		defer file.Close()
		stdin = file
	} else if terminal, ok := stdin.(*os.File); ok && term.IsTerminal(int(terminal.Fd())) {
		fmt.Fprint(os.Stderr, "Secret: ")
		defer fmt.Fprintln(os.Stderr)
		return term.ReadPassword(int(terminal.Fd()))
	}
	// Enough to see that it is too long, line break and all.
	return io.ReadAll(io.LimitReader(stdin, maxSecret+int64(len("\r\n"))+1))
}
