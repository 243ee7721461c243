package oauth2

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"sekisho/caddymodules/clock"
	"sekisho/caddymodules/guard"
	"sekisho/caddymodules/guard/guardtest"
	"sekisho/caddymodules/identity"
	"sekisho/caddymodules/stores"
	"sekisho/caddymodules/stores/storetest"
)

func unauthorized(r *http.Request) { r.Header.Del("Authorization") }

// What a client shows, and whether it is let in.
func TestClients(t *testing.T) {
	h := embedded(t)
	h.fake.setClient("raw", "a%41+b:c&d")
	h.fake.setClient("a+b", "plus")
	h.fake.setClient("日本", "秘密")
	h.fake.setClient("two", "old", "new")
	h.fake.setClient("ended", "s")
	h.fake.clients["ended"].Keys[0].Ends = clock.Now().Add(-time.Second)
	h.fake.setClient("disabled", "s")
	h.fake.disableClient("disabled")
	for _, test := range []struct {
		what, header, body, want string
	}{
		{"Basic", basic("app:s3cret"), "", ""},
		{"another case of Basic", strings.Replace(basic("app:s3cret"), "Basic", "bASIC", 1), "", ""},
		{"more blanks", strings.Replace(basic("app:s3cret"), " ", "   ", 1), "", ""},
		{"as it is", basic("raw:a%41+b:c&d"), "", ""},
		{"escaped", basic("raw:a%2541%2Bb%3Ac%26d"), "", ""},
		{"unescaped by halves", basic("raw:aA+b:c&d"), "", badClient},
		{"an id as it is", basic("a+b:plus"), "", ""},
		{"an id escaped", basic("a%2Bb:plus"), "", ""},
		{"Japanese", basic("日本:秘密"), "", ""},
		{"Japanese, escaped", basic("%E6%97%A5%E6%9C%AC:%E7%A7%98%E5%AF%86"), "", ""},
		{"the older of two secrets", basic("two:old"), "", ""},
		{"the newer of two secrets", basic("two:new"), "", ""},
		{"a secret that ended", basic("ended:s"), "", badClient},
		{"a disabled client", basic("disabled:s"), "", badClient},
		{"in the body", "", "client_id=app&client_secret=s3cret", ""},
		{"in the body, another case", "", "Client_ID=app&CLIENT_SECRET=s3cret", ""},
		{"in the body, escaped as all of it", "", "client_id=raw&client_secret=a%2541%2Bb%3Ac%26d", ""},
		{"in both", basic("app:s3cret"), "client_id=app&client_secret=s3cret", ""},
		{"another client in the body", basic("app:s3cret"), "client_id=other&client_secret=0ther", badClient},
		{"in the body, beside another scheme", "Bearer x", "client_id=app&client_secret=s3cret", ""},
		{"a wrong secret in the body", "", "client_id=app&client_secret=0ther", badClient},
		{"a wrong secret, right in the body", basic("app:x"), "client_id=app&client_secret=s3cret", badClient},
		{"none", "", "", badClient},
		{"none but an id", "", "client_id=app", badClient},
		{"an empty secret", "", "client_id=app&client_secret=", badClient},
		{"an empty Basic secret", basic("app:"), "", badClient},
		{"an empty Basic id", basic(":s3cret"), "", badClient},
		{"no colon", basic("app"), "", badClient},
		{"no base64", "Basic ???", "", badClient},
		{"nothing", "Basic", "", badClient},
		{"a client that nobody knows", basic("nobody:s3cret"), "", badClient},
		{"another's secret", basic("other:s3cret"), "", badClient},
		{"nobody's secret", basic("nobody:" + string(nobodys.Hash)), "", badClient},
		{"a client of NUL", basic("\x00:s3cret"), "", badClient},
		{"a client of no UTF-8", basic("\xff:s3cret"), "", badClient},
		{"a long client", basic(strings.Repeat("c", 256) + ":s3cret"), "", badClient},
		{"a long secret", basic("app:" + strings.Repeat("c", 1<<16)), "", badClient},
		{"an id twice", "", "client_id=app&client_id=app&client_secret=s3cret", repeated},
	} {
		t.Run(test.what, func(t *testing.T) {
			w := h.post(passwordOfM1+"&"+test.body, unauthorized, func(r *http.Request) {
				if test.header != "" {
					r.Header.Set("Authorization", test.header)
				}
			})
			if got := w.Body.String(); test.want == "" && w.Code != 200 || test.want != "" && (w.Code != 400 || got != test.want) {
				t.Errorf("%d %s, want %s", w.Code, got, test.want)
			}
		})
	}
	w := h.post(passwordOfM1, func(r *http.Request) { r.Header.Add("Authorization", basic("app:s3cret")) })
	if got := w.Body.String(); got != badClient {
		t.Errorf("two headers: %s", got)
	}
	for _, look := range h.fake.looks {
		if !isText(look) || len(look) > 300 {
			t.Errorf("the guest was asked for %.40q", look)
		}
	}
}

