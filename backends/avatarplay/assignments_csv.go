package avatarplay

import (
	"context"

	"github.com/spf13/cobra"

	"sekisho/backends/kit"
)

// The columns of what apps may use, of both ways; an import needs those with a !.
var (
	appItemColumns  = []string{"app_id!", "item!"}
	appCoordColumns = []string{"app_id!", "coord!", "initial"}
)

func importAppItemsCommand() *cobra.Command {
	return importCommand(table{
		what:  "app-items",
		first: "Import the apps and the\ncatalogue first. What an app may use already it goes on using. ",
		columns: `  app_id  of an app that is there
  item    the key or id of an item of the catalogue`,
		format: kit.CSVColumns(appItemColumns...),
		bring:  importAppItems,
	})
}

func importAppItems(ctx context.Context, kept store, file *kit.CSVFile) (int, error) {
	all, err := kept.index(ctx)
	if err != nil {
		return 0, err
	}
	pairs := kit.NewSeenTexts()
	apps := theApps(kept, "app_id")
	read := func(f *kit.CSVFields) appItemRow {
		return appItemRow{AppID: f.ID("app_id"), ItemID: foundIn(f, all, kindItem)}
	}
	rows, err := kit.CheckCSV(ctx, file, func(f *kit.CSVFields) {
		row := read(f)
		twicePair(f, pairs, kindItem, row.AppID, row.ItemID)
		apps.Add(f, row.AppID)
	}, apps)
	if err != nil {
		return 0, err
	}
	return kept.importAppItems(ctx, kit.RowsOf(ctx, file, rows, read))
}

// foundIn reads the id of what a row names in the column of its kind.
func foundIn(f *kit.CSVFields, all *index, kind string) int64 {
	word := f.Get(kind)
	if word == "" {
		f.Fail(kind, "is empty")
		return 0
	}
	id, found := all.find(kind, word)
	if !found {
		f.Fail(kind, "is none of the catalogue's")
		return 0
	}
	return id
}

// twicePair fails a column whose id stood in an earlier line beside the same
// other one.
func twicePair(f *kit.CSVFields, seen *kit.SeenTexts, column string, of, id int64) {
	if of != 0 && id != 0 { // another fault, and told
		seen.Twice(f, column, kit.CSVNumber(of)+" "+kit.CSVNumber(id))
	}
}

func exportAppItemsCommand() *cobra.Command {
	return exportCommand("app-items", "It says which items each app may use.", appItemColumns, func(ctx context.Context, kept store, file *kit.CSVWriter) error {
		return kept.eachAppItem(ctx, func(a assigned) error { return file.Write(kit.CSVNumber(a.AppID), a.Key) })
	})
}

func importAppCoordsCommand() *cobra.Command {
	return importCommand(table{
		what:  "app-coords",
		first: "Import the apps and the\ncatalogue first. What an app may use already it goes on using. ",
		columns: `  app_id   of an app that is there
  coord    the key or id of a coord of the catalogue
  initial  1 where the app's guests may begin with it, 0 where not; as the
           catalogue says where it is empty`,
		format: kit.CSVColumns(appCoordColumns...),
		bring:  importAppCoords,
	})
}

func importAppCoords(ctx context.Context, kept store, file *kit.CSVFile) (int, error) {
	all, err := kept.index(ctx)
	if err != nil {
		return 0, err
	}
	pairs := kit.NewSeenTexts()
	apps := theApps(kept, "app_id")
	read := func(f *kit.CSVFields) appCoordRow {
		row := appCoordRow{AppID: f.ID("app_id"), CoordID: foundIn(f, all, kindCoord), Initial: f.Flag("initial")}
		if c := all.coords[row.CoordID]; c != nil && f.Get("initial") == "" {
			row.Initial = c.Initial
		}
		return row
	}
	rows, err := kit.CheckCSV(ctx, file, func(f *kit.CSVFields) {
		row := read(f)
		twicePair(f, pairs, kindCoord, row.AppID, row.CoordID)
		apps.Add(f, row.AppID)
	}, apps)
	if err != nil {
		return 0, err
	}
	return kept.importAppCoords(ctx, kit.RowsOf(ctx, file, rows, read))
}

func exportAppCoordsCommand() *cobra.Command {
	return exportCommand("app-coords", "It says which coords each app\nmay use.", appCoordColumns, func(ctx context.Context, kept store, file *kit.CSVWriter) error {
		return kept.eachAppCoord(ctx, func(a assigned) error {
			return file.Write(kit.CSVNumber(a.AppID), a.Key, kit.CSVFlag(a.Initial))
		})
	})
}
