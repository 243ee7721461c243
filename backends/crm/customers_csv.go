package crm

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"sekisho/backends/kit"
)

// customerNumbers are the numbers of a customer by their column.
var customerNumbers = []struct {
	column      string
	least, most int64
	of          func(*comingCustomer) *int64
}{
	{"gender", 0, mostGender, func(c *comingCustomer) *int64 { return &c.Gender }},
	{"total_shop_count", 0, mostTotal, func(c *comingCustomer) *int64 { return &c.TotalShopCount }},
	{"total_sales_count", -mostTotal, mostTotal, func(c *comingCustomer) *int64 { return &c.TotalSalesCount }},
	{"total_sales_amount", -mostTotal, mostTotal, func(c *comingCustomer) *int64 { return &c.TotalSalesAmount }},
	{"segment", segmentUnused, segmentUnregistered, func(c *comingCustomer) *int64 { return &c.Segment }},
	{"last_year_point", -mostTotal, mostTotal, func(c *comingCustomer) *int64 { return &c.lastYear }},
}

// customerAttributes are the columns of a customer's attributes.
var customerAttributes = []struct{ column, kubun string }{{"attribute1", kubunAttribute1}, {"attribute2", kubunAttribute2}}

// customerColumns are the columns of an export.
func customerColumns() []string {
	names := []string{"code"}
	for _, column := range textColumns {
		names = append(names, column.column)
	}
	for _, column := range customerNumbers {
		names = append(names, column.column)
	}
	return append(names, "has_left", "attribute1", "attribute2")
}

// mostNumber is the largest number that a customer's code can be.
const mostNumber = 999_999_999_999_999_999

func importCustomersCommand() (cmd *cobra.Command) {
	var last int64
	format := kit.CSVColumns(customerColumns()...)
	format.Columns[0].Required = true
	cmd = importCommand(table{
		what: "customers",
		columns: `  code                 顧客CD, kept as it is: 1 to 30 characters
  name, kana, postal_code, address1 to address3, tel1, tel2, email, rank, shop,
  memo, tanto, division01 to division10, expand_memo, tanto2
                       texts, as long as the document says
  birth, last_shop_date, resist_date, updated_date, left_date
                       YYYYMMDD, or empty
  gender               0, 1 (女性), 2 (男性)
  segment              顧客区分: 0, 1, 2, 9
  total_shop_count, total_sales_count, total_sales_amount, last_year_point
                       numbers, 0 where they are empty
  has_left             退会FLG: 1 for those who left
  attribute1, attribute2
                       ids of attributes with a space between

Balances come in with "import points". --last-number is 連番 of 名称区分 KY1, 名称CD
01 in the old HC$MASTER_MEISHO: the next new customer gets the number after it.
Without it that is the highest code of the file that is a number of at most 18
digits. It never becomes lower.`,
		format: format,
		bring: func(ctx context.Context, kept store, file *kit.CSVFile) (int, error) {
			switch given := cmd.Flags().Changed("last-number"); {
			case !given:
				return importCustomers(ctx, kept, file, -1)
			case last < 0 || last > mostNumber:
				return 0, fmt.Errorf("--last-number must be from 0 to %d", int64(mostNumber))
			}
			return importCustomers(ctx, kept, file, last)
		},
	})
	cmd.Flags().Int64Var(&last, "last-number", 0, "the number that the last new customer took in the old database")
	return cmd
}

// importCustomers checks a file, and then keeps its customers. last is the
// number that the last new one took, unknown where it is negative.
func importCustomers(ctx context.Context, kept store, file *kit.CSVFile, last int64) (int, error) {
	codes := kit.NewSeenTexts()
	known := kit.CSVLookup[string]{There: kept.texts("hc_master_kokyaku", "code"), Column: "code", Why: "a customer has it already"}
	highest := int64(0)
	rows, err := kit.CheckCSV(ctx, file, func(f *kit.CSVFields) {
		c := customerIn(f)
		codes.Twice(f, "code", c.Code)
		known.Add(f, c.Code)
		highest = max(highest, numberOf(c.Code))
	}, &known)
	if err != nil {
		return 0, err
	}
	if last < 0 {
		last = highest
	}
	return kept.importCustomers(ctx, last, kit.RowsOf(ctx, file, rows, customerIn))
}

