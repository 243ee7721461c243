package avatarplay

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"sekisho/backends/kit"
	"sekisho/caddymodules/clock"
	"sekisho/caddymodules/stores"
)

// listedApp is an app as a list shows it.
type listedApp struct {
	appRow
	Items      int64 `bun:"items"`        // that it may use
	Coords     int64 `bun:"coords"`       // that it may use
	Keys       int64 `bun:"keys"`         // that open now
	LastUsedAt int64 `bun:"last_used_at"` // any of its keys; 0: never

	redirects []string
}

// listedApps gives every app, by id.
func (s store) listedApps(ctx context.Context, give func(listedApp) error) error {
	now := clock.Now().UnixMilli()
	return eachBatch(ctx, s, "apps", func(apps []listedApp) error {
		redirects, err := s.redirects(ctx, idsOf(apps, func(a listedApp) int64 { return a.ID }))
		if err != nil {
			return err
		}
		for _, a := range apps {
			a.redirects = redirects[a.ID]
			if err := give(a); err != nil {
				return err
			}
		}
		return nil
	}, func(db bun.IDB, last listedApp) *bun.SelectQuery {
		return db.NewSelect().TableExpr("avatarplay_apps AS a").Apply(stores.ColumnsOf[appRow]("a", "")).
			ColumnExpr("(SELECT COUNT(*) FROM avatarplay_app_items AS i WHERE i.app_id = a.id) AS items").
			ColumnExpr("(SELECT COUNT(*) FROM avatarplay_app_coords AS c WHERE c.app_id = a.id) AS coords").
			ColumnExpr("(SELECT COUNT(*) FROM avatarplay_app_keys AS k WHERE k.app_id = a.id AND (k.ends_at IS NULL OR k.ends_at > ?)) AS keys", now).
			ColumnExpr("COALESCE((SELECT MAX(k.last_used_at) FROM avatarplay_app_keys AS k WHERE k.app_id = a.id), 0) AS last_used_at").
			Where("a.id > ?", last.ID).Order("a.id")
	})
}

func idsOf[Row any](rows []Row, idOf func(Row) int64) []int64 {
	ids := make([]int64, len(rows))
	for i, row := range rows {
		ids[i] = idOf(row)
	}
	return ids
}

// appChange is what is to become of an app; what is zero stays as it is.
type appChange struct {
	name        string
	may         scope
	add, remove []string // redirect URIs
}

// changeApp changes an app. It is refused where there is none, where it does not
// have what is to be removed, and where it would have too many redirect URIs.
func (s store) changeApp(ctx context.Context, appID int64, change appChange) error {
	return s.write(ctx, "an app", func(ctx context.Context, tx bun.Tx) error {
		if err := s.holdApp(ctx, tx, appID); err != nil {
			return err
		}
		if change.name != "" {
			if _, err := tx.NewUpdate().Model((*appRow)(nil)).Set("name = ?", change.name).Where("id = ?", appID).Exec(ctx); err != nil {
				return err
			}
		}
		if change.may != (scope{}) {
			_, err := tx.NewUpdate().Model((*appRow)(nil)).Set("avatar_load = ?", change.may.avatarLoad).
				Set("item_grant = ?", change.may.itemGrant).Where("id = ?", appID).Exec(ctx)
			if err != nil {
				return err
			}
		}
		return changeRedirects(ctx, tx, appID, change)
	})
}

// holdApp refuses an app that is not there, and lets nobody else change it until
// the transaction ends; it goes on making guests meanwhile.
func (s store) holdApp(ctx context.Context, tx bun.Tx, appID int64) error {
	there, err := one(ctx, s.hold(tx.NewSelect().Model(new(appRow)).Where("id = ?", appID), "NO KEY UPDATE"))
	if err == nil && !there {
		err = errUnknownApp
	}
	return err
}

func changeRedirects(ctx context.Context, tx bun.Tx, appID int64, change appChange) error {
	for _, uri := range change.remove {
		had, err := affected(tx.NewDelete().Model((*redirectRow)(nil)).Where("app_id = ? AND uri = ?", appID, uri).Exec(ctx))
		if err != nil {
			return err
		}
		if !had {
			return refused(fmt.Sprintf("the app does not have the redirect URI %q", uri))
		}
	}
	for _, uri := range change.add {
		_, err := tx.NewInsert().Model(&redirectRow{AppID: appID, URI: uri}).On("CONFLICT DO NOTHING").Exec(ctx)
		if err != nil {
			return err
		}
	}
	count, err := tx.NewSelect().Model((*redirectRow)(nil)).Where("app_id = ?", appID).Count(ctx)
	if err == nil && count > mostRedirects {
		err = errManyRedirects
	}
	return err
}

// switchApp shuts an app out, or lets it in again.
func (s store) switchApp(ctx context.Context, appID int64, disabled bool) error {
	return s.write(ctx, "an app", func(ctx context.Context, tx bun.Tx) error {
		there, err := affected(switched(tx.NewUpdate().Model((*appRow)(nil)), disabled).Where("id = ?", appID).Exec(ctx))
		if err == nil && !there {
			err = errUnknownApp
		}
		return err
	})
}

