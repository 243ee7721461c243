package crm

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"

	"sekisho/backends/kit"
	"sekisho/caddymodules/stores"
)

// importRows adds all rows that from gives, or none. from may be asked again.
func importRows[Row any](ctx context.Context, s store, what string, from kit.RowsFrom[Row],
	insert func(ctx context.Context, tx bun.Tx, rows []Row) error,
) (imported int, err error) {
	err = s.write(stores.Unhurried(ctx), what, func(ctx context.Context, tx bun.Tx) error {
		imported, err = kit.InBatches(from, func(rows []Row) error { return insert(ctx, tx, rows) })
		return err
	})
	return imported, err
}

// comingCustomer is a customer on the way in or out, with what other tables keep
// of them.
type comingCustomer struct {
	customer
	lastYear   int64
	attributes map[string][]string // by kubun, ids in their order
}

// importCustomers adds customers, all or none. The next new one is numbered
// behind last, and behind whatever was the number before: it is taken first, so
// that nobody signs up meanwhile.
func (s store) importCustomers(ctx context.Context, last int64, from kit.RowsFrom[comingCustomer]) (imported int, err error) {
	err = s.write(stores.Unhurried(ctx), "customers", func(ctx context.Context, tx bun.Tx) error {
		if err := s.numberBehind(ctx, tx, last); err != nil {
			return err
		}
		imported, err = kit.InBatches(from, func(rows []comingCustomer) error { return s.addCustomers(ctx, tx, rows) })
		return err
	})
	return imported, err
}

func (s store) addCustomers(ctx context.Context, tx bun.Tx, coming []comingCustomer) error {
	customers := make([]customer, len(coming))
	var years []points
	var attributes []attribute
	for i, c := range coming {
		customers[i] = c.customer
		customers[i].Tenant = s.tenant
		if c.lastYear != 0 {
			years = append(years, points{Tenant: s.tenant, Code: c.Code, LastYear: c.lastYear})
		}
		for kubun, ids := range c.attributes {
			for position, id := range ids {
				attributes = append(attributes, attribute{Tenant: s.tenant, Code: c.Code, Kubun: kubun, Position: int64(position), AttrID: id})
			}
		}
	}
	if _, err := tx.NewInsert().Model(&customers).Exec(ctx); err != nil {
		return err
	}
	if len(years) > 0 {
		if _, err := tx.NewInsert().Model(&years).Exec(ctx); err != nil {
			return err
		}
	}
	if len(attributes) == 0 {
		return nil
	}
	_, err := tx.NewInsert().Model(&attributes).Exec(ctx)
	return err
}

// numberBehind lets the next new customer be numbered behind last.
func (s store) numberBehind(ctx context.Context, tx bun.Tx, last int64) error {
	row := term{Tenant: s.tenant, Kubun: kubunNumber, Code: codeNumber, Renban: last}
	_, err := tx.NewInsert().Model(&row).On("CONFLICT (tenant, kubun, code) DO UPDATE").
		Set("renban = CASE WHEN term.renban < EXCLUDED.renban THEN EXCLUDED.renban ELSE term.renban END").Exec(ctx)
	if err != nil {
		return fmt.Errorf("setting the last customer's number: %w", err)
	}
	return nil
}

// importLogins adds customers' logins, all or none.
func (s store) importLogins(ctx context.Context, from kit.RowsFrom[customerLogin]) (int, error) {
	return importRows(ctx, s, "customers' logins", from, func(ctx context.Context, tx bun.Tx, rows []customerLogin) error {
		_, err := tx.NewInsert().Model(&rows).Exec(ctx)
		return err
	})
}

// importEntries adds to the history of points, and to the balances, all or none.
// The balances come last: while they are locked, cash registers wait.
func (s store) importEntries(ctx context.Context, from kit.RowsFrom[entry]) (imported int, err error) {
	err = s.write(stores.Unhurried(ctx), "points", func(ctx context.Context, tx bun.Tx) error {
		sums := map[string]int64{}
		imported, err = kit.InBatches(from, func(rows []entry) error {
			for i := range rows {
				rows[i].Tenant = s.tenant
			}
			addSums(sums, rows)
			return addHistory(ctx, tx, rows)
		})
		if err != nil {
			return err
		}
		return s.addToBalances(ctx, tx, sums)
	})
	return imported, err
}

