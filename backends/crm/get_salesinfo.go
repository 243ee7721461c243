package crm

import (
	"sekisho/backends/kit"
	"sekisho/caddymodules/fault"
)

const (
	usualSales = 100
	mostSales  = 999
)

// salesAnswer is the answer of Get_SalesInfo.
type salesAnswer struct {
	head
	Sales []saleJSON `json:"Sales"`
}

// saleJSON is an element of Sales.
type saleJSON struct {
	SalesDate string     `json:"SalesDate"`
	ShopCode  string     `json:"ShopCode"`
	ShopName  string     `json:"ShopName"`
	GoodsName string     `json:"GoodsName"`
	ColorName string     `json:"ColorName"`
	SizeName  string     `json:"SizeName"`
	Category  string     `json:"Category"`
	Brand     string     `json:"Brand"`
	Price     kit.Number `json:"Price"`
	Quantity  kit.Number `json:"Quantity"`
	Amount    kit.Number `json:"Amount"`
}

// getSalesInfo gives what a customer bought up to a month, newest first (7.10
// Get_SalesInfo).
func (s *service) getSalesInfo(c *call) (any, error) {
	shown, err := readOwner(c)
	if err != nil {
		return nil, err
	}
	day, count, err := readRange(c)
	if err != nil {
		return nil, err
	}
	login, err := s.ownLogin(c, shown, errCustomerUnknown)
	if err == errLoginUnknown {
		return nil, errCustomerUnknown // the page has no other code
	}
	if err != nil {
		return nil, err
	}
	sales, err := c.store.salesUntil(c.r.Context(), login.Code, day, count)
	if err != nil {
		return nil, err
	}
	if len(sales) == 0 {
		return nil, errNoSales
	}
	return s.sales(sales), nil
}

// readRange reads up to which day sales are asked for, and how many.
func readRange(c *call) (day string, count int64, err error) {
	month, err := c.required("month", len("YYYYMM"))
	if err != nil {
		return "", 0, err
	}
	day, ok := lastDay(month)
	if !ok {
		return "", 0, fault.New(fault.Malformed, "month")
	}
	if sent, _ := c.params.Raw("count"); sent == "" {
		return day, usualSales, nil
	}
	n, err := c.number("count", 1, mostSales)
	return day, n, err
}

func (s *service) sales(all []sale) salesAnswer {
	answer := salesAnswer{head: s.ok()}
	for _, one := range all {
		answer.Sales = append(answer.Sales, saleJSON{
			SalesDate: one.SalesDate,
			ShopCode:  one.Shop,
			ShopName:  s.text(one.ShopName),
			GoodsName: s.text(one.Goods),
			ColorName: s.text(one.Color),
			SizeName:  s.text(one.Size),
			Category:  s.text(one.Category),
			Brand:     s.text(one.Brand),
			Price:     s.numbers.Of(one.Price),
			Quantity:  s.numbers.Of(one.Quantity),
			Amount:    s.numbers.Of(one.Amount),
		})
	}
	return answer
}
