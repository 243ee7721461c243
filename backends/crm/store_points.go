package crm

import (
	"context"
	"database/sql"
	"errors"
	"maps"
	"slices"

	"github.com/uptrace/bun"

	"sekisho/caddymodules/clock"
)

// points are a customer's balance, the sum of their history.
type points struct {
	bun.BaseModel `bun:"table:hc_point_real"`

	Tenant   string `bun:"tenant,pk"`
	Code     string `bun:"code,pk"`
	Balance  int64  `bun:"balance"`
	LastYear int64  `bun:"last_year"`
}

// 発生区分, where an entry comes from. Imports may bring others.
const (
	kindSale    = 0 // a sale that a cash register booked
	kindOpening = 9 // what a balance began with
)

// entry is a row of the history of points.
type entry struct {
	bun.BaseModel `bun:"table:hc_tran_point_rireki"`

	ID         int64  `bun:"id,pk,autoincrement"`
	Tenant     string `bun:"tenant"`
	Code       string `bun:"code"`
	SalesDate  string `bun:"sales_date"`
	Division   string `bun:"sales_division"`
	Shop       string `bun:"shop"`
	RegisterNo string `bun:"register_no"`
	ReceiptNo  string `bun:"receipt_no"`
	GetPoint   int64  `bun:"get_point"`
	UsePoint   int64  `bun:"use_point"`
	Remarks    string `bun:"remarks"`
	Rank       string `bun:"rank"`
	Kind       int64  `bun:"kind"`
	CreatedAt  int64  `bun:"created_at"`
}

// change is what the entry does to the balance.
func (e entry) change() int64 { return e.GetPoint - e.UsePoint }

// book books a sale of a cash register: the history, the balance and the
// customer's 顧客区分 change together, or nothing does. The same sale again
// changes nothing and succeeds, whatever has become of its customer since.
func (s store) book(ctx context.Context, sale entry) error {
	sale.Tenant, sale.Kind = s.tenant, kindSale
	return s.write(ctx, "a sale's points", func(ctx context.Context, tx bun.Tx) error {
		b, err := s.buyer(ctx, tx, sale) // of two repeats at once the second waits here
		switch {
		case err != nil:
			return err
		case b.Code == "":
			return errCustomerUnknown
		case b.HasLeft:
			return s.mustBeBooked(ctx, tx, sale)
		case !b.ShopKnown:
			return errShopUnknown
		}
		sale := sale // may be run again
		sale.Rank, sale.CreatedAt = b.Rank, clock.Now().UnixMilli()
		added, err := addOnce(ctx, tx, sale)
		if err != nil || !added {
			return err
		}
		if err := s.addToBalances(ctx, tx, map[string]int64{sale.Code: sale.change()}); err != nil {
			return err
		}
		return s.leaveUnused(ctx, tx, b)
	})
}

// buyer is what a sale asks of its customer, and whether its shop is known.
type buyer struct {
	bun.BaseModel `bun:"table:hc_master_kokyaku,alias:c"`

	Code      string `bun:"code,pk"`
	Rank      string `bun:"rank"`
	Segment   int64  `bun:"segment"`
	HasLeft   bool   `bun:"has_left"`
	ShopKnown bool   `bun:"shop_known,scanonly"`
}

// buyer gives a sale's customer, the zero value where there is none, and keeps
// others from booking for them until the transaction ends.
func (s store) buyer(ctx context.Context, tx bun.Tx, sale entry) (b buyer, err error) {
	query := tx.NewSelect().Model(&b).Column("code", "rank", "segment", "has_left").
		ColumnExpr("EXISTS (SELECT 1 FROM hc_master_tokui t WHERE t.tenant = c.tenant AND t.code = ?) AS shop_known", sale.Shop).
		Where("c.tenant = ? AND c.code = ?", s.tenant, sale.Code)
	if s.sql.Postgres() {
		query.For("NO KEY UPDATE OF c")
	}
	err = query.Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return b, err
}

// mustBeBooked lets a sale of who has left through that was booked before.
func (s store) mustBeBooked(ctx context.Context, tx bun.Tx, sale entry) error {
	booked, err := tx.NewSelect().Model((*entry)(nil)).
		Where("tenant = ? AND code = ? AND kind = ?", s.tenant, sale.Code, kindSale).
		Where("shop = ? AND register_no = ? AND receipt_no = ?", sale.Shop, sale.RegisterNo, sale.ReceiptNo).
		Where("sales_date = ? AND sales_division = ?", sale.SalesDate, sale.Division).
		Where("get_point = ? AND use_point = ?", sale.GetPoint, sale.UsePoint).Exists(ctx)
	if err == nil && !booked {
		err = errCustomerUnknown
	}
	return err
}

// addOnce adds a sale to the history, unless it stands there.
func addOnce(ctx context.Context, tx bun.Tx, sale entry) (added bool, err error) {
	result, err := tx.NewInsert().Model(&sale).Returning("NULL").On("CONFLICT DO NOTHING").Exec(ctx)
	if err != nil {
		return false, err
	}
	rows, err := result.RowsAffected()
	return rows > 0, err
}

// leaveUnused makes 顧客区分 9 of 0, at the first sale of a customer of whom
// nothing is known.
func (s store) leaveUnused(ctx context.Context, tx bun.Tx, b buyer) error {
	if b.Segment != segmentUnused {
		return nil
	}
	_, err := tx.NewUpdate().Model((*customer)(nil)).Where("tenant = ? AND code = ?", s.tenant, b.Code).
		Set("segment = ?", segmentUnregistered).Exec(ctx)
	return err
}

// addHistory adds to the history alone: the balances must follow within the
// transaction.
func addHistory(ctx context.Context, tx bun.Tx, entries []entry) error {
	_, err := tx.NewInsert().Model(&entries).Returning("NULL").Exec(ctx)
	return err
}

// addSums adds up, by customer, what entries do to the balances.
func addSums(sums map[string]int64, entries []entry) {
	for _, e := range entries {
		sums[e.Code] += e.change()
	}
}

// addToBalances adds sums to the balances of their customers, in the order of
// their codes: of two that come at once none waits for the other in a circle.
func (s store) addToBalances(ctx context.Context, tx bun.Tx, sums map[string]int64) error {
	for codes := range slices.Chunk(slices.Sorted(maps.Keys(sums)), batch) {
		rows := make([]points, len(codes))
		for i, code := range codes {
			rows[i] = points{Tenant: s.tenant, Code: code, Balance: sums[code]}
		}
		_, err := tx.NewInsert().Model(&rows).On("CONFLICT (tenant, code) DO UPDATE").
			Set("balance = points.balance + EXCLUDED.balance").Exec(ctx)
		if err != nil {
			return err
		}
	}
	return nil
}
