package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"regexp"
	"strings"
	"time"
)

// demoApp is what the demo's app shows of itself.
var demoApp = "Basic " + base64.StdEncoding.EncodeToString([]byte("demo-client:demo-secret"))

const (
	// surelyOver is after what time a token that was changed for another one is
	// unknown everywhere: gateways remember it for three seconds.
	surelyOver = 5 * time.Second

	// surelyGrace is for how long a refresh token whose answer was lost is surely
	// answered again. After a minute it is no more.
	surelyGrace = 50 * time.Second
)

// login is a member who is logged in, as an app that keeps a pair of tokens.
type login struct {
	room *cloakroom
	c    *caller
	who  member

	name            string // of the account
	access, refresh string
	over            string // the access token before this one
	since           time.Time
}

func (room *cloakroom) login(c *caller, who member) *login {
	l := &login{room: room, c: c, who: who, name: who.name}
	room.mu.Lock()
	defer room.mu.Unlock()
	room.logins = append(room.logins, l)
	return l
}

// isIn logs in where that is not done yet.
func (l *login) isIn() bool {
	if l.access != "" {
		return true
	}
	form := url.Values{"grant_type": {"password"}, "username": {l.who.mail}, "password": {l.who.password}}
	a, v, _ := l.c.until(tokenCall("token_password", l.who.mail, form))
	if v == refused {
		l.room.result().strange("member %s may not log in: %s", l.who.mail, a)
	}
	return v == done && l.take(a)
}

// change changes the pair for a new one. A change whose answer was lost is made
// again with the same refresh token, and gives the pair that it gave.
func (l *login) change() {
	begun := time.Now()
	a, v, _ := l.c.until(l.refreshing())
	switch {
	case v == refused:
		l.loggedOut(begun, a)
	case v == done:
		l.take(a)
	}
}

// changeAndLose is change by an app that lost the answer, and asks once more.
func (l *login) changeAndLose() {
	begun := time.Now()
	first, v, _ := l.c.until(l.refreshing())
	if v != done {
		return // change finds out
	}
	again, v, _ := l.c.until(l.refreshing())
	switch one, other := pairIn(first), pairIn(again); {
	case v == refused:
		l.loggedOut(begun, again)
	case v == done && (one.Access != other.Access || one.Refresh != other.Refresh):
		l.room.result().doubled("a refresh token of %s gave two pairs within its grace", l.who.mail)
		l.take(again)
	case v == done:
		l.take(again)
	}
}

// loggedOut notes that a refresh token that was first shown at begun is refused. The
// client logs in anew.
func (l *login) loggedOut(begun time.Time, a answer) {
	l.access, l.over = "", ""
	if time.Since(begun) < surelyGrace && !l.room.w.clockSetSince(begun) {
		l.room.result().lost("member %s was logged out: %s", l.who.mail, a)
	}
}

// heedsClock is more than the time that a gateway takes to follow its clock.
const heedsClock = time.Second

// clockSetSince says whether the only clock by which this world reckons was set
// since a moment. Ten minutes may have passed by it then, and with them the grace.
// On servers it is Redis that reckons.
func (w *world) clockSetSince(moment time.Time) bool {
	if w.kind == onServers {
		return false
	}
	set, err := os.Stat(w.gateways[0].clockFile())
	return err == nil && set.ModTime().After(moment.Add(-heedsClock))
}

func (l *login) refreshing() call {
	return tokenCall("token_refresh", l.who.mail, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {l.refresh}})
}

func tokenCall(operation, about string, form url.Values) call {
	k := posting(operation, about, "auth/token", form)
	k.header = append(k.header, "Authorization", demoApp)
	return k
}

// tokenPair is a pair of tokens as the API gives it.
type tokenPair struct {
	Access  string `json:"access_token"`
	Refresh string `json:"refresh_token"`
}

var tokenAnswer = regexp.MustCompile(`^\{"access_token":"[\w-]{55,}","token_type":"bearer","expires_in":\d{4},"refresh_token":"[0-9a-f]{32}"\}\n?$`)

func pairIn(a answer) (p tokenPair) {
	if tokenAnswer.Match(a.body) {
		_ = json.Unmarshal(a.body, &p) // it has the form
	}
	return p
}

