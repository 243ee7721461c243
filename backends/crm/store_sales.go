package crm

import (
	"context"

	"sekisho/caddymodules/stores"

	"github.com/uptrace/bun"
)

// sale is a line of a receipt.
type sale struct {
	bun.BaseModel `bun:"table:hc_tran_uriage,alias:sale"`

	ID        int64  `bun:"id,pk,autoincrement"`
	Tenant    string `bun:"tenant"`
	LineID    string `bun:"line_id,nullzero"` // the line's key in the old system
	Code      string `bun:"code"`
	SalesDate string `bun:"sales_date"`
	Shop      string `bun:"shop"`
	Goods     string `bun:"goods"`
	Color     string `bun:"color"`
	Size      string `bun:"size"`
	Category  string `bun:"category"`
	Brand     string `bun:"brand"`
	Price     int64  `bun:"price"`
	Quantity  int64  `bun:"quantity"`
	Amount    int64  `bun:"amount"`

	ShopName string `bun:"shop_name,scanonly"` // from the master
}

var soldColumns = stores.ColumnsOf[sale]("sale", "")

// salesUntil gives a customer's last sales, newest first: at most count, on day
// or earlier.
func (s store) salesUntil(ctx context.Context, code, day string, count int64) (sales []sale, err error) {
	err = s.read(ctx, "sales", func(ctx context.Context, db bun.IDB) error {
		sales = nil
		return db.NewSelect().Model(&sales).Apply(soldColumns).ColumnExpr("COALESCE(t.name, '') AS shop_name").
			Join("LEFT JOIN hc_master_tokui t ON t.tenant = sale.tenant AND t.code = sale.shop").
			Where("sale.tenant = ? AND sale.code = ? AND sale.sales_date <= ?", s.tenant, code, day).
			Order("sale.sales_date DESC", "sale.id DESC").Limit(count).Scan(ctx)
	})
	return sales, err
}
