package caddymodules

import (
	"fmt"
	"io"
	"os"
	"strings"
)

// private are the variables that may hold a password.
var private = []string{
	"SEKISHO_DATABASE", "SEKISHO_SESSIONS", "SEKISHO_SECRET", "SEKISHO_SECRET_PREVIOUS",
	"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY",
}

// readPrivateFiles sets each variable that may hold a password from the file that
// the variable with _FILE behind its name names, for the gateway and for every
// command: the environment that a container or a service is started with shows
// in more places than a file. What is named must be there and hold something, or
// the default would be served instead.
func readPrivateFiles() error {
	if len(os.Args) > 1 && os.Args[1] == "environ" {
		return nil // what is printed then is as it was given
	}
	for _, name := range private {
		file := name + "_FILE"
		path := os.Getenv(file)
		if path == "" {
			continue
		}
		text, err := readPrivate(path)
		if err != nil {
			return fmt.Errorf("reading %s: %w", file, err)
		}
		value := strings.TrimSpace(string(text))
		if value == "" {
			return fmt.Errorf("reading %s: %s is empty", file, path)
		}
		// A program started by this one inherits both.
		if given := os.Getenv(name); given != "" && given != value {
			return fmt.Errorf("%s and %s say two things; leave one out", name, file)
		}
		if err := os.Setenv(name, value); err != nil {
			return fmt.Errorf("reading %s: %s holds what no variable can hold, such as a NUL: %w", file, path, err)
		}
	}
	return nil
}

// largestPrivate is more than any address or secret has, in bytes.
const largestPrivate = 64 << 10

func readPrivate(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, largestPrivate+1))
	if err == nil && len(text) > largestPrivate {
		err = fmt.Errorf("%s is longer than %d bytes", path, largestPrivate)
	}
	return text, err
}
