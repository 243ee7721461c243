package crm

import (
	"cmp"
	"context"
	"errors"
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

// lookup asks the database about the values of a column, as many at a time as
// one statement takes.
type lookup struct {
	there  func(ctx context.Context, values []string) (map[string]bool, error)
	column string
	wanted bool   // whether they must be there, or must not
	why    string // what is said of one that is not as wanted

	values []string
	faults []error // what is said of each of them
}

// add notes the value of a row.
func (l *lookup) add(f *kit.CSVFields, value string) {
	if value == "" {
		return // another fault, and told
	}
	l.values, l.faults = append(l.values, value), append(l.faults, f.Fault(l.column, l.why))
}

// flush asks for what is noted, and gives what is not as wanted.
func (l *lookup) flush(ctx context.Context) (wrong []error, err error) {
	if len(l.values) == 0 {
		return nil, nil
	}
	there, err := l.there(ctx, l.values)
	for i, value := range l.values {
		if there[value] != l.wanted {
			wrong = append(wrong, l.faults[i])
		}
	}
	l.values, l.faults = l.values[:0], l.faults[:0]
	return wrong, err
}

// checkFile lets read look at each row of a file and note values at lookups. It
// gives how many rows there are, or as many faults as are told at once, in the
// order of the lines.
func checkFile(ctx context.Context, file *kit.CSVFile, read func(*kit.CSVFields), lookups ...*lookup) (rows int, err error) {
	err = file.Check(ctx, func(row kit.CSVRow) error {
		f := kit.NewCSVFields(row)
		read(f)
		rows++
		if rows%batch != 0 {
			return f.Err()
		}
		wrong, err := flushAll(ctx, lookups)
		if err != nil {
			return err
		}
		return errors.Join(append(wrong, f.Err())...)
	})
	faults, told := err.(kit.CSVFaults)
	if err != nil && !told {
		return 0, err
	}
	wrong, err := flushAll(ctx, lookups)
	if err != nil {
		return 0, err
	}
	for _, fault := range wrong {
		faults = append(faults, fault.(*kit.CSVFault)) // as Fault makes them
	}
	slices.SortStableFunc(faults, func(a, b *kit.CSVFault) int { return cmp.Compare(a.Line, b.Line) })
	return rows, faults.Err()
}

func flushAll(ctx context.Context, lookups []*lookup) (wrong []error, err error) {
	for _, l := range lookups {
		more, err := l.flush(ctx)
		if err != nil {
			return nil, err
		}
		wrong = append(wrong, more...)
	}
	return wrong, nil
}

// errFileChanged is a file that is not what was checked.
var errFileChanged = errors.New("the file was changed while it was imported; try again")

// rowsOf gives the rows of a file that was checked and had so many of them. It
// may be asked again.
func rowsOf[Row any](ctx context.Context, file *kit.CSVFile, rows int, read func(*kit.CSVFields) Row) func(keep func(Row) error) error {
	return func(keep func(Row) error) error {
		left := rows
		err := file.Apply(ctx, func(row kit.CSVRow) error {
			f := kit.NewCSVFields(row)
			one := read(f)
			if left--; left < 0 || f.Err() != nil {
				return errFileChanged
			}
			return keep(one)
		})
		if err == nil && left > 0 {
			err = errFileChanged
		}
		return err
	}
}
