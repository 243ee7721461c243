package photocloak

import (
	"context"
	"fmt"

	"sekisho/caddymodules/stores"

	"github.com/uptrace/bun"
)

// countedCloak is a cloak with its view count.
type countedCloak struct {
	cloak
	Views int64 `bun:"views"`
}

// exportedImage is an image with its view count, and whether it is the picture
// of its uploader's account.
type exportedImage struct {
	image
	Views          int64 `bun:"views"`
	AccountPicture bool  `bun:"account_picture"`
}

// members gives every member to each, by id.
func (s store) members(ctx context.Context, each func(member) error) error {
	return eachRow(ctx, s, each, func(db bun.IDB, rows *[]member, last member) *bun.SelectQuery {
		return db.NewSelect().Model(rows).Where("id > ?", last.ID).Order("id")
	})
}

// countedCloaks gives every cloak to each, by id.
func (s store) countedCloaks(ctx context.Context, each func(countedCloak) error) error {
	return eachRow(ctx, s, each, func(db bun.IDB, rows *[]countedCloak, last countedCloak) *bun.SelectQuery {
		return db.NewSelect().Model(rows).ModelTableExpr("photocloak_cloaks AS c").
			Apply(stores.ColumnsOf[cloak]("c", "")).ColumnExpr("COALESCE(v.views, 0) AS views").
			Join("LEFT JOIN photocloak_cloak_views AS v ON v.cloak_id = c.id").Where("c.id > ?", last.ID).Order("c.id")
	})
}

// countedImages gives every image to each, by id.
func (s store) countedImages(ctx context.Context, each func(exportedImage) error) error {
	return eachRow(ctx, s, each, func(db bun.IDB, rows *[]exportedImage, last exportedImage) *bun.SelectQuery {
		return db.NewSelect().Model(rows).ModelTableExpr("photocloak_images AS i").
			Apply(stores.ColumnsOf[image]("i", "")).ColumnExpr("COALESCE(v.views, 0) AS views").
			ColumnExpr("COALESCE(m.picture_id = i.id, FALSE) AS account_picture").
			Join("LEFT JOIN photocloak_image_views AS v ON v.image_id = i.id").
			Join("JOIN photocloak_members AS m ON m.id = i.member_id").Where("i.id > ?", last.ID).Order("i.id")
	})
}

// tags gives every tag to each, by cloak and in the order they were given.
func (s store) tags(ctx context.Context, each func(tag) error) error {
	return eachRow(ctx, s, each, func(db bun.IDB, rows *[]tag, last tag) *bun.SelectQuery {
		query := db.NewSelect().Model(rows).Order("cloak_id", "position")
		if last.CloakID != 0 {
			query.Where("(cloak_id, position) > (?, ?)", last.CloakID, last.Position)
		}
		return query
	})
}

// follows gives every following to each, by member and cloak.
func (s store) follows(ctx context.Context, each func(follow) error) error {
	return eachRow(ctx, s, each, func(db bun.IDB, rows *[]follow, last follow) *bun.SelectQuery {
		return db.NewSelect().Model(rows).Order("member_id", "cloak_id").
			Where("(member_id, cloak_id) > (?, ?)", last.MemberID, last.CloakID)
	})
}

// eachRow gives all rows to each, a batch of them at a time: those that behind
// selects behind the last one, the zero row at first.
func eachRow[T any](ctx context.Context, s store, each func(T) error, behind func(db bun.IDB, rows *[]T, last T) *bun.SelectQuery) error {
	var last T
	for {
		var rows []T
		err := s.sql.Read(ctx, func(ctx context.Context, db bun.IDB) error {
			rows = nil
			return behind(db, &rows, last).Limit(batch).Scan(ctx)
		})
		if err != nil {
			return fmt.Errorf("reading what to export: %w", err)
		}
		for _, last = range rows {
			if err := each(last); err != nil {
				return err
			}
		}
		if len(rows) < batch {
			return nil
		}
	}
}
