package main

import "fmt"

// fitsOfLife is how much a person does before the next one comes.
const fitsOfLife = 40

// fitVisitor are people on the dress-up site, one after the other, and the app's
// server beside them.
type fitVisitor struct {
	partnersServer
	who *fitPerson
}

func (f *fitVisitor) act(random randomness) {
	if f.who == nil || f.who.acts >= fitsOfLife || f.who.orphan {
		f.next()
		return
	}
	f.who.acts++
	of := f.partners[random.IntN(len(f.partners))]
	link := f.who.links[of]
	switch n := random.IntN(100); {
	case n < 30:
		f.dressAtSite(random)
	case n < 34:
		f.signOutAndIn()
	case n < 39:
		f.fetch()
	case link.unsure || link.avatar == "" || link.cut || n < 58:
		f.link(of, random)
	case n < 68:
		f.grantToPerson(of, link, f.locked[random.IntN(len(f.locked))])
	case n < 92:
		f.dressByApp(of, link, random)
	default:
		f.cut(of, link)
	}
}

// next has another person sign up. A second try is refused where the first has
// done it: they then sign in.
func (f *fitVisitor) next() {
	if f.who != nil {
		f.who.browser.http.CloseIdleConnections()
		f.who = nil
	}
	who := &fitPerson{
		login: fmt.Sprint("torture", f.numbers.next()), browser: ownMachine(f.c),
		owned: setOf(f.signed), links: map[*partner]*fitLink{},
	}
	for _, of := range f.partners {
		who.links[of] = new(fitLink)
	}
	_, v, tries := who.browser.untilSignedUp(who.submitting("fit_sign_up", "/fit/signup", "login", who.login, "nickname", "ゆき", "password", fitPass))
	switch {
	case v == refused && tries == 0:
		f.found().strange("%s, whom nobody signed up, is refused", who.login)
		return
	case v != done && v != refused:
		return
	}
	f.mu.Lock()
	f.people = append(f.people, who)
	f.mu.Unlock()
	if v == refused && !who.signIn() {
		who.orphan = true
		return
	}
	f.who = who
	who.shown, _ = f.sees()
}

func (f *fitVisitor) signOutAndIn() {
	who := f.who
	_, v, tries := who.browser.until(who.submitting("fit_sign_out", "/fit/signout"))
	if v == refused && tries == 0 {
		f.found().lost("%s was signed in, and is not", who.login)
	}
	if !who.signIn() {
		who.orphan = true
		return
	}
	f.expect("after signing in")
}

// sees gives the path of the avatar's picture as the site shows it.
func (f *fitVisitor) sees() (picture string, ok bool) {
	a, _, ok := f.who.browser.must(opening("fit_dress", "/fit/dress"))
	found := avatarPicture.FindSubmatch(a.body)
	if !ok || found == nil {
		f.who.orphan = true
		return "", false
	}
	f.who.readCSRF(a)
	f.pictures.add(string(found[1]))
	return string(found[1]), true
}

// dressAtSite tries something on, perhaps takes that back, and saves.
func (f *fitVisitor) dressAtSite(random randomness) {
	who := f.who
	before, ok := f.sees()
	if !ok {
		return
	}
	item := f.free[random.IntN(len(f.free))]
	_, tries, ok := who.browser.must(who.submitting("fit_try", "/fit/try", "item", item))
	if !ok {
		who.orphan = true
		return
	}
	tried, ok := f.sees()
	if ok && tries == 0 && tried == before {
		f.found().lost("%s tried on by %s, and answered, is not seen: %s", item, who.login, tried)
	}
	if ok && random.IntN(4) == 0 {
		ok = f.undo(before, tries)
	}
	if ok {
		f.save()
	}
}

// undo takes back what was tried on, once.
func (f *fitVisitor) undo(before string, tries int) bool {
	_, more, ok := f.who.browser.must(f.who.submitting("fit_undo", "/fit/undo"))
	if !ok {
		return false
	}
	now, ok := f.sees()
	if ok && tries+more == 0 && now != before {
		f.found().lost("undone, %s looks like %s; before it was %s", f.who.login, now, before)
	}
	return ok
}

// save makes what is tried on the main coord, for the apps too.
func (f *fitVisitor) save() {
	who := f.who
	tried, ok := f.sees()
	if !ok {
		return
	}
	if _, _, ok := who.browser.must(who.submitting("fit_save", "/fit/save")); !ok {
		who.orphan = true
		return
	}
	who.shown, who.dressed = tried, true
	f.expect("after saving")
}

// expect holds the site, and the apps that may know, against how the person looks.
func (f *fitVisitor) expect(when string) {
	who := f.who
	if now, ok := f.sees(); ok && now != who.shown {
		f.found().lost("%s %s looks like %s at the site; want %s", who.login, when, now, who.shown)
	}
	for of, link := range who.links {
		if link.unsure || link.avatar == "" {
			continue
		}
		now, ok := f.avatar(of, link.avatar)
		if want := link.status(); ok && (now.Status != want || want == 200 && now.moving() != who.shown) {
			f.found().lost("%s %s is shown to app %s as %+v; want %d %s", who.login, when, of.id, now, want, who.shown)
		}
	}
}

// grantToPerson grants an item, as an app does to whom is linked to it.
func (f *fitVisitor) grantToPerson(of *partner, link *fitLink, item string) {
	f.grant(of, link.avatar, f.who.owned, item)
}

// dressByApp dresses the person by an app, and the site shows the same.
func (f *fitVisitor) dressByApp(of *partner, link *fitLink, random randomness) {
	item := f.free[random.IntN(len(f.free))]
	if now, ok := f.dress(of, link.avatar, item); ok {
		f.who.shown, f.who.dressed = now.moving(), true
		f.expect("dressed by an app")
	} else {
		f.who.orphan = true
	}
}

// cut cuts the link to an app.
func (f *fitVisitor) cut(of *partner, link *fitLink) {
	if _, _, ok := f.who.browser.must(f.who.submitting("fit_cut", "/fit/links/cut", "app", of.id)); ok {
		link.cut, link.tokens = true, 0
		f.expect("after cutting a link")
	}
}
