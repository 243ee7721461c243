package crm

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"sekisho/backends/kit"
	"sekisho/caddymodules/clock"
)

// pointColumns are the columns of both ways; an import needs those with a !.
var pointColumns = []string{
	"code!", "sales_date", "sales_division", "shop", "register_no", "receipt_no", "get_point", "use_point", "remarks", "rank", "kind",
	"created_at",
}

func importPointsCommand() *cobra.Command {
	return importCommand(table{
		what: "points",
		columns: `  code                 顧客CD of a customer who is there
  get_point, use_point
                       numbers, 0 where they are empty; the balance grows by
                       get_point and shrinks by use_point
  kind                 発生区分: 0 for a cash register's sale, which comes in once;
                       9 where it is empty, for what a balance begins with, once
                       for each customer; up to 99 for what else the old system
                       booked
  sales_date           YYYYMMDD; a sale needs one
  sales_division       10 for a sale, 20 for a return; a sale needs one
  shop, register_no, receipt_no, remarks, rank
                       at most 8, 20, 20, 200 and 8 characters
  created_at           when it was booked, 2006-01-02 15:04:05 in Japan or
                       2006-01-02T15:04:05+09:00; now where it is empty

To take over balances without their history, give code and get_point only. The
balance is the sum of the history, always: import either the one or the other.`,
		format: kit.CSVColumns(pointColumns...),
		bring:  importPoints,
	})
}

// mostKind is the largest 発生区分.
const mostKind = 99

// importPoints checks a file, and then adds it to the history.
func importPoints(ctx context.Context, kept store, file *kit.CSVFile) (int, error) {
	sales, openings := kit.NewSeenTexts(), kit.NewSeenTexts()
	customers := kit.CSVLookup[string]{There: kept.texts("hc_master_kokyaku", "code"), Column: "code", Wanted: true, Why: "there is no such customer"}
	booked := kit.CSVLookup[string]{There: kept.booked, Column: "receipt_no", Why: "this sale is booked already"}
	begun := kit.CSVLookup[string]{There: kept.begun, Column: "code", Why: "the customer's balance has begun already"}
	rows, err := kit.CheckCSV(ctx, file, func(f *kit.CSVFields) {
		e := entryIn(f)
		customers.Add(f, e.Code)
		switch e.Kind {
		case kindSale:
			sales.Twice(f, "receipt_no", e.key())
			booked.Add(f, e.key())
		case kindOpening:
			openings.Twice(f, "code", e.Code)
			begun.Add(f, e.Code)
		}
	}, &customers, &booked, &begun)
	if err != nil {
		return 0, err
	}
	return kept.importEntries(ctx, kit.RowsOf(ctx, file, rows, entryIn))
}

// entryIn reads a row of the history.
func entryIn(f *kit.CSVFields) entry {
	e := entry{
		Code:       f.Need("code", longestCode),
		SalesDate:  dateIn(f, "sales_date"),
		Division:   f.Text("sales_division", len(divisionSale)),
		Shop:       f.Text("shop", longestShop),
		RegisterNo: f.Text("register_no", longestRegister), // "." is one that a register may send
		ReceiptNo:  f.Text("receipt_no", longestReceipt),
		GetPoint:   f.Number("get_point", -mostTotal, mostTotal, 0),
		UsePoint:   f.Number("use_point", -mostTotal, mostTotal, 0),
		Remarks:    textIn(f, "remarks", longestRemarks),
		Rank:       textIn(f, "rank", longestRank),
		Kind:       f.Number("kind", 0, mostKind, kindOpening),
		CreatedAt:  f.Time("created_at", clock.Now().UnixMilli()),
	}
	if e.Kind == kindSale && e.SalesDate == "" {
		f.Fail("sales_date", "is empty")
	}
	if e.Kind == kindSale && e.Division != divisionSale && e.Division != divisionReturn {
		f.Fail("sales_division", "must be 10 or 20")
	}
	return e
}

// key is what tells a sale from all others: the cash register repeats it to the
// letter. No part of it holds a NUL.
func (e entry) key() string {
	return strings.Join([]string{
		e.Code, e.ReceiptNo, e.Shop, e.RegisterNo, e.SalesDate, e.Division,
		kit.CSVNumber(e.GetPoint), kit.CSVNumber(e.UsePoint),
	}, "\x00")
}

// partsOfKey gives customer and receipt of a sale's key.
func partsOfKey(key string) (code, receipt string) {
	parts := strings.SplitN(key, "\x00", 3)
	return parts[0], parts[1]
}

func exportPointsCommand() *cobra.Command {
	return exportCommand("points", `It is the
whole history; balances are its sums.`, columnNames(pointColumns), func(ctx context.Context, kept store, file *kit.CSVWriter) error {
		return kept.eachEntry(ctx, func(e entry) error {
			return file.Write(e.Code, e.SalesDate, e.Division, e.Shop, e.RegisterNo, e.ReceiptNo, kit.CSVNumber(e.GetPoint),
				kit.CSVNumber(e.UsePoint), e.Remarks, e.Rank, kit.CSVNumber(e.Kind), kit.CSVTime(e.CreatedAt))
		})
	})
}
