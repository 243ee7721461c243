package avatarplay

import (
	"context"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"sekisho/backends/kit"
	"sekisho/caddymodules/clock"
)

// appColumns are the columns of both ways; an import needs those with a !.
var appColumns = []string{"id!", "name!", "permissions", "redirect_uris", "created_at", "disabled_at"}

func importAppsCommand() *cobra.Command {
	return importCommand(table{
		what: "apps",
		columns: `  id             kept as it is: a number from 1 to 9007199254740991
  name           at most 50 characters; people read it before they consent
  permissions    what it may ask for: AvatarLoad, ItemGrant, or both with a comma
                 between; AvatarLoad where it is empty
  redirect_uris  with a space between: https, http on the person's own machine, or
                 an app's own scheme
  created_at     2006-01-02 15:04:05 in Japan or 2006-01-02T15:04:05+09:00; now
                 where it is empty
  disabled_at    when it was disabled; empty for those that were not`,
		format: kit.CSVColumns(appColumns...),
		bring:  importApps,
	})
}

func importApps(ctx context.Context, kept store, file *kit.CSVFile) (int, error) {
	ids := kit.NewSeenTexts()
	taken := kit.CSVLookup[int64]{There: existing[int64](kept, "avatarplay_apps", "id"), Column: "id", Why: "an app has it already"}
	rows, err := kit.CheckCSV(ctx, file, func(f *kit.CSVFields) {
		c := appIn(f)
		twice(f, ids, "id", c.ID)
		taken.Add(f, c.ID)
	}, &taken)
	if err != nil {
		return 0, err
	}
	return kept.importApps(ctx, kit.RowsOf(ctx, file, rows, appIn))
}

// twice fails a column whose id stood in an earlier line.
func twice(f *kit.CSVFields, seen *kit.SeenTexts, column string, id int64) {
	if id != 0 { // another fault, and told
		seen.Twice(f, column, kit.CSVNumber(id))
	}
}

// appIn reads a row's app.
func appIn(f *kit.CSVFields) comingApp {
	may := scopeIn(f, "permissions", mayLoad)
	c := comingApp{appRow: appRow{
		ID:         f.ID("id"),
		Name:       nameIn(f, "name", longestAppName),
		AvatarLoad: may.avatarLoad,
		ItemGrant:  may.itemGrant,
		CreatedAt:  f.Time("created_at", clock.Now().UnixMilli()),
		DisabledAt: f.Time("disabled_at", 0),
	}, redirects: strings.Fields(f.Get("redirect_uris"))}
	if len(c.redirects) > mostRedirects {
		f.Fail("redirect_uris", "holds more than 100")
	}
	for i, uri := range c.redirects {
		if err := checkRedirect(uri); err != nil {
			f.Fail("redirect_uris", "holds one that "+err.Error())
		}
		if slices.Contains(c.redirects[:i], uri) {
			f.Fail("redirect_uris", "holds one twice")
		}
	}
	return c
}

// nameIn reads a name that people are shown.
func nameIn(f *kit.CSVFields, column string, most int) string {
	name := f.Need(column, most)
	if name != "" && checkName(column, name, most) != nil && len([]rune(name)) <= most {
		f.Fail(column, "holds nothing to be seen, or a control character")
	}
	return name
}

func exportAppsCommand() *cobra.Command {
	return exportCommand("apps", "Their keys go with \"export keys\".", appColumns, func(ctx context.Context, kept store, file *kit.CSVWriter) error {
		return kept.eachApp(ctx, func(c comingApp) error {
			return file.Write(kit.CSVNumber(c.ID), c.Name, scopeOut(c.may()), strings.Join(c.redirects, " "),
				kit.CSVTime(c.CreatedAt), kit.CSVTime(c.DisabledAt))
		})
	})
}
