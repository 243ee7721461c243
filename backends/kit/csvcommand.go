package kit

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"sekisho/caddymodules/stores"
)

// ImportCSV is what a command that imports one table runs: it opens the file at
// path, or the command's standard input where path is "-", and the stores, lets
// run import, and says how many of what came in ("12 users imported").
//
// run gives that number. It imports all or nothing: its error is told as one
// with which nothing came in, and one of which [stores.IsTaken] is true as
// somebody else's doing.
func ImportCSV(cmd *cobra.Command, path string, format CSVFormat, what string,
	run func(context.Context, *stores.Stores, *CSVFile) (int, error),
) error {
	return stores.ForCommand(cmd, func(ctx context.Context, s *stores.Stores) error {
		file, err := OpenCSV(path, cmd.InOrStdin(), format)
		if err != nil {
			return err
		}
		defer file.Close()
		count, err := run(ctx, s, file)
		if stores.IsTaken(err) {
			return errors.New("something in the file was taken by somebody else meanwhile; nothing was imported, try again")
		}
		if err != nil {
			return fmt.Errorf("nothing was imported:\n%w", err)
		}
		fmt.Fprintf(cmd.OutOrStdout(), "%d %s imported\n", count, what)
		return nil
	})
}

// ExportCSV is what a command that exports one table runs: it opens the file
// that the first of the command's arguments names, or its standard output where
// there is none or "-", and the stores, and lets run write the rows. Where that
// fails there is no file.
func ExportCSV(cmd *cobra.Command, args, columns []string, run func(context.Context, *stores.Stores, *CSVWriter) error) error {
	path := "-"
	if len(args) > 0 {
		path = args[0]
	}
	return stores.ForCommand(cmd, func(ctx context.Context, s *stores.Stores) error {
		file, err := CreateCSV(path, cmd.OutOrStdout(), columns...)
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
