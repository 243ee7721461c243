package caddymodules

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestPasswordsMayStandInFiles(t *testing.T) {
	folder := t.TempDir()
	for name, text := range map[string]string{"secret": "0123456789abcdef\n", "empty": " \n"} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	secret, empty, none := filepath.Join(folder, "secret"), filepath.Join(folder, "empty"), filepath.Join(folder, "none")
	for _, c := range []struct{ name, given, file, want, err string }{
		{"neither", "", "", "", ""},
		{"the variable alone", "fedcba9876543210", "", "fedcba9876543210", ""},
		{"the file alone", "", secret, "0123456789abcdef", ""},
		{"both, as a child inherits them", "0123456789abcdef", secret, "0123456789abcdef", ""},
		{"both, and they differ", "fedcba9876543210", secret, "fedcba9876543210", "SEKISHO_SECRET and SEKISHO_SECRET_FILE say two things; leave one out"},
		{"an empty file", "", empty, "", "reading SEKISHO_SECRET_FILE: " + empty + " is empty"},
		{"no such file", "", none, "", "reading SEKISHO_SECRET_FILE: open " + none + ": no such file or directory"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Setenv("SEKISHO_SECRET", c.given)
			t.Setenv("SEKISHO_SECRET_FILE", c.file)
			text := ""
			if err := readPrivateFiles(); err != nil {
				text = err.Error()
			}
			if got := os.Getenv("SEKISHO_SECRET"); text != c.err || got != c.want {
				t.Errorf("SEKISHO_SECRET=%q, error %q; want %q, error %q", got, text, c.want, c.err)
			}
		})
	}
}

// What no variable can hold would else leave the default in its place: another
// database, and a secret of its own.
func TestFilesThatNoVariableCanHold(t *testing.T) {
	for what, content := range map[string]string{"a NUL": "postgres://u:\x00p@h/db", "far too much": strings.Repeat("x", largestPrivate+1)} {
		file := filepath.Join(t.TempDir(), "database")
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		t.Setenv("SEKISHO_DATABASE", "")
		t.Setenv("SEKISHO_DATABASE_FILE", file)
		err := readPrivateFiles()
		if err == nil || strings.Contains(err.Error(), "postgres://") || os.Getenv("SEKISHO_DATABASE") != "" {
			t.Errorf("%s: %v, and the variable is %q", what, err, os.Getenv("SEKISHO_DATABASE"))
		}
	}
}
