package avatarplay

import (
	"context"
	"fmt"
	"slices"

	"github.com/uptrace/bun"

	"sekisho/backends/kit"
	"sekisho/caddymodules/stores"
)

// importRows adds all rows that from gives, or none, and says how many there
// were.
func importRows[Row any](ctx context.Context, s store, what string, from kit.RowsFrom[Row],
	insert func(ctx context.Context, tx bun.Tx, rows []Row) error,
) (imported int, err error) {
	err = s.write(stores.Unhurried(ctx), what, func(ctx context.Context, tx bun.Tx) error {
		imported, err = kit.InBatches(from, func(rows []Row) error { return insert(ctx, tx, rows) })
		return err
	})
	return imported, err
}

// insertAll inserts rows, a batch of them with one statement; on says what
// becomes of those that are there already; nil refuses them.
func insertAll[Row any](ctx context.Context, tx bun.Tx, rows []Row, on func(*bun.InsertQuery) *bun.InsertQuery) error {
	for some := range slices.Chunk(rows, batch) {
		insert := tx.NewInsert().Model(&some).Returning("NULL")
		if on != nil {
			insert = on(insert)
		}
		if _, err := insert.Exec(ctx); err != nil {
			return err
		}
	}
	return nil
}

// importApps adds apps with their redirect URIs, all or none.
func (s store) importApps(ctx context.Context, from kit.RowsFrom[comingApp]) (int, error) {
	return importRows(ctx, s, "apps", from, func(ctx context.Context, tx bun.Tx, coming []comingApp) error {
		apps := make([]appRow, len(coming))
		var redirects []redirectRow
		for i, c := range coming {
			apps[i] = c.appRow
			for _, uri := range c.redirects {
				redirects = append(redirects, redirectRow{AppID: c.ID, URI: uri})
			}
		}
		if err := insertAll(ctx, tx, apps, nil); err != nil {
			return err
		}
		return insertAll(ctx, tx, redirects, nil)
	})
}

// importKeys adds API keys, all or none.
func (s store) importKeys(ctx context.Context, from kit.RowsFrom[appKeyRow]) (int, error) {
	return importRows(ctx, s, "API keys", from, func(ctx context.Context, tx bun.Tx, rows []appKeyRow) error {
		return insertAll(ctx, tx, rows, nil)
	})
}

// importAppItems lets apps use items, all or none; what they may use already
// stays.
func (s store) importAppItems(ctx context.Context, from kit.RowsFrom[appItemRow]) (int, error) {
	return importRows(ctx, s, "apps' items", from, func(ctx context.Context, tx bun.Tx, rows []appItemRow) error {
		return insertAll(ctx, tx, rows, func(insert *bun.InsertQuery) *bun.InsertQuery { return insert.On("CONFLICT DO NOTHING") })
	})
}

// importAppCoords is importAppItems for coords; of all of them it says which a
// guest may begin with.
func (s store) importAppCoords(ctx context.Context, from kit.RowsFrom[appCoordRow]) (int, error) {
	return importRows(ctx, s, "apps' coords", from, func(ctx context.Context, tx bun.Tx, rows []appCoordRow) error {
		return insertAll(ctx, tx, rows, func(insert *bun.InsertQuery) *bun.InsertQuery {
			return insert.On("CONFLICT (app_id, coord_id) DO UPDATE").Set("initial = EXCLUDED.initial")
		})
	})
}

// wearing is what somebody who comes in wears, and since when.
type wearing struct {
	outfit
	savedAt int64 // 0: nobody has dressed them yet
}

// comingPerson is a user of the dress-up site on the way in.
type comingPerson struct {
	personRow
	worn wearing
}

// importPeople adds users of the dress-up site who own what they wear, all or
// none.
func (s store) importPeople(ctx context.Context, from kit.RowsFrom[comingPerson]) (int, error) {
	return importRows(ctx, s, "users", from, func(ctx context.Context, tx bun.Tx, coming []comingPerson) error {
		people := make([]personRow, len(coming))
		var all wearers
		for i, c := range coming {
			people[i] = c.personRow
			people[i].WearerID = all.add(c.worn, c.CreatedAt)
		}
		if err := all.insert(ctx, tx); err != nil {
			return err
		}
		return insertAll(ctx, tx, people, nil)
	})
}