// numberOf gives the number that a code is, 0 where it is none.
func numberOf(code string) int64 {
	if strings.Trim(code, "0123456789") != "" || len(code) > mostCodeDigits {
		return 0
	}
	n, _ := strconv.ParseInt(code, 10, 64) // digits, as many as fit
	return n
}

// customerIn reads a row's customer.
func customerIn(f *kit.CSVFields) comingCustomer {
	c := comingCustomer{customer: customer{Code: keyIn(f, "code", longestCode)}, attributes: map[string][]string{}}
	for _, column := range textColumns {
		if column.date {
			*column.of(&c.customer) = dateIn(f, column.column)
		} else {
			*column.of(&c.customer) = textIn(f, column.column, column.most)
		}
	}
	c.Tel1Digits, c.Tel2Digits = telDigits(c.Tel1), telDigits(c.Tel2)
	for _, column := range customerNumbers {
		*column.of(&c) = f.Number(column.column, column.least, column.most, 0)
	}
	if !isSegment(c.Segment) && c.Segment >= segmentUnused && c.Segment <= segmentUnregistered { // others are told
		f.Fail("segment", "must be 0, 1, 2 or 9")
	}
	c.HasLeft = f.Flag("has_left")
	for _, list := range customerAttributes {
		c.attributes[list.kubun] = attributesIn(f, list.column)
	}
	return c
}

// attributesIn reads ids with spaces between.
func attributesIn(f *kit.CSVFields, column string) []string {
	text := f.Get(column)
	if isNone(text) {
		return nil
	}
	ids := strings.Fields(text)
	seen := map[string]bool{}
	for _, id := range ids {
		if utf8.RuneCountInString(id) > longestAttributeID {
			f.Fail(column, "holds an id that is longer than 10 characters")
			break
		}
		if isNone(id) {
			f.Fail(column, "holds an id that stands for none")
			break
		}
		if seen[id] {
			f.Fail(column, "holds an id twice")
			break
		}
		seen[id] = true
	}
	if len(ids) > mostAttributes {
		f.Fail(column, "holds more than 200 ids")
	}
	return ids
}

func exportCustomersCommand() (cmd *cobra.Command) {
	cmd = exportCommand("customers", `Balances go
with "export points". Where the next new customer's number does not follow from
the codes, it says so on standard error.`, customerColumns(), func(ctx context.Context, kept store, file *kit.CSVWriter) error {
		highest := int64(0)
		err := kept.eachCustomer(ctx, func(c comingCustomer) error {
			highest = max(highest, numberOf(c.Code))
			return file.Write(customerOut(c)...)
		})
		if err != nil {
			return err
		}
		last, err := kept.terms(ctx, kubunNumber)
		if err == nil && len(last) == 1 && last[0].Renban != highest {
			fmt.Fprintf(cmd.ErrOrStderr(), "Import this with --last-number %d.\n", last[0].Renban)
		}
		return err
	})
	return cmd
}

// customerOut gives a customer's values in the order of customerColumns.
func customerOut(c comingCustomer) []string {
	values := []string{c.Code}
	for _, column := range textColumns {
		values = append(values, *column.of(&c.customer))
	}
	for _, column := range customerNumbers {
		values = append(values, kit.CSVNumber(*column.of(&c)))
	}
	return append(values, kit.CSVFlag(c.HasLeft),
		strings.Join(c.attributes[kubunAttribute1], " "), strings.Join(c.attributes[kubunAttribute2], " "))
}
