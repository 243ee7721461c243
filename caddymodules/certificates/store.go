package certificates

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"io/fs"
	"time"

	"github.com/uptrace/bun"

	"sekisho/caddymodules/clock"
	"sekisho/caddymodules/stores"
)

//go:embed migrations/*.sql
var migrations embed.FS

// The sealed column, see [stores.SealedColumns].
const (
	valueTable  = "certificate_values"
	valueColumn = "value"
)

func init() {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		panic(err) // the name is written above
	}
	stores.Register(stores.Schema{
		Name:       "certificates",
		Migrations: files,
		Sealed:     []stores.SealedColumns{{Table: valueTable, ID: "name", Columns: []string{valueColumn}}},
	})
}

// rows are the two tables.
type rows struct{ sql *stores.SQL }

// entry is what is known of one key.
type entry struct {
	bun.BaseModel `bun:"table:certificate_values"`

	Name     string `bun:"name,pk"`
	Value    []byte `bun:"value"`
	Size     int64  `bun:"size"`
	StoredAt int64  `bun:"stored_at"` // Unix milliseconds
}

func (r rows) put(ctx context.Context, e entry) error {
	if e.Value == nil {
		e.Value = []byte{} // nil would be NULL
	}
	return r.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewInsert().Model(&e).On("CONFLICT (name) DO UPDATE").
			Set("value = EXCLUDED.value").Set("size = EXCLUDED.size").Set("stored_at = EXCLUDED.stored_at").Exec(ctx)
		return err
	})
}

// write is [stores.SQL.Write] for a caller who may have gone already: SQLite's
// writers commit together, and ask nobody again.
func (r rows) write(ctx context.Context, fn func(ctx context.Context, tx bun.Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return r.sql.Write(ctx, fn)
}

// get gives the value of a key, nil where there is none.
func (r rows) get(ctx context.Context, name string) (found *entry, err error) {
	err = r.sql.Read(ctx, func(ctx context.Context, db bun.IDB) error {
		e := entry{}
		err := db.NewSelect().Model(&e).Where("name = ?", name).Scan(ctx)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		found = &e
		return err
	})
	return found, err
}

// under is the condition that a key stands below a prefix: '0' follows '/'.
const under = "name >= ? AND name < ?"

// first gives the key itself or, where that has no value, the first below it,
// without its value; nil where there is neither.
func (r rows) first(ctx context.Context, name string) (found *entry, err error) {
	err = r.sql.Read(ctx, func(ctx context.Context, db bun.IDB) error {
		e := entry{}
		err := db.NewSelect().Model(&e).ExcludeColumn(valueColumn).
			Where("name = ?", name).WhereOr(under, name+"/", name+"0").
			Order("name").Limit(1).Scan(ctx)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		found = &e
		return err
	})
	return found, err
}

// below gives the keys below a prefix in their order; the prefix "" is above
// them all.
func (r rows) below(ctx context.Context, prefix string) (names []string, err error) {
	err = r.sql.Read(ctx, func(ctx context.Context, db bun.IDB) error {
		names = nil
		query := db.NewSelect().Model((*entry)(nil)).Column("name").Order("name")
		if prefix != "" {
			query = query.Where(under, prefix+"/", prefix+"0")
		}
		return query.Scan(ctx, &names)
	})
	return names, err
}

// remove deletes a key and all below it.
func (r rows) remove(ctx context.Context, name string) error {
	return r.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewDelete().Model((*entry)(nil)).
			Where("name = ?", name).WhereOr(under, name+"/", name+"0").Exec(ctx)
		return err
	})
}

// take gives the lock to owner for the length of a lease, where it is free or
// owner's already.
func (r rows) take(ctx context.Context, name, owner string, lease time.Duration) (taken bool, err error) {
	err = r.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		now := clock.Now()
		result, err := tx.ExecContext(ctx, `INSERT INTO certificate_locks (name, owner, leased_to) VALUES (?, ?, ?)
			ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, leased_to = excluded.leased_to
			WHERE certificate_locks.leased_to <= ? OR certificate_locks.leased_to > ? OR certificate_locks.owner = excluded.owner`,
			name, owner, now.Add(lease).UnixMilli(), now.UnixMilli(), latest(now).UnixMilli())
		if err != nil {
			return err
		}
		changed, err := result.RowsAffected()
		taken = changed == 1
		return err
	})
	return taken, err
}

// latest is until when a lease can last that somebody keeps up whose clock is
// right, or half a minute ahead. One that lasts longer was left by a clock that
// was set back since, and would keep everybody out until then.
func latest(now time.Time) time.Time { return now.Add(2 * lockLease) }

// isFree says whether nobody holds the lock at the moment: who waits for one
// looks without writing.
func (r rows) isFree(ctx context.Context, name string) (free bool, err error) {
	err = r.sql.Read(ctx, func(ctx context.Context, db bun.IDB) error {
		now := clock.Now()
		held, err := db.NewSelect().Table("certificate_locks").
			Where("name = ? AND leased_to > ? AND leased_to <= ?", name, now.UnixMilli(), latest(now).UnixMilli()).Exists(ctx)
		free = !held
		return err
	})
	return free, err
}

// release gives the lock back, if it is still owner's.
func (r rows) release(ctx context.Context, name, owner string) error {
	return r.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM certificate_locks WHERE name = ? AND owner = ?`, name, owner)
		return err
	})
}
