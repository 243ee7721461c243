package avatarplay

import (
	"context"
	"slices"

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

// byBytes is a column of texts in the order of their bytes, which SQLite has by
// itself.
func (s store) byBytes(column string) bun.Safe {
	if s.sql.Postgres() {
		return bun.Safe(column + ` COLLATE "C"`)
	}
	return bun.Safe(column)
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
			return all(db).Where("a.app_id = ?", c.ID).OrderExpr("?", s.byBytes("k.key")).Scan(ctx, &rows)
		})
		if err != nil {
			return err
		}
		return oneByOne(give)(rows)
	})
}

// dressed is somebody with what they wear.
type dressed struct {
	Items   string `bun:"items"`
	TasteID int64  `bun:"taste_id"`
	SavedAt int64  `bun:"saved_at,nullzero"`
}

// exportedPerson is a user of the dress-up site with what they wear.
type exportedPerson struct {
	personRow
	dressed
}

// eachPerson gives every user of the dress-up site, by id.
func (s store) eachPerson(ctx context.Context, give func(exportedPerson) error) error {
	return eachBatch(ctx, s, "users", oneByOne(give), func(db bun.IDB, last exportedPerson) *bun.SelectQuery {
		return db.NewSelect().TableExpr("avatarplay_people AS p").
			ColumnExpr("p.*, w.items, w.taste_id, w.saved_at").
			Join("JOIN avatarplay_wearers AS w ON w.id = p.wearer_id").Where("p.id > ?", last.ID).Order("p.id")
	})
}

// isGuest is true of an avatar that no person has. It is written so that nobody
// looks all guests up in the index by person: a batch goes by avatar id.
const isGuest = "(COALESCE(a.person_id, 0) = 0)"

// exportedGuest is a guest with what they wear.
type exportedGuest struct {
	avatarRow
	dressed
}

// eachGuest gives every guest, upgraded ones too, by avatar id.
func (s store) eachGuest(ctx context.Context, give func(exportedGuest) error) error {
	return eachBatch(ctx, s, "guests", oneByOne(give), func(db bun.IDB, last exportedGuest) *bun.SelectQuery {
		return db.NewSelect().TableExpr("avatarplay_avatars AS a").
			ColumnExpr("a.*, w.items, w.taste_id, w.saved_at").
			Join("JOIN avatarplay_wearers AS w ON w.id = a.wearer_id").
			Where("a.id > ? AND "+isGuest, last.ID).Order("a.id")
	})
}

// eachLink gives every link of a person to an app, cut ones too, by avatar id.
func (s store) eachLink(ctx context.Context, give func(avatarRow) error) error {
	return eachBatch(ctx, s, "links", oneByOne(give), func(db bun.IDB, last avatarRow) *bun.SelectQuery {
		return db.NewSelect().TableExpr("avatarplay_avatars AS a").Where("a.id > ? AND NOT "+isGuest, last.ID).Order("a.id")
	})
}

// exportedGrant is an item that somebody owns.
type exportedGrant struct {
	OwnerID   int64  `bun:"owner_id"` // a guest's avatar id or a user's id
	Key       string `bun:"key"`
	GrantedAt int64  `bun:"granted_at"`
	AppID     int64  `bun:"app_id,nullzero"`
}

// eachGuestsGrant gives what guests own, by avatar id and the item's key.
func (s store) eachGuestsGrant(ctx context.Context, give func(exportedGrant) error) error {
	return s.eachGrant(ctx, give, func(db bun.IDB) *bun.SelectQuery {
		return db.NewSelect().TableExpr("avatarplay_avatars AS a").Where(isGuest)
	})
}

// eachPersonsGrant gives what users of the dress-up site own, by their id and the
// item's key.
func (s store) eachPersonsGrant(ctx context.Context, give func(exportedGrant) error) error {
	return s.eachGrant(ctx, give, func(db bun.IDB) *bun.SelectQuery {
		return db.NewSelect().TableExpr("avatarplay_people AS a")
	})
}

func (s store) eachGrant(ctx context.Context, give func(exportedGrant) error, owners func(bun.IDB) *bun.SelectQuery) error {
	key := s.byBytes("i.key")
	return eachBatch(ctx, s, "owned items", oneByOne(give), func(db bun.IDB, last exportedGrant) *bun.SelectQuery {
		return owners(db).ColumnExpr("a.id AS owner_id, i.key, o.granted_at, o.app_id").
			Join("JOIN avatarplay_owned AS o ON o.wearer_id = a.wearer_id").
			Join("JOIN avatarplay_items AS i ON i.id = o.item_id").
			Where("a.id >= ? AND (a.id > ? OR ? > ?)", last.OwnerID, last.OwnerID, key, last.Key).
			OrderExpr("a.id, ?", key)
	})
}
