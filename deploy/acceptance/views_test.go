package acceptance

import (
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"net/url"
	"regexp"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

const (
	viewClients   = 16
	viewsPerRound = 5000
)

// kill -9 of the gateway, of Redis and of PostgreSQL at random moments while
// views are counted: every view that was answered 200 is counted once, and of
// the others at most the one that each client had under way.
func TestNoViewIsLostOrCountedTwice(t *testing.T) {
	underFire(t, "Caddyfile", countViewsUnderFire)
}

func countViewsUnderFire(t *testing.T, g *gateway, victims []victim) {
	images := demoImages(t, g)
	before := countedViews(t, g, images)
	var answered, unanswered int64
	rounds := killRounds(t)
	for round := range rounds {
		a, u := viewRound(t, g, images, victims[round%len(victims)])
		answered, unanswered = answered+a, unanswered+u
	}
	// What is counted is moved within two seconds; after a kill, once the gateway
	// finds Redis and PostgreSQL again.
	var counted int64
	deadline := time.Now().Add(20 * time.Second)
	for {
		counted = countedViews(t, g, images) - before
		if counted >= answered || time.Now().After(deadline) {
			break
		}
		time.Sleep(200 * time.Millisecond)
	}
	time.Sleep(3 * time.Second) // nothing comes after
	counted = countedViews(t, g, images) - before
	t.Logf("%d views answered 200 over %d kills, %d broken off, %d counted", answered, rounds, unanswered, counted)
	if counted < answered || counted > answered+unanswered {
		t.Errorf("%d views are counted; %d were answered 200, %d more broken off", counted, answered, unanswered)
	}
}

// viewRound looks at photos until enough is answered, while the victim is
// killed at a random moment and comes back. unanswered is how many views were
// under way at the kill and may or may not be counted: at most one per client.
func viewRound(t *testing.T, g *gateway, images []string, victim victim) (answered, unanswered int64) {
	var good, failing atomic.Int64
	var clients sync.WaitGroup
	deadline := time.Now().Add(2 * time.Minute)
	for range viewClients {
		clients.Go(func() {
			client := newClient()
			broken := false
			for good.Load() < viewsPerRound && time.Now().Before(deadline) {
				body := url.Values{"cd": {images[rand.N(len(images))]}}.Encode()
				status, _, err := send(client, http.MethodPost, g.url+"/api/v2/photos/look", "application/x-www-form-urlencoded", body)
				if err == nil && status == http.StatusOK {
					good.Add(1)
					continue
				}
				if !broken { // the first to fail was under way; the rest find nobody
					failing.Add(1)
					broken = true
				}
				time.Sleep(20 * time.Millisecond)
			}
		})
	}
	strike(victim, func() bool { return good.Load() >= viewsPerRound/10 || time.Now().After(deadline) })
	clients.Wait()
	if good.Load() < viewsPerRound {
		t.Errorf("only %d views were answered within two minutes", good.Load())
	}
	return good.Load(), failing.Load()
}

// demoImages are the photos of the demo's open cloak.
func demoImages(t *testing.T, g *gateway) []string {
	t.Helper()
	_, answer := g.get("/api/v2/cloaks/search?tg=" + url.QueryEscape("海"))
	var ids []string
	for _, found := range regexp.MustCompile(`"CloakImageID":"(\d+)"`).FindAllStringSubmatch(answer, -1) {
		ids = append(ids, found[1])
	}
	if len(ids) < 2 {
		t.Fatalf("the demo's cloak has %d photos:\n%s", len(ids), answer)
	}
	return ids
}

// countedViews is the sum of the photos' view counts, which must be the cloak's.
func countedViews(t *testing.T, g *gateway, images []string) int64 {
	t.Helper()
	var list struct {
		Cloak []struct {
			ViewCount int64 `json:",string"`
			Images    []struct {
				CloakImageID string
				ViewCount    int64 `json:",string"`
			}
		}
	}
	var answer string
	eventually(t, 30*time.Second, "the cloak is found", func() bool {
		status, text := g.get("/api/v2/cloaks/search?tg=" + url.QueryEscape("海"))
		answer = text
		return status == http.StatusOK
	})
	if err := json.Unmarshal([]byte(answer), &list); err != nil || len(list.Cloak) == 0 {
		t.Fatalf("the cloaks: %v\n%s", err, answer)
	}
	var sum int64
	for _, image := range list.Cloak[0].Images {
		sum += image.ViewCount
	}
	if sum != list.Cloak[0].ViewCount {
		t.Errorf("the photos were looked at %d times, the cloak %d times", sum, list.Cloak[0].ViewCount)
	}
	return sum
}
