package avatarplay

import (
	"context"
	"slices"
	"strings"

	"github.com/uptrace/bun"
)

// eachBatch gives all rows, a batch of them at a time: those that behind selects
// behind the last one, the zero row at first.
func eachBatch[Row any](ctx context.Context, s store, what string, give func([]Row) error,
	behind func(db bun.IDB, last Row) *bun.SelectQuery,
) error {
	var last Row
	for {
		var rows []Row
		err := s.read(ctx, what, func(ctx context.Context, db bun.IDB) error {
			rows = nil
			return behind(db, last).Limit(batch).Scan(ctx, &rows)
		})
		if err != nil {
			return err
		}
		if len(rows) > 0 {
			last = rows[len(rows)-1]
			if err := give(rows); err != nil {
				return err
			}
		}
		if len(rows) < batch {
			return nil
		}
	}
}

func oneByOne[Row any](give func(Row) error) func([]Row) error {
	return func(rows []Row) error {
		for _, row := range rows {
			if err := give(row); err != nil {
				return err
			}
		}
		return nil
	}
}

// comingApp is an app on the way in or out.
type comingApp struct {
	appRow
	redirects []string
}

// eachApp gives every app, by id.
func (s store) eachApp(ctx context.Context, give func(comingApp) error) error {
	return eachBatch(ctx, s, "apps", func(rows []appRow) error {
		redirects, err := s.redirects(ctx, idsOf(rows, func(a appRow) int64 { return a.ID }))
		if err != nil {
			return err
		}
		for _, row := range rows {
			if err := give(comingApp{row, redirects[row.ID]}); err != nil {
				return err
			}
		}
		return nil
	}, func(db bun.IDB, last appRow) *bun.SelectQuery {
		return db.NewSelect().Model((*appRow)(nil)).Where("id > ?", last.ID).Order("id")
	})
}

// redirects gives the redirect URIs of some apps, in the order of their bytes.
func (s store) redirects(ctx context.Context, appIDs []int64) (byApp map[int64][]string, err error) {
	var rows []redirectRow
	err = s.read(ctx, "redirect URIs", func(ctx context.Context, db bun.IDB) error {
		rows = nil
		return db.NewSelect().Model(&rows).Where("app_id IN (?)", bun.List(appIDs)).Scan(ctx)
	})
	byApp = map[int64][]string{}
	for _, row := range rows {
		byApp[row.AppID] = append(byApp[row.AppID], row.URI)
	}
	for _, uris := range byApp {
		slices.Sort(uris)
	}
	return byApp, err
}

// eachKey gives every API key, or those of one app where its id is not 0, in the
// order in which they came.
func (s store) eachKey(ctx context.Context, appID int64, give func(appKeyRow) error) error {
	return eachBatch(ctx, s, "API keys", oneByOne(give), func(db bun.IDB, last appKeyRow) *bun.SelectQuery {
		query := db.NewSelect().Model((*appKeyRow)(nil)).Where("id > ?", last.ID).Order("id")
		if appID != 0 {
			query.Where("app_id = ?", appID)
		}
		return query
	})
}

// assigned is an item or a coord that an app may use, by its key.
type assigned struct {
	AppID   int64  `bun:"app_id"`
	Key     string `bun:"key"`
	Initial bool   `bun:"initial"`
}

// eachAppItem gives every item that an app may use, by app and key.
func (s store) eachAppItem(ctx context.Context, give func(assigned) error) error {
	return s.eachAssigned(ctx, give, func(db bun.IDB) *bun.SelectQuery {
		return db.NewSelect().TableExpr("avatarplay_app_items AS a").ColumnExpr("a.app_id, k.key").
			Join("JOIN avatarplay_items AS k ON k.id = a.item_id")
	})
}

// eachAppCoord gives every coord that an app may use, by app and key.
func (s store) eachAppCoord(ctx context.Context, give func(assigned) error) error {
	return s.eachAssigned(ctx, give, func(db bun.IDB) *bun.SelectQuery {
		return db.NewSelect().TableExpr("avatarplay_app_coords AS a").ColumnExpr("a.app_id, k.key, a.initial").
			Join("JOIN avatarplay_coords AS k ON k.id = a.coord_id")
	})
}

// eachAssigned reads what one app may use at once: it is no more than the
// catalogue has.
func (s store) eachAssigned(ctx context.Context, give func(assigned) error, all func(bun.IDB) *bun.SelectQuery) error {
	return s.eachApp(ctx, func(c comingApp) error {
		var rows []assigned
		err := s.read(ctx, "what an app may use", func(ctx context.Context, db bun.IDB) error {
			rows = nil
			return all(db).Where("a.app_id = ?", c.ID).Scan(ctx, &rows)
		})
		if err != nil {
			return err
		}
		// In the order of bytes, which is not that of every database.
		slices.SortFunc(rows, func(a, b assigned) int { return strings.Compare(a.Key, b.Key) })
		return oneByOne(give)(rows)
	})
}

// exportedPerson is a user of the dress-up site with what they wear.
type exportedPerson struct {
	personRow
	worn wearerRow
}

