package kit

import (
	"context"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"sekisho/caddymodules/stores"
)

// Leaf gives a subcommand the flags that find the stores.
func Leaf(cmd *cobra.Command) *cobra.Command {
	stores.AddCommandFlags(cmd)
	return cmd
}

// NewSecret takes the secret of a command from a file where one is named, as
// [ReadSecret] does, and else makes one of so many random bytes.
func NewSecret(cmd *cobra.Command, file string, bytes int) (secret string, made bool, err error) {
	if file == "" {
		return RandomToken(bytes), true, nil
	}
	secret, err = ReadSecret(file, cmd.InOrStdin())
	return secret, false, err
}

// CheckText refuses an argument of a command that is empty, has more than most
// characters, or is no text that every database takes.
func CheckText(what, text string, most int) error {
	if text != "" && IsText(text) && utf8.RuneCountInString(text) <= most {
		return nil
	}
	return fmt.Errorf("%s must have 1 to %d characters", what, most)
}

// IsText says whether every database takes a text: UTF-8 without a NUL.
func IsText(text string) bool { return utf8.ValidString(text) && !strings.ContainsRune(text, 0) }

// ExportCommand makes the command `sekisho <api> export <what>`, which writes
// one table as [ExportCSV] does. long is what is to be said of it beyond that.
func ExportCommand(api, what, long string, columns []string, run func(context.Context, *stores.Stores, *CSVWriter) error) *cobra.Command {
	return Leaf(&cobra.Command{
		Use:   what + " [<file>|-]",
		Short: "Writes all " + what,
		Long: "Writes all " + what + ` as CSV, to a file that only you can read or to standard
output; "import ` + what + `" takes it as it is. ` + long,
		Example: "  sekisho " + api + " export " + what + " " + what + ".csv",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return ExportCSV(cmd, args, columns, run)
		},
	})
}
