package crm

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"

	"sekisho/caddymodules/clock"
)

// systemLogin is a login by which a tenant's programs call Auth. The zero value
// is one that nobody has.
type systemLogin struct {
	bun.BaseModel `bun:"table:zzmgr_t_user"`

	Tenant     string `bun:"tenant,pk"`
	LoginID    string `bun:"login_id,pk"`
	PassHash   string `bun:"pass_hash"`
	Generation int64  `bun:"generation"`
	CreatedAt  int64  `bun:"created_at"`
	DisabledAt int64  `bun:"disabled_at,nullzero"`
}

func (l systemLogin) active() bool { return l.LoginID != "" && l.DisabledAt == 0 }

// systemLogin gives a system login, the zero value where there is none.
func (s store) systemLogin(ctx context.Context, loginID string) (login systemLogin, err error) {
	err = s.read(ctx, "a system login", func(ctx context.Context, db bun.IDB) error {
		login = systemLogin{}
		_, err := s.one(ctx, db, &login, "login_id = ?", loginID)
		return err
	})
	return login, err
}

// systemLogins gives those of the tenant, or of every tenant where the store is
// of none.
func (s store) systemLogins(ctx context.Context) (logins []systemLogin, err error) {
	err = s.read(ctx, "the system logins", func(ctx context.Context, db bun.IDB) error {
		logins = nil
		query := db.NewSelect().Model(&logins).Order("tenant", "login_id")
		if s.tenant != "" {
			query.Where("tenant = ?", s.tenant)
		}
		return query.Scan(ctx)
	})
	return logins, err
}

// tenants are the tenants that have a system login.
func (s store) tenants(ctx context.Context) (names []string, err error) {
	err = s.read(ctx, "the tenants", func(ctx context.Context, db bun.IDB) error {
		names = nil
		return db.NewSelect().Model((*systemLogin)(nil)).Distinct().Column("tenant").Order("tenant").Scan(ctx, &names)
	})
	return names, err
}

// addSystemLogin adds a login. One that is there is an error of which
// stores.IsTaken is true.
func (s store) addSystemLogin(ctx context.Context, loginID, passHash string) error {
	row := systemLogin{Tenant: s.tenant, LoginID: loginID, PassHash: passHash, Generation: 1, CreatedAt: clock.Now().UnixMilli()}
	return s.write(ctx, "a system login", func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewInsert().Model(&row).Exec(ctx)
		return err
	})
}

// rotateSystemLogin gives a login another password, which ends its sessions;
// there says whether there is such a login.
func (s store) rotateSystemLogin(ctx context.Context, loginID, passHash string) (there bool, err error) {
	return s.updateSystemLogin(ctx, loginID, func(update *bun.UpdateQuery) {
		update.Set("pass_hash = ?", passHash).Set("generation = generation + 1")
	})
}

// renewSystemHash puts a hash of ours in the place of an old one, unless the
// password was changed meanwhile.
func (s store) renewSystemHash(ctx context.Context, loginID, old, renewed string) error {
	_, err := s.updateSystemLogin(ctx, loginID, func(update *bun.UpdateQuery) {
		update.Set("pass_hash = ?", renewed).Where("pass_hash = ?", old)
	})
	return err
}

// switchSystemLogin disables a login, which ends its sessions for good, or
// enables it. Disabling it again keeps the first date.
func (s store) switchSystemLogin(ctx context.Context, loginID string, disabled bool) (there bool, err error) {
	return s.updateSystemLogin(ctx, loginID, func(update *bun.UpdateQuery) {
		if disabled {
			update.Set("disabled_at = COALESCE(disabled_at, ?)", clock.Now().UnixMilli()).Set("generation = generation + 1")
		} else {
			update.Set("disabled_at = NULL")
		}
	})
}

func (s store) updateSystemLogin(ctx context.Context, loginID string, set func(*bun.UpdateQuery)) (there bool, err error) {
	err = s.write(ctx, "a system login", func(ctx context.Context, tx bun.Tx) error {
		update := tx.NewUpdate().Model((*systemLogin)(nil)).Where("tenant = ? AND login_id = ?", s.tenant, loginID)
		set(update)
		result, err := update.Exec(ctx)
		if err != nil {
			return err
		}
		rows, err := result.RowsAffected()
		if err != nil {
			return fmt.Errorf("counting rows: %w", err)
		}
		there = rows > 0
		return nil
	})
	return there, err
}