func switched(update *bun.UpdateQuery, disabled bool) *bun.UpdateQuery {
	if disabled {
		return update.Set("disabled_at = COALESCE(disabled_at, ?)", clock.Now().UnixMilli())
	}
	return update.Set("disabled_at = NULL")
}

// rotateKey gives an app another key. Those it has end at the given time at the
// latest; those that ended before are forgotten. Conflict is a key that an app has
// already ("key").
func (s store) rotateKey(ctx context.Context, appID int64, key string, now, ends time.Time) error {
	return s.write(ctx, "an API key", func(ctx context.Context, tx bun.Tx) error {
		if err := s.holdApp(ctx, tx, appID); err != nil {
			return err
		}
		_, err := tx.NewDelete().Model((*appKeyRow)(nil)).Where("app_id = ? AND ends_at <= ?", appID, now.UnixMilli()).Exec(ctx)
		if err != nil {
			return err
		}
		_, err = endKeys(tx, ends).Where("app_id = ?", appID).Exec(ctx)
		if err != nil {
			return err
		}
		return s.addKey(ctx, tx, appID, key, now.UnixMilli())
	})
}

// endKeys lets keys end at the given time, those that would not end sooner.
func endKeys(tx bun.Tx, ends time.Time) *bun.UpdateQuery {
	return tx.NewUpdate().Model((*appKeyRow)(nil)).Set("ends_at = ?", ends.UnixMilli()).
		Where("(ends_at IS NULL OR ends_at > ?)", ends.UnixMilli())
}

// endKey ends one key of an app at once; done is false where the app has no such
// key that opens.
func (s store) endKey(ctx context.Context, appID, keyID int64) (done bool, err error) {
	err = s.write(ctx, "an API key", func(ctx context.Context, tx bun.Tx) error {
		done, err = affected(endKeys(tx, clock.Now()).Where("app_id = ? AND id = ?", appID, keyID).Exec(ctx))
		return err
	})
	return done, err
}

// hasApp refuses an app that is not there; a disabled one is.
func (s store) hasApp(ctx context.Context, appID int64) error {
	return s.read(ctx, "an app", func(ctx context.Context, db bun.IDB) error {
		there, err := db.NewSelect().Model((*appRow)(nil)).Where("id = ?", appID).Exists(ctx)
		if err == nil && !there {
			err = errUnknownApp
		}
		return err
	})
}

// appItems gives the items that an app may use.
func (s store) appItems(ctx context.Context, appID int64) (ids map[int64]bool, err error) {
	var there []int64
	err = s.read(ctx, "an app's items", func(ctx context.Context, db bun.IDB) error {
		there = nil
		return db.NewSelect().Model((*appItemRow)(nil)).Column("item_id").Where("app_id = ?", appID).Scan(ctx, &there)
	})
	return setOf(there), err
}

// assign lets an app use items and coords, see [assign].
func (s store) assign(ctx context.Context, appID int64, items []int64, coords []appCoordRow) error {
	return s.write(ctx, "what an app may use", func(ctx context.Context, tx bun.Tx) error {
		if err := s.holdApp(ctx, tx, appID); err != nil {
			return err
		}
		return assign(ctx, tx, appID, items, coords)
	})
}

// unassign takes items and coords from an app. What people own of it stays
// theirs.
func (s store) unassign(ctx context.Context, appID int64, items, coords []int64) error {
	return s.write(ctx, "what an app may use", func(ctx context.Context, tx bun.Tx) error {
		if err := s.holdApp(ctx, tx, appID); err != nil {
			return err
		}
		_, err := tx.NewDelete().Model((*appItemRow)(nil)).
			Where("app_id = ?", appID).Where("item_id IN (?)", bun.List(orNone(items))).Exec(ctx)
		if err != nil {
			return err
		}
		_, err = tx.NewDelete().Model((*appCoordRow)(nil)).
			Where("app_id = ?", appID).Where("coord_id IN (?)", bun.List(orNone(coords))).Exec(ctx)
		return err
	})
}

// switchPerson shuts a person out, which ends their sessions, or lets them in
// again.
func (s store) switchPerson(ctx context.Context, login string, disabled bool) error {
	return s.changePerson(ctx, login, func(update *bun.UpdateQuery) *bun.UpdateQuery {
		if disabled {
			update.Set("generation = generation + 1")
		}
		return switched(update, disabled)
	})
}

// setPassword changes a person's password, which ends their sessions.
func (s store) setPassword(ctx context.Context, login, hash string) error {
	return s.changePerson(ctx, login, func(update *bun.UpdateQuery) *bun.UpdateQuery {
		return update.Set("pass_hash = ?", hash).Set("generation = generation + 1")
	})
}

func (s store) changePerson(ctx context.Context, login string, how func(*bun.UpdateQuery) *bun.UpdateQuery) error {
	return s.write(ctx, "a person", func(ctx context.Context, tx bun.Tx) error {
		there, err := affected(how(tx.NewUpdate().Model((*personRow)(nil))).Where("login_key = ?", kit.MailKey(login)).Exec(ctx))
		if err == nil && !there {
			err = errUnknownLogin
		}
		return err
	})
}
