package avatarplay

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/uptrace/bun"

	"sekisho/caddymodules/fault"
	"sekisho/caddymodules/identity"
	"sekisho/caddymodules/stores"
)

type appRow struct {
	bun.BaseModel `bun:"table:avatarplay_apps"`

	ID         int64 `bun:"id,pk"`
	Name       string
	AvatarLoad bool
	ItemGrant  bool
	CreatedAt  int64
	DisabledAt int64 `bun:",nullzero"`
}

type appKeyRow struct {
	bun.BaseModel `bun:"table:avatarplay_app_keys"`

	ID         int64 `bun:",pk,autoincrement"`
	AppID      int64
	KeyHash    []byte
	CreatedAt  int64
	EndsAt     int64 `bun:",nullzero"`
	LastUsedAt int64 `bun:",nullzero"`
}

type redirectRow struct {
	bun.BaseModel `bun:"table:avatarplay_app_redirects"`

	AppID int64
	URI   string `bun:"uri"`
}

type appItemRow struct {
	bun.BaseModel `bun:"table:avatarplay_app_items"`

	AppID  int64
	ItemID int64
}

type appCoordRow struct {
	bun.BaseModel `bun:"table:avatarplay_app_coords"`

	AppID   int64
	CoordID int64
	Initial bool
}

// may gives what an app may ask for.
func (row appRow) may() scope { return scope{avatarLoad: row.AvatarLoad, itemGrant: row.ItemGrant} }

// hashKey gives the hash of an API key.
func (s store) hashKey(key string) [32]byte {
	return [32]byte(s.seal.MAC("avatarplay_app_keys.key_hash", key))
}

// keyed gives the app that has the key with a hash.
func (s store) keyed(ctx context.Context, hash [32]byte) (identity.Keyed, error) {
	var key appKeyRow
	var row appRow
	err := s.read(ctx, "an app", func(ctx context.Context, db bun.IDB) error {
		key, row = appKeyRow{}, appRow{}
		there, err := one(ctx, db.NewSelect().Model(&key).Where("key_hash = ?", hash[:]))
		if err != nil || !there {
			return err
		}
		_, err = one(ctx, db.NewSelect().Model(&row).Where("id = ?", key.AppID))
		return err
	})
	if err != nil || row.ID == 0 {
		return identity.Keyed{}, err
	}
	return identity.Keyed{
		ID:       strconv.FormatInt(row.ID, 10),
		Keys:     []identity.Key{{ID: key.ID, Hash: key.KeyHash, Ends: moment(key.EndsAt)}},
		Disabled: row.DisabledAt != 0,
		Extra:    app{ID: row.ID, Name: row.Name, may: row.may()},
	}, nil
}

// moment reads a time as it is stored; none is the zero time.
func moment(milliseconds int64) time.Time {
	if milliseconds == 0 {
		return time.Time{}
	}
	return time.UnixMilli(milliseconds)
}

// keyUsed notes when a key was used last.
func (s store) keyUsed(ctx context.Context, keyID int64, at time.Time) error {
	return s.write(ctx, "the use of an API key", func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewUpdate().Model((*appKeyRow)(nil)).Set("last_used_at = ?", at.UnixMilli()).Where("id = ?", keyID).Exec(ctx)
		return err
	})
}

// app gives an app, the zero value where there is none or it is disabled.
func (s store) app(ctx context.Context, id int64) (found app, err error) {
	var row appRow
	err = s.read(ctx, "an app", func(ctx context.Context, db bun.IDB) error {
		row = appRow{}
		_, err := one(ctx, db.NewSelect().Model(&row).Where("id = ? AND disabled_at IS NULL", id))
		return err
	})
	return app{ID: row.ID, Name: row.Name, may: row.may()}, err
}

// hasRedirect says whether a redirect URI is one of an app's, character by
// character.
func (s store) hasRedirect(ctx context.Context, appID int64, uri string) (has bool, err error) {
	err = s.read(ctx, "an app's redirect URIs", func(ctx context.Context, db bun.IDB) error {
		has, err = db.NewSelect().Model((*redirectRow)(nil)).Where("app_id = ? AND uri = ?", appID, uri).Exists(ctx)
		return err
	})
	return has, err
}

