package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// receipt is what a register sends of a sale, whose customer, register, number,
// division and points are its key.
type receipt struct {
	customer, number, division string
	till, get, use             int
	answered                   bool
}

// change is what it does to the balance.
func (r *receipt) change() int { return r.get - r.use }

func (r *receipt) String() string {
	return fmt.Sprint(r.customer, " ", r.till, " ", r.number, " ", r.division, " ", r.get, " ", r.use)
}

// remarks are a text that only this receipt has.
func (r *receipt) remarks() string { return "ポイント表 " + r.String() }

func (r *receipt) parameters() []string {
	return []string{
		"user_code", r.customer, "sales_date", crmDay, "sales_division", r.division, "sales_shop", crmShop,
		"register_no", strconv.Itoa(r.till), "receipt_no", r.number, "get_point", strconv.Itoa(r.get), "use_point", strconv.Itoa(r.use),
		"user_remarks", r.remarks(),
	}
}

// purse is what is known of a customer's balance: what was asked for, and what of
// that was answered. In between the balance may be anything.
type purse struct{ asked, answered swing }

// swing is what comes in, and what goes out, which is negative.
type swing struct{ up, down int }

func (s *swing) add(change int) {
	if change > 0 {
		s.up += change
	} else {
		s.down += change
	}
}

// till is a cash register: it sells, takes back, and looks at balances.
type till struct {
	program
	sold []*receipt
}

func (t *till) act(random randomness) {
	switch n := random.IntN(10); {
	case n < 1 && len(t.sold) > 0: // it was not switched off properly, and knows of the sale no more
		t.book(t.sold[random.IntN(len(t.sold))])
	case n < 3:
		t.lookAt(t.chain.anyCard(random))
	default:
		t.sell(t.next(random), random)
	}
}

// next is the next sale: every fifth customer brings something back, and two in a
// row differ in nothing but their points.
func (t *till) next(random randomness) *receipt {
	count := len(t.sold)
	r := &receipt{customer: t.chain.anyCard(random), till: t.c.number, number: fmt.Sprintf("%06d", count/2), division: "10", get: 1 + count%89, use: count % 7}
	if count%2 == 1 {
		r.customer = t.sold[count-1].customer
	}
	if count/2%5 == 0 {
		r.division, r.get, r.use = "20", -r.get, -r.use
	}
	t.sold = append(t.sold, r)
	t.chain.mu.Lock()
	t.chain.receipts = append(t.chain.receipts, r)
	t.chain.purses[r.customer].asked.add(r.change())
	t.chain.mu.Unlock()
	return r
}

// sell sends a sale one to three times, whatever becomes of it, some of them over
// a line that breaks, and then until it is answered.
func (t *till) sell(r *receipt, random randomness) {
	for range 1 + random.IntN(3) {
		if random.IntN(4) == 0 {
			t.breakOff(r, random)
		} else if _, v := t.once("Set_UserPoint", r.String(), r.parameters()...); v == done {
			t.booked(r)
		} else if v == refused {
			t.wrong().strange("the sale %s is refused", r)
		}
	}
	if !r.answered {
		t.book(r)
	}
}

// book sends a sale until it is answered, which may be the second time.
func (t *till) book(r *receipt) {
	switch told, v, _ := t.until("Set_UserPoint", r.String(), r.parameters()...); v {
	case done:
		t.booked(r)
	case refused:
		t.wrong().strange("the sale %s is refused: %+v", r, told)
	}
}

// booked notes that a sale was answered.
func (t *till) booked(r *receipt) {
	t.chain.mu.Lock()
	defer t.chain.mu.Unlock()
	if !r.answered {
		t.chain.purses[r.customer].answered.add(r.change())
	}
	r.answered = true
}

// breakOff sends a sale over a line that breaks before or amid the answer: every
// other time in a way that the gateway notices when it answers.
func (t *till) breakOff(r *receipt, random randomness) {
	t.auth()
	g := t.c.w.gateways[t.c.turn%len(t.c.w.gateways)]
	t.c.turn++
	k := pageCall(http.MethodGet, "Set_UserPoint", r.String(), t.token, r.parameters()...)
	begun := time.Now()
	if line, err := net.DialTimeout("tcp", strings.TrimPrefix(g.crm, "http://"), 5*time.Second); err == nil {
		_, _ = io.WriteString(line, "GET "+k.path+" HTTP/1.0\r\nCookie: ASP.NET_SessionId="+t.token+"\r\n\r\n")
		time.Sleep(time.Duration(random.IntN(int(3 * time.Millisecond))))
		if random.IntN(2) == 0 {
			_ = line.(*net.TCPConn).SetLinger(0) // the gateway's answer finds no line
		}
		_ = line.Close()
	}
	t.c.w.memory.note(t.c, k, g, wasCut, time.Since(begun))
	t.wrong().called(k.operation, wasCut)
}

// lookAt holds a customer's balance against what the registers were told by then.
func (p *program) lookAt(code string) {
	least := p.chain.purse(code).answered
	told, v, _ := p.until("Get_UserPoint", code, "user_code", code)
	if v == refused || v == done && (len(told.UserPoint) != 1 || told.UserPoint[0].Code != code) {
		p.wrong().lost("customer %s is shown as %+v", code, told)
	} else if v == done {
		p.holdBalance(code, told.UserPoint[0].Point, least)
	}
}

// holdBalance holds a balance that was shown against what was answered before it
// was asked for, and what has been asked until now.
func (p *program) holdBalance(code, shown string, before swing) {
	asked := p.chain.purse(code).asked
	points, err := strconv.Atoi(shown)
	switch least, most := before.up+asked.down, asked.up+before.down; {
	case err != nil:
		p.wrong().strange("the balance of %s is %q", code, shown)
	case points < least:
		p.wrong().lost("the balance of %s is %d; it is at least %d", code, points, least)
	case points > most:
		p.wrong().beyond("the balance of %s is %d; it is at most %d", code, points, most)
	}
}

// purse is what is known of a customer at this moment.
func (ch *chain) purse(code string) purse {
	ch.mu.Lock()
	defer ch.mu.Unlock()
	if known := ch.purses[code]; known != nil {
		return *known
	}
	return purse{}
}
