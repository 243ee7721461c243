package photocloak

import (
	"context"
	"strconv"

	"github.com/spf13/cobra"

	"sekisho/backends/kit"
	"sekisho/caddymodules/stores"
)

// exportCommand makes a command that writes one table.
func exportCommand(what, long string, columns []string, run func(context.Context, *stores.Stores, *kit.CSVWriter) error) *cobra.Command {
	return leaf(&cobra.Command{
		Use:   what + " [<file>|-]",
		Short: "Writes all " + what,
		Long: "Writes all " + what + ` as CSV, to a file that only you can read or to standard
output; "import ` + what + `" takes it as it is. ` + long,
		Example: "  sekisho photocloak export " + what + " " + what + ".csv",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return kit.ExportCSV(cmd, args, columns, run)
		},
	})
}

func numberOut(n int64) string { return strconv.FormatInt(n, 10) }

func flagOut(on bool) string {
	if on {
		return "1"
	}
	return "0"
}
