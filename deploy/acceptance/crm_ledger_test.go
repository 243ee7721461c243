package acceptance

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

const (
	registerCount = 64
	salesPerRound = 2000
)

// 64 cash registers send each sale up to three times, over lines that break in
// the midst of answers, while the gateway, PostgreSQL and Redis are killed with
// kill -9: once each register has repeated what it saw no answer to, as it does,
// every sale is booked once, and the balances are their sums.
func TestNoSaleIsLostOrBookedTwice(t *testing.T) {
	underFire(t, "Caddyfile", func(t *testing.T, g *gateway, victims []victim) {
		var customers []string
		for i := range 8 {
			customers = append(customers, fmt.Sprintf("200000000000%d", i))
		}
		newCustomers(t, g, customers...)
		var registers []*register
		for number := range registerCount {
			registers = append(registers, newRegister(t, g, number, customers))
		}
		rounds := killRounds(t)
		for round := range rounds {
			saleRound(t, registers, victims[round%len(victims)])
		}
		seen := repeatUnanswered(t, registers)
		checkLedger(t, g, registers)
		var sales, cut, forgotten int
		for _, r := range registers {
			sales, cut, forgotten = sales+len(r.sales), cut+r.cut, forgotten+r.forgotten
		}
		t.Logf("%d sales over %d kills, %d of them answered at once, %d sendings broken off", sales, rounds, seen, cut)
		if forgotten > 0 {
			t.Errorf("%d sessions were forgotten, and all stores are durable", forgotten)
		}
	})
}

// register is a cash register with a line of its own.
type register struct {
	program
	t         *testing.T
	site      string
	number    int
	customers []string
	sales     []*registerSale
	cut       int // sendings whose answer it did not wait for
	forgotten int // sessions that the gateway knew no more
}

func newRegister(t *testing.T, g *gateway, number int, customers []string) *register {
	t.Helper()
	r := &register{program: newProgram(), t: t, site: g.crm, number: number, customers: customers}
	r.mustAuth(t, r.site)
	return r
}

// registerSale is a sale, and whether the register has seen that it is booked.
type registerSale struct {
	customer, receipt, division string
	get, use                    int
	answered                    bool
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

// sell sends a sale one to three times, whatever becomes of it. now says that an
// answer came.
func (r *register) sell(s *registerSale) (now bool) {
	for range 1 + rand.N(3) {
		if rand.N(4) == 0 {
			r.breakOff(s)
			continue
		}
		if r.book(s) {
			continue
		}
		time.Sleep(50 * time.Millisecond)
	}
	return s.answered
}

// book sends a sale and waits for the answer.
func (r *register) book(s *registerSale) (booked bool) {
	answer, err := r.call(r.site, "Set_UserPoint", r.form(s))
	switch {
	case err != nil: // the line broke, or nobody is there
	case answer.StatusCode == "0":
		s.answered = true
		return true
	case answer.StatusCode == "-9004": // a failure of the gateway's own
	case answer.StatusCode == "-9098":
		r.forgotten++
		_, _ = r.auth(r.site, crmLogin, crmPass)
	default:
		r.t.Errorf("a sale was answered %+v", answer)
	}
	return false
}

// breakOff sends a sale over a line that breaks before the answer: every other
// time in a way that the gateway notices when it answers.
func (r *register) breakOff(s *registerSale) {
	site, _ := url.Parse(r.site)
	var cookies strings.Builder
	for _, cookie := range r.Jar.Cookies(site) {
		fmt.Fprintf(&cookies, "Cookie: %s\r\n", cookie)
	}
	line, err := net.DialTimeout("tcp", site.Host, 10*time.Second)
	if err != nil {
		return
	}
	defer line.Close()
	r.cut++
	_, _ = io.WriteString(line, "GET "+crmPages+"Set_UserPoint.aspx?"+r.form(s).Encode()+" HTTP/1.0\r\n"+cookies.String()+"\r\n")
	time.Sleep(rand.N(3 * time.Millisecond))
	if rand.N(2) == 0 {
		_ = line.(*net.TCPConn).SetLinger(0) // the gateway's answer finds no line
	}
}

// saleRound lets all registers sell until enough is answered, while the victim
// is killed at a random moment and comes back.
func saleRound(t *testing.T, registers []*register, victim victim) {
	var answered atomic.Int64
	var selling sync.WaitGroup
	deadline := time.Now().Add(2 * time.Minute)
	for _, r := range registers {
		selling.Go(func() {
			for answered.Load() < salesPerRound && time.Now().Before(deadline) {
				if r.sell(r.next()) {
					answered.Add(1)
				}
			}
		})
	}
	strike(victim, func() bool { return answered.Load() >= salesPerRound/10 || time.Now().After(deadline) })
	selling.Wait()
	if answered.Load() < salesPerRound {
		t.Errorf("only %d sales were answered within two minutes", answered.Load())
	}
}

// repeatUnanswered lets each register repeat what it saw no answer to until it
// sees one, and says how many sales needed none of that.
func repeatUnanswered(t *testing.T, registers []*register) (seen int64) {
	var before atomic.Int64
	var repeating sync.WaitGroup
	deadline := time.Now().Add(2 * time.Minute)
	for _, r := range registers {
		repeating.Go(func() {
			for _, s := range r.sales {
				if s.answered {
					before.Add(1)
				}
				for !s.answered && !r.book(s) {
					if time.Now().After(deadline) {
						t.Errorf("register %d saw no answer to a sale within two minutes", r.number)
						return
					}
					time.Sleep(50 * time.Millisecond)
				}
			}
		})
	}
	repeating.Wait()
	return before.Load()
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