// take keeps the pair of an answer.
func (l *login) take(a answer) bool {
	p := pairIn(a)
	if p.Access == "" {
		l.room.result().strange("the pair of %s is answered %d bytes of another form", l.who.mail, len(a.body))
		return false
	}
	if p.Access != l.access {
		l.over, l.since = l.access, time.Now()
	}
	l.access, l.refresh = p.Access, p.Refresh
	return true
}

// as is a call by this member.
func (l *login) as(k call) call {
	k.header = append([]string{"Authorization", "Bearer " + l.access}, k.header...)
	return k
}

// until makes a call as this member until it is answered. One whose token is not
// known has been noted as strange, and goes on with a new login.
func (l *login) until(k call) (a answer, v verdict) {
	a, v, _ = l.c.until(l.as(k))
	if a.status == 401 {
		l.access, l.over = "", ""
	}
	return a, v
}

// showOver shows the access token before this one, which opens nothing any more.
func (l *login) showOver() {
	if l.over == "" || time.Since(l.since) < surelyOver {
		return
	}
	k := getting("account_show", l.who.mail+" with an old token", "account", nil)
	k.header = []string{"Authorization", "Bearer " + l.over}
	k.judge = func(a answer) verdict {
		if a.status == 401 && strings.HasPrefix(string(a.body), `{"error":"invalid_token"`) {
			return done
		}
		if a.status == 200 {
			return refused // in what this is about: it is not over
		}
		return judgeCloak(a)
	}
	if _, v, _ := l.c.until(k); v == refused {
		l.room.result().strange("an access token of %s opens the account %s after it was changed", l.who.mail, time.Since(l.since).Round(time.Millisecond))
	}
	l.over = ""
}

// owner is a member's app that does much with tokens and with the account.
type owner struct {
	*login
	follows map[string]followed // by cloak
}

// followed says whether a cloak is followed.
type followed int

const (
	follows followed = iota
	followsNot
	followsMaybe // the cloak was gone when this was asked for again
)

func (room *cloakroom) owner(c *caller, who member) *owner {
	o := &owner{login: room.login(c, who), follows: map[string]followed{}}
	room.owners = append(room.owners, o)
	return o
}

func (o *owner) act(random randomness) {
	if !o.isIn() {
		return
	}
	switch n := random.IntN(20); {
	case n < 6:
		o.change()
	case n < 8:
		o.changeAndLose()
	case n < 10:
		o.showOver()
	case n < 12:
		o.rename()
	case n < 15:
		o.follow(o.room.aPhoto(random))
	default:
		o.showAccount()
	}
}

func (o *owner) rename() {
	name := fmt.Sprintf("関所 %d", o.room.numbers.next())
	if _, v := o.until(posting("account_update", o.who.mail, "account/update", url.Values{"an": {name}})); v == done {
		o.name = name
	}
}

// showAccount reads what this member wrote last.
func (l *login) showAccount() {
	a, v := l.until(getting("account_show", l.who.mail, "account", nil))
	want := fmt.Sprintf(`{"AccountName":%q,"Email":%q,"MaxCloakCount":"1000000"}`, l.name, l.who.mail)
	if v == strange { // noted already
		return
	}
	if v != done || strings.TrimSpace(string(a.body)) != want {
		l.room.result().lost("the account of %s is shown as %s; want %s", l.who.mail, a, want)
	}
}

// follow follows a cloak of somebody else's, or does not any more.
func (o *owner) follow(p *toldPhoto) {
	if p == nil {
		return
	}
	c := p.cloak
	before, known := o.follows[c.id]
	if known && before == follows {
		a, v := o.until(posting("mycloaks_delfollow", c.id, "mycloaks/delfollow", url.Values{"ci": {c.id}}))
		switch {
		case v == done, refusedAs(a, "notacceptable_cloak"): // which one before it may have done
			o.follows[c.id] = followsNot
		case c.ending.Load():
			o.follows[c.id] = followsMaybe
		case v == refused:
			o.room.result().lost("cloak %s cannot be unfollowed: %s", c.id, a)
		}
		return
	}
	a, v := o.until(posting("mycloaks_addfollow", c.id, "mycloaks/addfollow", url.Values{"ci": {c.id}}))
	switch {
	case v == done:
		o.follows[c.id] = follows
	case c.ending.Load():
		o.follows[c.id] = followsMaybe
	case v == refused:
		o.room.result().lost("cloak %s cannot be followed: %s", c.id, a)
	}
}