// The client comes before every other fault of a request.
func TestTheClientComesFirst(t *testing.T) {
	h := embedded(t)
	for i, body := range []string{
		"", "grant_type=x", "grant_type=password", passwordOfM1 + "&password=x", "grant_type=refresh_token&refresh_token=x",
		passwordOfM1 + "&x=%00", "x=" + strings.Repeat("x", 1<<20),
	} {
		if w := h.post(body, as("app:wrong"), from(fmt.Sprint("192.0.2.", i))); w.Body.String() != badClient {
			t.Errorf("%.50s with a wrong secret: %s", body, w.Body)
		}
	}
	for _, body := range []string{"", "grant_type=x", passwordOfM1 + "&x=1&x=1"} {
		if w := h.post(body, unauthorized); w.Body.String() != badClient {
			t.Errorf("%.50s without a client: %s", body, w.Body)
		}
	}
	for _, body := range []string{passwordOfM1 + "&x=%00", "x=" + strings.Repeat("x", 1<<20)} {
		if w := h.post(body, unauthorized); w.Body.String() != abnormal {
			t.Errorf("%.50s, from which no client can be read: %s", body, w.Body)
		}
	}
	if h.fake.asked("authenticate") != 0 {
		t.Error("a member was asked for")
	}
}

// retryAfter is what a refusal says, in seconds.
func retryAfter(t *testing.T, header http.Header) int {
	t.Helper()
	seconds, err := strconv.Atoi(header.Get("Retry-After"))
	if err != nil || seconds < 1 {
		t.Errorf("Retry-After: %q", header.Get("Retry-After"))
	}
	return seconds
}

// Ten wrong secrets from an address, and the right one is refused there too,
// however the client's id is written.
func TestGuessingAClient(t *testing.T) {
	storetest.InTurn(t, func(t *testing.T, s *stores.Stores) {
		h := newHouse(t, s)
		for i := range 10 {
			id := []string{"app", "%61pp", "a%70%70"}[i%3]
			w := h.post(passwordOfM1, as(id+":wrong"))
			if got := w.Body.String(); got != badClient || w.Header().Get("Retry-After") != "" {
				t.Fatalf("guess %d: %s", i, got)
			}
		}
		for _, credentials := range []string{"app:wrong", "app:s3cret", "%61pp:s3cret"} {
			w := h.post(passwordOfM1, as(credentials))
			if got := w.Body.String(); w.Code != 400 || !strings.HasPrefix(got, `{"error":"invalid_client","error_description":"`) || got == badClient {
				t.Errorf("%s: %d %s", credentials, w.Code, got)
			}
			if seconds := retryAfter(t, w.Header()); seconds > 300 {
				t.Errorf("wait %d seconds", seconds)
			}
			head(t, w)
		}
		if w := h.post(passwordOfM1, from("192.0.2.77")); w.Code != 200 {
			t.Errorf("from another address: %s", w.Body)
		}
		if w := h.post(passwordOfM1, as("other:0ther")); w.Code != 200 {
			t.Errorf("another client: %s", w.Body)
		}
		defer clock.Step(5 * time.Minute)()
		if w := h.post(passwordOfM1); w.Code != 200 {
			t.Errorf("five minutes later: %s", w.Body)
		}
	})
}

// Ten wrong passwords, and the right one is refused too, however the name is
// written.
func TestGuessingAMember(t *testing.T) {
	storetest.InTurn(t, func(t *testing.T, s *stores.Stores) {
		h := newHouse(t, s)
		for i := range 10 {
			name := []string{"m1@example.com", "M1@Example.COM", "+m1@example.com+"}[i%3]
			w := h.post("grant_type=password&password=wrong&username=" + name)
			if got := w.Body.String(); got != badPassword || w.Header().Get("Retry-After") != "" {
				t.Fatalf("guess %d: %s", i, got)
			}
		}
		w := h.post(passwordOfM1)
		if got := w.Body.String(); w.Code != 400 || !strings.HasPrefix(got, `{"error":"invalid_grant","error_description":"`) || got == badPassword {
			t.Errorf("the right one: %d %s", w.Code, got)
		}
		retryAfter(t, w.Header())
		if n := h.fake.asked("authenticate"); n != 10 {
			t.Errorf("%d passwords were looked at", n)
		}
		if w := h.post(strings.ReplaceAll(passwordOfM1, "m1", "m2")); w.Code != 200 {
			t.Errorf("another member: %s", w.Body)
		}
		if w := h.post(passwordOfM1, from("192.0.2.77")); w.Code != 200 {
			t.Errorf("from another address: %s", w.Body)
		}
		defer clock.Step(5 * time.Minute)()
		h.login()
	})
}

