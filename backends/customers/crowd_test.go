package customers

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"sekisho/backends/kit"
	"sekisho/caddymodules/stores/storetest"
)

// crowd is what 64 clients may rely on while they all write at once.
type crowd struct {
	shop *shop

	mu     sync.Mutex
	notes  map[int64]string // by customer, as the last update that was answered with 200 wrote it
	mine   map[int64]string // addresses of customers that only one client touches
	gone   map[int64]bool   // customers whose delete was answered with 200
	strays []string         // answers that the document does not know
}

const (
	crowdClients = 64
	crowdRounds  = 6
	crowdShared  = 16 // customers, and addresses, that everybody wants
)

// TestCrowd lets 64 clients create, update and delete customers at once: no
// answer that is not documented, nothing lost, no address with two living
// customers.
func TestCrowd(t *testing.T) {
	for _, combination := range storetest.Combinations { // one crowd at a time
		t.Run(combination, func(t *testing.T) {
			s := storetest.Open(t, combination)
			c := &crowd{shop: openShop(t, s, usual), notes: map[int64]string{}, mine: map[int64]string{}, gone: map[int64]bool{}}
			c.shop.fillMany(crowdShared)
			var clients sync.WaitGroup
			for n := range crowdClients {
				clients.Go(func() { c.client(n) })
			}
			clients.Wait()
			for _, stray := range c.strays {
				t.Errorf("not documented: %s", stray)
			}
			c.check(t)
		})
	}
}

func (c *crowd) client(n int) {
	random := rand.New(rand.NewPCG(1, uint64(n))) // the same crowd each time
	for round := range crowdRounds {
		address := fmt.Sprintf("own%d.%d@example.com", n, round)
		id, ok := c.create(address)
		if !ok {
			continue // noted as a stray
		}
		c.create(fmt.Sprintf("Wanted%d@example.com", random.IntN(crowdShared)))
		note := fmt.Sprintf("client %d round %d", n, round)
		first, second := 1+random.IntN(crowdShared), 1+random.IntN(crowdShared)
		body := fmt.Sprintf(`{"data":[{"customer_id":%d,"point":1},{"customer_id":%d,"note":"%s","password":"p"},{"customer_id":%d,"email":"wanted%d@example.com"}]}`,
			first, id, note, second, random.IntN(crowdShared))
		if c.call("update", body) {
			c.remember(id, note)
		}
		if c.own("update", fmt.Sprintf(`{"data":[{"customer_id":%d,"note":"%s!"}]}`, id, note)) {
			c.remember(id, note+"!")
		} else {
			c.stray("an update of one's own customer was refused")
		}
		if round%3 == 0 && c.delete(id) {
			c.mu.Lock()
			c.gone[id] = true
			c.mu.Unlock()
		}
		c.shop.get("list", "")
	}
}

func (c *crowd) remember(id int64, note string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.notes[id] = note
}

func (c *crowd) stray(answer string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.strays = append(c.strays, answer)
}

// asksAgain is how often a client asks for what is its own alone: in a crowd on a
// busy machine a write may not come to its turn in time, which is answered as a
// failure.
const asksAgain = 20

func (c *crowd) create(address string) (id int64, ok bool) {
	got := c.shop.post("create", minimal(address))
	own := strings.HasPrefix(address, "own")
	for tries := 0; own && failedOrRefused(got) && tries < asksAgain; tries++ {
		got = c.shop.post("create", minimal(address))
	}
	if failedOrRefused(got) && !own {
		return 0, false
	}
	var answer struct{ Data int64 }
	if err := json.Unmarshal([]byte(got.Body), &answer); got.Status != 200 || err != nil {
		c.stray("create: " + got.Body)
		return 0, false
	}
	if own {
		c.mu.Lock()
		c.mine[answer.Data] = address
		c.mu.Unlock()
	}
	return answer.Data, true
}

// failedOrRefused says whether a call was not done, as the document has it: it has the
// same status for what cannot be and for a failure of ours.
func failedOrRefused(got answered) bool {
	return got.Status == 500 && (got.Body == noErrorBody || got.Body == failureBody)
}

// own is a call that nobody else's stands in the way of.
func (c *crowd) own(operation, body string) bool {
	for range asksAgain {
		if c.call(operation, body) {
			return true
		}
	}
	return false
}

func (c *crowd) call(operation, body string) bool {
	got := c.shop.post(operation, body)
	if got.Status == 200 && got.Body == doneBody {
		return true
	}
	if !failedOrRefused(got) {
		c.stray(operation + ": " + got.Body)
	}
	return false
}

func (c *crowd) delete(id int64) bool {
	got := c.shop.get("delete", fmt.Sprintf("&id=%d", id))
	for tries := 0; got.Status == 500 && tries < asksAgain; tries++ {
		got = c.shop.get("delete", fmt.Sprintf("&id=%d", id))
	}
	if got.Status != 200 || got.Body != doneBody {
		c.stray("delete: " + got.Body)
		return false
	}
	return true
}

// check compares what the clients were told with what is there.
func (c *crowd) check(t *testing.T) {
	t.Helper()
	living := map[string]int64{}
	there := map[int64]record{}
	err := c.shop.store.each(t.Context(), func(found customer) error {
		there[found.ID] = found.Values
		if found.Values[colDeleted] == "1" {
			return nil
		}
		key := kit.MailKey(found.Values[colEmail])
		if other, taken := living[key]; taken {
			t.Errorf("customers %d and %d live under one address", other, found.ID)
		}
		living[key] = found.ID
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for id, address := range c.mine {
		found := there[id]
		if found[colEmail] != address || found["note"] != c.notes[id] || (found[colDeleted] == "1") != c.gone[id] {
			t.Errorf("customer %d is %q, %q, del_flg %q; want %q, %q, deleted %v",
				id, found[colEmail], found["note"], found[colDeleted], address, c.notes[id], c.gone[id])
		}
	}
	if len(c.mine) != crowdClients*crowdRounds {
		t.Errorf("%d customers were created, want %d", len(c.mine), crowdClients*crowdRounds)
	}
}
