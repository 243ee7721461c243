package storetest

import (
	"context"
	"testing"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"

	"sekisho/caddymodules/stores"
)

// Widen adds a column to every table of s, as the migrations of a later version do
// while this one still serves: it must not notice.
func Widen(t testing.TB, s *stores.Stores) {
	t.Helper()
	err := s.SQL.Write(t.Context(), func(ctx context.Context, tx bun.Tx) error {
		tables := "SELECT name FROM pragma_table_list WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
		if tx.Dialect().Name() == dialect.PG {
			tables = "SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema()"
		}
		var names []string
		if err := tx.NewRaw(tables).Scan(ctx, &names); err != nil {
			return err
		}
		for _, name := range names {
			if _, err := tx.ExecContext(ctx, "ALTER TABLE ? ADD COLUMN of_a_later_version TEXT NOT NULL DEFAULT ''", bun.Ident(name)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatalf("adding columns: %v", err)
	}
}