// Whoever guesses a client's secret, or a member's password, from many addresses
// is refused, and who knows it is not, at the address where they were right before.
func TestGuessingFromEverywhere(t *testing.T) {
	few := guard.Limits{
		PerAddress: guard.Limit{Failures: 3, Window: guard.People.PerAddress.Window},
		PerAccount: guard.Limit{Failures: 6, Window: guard.People.PerAccount.Window},
	}
	passwordOfM2 := strings.ReplaceAll(passwordOfM1, "m1", "m2")
	h := embedded(t, func(token *Token) { token.ClientLimits, token.MemberLimits = few, few })
	for name, shown := range map[string]struct{ client, body, wrongClient, wrongBody string }{
		"a client's secret":   {"app:s3cret", passwordOfM1, "app:wrong", passwordOfM1},
		"a member's password": {"other:0ther", passwordOfM2, "other:0ther", passwordOfM2 + "+wrong"},
	} {
		guardtest.FromEverywhere(t, guardtest.Door{Name: name, Try: func(right bool, address string) (bool, http.Header) {
			client, body := shown.client, shown.body
			if !right {
				client, body = shown.wrongClient, shown.wrongBody
			}
			w := h.post(body, as(client), from(address))
			return w.Code == 200, w.Header()
		}})
	}
}

// The limits are options.
func TestLimitsAreOptions(t *testing.T) {
	h := embedded(t, func(token *Token) {
		token.ClientLimits.PerAddress = guard.Limit{Failures: 2, Window: guard.People.PerAddress.Window}
		token.MemberLimits.PerAddress = guard.Limit{Failures: 1, Window: guard.People.PerAddress.Window}
	})
	h.post("grant_type=password&username=m1%40example.com&password=x")
	if w := h.post(passwordOfM1); w.Header().Get("Retry-After") == "" {
		t.Errorf("the second password: %s", w.Body)
	}
	h.post("", as("app:x"))
	h.post("", as("app:x"))
	if w := h.post(passwordOfM1); w.Header().Get("Retry-After") == "" {
		t.Errorf("the third secret: %s", w.Body)
	}
}

// An outage is no guess.
func TestAnOutageIsNoGuess(t *testing.T) {
	h := embedded(t)
	h.fake.setFailure(errAway)
	for range 12 {
		if w := h.post(passwordOfM1); w.Code != 500 || w.Body.String() != serverError {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
	}
	h.fake.setFailure(nil)
	h.login()
	h.fake.setFailure(errAway) // the client is remembered, the member is asked for
	for range 12 {
		if w := h.post(passwordOfM1); w.Code != 500 || w.Body.String() != serverError {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
	}
	h.fake.setFailure(nil)
	h.login()
}

// A member or a client that is disabled is refused within five seconds.
func TestDisabledAtTheTokenEndpoint(t *testing.T) {
	h := embedded(t)
	token := h.login().RefreshToken
	h.fake.setMember(identity.Member{ID: "m1", Generation: 1, Disabled: true}, "pass m1")
	if w := h.post(passwordOfM1); w.Body.String() != badPassword {
		t.Errorf("a disabled member logs in: %s", w.Body)
	}
	if got := h.refresh(token); got.Error != "invalid_grant" {
		t.Errorf("a disabled member refreshes: %+v", got)
	}
	h.fake.disableClient("app")
	defer clock.Step(5 * time.Second)()
	if w := h.post(passwordOfM1); w.Body.String() != badClient {
		t.Errorf("a disabled client: %s", w.Body)
	}
}

// What is known of a client is looked up once in three seconds, also of one
// that nobody knows.
func TestClientsAreRemembered(t *testing.T) {
	h := embedded(t)
	for range 2 {
		h.login()
		h.post("", as("nobody:x"))
	}
	if a, n := h.fake.asked("client app"), h.fake.asked("client nobody"); a != 1 || n != 1 {
		t.Errorf("%d and %d looks", a, n)
	}
	defer clock.Step(rememberFor)()
	h.login()
	if n := h.fake.asked("client app"); n != 2 {
		t.Errorf("%d looks", n)
	}
}
