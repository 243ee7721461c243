package avatarplay

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
	what string // "apps"

	// first is the help's: what must be there before, a sentence or nothing.
	first string

	// columns are the help's: a line each, and what is to be said of them.
	columns string

	format kit.CSVFormat

	// bring imports a file, all or nothing, and says how many rows came in.
	bring func(ctx context.Context, kept store, file *kit.CSVFile) (int, error)
}

// importCommand makes the command that imports a table.
func importCommand(t table) *cobra.Command {
	return kit.Leaf(&cobra.Command{
		Use:   t.what + " <file>|-",
		Short: "Takes " + t.what + " over",
		Long: "Takes " + t.what + ` over from a CSV file in UTF-8 with a header line, or from standard
input. ` + t.first + `Columns, in any order:

` + t.columns + `

The whole file is checked first. All of it comes in, or nothing.`,
		Example: "  sekisho avatarplay import " + t.what + " " + t.what + ".csv",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return kit.ImportCSV(cmd, args[0], t.format, t.what, func(ctx context.Context, s *stores.Stores, file *kit.CSVFile) (int, error) {
				return t.bring(ctx, keptIn(s), file)
			})
		},
	})
}

// exportCommand makes the command that exports a table; of the columns those that
// an import needs may end in !.
func exportCommand(what, long string, columns []string, run func(ctx context.Context, kept store, file *kit.CSVWriter) error) *cobra.Command {
	columns = slices.Clone(columns)
	for i, name := range columns {
		columns[i] = strings.TrimSuffix(name, "!")
	}
	return kit.ExportCommand(apiName, what, long, columns, func(ctx context.Context, s *stores.Stores, file *kit.CSVWriter) error {
		return run(ctx, keptIn(s), file)
	})
}

// scopeIn reads a row's permissions, otherwise where there are none.
func scopeIn(f *kit.CSVFields, column string, otherwise scope) scope {
	text := f.Get(column)
	if text == "" {
		return otherwise
	}
	may, ok := parseScope(text)
	if !ok {
		f.Fail(column, "must be AvatarLoad, ItemGrant, or both with a comma between")
	}
	return may
}

// scopeOut writes permissions as scopeIn reads them.
func scopeOut(may scope) string { return strings.Join(may.names(), ",") }

// mayLoad is what apps and avatars have where nothing else is said.
var mayLoad = scope{avatarLoad: true}

// lookup asks the database about the values of a column, as many at a time as
// one statement takes.
type lookup[Value comparable] struct {
	there  func(ctx context.Context, values []Value) (map[Value]bool, error)
	column string
	wanted bool   // whether they must be there, or must not
	why    string // what is said of one that is not as wanted

	values []Value
	faults []error // what is said of each of them
}

// add notes the value of a row.
func (l *lookup[Value]) add(f *kit.CSVFields, value Value) {
	var none Value
	if value == none {
		return // another fault, and told
	}
	l.values, l.faults = append(l.values, value), append(l.faults, f.Fault(l.column, l.why))
}

// flush asks for what is noted, and gives what is not as wanted.
func (l *lookup[Value]) flush(ctx context.Context) (wrong []error, err error) {
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

// noted is a lookup of whatever values.
type noted interface {
	flush(ctx context.Context) (wrong []error, err error)
}

// theApps looks up the apps that a column names.
func theApps(kept store, column string) *lookup[int64] {
	return &lookup[int64]{there: existing[int64](kept, "avatarplay_apps", "id"), column: column, wanted: true, why: "no app has it"}
}

// thePeople is theApps for users of the dress-up site.
func thePeople(kept store, column string) *lookup[int64] {
	return &lookup[int64]{there: existing[int64](kept, "avatarplay_people", "id"), column: column, wanted: true, why: "no user has it"}
}

// checkFile lets read look at each row of a file and note values at lookups. It
// gives how many rows there are, or as many faults as are told at once, in the
// order of the lines.
func checkFile(ctx context.Context, file *kit.CSVFile, read func(*kit.CSVFields), lookups ...noted) (rows int, err error) {
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

func flushAll(ctx context.Context, lookups []noted) (wrong []error, err error) {
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
func rowsOf[Row any](ctx context.Context, file *kit.CSVFile, rows int, read func(*kit.CSVFields) Row) rowsFrom[Row] {
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
