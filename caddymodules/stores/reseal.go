package stores

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"
)

// resealPage is how many rows one transaction of a reseal covers, so that
// callers can write in between.
const resealPage = 200

// Reseal seals everything that the previous secret sealed under the present
// one, while gateways that have both go on serving. It may be broken off and
// run again. report hears of each table in which values changed, and how many.
func (s *Stores) Reseal(ctx context.Context, report func(table string, changed int)) error {
	if s.config.SecretPrevious == "" {
		return errors.New("SEKISHO_SECRET_PREVIOUS is not set: there is nothing to change from")
	}
	ctx = Unhurried(ctx)
	if err := s.activatePresentSecret(ctx); err != nil {
		return fmt.Errorf("changing the secret's fingerprint: %w", err)
	}
	if err := waitForGateways(ctx); err != nil {
		return err
	}
	for {
		// A gateway that saw the change late, or a long import, may have sealed
		// behind us: only a whole pass that changes nothing ends it.
		changed, err := s.resealAll(ctx, report)
		if err != nil || changed == 0 {
			return err
		}
	}
}

func (s *Stores) resealAll(ctx context.Context, report func(table string, changed int)) (changed int, err error) {
	for _, schema := range Schemas() {
		for _, columns := range schema.Sealed {
			n, err := s.resealTable(ctx, columns)
			if err != nil {
				return changed, fmt.Errorf("resealing %s: %w", columns.Table, err)
			}
			changed += n
			if n > 0 {
				report(columns.Table, n)
			}
		}
	}
	return changed, nil
}

// activatePresentSecret lets new values be sealed under the present secret, and
// seals the key of the hashes under it.
func (s *Stores) activatePresentSecret(ctx context.Context) error {
	present, err := newSealKey(s.config.Secret)
	if err != nil {
		return err
	}
	return s.SQL.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := putMeta(ctx, tx, metaFingerprint, []byte(present.fingerprint)); err != nil {
			return err
		}
		if err := s.Seal.refresh(ctx, tx); err != nil {
			return err
		}
		return putMeta(ctx, tx, metaHashKey, s.Seal.Seal(metaHashKey, s.Seal.hashKey))
	})
}

// waitForGateways waits until every gateway has seen the new fingerprint and
// every transaction that began before has ended.
func waitForGateways(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(refreshEvery + 2*Timeout):
		return nil
	}
}

func (s *Stores) resealTable(ctx context.Context, columns SealedColumns) (changed int, err error) {
	var last any // the id of the last row seen
	for {
		page, resealed, next := 0, 0, last
		err := s.SQL.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
			rows, err := s.sealedPage(ctx, tx, columns, last)
			if err != nil {
				return err
			}
			page, resealed = len(rows), 0
			for _, row := range rows {
				n, err := s.resealRow(ctx, tx, columns, row)
				if err != nil {
					return err
				}
				resealed += n
				next = row.id
			}
			return nil
		})
		if err != nil {
			return changed, err
		}
		changed, last = changed+resealed, next
		if page < resealPage {
			return changed, nil
		}
	}
}

// sealedRow is a row of a sealed table.
type sealedRow struct {
	id     any
	sealed [][]byte // by column; nil is NULL
}

// sealedPage reads the rows after one id, and locks them against writers.
func (s *Stores) sealedPage(ctx context.Context, tx bun.Tx, columns SealedColumns, after any) (page []sealedRow, err error) {
	query := tx.NewSelect().Table(columns.Table).Column(columns.ID).Column(columns.Columns...).
		OrderExpr("?", bun.Ident(columns.ID)).Limit(resealPage)
	if after != nil {
		query = query.Where("? > ?", bun.Ident(columns.ID), after)
	}
	if s.SQL.Postgres() {
		query = query.For("UPDATE")
	}
	// Not into maps: bun's hang where the first row of SQLite has a NULL.
	rows, err := query.Rows(ctx)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		row := sealedRow{sealed: make([][]byte, len(columns.Columns))}
		into := []any{&row.id}
		for i := range row.sealed {
			into = append(into, &row.sealed[i])
		}
		if err := rows.Scan(into...); err != nil {
			return nil, err
		}
		page = append(page, row)
	}
	return page, rows.Err()
}

func (s *Stores) resealRow(ctx context.Context, tx bun.Tx, columns SealedColumns, row sealedRow) (changed int, err error) {
	update := tx.NewUpdate().Table(columns.Table).Where("? = ?", bun.Ident(columns.ID), row.id)
	for i, column := range columns.Columns {
		sealed := row.sealed[i]
		if len(sealed) == 0 || s.Seal.keyOf(sealed) == s.Seal.active.Load() {
			continue
		}
		purpose := Purpose(columns.Table, column, row.id)
		plain, err := s.Seal.Open(purpose, sealed)
		if err != nil {
			return 0, fmt.Errorf("row %v: %w", row.id, err)
		}
		update = update.Set("? = ?", bun.Ident(column), s.Seal.Seal(purpose, plain))
		changed++
	}
	if changed == 0 {
		return 0, nil
	}
	_, err = update.Exec(ctx)
	return changed, err
}