// eachPerson gives every user of the dress-up site, by id.
func (s store) eachPerson(ctx context.Context, give func(exportedPerson) error) error {
	return s.eachPeople(ctx, func(people []personRow) error {
		worn, err := s.wearers(ctx, idsOf(people, func(p personRow) int64 { return p.WearerID }))
		if err != nil {
			return err
		}
		for _, p := range people {
			if err := give(exportedPerson{p, worn[p.WearerID]}); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s store) eachPeople(ctx context.Context, give func([]personRow) error) error {
	return eachBatch(ctx, s, "users", give, func(db bun.IDB, last personRow) *bun.SelectQuery {
		return db.NewSelect().Model((*personRow)(nil)).Where("id > ?", last.ID).Order("id")
	})
}

// wearers gives what some wear, by their ids.
func (s store) wearers(ctx context.Context, ids []int64) (worn map[int64]wearerRow, err error) {
	var rows []wearerRow
	err = s.read(ctx, "what is worn", func(ctx context.Context, db bun.IDB) error {
		rows = nil
		return db.NewSelect().Model(&rows).Where("id IN (?)", bun.List(orNone(ids))).Scan(ctx)
	})
	worn = make(map[int64]wearerRow, len(rows))
	for _, row := range rows {
		worn[row.ID] = row
	}
	return worn, err
}

// exportedGuest is a guest with what they wear.
type exportedGuest struct {
	avatarRow
	worn wearerRow
}

// eachGuest gives every guest, upgraded ones too, by avatar id.
func (s store) eachGuest(ctx context.Context, give func(exportedGuest) error) error {
	return s.eachAvatar(ctx, func(avatars []avatarRow) error {
		guests := slices.DeleteFunc(avatars, isLink)
		worn, err := s.wearers(ctx, idsOf(guests, func(a avatarRow) int64 { return a.WearerID }))
		if err != nil {
			return err
		}
		for _, guest := range guests {
			if err := give(exportedGuest{guest, worn[guest.WearerID]}); err != nil {
				return err
			}
		}
		return nil
	})
}

// eachLink gives every link of a person to an app, cut ones too, by avatar id.
func (s store) eachLink(ctx context.Context, give func(avatarRow) error) error {
	return s.eachAvatar(ctx, func(avatars []avatarRow) error {
		return oneByOne(give)(slices.DeleteFunc(avatars, func(a avatarRow) bool { return !isLink(a) }))
	})
}

// isLink says whether an avatar is a person's; others are guests.
func isLink(a avatarRow) bool { return a.PersonID != 0 }

// eachAvatar gives every avatar, by id. Guests are not told from links in SQL: a
// database would look them up by their person instead of going by id.
func (s store) eachAvatar(ctx context.Context, give func([]avatarRow) error) error {
	return eachBatch(ctx, s, "avatars", give, func(db bun.IDB, last avatarRow) *bun.SelectQuery {
		return db.NewSelect().Model((*avatarRow)(nil)).Where("id > ?", last.ID).Order("id")
	})
}

// owner is a guest or a person who owns items.
type owner struct{ id, wearerID int64 }

// ownersAtOnce bounds how many owners' items are held in memory: each owns no
// more than the catalogue has.
const ownersAtOnce = 20

// eachOwned gives what each of some owners owns, in no order.
func (s store) eachOwned(ctx context.Context, owners []owner, give func(of owner, owned []ownedRow) error) error {
	for some := range slices.Chunk(owners, ownersAtOnce) {
		var rows []ownedRow
		err := s.read(ctx, "owned items", func(ctx context.Context, db bun.IDB) error {
			rows = nil
			ids := idsOf(some, func(o owner) int64 { return o.wearerID })
			return db.NewSelect().Model(&rows).Where("wearer_id IN (?)", bun.List(ids)).Scan(ctx)
		})
		if err != nil {
			return err
		}
		of := map[int64][]ownedRow{}
		for _, row := range rows {
			of[row.WearerID] = append(of[row.WearerID], row)
		}
		for _, o := range some {
			if err := give(o, of[o.wearerID]); err != nil {
				return err
			}
		}
	}
	return nil
}

// eachGuestsOwned is eachOwned for every guest, by avatar id.
func (s store) eachGuestsOwned(ctx context.Context, give func(of owner, owned []ownedRow) error) error {
	return s.eachAvatar(ctx, func(avatars []avatarRow) error {
		var owners []owner
		for _, guest := range slices.DeleteFunc(avatars, isLink) {
			owners = append(owners, owner{guest.ID, guest.WearerID})
		}
		return s.eachOwned(ctx, owners, give)
	})
}

// eachPersonsOwned is eachOwned for every user of the dress-up site, by id.
func (s store) eachPersonsOwned(ctx context.Context, give func(of owner, owned []ownedRow) error) error {
	return s.eachPeople(ctx, func(people []personRow) error {
		owners := make([]owner, len(people))
		for i, p := range people {
			owners[i] = owner{p.ID, p.WearerID}
		}
		return s.eachOwned(ctx, owners, give)
	})
}
