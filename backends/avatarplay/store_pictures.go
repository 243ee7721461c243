package avatarplay

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"sekisho/caddymodules/clock"
)

type recipeRow struct {
	bun.BaseModel `bun:"table:avatarplay_recipes"`

	Hash   string `bun:",pk"`
	Recipe string
	Told   bool
	KeptOn int64
}

type pictureRow struct {
	bun.BaseModel `bun:"table:avatarplay_pictures"`

	Name   string `bun:",pk"`
	UsedOn int64
}

// today is the day as pictures note it: days since 1970.
func today() int64 { return clock.Now().Unix() / int64((24 * time.Hour).Seconds()) }

// keepRecipes keeps recipes under their hashes. Most are there already, so that
// is asked first.
func (s store) keepRecipes(ctx context.Context, recipes []recipe, how keeping) error {
	there, err := s.knownRecipes(ctx, recipes)
	if err != nil {
		return err
	}
	var rows []recipeRow
	for _, r := range recipes {
		if known, is := there[r.Hash]; !is || !known.serves(how) {
			there[r.Hash] = how // named twice, it is written once
			rows = append(rows, recipeRow{Hash: r.Hash, Recipe: r.Text, Told: how.term == forEver, KeptOn: how.day})
		}
	}
	if len(rows) == 0 {
		return nil
	}
	// In one order, or two that keep the same ones could wait for each other.
	slices.SortFunc(rows, func(a, b recipeRow) int { return strings.Compare(a.Hash, b.Hash) })
	return s.write(ctx, "recipes", func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewInsert().Model(&rows).On("CONFLICT (hash) DO UPDATE").
			Set("told = recipe_row.told OR EXCLUDED.told").Set("kept_on = EXCLUDED.kept_on").Exec(ctx)
		return err
	})
}

func (s store) knownRecipes(ctx context.Context, recipes []recipe) (there map[string]keeping, err error) {
	hashes := make([]string, len(recipes))
	for i, r := range recipes {
		hashes[i] = r.Hash
	}
	var found []recipeRow
	err = s.read(ctx, "recipes", func(ctx context.Context, db bun.IDB) error {
		found = nil
		return db.NewSelect().Model(&found).Column("hash", "told", "kept_on").Where("hash IN (?)", bun.List(hashes)).Scan(ctx)
	})
	there = make(map[string]keeping, len(found))
	for _, row := range found {
		there[row.Hash] = keeping{term: term(row.Told), day: row.KeptOn}
	}
	return there, err
}

// recipe gives the recipe with a hash, "" where there is none.
func (s store) recipe(ctx context.Context, hash string) (string, error) {
	var row recipeRow
	err := s.read(ctx, "a recipe", func(ctx context.Context, db bun.IDB) error {
		row = recipeRow{}
		_, err := one(ctx, db.NewSelect().Model(&row).Where("hash = ?", hash))
		return err
	})
	return row.Recipe, err
}

// forgetRecipes forgets what was only tried on, and for the last time before a
// day.
func (s store) forgetRecipes(ctx context.Context, before int64) error {
	return s.write(ctx, "recipes", func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewDelete().Model((*recipeRow)(nil)).Where("NOT told AND kept_on < ?", before).Exec(ctx)
		return err
	})
}

// noteUse keeps the day on which a picture was asked for.
func (s store) noteUse(ctx context.Context, name string, day int64) error {
	return s.write(ctx, "the use of a picture", func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewInsert().Model(&pictureRow{Name: name, UsedOn: day}).
			On("CONFLICT (name) DO UPDATE").Set("used_on = EXCLUDED.used_on").Exec(ctx)
		return err
	})
}

// unused gives some pictures, after a name and by name, that nobody asked for
// since a day; and of those that no app knows, since a later day.
func (s store) unused(ctx context.Context, since, sinceUntold int64, after string) (names []string, err error) {
	err = s.read(ctx, "unused pictures", func(ctx context.Context, db bun.IDB) error {
		names = nil
		return db.NewRaw(`SELECT p.name FROM avatarplay_pictures AS p WHERE p.name > ? AND (p.used_on < ? OR p.used_on < ? AND NOT EXISTS (
				SELECT 1 FROM avatarplay_recipes AS r WHERE r.hash = substr(p.name, 1, 32) AND r.told))
			ORDER BY p.name LIMIT ?`, after, since, sinceUntold, batch).Scan(ctx, &names)
	})
	return names, err
}

// forgetPictures forgets pictures, but for those that were asked for since a day.
func (s store) forgetPictures(ctx context.Context, names []string, since int64) error {
	return s.write(ctx, "unused pictures", func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewDelete().Model((*pictureRow)(nil)).Where("name IN (?)", bun.List(names)).Where("used_on < ?", since).Exec(ctx)
		return err
	})
}
