package crm

import (
	"fmt"
	"sync"
	"testing"

	"sekisho/caddymodules/stores"
	"sekisho/caddymodules/stores/storetest"
)

// 64 clients sign up at once, a third of them with what is refused at one step
// or another: the codes that were given have no gap and no repeat.
func TestCustomerCodesHaveNoGap(t *testing.T) {
	storetest.InTurn(t, func(t *testing.T, s *stores.Stores) {
		h := newHouse(t, s, "sign_ups 1000 1h", "code_digits 8")
		first := h.store.lastNumber(t)
		var (
			mu      sync.Mutex
			given   = map[string]bool{}
			refused = map[string]int{}
			clients sync.WaitGroup
		)
		for client := range 64 {
			clients.Go(func() {
				a := again("-27005", func() answered { return h.call("Set_LoginInfo", application64(client)...) })
				mu.Lock()
				defer mu.Unlock()
				if a.code != "0" {
					refused[a.code]++
				} else if given[a.Code] {
					t.Errorf("code %s is given twice", a.Code)
				}
				given[a.Code] = a.code == "0"
			})
		}
		clients.Wait()
		delete(given, "")
		if refused["-27002"]+refused["-27004"] != 21 {
			t.Errorf("refused: %v", refused)
		}
		last := h.store.lastNumber(t)
		for number := first + 1; number <= last; number++ {
			code := fmt.Sprintf("%08d", number)
			if h.customer(code).Code == "" {
				t.Errorf("code %s is a gap", code)
			}
			delete(given, code)
		}
		if len(given) > 0 || last != first+43 {
			t.Errorf("from %d to %d; given but not there: %v; refused: %v", first, last, given, refused)
		}
	})
}

// application64 is what one of 64 clients sends: every third goes for a login
// that is taken, or for a password that may not be.
func application64(client int) []string {
	loginID, password := fmt.Sprint("c", client), "pass1"
	switch client % 6 {
	case 2:
		loginID = demoLogin
	case 5:
		password = "p-a-s-s"
	}
	return []string{"user_loginid", loginID, "user_pasword", password, "uuid", fmt.Sprint("u", client)}
}

// Of clients that want the same login at once one has it, and one number is
// taken.
func TestOneLoginIsGivenOnce(t *testing.T) {
	storetest.InTurn(t, func(t *testing.T, s *stores.Stores) {
		h := newHouse(t, s, "sign_ups 1000 1h")
		first := h.store.lastNumber(t)
		var (
			mu      sync.Mutex
			answers = map[string]int{}
			clients sync.WaitGroup
		)
		for range 8 {
			clients.Go(func() {
				a := again("-27005", func() answered {
					return h.call("Set_LoginInfo", "user_loginid", "wanted", "user_pasword", "pass1", "uuid", "u")
				})
				mu.Lock()
				answers[a.code]++
				mu.Unlock()
			})
		}
		clients.Wait()
		if answers["0"] != 1 || answers["-27002"] != 7 {
			t.Errorf("the answers: %v", answers)
		}
		if last := h.store.lastNumber(t); last != first+1 {
			t.Errorf("the last number is %d after %d", last, first)
		}
	})
}

// lastNumber is the number that the last new customer took.
func (s store) lastNumber(t testing.TB) int64 {
	t.Helper()
	terms, err := s.terms(t.Context(), kubunNumber)
	if err != nil || len(terms) != 1 {
		t.Fatalf("%d rows, %v", len(terms), err)
	}
	return terms[0].Renban
}
