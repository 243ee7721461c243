package acceptance

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"sync"
	"testing"
	"time"
)

const (
	dressedGuests    = 24 // as many guests as an address may make, and some to spare
	roundsOfDressing = 60 // commits that are answered before the next round
)

// An app's server grants items to its guests and dresses them, while the gateway,
// PostgreSQL and Redis are killed with kill -9: what was granted is there, and
// what was committed is worn.
func TestNoGrantIsLostAndNoCommit(t *testing.T) {
	underFire(t, "Caddyfile", func(t *testing.T, g *gateway, victims []victim) {
		app := newPartner(t, g, "Wardrobe")
		items := lockedItems(t, g)
		guests := make([]*dressedGuest, dressedGuests)
		for i := range guests {
			guests[i] = &dressedGuest{app: app, id: app.guest().AvatarID, client: newClient(), items: items}
		}
		rounds := killRounds(t)
		for round := range rounds {
			dressAll(t, guests, victims[round%len(victims)])
		}
		eventually(t, 10*time.Second, "all answers after the last kill", func() bool {
			status, _ := app.ask(g, http.MethodGet, fmt.Sprintf("Avatar/%d/FittingRoom", guests[0].id))
			return status == http.StatusOK
		})
		grants, commits := 0, 0
		for _, one := range guests {
			one.audit(t)
			grants += len(one.granted)
			commits += one.commits
		}
		t.Logf("%d grants and %d commits answered over %d kills", grants, commits, rounds)
	})
}

// lockedItems are things that nobody has until they are granted.
func lockedItems(t *testing.T, g *gateway) (items []string) {
	t.Helper()
	list := g.run("avatarplay", "item", "list")
	for _, line := range regexp.MustCompile(`(?m)^([0-9]+) .* (?:accessory|tops|shoes) +[a-z]+ +-$`).FindAllStringSubmatch(list, -1) {
		items = append(items, line[1])
	}
	if len(items) < 20 {
		t.Fatalf("there are %d in\n%s", len(items), list)
	}
	return items
}

// dressedGuest is a guest whom one client dresses, and what it was answered.
type dressedGuest struct {
	app    *partner
	id     int64
	client *http.Client
	items  []string

	mu      sync.Mutex
	turn    int
	granted []string // answered 200
	commits int      // answered 200
	worn    []string // pictures that may be the main coord's: the last committed, and what was under way since
}

// dressAll dresses all guests until enough is committed, while the victim is
// killed at a random moment and comes back.
func dressAll(t *testing.T, guests []*dressedGuest, victim victim) {
	committed := func() (all int) {
		for _, one := range guests {
			one.mu.Lock()
			all += one.commits
			one.mu.Unlock()
		}
		return all
	}
	before := committed()
	enough := func(part int) bool { return committed()-before >= roundsOfDressing/part }
	deadline := time.Now().Add(2 * time.Minute)
	var dressing sync.WaitGroup
	for _, one := range guests {
		dressing.Go(func() {
			for !enough(1) && time.Now().Before(deadline) {
				if !one.dress(t) {
					time.Sleep(50 * time.Millisecond)
				}
			}
		})
	}
	strike(victim, func() bool { return enough(10) || time.Now().After(deadline) })
	dressing.Wait()
	if !enough(1) {
		t.Errorf("only %d commits were answered within two minutes", committed()-before)
	}
}

// dress grants an item, selects it, looks and commits; it is false where one of
// these was not answered.
func (d *dressedGuest) dress(t *testing.T) bool {
	item := d.items[d.turn%len(d.items)]
	d.turn++
	var results struct{ Results []struct{ Status int } }
	if !d.call(t, http.MethodPost, "/Items", &results, "itemId", item) {
		return false
	}
	if len(results.Results) != 1 || !slices.Contains([]int{200, 409}, results.Results[0].Status) {
		t.Errorf("granting: %+v", results)
	}
	d.granted = append(d.granted, item)
	if !d.call(t, http.MethodPost, "/FittingRoom/Select", nil, "item_id", item) {
		return false
	}
	var room struct{ AvatarImageURL string }
	if !d.call(t, http.MethodGet, "/FittingRoom", &room) {
		return false
	}
	d.worn = append(d.worn, room.AvatarImageURL)
	if !d.call(t, http.MethodPost, "/FittingRoom/Commit", nil) {
		return false
	}
	d.worn = []string{room.AvatarImageURL}
	d.mu.Lock()
	d.commits++
	d.mu.Unlock()
	return true
}

// call asks for an operation on the guest. It is false where nobody answered, or
// where the failure is the gateway's own.
func (d *dressedGuest) call(t *testing.T, method, operation string, into any, pairs ...string) bool {
	query := url.Values{"key": {d.app.key}}
	for i := 0; i < len(pairs); i += 2 {
		query.Add(pairs[i], pairs[i+1])
	}
	address := fmt.Sprintf("%s/avatar/v1/Avatar/%d%s?%s", d.app.g.url, d.id, operation, query.Encode())
	status, answer, err := send(d.client, method, address, "", "")
	if err != nil || status == http.StatusInternalServerError {
		return false
	}
	if status != http.StatusOK || into != nil && json.Unmarshal([]byte(answer), into) != nil {
		t.Errorf("%s%s: %d %s", method, operation, status, answer)
	}
	return true
}

// audit holds what is there against what was answered.
func (d *dressedGuest) audit(t *testing.T) {
	t.Helper()
	for _, item := range d.granted {
		if !d.app.has(d.id, item) {
			t.Errorf("guest %d lost item %s, which was granted", d.id, item)
		}
	}
	if now := d.app.avatar(d.id).AvatarNonAnimationImageURL; len(d.worn) > 0 && !slices.Contains(d.worn, now) {
		t.Errorf("guest %d wears %s, not what was committed: %v", d.id, now, d.worn)
	}
}
