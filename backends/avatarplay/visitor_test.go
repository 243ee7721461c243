package avatarplay

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"sekisho/caddymodules/clock"
)

// visitor is a person with a browser without a script.
type visitor struct {
	h       *house
	address string
	cookie  string
	csrf    string
}

func (h *house) visitor() *visitor { return &visitor{h: h} }

var csrfField = regexp.MustCompile(`name="csrf" value="([0-9a-f]+)"`)

// open asks for a page.
func (v *visitor) open(path string) answered {
	v.h.t.Helper()
	return v.send(httptest.NewRequest(http.MethodGet, path, nil))
}

// submit posts a form, with the token that the last page held.
func (v *visitor) submit(path string, pairs ...string) answered {
	v.h.t.Helper()
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(form(append(pairs, "csrf", v.csrf)...)))
	r.Header.Set("Content-Type", formBody)
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return v.send(r)
}

func (v *visitor) send(r *http.Request) answered {
	v.h.t.Helper()
	if v.cookie != "" {
		r.AddCookie(&http.Cookie{Name: "fit_session", Value: v.cookie})
	}
	if v.address != "" {
		r.RemoteAddr = v.address + ":5000"
	}
	a := v.h.send(r)
	for _, cookie := range (&http.Response{Header: a.header}).Cookies() {
		v.cookie = cookie.Value
	}
	if found := csrfField.FindStringSubmatch(a.body); found != nil {
		v.csrf = found[1]
	}
	return a
}

// leads fails the test where an answer does not redirect to a path.
func (a answered) leads(t testing.TB, what, to string) {
	t.Helper()
	if got := a.header.Get("Location"); a.status != http.StatusSeeOther || got != to {
		t.Fatalf("%s: %d leads to %q, want %q: %.300s", what, a.status, got, to, a.body)
	}
}

// signUp opens an account, and the page that follows.
func (v *visitor) signUp(login string) {
	v.h.t.Helper()
	v.submit(pathSignUp, "login", login, "nickname", "ゆき", "password", "password-of-"+login).leads(v.h.t, "signing up", pathDress)
	v.open(pathDress)
}

// linking is one linking as an app does it.
type linking struct {
	key, appID, redirectURI, scope, requestDate, verifier string
}

// demoLink is a linking of the demo's app.
func demoLink() linking {
	return linking{
		key: demoKey, appID: id(demoApp), redirectURI: demoRedirects[0], scope: "AvatarLoad,ItemGrant",
		requestDate: id(clock.Now().Unix()), verifier: "4hmLHty5K6P",
	}
}

// challenge is what the document tells apps to compute.
func (l linking) challenge() string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s:grant_token:%s:%s:%s:%s:%s", l.appID, l.redirectURI, l.scope, l.requestDate, l.key, l.verifier))
	return hex.EncodeToString(sum[:])
}

// connect asks for the URL to send a person to, and gives its path and query and
// its ticket.
func (h *house) connect(l linking, pairs ...string) (path, ticket string) {
	h.t.Helper()
	var answer urlAnswer
	h.as(l.key, http.MethodGet, "ConnectUrl", append([]string{
		"codeChallenge", l.challenge(), "redirectUri", l.redirectURI, "scope", l.scope,
	}, pairs...)...).into(h.t, "ConnectUrl", &answer)
	led, err := url.Parse(answer.URL)
	if err != nil || !strings.HasPrefix(answer.URL, "http://example.com/fit/lp?ticket=") {
		h.t.Fatalf("ConnectUrl gives %s", answer.URL)
	}
	return led.RequestURI(), led.Query().Get("ticket")
}

// consent has a person who is signed in answer a ticket with 許諾する, and gives the
// grant token.
func (v *visitor) consent(ticket string) string {
	v.h.t.Helper()
	v.open(pathConsent + "?ticket=" + ticket)
	a := v.submit(pathConsent, "ticket", ticket, "answer", "allow")
	back, err := url.Parse(a.header.Get("Location"))
	token := ""
	if err == nil {
		token = back.Query().Get("token")
	}
	if a.status != http.StatusSeeOther || token == "" {
		v.h.t.Fatalf("consent: %d leads to %q: %.300s", a.status, a.header.Get("Location"), a.body)
	}
	return token
}

// redeem calls AccessToken.
func (h *house) redeem(l linking, token string) answered {
	h.t.Helper()
	return h.as(l.key, http.MethodPost, "AccessToken", "codeVerifier", l.verifier, "redirectUri", l.redirectURI,
		"requestDate", l.requestDate, "scope", l.scope, "token", token)
}

// linked links a person who is signed in to an app, and gives the avatar id.
func (v *visitor) linked(l linking, pairs ...string) int64 {
	v.h.t.Helper()
	_, ticket := v.h.connect(l, pairs...)
	var answer accessTokenAnswer
	v.h.redeem(l, v.consent(ticket)).into(v.h.t, "AccessToken", &answer)
	return answer.AvatarID
}
