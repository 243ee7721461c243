package avatarplay

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"sekisho/backends/kit"
	"sekisho/caddymodules/clock"
)

type grantTokenRow struct {
	bun.BaseModel `bun:"table:avatarplay_grant_tokens"`

	TokenHash []byte `bun:",pk"`
	AppID     int64
	PersonID  int64
	GuestID   int64 `bun:",nullzero"`
	Challenge string
	Scope     string
	ExpiresAt int64
}

func (s store) grantTokenHash(token string) []byte {
	return s.seal.MAC("avatarplay_grant_tokens.token_hash", token)
}

// guestToUpgrade gives the id of a guest of an app, whose things are to pass to
// a person; 0 for an avatar that is no guest, or no more. NotFound is an id that
// the app never had.
func (s store) guestToUpgrade(ctx context.Context, caller app, id int64) (guestID int64, err error) {
	var row avatarRow
	err = s.read(ctx, "a guest", func(ctx context.Context, db bun.IDB) error {
		row = avatarRow{}
		there, err := one(ctx, db.NewSelect().Model(&row).Where("id = ? AND app_id = ?", id, caller.ID))
		if err == nil && !there {
			return errNoAvatar
		}
		return err
	})
	if err != nil || row.PersonID != 0 || row.UpgradedAt != 0 {
		return 0, err
	}
	return row.ID, nil
}

// consent keeps that a person consented to what a ticket asks for, and gives the
// token by which the app learns of it, once. What nobody came for is forgotten.
func (s store) consent(ctx context.Context, t ticket, personID int64) (token string, err error) {
	token = kit.RandomToken(grantTokenBytes)
	now := clock.Now()
	row := grantTokenRow{
		TokenHash: s.grantTokenHash(token), AppID: t.AppID, PersonID: personID, GuestID: t.GuestID,
		Challenge: t.Challenge, Scope: t.Scope, ExpiresAt: now.Add(grantTokenFor).UnixMilli(),
	}
	err = s.write(ctx, "a grant token", func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewDelete().Model((*grantTokenRow)(nil)).Where("expires_at < ?", now.Add(-time.Hour).UnixMilli()).Exec(ctx)
		if err != nil {
			return err
		}
		_, err = tx.NewInsert().Model(&row).Exec(ctx)
		return err
	})
	return token, err
}

// redeemed is what became of a grant token.
type redeemed struct {
	known    bool   // somebody was given this token
	avatarID int64  // 0: nothing came of it
	scope    string // as ConnectUrl was told
}

// redeem uses a grant token up. Where it is of this app, not outlived, and its
// challenge is proved, the app has an avatar of the person from then on, the one
// it had before where there is one; and a guest's things are the person's. All of
// it, or nothing but that the token is used up.
func (s store) redeem(ctx context.Context, caller app, token string, proves func(challenge string) bool) (done redeemed, err error) {
	err = withNewIDs(1, func(ids []int64) error {
		return s.write(ctx, "a link", func(ctx context.Context, tx bun.Tx) error {
			done = redeemed{}
			row, known, err := s.takeGrantToken(ctx, tx, token)
			if err != nil || !known {
				return err
			}
			done.known = true
			if row.AppID != caller.ID || row.ExpiresAt <= clock.Now().UnixMilli() || !proves(row.Challenge) {
				return nil
			}
			who, there, err := s.holdPerson(ctx, tx, row.PersonID)
			if err != nil || !there {
				return err
			}
			done.avatarID, err = link(ctx, tx, row, who, ids[0])
			if err != nil {
				return err
			}
			done.scope = row.Scope
			return s.upgrade(ctx, tx, row, who)
		})
	})
	return done, err
}

func (s store) takeGrantToken(ctx context.Context, tx bun.Tx, token string) (row grantTokenRow, known bool, err error) {
	hash := s.grantTokenHash(token)
	known, err = one(ctx, s.hold(tx.NewSelect().Model(&row).Where("token_hash = ?", hash), forChange))
	if err != nil || !known {
		return row, known, err
	}
	_, err = tx.NewDelete().Model((*grantTokenRow)(nil)).Where("token_hash = ?", hash).Exec(ctx)
	return row, known, err
}

