package census

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"sekisho/caddymodules/stores"
)

type store struct{ sql *stores.SQL }

// counted is a row of the table.
type counted struct {
	bun.BaseModel `bun:"table:sekisho_census,alias:c"`

	API       string `bun:"api,pk"`
	Operation string `bun:"operation,pk"`
	Caller    string `bun:"caller,pk"`
	Family    string `bun:"family,pk"`
	Calls     int64  `bun:"calls"`
	FirstSeen int64  `bun:"first_seen"` // Unix milliseconds
	LastSeen  int64  `bun:"last_seen"`
}

// rowsAtOnce are written by one statement.
const rowsAtOnce = 500

// inOrder gives what was gathered as rows. All gateways take them in one order, so
// that none waits for another in a ring.
func inOrder(gathered map[row]*seen) []counted {
	all := make([]counted, 0, len(gathered))
	for r, seen := range gathered {
		all = append(all, counted{
			API: r.API, Operation: r.Operation, Caller: r.Caller, Family: r.Family,
			Calls: seen.calls.Load(), FirstSeen: seen.first.Load(), LastSeen: seen.last.Load(),
		})
	}
	slices.SortFunc(all, compare)
	return all
}

// add adds rows to the table, where other gateways add to them as well.
func (s store) add(ctx context.Context, rows []counted) error {
	err := s.sql.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewInsert().Model(&rows).
			On("CONFLICT (api, operation, caller, family) DO UPDATE").
			Set("calls = c.calls + EXCLUDED.calls").
			Set("first_seen = CASE WHEN EXCLUDED.first_seen < c.first_seen THEN EXCLUDED.first_seen ELSE c.first_seen END").
			Set("last_seen = CASE WHEN EXCLUDED.last_seen > c.last_seen THEN EXCLUDED.last_seen ELSE c.last_seen END").
			Exec(ctx)
		return err
	})
	if err != nil {
		return fmt.Errorf("writing the census: %w", err)
	}
	return nil
}

func compare(a, b counted) int {
	return slices.CompareFunc(a.key(), b.key(), strings.Compare)
}

func (c counted) key() []string { return []string{c.API, c.Operation, c.Caller, c.Family} }

// forget deletes what was last seen before a time.
func (s store) forget(ctx context.Context, before time.Time) error {
	err := s.sql.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewDelete().Model((*counted)(nil)).Where("last_seen < ?", before.UnixMilli()).Exec(ctx)
		return err
	})
	if err != nil {
		return fmt.Errorf("forgetting old rows of the census: %w", err)
	}
	return nil
}

// list gives what was seen since a time of an API ("": of all), by API, who was
// seen last first.
func (s store) list(ctx context.Context, api string, since time.Time) (all []counted, err error) {
	err = s.sql.Read(ctx, func(ctx context.Context, db bun.IDB) error {
		query := db.NewSelect().Model(&all).Where("last_seen >= ?", since.UnixMilli()).
			Order("api", "last_seen DESC", "operation", "caller", "family")
		if api != "" {
			query = query.Where("api = ?", api)
		}
		return query.Scan(ctx)
	})
	if err != nil {
		return nil, fmt.Errorf("reading the census: %w", err)
	}
	return all, nil
}