// comingGuest is a guest on the way in.
type comingGuest struct {
	avatarRow
	worn wearing
}

// importGuests adds guests who own what they wear, all or none.
func (s store) importGuests(ctx context.Context, from kit.RowsFrom[comingGuest]) (int, error) {
	return importRows(ctx, s, "guests", from, func(ctx context.Context, tx bun.Tx, coming []comingGuest) error {
		guests := make([]avatarRow, len(coming))
		var all wearers
		for i, c := range coming {
			guests[i] = c.avatarRow
			guests[i].WearerID = all.add(c.worn, c.CreatedAt)
		}
		if err := all.insert(ctx, tx); err != nil {
			return err
		}
		return insertAll(ctx, tx, guests, nil)
	})
}

// wearers are those who wear something, with what they own of it, on the way in.
type wearers struct {
	rows  []wearerRow
	owned []ownedRow
}

// add adds a wearer, and gives the id that they get.
func (w *wearers) add(worn wearing, createdAt int64) (id int64) {
	id = newID()
	w.rows = append(w.rows, wearerRow{
		ID: id, Items: joinIDs(worn.Items), TasteID: worn.Taste, SavedAt: worn.savedAt, CreatedAt: createdAt,
	})
	for _, itemID := range worn.Items {
		w.owned = append(w.owned, ownedRow{WearerID: id, ItemID: itemID, GrantedAt: createdAt})
	}
	return id
}

func (w *wearers) insert(ctx context.Context, tx bun.Tx) error {
	if err := insertAll(ctx, tx, w.rows, nil); err != nil {
		return err
	}
	return insertAll(ctx, tx, w.owned, nil)
}

// importLinks adds links of users to apps, all or none.
func (s store) importLinks(ctx context.Context, from kit.RowsFrom[avatarRow]) (int, error) {
	return importRows(ctx, s, "links", from, func(ctx context.Context, tx bun.Tx, rows []avatarRow) error {
		wearerOf, err := wearersOf(ctx, tx, "avatarplay_people", idsOf(rows, func(a avatarRow) int64 { return a.PersonID }))
		if err != nil {
			return err
		}
		for i := range rows {
			if rows[i].WearerID, err = wearerOf(rows[i].PersonID); err != nil {
				return err
			}
		}
		return insertAll(ctx, tx, rows, nil)
	})
}

// wearersOf tells who those are in a table, by their ids, that wear something.
func wearersOf(ctx context.Context, tx bun.Tx, table string, ids []int64) (wearerOf func(id int64) (int64, error), err error) {
	var rows []struct{ ID, WearerID int64 }
	err = tx.NewSelect().Table(table).Column("id", "wearer_id").Where("id IN (?)", bun.List(orNone(ids))).Scan(ctx, &rows)
	known := make(map[int64]int64, len(rows))
	for _, row := range rows {
		known[row.ID] = row.WearerID
	}
	return func(id int64) (int64, error) {
		if wearer, there := known[id]; there {
			return wearer, nil
		}
		return 0, fmt.Errorf("%d is not in %s any more", id, table)
	}, err
}

// comingGrant is an item that somebody owns, on the way in: the wearer of an
// avatar, or a user of the dress-up site.
type comingGrant struct {
	AvatarID, PersonID int64 // one of them is 0
	ItemID             int64
	GrantedAt          int64
	AppID              int64 // who granted it; 0: they had it from the start
}

// importGrants lets wearers own items, all or none. What they own already gets
// the new dates.
func (s store) importGrants(ctx context.Context, from kit.RowsFrom[comingGrant]) (int, error) {
	return importRows(ctx, s, "owned items", from, func(ctx context.Context, tx bun.Tx, coming []comingGrant) error {
		rows, err := ownedBy(ctx, tx, coming)
		if err != nil {
			return err
		}
		return insertAll(ctx, tx, rows, func(insert *bun.InsertQuery) *bun.InsertQuery {
			return insert.On("CONFLICT (wearer_id, item_id) DO UPDATE").
				Set("granted_at = EXCLUDED.granted_at").Set("app_id = EXCLUDED.app_id")
		})
	})
}

