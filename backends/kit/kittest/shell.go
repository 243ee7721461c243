package kittest

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"sekisho/caddymodules/stores"
	"sekisho/caddymodules/stores/storetest"
)

// Shell runs the commands of an API over stores of its own.
type Shell struct {
	T         *testing.T
	Stores    *stores.Stores
	Caddyfile string // the file that names them

	add func(*cobra.Command)
}

// NewShell opens fresh stores of a combination; add gives a command those of the
// API.
func NewShell(t *testing.T, combination string, add func(*cobra.Command)) Shell {
	t.Helper()
	return OpenShell(t, storetest.Config(t, combination), add)
}

// OpenShell is NewShell over the stores of config.
func OpenShell(t *testing.T, config stores.Config, add func(*cobra.Command)) Shell {
	t.Helper()
	return Shell{T: t, Stores: storetest.OpenConfig(t, config), Caddyfile: storetest.Caddyfile(t, config), add: add}
}

// Run runs a command and gives what it prints, on standard output and standard
// error.
func (s Shell) Run(stdin string, args ...string) (string, error) {
	s.T.Helper()
	var out bytes.Buffer
	err := s.RunTo(&out, &out, stdin, args...)
	return out.String(), err
}

// RunTo runs a command whose standard output and standard error are two.
func (s Shell) RunTo(out, said io.Writer, stdin string, args ...string) error {
	s.T.Helper()
	cmd := &cobra.Command{Use: "sekisho", SilenceErrors: true}
	s.add(cmd)
	cmd.SetOut(out)
	cmd.SetErr(said)
	cmd.SetIn(strings.NewReader(stdin))
	cmd.SetArgs(append(args, "--config", s.Caddyfile))
	return cmd.Execute()
}

// Must is Run for a command that succeeds.
func (s Shell) Must(stdin string, args ...string) string {
	s.T.Helper()
	out, err := s.Run(stdin, args...)
	if err != nil {
		s.T.Fatalf("%v: %v", args, err)
	}
	return out
}