// usableItems gives which of some items an app may use.
func (s store) usableItems(ctx context.Context, appID int64, ids []int64) (usable map[int64]bool, err error) {
	err = s.read(ctx, "an app's items", func(ctx context.Context, db bun.IDB) error {
		usable, err = usableItems(ctx, db, appID, ids)
		return err
	})
	return usable, err
}

func usableItems(ctx context.Context, db bun.IDB, appID int64, ids []int64) (map[int64]bool, error) {
	var there []int64
	err := db.NewSelect().Model((*appItemRow)(nil)).Column("item_id").
		Where("app_id = ?", appID).Where("item_id IN (?)", bun.List(ids)).Scan(ctx, &there)
	return setOf(there), err
}

// appCoords gives the coords of an app, each with whether a guest may begin with
// it.
func (s store) appCoords(ctx context.Context, appID int64) (initial map[int64]bool, err error) {
	var rows []appCoordRow
	err = s.read(ctx, "an app's coords", func(ctx context.Context, db bun.IDB) error {
		rows = nil
		return db.NewSelect().Model(&rows).Where("app_id = ?", appID).Scan(ctx)
	})
	initial = make(map[int64]bool, len(rows))
	for _, row := range rows {
		initial[row.CoordID] = row.Initial
	}
	return initial, err
}

func setOf(ids []int64) map[int64]bool {
	set := make(map[int64]bool, len(ids))
	for _, id := range ids {
		set[id] = true
	}
	return set
}

// newApp is an app on the way in, with what it may use.
type newApp struct {
	row       appRow
	key       string
	redirects []string
	items     []int64
	coords    []appCoordRow
}

// addApp keeps a new app with its first key. Conflict is a taken id ("app") or a
// key that an app has already ("key").
func (s store) addApp(ctx context.Context, n newApp) error {
	return s.write(ctx, "an app", func(ctx context.Context, tx bun.Tx) error {
		if _, err := tx.NewInsert().Model(&n.row).Exec(ctx); stores.IsTaken(err) {
			return fault.New(fault.Conflict, "app")
		} else if err != nil {
			return err
		}
		for _, uri := range n.redirects {
			if _, err := tx.NewInsert().Model(&redirectRow{AppID: n.row.ID, URI: uri}).On("CONFLICT DO NOTHING").Exec(ctx); err != nil {
				return err
			}
		}
		if err := assign(ctx, tx, n.row.ID, n.items, n.coords); err != nil {
			return err
		}
		return s.addKey(ctx, tx, n.row.ID, n.key, n.row.CreatedAt)
	})
}

// everythingFor gives what an app may use that may use all of the catalogue.
func (s store) everythingFor(ctx context.Context, appID int64) (items []int64, coords []appCoordRow, err error) {
	rows, err := s.catalogue(ctx)
	for _, row := range rows.items {
		items = append(items, row.ID)
	}
	for _, row := range rows.coords {
		coords = append(coords, appCoordRow{AppID: appID, CoordID: row.ID, Initial: row.Initial})
	}
	return items, coords, err
}

func (s store) addKey(ctx context.Context, tx bun.Tx, appID int64, key string, createdAt int64) error {
	hash := s.hashKey(key)
	row := appKeyRow{AppID: appID, KeyHash: hash[:], CreatedAt: createdAt}
	if _, err := tx.NewInsert().Model(&row).Returning("NULL").Exec(ctx); stores.IsTaken(err) {
		return fault.New(fault.Conflict, "key")
	} else if err != nil {
		return fmt.Errorf("adding an API key: %w", err)
	}
	return nil
}

// assign lets an app use items and coords; what it may use already stays. Of the
// coords it says which a guest may begin with.
func assign(ctx context.Context, tx bun.Tx, appID int64, items []int64, coords []appCoordRow) error {
	for start := 0; start < len(items); start += batch {
		var rows []appItemRow
		for _, id := range items[start:min(start+batch, len(items))] {
			rows = append(rows, appItemRow{AppID: appID, ItemID: id})
		}
		if _, err := tx.NewInsert().Model(&rows).On("CONFLICT DO NOTHING").Exec(ctx); err != nil {
			return err
		}
	}
	if len(coords) == 0 {
		return nil
	}
	_, err := tx.NewInsert().Model(&coords).On("CONFLICT (app_id, coord_id) DO UPDATE").Set("initial = EXCLUDED.initial").Exec(ctx)
	return err
}
