package customers

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"
)

// bulk is how many customers an import or export moves at once.
const bulk = 200

// insert keeps whole customers under the ids that they have, and lets the next
// new one be numbered behind them.
func (s *store) insert(ctx context.Context, tx bun.Tx, customers []customer) error {
	rows := make([]*customerRow, 0, len(customers))
	highest := int64(0)
	for _, c := range customers {
		rows = append(rows, s.row(c))
		highest = max(highest, c.ID)
	}
	if _, err := tx.NewInsert().Model(&rows).Returning("NULL").Exec(ctx); err != nil {
		return fmt.Errorf("inserting customers: %w", err)
	}
	if !s.SQL.Postgres() {
		return nil // SQLite goes on behind the highest id by itself
	}
	_, err := tx.NewRaw(`SELECT setval(seq, ?)
		FROM (SELECT pg_get_serial_sequence('dtb_customer', 'customer_id')::regclass AS seq) AS sequence
		WHERE ? > COALESCE(pg_sequence_last_value(seq), 0)`, highest, highest).Exec(ctx)
	if err != nil {
		return fmt.Errorf("moving the sequence of ids: %w", err)
	}
	return nil
}

// importAll keeps all customers that from gives, or none. from may be asked
// again. Conflict is a taken id or address.
func (s *store) importAll(ctx context.Context, from func(keep func(customer) error) error) (imported int, err error) {
	err = s.SQL.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		imported = 0
		waiting := make([]customer, 0, bulk)
		flush := func() error {
			if len(waiting) == 0 {
				return nil
			}
			imported += len(waiting)
			err := s.insert(ctx, tx, waiting)
			waiting = waiting[:0]
			return err
		}
		err := from(func(c customer) error {
			if waiting = append(waiting, c); len(waiting) < bulk {
				return nil
			}
			return flush()
		})
		if err != nil {
			return err
		}
		return flush()
	})
	return imported, refused("importing customers", err)
}

// empty says whether there is no customer at all.
func (s *store) empty(ctx context.Context) (bool, error) {
	filled := false
	err := s.SQL.Read(ctx, func(ctx context.Context, db bun.IDB) (err error) {
		filled, err = db.NewSelect().Table("dtb_customer").Limit(1).Exists(ctx)
		return err
	})
	if err != nil {
		return false, fmt.Errorf("looking for customers: %w", err)
	}
	return !filled, nil
}

// taken says whether an id, and whether the address of a living customer, is
// there already.
func (s *store) taken(ctx context.Context, id int64, emailKey string) (idTaken, addressTaken bool, err error) {
	err = s.SQL.Read(ctx, func(ctx context.Context, db bun.IDB) error {
		if idTaken, err = db.NewSelect().Table("dtb_customer").Where("customer_id = ?", id).Exists(ctx); err != nil {
			return err
		}
		addressTaken, err = db.NewSelect().Table("dtb_customer").Where("email_key = ?", emailKey).Where(living).Exists(ctx)
		return err
	})
	if err != nil {
		return false, false, fmt.Errorf("looking for a customer: %w", err)
	}
	return idTaken, addressTaken, nil
}

// each gives every customer, the deleted ones too, by id.
func (s *store) each(ctx context.Context, give func(customer) error) error {
	for after := int64(-1); ; {
		var rows []customerRow
		err := s.SQL.Read(ctx, func(ctx context.Context, db bun.IDB) error {
			return db.NewSelect().Model(&rows).Where("customer_id > ?", after).Order(colID).Limit(bulk).Scan(ctx)
		})
		if err != nil {
			return fmt.Errorf("reading customers: %w", err)
		}
		for i := range rows {
			c, err := s.customer(&rows[i])
			if err != nil {
				return fmt.Errorf("customer %d: %w", rows[i].ID, err)
			}
			if err := give(c); err != nil {
				return err
			}
			after = c.ID
		}
		if len(rows) < bulk {
			return nil
		}
	}
}
