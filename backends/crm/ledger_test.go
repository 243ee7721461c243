package crm

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/uptrace/bun"

	"sekisho/caddymodules/stores"
	"sekisho/caddymodules/stores/storetest"
)

// 64 cash registers book for a few customers, each sending every call up to
// three times, at once and one after the other, as if its connection had broken:
// the balance is the sum of distinct sales.
func TestLedgerUnderRepeatedCalls(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		h := newHouse(t, s, "sign_ups 1000 1h")
		codes := []string{demoCode}
		want := map[string]int64{demoCode: demoPoints}
		for i := range 3 {
			code, _ := h.signUp(fmt.Sprintf("buyer%d", i))
			codes = append(codes, code)
		}
		var mu sync.Mutex
		var registers sync.WaitGroup
		for register := range 64 {
			registers.Go(func() {
				for receipt := range 3 {
					code := codes[(register+receipt)%len(codes)]
					get, use := int64(register+receipt), int64(receipt*2)
					sale := registerSale(code, register, receipt, get, use)
					var repeats sync.WaitGroup
					for range 1 + (register+receipt)%2 {
						repeats.Go(func() { h.sell(sale) })
					}
					repeats.Wait()
					if register%3 == 0 {
						h.sell(sale)
					}
					mu.Lock()
					want[code] += get - use
					mu.Unlock()
				}
			})
		}
		registers.Wait()
		for code, balance := range want {
			if got := h.balance(code); got != balance {
				t.Errorf("the balance of %s is %d, want %d", code, got, balance)
			}
		}
		if rows := h.store.countRows(t, "hc_tran_point_rireki"); rows != 1+64*3 {
			t.Errorf("the history has %d rows, want %d", rows, 1+64*3)
		}
	})
}

// sell sends a sale, and again where the crowd was too much for a slow machine.
func (h *house) sell(sale []string) {
	h.t.Helper()
	for range 20 {
		a := h.call("Set_UserPoint", sale...)
		if a.code == "0" {
			return
		}
		if a.code != "-9004" {
			h.t.Errorf("a sale: %s", a.body)
			return
		}
	}
	h.t.Error("a sale was answered -9004 twenty times")
}

func registerSale(code string, register, receipt int, get, use int64) []string {
	return []string{
		"user_code", code, "sales_date", "20140501", "sales_division", "10", "sales_shop", "0001", "register_no", fmt.Sprint(register),
		"receipt_no", fmt.Sprint(receipt), "get_point", fmt.Sprint(get), "use_point", fmt.Sprint(use),
	}
}

// What differs in anything is another sale; a sale is a return's own.
func TestWhatIsTheSameSale(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		h := newHouse(t, s)
		other, _ := h.signUp("other")
		h.call("Set_UserPoint", saleOf(demoCode)...).want(t, "a sale", "0")
		rows := 2
		for name, value := range map[string]string{
			"user_code": other, "sales_date": "20140502", "sales_division": "20", "register_no": "1", "receipt_no": "123",
			"get_point": "59", "use_point": "1",
		} {
			sale := saleOf(demoCode)
			for i := 0; i < len(sale); i += 2 {
				if sale[i] == name {
					sale[i+1] = value
				}
			}
			h.call("Set_UserPoint", sale...).want(t, "another "+name, "0")
			h.call("Set_UserPoint", sale...).want(t, "another "+name+", again", "0")
			if rows++; h.store.countRows(t, "hc_tran_point_rireki") != rows {
				t.Errorf("another %s: %d rows, want %d", name, h.store.countRows(t, "hc_tran_point_rireki"), rows)
			}
		}
		h.call("Set_UserPoint", append(saleOf(demoCode), "user_remarks", "値引き")...).want(t, "the same with remarks", "0")
		if h.store.countRows(t, "hc_tran_point_rireki") != rows {
			t.Error("the same sale with other remarks was booked as another")
		}
		h.balance(demoCode)
		h.balance(other)
	})
}

// A balance may go below zero: the sale has happened.
func TestBalanceMayBeNegative(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		h := newHouse(t, s)
		h.call("Set_UserPoint", registerSale(demoCode, 1, 1, 0, 5000)...).want(t, "a sale", "0")
		h.call("Set_UserPoint", append(registerSale(demoCode, 1, 2, -10, -20), "sales_division", "20")...).want(t, "a return", "0")
		if got := h.balance(demoCode); got != demoPoints-5000+10 {
			t.Errorf("the balance is %d", got)
		}
		if a := h.call("Get_UserPoint", "user_code", demoCode); a.UserPoint[0]["Point"] != "-740" {
			t.Errorf("Get_UserPoint: %s", a.body)
		}
	})
}