// importSales adds lines of receipts, all or none.
func (s store) importSales(ctx context.Context, from kit.RowsFrom[sale]) (int, error) {
	return importRows(ctx, s, "sales", from, func(ctx context.Context, tx bun.Tx, rows []sale) error {
		for i := range rows {
			rows[i].Tenant = s.tenant
		}
		_, err := tx.NewInsert().Model(&rows).Returning("NULL").Exec(ctx)
		return err
	})
}

// importShops adds shops, and gives those that are there their new names, all or
// none.
func (s store) importShops(ctx context.Context, from kit.RowsFrom[shop]) (int, error) {
	return importRows(ctx, s, "shops", from, func(ctx context.Context, tx bun.Tx, rows []shop) error {
		for i := range rows {
			rows[i].Tenant = s.tenant
		}
		_, err := tx.NewInsert().Model(&rows).On("CONFLICT (tenant, code) DO UPDATE").Set("name = EXCLUDED.name").Exec(ctx)
		return err
	})
}

// importTerms is importShops for the master of names.
func (s store) importTerms(ctx context.Context, from kit.RowsFrom[term]) (int, error) {
	return importRows(ctx, s, "the master of names", from, func(ctx context.Context, tx bun.Tx, rows []term) error {
		for i := range rows {
			rows[i].Tenant = s.tenant
		}
		_, err := tx.NewInsert().Model(&rows).On("CONFLICT (tenant, kubun, code) DO UPDATE").
			Set("name = EXCLUDED.name").Set("rate = EXCLUDED.rate").Exec(ctx)
		return err
	})
}

// texts gives a lookup of texts in a column.
func (s store) texts(table, column string) func(context.Context, []string) (map[string]bool, error) {
	return func(ctx context.Context, values []string) (map[string]bool, error) {
		var there []string
		err := s.read(ctx, "what is there", func(ctx context.Context, db bun.IDB) error {
			there = nil
			return db.NewSelect().Table(table).Column(column).Distinct().Where("tenant = ?", s.tenant).
				Where("? IN (?)", bun.Ident(column), bun.List(values)).Scan(ctx, &there)
		})
		return setOf(there), err
	}
}

// tokens gives which of some TokenIDs somebody has.
func (s store) tokens(ctx context.Context, tokens []string) (map[string]bool, error) {
	hashes, byHash := make([][]byte, len(tokens)), map[string]string{}
	for i, token := range tokens {
		hashes[i] = s.tokenHash(token)
		byHash[string(hashes[i])] = token
	}
	var found [][]byte
	err := s.read(ctx, "TokenIDs", func(ctx context.Context, db bun.IDB) error {
		found = nil
		return db.NewSelect().Model((*customerLogin)(nil)).Column("token_hash").Where("tenant = ?", s.tenant).
			Where("token_hash IN (?)", bun.List(hashes)).Scan(ctx, &found)
	})
	there := map[string]bool{}
	for _, hash := range found {
		there[byHash[string(hash)]] = true
	}
	return there, err
}

// booked gives which of some sales, by their keys, stand in the history.
func (s store) booked(ctx context.Context, keys []string) (map[string]bool, error) {
	codes, receipts := make([]string, len(keys)), make([]string, len(keys))
	for i, key := range keys {
		codes[i], receipts[i] = partsOfKey(key)
	}
	var rows []entry
	err := s.read(ctx, "points", func(ctx context.Context, db bun.IDB) error {
		rows = nil
		return db.NewSelect().Model(&rows).Where("tenant = ? AND kind = ?", s.tenant, kindSale).
			Where("code IN (?) AND receipt_no IN (?)", bun.List(codes), bun.List(receipts)).Scan(ctx)
	})
	there := map[string]bool{}
	for _, row := range rows {
		there[row.key()] = true
	}
	return there, err
}

// begun gives which of some customers have a row with which their balance begins.
func (s store) begun(ctx context.Context, codes []string) (map[string]bool, error) {
	var there []string
	err := s.read(ctx, "points", func(ctx context.Context, db bun.IDB) error {
		there = nil
		return db.NewSelect().Model((*entry)(nil)).Column("code").Where("tenant = ? AND kind = ?", s.tenant, kindOpening).
			Where("code IN (?)", bun.List(codes)).Scan(ctx, &there)
	})
	return setOf(there), err
}

func setOf(values []string) map[string]bool {
	set := make(map[string]bool, len(values))
	for _, value := range values {
		set[value] = true
	}
	return set
}
