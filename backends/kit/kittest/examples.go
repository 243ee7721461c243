package kittest

import (
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// Examples holds that every command of an API has an example, and that each
// example is a call of one of them; add gives a command those of the API.
func Examples(t *testing.T, api string, add func(*cobra.Command)) {
	t.Helper()
	root := &cobra.Command{Use: api}
	add(root)
	call := regexp.MustCompile(`sekisho ` + api + ` ([^|\n]+)`)
	var visit func(*cobra.Command)
	visit = func(cmd *cobra.Command) {
		for _, sub := range cmd.Commands() {
			visit(sub)
		}
		if cmd.HasSubCommands() {
			return
		}
		calls := call.FindAllStringSubmatch(cmd.Example, -1)
		if len(calls) == 0 {
			t.Errorf("%s has no example", cmd.CommandPath())
		}
		for _, call := range calls {
			if err := isCall(root, strings.Fields(call[1])); err != "" {
				t.Errorf("%s: %s", call[0], err)
			}
		}
	}
	visit(root)
}

// isCall says what is wrong with a call of a command, "" where nothing is.
func isCall(root *cobra.Command, args []string) string {
	found, rest, err := root.Find(args)
	if err != nil {
		return err.Error()
	}
	if found.HasSubCommands() {
		return "it only holds others"
	}
	if err := found.ParseFlags(rest); err != nil {
		return err.Error()
	}
	if err := found.ValidateArgs(found.Flags().Args()); err != nil {
		return err.Error()
	}
	return ""
}
