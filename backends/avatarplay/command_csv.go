package avatarplay

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

// theApps looks up the apps that a column names.
func theApps(kept store, column string) *kit.CSVLookup[int64] {
	return &kit.CSVLookup[int64]{There: existing[int64](kept, "avatarplay_apps", "id"), Column: column, Wanted: true, Why: "no app has it"}
}

// thePeople is theApps for users of the dress-up site.
func thePeople(kept store, column string) *kit.CSVLookup[int64] {
	return &kit.CSVLookup[int64]{There: existing[int64](kept, "avatarplay_people", "id"), Column: column, Wanted: true, Why: "no user has it"}
}
