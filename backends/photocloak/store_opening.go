package photocloak

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"
)

// renewLock puts another hash of the same password in the place of a cloak's,
// unless the password has changed meanwhile. Tokens stay good.
func (s store) renewLock(ctx context.Context, cloakID int64, before, renewed string) error {
	err := s.sql.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewUpdate().Model((*cloak)(nil)).Set("lock_hash = ?", renewed).
			Where("id = ?", cloakID).Where("lock_hash = ?", before).Exec(ctx)
		return err
	})
	if err != nil {
		return fmt.Errorf("renewing the hash of a cloak's password: %w", err)
	}
	return nil
}
