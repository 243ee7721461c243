package photocloak

import (
	"context"
	"fmt"
	"strconv"

	"github.com/uptrace/bun"

	"sekisho/caddymodules/fault"
)

// accountChange is what becomes of an account: at least one of both.
type accountChange struct {
	name        string // "" keeps it
	picture     int64  // the image that becomes its picture
	setsPicture bool
}

// updateAccount changes an account. A picture that the member did not upload, or
// that is not there for them, is a *fault.Fault, and nothing is changed.
func (s store) updateAccount(ctx context.Context, memberID int64, change accountChange) error {
	err := s.sql.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		update := tx.NewUpdate().Model((*member)(nil)).Where("id = ?", memberID)
		if change.name != "" {
			update.Set("name = ?", change.name)
		}
		if change.setsPicture {
			found, err := readHeld(ctx, tx, change.picture, s.sql.Postgres())
			if err != nil {
				return err
			}
			if !found.exists(memberID) || found.Image.MemberID != memberID {
				return &fault.Fault{Kind: fault.Forbidden, Subject: subjectImage, Value: strconv.FormatInt(change.picture, 10)}
			}
			update.Set("picture_id = ?", change.picture)
		}
		_, err := update.Exec(ctx)
		return err
	})
	if err != nil {
		return fmt.Errorf("updating an account: %w", err)
	}
	return nil
}
