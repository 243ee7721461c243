package stores

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/uptrace/bun"
)

// sqlCounters keep what is counted in a table of the database.
type sqlCounters struct {
	sql *SQL
	*gathering
}

// waitingCount is a count that waits to be drained.
type waitingCount struct {
	bun.BaseModel `bun:"table:sekisho_counters,alias:waiting"`

	Set   string `bun:"set_name,pk"`
	Field string `bun:"field,pk"`
	Delta int64  `bun:"delta"`
}

// upsertRows is how many rows one statement writes.
const upsertRows = 1000

// newSQLCounters counts in a migrated database until close.
func newSQLCounters(sql *SQL) *sqlCounters {
	c := &sqlCounters{sql: sql}
	c.gathering = newGathering(c.writeAll)
	return c
}

func (c *sqlCounters) Add(ctx context.Context, set string, deltas map[string]int64) error {
	return c.add(ctx, set, deltas)
}

func (c *sqlCounters) writeAll(ctx context.Context, all sums) error {
	rows := sortedRows(all)
	return c.sql.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		for some := range slices.Chunk(rows, upsertRows) {
			_, err := tx.NewInsert().Model(&some).
				On("CONFLICT (set_name, field) DO UPDATE").
				Set("delta = waiting.delta + excluded.delta").
				Exec(ctx)
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// sortedRows has the rows in one order, in which no two writers can lock each
// other out.
func sortedRows(all sums) []waitingCount {
	var rows []waitingCount
	for _, set := range slices.Sorted(maps.Keys(all)) {
		for _, field := range slices.Sorted(maps.Keys(all[set])) {
			rows = append(rows, waitingCount{Set: set, Field: field, Delta: all[set][field]})
		}
	}
	return rows
}

func (c *sqlCounters) Drain(ctx context.Context, set string, apply func(ctx context.Context, tx bun.Tx, deltas map[string]int64) error) (int, error) {
	pending, err := c.Pending(ctx, set)
	if err != nil {
		return 0, err
	}
	applied := 0
	for range pending/drainFields + 1 {
		some, err := c.drainSome(ctx, set, apply)
		applied += some
		if err != nil {
			return applied, fmt.Errorf("draining counters: %w", err)
		}
		if some < drainFields {
			break
		}
	}
	return applied, nil
}

// drainSome takes up to drainFields rows and applies them in the same
// transaction.
func (c *sqlCounters) drainSome(ctx context.Context, set string, apply func(ctx context.Context, tx bun.Tx, deltas map[string]int64) error) (some int, err error) {
	err = c.sql.Write(Within(ctx, drainPatience), func(ctx context.Context, tx bun.Tx) error {
		var rows []waitingCount
		query := tx.NewSelect().Model(&rows).Where("set_name = ?", set).Order("field").Limit(drainFields)
		if c.sql.Postgres() {
			// Rows that someone is just counting in, or draining, can wait; we
			// must not, or each could wait for the other.
			query.For("UPDATE SKIP LOCKED")
		}
		if err := query.Scan(ctx); err != nil {
			return err
		}
		some = len(rows)
		if some == 0 {
			return nil
		}
		deltas := make(map[string]int64, some)
		fields := make([]string, some)
		for i, row := range rows {
			deltas[row.Field], fields[i] = row.Delta, row.Field
		}
		_, err := tx.NewDelete().Model((*waitingCount)(nil)).
			Where("set_name = ?", set).Where("field IN (?)", bun.List(fields)).Exec(ctx)
		if err != nil {
			return err
		}
		return apply(ctx, tx, deltas)
	})
	if err != nil {
		return 0, err
	}
	return some, nil
}

func (c *sqlCounters) Pending(ctx context.Context, set string) (pending int, err error) {
	if err := checkSet(set); err != nil {
		return 0, fmt.Errorf("asking for pending counters: %w", err)
	}
	err = c.sql.Read(ctx, func(ctx context.Context, db bun.IDB) error {
		return db.QueryRowContext(ctx, `SELECT count(*) FROM sekisho_counters WHERE set_name = ?`, set).Scan(&pending)
	})
	if err != nil {
		return 0, fmt.Errorf("asking for pending counters: %w", err)
	}
	return pending, nil
}
