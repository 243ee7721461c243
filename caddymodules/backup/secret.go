package backup

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"filippo.io/age"
	"golang.org/x/term"
)

const (
	// shortestPassphrase is in bytes: who finds a backup may try as long as they
	// like.
	shortestPassphrase = 12
	longestPassphrase  = 1024

	// hardestWork is how much work, as a power of two, an archive may ask for
	// before its secret opens: four times what this program asks for, and 1 GiB.
	hardestWork = 20
)

// work is what the passphrase is stretched by, as a power of two: a second, and
// 256 MiB. It is a variable for the tests.
var work = 18

// encryptSecret encrypts the secret with a passphrase.
func encryptSecret(secret, passphrase string) ([]byte, error) {
	recipient, err := age.NewScryptRecipient(passphrase)
	if err != nil {
		return nil, fmt.Errorf("encrypting the secret: %w", err)
	}
	recipient.SetWorkFactor(work)
	var encrypted bytes.Buffer
	w, err := age.Encrypt(&encrypted, recipient)
	if err == nil {
		_, err = io.WriteString(w, secret)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		return nil, fmt.Errorf("encrypting the secret: %w", err)
	}
	return encrypted.Bytes(), nil
}

func decryptSecret(encrypted []byte, passphrase string) (string, error) {
	identity, err := age.NewScryptIdentity(passphrase)
	if err != nil {
		return "", fmt.Errorf("decrypting the secret: %w", err)
	}
	identity.SetMaxWorkFactor(hardestWork)
	r, err := age.Decrypt(bytes.NewReader(encrypted), identity)
	if wrong := (*age.NoIdentityMatchError)(nil); errors.As(err, &wrong) {
		return "", errors.New("decrypting the secret: the passphrase is wrong")
	}
	if err != nil {
		return "", fmt.Errorf("decrypting the secret: %w", err)
	}
	secret, err := io.ReadAll(r)
	if err != nil {
		return "", fmt.Errorf("decrypting the secret: %w", err)
	}
	return string(secret), nil
}

// readPassphrase reads a passphrase from the file at path, or from stdin where
// path is "-": never from an argument, which every user of the machine could
// read. At a terminal it is typed unseen, twice where it is a new one. One line
// break at its end is not part of it.
func readPassphrase(path string, stdin io.Reader, isNew bool) (string, error) {
	text, err := readPassphraseText(path, stdin, isNew)
	if err != nil {
		return "", fmt.Errorf("reading the passphrase: %w", err)
	}
	passphrase := strings.TrimSuffix(strings.TrimSuffix(string(text), "\n"), "\r")
	switch {
	case passphrase == "":
		return "", errors.New("the passphrase is empty")
	case len(passphrase) > longestPassphrase:
		return "", fmt.Errorf("the passphrase is longer than %d bytes", longestPassphrase)
	case isNew && len(passphrase) < shortestPassphrase:
		return "", fmt.Errorf("the passphrase is shorter than %d bytes", shortestPassphrase)
	}
	return passphrase, nil
}

func readPassphraseText(path string, stdin io.Reader, isNew bool) ([]byte, error) {
	if path != "-" {
		file, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		defer file.Close()
		stdin = file
	} else if terminal, ok := stdin.(*os.File); ok && term.IsTerminal(int(terminal.Fd())) {
		return typePassphrase(terminal, isNew)
	}
	return io.ReadAll(io.LimitReader(stdin, longestPassphrase+int64(len("\r\n"))+1))
}

func typePassphrase(terminal *os.File, isNew bool) ([]byte, error) {
	typed, err := typeUnseen(terminal, "Passphrase: ")
	if err != nil || !isNew {
		return typed, err
	}
	again, err := typeUnseen(terminal, "Once more: ")
	if err == nil && !bytes.Equal(typed, again) {
		err = errors.New("it was typed in two ways")
	}
	return typed, err
}

func typeUnseen(terminal *os.File, prompt string) ([]byte, error) {
	fmt.Fprint(os.Stderr, prompt)
	defer fmt.Fprintln(os.Stderr)
	return term.ReadPassword(int(terminal.Fd()))
}

// keepSecret writes the secret to a file that only its owner can read. A file
// that holds it already is left; one that holds something else is an error.
func keepSecret(path, secret string) error {
	folder := filepath.Dir(path)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return fmt.Errorf("keeping the secret: %w", err)
	}
	aside, err := os.CreateTemp(folder, ".secret-*") // mode 0600
	if err != nil {
		return fmt.Errorf("keeping the secret: %w", err)
	}
	defer os.Remove(aside.Name())
	_, err = aside.WriteString(secret + "\n")
	if err = errors.Join(err, aside.Sync(), aside.Close()); err != nil {
		return fmt.Errorf("keeping the secret: %w", err)
	}
	err = os.Link(aside.Name(), path) // which never goes over what is there
	if errors.Is(err, os.ErrExist) {
		if kept, err := os.ReadFile(path); err == nil && strings.TrimSpace(string(kept)) == secret {
			return nil
		}
		return fmt.Errorf("keeping the secret: %s is there and holds something else", path)
	}
	if err == nil {
		err = syncFolder(folder)
	}
	if err != nil {
		return fmt.Errorf("keeping the secret: %w", err)
	}
	return nil
}

// syncFolder makes the names in a folder safe.
func syncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}