// ownedBy gives the rows of some grants. A wearer whom two of them name, one as a
// user and one by an avatar, has what is the same in both once, as the last has it.
func ownedBy(ctx context.Context, tx bun.Tx, coming []comingGrant) ([]ownedRow, error) {
	var avatars, people []int64
	for _, c := range coming {
		if c.AvatarID != 0 {
			avatars = append(avatars, c.AvatarID)
		} else {
			people = append(people, c.PersonID)
		}
	}
	ofAvatar, err := wearersOf(ctx, tx, "avatarplay_avatars", avatars)
	if err != nil {
		return nil, err
	}
	ofPerson, err := wearersOf(ctx, tx, "avatarplay_people", people)
	if err != nil {
		return nil, err
	}
	rows := make([]ownedRow, 0, len(coming))
	at := make(map[[2]int64]int, len(coming))
	for _, c := range coming {
		wearer, err := ofAvatar(c.AvatarID)
		if c.AvatarID == 0 {
			wearer, err = ofPerson(c.PersonID)
		}
		if err != nil {
			return nil, err
		}
		row := ownedRow{WearerID: wearer, ItemID: c.ItemID, GrantedAt: c.GrantedAt, AppID: c.AppID}
		if i, there := at[[2]int64{wearer, c.ItemID}]; there {
			rows[i] = row
			continue
		}
		at[[2]int64{wearer, c.ItemID}] = len(rows)
		rows = append(rows, row)
	}
	return rows, nil
}

// existing gives a lookup of values in a column.
func existing[Value comparable](s store, table, column string) func(context.Context, []Value) (map[Value]bool, error) {
	return func(ctx context.Context, values []Value) (map[Value]bool, error) {
		var found []Value
		err := s.read(ctx, "what is there", func(ctx context.Context, db bun.IDB) error {
			found = nil
			return db.NewSelect().Table(table).Column(column).Where("? IN (?)", bun.Ident(column), bun.List(values)).Scan(ctx, &found)
		})
		there := make(map[Value]bool, len(found))
		for _, value := range found {
			there[value] = true
		}
		return there, err
	}
}

// existingKeys gives which hashes of API keys an app has.
func (s store) existingKeys(ctx context.Context, hashes []string) (there map[string]bool, err error) {
	sought := make([][]byte, len(hashes))
	for i, hash := range hashes {
		sought[i] = []byte(hash)
	}
	var found [][]byte
	err = s.read(ctx, "API keys", func(ctx context.Context, db bun.IDB) error {
		found = nil
		return db.NewSelect().Model((*appKeyRow)(nil)).Column("key_hash").Where("key_hash IN (?)", bun.List(sought)).Scan(ctx, &found)
	})
	there = map[string]bool{}
	for _, hash := range found {
		there[string(hash)] = true
	}
	return there, err
}

// linkKey tells links apart: a person has one avatar of each app.
type linkKey struct{ appID, personID int64 }

// existingLinks gives which links there are.
func (s store) existingLinks(ctx context.Context, links []linkKey) (there map[linkKey]bool, err error) {
	var apps, people []int64
	for _, link := range links {
		apps, people = append(apps, link.appID), append(people, link.personID)
	}
	var found []avatarRow
	err = s.read(ctx, "links", func(ctx context.Context, db bun.IDB) error {
		found = nil
		return db.NewSelect().Model(&found).Column("app_id", "person_id").
			Where("app_id IN (?)", bun.List(apps)).Where("person_id IN (?)", bun.List(people)).Scan(ctx)
	})
	there = make(map[linkKey]bool, len(found))
	for _, row := range found {
		there[linkKey{row.AppID, row.PersonID}] = true
	}
	return there, err
}
