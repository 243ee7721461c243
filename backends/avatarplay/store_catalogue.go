package avatarplay

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/uptrace/bun"
)

// catalogueRow is the one row about the catalogue as a whole.
type catalogueRow struct {
	bun.BaseModel `bun:"table:avatarplay_catalogue"`

	ID         int64 `bun:"id,pk"`
	Generation int64
	Bust       string
}

type tasteRow struct {
	bun.BaseModel `bun:"table:avatarplay_tastes"`

	ID       int64 `bun:"id,pk"`
	Key      string
	Name     string
	Frames   string
	Position int64
}

type itemRow struct {
	bun.BaseModel `bun:"table:avatarplay_items"`

	ID       int64 `bun:"id,pk"`
	Key      string
	Name     string
	Part     string
	Slots    string
	Free     bool
	Layers   string
	Position int64
}

type coordRow struct {
	bun.BaseModel `bun:"table:avatarplay_coords"`

	ID        int64 `bun:"id,pk"`
	Key       string
	Name      string
	TasteID   int64
	Items     string
	Initial   bool
	IsDefault bool
	Position  int64
}

// catalogueRows are all there is to wear.
type catalogueRows struct {
	head   catalogueRow // the zero value where there is no catalogue
	tastes []tasteRow
	items  []itemRow
	coords []coordRow
}

// generation says how often the catalogue has changed, 0 where there is none.
func (s store) generation(ctx context.Context) (int64, error) {
	var row catalogueRow
	err := s.read(ctx, "the catalogue's generation", func(ctx context.Context, db bun.IDB) error {
		row = catalogueRow{}
		_, err := one(ctx, db.NewSelect().Model(&row).Where("id = 1"))
		return err
	})
	return row.Generation, err
}

// catalogue reads all there is to wear, in the catalogue's order.
func (s store) catalogue(ctx context.Context) (rows catalogueRows, err error) {
	err = s.read(ctx, "the catalogue", func(ctx context.Context, db bun.IDB) error {
		rows = catalogueRows{}
		if _, err := one(ctx, db.NewSelect().Model(&rows.head).Where("id = 1")); err != nil {
			return err
		}
		if err := db.NewSelect().Model(&rows.tastes).Order("position", "id").Scan(ctx); err != nil {
			return err
		}
		if err := db.NewSelect().Model(&rows.items).Order("position", "id").Scan(ctx); err != nil {
			return err
		}
		return db.NewSelect().Model(&rows.coords).Order("position", "id").Scan(ctx)
	})
	return rows, err
}

// keepCatalogue puts a catalogue over what is there: what has the same key
// becomes what the rows say, and what they do not name stays, for people may
// wear it.
func (s store) keepCatalogue(ctx context.Context, rows catalogueRows) error {
	return s.write(ctx, "the catalogue", func(ctx context.Context, tx bun.Tx) error {
		if err := upsert(ctx, tx, rows.tastes, "name", "frames", "position"); err != nil {
			return err
		}
		if err := upsert(ctx, tx, rows.items, "name", "part", "slots", "free", "layers", "position"); err != nil {
			return err
		}
		_, err := tx.NewUpdate().Model((*coordRow)(nil)).Set("is_default = ?", false).Where("is_default").Exec(ctx)
		if err != nil {
			return err
		}
		if err := upsert(ctx, tx, rows.coords, "name", "taste_id", "items", "initial", "is_default", "position"); err != nil {
			return err
		}
		head := catalogueRow{ID: 1, Generation: 1, Bust: rows.head.Bust}
		_, err = tx.NewInsert().Model(&head).On("CONFLICT (id) DO UPDATE").
			Set("generation = catalogue_row.generation + 1").Set("bust = EXCLUDED.bust").Exec(ctx)
		return err
	})
}

// upsert writes rows, over those that have the same id.
func upsert[Row any](ctx context.Context, tx bun.Tx, rows []Row, columns ...string) error {
	for start := 0; start < len(rows); start += batch {
		part := rows[start:min(start+batch, len(rows))]
		insert := tx.NewInsert().Model(&part).On("CONFLICT (id) DO UPDATE")
		for _, column := range columns {
			insert.Set("? = EXCLUDED.?", bun.Ident(column), bun.Ident(column))
		}
		if _, err := insert.Exec(ctx); err != nil {
			return err
		}
	}
	return nil
}

// fromJSON reads a column of JSON; what names it in the error.
func fromJSON(what, text string, into any) error {
	if err := json.Unmarshal([]byte(text), into); err != nil {
		return fmt.Errorf("reading %s: %w", what, err)
	}
	return nil
}

// toJSON writes a column of JSON. What it is given can always be written.
func toJSON(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	return string(text)
}
