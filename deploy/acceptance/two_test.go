package acceptance

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

// twoGateways starts two gateways over the same PostgreSQL, Redis and bucket, as
// the README says. More environment may be given, as to startGateway.
func twoGateways(t *testing.T, more ...string) []*gateway {
	t.Helper()
	env := slices.Concat(deployments(t)["postgres+redis"], inBucket(t, "two"), more)
	return []*gateway{startGateway(t, env...), startGateway(t, env...)}
}

// Two gateways are one to their callers.
func TestTwoGateways(t *testing.T) {
	t.Parallel()
	gateways := twoGateways(t)
	first, second := gateways[0], gateways[1]

	t.Run("a site added on one is served by both, and disabled on both", func(t *testing.T) {
		key := newSite(t, first, 3)
		id, err := create(client, first, key, "hanako@example.com")
		if err != nil {
			t.Fatal(err)
		}
		for number, g := range gateways {
			want := fmt.Sprintf(`{"status":true,"message":"success","data":[{"customer_id":%d,`, id)
			if status, answer := info(g, 3, key); status != http.StatusOK || !strings.HasPrefix(answer, want) {
				t.Errorf("gateway %d answered %d %s, want 200 %s…", number+1, status, answer, want)
			}
		}
		first.run("customers", "site", "disable", "--sid", "3")
		for number, g := range gateways {
			eventually(t, 5*time.Second, fmt.Sprintf("gateway %d refuses the site", number+1), func() bool { return mismatch(info(g, 3, key)) })
		}
	})

	t.Run("wrong keys count together", func(t *testing.T) {
		key := newSite(t, second, 4)
		for guess := range 10 {
			if status, answer := info(gateways[guess%2], 4, fmt.Sprint("wrong-", guess)); !mismatch(status, answer) {
				t.Fatalf("wrong key %d was answered %d %s, want a mismatch", guess+1, status, answer)
			}
		}
		for number, g := range gateways {
			for _, next := range []string{"wrong-again", key} {
				if status, answer := info(g, 4, next); status != http.StatusTooManyRequests {
					t.Errorf("gateway %d, after ten wrong keys: %d %s, want 429", number+1, status, answer)
				}
			}
		}
	})

	t.Run("a key issued on one registers on the other", func(t *testing.T) {
		person := url.Values{"name": {"山田"}, "mail": {"yamada@example.com"}, "pass": {"himitsu1"}}
		ydits(t, first, "regist.php?g=false", person)
		issued := ydits(t, first, "auth.php?step=1", person)
		soft := url.Values{"uuid": {issued.UUID}, "key": {issued.Key}, "softname": {"SoftName"}}
		if registered := ydits(t, second, "auth.php?step=2", soft); registered != issued {
			t.Errorf("registered as %+v, want %+v", registered, issued)
		}
		ydits(t, first, "auth.php?step=3", soft)
	})
}

// info asks for a customer of a site.
func info(g *gateway, sid int, key string) (status int, answer string) {
	g.t.Helper()
	return g.get(fmt.Sprintf("/user/info?email=hanako@example.com&sid=%d&key=%s", sid, key))
}

// mismatch says whether an answer is that to a wrong key.
func mismatch(status int, answer string) bool {
	return strings.Contains(answer, `"message":"site key mismatch"`) && status != http.StatusTooManyRequests
}

// software is what YDITS names a registration by.
type software struct{ UUID, Key string }

// ydits sends a form that must succeed.
func ydits(t *testing.T, g *gateway, path string, form url.Values) software {
	t.Helper()
	status, text := g.post("/ydits-api/ydits-account/"+path, "application/x-www-form-urlencoded", form.Encode())
	var answer struct {
		ResultCode int
		software
	}
	if err := json.Unmarshal([]byte(text), &answer); err != nil || status != http.StatusOK || answer.ResultCode != http.StatusOK {
		t.Fatalf("%s answered %d %s", path, status, text)
	}
	return answer.software
}
