package crm

import (
	"context"
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
		var row customer
		found, err := s.locked(ctx, tx, &row, "code = ?", sale.Code) // of two repeats at once the second waits here
		if err != nil {
			return err
		}
		if !found {
			return errCustomerUnknown
		}
		booked, err := s.isBooked(ctx, tx, sale)
		if err != nil || booked {
			return err
		}
		if row.HasLeft {
			return errCustomerUnknown
		}
		known, err := s.one(ctx, tx, new(shop), "code = ?", sale.Shop)
		if err != nil {
			return err
		}
		if !known {
			return errShopUnknown
		}
		sale := sale // may be run again
		sale.Rank, sale.CreatedAt = row.Rank, clock.Now().UnixMilli()
		if err := s.addEntries(ctx, tx, []entry{sale}); err != nil || row.Segment != segmentUnused {
			return err
		}
		_, err = tx.NewUpdate().Model((*customer)(nil)).Where("tenant = ? AND code = ?", s.tenant, sale.Code).
			Set("segment = ?", segmentUnregistered).Exec(ctx)
		return err
	})
}

// isBooked says whether the same sale stands in the history.
func (s store) isBooked(ctx context.Context, tx bun.Tx, sale entry) (bool, error) {
	return tx.NewSelect().Model((*entry)(nil)).
		Where("tenant = ? AND code = ? AND kind = ?", s.tenant, sale.Code, kindSale).
		Where("shop = ? AND register_no = ? AND receipt_no = ?", sale.Shop, sale.RegisterNo, sale.ReceiptNo).
		Where("sales_date = ? AND sales_division = ?", sale.SalesDate, sale.Division).
		Where("get_point = ? AND use_point = ?", sale.GetPoint, sale.UsePoint).Exists(ctx)
}

// addEntries adds to the history, and to the balances as much.
func (s store) addEntries(ctx context.Context, tx bun.Tx, entries []entry) error {
	if err := addHistory(ctx, tx, entries); err != nil {
		return err
	}
	sums := map[string]int64{}
	addSums(sums, entries)
	return s.addToBalances(ctx, tx, sums)
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
