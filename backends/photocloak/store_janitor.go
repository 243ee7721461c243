package photocloak

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"
)

// cloaksAtOnce bounds how many cloaks one transaction takes away; of their
// images it takes a batch.
const cloaksAtOnce = 20

// takenAway is what a transaction of the janitor took away.
type takenAway struct {
	cloaks int
	blobs  []string // of the images; their files are still there
}

// takeAway takes away some of the cloaks that ended before a moment, with all
// that belongs to them; or, where they have many images, only some of those. It
// is called until nothing is left.
func (s store) takeAway(ctx context.Context, before int64) (gone takenAway, err error) {
	err = s.sql.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		gone = takenAway{}
		ids, err := s.endedCloaks(ctx, tx, before)
		if err != nil || len(ids) == 0 {
			return err
		}
		images, err := removeImages(ctx, tx, ids)
		if err != nil {
			return err
		}
		for _, i := range images {
			gone.blobs = append(gone.blobs, i.Blob)
		}
		if len(images) == batch {
			return nil // there may be more
		}
		gone.cloaks = len(ids)
		return s.removeCloaks(ctx, tx, ids)
	})
	if err != nil {
		return takenAway{}, fmt.Errorf("taking ended cloaks away: %w", err)
	}
	return gone, nil
}

// endedCloaks gives some cloaks that ended before a moment. Where others write
// meanwhile, it holds their rows, so that no photo comes in between, and passes
// over those that somebody else holds.
func (s store) endedCloaks(ctx context.Context, tx bun.Tx, before int64) (ids []int64, err error) {
	query := tx.NewSelect().Model((*cloak)(nil)).Column("id").
		Where("ends_at <= ?", before).Order("ends_at", "id").Limit(cloaksAtOnce)
	if s.sql.Postgres() {
		query.For("UPDATE SKIP LOCKED")
	}
	err = query.Scan(ctx, &ids)
	return ids, err
}

// removeImages removes a batch of the images of cloaks.
func removeImages(ctx context.Context, tx bun.Tx, cloakIDs []int64) (images []image, err error) {
	err = tx.NewSelect().Model(&images).Column("id", "member_id", "blob").
		Where("cloak_id IN (?)", bun.List(cloakIDs)).Order("id").Limit(batch).Scan(ctx)
	if err != nil || len(images) == 0 {
		return nil, err
	}
	var ids, memberIDs []int64
	for _, i := range images {
		ids, memberIDs = append(ids, i.ID), append(memberIDs, i.MemberID)
	}
	_, err = tx.NewUpdate().Model((*member)(nil)).Set("picture_id = NULL").
		Where("id IN (?)", bun.List(memberIDs)).Where("picture_id IN (?)", bun.List(ids)).Exec(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := tx.NewRaw("DELETE FROM photocloak_image_views WHERE image_id IN (?)", bun.List(ids)).Exec(ctx); err != nil {
		return nil, err
	}
	_, err = tx.NewDelete().Model((*image)(nil)).Where("id IN (?)", bun.List(ids)).Exec(ctx)
	return images, err
}

// removeCloaks removes cloaks that have no images any more.
func (s store) removeCloaks(ctx context.Context, tx bun.Tx, ids []int64) error {
	for _, id := range ids {
		if err := s.unindex(ctx, tx, id); err != nil {
			return err
		}
	}
	for _, table := range []string{"photocloak_tags", "photocloak_follows", "photocloak_cloak_views"} {
		if _, err := tx.NewRaw("DELETE FROM ? WHERE cloak_id IN (?)", bun.Ident(table), bun.List(ids)).Exec(ctx); err != nil {
			return err
		}
	}
	_, err := tx.NewDelete().Model((*cloak)(nil)).Where("id IN (?)", bun.List(ids)).Exec(ctx)
	return err
}

// namedBlobs says which of these blobs an image has.
func (s store) namedBlobs(ctx context.Context, blobs []string) (named map[string]bool, err error) {
	var there []string
	err = s.sql.Read(ctx, func(ctx context.Context, db bun.IDB) error {
		there = nil
		return db.NewSelect().Model((*image)(nil)).Column("blob").Where("blob IN (?)", bun.List(blobs)).Scan(ctx, &there)
	})
	if err != nil {
		return nil, fmt.Errorf("looking for the photos of files: %w", err)
	}
	named = make(map[string]bool, len(there))
	for _, blob := range there {
		named[blob] = true
	}
	return named, nil
}

// endedBefore counts the cloaks that ended before a moment, and their photos.
func (s store) endedBefore(ctx context.Context, before int64) (cloaks, photos int64, err error) {
	err = s.sql.Read(ctx, func(ctx context.Context, db bun.IDB) error {
		if cloaks, err = db.NewSelect().Model((*cloak)(nil)).Where("ends_at <= ?", before).Count(ctx); err != nil {
			return err
		}
		photos, err = db.NewSelect().Model((*image)(nil)).
			Where("cloak_id IN (SELECT id FROM photocloak_cloaks WHERE ends_at <= ?)", before).Count(ctx)
		return err
	})
	if err != nil {
		return 0, 0, fmt.Errorf("counting ended cloaks: %w", err)
	}
	return cloaks, photos, nil
}
