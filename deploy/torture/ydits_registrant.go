package main

import (
	"encoding/json"
	"fmt"
)

// registrant is a program whose users sign up, register software and use it.
type registrant struct {
	*registry
	c, beside *caller // two of its machines, which may call at once
	own       []*softUser
}

const (
	mostSoftUsers = 12 // that one client acts for
	mostGuesses   = 20 // at one user: too many would lock out who comes from a new address
)

func (p *registrant) act(random randomness) {
	if len(p.own) == 0 {
		p.signUp()
		return
	}
	u := p.own[random.IntN(len(p.own))]
	switch n := random.IntN(200); {
	case n < 2 && len(p.own) < mostSoftUsers:
		p.signUp()
	case n < 4:
		p.inquire(u)
	case n < 8:
		p.issue(u)
	case n < 20 || len(u.names) == 0:
		p.register(u, p.softname(), p.key())
	case n < 24:
		p.registerAgain(u, random.IntN(2) == 0)
	case n < 28:
		p.registerAtOnce(u)
	case n < 29:
		p.guess(u)
	default:
		p.use(u, u.names[random.IntN(len(u.names))])
	}
}

func (p *registrant) softname() string { return fmt.Sprint("Soft", p.numbers.next()) }

func (p *registrant) key() string { return fmt.Sprintf("own-key-%d-%d", p.c.number, p.numbers.next()) }

// signUp signs a user up. A second try is refused where the first has done it.
func (p *registrant) signUp() {
	number := p.numbers.next()
	u := &softUser{mail: fmt.Sprintf("torture%d@example.com", number), name: fmt.Sprint("関所 ", number), softs: map[string]string{}}
	_, v, tries := p.c.untilSignedUp(softCall("regist", "regist.php?g=false", yditsSignedUp, "name", u.name, "mail", u.mail, "pass", yditsPass))
	switch {
	case v == refused && tries == 0:
		p.strange("%s, whom nobody signed up, is refused", u.mail)
		return
	case v != done && v != refused:
		return
	}
	if u.uuid = p.inquire(u); u.uuid == "" {
		return
	}
	p.own = append(p.own, u)
	p.mu.Lock()
	p.told[u.mail] = u
	p.mu.Unlock()
}

// inquire logs in, and gives the uuid, which stays what it is.
func (p *registrant) inquire(u *softUser) (uuid string) {
	a, _, ok := p.c.must(softCall("inquiry", "inquiry.php?g=false", yditsInquired, "mail", u.mail, "pass", yditsPass))
	if !ok {
		return ""
	}
	var said struct {
		UserData struct{ UUID, Mail, Name string }
	}
	_ = json.Unmarshal(a.body, &said)
	if is := said.UserData; is.UUID == "" || is.Mail != u.mail || is.Name != u.name || u.uuid != "" && is.UUID != u.uuid {
		p.c.w.found.of("ydits").lost("%+v is answered %s", *u, a)
	}
	return said.UserData.UUID
}

// issue has a key made, and registers software under it.
func (p *registrant) issue(u *softUser) {
	a, _, ok := p.c.must(softCall("issue", "auth.php?step=1", yditsIssued, "mail", u.mail, "pass", yditsPass))
	if !ok {
		return
	}
	var said struct{ UUID, Key string }
	_ = json.Unmarshal(a.body, &said)
	if said.UUID != u.uuid || len(said.Key) < 32 {
		p.strange("issue for %s was answered %s", u.mail, a)
		return
	}
	p.register(u, p.softname(), said.Key)
}

// register registers software. A second try is refused where the first has done
// it, which the key tells.
func (p *registrant) register(u *softUser, softname, key string) {
	_, v, tries := p.c.until(registering(u, softname, key))
	switch {
	case v == done || v == refused && tries > 0 && p.opens(u, key):
		u.keep(softname, key)
	case v == refused:
		p.strange("%s of %s, new, is refused after %d tries", softname, u.mail, tries)
	}
}

func registering(u *softUser, softname, key string) call {
	return softCall("register", "auth.php?step=2", yditsRegistered, "uuid", u.uuid, "softname", softname, "key", key)
}

func (u *softUser) keep(softname, key string) {
	u.softs[softname] = key
	u.names = append(u.names, softname)
}

// registerAgain asks for a softname, or a key, that the user has: refused, and
// everything stays as it was.
func (p *registrant) registerAgain(u *softUser, sameKey bool) {
	softname := u.names[len(u.names)-1]
	k := registering(u, softname, p.key())
	if sameKey {
		k = registering(u, p.softname(), u.softs[softname])
	}
	if _, v, _ := p.c.until(k); v == done {
		p.c.w.found.of("ydits").doubled("%s of %s is registered a second time", softname, u.mail)
	}
	p.use(u, softname)
}

// registerAtOnce registers one softname under two keys at once: one of them is.
func (p *registrant) registerAtOnce(u *softUser) {
	softname, keys := p.softname(), [2]string{p.key(), p.key()}
	calls := [2]call{registering(u, softname, keys[0]), registering(u, softname, keys[1])}
	_, _, v, w := both(p.c, p.beside, calls[0], calls[1])
	sides := [2]verdict{v, w}
	for i, v := range sides {
		if v == strange {
			return
		}
		if v != done && v != refused { // it may have been done
			if _, v, _ = p.c.until(calls[i]); v == refused && p.opens(u, keys[i]) {
				v = done
			}
		}
		sides[i] = v
	}
	switch {
	case sides[0] == done && sides[1] == done:
		p.c.w.found.of("ydits").doubled("%s of %s is registered under two keys", softname, u.mail)
	case sides[0] == done:
		u.keep(softname, keys[0])
	case sides[1] == done:
		u.keep(softname, keys[1])
	default:
		p.strange("%s of %s, asked for twice at once, is refused twice", softname, u.mail)
	}
}

// use authenticates a software with its key.
func (p *registrant) use(u *softUser, softname string) {
	if _, v, _ := p.c.until(authenticating(u.uuid, u.softs[softname])); v == refused {
		p.c.w.found.of("ydits").lost("the key of %s, registered by %s, is refused", softname, u.mail)
	}
}

func (p *registrant) opens(u *softUser, key string) bool {
	_, v, _ := p.c.until(authenticating(u.uuid, key))
	return v == done
}

// guess is a stranger with a key that nobody has.
func (p *registrant) guess(u *softUser) {
	if u.guessed++; u.guessed > mostGuesses {
		return
	}
	stranger := ownMachine(p.c)
	defer stranger.http.CloseIdleConnections()
	if _, v := stranger.once(authenticating(u.uuid, p.key())); v == done {
		p.strange("a key that %s never registered is taken", u.mail)
	}
}

func (p *registrant) strange(format string, args ...any) {
	p.c.w.found.of("ydits").strange(format, args...)
}
