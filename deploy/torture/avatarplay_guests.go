package main

import (
	"encoding/json"
	"fmt"
)

// guestDresser is an app's server whose users are guests.
type guestDresser struct {
	partnersServer
	partner *partner
	own     []*guestAvatar
}

func (d *guestDresser) act(random randomness) {
	n := random.IntN(100)
	if len(d.own) < 3 || n < 2 {
		if made := d.makeGuest(d.partner); made != nil {
			d.own = append(d.own, made)
		}
		return
	}
	one := d.own[random.IntN(len(d.own))]
	item := d.locked[random.IntN(len(d.locked))]
	switch {
	case n < 25:
		more := d.locked[random.IntN(len(d.locked))]
		if items := []string{item, more}; item != more {
			d.grant(one.partner, one.id, one.granted, items...)
		}
	case n < 35:
		d.grantAtOnce(one.partner, one.id, one.granted, item)
	case n < 60:
		d.dressGuest(one, item)
	case n < 68:
		d.fetch()
	case n < 80:
		d.have(one, item)
	default:
		d.look(random)
	}
}

// dressGuest dresses a guest in something that it has.
func (d *guestDresser) dressGuest(one *guestAvatar, item string) {
	if !one.granted[item] {
		d.grant(one.partner, one.id, one.granted, item)
	}
	now, ok := d.dress(one.partner, one.id, item)
	one.shown, one.orphan = now.moving(), one.orphan || !ok
}

// have asks whether a guest has an item.
func (d *guestDresser) have(one *guestAvatar, item string) {
	a, _, ok := d.c.must(d.asking(one.partner, "items", "GET", "Items", "itemId", item, "avatarId", one.id))
	if want := fmt.Sprintf(`"have":%t`, one.granted[item]); ok && !contains(a, want) {
		d.found().lost("item %s of guest %s is answered %s; want %s", item, one.id, a, want)
	}
}

// look looks at some guests at once.
func (d *guestDresser) look(random randomness) {
	var some []*guestAvatar
	var ids []string
	for _, i := range random.Perm(len(d.own))[:3] {
		some, ids = append(some, d.own[i]), append(ids, "avatarId", d.own[i].id)
	}
	if a, _, ok := d.c.must(d.asking(d.partner, "avatars", "GET", "Avatars", ids...)); ok {
		d.holdAgainst(some, a)
	}
}

// holdAgainst holds guests against an answer of Avatars.
func (p *avatarPlay) holdAgainst(some []*guestAvatar, a answer) {
	var said struct{ Avatars []shownAvatar }
	if json.Unmarshal(a.body, &said) != nil || len(said.Avatars) != len(some) {
		p.found().strange("%d avatars were answered %s", len(some), a)
		return
	}
	for i, one := range some {
		switch now := said.Avatars[i]; {
		case one.orphan:
		case now.id() != one.id || one.dead != (now.Status == 404) || !one.dead && (!now.Guest || now.moving() != one.shown):
			p.found().lost("guest %s (dead: %t) is shown as %+v; want %s", one.id, one.dead, now, one.shown)
		}
	}
}
