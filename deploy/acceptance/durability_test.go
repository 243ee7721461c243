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

	"sekisho/caddymodules/stores/storetest"
)

// deployments are the two sets of stores that the README puts first, as
// environments of a gateway without demo data.
func deployments(t *testing.T) map[string][]string {
	config := storetest.Config(t, storetest.PostgresRedis)
	onServers := []string{
		"SEKISHO_DEMO=", "SEKISHO_DATABASE=" + config.Database, "SEKISHO_SESSIONS=" + config.Sessions,
		"SEKISHO_SECRET=" + config.Secret,
	}
	migrate(t, onServers...)
	return map[string][]string{"embedded": {"SEKISHO_DEMO="}, "postgres+redis": onServers}
}

// kill -9 at any moment of a write burst: what was answered 200 is there after
// the restart, and what was not answered is there whole or not at all.
func TestNothingAnsweredIsLost(t *testing.T) {
	for name, env := range deployments(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := startGateway(t, env...)
			key := newSite(t, g, 3)
			created := map[string]int64{}
			for round := range 4 {
				answered := burst(g, key, round, rand.N(600*time.Millisecond))
				if len(answered) < firstAnswers {
					t.Errorf("round %d: %d were answered before the kill, want %d", round, len(answered), firstAnswers)
				}
				for email, id := range answered {
					created[email] = id
				}
				g.start()
			}
			checkCreated(t, g, key, created)
		})
	}
}

// firstAnswers are those that a burst waits for before the kill.
const firstAnswers = 20

// burst lets 16 clients create customers until the gateway is killed, which is
// lasting after the first answers, and gives the ids of those that were answered.
func burst(g *gateway, key string, round int, lasting time.Duration) map[string]int64 {
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
				email := fmt.Sprintf("k%d-%d-%d@example.com", round, number, count)
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

// A reload under load: no request fails. On the embedded stores
// TestReloadsUnderLoad shows it, and more.
func TestReloadDropsNothing(t *testing.T) {
	servers := deployments(t)
	delete(servers, storetest.Embedded)
	for name, env := range servers {
		t.Run(name, func(t *testing.T) {
			g := startGateway(t, env...)
			key := newSite(t, g, 3)
			if _, err := create(client, g, key, "first@example.com"); err != nil {
				t.Fatal(err)
			}
			var (
				clients  sync.WaitGroup
				done     = make(chan struct{})
				mu       sync.Mutex
				answered int
				failures []string
			)
			for number := range 64 {
				clients.Go(func() {
					client := newClient()
					for count := 0; ; count++ {
						select {
						case <-done:
							return
						default:
						}
						failure := callOnce(client, g, key, number, count)
						mu.Lock()
						answered++
						if failure != "" {
							failures = append(failures, failure)
						}
						mu.Unlock()
					}
				})
			}
			for range 5 {
				time.Sleep(300 * time.Millisecond)
				g.run("reload", "--config", "Caddyfile", "--force", "--address", g.setting("SEKISHO_ADMIN"))
			}
			time.Sleep(300 * time.Millisecond)
			close(done)
			clients.Wait()
			t.Logf("%d requests over 5 reloads", answered)
			if len(failures) > 0 || answered < 64 {
				t.Errorf("%d of %d requests failed; the first: %s", len(failures), answered, strings.Join(failures[:min(3, len(failures))], "\n"))
			}
		})
	}
}

// callOnce makes one call of a mix, and says what failed.
func callOnce(client *http.Client, g *gateway, key string, number, count int) string {
	if count%8 == 0 {
		if _, err := create(client, g, key, fmt.Sprintf("r%d-%d@example.com", number, count)); err != nil {
			return err.Error()
		}
		return ""
	}
	status, answer, err := send(client, http.MethodGet, g.url+"/user/info?email=first@example.com&sid=3&key="+key, "", "")
	if err != nil || status != http.StatusOK {
		return fmt.Sprintf("info: %d %s %v", status, answer, err)
	}
	return ""
}
