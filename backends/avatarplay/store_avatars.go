package avatarplay

import (
	"context"

	"github.com/uptrace/bun"

	"sekisho/caddymodules/clock"
)

type wearerRow struct {
	bun.BaseModel `bun:"table:avatarplay_wearers"`

	ID        int64 `bun:"id,pk"`
	Items     string
	TasteID   int64
	SavedAt   int64 `bun:",nullzero"`
	SavedStep int64
	CreatedAt int64
}

type avatarRow struct {
	bun.BaseModel `bun:"table:avatarplay_avatars"`

	ID         int64 `bun:"id,pk"`
	AppID      int64
	WearerID   int64
	PersonID   int64 `bun:",nullzero"`
	AvatarLoad bool
	ItemGrant  bool
	CreatedAt  int64
	LinkedAt   int64 `bun:",nullzero"`
	CutAt      int64 `bun:",nullzero"`
	UpgradedAt int64 `bun:",nullzero"`
}

type ownedRow struct {
	bun.BaseModel `bun:"table:avatarplay_owned"`

	WearerID  int64
	ItemID    int64
	GrantedAt int64
	AppID     int64 `bun:",nullzero"`
}

// avatar is an avatar id that is alive, with what its wearer has on.
type avatar struct {
	ID       int64
	WearerID int64
	Guest    bool
	may      scope // what the app may do with it
	outfit   outfit
	step     int64 // of the fitting room that the outfit came from
}

// livingAvatars are the avatars of an app that exist for it: no upgraded guest,
// nobody who was disabled.
const livingAvatars = `SELECT a.id, a.wearer_id, a.person_id IS NULL AS guest, a.avatar_load, a.item_grant, w.items, w.taste_id, w.saved_step
	FROM avatarplay_avatars AS a JOIN avatarplay_wearers AS w ON w.id = a.wearer_id
	LEFT JOIN avatarplay_people AS p ON p.id = a.person_id
	WHERE a.app_id = ? AND a.upgraded_at IS NULL AND p.disabled_at IS NULL AND a.id IN (?)`

// avatars gives those of some avatar ids that exist for an app.
func (s store) avatars(ctx context.Context, caller app, ids ...int64) (found map[int64]avatar, err error) {
	err = s.read(ctx, "avatars", func(ctx context.Context, db bun.IDB) error {
		found, err = livingOf(ctx, db, caller, ids)
		return err
	})
	return found, err
}

func livingOf(ctx context.Context, db bun.IDB, caller app, ids []int64) (map[int64]avatar, error) {
	var rows []struct {
		ID         int64
		WearerID   int64
		Guest      bool
		AvatarLoad bool
		ItemGrant  bool
		Items      string
		TasteID    int64
		SavedStep  int64
	}
	if err := db.NewRaw(livingAvatars, caller.ID, bun.List(ids)).Scan(ctx, &rows); err != nil {
		return nil, err
	}
	found := make(map[int64]avatar, len(rows))
	for _, row := range rows {
		items, err := splitIDs(row.Items)
		if err != nil {
			return nil, err
		}
		may := scope{avatarLoad: row.AvatarLoad, itemGrant: row.ItemGrant}
		found[row.ID] = avatar{
			ID: row.ID, WearerID: row.WearerID, Guest: row.Guest, may: may.and(caller.may),
			outfit: outfit{Items: items, Taste: row.TasteID}, step: row.SavedStep,
		}
	}
	return found, nil
}

// holdAvatar reads an avatar of an app within a transaction, and keeps others
// from upgrading it, or from cutting its link, until that ends. exists is false
// where there is none for the app.
func (s store) holdAvatar(ctx context.Context, tx bun.Tx, caller app, id int64) (found avatar, exists bool, err error) {
	held := s.hold(tx.NewSelect().Model(new(avatarRow)).Where("id = ? AND app_id = ?", id, caller.ID), forUse)
	if there, err := one(ctx, held); err != nil || !there {
		return avatar{}, false, err
	}
	all, err := livingOf(ctx, tx, caller, []int64{id})
	found, exists = all[id]
	return found, exists, err
}

