package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

func (p *avatarPlay) audit(r *result) error {
	avatars, err := p.avatarsThere()
	if err != nil {
		return err
	}
	owned, err := p.ownedThere()
	if err != nil {
		return err
	}
	p.auditGuests(r, avatars, owned)
	if err := p.auditPeople(r, avatars, owned); err != nil {
		return err
	}
	if err := p.auditTokens(r); err != nil {
		return err
	}
	if err := p.auditLooks(); err != nil {
		return err
	}
	p.auditSignIns(r)
	return p.auditPictures(r)
}

// avatarThere is an avatar as it stands in the table.
type avatarThere struct {
	id, app, wearer, person string
	cut, upgraded           bool
}

func (p *avatarPlay) avatarsThere() (all map[string]avatarThere, err error) {
	rows, err := p.w.rows(`SELECT id, app_id, wearer_id, person_id, cut_at, upgraded_at FROM avatarplay_avatars WHERE app_id IN (` + p.appIDs() + `)`)
	all = map[string]avatarThere{}
	for _, row := range rows {
		all[row[0]] = avatarThere{id: row[0], app: row[1], wearer: row[2], person: row[3], cut: row[4] != "", upgraded: row[5] != ""}
	}
	return all, err
}

func (p *avatarPlay) appIDs() string {
	var ids []string
	for _, of := range p.partners {
		ids = append(ids, of.id)
	}
	return strings.Join(ids, ",")
}

// ownedThere is who owns what, by wearer. The key of the table lets nobody own
// anything twice.
func (p *avatarPlay) ownedThere() (all map[string]map[string]bool, err error) {
	rows, err := p.w.rows(`SELECT wearer_id, item_id FROM avatarplay_owned`)
	all = map[string]map[string]bool{}
	for _, row := range rows {
		if all[row[0]] == nil {
			all[row[0]] = map[string]bool{}
		}
		all[row[0]][row[1]] = true
	}
	return all, err
}

// auditGuests looks for each guest that was answered with what it was granted, and
// for others: no more than there were calls that nobody answered.
func (p *avatarPlay) auditGuests(r *result, avatars map[string]avatarThere, owned map[string]map[string]bool) {
	told := map[string]bool{p.probed.id: true}
	for _, one := range p.guests {
		told[one.id] = true
		there := avatars[one.id]
		if there.id == "" || there.app != one.partner.id || there.person != "" || there.upgraded != one.dead {
			r.lost("guest %s (dead: %t) is there as %+v", one.id, one.dead, there)
			continue
		}
		want := setOf(p.first)
		maps.Copy(want, one.granted)
		r.owns("guest "+one.id, owned[there.wearer], want)
		r.counted("items granted to guests", len(one.granted))
	}
	wearers, others := map[string]string{}, 0
	for id, there := range avatars {
		if there.person != "" {
			continue
		}
		if other := wearers[there.wearer]; other != "" {
			r.doubled("the guests %s and %s are one", id, other)
		}
		if wearers[there.wearer] = id; !told[id] {
			others++
		}
	}
	if others > p.orphan {
		r.beyond("there are %d guests that nobody was told of; %d calls were not answered", others, p.orphan)
	}
	r.counted("guests", len(p.guests))
}

// owns holds what somebody owns against what they were answered.
func (r *result) owns(who string, there, want map[string]bool) {
	for item := range want {
		if !there[item] {
			r.lost("%s does not own %s", who, item)
		}
	}
	for item := range there {
		if !want[item] {
			r.beyond("%s owns %s, which nobody granted", who, item)
		}
	}
}

// auditPeople looks for each person who was answered with what they own, and whom
// they are linked to, and for others.
func (p *avatarPlay) auditPeople(r *result, avatars map[string]avatarThere, owned map[string]map[string]bool) error {
	rows, err := p.w.rows(`SELECT login, id, wearer_id, disabled_at FROM avatarplay_people WHERE login LIKE 'torture%'`)
	if err != nil {
		return err
	}
	there, told := map[string][]string{}, map[string]bool{}
	for _, row := range rows {
		if there[row[0]] != nil {
			r.doubled("%s signed up twice", row[0])
		}
		there[row[0]] = row
	}
	linked := map[[2]string]avatarThere{} // by person and app
	for _, a := range avatars {
		if link := [2]string{a.person, a.app}; a.person != "" {
			if linked[link].id != "" {
				r.doubled("person %s has the avatars %s and %s of app %s", a.person, linked[link].id, a.id, a.app)
			}
			linked[link] = a
		}
	}
	for _, who := range p.people {
		told[who.login] = true
		row := there[who.login]
		if row == nil || row[3] != "" {
			r.lost("%s is there as %q", who.login, row)
			continue
		}
		r.owns(who.login, owned[row[2]], who.owned)
		for of, link := range who.links {
			r.holdLink(who, of, link, linked[[2]string{row[1], of.id}])
		}
	}
	for login := range there {
		if !told[login] {
			r.beyond("%s signed up, and nobody was told", login)
		}
	}
	r.counted("people", len(p.people))
	return nil
}

