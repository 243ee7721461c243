package acceptance

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// What is made on one of two gateways holds on the other:
//
//	a token        TestTwoPhotoCloaks: also a renewed one, and one that ended
//	a session      TestTwoCRMs; TestTwoAvatarPlays, on the dress-up site
//	a limit        TestTwoGateways (site keys), TestTwoCRMs, TestTwoAvatarPlays; the other doors here
//	a cloak token  here
//	a fitting room TestTwoAvatarPlays

const retryingClients = 32

// Two gateways stand behind clients of all five APIs who try each call once more
// at the other gateway where the first does not answer it. Each is killed with
// kill -9 and comes back, in turn: no call fails, and none is answered wrongly.
// What was made before holds on both, no sale is booked twice, and each look is
// counted once.
func TestEitherGatewayKilled(t *testing.T) {
	t.Parallel()
	gateways := twoGateways(t, "SEKISHO_DEMO=1")
	errands, registers := errandsAt(t, gateways[0], retryingClients)

	var again retries
	answered := callWhile(t, errands, again.at(gateways), func(underWay func()) {
		for _, g := range gateways {
			underWay()
			time.Sleep(rand.N(100 * time.Millisecond))
			g.kill()
			underWay()
			underWay() // at the other alone
			g.start()
		}
		underWay()
	})
	total := 0
	for _, calls := range answered {
		total += calls
	}
	t.Logf("%d calls over %d kills, %d of them at the second gateway that was tried", total, len(gateways), again.count())
	if again.count() < len(gateways) {
		t.Error("nobody had to try again: this shows nothing")
	}
	checkLedger(t, gateways[1], registers)
	looks := answered[lookOperation]

	t.Run("what was made before holds on both", func(t *testing.T) {
		client := newCaller(true)
		for number, g := range gateways {
			for _, e := range errands[:errandKinds] {
				for _, call := range e {
					if err := call.send(client, g); err != nil {
						t.Errorf("gateway %d, %s: %v", number+1, call.operation, err)
					}
				}
			}
		}
	})
	t.Run("a cloak token of one opens the cloak on the other", func(t *testing.T) {
		for number, g := range gateways {
			opened := cloakToken(t, g)
			other := gateways[1-number]
			if status, answer := other.call(http.MethodGet, "/api/v2/cloaks?ci=2", "", "X-PhotoCloakToken", opened); status != http.StatusOK {
				t.Errorf("that of gateway %d is answered %d %s by the other", number+1, status, answer)
			}
			if status, answer := other.get("/api/v2/cloaks?ci=2"); !strings.Contains(answer, `"invalid_cloaktoken"`) {
				t.Errorf("none is answered %d %s", status, answer)
			}
		}
	})
	for door, d := range doors {
		t.Run("wrong guesses count together: "+door, func(t *testing.T) { d.expectOneLimit(t, gateways) })
	}
	t.Run("each look is counted once", func(t *testing.T) { // what went before gave the gateways time for it
		looks += len(gateways) // above
		var counted, ofCloak int
		eventually(t, 20*time.Second, "every look is counted, of the photos and of their cloak", func() bool {
			counted, ofCloak = looksAtTheDemo(t, gateways[1])
			return counted >= looks && counted == ofCloak
		})
		time.Sleep(2 * time.Second) // counters are written back twice meanwhile
		counted, _ = looksAtTheDemo(t, gateways[1])
		open := int(again.looks.Load())
		t.Logf("%d looks are counted; %d were answered, %d were broken off before", counted, looks, open)
		if counted > looks+open {
			t.Error("some were counted twice")
		}
	})
}

// lookOperation is how the metrics name a look at a photo.
const lookOperation = "photocloak photos_look"

// looksAtTheDemo is how often the photos of the demo's open cloak were looked at, and
// how often it was itself.
func looksAtTheDemo(t *testing.T, g *gateway) (photos, itself int) {
	t.Helper()
	status, answer := g.get("/api/v2/cloaks?ci=1")
	var found struct {
		Cloak struct {
			ViewCount int `json:",string"`
			Images    []struct {
				ViewCount int `json:",string"`
			}
		}
	}
	if err := json.Unmarshal([]byte(answer), &found); err != nil || status != http.StatusOK {
		t.Fatalf("the cloak: %d %s, %v", status, answer, err)
	}
	for _, image := range found.Cloak.Images {
		photos += image.ViewCount
	}
	return photos, found.Cloak.ViewCount
}

// retries are the calls that one gateway did not answer, and the looks among them
// that were under way to one.
type retries struct{ calls, looks atomic.Int64 }

func (r *retries) count() int { return int(r.calls.Load()) }

// at sends a client's calls to two gateways by turns, and to the other where the
// connection breaks before the answer is whole.
func (r *retries) at(gateways []*gateway) sending {
	return func(client *http.Client, call deed, n int) error {
		first := call.send(client, gateways[n%2])
		var broken cut
		if !errors.As(first, &broken) {
			return first
		}
		r.calls.Add(1)
		if call.operation == lookOperation && !errors.Is(broken.error, syscall.ECONNREFUSED) {
			r.looks.Add(1)
		}
		if err := call.send(client, gateways[1-n%2]); err != nil {
			return fmt.Errorf("%w, after %w", err, first)
		}
		return nil
	}
}

// door takes a secret: where, with the right and with a wrong one, and what tells
// a wrong one and an attempt too many.
type door struct {
	path         string
	right, wrong url.Values
	basic        bool // as the demo's app
	mismatch     string
	tooMany      string
}

// doors are those whose limits no other test tries at two gateways.
var doors = map[string]door{
	"a cloak's password": {
		path: "/api/v2/cloaks/token", right: url.Values{"ci": {"2"}, "lk": {"umi2018"}}, wrong: url.Values{"ci": {"2"}, "lk": {"wrong"}},
		mismatch: `"errorCode":"`, tooMany: `"toomany_requests"`,
	},
	"YDITS": {
		path:  "/ydits-api/ydits-account/auth.php?step=1",
		right: url.Values{"mail": {"example@example.com"}, "pass": {"example_a"}}, wrong: url.Values{"mail": {"example@example.com"}, "pass": {"wrong"}},
		mismatch: `"resultcode":4`, tooMany: `"resultcode":429`,
	},
	"PhotoCloak's members": {
		path: "/api/v2/auth/token", right: passwordGrant(demoMail, demoPass), wrong: passwordGrant(demoMail, "wrong"), basic: true,
		mismatch: `"error":"invalid_grant"`, tooMany: `"error":"invalid_grant"`,
	},
}

// expectOneLimit makes ten wrong guesses at two gateways by turns; after that
// neither takes the right secret.
func (d door) expectOneLimit(t *testing.T, gateways []*gateway) {
	t.Helper()
	try := func(g *gateway, secret url.Values) string {
		var headers []string
		if d.basic {
			headers = []string{"Authorization", "Basic ZGVtby1jbGllbnQ6ZGVtby1zZWNyZXQ="}
		}
		_, answer := g.call(http.MethodPost, d.path, secret.Encode(), headers...)
		return answer
	}
	for guess := range 10 {
		if answer := try(gateways[guess%2], d.wrong); !strings.Contains(answer, d.mismatch) {
			t.Fatalf("wrong guess %d is answered %s", guess+1, answer)
		}
	}
	for number, g := range gateways {
		if answer := try(g, d.right); !strings.Contains(answer, d.tooMany) {
			t.Errorf("gateway %d, after ten wrong guesses, answers the right secret %s", number+1, answer)
		}
	}
}
