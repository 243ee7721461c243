package avatarplay

import (
	"context"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"sekisho/backends/kit"
	"sekisho/caddymodules/clock"
)

// grantColumns are the columns of both ways; an import needs those with a !.
var grantColumns = []string{"avatar_id", "user_id", "item!", "granted_at", "app_id"}

func importGrantsCommand() *cobra.Command {
	return importCommand(table{
		what:  "grants",
		first: "They are what guests and users own;\nimport all other tables first. What they own already gets the dates of the file.\n",
		columns: `  avatar_id   of an avatar that is there: a guest's, or by which an app knows a user
  user_id     instead of avatar_id: of a user who is there
  item        the key or id of an item of the catalogue
  granted_at  2006-01-02 15:04:05 in Japan or 2006-01-02T15:04:05+09:00; now where
              it is empty
  app_id      of the app that granted it; empty where they had it from the start`,
		format: kit.CSVColumns(grantColumns...),
		bring:  importGrants,
	})
}

func importGrants(ctx context.Context, kept store, file *kit.CSVFile) (int, error) {
	all, err := kept.index(ctx)
	if err != nil {
		return 0, err
	}
	ofAvatars, ofPeople := kit.NewSeenTexts(), kit.NewSeenTexts()
	avatars, people, apps := theAvatars(kept, "avatar_id"), thePeople(kept, "user_id"), theApps(kept, "app_id")
	read := func(f *kit.CSVFields) comingGrant { return grantIn(f, all) }
	rows, err := kit.CheckCSV(ctx, file, func(f *kit.CSVFields) {
		c := read(f)
		twicePair(f, ofAvatars, "item", c.AvatarID, c.ItemID)
		twicePair(f, ofPeople, "item", c.PersonID, c.ItemID)
		avatars.Add(f, c.AvatarID)
		people.Add(f, c.PersonID)
		apps.Add(f, c.AppID)
	}, avatars, people, apps)
	if err != nil {
		return 0, err
	}
	return kept.importGrants(ctx, kit.RowsOf(ctx, file, rows, read))
}

// theAvatars looks up avatars that must be there.
func theAvatars(kept store, column string) *kit.CSVLookup[int64] {
	return &kit.CSVLookup[int64]{There: existing[int64](kept, "avatarplay_avatars", "id"), Column: column, Wanted: true, Why: "no avatar has it"}
}

// grantIn reads what a row's somebody owns.
func grantIn(f *kit.CSVFields, all *index) comingGrant {
	c := comingGrant{
		AvatarID:  f.Number("avatar_id", 1, kit.LargestID, 0),
		PersonID:  f.Number("user_id", 1, kit.LargestID, 0),
		ItemID:    foundIn(f, all, kindItem),
		GrantedAt: f.Time("granted_at", clock.Now().UnixMilli()),
		AppID:     f.Number("app_id", 1, kit.LargestID, 0),
	}
	switch avatar, person := f.Get("avatar_id"), f.Get("user_id"); {
	case avatar == "" && person == "":
		f.Fail("avatar_id", "is empty, and so is user_id")
	case avatar != "" && person != "":
		f.Fail("avatar_id", "is given, and user_id too")
	}
	return c
}

func exportGrantsCommand() *cobra.Command {
	return exportCommand("grants", `They are what guests
and users own.`, grantColumns, func(ctx context.Context, kept store, file *kit.CSVWriter) error {
		known, err := kept.keys(ctx)
		if err != nil {
			return err
		}
		err = kept.eachGuestsOwned(ctx, func(of owner, owned []ownedRow) error {
			return writeGrants(file, known, kit.CSVNumber(of.id), "", owned)
		})
		if err != nil {
			return err
		}
		return kept.eachPersonsOwned(ctx, func(of owner, owned []ownedRow) error {
			return writeGrants(file, known, "", kit.CSVNumber(of.id), owned)
		})
	})
}

// writeGrants writes what somebody owns, by the items' keys.
func writeGrants(file *kit.CSVWriter, known keys, avatarID, userID string, owned []ownedRow) error {
	keyOf := func(row ownedRow) string { return keyOr(known.items, row.ItemID) }
	slices.SortFunc(owned, func(a, b ownedRow) int { return strings.Compare(keyOf(a), keyOf(b)) })
	for _, row := range owned {
		appID := ""
		if row.AppID != 0 {
			appID = kit.CSVNumber(row.AppID)
		}
		if err := file.Write(avatarID, userID, keyOf(row), kit.CSVTime(row.GrantedAt), appID); err != nil {
			return err
		}
	}
	return nil
}
