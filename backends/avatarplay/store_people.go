package avatarplay

import (
	"context"

	"github.com/uptrace/bun"

	"sekisho/backends/kit"
	"sekisho/caddymodules/clock"
	"sekisho/caddymodules/fault"
)

type personRow struct {
	bun.BaseModel `bun:"table:avatarplay_people"`

	ID         int64 `bun:"id,pk"`
	Login      string
	LoginKey   string
	Nickname   string
	PassHash   string
	Generation int64
	WearerID   int64
	CreatedAt  int64
	DisabledAt int64 `bun:",nullzero"`
}

// person is somebody with an account on the dress-up site, and what they have
// on. The zero value is nobody.
type person struct {
	ID         int64
	Login      string
	Nickname   string
	PassHash   string
	Generation int64
	WearerID   int64
	outfit     outfit
	step       int64 // of the fitting room that the outfit came from
}

// personByLogin gives the person who has a login and is not disabled.
func (s store) personByLogin(ctx context.Context, login string) (person, error) {
	return s.person(ctx, "p.login_key = ?", kit.MailKey(login))
}

// personByID gives the person with an id who is not disabled.
func (s store) personByID(ctx context.Context, id int64) (person, error) {
	return s.person(ctx, "p.id = ?", id)
}

func (s store) person(ctx context.Context, where string, arg any) (person, error) {
	var rows []struct {
		ID         int64
		Login      string
		Nickname   string
		PassHash   string
		Generation int64
		WearerID   int64
		Items      string
		TasteID    int64
		SavedStep  int64
	}
	err := s.read(ctx, "a person", func(ctx context.Context, db bun.IDB) error {
		rows = nil
		return db.NewRaw(`SELECT p.id, p.login, p.nickname, p.pass_hash, p.generation, p.wearer_id, w.items, w.taste_id, w.saved_step
			FROM avatarplay_people AS p JOIN avatarplay_wearers AS w ON w.id = p.wearer_id
			WHERE `+where+` AND p.disabled_at IS NULL`, arg).Scan(ctx, &rows)
	})
	if err != nil || len(rows) == 0 {
		return person{}, err
	}
	row := rows[0]
	items, err := splitIDs(row.Items)
	return person{
		ID: row.ID, Login: row.Login, Nickname: row.Nickname, PassHash: row.PassHash, Generation: row.Generation,
		WearerID: row.WearerID, outfit: outfit{Items: items, Taste: row.TasteID}, step: row.SavedStep,
	}, err
}

// holdPerson reads a person who is not disabled, and keeps others from linking
// them until the transaction ends.
func (s store) holdPerson(ctx context.Context, tx bun.Tx, id int64) (row personRow, there bool, err error) {
	there, err = one(ctx, s.hold(tx.NewSelect().Model(&row).Where("id = ? AND disabled_at IS NULL", id), "NO KEY UPDATE"))
	return row, there, err
}

// addPerson keeps a new person who wears an outfit and owns some items from the
// start. Conflict is a login that somebody has; of two who sign up with it at once
// the second attempt tells that.
func (s store) addPerson(ctx context.Context, login, nickname, passHash string, first outfit, owned []int64) (made person, err error) {
	now := clock.Now().UnixMilli()
	err = withNewIDs(2, func(ids []int64) error {
		made = person{ID: ids[0], Login: login, Nickname: nickname, PassHash: passHash, Generation: 1, WearerID: ids[1], outfit: first}
		return s.write(ctx, "a person", func(ctx context.Context, tx bun.Tx) error {
			taken, err := tx.NewSelect().Model((*personRow)(nil)).Where("login_key = ?", kit.MailKey(login)).Exists(ctx)
			if err != nil {
				return err
			}
			if taken {
				return errLoginTaken
			}
			if err := addWearer(ctx, tx, made.WearerID, first, owned, now); err != nil {
				return err
			}
			row := personRow{
				ID: made.ID, Login: login, LoginKey: kit.MailKey(login), Nickname: nickname, PassHash: passHash,
				Generation: made.Generation, WearerID: made.WearerID, CreatedAt: now,
			}
			_, err = tx.NewInsert().Model(&row).Exec(ctx)
			return err
		})
	})
	return made, err
}

// errLoginTaken says that somebody has a login already.
var errLoginTaken = fault.New(fault.Conflict, "login")

// renewHash puts a hash of ours in the place of an old one, unless the password
// was changed meanwhile.
func (s store) renewHash(ctx context.Context, who person, renewed string) error {
	return s.write(ctx, "a password's hash", func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewUpdate().Model((*personRow)(nil)).Set("pass_hash = ?", renewed).
			Where("id = ? AND pass_hash = ?", who.ID, who.PassHash).Exec(ctx)
		return err
	})
}

// ownedPart gives a page of the items of a part that a wearer owns, in the
// catalogue's order: the one that is asked for, from 1 on, or the last there is.
func (s store) ownedPart(ctx context.Context, wearerID int64, part string, asked int64) (ids []int64, page, pages int64, err error) {
	err = s.read(ctx, "a wardrobe", func(ctx context.Context, db bun.IDB) error {
		ids = nil
		query := db.NewSelect().TableExpr("avatarplay_owned AS o").
			Join("JOIN avatarplay_items AS i ON i.id = o.item_id").
			Where("o.wearer_id = ? AND i.part = ?", wearerID, part)
		all, err := query.Count(ctx)
		if err != nil {
			return err
		}
		pages = max(1, (all+itemsOnPage-1)/itemsOnPage)
		page = min(asked, pages)
		return query.ColumnExpr("o.item_id").OrderExpr("i.position, i.id").
			Limit(itemsOnPage).Offset((page-1)*itemsOnPage).Scan(ctx, &ids)
	})
	return ids, page, pages, err
}

// save makes an outfit the main coord of a person, unless a later step is.
// Forbidden is one that the person does not own whole.
func (s store) save(ctx context.Context, who person, worn outfit, step int64) error {
	return s.write(ctx, "a main coord", func(ctx context.Context, tx bun.Tx) error {
		return saveOutfit(ctx, tx, who.WearerID, worn, step)
	})
}
