package photocloak

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"

	"sekisho/caddymodules/clock"
)

// addFollow has a member follow a cloak, or go on following it.
func (s store) addFollow(ctx context.Context, f follow) error {
	err := s.sql.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewInsert().Model(&f).On("CONFLICT (member_id, cloak_id) DO NOTHING").Exec(ctx)
		return err
	})
	if err != nil {
		return fmt.Errorf("adding a follow: %w", err)
	}
	return nil
}

// deleteFollow has a member follow a cloak no more; followed says whether they
// did.
func (s store) deleteFollow(ctx context.Context, memberID, cloakID int64) (followed bool, err error) {
	err = s.sql.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		deleted, err := tx.NewDelete().Model((*follow)(nil)).
			Where("member_id = ?", memberID).Where("cloak_id = ?", cloakID).Exec(ctx)
		if err != nil {
			return err
		}
		n, err := deleted.RowsAffected()
		followed = n > 0
		return err
	})
	if err != nil {
		return false, fmt.Errorf("deleting a follow: %w", err)
	}
	return followed, nil
}

// followedCloaks gives others' cloaks that a member follows and that exist for
// them, the newest first. Where a cloak's row is left but the cloak is not
// public, its follows wait for the day when it is.
func (s store) followedCloaks(ctx context.Context, memberID int64) (cloaks []cloak, err error) {
	err = s.sql.Read(ctx, func(ctx context.Context, db bun.IDB) error {
		cloaks = nil
		return db.NewSelect().Model(&cloaks).
			Join("JOIN photocloak_follows AS f ON f.cloak_id = cloak.id").
			Where("f.member_id = ?", memberID).Where("cloak.member_id <> ?", memberID).
			Where("cloak.status = ?", statusPublic).Where("cloak.ends_at > ?", clock.Now().UnixMilli()).Where("cloak.deleted_at IS NULL").
			Order("cloak.created_at DESC", "cloak.id DESC").Limit(mostListed).Scan(ctx)
	})
	if err != nil {
		return nil, fmt.Errorf("reading followed cloaks: %w", err)
	}
	return cloaks, nil
}
