package crm

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"

	"github.com/uptrace/bun"

	"sekisho/caddymodules/stores"
)

//go:embed migrations/*.sql
var migrations embed.FS

// tableLogins is the one table with sealed columns.
const tableLogins = "hc_master_kokyaku_login"

func init() {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		panic(err) // the name is written in the line above
	}
	stores.Register(stores.Schema{
		Name:       apiName,
		Migrations: files,
		Tables: []string{
			"zzmgr_t_user", "hc_master_meisho", "hc_master_tokui", "hc_master_kokyaku", tableLogins,
			"hc_kokyaku_zokusei", "hc_point_real", "hc_tran_point_rireki", "hc_tran_uriage",
		},
		Sealed: []stores.SealedColumns{{Table: tableLogins, ID: "id", Columns: []string{"token", "uuid", "hint_ans"}}},
		Demo:   loadDemo,
	})
}

// batch is how many rows one statement of an import or export moves.
const batch = 200

// store is what the CRM keeps in SQL. All it reads and writes is one tenant's.
type store struct {
	sql    *stores.SQL
	seal   *stores.Sealer
	tenant string
}

// of gives the store of a tenant.
func (s store) of(tenant string) store {
	s.tenant = tenant
	return s
}

// one reads the row of model that where names, within the tenant; found is
// false where there is none.
func (s store) one(ctx context.Context, db bun.IDB, model any, where string, args ...any) (found bool, err error) {
	return s.scanOne(ctx, db.NewSelect().Model(model), where, args)
}

// locked is one, and keeps others from writing the row until the transaction
// ends. (SQLite has one writer.)
func (s store) locked(ctx context.Context, tx bun.Tx, model any, where string, args ...any) (found bool, err error) {
	query := tx.NewSelect().Model(model)
	if s.sql.Postgres() {
		query.For("NO KEY UPDATE")
	}
	return s.scanOne(ctx, query, where, args)
}

func (s store) scanOne(ctx context.Context, query *bun.SelectQuery, where string, args []any) (found bool, err error) {
	err = query.Where("tenant = ?", s.tenant).Where(where, args...).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil, err
}

// read runs one reading; what names it in errors.
func (s store) read(ctx context.Context, what string, do func(ctx context.Context, db bun.IDB) error) error {
	if err := s.sql.Read(ctx, do); err != nil {
		return fmt.Errorf("reading %s: %w", what, err)
	}
	return nil
}

// write runs one transaction; what names it in errors. A *fault.Fault that it
// gives up with stays in the chain.
func (s store) write(ctx context.Context, what string, do func(ctx context.Context, tx bun.Tx) error) error {
	if err := s.sql.Write(ctx, do); err != nil {
		return fmt.Errorf("writing %s: %w", what, err)
	}
	return nil
}
