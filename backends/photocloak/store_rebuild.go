package photocloak

import (
	"context"

	"github.com/uptrace/bun"

	"sekisho/caddymodules/stores"
)

// What the search finds cloaks by is worked out from the cloaks and their tags, and
// kept in another way on each database.
func init() {
	stores.RegisterRebuilt(stores.Rebuilt{
		Tables: []string{"photocloak_search", "photocloak_search_grams"},
		Rebuild: func(ctx context.Context, db *stores.SQL, tx bun.Tx) error {
			return store{db}.indexAll(ctx, tx)
		},
	})
}

// indexAll makes every cloak found.
func (s store) indexAll(ctx context.Context, tx bun.Tx) error {
	for last := int64(0); ; {
		var cloaks []cloak
		err := tx.NewSelect().Model(&cloaks).Column("id", "name", "description").
			Where("id > ?", last).Order("id").Limit(batch).Scan(ctx)
		if err != nil || len(cloaks) == 0 {
			return err
		}
		found := make([]searchable, len(cloaks))
		place := make(map[int64]*searchable, len(cloaks))
		ids := make([]int64, len(cloaks))
		for i, c := range cloaks {
			found[i] = searchable{cloakID: c.ID, name: c.Name, description: c.Description}
			place[c.ID], ids[i] = &found[i], c.ID
		}
		var tags []tag
		err = tx.NewSelect().Model(&tags).Where("cloak_id IN (?)", bun.List(ids)).Order("cloak_id", "position").Scan(ctx)
		if err != nil {
			return err
		}
		for _, t := range tags {
			place[t.CloakID].tags = append(place[t.CloakID].tags, t.Tag)
		}
		if err := s.indexMany(ctx, tx, found); err != nil {
			return err
		}
		last = ids[len(ids)-1]
	}
}
