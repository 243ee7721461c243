package photocloak

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/uptrace/bun"

	"sekisho/backends/kit"
	"sekisho/caddymodules/clock"
	"sekisho/caddymodules/identity"
)

// member gives the member with an id, or the zero member.
func (s store) member(ctx context.Context, id int64) (member, error) {
	return s.memberWhere(ctx, "id = ?", id)
}

// memberByMail gives the member of a mail address, or the zero member.
func (s store) memberByMail(ctx context.Context, mail string) (member, error) {
	return s.memberWhere(ctx, "mail_key = ?", kit.MailKey(mail))
}

func (s store) memberWhere(ctx context.Context, where string, value any) (found member, err error) {
	err = s.sql.Read(ctx, func(ctx context.Context, db bun.IDB) error {
		found = member{}
		return db.NewSelect().Model(&found).Where(where, value).Scan(ctx)
	})
	if errors.Is(err, sql.ErrNoRows) {
		return member{}, nil
	}
	if err != nil {
		return member{}, fmt.Errorf("reading a member: %w", err)
	}
	return found, nil
}

// renewHash puts a password's new hash in place of the one that was verified,
// unless another change came first. The password is the same, so what was
// issued under it stays valid.
func (s store) renewHash(ctx context.Context, id int64, verified, renewed string) error {
	err := s.sql.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewUpdate().Model((*member)(nil)).Set("pass_hash = ?", renewed).
			Where("id = ? AND pass_hash = ?", id, verified).Exec(ctx)
		return err
	})
	if err != nil {
		return fmt.Errorf("renewing a password's hash: %w", err)
	}
	return nil
}

// clientKeys gives the secrets of a client that may be valid now, the zero value
// where there is no such client.
func (s store) clientKeys(ctx context.Context, id string) (keyed identity.Keyed, err error) {
	var found client
	var secrets []clientSecret
	err = s.sql.Read(ctx, func(ctx context.Context, db bun.IDB) error {
		found, secrets = client{}, nil
		if err := db.NewSelect().Model(&found).Where("client_id = ?", id).Scan(ctx); err != nil {
			return err
		}
		return db.NewSelect().Model(&secrets).Where("client_id = ?", id).
			Where("ends_at IS NULL OR ends_at > ?", clock.Now().UnixMilli()).Order("id").Scan(ctx)
	})
	if errors.Is(err, sql.ErrNoRows) {
		return identity.Keyed{}, nil
	}
	if err != nil {
		return identity.Keyed{}, fmt.Errorf("reading a client: %w", err)
	}
	keyed.Disabled = found.DisabledAt != 0
	for _, secret := range secrets {
		keyed.Keys = append(keyed.Keys, identity.Key{ID: secret.ID, Hash: secret.SecretHash, Ends: timeOf(secret.EndsAt)})
	}
	return keyed, nil
}
