package crm

import (
	"context"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"sekisho/backends/kit"
	"sekisho/caddymodules/stores"
)

// table is one table that import and export move.
type table struct {
	what string // "shops"

	// columns are the help's: a line each.
	columns string

	format kit.CSVFormat

	// bring imports a file, all or nothing, and says how many rows came in.
	bring func(ctx context.Context, kept store, file *kit.CSVFile) (int, error)
}

// importCommand makes the command that imports a table.
func importCommand(t table) *cobra.Command {
	t.format.CP932 = true
	return tenantFlag(kit.Leaf(&cobra.Command{
		Use:   t.what + " <file>|- [--tenant <name>]",
		Short: "Takes " + t.what + " over",
		Long: "Takes a tenant's " + t.what + ` over from a CSV file with a header line, or from standard
input. It is in UTF-8 or CP932, which shows by itself; a byte order mark settles
that it is UTF-8. Columns, in any order:

` + t.columns + `

A text that is only "." stands for none, as in the old database. The whole file
is checked first. All of it comes in, or nothing. An SQLite file lets nobody else
write while it comes in, and PostgreSQL nobody whom it is about: do it while the
shops are closed.`,
		Example: "  sekisho crm import " + t.what + " " + t.what + ".csv --tenant adi-mo",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return kit.ImportCSV(cmd, args[0], t.format, t.what, func(ctx context.Context, s *stores.Stores, file *kit.CSVFile) (int, error) {
				kept, err := storeOf(ctx, cmd, s, false)
				if err != nil {
					return 0, err
				}
				return t.bring(ctx, kept, file)
			})
		},
	}))
}

// byteOrderMark begins an export. Without it an import would take a table whose
// only characters beyond ASCII are letters like é for half-width kana of CP932.
const byteOrderMark = "\ufeff"

// exportCommand makes the command that exports a table. long is what is to be
// said of it.
func exportCommand(what, long string, columns []string, run func(ctx context.Context, kept store, file *kit.CSVWriter) error) *cobra.Command {
	var cmd *cobra.Command
	marked := append([]string{byteOrderMark + columns[0]}, columns[1:]...)
	cmd = kit.ExportCommand(apiName, what, long, marked, func(ctx context.Context, s *stores.Stores, file *kit.CSVWriter) error {
		kept, err := storeOf(ctx, cmd, s, false)
		if err != nil {
			return err
		}
		return run(ctx, kept, file)
	})
	cmd.Use += " [--tenant <name>]"
	return tenantFlag(cmd)
}

// columnNames are the names of columns, of which those that an import needs end
// in !.
func columnNames(columns []string) []string {
	names := slices.Clone(columns)
	for i, name := range names {
		names[i] = strings.TrimSuffix(name, "!")
	}
	return names
}

// textIn reads a text of a row; the old database's sign of none is none.
func textIn(f *kit.CSVFields, column string, most int) string {
	text := f.Text(column, most)
	if isNone(text) {
		return ""
	}
	return text
}

// isNone says whether a text stands for none, as the old database wrote it.
func isNone(text string) bool { return text == "" || text == "." }

// keyIn reads a text by which clients ask for something: a blank that an old
// database pads it with would let nobody find it.
func keyIn(f *kit.CSVFields, column string, most int) string {
	key := f.Need(column, most)
	if key == "." {
		f.Fail(column, "is empty")
	} else if strings.TrimSpace(key) != key {
		f.Fail(column, "begins or ends with a blank")
	}
	return key
}

// dateIn reads a date of a row, or none.
func dateIn(f *kit.CSVFields, column string) string {
	date := f.Get(column)
	if isNone(date) {
		return ""
	}
	if !isDate(date) {
		f.Fail(column, "is no date of the form YYYYMMDD")
	}
	return date
}
