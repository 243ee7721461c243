package avatarplay

import (
	"context"

	"github.com/spf13/cobra"

	"sekisho/backends/kit"
	"sekisho/caddymodules/clock"
)

// linkColumns are the columns of both ways; an import needs those with a !.
var linkColumns = []string{"avatar_id!", "app_id!", "user_id!", "permissions", "created_at", "linked_at", "cut_at"}

func importLinksCommand() *cobra.Command {
	return importCommand(table{
		what:  "links",
		first: "Import the apps and users first.\n",
		columns: `  avatar_id    by which the app knows the user, kept as it is: a number from 1 to
               9007199254740991
  app_id       of an app that is there
  user_id      of a user who is there; each once for an app
  permissions  what the user consented to: AvatarLoad, ItemGrant, or both with a
               comma between; AvatarLoad where it is empty. None where the link is
               cut, whatever stands here
  created_at   when the user first consented; as linked_at where it is empty
  linked_at    when the user last consented, 2006-01-02 15:04:05 in Japan or
               2006-01-02T15:04:05+09:00; now where it is empty
  cut_at       when the user cut the link; empty for those that hold`,
		format: kit.CSVColumns(linkColumns...),
		bring:  importLinks,
	})
}

func importLinks(ctx context.Context, kept store, file *kit.CSVFile) (int, error) {
	ids, pairs := kit.NewSeenTexts(), kit.NewSeenTexts()
	idTaken := newAvatars(kept, "avatar_id")
	apps, people := theApps(kept, "app_id"), thePeople(kept, "user_id")
	taken := kit.CSVLookup[linkKey]{There: kept.existingLinks, Column: "user_id", Why: "the user is linked to this app already"}
	rows, err := kit.CheckCSV(ctx, file, func(f *kit.CSVFields) {
		row := linkIn(f)
		twice(f, ids, "avatar_id", row.ID)
		twicePair(f, pairs, "user_id", row.AppID, row.PersonID)
		idTaken.Add(f, row.ID)
		apps.Add(f, row.AppID)
		people.Add(f, row.PersonID)
		taken.Add(f, linkKey{row.AppID, row.PersonID})
	}, idTaken, apps, people, &taken)
	if err != nil {
		return 0, err
	}
	return kept.importLinks(ctx, kit.RowsOf(ctx, file, rows, linkIn))
}

// linkIn reads a row's link.
func linkIn(f *kit.CSVFields) avatarRow {
	may := scopeIn(f, "permissions", mayLoad)
	row := avatarRow{
		ID:       f.ID("avatar_id"),
		AppID:    f.ID("app_id"),
		PersonID: f.ID("user_id"),
		LinkedAt: f.Time("linked_at", clock.Now().UnixMilli()),
		CutAt:    f.Time("cut_at", 0),
	}
	row.CreatedAt = f.Time("created_at", row.LinkedAt)
	if row.CutAt == 0 {
		row.AvatarLoad, row.ItemGrant = may.avatarLoad, may.itemGrant
	}
	return row
}

func exportLinksCommand() *cobra.Command {
	return exportCommand("links", "", linkColumns, func(ctx context.Context, kept store, file *kit.CSVWriter) error {
		return kept.eachLink(ctx, func(row avatarRow) error {
			return file.Write(kit.CSVNumber(row.ID), kit.CSVNumber(row.AppID), kit.CSVNumber(row.PersonID), scopeOut(row.may()),
				kit.CSVTime(row.CreatedAt), kit.CSVTime(row.LinkedAt), kit.CSVTime(row.CutAt))
		})
	})
}