// The first sale of a customer of whom nothing is known makes 顧客区分 9 of 0, and
// keeps the rank of that moment.
func TestSaleOfUnknownCustomer(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		h := newHouse(t, s)
		code, token := h.signUp("tanaka")
		h.call("Set_UserPoint", saleOf(code)...).want(t, "a sale", "0")
		if got := h.customer(code).Segment; got != segmentUnregistered {
			t.Errorf("the segment is %d", got)
		}
		h.call("Set_UserInfo2", "tokenid", token, "user_code", code, "Segment", "1", "rank", "5").want(t, "registering", "0")
		h.call("Set_UserPoint", registerSale(code, 1, 1, 1, 0)...).want(t, "another sale", "0")
		if got := h.customer(code).Segment; got != segmentSmartphone {
			t.Errorf("the segment is %d", got)
		}
		var ranks []string
		if err := h.store.eachEntry(t.Context(), func(e entry) error {
			if e.Code == code {
				ranks = append(ranks, e.Rank)
			}
			return nil
		}); err != nil || fmt.Sprint(ranks) != "[ 5]" {
			t.Errorf("the ranks are %q, %v", ranks, err)
		}
	})
}

// Who has left earns nothing more; what was booked before is still answered.
func TestSaleOfWhoHasLeft(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		h := newHouse(t, s)
		h.call("Set_UserPoint", saleOf(demoCode)...).want(t, "a sale", "0")
		h.call("Set_DelFlg", "tokenid", h.tokenID(), "user_code", demoCode).want(t, "leaving", "0")
		h.call("Set_UserPoint", saleOf(demoCode)...).want(t, "the same sale again", "0")
		h.call("Set_UserPoint", registerSale(demoCode, 9, 9, 1, 0)...).want(t, "another sale", "-9002")
		if got := h.balance(demoCode); got != demoPoints+58 {
			t.Errorf("the balance is %d", got)
		}
	})
}

// What is no sale changes nothing.
func TestBadSales(t *testing.T) {
	h := newHouse(t, storetest.Open(t, storetest.Embedded))
	before := everything(t, h.store)
	for _, test := range []struct{ name, value, want string }{
		{"user_code", "", "-9001"},
		{"user_code", "1234567890123456789012345678901", "-9001"},
		{"sales_date", "2014-05-01", "-9001"},
		{"sales_date", "20140532", "-9001"},
		{"sales_date", "201405", "-9001"},
		{"sales_division", "30", "-9001"},
		{"sales_shop", "000000001", "-9001"},
		{"register_no", "", "-9001"},
		{"register_no", "123456789012345678901", "-9001"},
		{"receipt_no", "", "-9001"},
		{"get_point", "", "-9001"},
		{"get_point", "1.5", "-9001"},
		{"get_point", "2147483648", "-9001"},
		{"get_point", "１", "-9001"},
		{"use_point", "99999999999999999999999", "-9001"},
		{"receipt_no", "a\x00b", "-9001"},
		{"receipt_no", "\xff", "-9001"},
		{"sales_shop", "9999", "-9003"},
		{"user_code", "0", "-9002"},
	} {
		sale := saleOf(demoCode)
		for i := 0; i < len(sale); i += 2 {
			if sale[i] == test.name {
				sale[i+1] = test.value
			}
		}
		h.call("Set_UserPoint", sale...).want(t, fmt.Sprintf("%s=%q", test.name, test.value), test.want)
	}
	remarks := make([]rune, longestRemarks+1)
	for i := range remarks {
		remarks[i] = '値'
	}
	h.call("Set_UserPoint", append(saleOf(demoCode), "user_remarks", string(remarks))...).want(t, "long remarks", "-9001")
	if after := everything(t, h.store); after != before {
		t.Errorf("something changed:\n%s\nand was\n%s", after, before)
	}
	h.call("Set_UserPoint", append(saleOf(demoCode), "user_remarks", string(remarks[1:]))...).want(t, "as long as may be", "0")
}

// Nobody changes or deletes what stands in the history, not even by SQL.
func TestHistoryIsOnlyAddedTo(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		h := newHouse(t, s)
		for _, statement := range []string{
			"UPDATE hc_tran_point_rireki SET get_point = 1000000",
			"DELETE FROM hc_tran_point_rireki",
		} {
			err := s.SQL.Write(t.Context(), func(ctx context.Context, tx bun.Tx) error {
				_, err := tx.ExecContext(ctx, statement)
				return err
			})
			if err == nil {
				t.Errorf("the database took %s", statement)
			}
		}
		h.balance(demoCode)
	})
}

// Visual Basic writes a blank before a number that is not negative.
func TestBlanksAroundNumbers(t *testing.T) {
	h := newHouse(t, storetest.Open(t, storetest.Embedded))
	h.call("Set_UserPoint", registerSale(demoCode, 1, 1, 0, 0)...).want(t, "a sale", "0")
	sale := registerSale(demoCode, 1, 2, 0, 0)
	sale[len(sale)-3], sale[len(sale)-1] = " 58", "8 "
	h.call("Set_UserPoint", sale...).want(t, "blanks", "0")
	if got := h.balance(demoCode); got != demoPoints+50 {
		t.Errorf("the balance is %d", got)
	}
}

// A register that knows HTTP/1.0 only sends no Host.
func TestOldRegister(t *testing.T) {
	h := newHouse(t, storetest.Open(t, storetest.Embedded))
	r := httptest.NewRequest(http.MethodGet, prefix+"Set_UserPoint.aspx?"+form(saleOf(demoCode)...)+"&token="+h.token, nil)
	r.Proto, r.ProtoMajor, r.ProtoMinor, r.Host = "HTTP/1.0", 1, 0, ""
	h.send(r).want(t, "a sale", "0")
}
