package acceptance

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// kill -9 in a write burst: what was answered 200 is there after the restart, and
// nothing is there twice. `make -f xcaddy.mk torture` does this for long, to all
// five APIs and with the servers killed too.
func TestNothingAnsweredIsLost(t *testing.T) {
	for name, env := range deployments(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := startGateway(t, env...)
			key := newSite(t, g, 3)
			answered := burst(g, key, rand.N(600*time.Millisecond))
			if len(answered) < firstAnswers {
				t.Errorf("%d were answered before the kill, want %d", len(answered), firstAnswers)
			}
			g.start()
			checkCreated(t, g, key, answered)
		})
	}
}

// firstAnswers are those that a burst waits for before the kill.
const firstAnswers = 20

// burst lets 16 clients create customers until the gateway is killed, which is
// lasting after the first answers, and gives the ids of those that were answered.
func burst(g *gateway, key string, lasting time.Duration) map[string]int64 {
	var (
		mu       sync.Mutex
		answered = map[string]int64{}
		enough   = make(chan struct{})
		clients  sync.WaitGroup
	)
	for number := range 16 {
		clients.Go(func() {
			client := newClient()
			for count := 0; ; count++ {
				email := fmt.Sprintf("k%d-%d@example.com", number, count)
				id, err := create(client, g, key, email)
				if err != nil {
					return
				}
				mu.Lock()
				answered[email] = id
				if len(answered) == firstAnswers {
					close(enough)
				}
				mu.Unlock()
			}
		})
	}
	select {
	case <-enough:
		time.Sleep(lasting)
	case <-time.After(30 * time.Second):
	}
	g.kill()
	clients.Wait()
	return answered
}

func create(client *http.Client, g *gateway, key, email string) (int64, error) {
	body := fmt.Sprintf(`{"data":[{"name01":"山","name02":"田","email":%q,"password":"pw"}]}`, email)
	status, answer, err := send(client, http.MethodPost, g.url+"/user/create?sid=3&key="+key, "application/json", body)
	if err != nil {
		return 0, err
	}
	var created struct {
		Status bool
		Data   json.Number
	}
	if status != http.StatusOK || json.Unmarshal([]byte(answer), &created) != nil || !created.Status {
		return 0, fmt.Errorf("creating %s: %d %s", email, status, answer)
	}
	return created.Data.Int64()
}

func checkCreated(t *testing.T, g *gateway, key string, created map[string]int64) {
	t.Helper()
	_, answer := g.get("/user/list?sid=3&key=" + key)
	var list struct {
		Data []struct {
			ID    int64 `json:"customer_id"`
			Email string
		}
	}
	if err := json.Unmarshal([]byte(answer), &list); err != nil {
		t.Fatalf("the list: %v\n%.200s", err, answer)
	}
	there := map[string]int64{}
	for _, customer := range list.Data {
		if _, twice := there[customer.Email]; twice {
			t.Errorf("%s is there twice", customer.Email)
		}
		there[customer.Email] = customer.ID
	}
	for email, id := range created {
		if there[email] != id {
			t.Errorf("%s was answered with id %d, and is there as %d", email, id, there[email])
		}
	}
	t.Logf("%d answered, %d there", len(created), len(there))
}

// newSite makes a customers site on the command line and gives its key.
func newSite(t *testing.T, g *gateway, sid int) string {
	t.Helper()
	out := g.run("customers", "site", "add", "--sid", fmt.Sprint(sid), "--name", "test")
	for _, word := range strings.Fields(out) {
		if len(word) == 36 && strings.Count(word, "-") == 4 {
			return word
		}
	}
	t.Fatalf("no key in:\n%s", out)
	return ""
}
