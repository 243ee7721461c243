package customers

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"sekisho/caddymodules/fault"
	"sekisho/caddymodules/identity"
	"sekisho/caddymodules/stores"
)

type siteRow struct {
	bun.BaseModel `bun:"table:customers_sites"`

	SID        int64 `bun:"sid,pk"`
	Name       string
	Passwords  bool
	DisabledAt int64 `bun:",nullzero"`
	CreatedAt  int64
}

type siteKeyRow struct {
	bun.BaseModel `bun:"table:customers_site_keys"`

	ID         int64 `bun:",pk,autoincrement"`
	SID        int64 `bun:"sid"`
	KeyHash    []byte
	CreatedAt  int64
	EndsAt     int64 `bun:",nullzero"`
	LastUsedAt int64 `bun:",nullzero"`
}

// siteKeys gives the keys of a site, the zero value where there is none.
func (s *store) siteKeys(ctx context.Context, sid int64) (identity.Keyed, error) {
	var row siteRow
	var keys []siteKeyRow
	err := s.SQL.Read(ctx, func(ctx context.Context, db bun.IDB) error {
		// Both are asked, so that a site that is not there takes as long.
		return errors.Join(
			db.NewSelect().Model(&row).Where("sid = ?", sid).Scan(ctx),
			db.NewSelect().Model(&keys).Where("sid = ?", sid).Scan(ctx),
		)
	})
	if errors.Is(err, sql.ErrNoRows) {
		return identity.Keyed{}, nil
	}
	if err != nil {
		return identity.Keyed{}, fmt.Errorf("reading a site: %w", err)
	}
	known := identity.Keyed{Disabled: row.DisabledAt != 0, Extra: site{Passwords: row.Passwords}}
	for _, key := range keys {
		known.Keys = append(known.Keys, identity.Key{ID: key.ID, Hash: key.KeyHash, Ends: moment(key.EndsAt)})
	}
	return known, nil
}

// keyUsed notes when a key was used last.
func (s *store) keyUsed(ctx context.Context, keyID int64, at time.Time) error {
	err := s.SQL.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewUpdate().Table("customers_site_keys").Set("last_used_at = ?", at.UnixMilli()).Where("id = ?", keyID).Exec(ctx)
		return err
	})
	if err != nil {
		return fmt.Errorf("noting the use of a site key: %w", err)
	}
	return nil
}

// moment reads a time as it is stored; none is the zero time.
func moment(milliseconds int64) time.Time {
	if milliseconds == 0 {
		return time.Time{}
	}
	return time.UnixMilli(milliseconds)
}

// addSite keeps a new site with its first key. Conflict is a taken sid.
func (s *store) addSite(ctx context.Context, row siteRow, key string) error {
	return s.SQL.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		if _, err := tx.NewInsert().Model(&row).Exec(ctx); stores.IsTaken(err) {
			return fault.New(fault.Conflict, "sid")
		} else if err != nil {
			return fmt.Errorf("adding a site: %w", err)
		}
		return s.addKey(ctx, tx, row.SID, key, row.CreatedAt)
	})
}

// rotateKey gives a site a new key. Those it has end at the given time at the
// latest; those that ended before now are forgotten. NotFound is an unknown
// site, Conflict a key that the site has already.
func (s *store) rotateKey(ctx context.Context, sid int64, key string, now, ends time.Time) error {
	return s.SQL.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		known, err := tx.NewSelect().Model((*siteRow)(nil)).Where("sid = ?", sid).Exists(ctx)
		if err != nil {
			return fmt.Errorf("reading a site: %w", err)
		}
		if !known {
			return fault.New(fault.NotFound, "sid")
		}
		_, err = tx.NewDelete().Model((*siteKeyRow)(nil)).Where("sid = ?", sid).Where("ends_at <= ?", now.UnixMilli()).Exec(ctx)
		if err != nil {
			return fmt.Errorf("forgetting old site keys: %w", err)
		}
		_, err = tx.NewUpdate().Model((*siteKeyRow)(nil)).Set("ends_at = ?", ends.UnixMilli()).
			Where("sid = ?", sid).Where("ends_at IS NULL OR ends_at > ?", ends.UnixMilli()).Exec(ctx)
		if err != nil {
			return fmt.Errorf("ending old site keys: %w", err)
		}
		return s.addKey(ctx, tx, sid, key, now.UnixMilli())
	})
}

func (s *store) addKey(ctx context.Context, tx bun.Tx, sid int64, key string, createdAt int64) error {
	row := siteKeyRow{SID: sid, KeyHash: s.hashKey(sid, key), CreatedAt: createdAt}
	if _, err := tx.NewInsert().Model(&row).Returning("NULL").Exec(ctx); stores.IsTaken(err) {
		return fault.New(fault.Conflict, "key")
	} else if err != nil {
		return fmt.Errorf("adding a site key: %w", err)
	}
	return nil
}

// disableSite shuts a site out from the given time on; the zero time lets it
// in again. NotFound is an unknown site.
func (s *store) disableSite(ctx context.Context, sid int64, at time.Time) error {
	row := siteRow{SID: sid}
	if !at.IsZero() {
		row.DisabledAt = at.UnixMilli()
	}
	return s.SQL.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		result, err := tx.NewUpdate().Model(&row).Column("disabled_at").WherePK().Exec(ctx)
		if err != nil {
			return fmt.Errorf("changing a site: %w", err)
		}
		if changed, err := result.RowsAffected(); err != nil || changed == 0 {
			return errors.Join(err, fault.New(fault.NotFound, "sid"))
		}
		return nil
	})
}

// sites gives every site and every key, by sid and by age.
func (s *store) sites(ctx context.Context) (sites []siteRow, keys []siteKeyRow, err error) {
	err = s.SQL.Read(ctx, func(ctx context.Context, db bun.IDB) error {
		if err := db.NewSelect().Model(&sites).Order("sid").Scan(ctx); err != nil {
			return err
		}
		return db.NewSelect().Model(&keys).Order("sid", "id").Scan(ctx)
	})
	if err != nil {
		return nil, nil, fmt.Errorf("reading the sites: %w", err)
	}
	return sites, keys, nil
}
