package avatarplay

import (
	"context"
	"slices"

	"github.com/spf13/cobra"

	"sekisho/backends/kit"
	"sekisho/caddymodules/clock"
)

// avatarColumns are the columns of both ways; an import needs those with a !.
var avatarColumns = slices.Concat([]string{"id!", "app_id!", "permissions", "created_at", "upgraded_at"}, wornColumns)

func importAvatarsCommand() *cobra.Command {
	return importCommand(table{
		what:  "avatars",
		first: "They are guests; the avatars of users\ncome in with \"import links\". Import the apps and the catalogue first. Guests own\nwhat they wear; what else they own comes in with \"import grants\". ",
		columns: `  id           the avatar id, kept as it is: a number from 1 to 9007199254740991
  app_id       of the app that made it
  permissions  what the app may do with it: AvatarLoad, ItemGrant, or both with a
               comma between; AvatarLoad where it is empty
  created_at   2006-01-02 15:04:05 in Japan or 2006-01-02T15:04:05+09:00; now
               where it is empty
  upgraded_at  when the guest became a user, and this id nobody's
` + wornHelp,
		format: kit.CSVColumns(avatarColumns...),
		bring:  importAvatars,
	})
}

func importAvatars(ctx context.Context, kept store, file *kit.CSVFile) (int, error) {
	all, err := kept.index(ctx)
	if err != nil {
		return 0, err
	}
	ids := kit.NewSeenTexts()
	taken := newAvatars(kept, "id")
	apps := theApps(kept, "app_id")
	read := func(f *kit.CSVFields) comingGuest { return guestIn(f, all) }
	rows, err := kit.CheckCSV(ctx, file, func(f *kit.CSVFields) {
		c := read(f)
		twice(f, ids, "id", c.ID)
		taken.Add(f, c.ID)
		apps.Add(f, c.AppID)
	}, taken, apps)
	if err != nil {
		return 0, err
	}
	return kept.importGuests(ctx, kit.RowsOf(ctx, file, rows, read))
}

// newAvatars looks up avatar ids that nobody may have yet.
func newAvatars(kept store, column string) *kit.CSVLookup[int64] {
	return &kit.CSVLookup[int64]{There: existing[int64](kept, "avatarplay_avatars", "id"), Column: column, Why: "an avatar has it already"}
}

// guestIn reads a row's guest.
func guestIn(f *kit.CSVFields, all *index) comingGuest {
	may := scopeIn(f, "permissions", mayLoad)
	return comingGuest{worn: wornIn(f, all), avatarRow: avatarRow{
		ID:         f.ID("id"),
		AppID:      f.ID("app_id"),
		AvatarLoad: may.avatarLoad,
		ItemGrant:  may.itemGrant,
		CreatedAt:  f.Time("created_at", clock.Now().UnixMilli()),
		UpgradedAt: f.Time("upgraded_at", 0),
	}}
}

// may gives what the app may do with an avatar.
func (row avatarRow) may() scope { return scope{avatarLoad: row.AvatarLoad, itemGrant: row.ItemGrant} }

func exportAvatarsCommand() *cobra.Command {
	return exportCommand("avatars", `They are guests;
the avatars of users go with "export links", and what they own with "export
grants".`, avatarColumns, func(ctx context.Context, kept store, file *kit.CSVWriter) error {
		known, err := kept.keys(ctx)
		if err != nil {
			return err
		}
		return kept.eachGuest(ctx, func(g exportedGuest) error {
			worn, err := wornOut(g.worn, known)
			if err != nil {
				return err
			}
			return file.Write(append([]string{
				kit.CSVNumber(g.ID), kit.CSVNumber(g.AppID), scopeOut(g.may()), kit.CSVTime(g.CreatedAt), kit.CSVTime(g.UpgradedAt),
			}, worn...)...)
		})
	})
}
