package crm

import (
	"strconv"
	"strings"

	"sekisho/caddymodules/fault"
)

// The longest values of Set_UserPoint, in characters.
const (
	longestShop     = 8
	longestRegister = 20
	longestReceipt  = 20
	longestRemarks  = 200
)

// mostPoints is the most points of one sale, in either direction: what a 32-bit
// number of the old system held.
const mostPoints = 1<<31 - 1

// The divisions of a sale.
const (
	divisionSale   = "10"
	divisionReturn = "20"
)

// setUserPoint books the points of a cash register's sale (7.6 Set_UserPoint). A
// register that saw no answer sends the same again; that is booked once, and
// answered alike.
func (s *service) setUserPoint(c *call) (any, error) {
	sale, err := readSale(c)
	if err != nil {
		return nil, err
	}
	if err := c.store.book(c.r.Context(), sale); err != nil {
		return nil, err
	}
	return s.ok(), nil
}

func readSale(c *call) (e entry, err error) {
	for _, field := range []struct {
		name string
		most int
		into *string
	}{
		{"user_code", longestCode, &e.Code},
		{"sales_date", len(dateForm), &e.SalesDate},
		{"sales_division", len(divisionSale), &e.Division},
		{"sales_shop", longestShop, &e.Shop},
		{"register_no", longestRegister, &e.RegisterNo},
		{"receipt_no", longestReceipt, &e.ReceiptNo},
	} {
		if *field.into, err = c.required(field.name, field.most); err != nil {
			return e, err
		}
	}
	if !isDate(e.SalesDate) {
		return e, fault.New(fault.Malformed, "sales_date")
	}
	if e.Division != divisionSale && e.Division != divisionReturn {
		return e, fault.New(fault.Malformed, "sales_division")
	}
	if e.GetPoint, err = c.points("get_point"); err != nil {
		return e, err
	}
	if e.UsePoint, err = c.points("use_point"); err != nil {
		return e, err
	}
	e.Remarks, err = c.text("user_remarks", longestRemarks)
	return e, err
}

// points gives a required number of points.
func (c *call) points(name string) (int64, error) {
	return c.number(name, -mostPoints, mostPoints)
}

// number gives a required whole number from least to most. Blanks around it do not
// count: Visual Basic writes " 58".
func (c *call) number(name string, least, most int64) (int64, error) {
	text, err := c.required(name, longestNumber)
	if err != nil {
		return 0, err
	}
	n, err := strconv.ParseInt(strings.Trim(text, " "), 10, 64)
	if err != nil || n < least || n > most {
		return 0, fault.New(fault.Malformed, name)
	}
	return n, nil
}

// longestNumber is how many characters a number may have.
const longestNumber = 20
