package photocloak

import (
	"context"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"sekisho/backends/kit"
	"sekisho/caddymodules/clock"
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
			path := "-"
			if len(args) > 0 {
				path = args[0]
			}
			return exportCSV(cmd, path, columns, run)
		},
	})
}

// exportCSV opens a file and the stores, and lets run fill the file.
func exportCSV(cmd *cobra.Command, path string, columns []string, run func(context.Context, *stores.Stores, *kit.CSVWriter) error) error {
	return stores.ForCommand(cmd, func(ctx context.Context, s *stores.Stores) error {
		file, err := kit.CreateCSV(path, cmd.OutOrStdout(), columns...)
		if err != nil {
			return err
		}
		defer file.Abandon()
		if err := run(ctx, s, file); err != nil {
			return err
		}
		return file.Close()
	})
}

func numberOut(n int64) string { return strconv.FormatInt(n, 10) }

func flagOut(on bool) string {
	if on {
		return "1"
	}
	return "0"
}

// timeOut keeps the milliseconds; it is "" for none.
func timeOut(milliseconds int64) string {
	if milliseconds == 0 {
		return ""
	}
	return time.UnixMilli(milliseconds).In(clock.Japan).Format("2006-01-02T15:04:05.000Z07:00")
}
