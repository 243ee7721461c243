package avatarplay

import (
	"net/http"
	"testing"

	"sekisho/caddymodules/guard/guardtest"
	"sekisho/caddymodules/stores"
	"sekisho/caddymodules/stores/storetest"
)

// Each door that takes a secret lets so many guesses in and no more; whoever
// knows the secret passes.
func TestGuessing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		h := newHouse(t, s, "token_guesses 5 5m")
		v := h.visitor()
		v.signUp("yuki")
		l := demoLink()
		_, ticket := h.connect(l)
		token := v.consent(ticket)
		for range 5 {
			h.redeem(l, "no-token").want(t, "a wrong token", 400, "invalid_grant")
		}
		refused := h.redeem(l, "no-token")
		refused.want(t, "one guess too many", 429, "rateLimitExceeded")
		if refused.header.Get("Retry-After") == "" {
			t.Error("without Retry-After")
		}
		h.redeem(l, token).want(t, "the right token", 200, "")

		_, right := h.connect(l)
		for range 5 {
			if a := v.open(pathConsent + "?ticket=wrong"); a.status != http.StatusGone {
				t.Errorf("a wrong ticket: %d", a.status)
			}
		}
		if a := v.open(pathConsent + "?ticket=wrong"); a.status != http.StatusTooManyRequests || a.header.Get("Retry-After") == "" {
			t.Errorf("one wrong ticket too many: %d", a.status)
		}
		if a := v.open(pathConsent + "?ticket=" + right); a.status != http.StatusOK {
			t.Errorf("the right ticket: %d", a.status)
		}
	})
}

// Ten wrong passwords, and that address waits; the person at another one does
// not. A login that nobody has is refused alike.
func TestGuessingPasswords(t *testing.T) {
	h := newHouse(t, storetest.Open(t, storetest.Embedded))
	h.visitor().signUp("yuki")
	for _, login := range []string{"yuki", "nobody-has-this"} {
		thief := &visitor{h: h, address: "203.0.113.5"}
		for range 10 {
			if a := thief.submit(pathSignIn, "login", login, "password", "wrong-password"); a.status != http.StatusForbidden {
				t.Fatalf("%s: a wrong password: %d", login, a.status)
			}
		}
		if a := thief.submit(pathSignIn, "login", login, "password", "password-of-yuki"); a.status != http.StatusTooManyRequests {
			t.Errorf("%s: the eleventh: %d", login, a.status)
		}
	}
	owner := &visitor{h: h, address: "198.51.100.7"}
	owner.submit(pathSignIn, "login", "YUKI", "password", "password-of-yuki").leads(t, "the person", pathDress)
}

func TestSignUpsAreLimited(t *testing.T) {
	h := newHouse(t, storetest.Open(t, storetest.Embedded))
	h.handler = gateway(t, h.stores, "sign_ups 2 1h\nguests 3 1h")
	for i := range 2 {
		v := h.visitor()
		v.signUp("person" + id(int64(i)))
	}
	v := h.visitor()
	a := v.submit(pathSignUp, "login", "person3", "nickname", "x", "password", "12345678")
	if a.status != http.StatusTooManyRequests || a.header.Get("Retry-After") == "" {
		t.Errorf("the third sign-up: %d", a.status)
	}
	v.address = "198.51.100.7"
	v.submit(pathSignUp, "login", "person3", "nickname", "x", "password", "12345678").leads(t, "from elsewhere", pathDress)

	for range 3 {
		h.guest()
	}
	h.post("Guest").want(t, "the fourth guest", 429, "rateLimitExceeded")
}

// A person who tries on without end has to wait; others do not, and saving and
// signing out are always possible.
func TestFittingsAreLimited(t *testing.T) {
	h := newHouse(t, storetest.Open(t, storetest.Embedded))
	h.handler = gateway(t, h.stores, "fittings 3 10m", "sign_ups 100 1h")
	v, other := h.visitor(), h.visitor()
	v.signUp("yuki")
	other.signUp("hana")
	for range 3 {
		v.state(pathUndo)
	}
	a := v.submitByScript(pathUndo)
	if a.status != http.StatusTooManyRequests || a.header.Get("Retry-After") == "" {
		t.Errorf("once too often: %d %s", a.status, a.body)
	}
	v.state(pathSave)
	other.state(pathUndo)
}

// An app gets so many tickets and no more; another app has its own.
func TestConnectsAreLimited(t *testing.T) {
	h := newHouse(t, storetest.Open(t, storetest.Embedded))
	h.handler = gateway(t, h.stores, "connects 2 1h")
	for range 2 {
		h.connect(demoLink())
	}
	l := demoLink()
	h.get("ConnectUrl", "codeChallenge", l.challenge(), "redirectUri", l.redirectURI, "scope", l.scope).
		want(t, "once too often", 429, "rateLimitExceeded")
	h.as(otherKey, http.MethodGet, "ConnectUrl", "codeChallenge", l.challenge(), "redirectUri", "https://other.example/back", "scope", "AvatarLoad").
		want(t, "another app", 200, "")
}

// Whoever guesses at one login from many addresses is refused, and the person at
// their usual one is not.
func TestGuessingAPersonFromEverywhere(t *testing.T) {
	h := newHouse(t, storetest.Open(t, storetest.Embedded), guardtest.Few)
	h.visitor().signUp("yuki")
	guardtest.FromEverywhere(t, guardtest.Door{Name: "the dress-up site", Try: func(right bool, from string) (bool, http.Header) {
		password := map[bool]string{true: "password-of-yuki", false: "wrong-password"}[right]
		a := (&visitor{h: h, address: from}).submit(pathSignIn, "login", "Yuki", "password", password)
		return a.status == http.StatusSeeOther, a.header
	}})
}

// A failure of ours is no guess: however often a person tries while their row
// cannot be read, they get in when it can.
func TestAnOutageIsNoGuess(t *testing.T) {
	h := newHouse(t, storetest.Open(t, storetest.Embedded))
	h.visitor().signUp("yuki")
	h.change("UPDATE avatarplay_people SET pass_hash = 'no hash' || pass_hash")
	signIn := func() answered {
		return h.visitor().submit(pathSignIn, "login", "yuki", "password", "password-of-yuki")
	}
	for range 12 {
		if a := signIn(); a.status != http.StatusInternalServerError {
			t.Errorf("without their row: %d", a.status)
		}
	}
	h.change("UPDATE avatarplay_people SET pass_hash = REPLACE(pass_hash, 'no hash', '')")
	signIn().leads(t, "after an outage", pathDress)
}