// addGuest keeps a new guest who wears an outfit and owns what it consists of.
func (s store) addGuest(ctx context.Context, caller app, may scope, first outfit) (made avatar, err error) {
	now := clock.Now().UnixMilli()
	err = withNewIDs(2, func(ids []int64) error {
		made = avatar{ID: ids[0], WearerID: ids[1], Guest: true, may: may, outfit: first}
		return s.write(ctx, "a guest", func(ctx context.Context, tx bun.Tx) error {
			if err := addWearer(ctx, tx, made.WearerID, first, first.Items, now); err != nil {
				return err
			}
			row := avatarRow{
				ID: made.ID, AppID: caller.ID, WearerID: made.WearerID,
				AvatarLoad: may.avatarLoad, ItemGrant: may.itemGrant, CreatedAt: now,
			}
			_, err := tx.NewInsert().Model(&row).Exec(ctx)
			return err
		})
	})
	return made, err
}

// addWearer keeps who wears an outfit and owns some items from the start.
func addWearer(ctx context.Context, tx bun.Tx, id int64, worn outfit, owned []int64, now int64) error {
	row := wearerRow{ID: id, Items: joinIDs(worn.Items), TasteID: worn.Taste, CreatedAt: now}
	if _, err := tx.NewInsert().Model(&row).Exec(ctx); err != nil {
		return err
	}
	_, err := own(ctx, tx, id, 0, owned, now)
	return err
}

// own gives a wearer items, from an app or from the start (0), and gives which
// of them are new.
func own(ctx context.Context, tx bun.Tx, wearerID, appID int64, ids []int64, now int64) (fresh map[int64]bool, err error) {
	if len(ids) == 0 {
		return nil, nil
	}
	rows := make([]ownedRow, len(ids))
	for i, id := range ids {
		rows[i] = ownedRow{WearerID: wearerID, ItemID: id, GrantedAt: now, AppID: appID}
	}
	var added []int64
	_, err = tx.NewInsert().Model(&rows).On("CONFLICT DO NOTHING").Returning("item_id").Exec(ctx, &added)
	return setOf(added), err
}

// have gives which of some items the wearer of an avatar owns.
func (s store) have(ctx context.Context, wearerID int64, ids []int64) (owned map[int64]bool, err error) {
	err = s.read(ctx, "owned items", func(ctx context.Context, db bun.IDB) error {
		owned, err = ownedOf(ctx, db, wearerID, ids)
		return err
	})
	return owned, err
}

func ownedOf(ctx context.Context, db bun.IDB, wearerID int64, ids []int64) (map[int64]bool, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	var there []int64
	err := db.NewSelect().Model((*ownedRow)(nil)).Column("item_id").
		Where("wearer_id = ?", wearerID).Where("item_id IN (?)", bun.List(ids)).Scan(ctx, &there)
	return setOf(there), err
}

// grant gives the wearer of an avatar items of an app, and gives which of them
// are new. NotFound is an avatar that does not exist for the app ("avatarId") or
// an item that is not the app's ("itemId"), Forbidden an avatar on which the app
// may not grant.
func (s store) grant(ctx context.Context, caller app, avatarID int64, ids []int64) (fresh map[int64]bool, err error) {
	err = s.write(ctx, "granted items", func(ctx context.Context, tx bun.Tx) error {
		to, exists, err := s.holdAvatar(ctx, tx, caller, avatarID)
		switch {
		case err != nil:
			return err
		case !exists:
			return errNoAvatar
		case !to.may.itemGrant:
			return errMayNotGrant
		}
		usable, err := usableItems(ctx, tx, caller.ID, ids)
		if err != nil {
			return err
		}
		for _, id := range ids {
			if !usable[id] {
				return errNoItem
			}
		}
		fresh, err = own(ctx, tx, to.WearerID, caller.ID, sorted(ids), clock.Now().UnixMilli())
		return err
	})
	return fresh, err
}

