package photocloak

import (
	"context"
	"fmt"

	"sekisho/caddymodules/stores"
)

// The reads behind フォトクローク取得, which apps ask all day. Prepared, and with what is
// in a cloak asked in one go, a cloak with 20 images costs a third of the processor
// time that it took with bun's queries: see S2 in deploy/bench.
var (
	readCloak = stores.Prepare(`SELECT id, member_id, name, description, prefix, no, status, scope, lock_hash, lock_generation,
		can_download, can_upload, auto_extend, created_at, updated_at, COALESCE(published_at, 0), ends_at, COALESCE(deleted_at, 0)
		FROM photocloak_cloaks WHERE id = $1`)
	readViews  = stores.Prepare("SELECT views FROM photocloak_cloak_views WHERE cloak_id = $1")
	readImages = stores.Prepare(`SELECT i.id, i.member_id, i.my_photo_id, i.name, i.rotate, COALESCE(v.views, 0)
		FROM photocloak_images AS i LEFT JOIN photocloak_image_views AS v ON v.image_id = i.id
		WHERE i.cloak_id = $1 ORDER BY i.id`)
	readTags = stores.Prepare("SELECT tag FROM photocloak_tags WHERE cloak_id = $1 ORDER BY position")
)

// cloak gives the cloak with an id, whoever may see it, or the zero cloak.
func (s store) cloak(ctx context.Context, id int64) (found cloak, err error) {
	err = s.sql.ReadPrepared(ctx, stores.Asking{Read: readCloak, Args: []any{id}, Each: func(row stores.Row) error {
		c := &found
		return row.Scan(&c.ID, &c.MemberID, &c.Name, &c.Description, &c.Prefix, &c.No, &c.Status, &c.Scope, &c.LockHash, &c.LockGeneration,
			&c.CanDownload, &c.CanUpload, &c.AutoExtend, &c.CreatedAt, &c.UpdatedAt, &c.PublishedAt, &c.EndsAt, &c.DeletedAt)
	}})
	if err != nil {
		return cloak{}, fmt.Errorf("reading a cloak: %w", err)
	}
	return found, nil
}

// album is a cloak with all that is in it.
type album struct {
	cloak
	views  int64
	images []shownImage // by id
	tags   []string     // as given
}

// shownImage is what a cloak shows of an image.
type shownImage struct {
	ID, MemberID, MyPhotoID int64
	Name                    string
	Rotate, Views           int64
}

// albums gives cloaks with all that is in them, in the same order.
func (s store) albums(ctx context.Context, cloaks []cloak) ([]album, error) {
	albums := make([]album, len(cloaks))
	var all []stores.Asking
	for i, c := range cloaks {
		albums[i].cloak = c
		all = append(all, albums[i].askings()...)
	}
	if err := s.sql.ReadPrepared(ctx, all...); err != nil {
		return nil, fmt.Errorf("reading what is in cloaks: %w", err)
	}
	return albums, nil
}

// askings ask for what is in the cloak.
func (a *album) askings() []stores.Asking {
	id := []any{a.ID}
	var image shownImage
	var tag string
	return []stores.Asking{
		{Read: readViews, Args: id, Each: func(row stores.Row) error { return row.Scan(&a.views) }},
		{Read: readImages, Args: id, Begin: func() { a.images = nil }, Each: func(row stores.Row) error {
			err := row.Scan(&image.ID, &image.MemberID, &image.MyPhotoID, &image.Name, &image.Rotate, &image.Views)
			a.images = append(a.images, image)
			return err
		}},
		{Read: readTags, Args: id, Begin: func() { a.tags = nil }, Each: func(row stores.Row) error {
			err := row.Scan(&tag)
			a.tags = append(a.tags, tag)
			return err
		}},
	}
}
