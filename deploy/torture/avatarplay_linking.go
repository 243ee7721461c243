package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"os"
	"strconv"
	"strings"
	"time"
)

// fitLinking is one linking, as the app that began it sees it.
type fitLinking struct {
	of             *partner
	guest          *guestAvatar // whose things are to pass to the person; nil for none
	begun          time.Time
	date, verifier string
	ticket         string
}

const linkingScope = "AvatarLoad,ItemGrant"

// link links a person to an app, or has them refuse. Half of those who were never
// linked bring a guest along.
func (f *fitVisitor) link(of *partner, random randomness) {
	link := f.who.links[of]
	var guest *guestAvatar
	if link.avatar == "" && !link.unsure && random.IntN(2) == 0 {
		guest = f.guestToBring(of, random)
	}
	l, ok := f.connect(of, guest)
	if !ok {
		return
	}
	a, _, ok := f.who.browser.must(opening("fit_consent_page", "/fit/consent?ticket="+l.ticket))
	if !ok {
		return
	}
	f.who.readCSRF(a)
	if random.IntN(6) == 0 {
		f.deny(l)
		return
	}
	if token := f.consent(l, link); token != "" {
		f.redeem(l, link, token, random)
	}
}

// guestToBring makes a guest that has something.
func (f *fitVisitor) guestToBring(of *partner, random randomness) *guestAvatar {
	guest := f.makeGuest(of)
	if guest == nil {
		return nil
	}
	item := f.locked[random.IntN(len(f.locked))]
	f.grant(of, guest.id, guest.granted, item)
	now, ok := f.dress(of, guest.id, item)
	if guest.shown, guest.orphan = now.moving(), !ok; !ok {
		return nil
	}
	return guest
}

// connect begins a linking. Its date may be off by more than gateways' clocks are
// here.
func (f *fitVisitor) connect(of *partner, guest *guestAvatar) (l *fitLinking, ok bool) {
	l = &fitLinking{of: of, guest: guest, begun: time.Now(), verifier: "4hmLHty5K6P"}
	l.date = strconv.FormatInt(l.begun.Add(-20*time.Minute).Unix(), 10)
	challenge := sha256.Sum256([]byte(strings.Join([]string{of.id, "grant_token", partnersBack, linkingScope, l.date, of.key, l.verifier}, ":")))
	parameters := []string{"codeChallenge", hex.EncodeToString(challenge[:]), "redirectUri", partnersBack, "scope", linkingScope}
	if guest != nil {
		parameters = append(parameters, "avatarId", guest.id)
	}
	a, _, ok := f.c.must(f.asking(of, "connect_url", "GET", "ConnectUrl", parameters...))
	var said struct{ URL string }
	_ = json.Unmarshal(a.body, &said)
	_, l.ticket, _ = strings.Cut(said.URL, "/fit/lp?ticket=")
	return l, ok
}

// deny answers 許諾しない: the ticket is dead then.
func (f *fitVisitor) deny(l *fitLinking) {
	a, v, tries := f.who.browser.until(f.who.submitting("fit_consent", "/fit/consent", "ticket", l.ticket, "answer", "deny"))
	if v == refused && tries == 0 || v == done && a.header.Get("Location") != partnersBack+"&error=access_denied" {
		f.found().strange("who refuses a linking is answered %s %v", a, a.header)
	}
	if _, v, _ = f.who.browser.until(opening("fit_consent_page", "/fit/consent?ticket="+l.ticket)); v == done {
		f.found().strange("a ticket that was refused is taken")
	}
}

// consent answers 許諾する, and gives the grant token. Of a try that was not
// answered one may be there that nobody knows.
func (f *fitVisitor) consent(l *fitLinking, link *fitLink) (token string) {
	a, v, tries := f.who.browser.until(f.who.submitting("fit_consent", "/fit/consent", "ticket", l.ticket, "answer", "allow"))
	link.tokens += tries
	token, ok := strings.CutPrefix(a.header.Get("Location"), partnersBack+"&token=")
	if v == refused && tries == 0 || v == done && !ok {
		f.found().strange("who consents is answered %s %v", a, a.header)
	}
	return token
}

