package ydits

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"

	"github.com/uptrace/bun"

	"sekisho/backends/kit"
	"sekisho/caddymodules/clock"
	"sekisho/caddymodules/stores"
)

//go:embed migrations/*.sql
var migrations embed.FS

func init() {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		panic(err) // the name is written in the line above
	}
	stores.Register(stores.Schema{
		Name:       "ydits",
		Migrations: files,
		Tables:     []string{"ydits_users", "ydits_registrations"},
		Demo:       loadDemo,
	})
}

// batch is how many rows one statement of an import looks up or inserts.
const batch = 200

// user is one who signed up. The zero user is one nobody knows.
type user struct {
	bun.BaseModel `bun:"table:ydits_users"`

	UUID       string `bun:"uuid,pk"`
	Name       string `bun:"name"`
	Mail       string `bun:"mail"`
	MailKey    string `bun:"mail_key"` // see kit.MailKey
	PassHash   string `bun:"pass_hash"`
	CreatedAt  int64  `bun:"created_at"`
	DisabledAt int64  `bun:"disabled_at,nullzero"`
}

// active says whether the user may do anything. One who was disabled is, to
// every caller, the same as one who never was.
func (u user) active() bool { return u.UUID != "" && u.DisabledAt == 0 }

// registration is one software that a user registered.
type registration struct {
	bun.BaseModel `bun:"table:ydits_registrations"`

	ID        int64  `bun:"id,pk,autoincrement"`
	UUID      string `bun:"uuid"`
	Softname  string `bun:"softname"`
	KeyHash   []byte `bun:"key_hash"` // see keyHash
	Softid    string `bun:"softid"`
	CreatedAt int64  `bun:"created_at"`
}

// store is what YDITS keeps in SQL.
type store struct{ sql *stores.SQL }

// userByMail gives the user of a mail address, or the zero user.
func (s store) userByMail(ctx context.Context, mail string) (user, error) {
	return s.user(ctx, "mail_key = ?", kit.MailKey(mail))
}

// userByUUID gives the user of a uuid, or the zero user.
func (s store) userByUUID(ctx context.Context, uuid string) (user, error) {
	return s.user(ctx, "uuid = ?", uuid)
}

func (s store) user(ctx context.Context, where, value string) (user, error) {
	var found user
	err := s.sql.Read(ctx, func(ctx context.Context, db bun.IDB) error {
		found = user{}
		return db.NewSelect().Model(&found).Where(where, value).Scan(ctx)
	})
	if errors.Is(err, sql.ErrNoRows) {
		return user{}, nil
	}
	if err != nil {
		return user{}, fmt.Errorf("reading a user: %w", err)
	}
	return found, nil
}

// users gives every user to each, in the order of their uuids.
func (s store) users(ctx context.Context, each func(user) error) error {
	var last user
	for {
		var some []user
		err := s.sql.Read(ctx, func(ctx context.Context, db bun.IDB) error {
			some = nil
			return db.NewSelect().Model(&some).Where("uuid > ?", last.UUID).Order("uuid").Limit(batch).Scan(ctx)
		})
		if err != nil {
			return fmt.Errorf("reading users: %w", err)
		}
		for _, last = range some {
			if err := each(last); err != nil {
				return err
			}
		}
		if len(some) < batch {
			return nil
		}
	}
}

// addUsers adds users, all or none. A mail address or uuid that is taken is an
// error of which stores.IsTaken is true.
func (s store) addUsers(ctx context.Context, users []user) error {
	err := s.sql.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		return insert(ctx, tx, users)
	})
	if err != nil {
		return fmt.Errorf("adding users: %w", err)
	}
	return nil
}

// renewHash puts a password's new hash in place of the one that was verified,
// unless another change came first.
func (s store) renewHash(ctx context.Context, uuid, verified, renewed string) error {
	err := s.sql.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewUpdate().Model((*user)(nil)).Set("pass_hash = ?", renewed).
			Where("uuid = ? AND pass_hash = ?", uuid, verified).Exec(ctx)
		return err
	})
	if err != nil {
		return fmt.Errorf("renewing a password's hash: %w", err)
	}
	return nil
}

