package crm

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"sekisho/caddymodules/clock"
	"sekisho/caddymodules/directory"
	"sekisho/caddymodules/stores"
	"sekisho/caddymodules/stores/storetest"
)

// showing makes a request for a page that shows a Token in one of the ways.
func showing(way, token string) *http.Request {
	target := prefix + "Get_UserPoint.aspx?user_code=" + demoCode
	if way == "parameter" {
		target += "&TOKEN=" + token
	}
	r := httptest.NewRequest(http.MethodGet, target, nil)
	switch way {
	case "form":
		r = httptest.NewRequest(http.MethodPost, target, strings.NewReader("token="+token))
		r.Header.Set("Content-Type", formBody)
	case "header":
		r.Header.Set("Token", token)
	case "ASP.NET_SessionId", ".ASPXAUTH":
		r.AddCookie(&http.Cookie{Name: way, Value: token})
	}
	return r
}

// Auth sets its Token as both cookies of ASP.NET, and every other page takes it
// from wherever a client shows it.
func TestTokenIsTakenWhereverItIsShown(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		h := newHouse(t, s)
		a := h.callFrom("", prefix, "Auth", "", "login_id", demoSystemLogin, "password", demoSystemPassword)
		want := []string{"ASP.NET_SessionId=" + a.Token + "; Path=/; HttpOnly", ".ASPXAUTH=" + a.Token + "; Path=/; HttpOnly"}
		if got := a.header["Set-Cookie"]; strings.Join(got, "|") != strings.Join(want, "|") {
			t.Errorf("the cookies are %q, want %q", got, want)
		}
		for _, way := range []string{"parameter", "form", "header", "ASP.NET_SessionId", ".ASPXAUTH"} {
			h.send(showing(way, a.Token)).want(t, way, "0")
			h.send(showing(way, strings.Repeat("0", 40))).want(t, "a wrong one as "+way, "-8098")
			h.send(showing(way, a.Token[1:])).want(t, "a short one as "+way, "-8098")
		}
		h.send(showing("nowhere", a.Token)).want(t, "none", "-8098")

		both := showing("header", a.Token)
		both.AddCookie(&http.Cookie{Name: "ASP.NET_SessionId", Value: "of-another-server"})
		h.send(both).want(t, "a right one beside a wrong one", "0")
		stale := showing("nowhere", "")
		stale.Header.Set("Cookie", "asp.net_sessionid=stale; ASP.NET_SessionId=older; .aspxauth="+a.Token)
		h.send(stale).want(t, "a right cookie behind stale ones, in another letter case", "0")
	})
}

// A wrong password sets no cookie.
func TestRefusedAuthSetsNoCookie(t *testing.T) {
	h := newHouse(t, storetest.Open(t, storetest.Embedded))
	a := h.callFrom("", prefix, "Auth", "", "login_id", demoSystemLogin, "password", "wrong")
	if a.header.Get("Cache-Control") != "no-store" {
		t.Errorf("Cache-Control is %q", a.header.Get("Cache-Control"))
	}
	if a.code != "-2" || a.header["Set-Cookie"] != nil {
		t.Errorf("%s with cookies %q", a.body, a.header["Set-Cookie"])
	}
}

// A session lasts 60 minutes after its last use, whatever the use.
func TestSessionSlides(t *testing.T) { // steps the clock: not parallel
	for _, combination := range storetest.Combinations {
		t.Run(combination, func(t *testing.T) {
			h := newHouse(t, storetest.Open(t, combination))
			for range 3 {
				defer clock.Step(59 * time.Minute)()
				h.call("Get_UserPoint", "user_code", demoCode).want(t, "within the hour", "0")
			}
			defer clock.Step(60*time.Minute + slideEvery + time.Second)()
			h.call("Get_UserPoint", "user_code", demoCode).want(t, "after an hour", "-8098")
		})
	}
}

// A login that is disabled, or has another password, has no session any more once
// what was known of it is forgotten. What it may is known at once.
func TestSessionEndsWithItsLogin(t *testing.T) { // steps the clock: not parallel
	for _, combination := range storetest.Combinations {
		t.Run(combination, func(t *testing.T) {
			h := newHouse(t, storetest.Open(t, combination))
			ctx := t.Context()
			h.call("Get_UserPoint", "user_code", demoCode).want(t, "to begin with", "0")
			if _, err := h.store.switchSystemLogin(ctx, demoSystemLogin, true); err != nil {
				t.Fatal(err)
			}
			h.callFrom("", prefix, "Auth", "", "login_id", demoSystemLogin, "password", demoSystemPassword).want(t, "Auth, disabled", "-2")
			defer clock.Step(directory.RememberFor)()
			h.call("Get_UserPoint", "user_code", demoCode).want(t, "disabled", "-8098")
			if _, err := h.store.switchSystemLogin(ctx, demoSystemLogin, false); err != nil {
				t.Fatal(err)
			}
			h.call("Get_UserPoint", "user_code", demoCode).want(t, "enabled, with a session from before", "-8098")
			h.token = h.auth(prefix, demoSystemLogin, demoSystemPassword)
			h.call("Get_UserPoint", "user_code", demoCode).want(t, "enabled", "0")

			defer clock.Step(directory.RememberFor)()
			h.call("Get_UserPoint", "user_code", demoCode).want(t, "remembered anew", "0")
			if _, err := h.store.rotateSystemLogin(ctx, demoSystemLogin, h.hash("another")); err != nil {
				t.Fatal(err)
			}
			h.callFrom("", prefix, "Auth", "", "login_id", demoSystemLogin, "password", demoSystemPassword).want(t, "Auth, old password", "-2")
			before := h.token
			h.token = h.auth(prefix, demoSystemLogin, "another")
			h.call("Get_UserPoint", "user_code", demoCode).want(t, "another password, a new session", "0")
			defer clock.Step(directory.RememberFor)()
			h.token = before
			h.call("Get_UserPoint", "user_code", demoCode).want(t, "another password, a session from before", "-8098")
		})
	}
}

// An old hash of a system password opens the door, and is hashed anew.
func TestSystemPasswordIsHashedAnew(t *testing.T) {
	h := newHouse(t, storetest.Open(t, storetest.Embedded))
	if _, err := h.store.rotateSystemLogin(t.Context(), demoSystemLogin, "{plain}old-one"); err != nil {
		t.Fatal(err)
	}
	h.auth(prefix, demoSystemLogin, "old-one")
	login, err := h.store.systemLogin(t.Context(), demoSystemLogin)
	if err != nil || !strings.HasPrefix(login.PassHash, "$argon2id$") {
		t.Errorf("the hash is of another form (%v)", err)
	}
	h.auth(prefix, demoSystemLogin, "old-one")
}
