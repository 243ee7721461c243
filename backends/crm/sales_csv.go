package crm

import (
	"context"

	"github.com/spf13/cobra"

	"sekisho/backends/kit"
)

// saleTexts are the texts of a line of a receipt, by their column.
var saleTexts = []struct {
	column string
	of     func(*sale) *string
}{
	{"goods_name", func(s *sale) *string { return &s.Goods }},
	{"color_name", func(s *sale) *string { return &s.Color }},
	{"size_name", func(s *sale) *string { return &s.Size }},
	{"category", func(s *sale) *string { return &s.Category }},
	{"brand", func(s *sale) *string { return &s.Brand }},
}

// longestSaleText is how long each of them may be, in characters.
const longestSaleText = 200

const longestLineID = 40 // characters

// saleColumns are the columns of both ways; an import needs those with a !.
var saleColumns = []string{
	"line_id", "code!", "sales_date!", "shop!", "goods_name", "color_name", "size_name", "category", "brand", "price", "quantity", "amount",
}

func importSalesCommand() *cobra.Command {
	return importCommand(table{
		what: "sales",
		columns: `  line_id              the line's own key in the old system, at most 40 characters;
                       what has one comes in once. It may be empty: such a line
                       comes in again with the same file
  code                 顧客CD of a customer who is there
  sales_date           YYYYMMDD
  shop                 店舗CD of a shop that is there
  goods_name, color_name, size_name, category, brand
                       at most 200 characters
  price, quantity, amount
                       numbers, 0 where they are empty`,
		format: kit.CSVColumns(saleColumns...),
		bring:  importSales,
	})
}

// importSales checks a file, and then keeps its lines.
func importSales(ctx context.Context, kept store, file *kit.CSVFile) (int, error) {
	lines := kit.NewSeenTexts()
	there := kit.CSVLookup[string]{There: kept.texts("hc_tran_uriage", "line_id"), Column: "line_id", Why: "this line is there already"}
	customers := kit.CSVLookup[string]{There: kept.texts("hc_master_kokyaku", "code"), Column: "code", Wanted: true, Why: "there is no such customer"}
	shops := kit.CSVLookup[string]{There: kept.texts("hc_master_tokui", "code"), Column: "shop", Wanted: true, Why: "there is no such shop"}
	rows, err := kit.CheckCSV(ctx, file, func(f *kit.CSVFields) {
		s := saleIn(f)
		lines.Twice(f, "line_id", s.LineID)
		there.Add(f, s.LineID)
		customers.Add(f, s.Code)
		shops.Add(f, s.Shop)
	}, &there, &customers, &shops)
	if err != nil {
		return 0, err
	}
	return kept.importSales(ctx, kit.RowsOf(ctx, file, rows, saleIn))
}

// saleIn reads a row's line of a receipt.
func saleIn(f *kit.CSVFields) sale {
	s := sale{
		LineID:    textIn(f, "line_id", longestLineID),
		Code:      f.Need("code", longestCode),
		SalesDate: dateIn(f, "sales_date"),
		Shop:      f.Need("shop", longestShop),
		Price:     f.Number("price", -mostTotal, mostTotal, 0),
		Quantity:  f.Number("quantity", -mostTotal, mostTotal, 0),
		Amount:    f.Number("amount", -mostTotal, mostTotal, 0),
	}
	if s.SalesDate == "" {
		f.Fail("sales_date", "is empty")
	}
	for _, text := range saleTexts {
		*text.of(&s) = textIn(f, text.column, longestSaleText)
	}
	return s
}

func exportSalesCommand() *cobra.Command {
	return exportCommand("sales", "", columnNames(saleColumns), func(ctx context.Context, kept store, file *kit.CSVWriter) error {
		return kept.eachSale(ctx, func(s sale) error {
			values := []string{s.LineID, s.Code, s.SalesDate, s.Shop}
			for _, text := range saleTexts {
				values = append(values, *text.of(&s))
			}
			return file.Write(append(values,
				kit.CSVNumber(s.Price), kit.CSVNumber(s.Quantity), kit.CSVNumber(s.Amount))...)
		})
	})
}
