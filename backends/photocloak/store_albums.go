package photocloak

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/uptrace/bun"
)

// cloak gives the cloak with an id, whoever may see it, or the zero cloak.
func (s store) cloak(ctx context.Context, id int64) (found cloak, err error) {
	err = s.sql.Read(ctx, func(ctx context.Context, db bun.IDB) error {
		found = cloak{}
		return db.NewSelect().Model(&found).Where("id = ?", id).Scan(ctx)
	})
	if errors.Is(err, sql.ErrNoRows) {
		return cloak{}, nil
	}
	if err != nil {
		return cloak{}, fmt.Errorf("reading a cloak: %w", err)
	}
	return found, nil
}

// albums gives cloaks with all that is in them, in the same order.
func (s store) albums(ctx context.Context, cloaks []cloak) (albums []album, err error) {
	if len(cloaks) == 0 {
		return nil, nil
	}
	err = s.sql.Read(ctx, func(ctx context.Context, db bun.IDB) (err error) {
		albums, err = readAlbums(ctx, db, cloaks)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reading what is in cloaks: %w", err)
	}
	return albums, nil
}

func readAlbums(ctx context.Context, db bun.IDB, cloaks []cloak) ([]album, error) {
	albums := make([]album, len(cloaks))
	ids := make([]int64, len(cloaks))
	byID := make(map[int64]*album, len(cloaks))
	for i, c := range cloaks {
		albums[i].cloak = c
		ids[i] = c.ID
		byID[c.ID] = &albums[i]
	}

	var views []struct {
		CloakID int64 `bun:"cloak_id"`
		Views   int64 `bun:"views"`
	}
	err := db.NewSelect().Table("photocloak_cloak_views").Column("cloak_id", "views").
		Where("cloak_id IN (?)", bun.List(ids)).Scan(ctx, &views)
	if err != nil {
		return nil, err
	}
	for _, v := range views {
		byID[v.CloakID].views = v.Views
	}

	var images []struct {
		image
		Views int64 `bun:"views"`
	}
	err = db.NewSelect().Model((*image)(nil)).ColumnExpr("image.*, COALESCE(v.views, 0) AS views").
		Join("LEFT JOIN photocloak_image_views AS v ON v.image_id = image.id").
		Where("image.cloak_id IN (?)", bun.List(ids)).Order("image.id").Scan(ctx, &images)
	if err != nil {
		return nil, err
	}
	for _, i := range images {
		a := byID[i.CloakID]
		a.images = append(a.images, countedImage{i.image, i.Views})
	}

	var tags []tag
	err = db.NewSelect().Model(&tags).Where("cloak_id IN (?)", bun.List(ids)).Order("cloak_id", "position").Scan(ctx)
	if err != nil {
		return nil, err
	}
	for _, t := range tags {
		a := byID[t.CloakID]
		a.tags = append(a.tags, t.Tag)
	}
	return albums, nil
}
