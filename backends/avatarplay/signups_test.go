package avatarplay

import (
	"errors"
	"fmt"
	"net/http"
	"testing"

	"sekisho/caddymodules/stores/storetest"
)

// threeOfEach are limits that are soon reached.
const threeOfEach = "sign_ups 3 1h\nguests 3 1h\nfittings 3 1h\nconnects 3 1h"

// signingUp is a sign-up at the dress-up site, whatever becomes of it.
func (h *house) signingUp(login string) answered {
	h.t.Helper()
	return h.visitor().submit(pathSignUp, "login", login, "nickname", "ゆき", "password", "12345678")
}

// dresser is a person who signed up elsewhere, and an item that they own.
func (h *house) dresser() (v *visitor, item string) {
	h.t.Helper()
	v = h.visitor()
	v.address = "198.51.100.7"
	v.signUp("yuki")
	for _, i := range h.closet.itemOrder {
		if i.Free && i.Part == "accessory" {
			return v, id(i.ID)
		}
	}
	h.t.Fatal("the starter catalogue has no free accessory")
	return nil, ""
}

// wantLeft tries as often as is left to, and is refused the next time.
func wantLeft(t *testing.T, what string, left int, try func() answered) {
	t.Helper()
	for range left {
		if a := try(); a.status != http.StatusOK && a.status != http.StatusSeeOther {
			t.Errorf("%s: %d %.300s", what, a.status, a.body)
		}
	}
	if a := try(); a.status != http.StatusTooManyRequests || a.header.Get("Retry-After") == "" {
		t.Errorf("%s, once too often: %d %.300s", what, a.status, a.body)
	}
}

// A failure of ours is no sign-up, nor anything else that is counted: however often
// somebody tries while the database does not answer, as much is left to them when
// it does.
func TestAnOutageIsNoSignUp(t *testing.T) {
	h := newHouse(t, storetest.Open(t, storetest.Embedded))
	h.handler = gateway(t, h.stores, threeOfEach)
	v, item := h.dresser()
	l, people := demoLink(), 0
	for what, c := range map[string]struct {
		table string
		try   func() answered
	}{
		"a sign-up": {"avatarplay_people", func() answered { people++; return h.signingUp(fmt.Sprint("person", people)) }},
		"a guest":   {"avatarplay_avatars", func() answered { return h.post("Guest") }},
		"an item":   {"avatarplay_owned", func() answered { return v.submitByScript(pathTry, "item", item) }},
		"a ConnectUrl": {"sekisho_sessions", func() answered {
			return h.get("ConnectUrl", "codeChallenge", l.challenge(), "redirectUri", l.redirectURI, "scope", l.scope)
		}},
	} {
		h.change("ALTER TABLE " + c.table + " RENAME TO away")
		for range 10 {
			if a := c.try(); a.status != http.StatusInternalServerError {
				t.Errorf("%s without its table: %d %.300s", what, a.status, a.body)
			}
		}
		h.change("ALTER TABLE away RENAME TO " + c.table)
		wantLeft(t, what, 3, c.try)
	}
}

// What is refused counts, and so does what was done for who does not wait for the
// answer.
func TestWhatACallerBringsAboutCounts(t *testing.T) {
	h := newHouse(t, storetest.Open(t, storetest.Embedded))
	h.handler = gateway(t, h.stores, threeOfEach)
	v, item := h.dresser()

	for range 2 {
		if a := h.signingUp("yuki"); a.status != http.StatusConflict {
			t.Errorf("a taken login: %d", a.status)
		}
	}
	wantLeft(t, "a sign-up", 1, func() answered { return h.signingUp("hana") })

	if a := v.submitByScript(pathTry, "item", id(h.locked("", 1)[0])); a.status != http.StatusForbidden {
		t.Errorf("an item that is not theirs: %d %s", a.status, a.body)
	}
	working := h.handler
	h.handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			if cause := recover(); cause != http.ErrAbortHandler {
				t.Errorf("an answer that nobody took ended with %v", cause)
			}
		}()
		working.ServeHTTP(gone{w}, r)
	})
	v.submitByScript(pathTry, "item", item)
	h.handler = working
	wantLeft(t, "an item", 1, func() answered { return v.submitByScript(pathTry, "item", item) })
}

// gone is a client that hung up.
type gone struct{ http.ResponseWriter }

func (gone) Write([]byte) (int, error) { return 0, errors.New("broken pipe") }