// holdLink holds a link against what was answered of it.
func (r *result) holdLink(who *fitPerson, of *partner, link *fitLink, there avatarThere) {
	switch {
	case link.unsure:
	case link.avatar == "" && there.id != "":
		r.beyond("%s is avatar %s of app %s, and nobody was told", who.login, there.id, of.id)
	case link.avatar != there.id || link.cut != there.cut:
		r.lost("%s is there as %+v of app %s; it was answered as %+v", who.login, there, of.id, *link)
	}
	if link.avatar != "" {
		r.counted("links", 1)
	}
}

// auditTokens looks for grant tokens that nobody was given: those that were used
// are gone.
func (p *avatarPlay) auditTokens(r *result) error {
	rows, err := p.w.rows(`SELECT p.login, t.app_id FROM avatarplay_grant_tokens t JOIN avatarplay_people p ON p.id = t.person_id
		WHERE p.login LIKE 'torture%'`)
	if err != nil {
		return err
	}
	left := map[[2]string]int{}
	for _, row := range rows {
		left[[2]string{row[0], row[1]}]++
	}
	for _, who := range p.people {
		for of, link := range who.links {
			if n := left[[2]string{who.login, of.id}]; n > link.tokens {
				r.beyond("%d grant tokens of %s are there; the answers to %d were lost", n, who.login, link.tokens)
			}
		}
	}
	return nil
}

// auditLooks looks at everybody once more by the API.
func (p *avatarPlay) auditLooks() error {
	for _, of := range p.partners {
		var own []*guestAvatar
		for _, one := range p.guests {
			if one.partner == of {
				own = append(own, one)
			}
		}
		for some := range slices.Chunk(own, 50) {
			var ids []string
			for _, one := range some {
				ids = append(ids, "avatarId", one.id)
			}
			a, err := p.ask(p.asking(of, "avatars", "GET", "Avatars", ids...))
			if err != nil {
				return err
			}
			p.holdAgainst(some, a)
		}
		if err := p.auditPeoplesLooks(of); err != nil {
			return err
		}
	}
	return nil
}

func (p *avatarPlay) auditPeoplesLooks(of *partner) error {
	for _, who := range p.people {
		link := who.links[of]
		if who.orphan || link.unsure || link.avatar == "" {
			continue
		}
		a, err := p.ask(p.asking(of, "avatar", "GET", "Avatar/"+link.avatar))
		if err != nil {
			return err
		}
		if now, want := avatarIn(a), link.status(); now.Status != want || want == 200 && now.moving() != who.shown {
			p.found().lost("%s is shown to app %s as %+v in the end; want %d %s", who.login, of.id, now, want, who.shown)
		}
	}
	return nil
}

// auditSignIns has some people sign in once more: they look as they did.
func (p *avatarPlay) auditSignIns(r *result) {
	for _, who := range p.people[:min(mostLoggedIn, len(p.people))] {
		if who.orphan || !who.signIn() {
			continue // who should be let in and is not is strange
		}
		visitor := &fitVisitor{partnersServer: partnersServer{avatarPlay: p}, who: who}
		if now, ok := visitor.sees(); ok && now != who.shown {
			r.lost("%s looks like %s at the site in the end; want %s", who.login, now, who.shown)
		}
		who.browser.http.CloseIdleConnections()
		r.counted("people who signed in once more", 1)
	}
}

// mostFetched are as many pictures as are fetched once more for the audit, at each
// gateway.
const mostFetched = 400

// auditPictures fetches pictures at each gateway: they are what they were.
func (p *avatarPlay) auditPictures(r *result) error {
	fetched := 0
	for range min(mostFetched, len(p.pictures.order)) {
		path := p.pictures.any()
		for range p.w.gateways {
			a, err := p.ask(fetching(path))
			if err != nil {
				return err
			}
			p.fetched(path, a)
			fetched++
		}
	}
	r.counted("pictures", len(p.pictures.order))
	r.counted("pictures fetched once more", fetched)
	return nil
}

// ask makes a call that must be answered, at the next gateway.
func (p *avatarPlay) ask(k call) (answer, error) {
	gateway := p.w.gateways[p.numbers.next()%int64(len(p.w.gateways))]
	a, err := gateway.ask(healthClient, k)
	if err == nil && k.judge(a) != done {
		err = fmt.Errorf("%s %s is answered %s", k.operation, k.about, a)
	}
	return a, err
}