func (f *fitVisitor) redeeming(l *fitLinking, token string) call {
	return f.asking(l.of, "access_token", "POST", "AccessToken", "codeVerifier", l.verifier, "redirectUri", partnersBack,
		"requestDate", l.date, "scope", linkingScope, "token", token)
}

// redeem has the app learn of the consent: once, also where it asks twice, or
// twice at once.
func (f *fitVisitor) redeem(l *fitLinking, link *fitLink, token string, random randomness) {
	k := f.redeeming(l, token)
	a, v, tries := answer{}, failed, 0
	if random.IntN(3) == 0 {
		a, v, tries = f.redeemAtOnce(k)
	}
	if v != done && v != refused && v != strange {
		var more int
		a, v, more = f.c.until(k)
		tries += more
	}
	switch {
	case v == done:
		f.linked(l, link, a)
		if _, again := f.beside.once(k); again == done {
			f.found().doubled("a grant token of %s served twice", f.who.login)
		}
	case v == refused && tries > 0: // a try before may have linked them
		link.unsure = true
		f.seeGuest(l)
	case v == refused && !f.w.clockWasOff(l.begun): // else it had outlived its ten minutes there
		f.found().lost("a grant token of %s is refused: %s", f.who.login, a)
	}
}

// redeemAtOnce redeems a token twice at once, and gives the answer that counts.
func (f *fitVisitor) redeemAtOnce(k call) (answer, verdict, int) {
	a, b, v, w := both(f.c, f.beside, k, k)
	if v == done && w == done {
		f.found().doubled("a grant token of %s served twice at once: %s and %s", f.who.login, a, b)
	}
	switch {
	case v == done || v == refused && w == refused || v == strange:
		return a, v, 0
	case w == done || w == strange:
		return b, w, 0
	}
	return a, failed, 1 // one of the two was not answered, and may have done it
}

// linked takes note of what a linking came to. Who links again keeps the avatar.
func (f *fitVisitor) linked(l *fitLinking, link *fitLink, a answer) {
	now := avatarIn(a)
	if link.avatar != "" && now.id() != link.avatar {
		f.found().doubled("%s is avatar %s of app %s, and was %s", f.who.login, now.id(), l.of.id, link.avatar)
	}
	link.avatar, link.cut, link.unsure = now.id(), false, false
	if l.guest != nil {
		f.upgraded(l.guest)
		f.seeGuest(l)
	}
	f.expect("linked")
}

// upgraded takes note that a guest's things are the person's.
func (f *fitVisitor) upgraded(guest *guestAvatar) {
	guest.dead = true
	maps.Copy(f.who.owned, guest.granted)
	if !f.who.dressed {
		f.who.shown = guest.shown
	}
}

// seeGuest looks whether a guest is dead: where the linking was not answered, that
// tells what came of it.
func (f *fitVisitor) seeGuest(l *fitLinking) {
	if l.guest == nil {
		return
	}
	_, v, _ := f.c.until(f.asking(l.of, "avatar", "GET", "Avatar/"+l.guest.id))
	switch {
	case v == done && l.guest.dead:
		f.found().lost("guest %s, whose things passed to %s, lives", l.guest.id, f.who.login)
	case v == refused && !l.guest.dead:
		f.upgraded(l.guest)
	}
}

// clockWasOff says whether the clock of a gateway was another than that of this
// machine at some time since.
func (w *world) clockWasOff(since time.Time) bool {
	for _, g := range w.gateways {
		off, err := os.ReadFile(g.clockFile())
		info, err2 := os.Stat(g.clockFile())
		if err != nil || err2 != nil || string(off) != "0s" || info.ModTime().After(since.Add(-2*time.Second)) {
			return true
		}
	}
	return false
}
