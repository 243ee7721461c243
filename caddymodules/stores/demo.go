package stores

import (
	"context"
	"errors"
	"fmt"

	"github.com/uptrace/bun"
)

const metaDemo = "demo"

// demoAtStart loads the demo data where it is wanted, and refuses to serve a
// demo database, whose passwords stand in a README, where it is not.
func (s *Stores) demoAtStart(ctx context.Context) error {
	if s.config.demo() {
		return s.LoadDemo(ctx)
	}
	marked, err := s.isDemo(ctx)
	if err != nil {
		return err
	}
	if marked {
		return errors.New("this database holds demo data, whose passwords everybody knows; serve it with SEKISHO_DEMO=1, or give another database")
	}
	return nil
}

// LoadDemo loads every API's demo data and marks the database as a demo's. A
// database that holds anything and is not so marked is refused.
func (s *Stores) LoadDemo(ctx context.Context) error {
	ctx = Unhurried(ctx)
	marked, err := s.isDemo(ctx)
	if err != nil {
		return err
	}
	if !marked {
		if err := s.markAsDemo(ctx); err != nil {
			return err
		}
	}
	for _, schema := range Schemas() {
		if schema.Demo == nil {
			continue
		}
		if err := schema.Demo(ctx, s); err != nil {
			return fmt.Errorf("loading demo data of %s: %w", schema.Name, err)
		}
	}
	return nil
}

func (s *Stores) isDemo(ctx context.Context) (bool, error) {
	var mark []byte
	err := s.SQL.Read(ctx, func(ctx context.Context, db bun.IDB) (err error) {
		mark, err = getMeta(ctx, db, metaDemo)
		return err
	})
	if err != nil {
		return false, fmt.Errorf("reading the demo mark: %w", err)
	}
	return mark != nil, nil
}

func (s *Stores) markAsDemo(ctx context.Context) error {
	return s.SQL.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		for _, schema := range Schemas() {
			for _, table := range schema.Tables {
				filled, err := tx.NewSelect().Table(table).Limit(1).Exists(ctx)
				if err != nil {
					return fmt.Errorf("looking into %s: %w", table, err)
				}
				if filled {
					return fmt.Errorf("this database is no demo's, and %s is not empty; demo data would mix with what is there", table)
				}
			}
		}
		return putMetaOnce(ctx, tx, metaDemo, []byte{1})
	})
}
