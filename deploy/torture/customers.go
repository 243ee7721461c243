package main

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"
)

func init() { apis["customers"] = api{clients: 8, begin: beginCustomers} }

const (
	shopQuery = "sid=3&key=00000000" // the demo data's
	shopDone  = `{"status":true,"message":"success","data":`
	shopError = `{"status":false,"message":"error","data":`
)

// shop is the customers API: what its clients were told of each customer.
type shop struct {
	w       *world
	numbers counter

	mu   sync.Mutex
	told map[int64]*told
}

// told is what was answered of a customer of one's own.
type told struct {
	email string
	note  string
	gone  bool
}

func beginCustomers(w *world) (subject, error) {
	return &shop{w: w, told: map[int64]*told{}}, nil
}

func (s *shop) probe(g *gateway) error {
	a, err := g.send(healthClient, call{path: "/user/detail?id=1&" + shopQuery})
	if err == nil && judgeShop(a) != done {
		err = fmt.Errorf("detail is answered %s", a)
	}
	return err
}

func (s *shop) client(c *caller) client { return &shopper{shop: s, c: c} }

// shopper is a shop system: it makes customers of its own, changes and deletes
// them, and looks.
type shopper struct {
	shop *shop
	c    *caller
	own  []int64 // that live
}

func (s *shopper) act(random randomness) {
	switch n := random.IntN(10); {
	case n < 3 || len(s.own) == 0:
		s.create()
	case n < 7:
		s.update(s.own[random.IntN(len(s.own))])
	case n < 8:
		s.delete(random.IntN(len(s.own)))
	default:
		s.look(s.own[random.IntN(len(s.own))])
	}
}

// create makes a customer. A failure may mean that one before it has done it, which
// the address tells.
func (s *shopper) create() {
	number := s.shop.numbers.next()
	t := &told{email: fmt.Sprintf("torture%d@example.com", number), note: "new"}
	body := fmt.Sprintf(`{"data":[{"name01":"関","name02":"所","email":%q,"password":"pw","note":"new"}]}`, t.email)
	for begun := time.Now(); s.c.goesOn(begun, "creating "+t.email); {
		a, v := s.c.once(s.posting("create", t.email, body))
		if v == done {
			s.keep(idIn(a.body), t)
			return
		}
		if v == strange {
			return
		}
		if a, v, _ := s.c.until(s.getting("info", t.email, "email="+url.QueryEscape(t.email))); v == done {
			s.keep(idIn(a.body), t)
			return
		}
	}
}

func (s *shopper) keep(id int64, t *told) {
	s.shop.mu.Lock()
	s.shop.told[id] = t
	s.shop.mu.Unlock()
	s.own = append(s.own, id)
}

func (s *shopper) update(id int64) {
	note := fmt.Sprintf("%d 関所 %d", s.c.number, s.shop.numbers.next())
	body := fmt.Sprintf(`{"data":[{"customer_id":%d,"note":%q}]}`, id, note)
	if _, v, _ := s.c.until(s.posting("update", strconv.FormatInt(id, 10), body)); v == done {
		s.shop.mu.Lock()
		s.shop.told[id].note = note
		s.shop.mu.Unlock()
	}
}

// delete deletes one of the client's own. A second try is refused where the first
// has done it, which detail tells.
func (s *shopper) delete(i int) {
	id := s.own[i]
	about, query := strconv.FormatInt(id, 10), fmt.Sprint("id=", id)
	for begun := time.Now(); s.c.goesOn(begun, "deleting "+about); {
		_, v := s.c.once(s.getting("delete", about, query))
		if v == strange {
			return
		}
		if v != done {
			if _, v, _ = s.c.until(s.getting("detail", about, query)); v == done {
				continue // it is still there
			}
		}
		s.own = append(s.own[:i], s.own[i+1:]...)
		s.shop.mu.Lock()
		s.shop.told[id].gone = true
		s.shop.mu.Unlock()
		return
	}
}

// look reads what this client wrote last.
func (s *shopper) look(id int64) {
	a, v, _ := s.c.until(s.getting("detail", strconv.FormatInt(id, 10), fmt.Sprint("id=", id)))
	s.shop.mu.Lock()
	want := fmt.Sprintf("\"note\":%q", s.shop.told[id].note) // only this client writes it
	s.shop.mu.Unlock()
	if v != done || !strings.Contains(string(a.body), want) {
		s.c.w.found.of("customers").lost("customer %d is shown as %s; want %s", id, a, want)
	}
}

func (s *shopper) posting(operation, about, body string) call {
	return call{
		operation: operation, about: about, method: "POST", path: "/user/" + operation + "?" + shopQuery, body: []byte(body),
		header: []string{"Content-Type", "application/json"}, judge: judgeShop,
	}
}

func (s *shopper) getting(operation, about, query string) call {
	return call{operation: operation, about: about, path: "/user/" + operation + "?" + query + "&" + shopQuery, judge: judgeShop}
}

// judgeShop reads an answer as the document has them.
func judgeShop(a answer) verdict {
	body := string(a.body)
	switch {
	case a.status == 200 && strings.HasPrefix(body, shopDone) && json.Valid(a.body):
		return done
	case a.status == 404 && strings.HasPrefix(body, `{"status":false,"message":"No users were found"`):
		return refused
	case a.status == 500 && strings.HasPrefix(body, shopError):
		return failed // or refused: the document has the same words for both
	case a.status == 429:
		return tooMany
	}
	return strange
}

// idIn is the id in the answer of create or info.
func idIn(body []byte) int64 {
	var created struct{ Data json.RawMessage }
	_ = json.Unmarshal(body, &created)
	var id int64
	if json.Unmarshal(created.Data, &id) == nil {
		return id
	}
	var found []struct {
		ID int64 `json:"customer_id"`
	}
	if json.Unmarshal(created.Data, &found) != nil || len(found) != 1 {
		return 0
	}
	return found[0].ID
}

func (s *shop) audit(r *result) error {
	rows, err := s.w.rows(`SELECT customer_id, email, note, del_flg FROM dtb_customer WHERE email LIKE 'torture%@example.com'`)
	if err != nil {
		return err
	}
	there, owner := map[int64][]string{}, map[string]int64{}
	for _, row := range rows {
		id, err := strconv.ParseInt(row[0], 10, 64)
		if err != nil {
			return err
		}
		there[id] = row
		if row[3] == "0" {
			if other, twice := owner[row[1]]; twice {
				r.doubled("%s belongs to the customers %d and %d", row[1], other, id)
			}
			owner[row[1]] = id
		}
		if s.told[id] == nil {
			r.beyond("customer %d (%s) is there, and nobody was told", id, row[1])
		}
	}
	for id, t := range s.told {
		switch row := there[id]; {
		case row == nil:
			r.lost("customer %d (%s) is not there", id, t.email)
		case row[1] != t.email || row[2] != t.note || (row[3] == "1") != t.gone:
			r.lost("customer %d is there as %q; it was answered as %+v", id, row, *t)
		}
	}
	r.counted("customers", len(s.told))
	return nil
}