// setDisabled disables or enables a user. Disabling one again keeps the first
// date.
func (s store) setDisabled(ctx context.Context, uuid string, disabled bool) error {
	err := s.sql.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		update := tx.NewUpdate().Model((*user)(nil)).Where("uuid = ?", uuid)
		if disabled {
			update.Set("disabled_at = COALESCE(disabled_at, ?)", clock.Now().UnixMilli())
		} else {
			update.Set("disabled_at = NULL")
		}
		_, err := update.Exec(ctx)
		return err
	})
	if err != nil {
		return fmt.Errorf("changing a user: %w", err)
	}
	return nil
}

// alike gives the users who have one of these uuids or mail addresses.
func (s store) alike(ctx context.Context, some []user) (there []user, err error) {
	var uuids, mailKeys []string
	for _, u := range some {
		uuids, mailKeys = append(uuids, u.UUID), append(mailKeys, u.MailKey)
	}
	err = s.sql.Read(ctx, func(ctx context.Context, db bun.IDB) error {
		there = nil
		return db.NewSelect().Model(&there).Where("uuid IN (?)", bun.List(uuids)).WhereOr("mail_key IN (?)", bun.List(mailKeys)).Scan(ctx)
	})
	if err != nil {
		return nil, fmt.Errorf("looking for users: %w", err)
	}
	return there, nil
}

// registrationsOf gives what the users of these uuids registered.
func (s store) registrationsOf(ctx context.Context, uuids []string) (there []registration, err error) {
	err = s.sql.Read(ctx, func(ctx context.Context, db bun.IDB) error {
		there = nil
		return db.NewSelect().Model(&there).Where("uuid IN (?)", bun.List(uuids)).Scan(ctx)
	})
	if err != nil {
		return nil, fmt.Errorf("looking for registrations: %w", err)
	}
	return there, nil
}

// addRegistrations adds registrations, all or none. A softname or key that its
// user has registered already is an error of which stores.IsTaken is true.
func (s store) addRegistrations(ctx context.Context, registrations []registration) error {
	err := s.sql.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		return insert(ctx, tx, registrations)
	})
	if err != nil {
		return fmt.Errorf("adding registrations: %w", err)
	}
	return nil
}

// hasKey says whether a user, disabled or not, registered software under this
// key.
func (s store) hasKey(ctx context.Context, uuid string, keyHash []byte) (bool, error) {
	return s.exists(ctx, "uuid = ? AND key_hash = ?", uuid, keyHash)
}

// activeKey is hasKey for a user who is not disabled.
func (s store) activeKey(ctx context.Context, uuid string, keyHash []byte) (bool, error) {
	return s.exists(ctx, `uuid = ? AND key_hash = ? AND EXISTS (
		SELECT 1 FROM ydits_users u WHERE u.uuid = registration.uuid AND u.disabled_at IS NULL)`, uuid, keyHash)
}

func (s store) exists(ctx context.Context, where string, args ...any) (there bool, err error) {
	err = s.sql.Read(ctx, func(ctx context.Context, db bun.IDB) (err error) {
		there, err = db.NewSelect().Model((*registration)(nil)).Where(where, args...).Exists(ctx)
		return err
	})
	if err != nil {
		return false, fmt.Errorf("reading a registration: %w", err)
	}
	return there, nil
}

// registrations gives every registration to each, in the order in which they
// were made.
func (s store) registrations(ctx context.Context, each func(registration) error) error {
	var last registration
	for {
		var some []registration
		err := s.sql.Read(ctx, func(ctx context.Context, db bun.IDB) error {
			some = nil
			return db.NewSelect().Model(&some).Where("id > ?", last.ID).Order("id").Limit(batch).Scan(ctx)
		})
		if err != nil {
			return fmt.Errorf("reading registrations: %w", err)
		}
		for _, last = range some {
			if err := each(last); err != nil {
				return err
			}
		}
		if len(some) < batch {
			return nil
		}
	}
}

// insert adds rows in batches.
func insert[Row any](ctx context.Context, tx bun.Tx, rows []Row) error {
	for len(rows) > 0 {
		some := rows[:min(batch, len(rows))]
		rows = rows[len(some):]
		if _, err := tx.NewInsert().Model(&some).Exec(ctx); err != nil {
			return err
		}
	}
	return nil
}
