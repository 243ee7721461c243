package photocloak

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"github.com/uptrace/bun"

	"sekisho/caddymodules/fault"
	"sekisho/caddymodules/stores"
)

// held is an image with the cloak that holds it.
type held struct {
	cloak
	Image image `bun:"embed:image_"`
}

var (
	heldCloak = stores.ColumnsOf[cloak]("held", "")
	heldImage = stores.ColumnsOf[image]("image", "image_")
)

// selectHeld selects cloaks and images as the join has them.
func selectHeld(db bun.IDB, into *held, join string, args ...any) *bun.SelectQuery {
	return db.NewSelect().Model(into).ModelTableExpr("photocloak_cloaks AS held").Apply(heldCloak, heldImage).Join(join, args...)
}

// heldIn gives a cloak and one of its images, in one query whether they are
// there or not: the zero cloak where there is none, and the zero image where it
// is none of this cloak's.
func (s store) heldIn(ctx context.Context, cloakID, imageID int64) (cloak, image, error) {
	var found held
	err := s.sql.Read(ctx, func(ctx context.Context, db bun.IDB) error {
		found = held{}
		return selectHeld(db, &found, "LEFT JOIN photocloak_images AS image ON image.cloak_id = held.id AND image.id = ?", imageID).
			Where("held.id = ?", cloakID).Scan(ctx)
	})
	if errors.Is(err, sql.ErrNoRows) {
		return cloak{}, image{}, nil
	}
	if err != nil {
		return cloak{}, image{}, fmt.Errorf("reading a photo: %w", err)
	}
	return found.cloak, found.Image, nil
}

// held gives an image with its cloak, both zero where there is none.
func (s store) held(ctx context.Context, imageID int64) (found held, err error) {
	err = s.sql.Read(ctx, func(ctx context.Context, db bun.IDB) (err error) {
		found, err = readHeld(ctx, db, imageID, false)
		return err
	})
	if err != nil {
		return held{}, fmt.Errorf("reading a photo: %w", err)
	}
	return found, nil
}

// readHeld is held within a transaction. lock keeps both from going away before
// it ends, on PostgreSQL, where others write meanwhile.
func readHeld(ctx context.Context, db bun.IDB, imageID int64, lock bool) (found held, err error) {
	query := selectHeld(db, &found, "JOIN photocloak_images AS image ON image.cloak_id = held.id").Where("image.id = ?", imageID)
	if lock {
		query.For("SHARE")
	}
	err = query.Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return held{}, nil
	}
	return found, err
}

// errMaybeAdded says that photos may have been added all the same: the answer to
// the commit was lost.
var errMaybeAdded = errors.New("whether they were is not known")

// addPhotos adds images to a cloak as memberID, who was let into the cloak as it
// was then, and moves its end to ends where it extends itself. It gives them
// with their ids. A cloak that has gone meanwhile, or does not take photos of
// this member any more, or would hold more than most, is a *fault.Fault. Beside an error nothing was added,
// unless it is errMaybeAdded too.
func (s store) addPhotos(ctx context.Context, then cloak, memberID int64, images []image, now, ends, most int64) (added []image, err error) {
	committing := false
	err = s.sql.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		committing = false
		c, err := s.lockCloak(ctx, tx, then.ID)
		if err != nil {
			return err
		}
		if err := c.stillTakes(then, memberID); err != nil {
			return err
		}
		there, err := tx.NewSelect().Model((*image)(nil)).Where("cloak_id = ?", c.ID).Count(ctx)
		if err != nil {
			return err
		}
		if there+int64(len(images)) > most {
			return fault.New(fault.Excess, subjectImage)
		}
		added = slices.Clone(images)
		for i := range added {
			added[i].CloakID, added[i].MemberID, added[i].CreatedAt = c.ID, memberID, now
		}
		if err := addImages(ctx, tx, added); err != nil {
			return err
		}
		update := tx.NewUpdate().Model((*cloak)(nil)).Set("updated_at = ?", now).Where("id = ?", c.ID)
		if c.AutoExtend && c.PublishedAt != 0 {
			update.Set("ends_at = ?", max(c.EndsAt, ends))
		}
		_, err = update.Exec(ctx)
		committing = err == nil
		return err
	})
	if err != nil && committing {
		err = errors.Join(err, errMaybeAdded)
	}
	if err != nil {
		return nil, fmt.Errorf("adding photos: %w", err)
	}
	return added, nil
}

// addImages adds images to a cloak within tx, with a view count of 0 each, and
// sets their ids. An image whose MyPhotoID is 0 gets its own id there, one
// without a name its id and ".jpg".
func addImages(ctx context.Context, tx bun.Tx, images []image) error {
	if len(images) == 0 {
		return nil
	}
	var added []struct {
		ID   int64  `bun:"id"`
		Blob string `bun:"blob"`
	}
	if err := tx.NewInsert().Model(&images).Returning("id, blob").Scan(ctx, &added); err != nil {
		return err
	}
	ids := make([]int64, len(added))
	byBlob := make(map[string]int64, len(added)) // neither database promises an order
	for i, a := range added {
		ids[i], byBlob[a.Blob] = a.ID, a.ID
	}
	_, err := tx.NewUpdate().Model((*image)(nil)).
		Set("my_photo_id = CASE WHEN my_photo_id = 0 THEN id ELSE my_photo_id END").
		Set("name = CASE WHEN name = '' THEN CAST(id AS TEXT) || '.jpg' ELSE name END").
		Where("id IN (?)", bun.List(ids)).Where("my_photo_id = 0 OR name = ''").Exec(ctx)
	if err != nil {
		return err
	}
	_, err = tx.NewRaw("INSERT INTO photocloak_image_views (image_id, views) SELECT id, 0 FROM photocloak_images WHERE id IN (?)",
		bun.List(ids)).Exec(ctx)
	if err != nil {
		return err
	}
	for i := range images {
		images[i].ID = byBlob[images[i].Blob]
		if images[i].MyPhotoID == 0 {
			images[i].MyPhotoID = images[i].ID
		}
		if images[i].Name == "" {
			images[i].Name = jpgName(images[i].ID)
		}
	}
	return nil
}

// removePhoto takes an image out of its cloak, and says whether it was there.
func (s store) removePhoto(ctx context.Context, i image, now int64) (removed bool, err error) {
	err = s.sql.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		removed = false
		// The cloak first, as everywhere: two who change it must not wait for each other.
		_, err := tx.NewUpdate().Model((*cloak)(nil)).Set("updated_at = ?", now).Where("id = ?", i.CloakID).Exec(ctx)
		if err != nil {
			return err
		}
		if _, err := tx.NewRaw("DELETE FROM photocloak_image_views WHERE image_id = ?", i.ID).Exec(ctx); err != nil {
			return err
		}
		result, err := tx.NewDelete().Model((*image)(nil)).Where("id = ?", i.ID).Exec(ctx)
		if err != nil {
			return err
		}
		n, err := result.RowsAffected()
		if err != nil {
			return err
		}
		removed = n > 0
		_, err = tx.NewUpdate().Model((*member)(nil)).Set("picture_id = NULL").
			Where("id = ? AND picture_id = ?", i.MemberID, i.ID).Exec(ctx)
		return err
	})
	if err != nil {
		return false, fmt.Errorf("removing a photo: %w", err)
	}
	return removed, nil
}