// ownedItem is an item that a wearer owns.
type ownedItem struct {
	ItemID int64
	Usable bool // by the app that asks
}

// wardrobe gives a page of what a wearer owns: the main coord's items first, then
// by the newest grant. usable tells what an app may use.
func (s store) wardrobe(ctx context.Context, appID int64, of avatar, limit, page int64) (owned []ownedItem, err error) {
	err = s.read(ctx, "a wardrobe", func(ctx context.Context, db bun.IDB) error {
		owned = nil
		return db.NewRaw(`SELECT o.item_id, u.item_id IS NOT NULL AS usable FROM avatarplay_owned AS o
			LEFT JOIN avatarplay_app_items AS u ON u.app_id = ? AND u.item_id = o.item_id
			WHERE o.wearer_id = ?
			ORDER BY CASE WHEN o.item_id IN (?) THEN 0 ELSE 1 END, o.granted_at DESC, o.item_id LIMIT ? OFFSET ?`,
			appID, of.WearerID, bun.List(orNone(of.outfit.Items)), limit, page*limit).Scan(ctx, &owned)
	})
	return owned, err
}

// orNone gives ids for an IN that must not be empty.
func orNone(ids []int64) []int64 {
	if len(ids) == 0 {
		return []int64{0}
	}
	return ids
}

// ownsOther says whether a wearer owns another item of a part than a given one.
func (s store) ownsOther(ctx context.Context, wearerID int64, part string, itemID int64) (owns bool, err error) {
	err = s.read(ctx, "owned items", func(ctx context.Context, db bun.IDB) error {
		owns, err = db.NewSelect().TableExpr("avatarplay_owned AS o").
			Join("JOIN avatarplay_items AS i ON i.id = o.item_id").
			Where("o.wearer_id = ? AND i.part = ? AND o.item_id <> ?", wearerID, part, itemID).Exists(ctx)
		return err
	})
	return owns, err
}

// mainCoord gives what a wearer has on.
func (s store) mainCoord(ctx context.Context, wearerID int64) (outfit, error) {
	var row wearerRow
	err := s.read(ctx, "a main coord", func(ctx context.Context, db bun.IDB) error {
		row = wearerRow{}
		return db.NewSelect().Model(&row).Where("id = ?", wearerID).Scan(ctx)
	})
	if err != nil {
		return outfit{}, err
	}
	items, err := splitIDs(row.Items)
	return outfit{Items: items, Taste: row.TasteID}, err
}

// dress makes an outfit the main coord of an avatar's wearer, unless a later step
// is. NotFound is an avatar that does not exist for the app any more, Forbidden
// one that it may not dress any more, or an outfit that the wearer does not own
// whole.
func (s store) dress(ctx context.Context, caller app, avatarID int64, worn outfit, step int64) error {
	return s.write(ctx, "a main coord", func(ctx context.Context, tx bun.Tx) error {
		of, exists, err := s.holdAvatar(ctx, tx, caller, avatarID)
		switch {
		case err != nil:
			return err
		case !exists:
			return errNoAvatar
		case !of.may.avatarLoad:
			return errMayNotLoad
		}
		return saveOutfit(ctx, tx, of.WearerID, worn, step)
	})
}

// saveOutfit makes an outfit the main coord of a wearer who owns it, unless a
// later step is.
func saveOutfit(ctx context.Context, tx bun.Tx, wearerID int64, worn outfit, step int64) error {
	owned, err := ownedOf(ctx, tx, wearerID, worn.Items)
	if err != nil {
		return err
	}
	for _, id := range worn.Items {
		if !owned[id] {
			return errNotOwned
		}
	}
	_, err = tx.NewUpdate().Model((*wearerRow)(nil)).
		Set("items = ?", joinIDs(worn.Items)).Set("taste_id = ?", worn.Taste).
		Set("saved_at = ?", clock.Now().UnixMilli()).Set("saved_step = ?", step).
		Where("id = ? AND saved_step < ?", wearerID, step).Exec(ctx)
	return err
}