// link gives the app of a token an avatar of a person, with the given id where
// it had none, and the permissions that the person consented to.
func link(ctx context.Context, tx bun.Tx, row grantTokenRow, who personRow, newID int64) (avatarID int64, err error) {
	may, _ := parseScope(row.Scope) // checked when the app asked
	now := clock.Now().UnixMilli()
	linked := avatarRow{
		ID: newID, AppID: row.AppID, WearerID: who.WearerID, PersonID: who.ID,
		AvatarLoad: may.avatarLoad, ItemGrant: may.itemGrant, CreatedAt: now, LinkedAt: now,
	}
	_, err = tx.NewInsert().Model(&linked).On("CONFLICT (app_id, person_id) DO UPDATE").
		Set("avatar_load = EXCLUDED.avatar_load").Set("item_grant = EXCLUDED.item_grant").
		Set("linked_at = EXCLUDED.linked_at").Set("cut_at = NULL").
		Returning("id").Exec(ctx, &avatarID)
	return avatarID, err
}

// upgrade passes a guest's things to a person, and ends the guest. A guest that
// was upgraded meanwhile stays the other's. A person whom nobody has dressed yet
// wears from then on what the guest wore.
func (s store) upgrade(ctx context.Context, tx bun.Tx, row grantTokenRow, who personRow) error {
	if row.GuestID == 0 {
		return nil
	}
	var guest avatarRow
	there, err := one(ctx, s.hold(tx.NewSelect().Model(&guest).
		Where("id = ? AND app_id = ? AND person_id IS NULL AND upgraded_at IS NULL", row.GuestID, row.AppID), forChange))
	if err != nil || !there {
		return err
	}
	_, err = tx.NewRaw(`INSERT INTO avatarplay_owned (wearer_id, item_id, granted_at, app_id)
		SELECT ?, item_id, granted_at, app_id FROM avatarplay_owned WHERE wearer_id = ?
		ON CONFLICT DO NOTHING`, who.WearerID, guest.WearerID).Exec(ctx)
	if err != nil {
		return err
	}
	_, err = tx.NewRaw(`UPDATE avatarplay_wearers SET
			items = (SELECT g.items FROM avatarplay_wearers AS g WHERE g.id = ?),
			taste_id = (SELECT g.taste_id FROM avatarplay_wearers AS g WHERE g.id = ?)
		WHERE id = ? AND saved_at IS NULL`, guest.WearerID, guest.WearerID, who.WearerID).Exec(ctx)
	if err != nil {
		return err
	}
	_, err = tx.NewUpdate().Model((*avatarRow)(nil)).Set("upgraded_at = ?", clock.Now().UnixMilli()).Where("id = ?", guest.ID).Exec(ctx)
	return err
}

// linkedApp is an app that a person is linked to.
type linkedApp struct {
	AppID      int64
	Name       string
	AvatarLoad bool
	ItemGrant  bool
	LinkedAt   int64
}

// links gives the apps that a person is linked to, the newest first.
func (s store) links(ctx context.Context, personID int64) (linked []linkedApp, err error) {
	err = s.read(ctx, "links", func(ctx context.Context, db bun.IDB) error {
		linked = nil
		return db.NewRaw(`SELECT v.app_id, a.name, v.avatar_load, v.item_grant, v.linked_at
			FROM avatarplay_avatars AS v JOIN avatarplay_apps AS a ON a.id = v.app_id
			WHERE v.person_id = ? AND v.cut_at IS NULL ORDER BY v.linked_at DESC, v.id LIMIT ?`, personID, mostLinks).Scan(ctx, &linked)
	})
	return linked, err
}

// mostLinks bounds the list of apps that a person sees.
const mostLinks = 500

// cut takes all permissions on a person's avatar from an app, and ends consents
// of which it has not learnt yet. What is cut already stays so.
func (s store) cut(ctx context.Context, personID, appID int64) error {
	return s.write(ctx, "a cut link", func(ctx context.Context, tx bun.Tx) error {
		if _, _, err := s.holdPerson(ctx, tx, personID); err != nil {
			return err
		}
		_, err := tx.NewDelete().Model((*grantTokenRow)(nil)).Where("person_id = ? AND app_id = ?", personID, appID).Exec(ctx)
		if err != nil {
			return err
		}
		_, err = tx.NewUpdate().Model((*avatarRow)(nil)).
			Set("avatar_load = ?", false).Set("item_grant = ?", false).Set("cut_at = ?", clock.Now().UnixMilli()).
			Where("app_id = ? AND person_id = ? AND cut_at IS NULL", appID, personID).Exec(ctx)
		return err
	})
}
