package acceptance

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"testing"
)

// register is a cash register with a line of its own.
type register struct {
	program
	t         *testing.T
	site      string
	number    int
	customers []string
	sales     []*registerSale
}

func newRegister(t *testing.T, g *gateway, number int, customers []string) *register {
	t.Helper()
	r := &register{program: newProgram(), t: t, site: g.crm, number: number, customers: customers}
	r.mustAuth(t, r.site)
	return r
}

// registerSale is a sale.
type registerSale struct {
	customer, receipt, division string
	get, use                    int
}

// next is the next sale of the day: every fifth customer brings something back,
// and two in a row differ in nothing but their points.
func (r *register) next() *registerSale {
	count := len(r.sales)
	receipt := count / 2
	s := &registerSale{
		customer: r.customers[(r.number+receipt)%len(r.customers)], receipt: fmt.Sprintf("%06d", receipt), division: "10",
		get: 1 + count%89, use: count % 7,
	}
	if receipt%5 == 0 {
		s.division, s.get, s.use = "20", -s.get, -s.use
	}
	r.sales = append(r.sales, s)
	return s
}

func (r *register) form(s *registerSale) url.Values {
	return url.Values{
		"user_code": {s.customer}, "sales_date": {"20140501"}, "sales_division": {s.division}, "sales_shop": {"0001"},
		"register_no": {strconv.Itoa(r.number)}, "receipt_no": {s.receipt},
		"get_point": {strconv.Itoa(s.get)}, "use_point": {strconv.Itoa(s.use)},
	}
}

// book sends a sale and waits for the answer.
func (r *register) book(s *registerSale) (booked bool) {
	answer, err := r.call(r.site, "Set_UserPoint", r.form(s))
	if err != nil || answer.StatusCode != "0" {
		r.t.Errorf("a sale was answered %+v, %v", answer, err)
		return false
	}
	return true
}

// checkLedger holds history and balances against what the registers sold.
func checkLedger(t *testing.T, g *gateway, registers []*register) {
	t.Helper()
	booked := map[string]int{}
	for _, row := range exported(t, g, "points") {
		booked[strings.Join([]string{row["code"], row["register_no"], row["receipt_no"], row["sales_division"], row["get_point"], row["use_point"]}, " ")]++
	}
	balances := map[string]int{}
	for _, r := range registers {
		for _, s := range r.sales {
			name := fmt.Sprint(s.customer, " ", r.number, " ", s.receipt, " ", s.division, " ", s.get, " ", s.use)
			if booked[name] != 1 {
				t.Errorf("the sale %s is booked %d times", name, booked[name])
			}
			delete(booked, name)
			balances[s.customer] += s.get - s.use
		}
	}
	if len(booked) != 1 { // what the demo's customer began with
		t.Errorf("%d entries of the history are no register's: %v", len(booked)-1, booked)
	}
	asking := newProgram()
	asking.mustAuth(t, g.crm)
	for customer, want := range balances {
		answer := asking.mustCall(t, g.crm, "Get_UserPoint", "user_code", customer)
		if len(answer.UserPoint) != 1 || answer.UserPoint[0].Point != strconv.Itoa(want) {
			t.Errorf("the balance of %s is %+v, want %d", customer, answer, want)
		}
	}
}
