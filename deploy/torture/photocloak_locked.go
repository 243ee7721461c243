package main

import (
	"encoding/json"
	"net/url"
)

// opener is somebody who has no account, knows the passwords of cloaks and looks
// into them.
type opener struct {
	room *cloakroom
	c    *caller

	// The cloak that is open, by a token that was had after so many changes of its
	// password.
	cloak   *toldCloak
	token   string
	changes int64
}

func (o *opener) act(random randomness) {
	if o.cloak == nil || o.cloak.ending.Load() || random.IntN(20) == 0 {
		o.open(o.room.aLocked(random))
		return
	}
	switch n := random.IntN(10); {
	case n < 1:
		o.withoutToken()
	case n < 5:
		o.show(random)
	default:
		o.showPhoto(random)
	}
}

// open gets a token for a cloak by its password.
func (o *opener) open(c *toldCloak) {
	o.cloak = nil
	if c == nil {
		return
	}
	word, changes := c.lock.known()
	if changes&1 == 1 {
		return // nobody can know it at the moment
	}
	a, v, _ := o.c.until(posting("cloaks_token", c.id, "cloaks/token", url.Values{"ci": {c.id}, "lk": {word}}))
	var given struct{ CloakToken string }
	switch {
	case v == done && json.Unmarshal(a.body, &given) == nil && given.CloakToken != "":
		o.cloak, o.token, o.changes = c, given.CloakToken, changes
	case v == done:
		o.room.result().strange("cloak %s is opened by %s", c.id, a)
	case v == refused && !c.changedSince(changes):
		o.room.result().lost("cloak %s is not opened by its password: %s", c.id, a)
	}
}

// changedSince says whether a cloak is not any more as it was after so many changes
// of its password.
func (c *toldCloak) changedSince(changes int64) bool {
	_, now := c.lock.known()
	return now != changes || c.ending.Load()
}

func withToken(k call, token string) call {
	if token != "" {
		k.header = append([]string{"X-PhotoCloakToken", token}, k.header...)
	}
	return k
}

func showingTo(c *toldCloak, token string) call {
	return withToken(getting("cloaks_show", c.id, "cloaks", url.Values{"ci": {c.id}}), token)
}

// withoutToken looks into a cloak like anybody, and sees nothing.
func (o *opener) withoutToken() {
	a, v, _ := o.c.until(showingTo(o.cloak, ""))
	if v == done {
		o.room.result().strange("cloak %s is locked and shown to anybody: %s", o.cloak.id, a)
	} else if v == refused && !refusedAs(a, "invalid_cloaktoken") && !o.cloak.ending.Load() {
		o.room.result().lost("cloak %s is refused: %s", o.cloak.id, a)
	}
}

// show looks into the cloak, and at one of its photos.
func (o *opener) show(random randomness) {
	if shown := o.shown(); shown != nil && len(shown.Images) > 0 {
		if p := o.told(shown.Images[random.IntN(len(shown.Images))].CloakImageID); p != nil {
			o.c.look(p, o.token)
		}
	}
}

// shown is the cloak as the token shows it, nil where it does not.
func (o *opener) shown() *shownCloak {
	a, v, _ := o.c.until(showingTo(o.cloak, o.token))
	if v == refused {
		if !o.cloak.changedSince(o.changes) {
			o.room.result().lost("cloak %s is refused to a token of its password: %s", o.cloak.id, a)
		}
		o.cloak = nil // the password is another one
		return nil
	}
	shown := cloakIn(a.body)
	if v == done && (shown == nil || shown.Name != o.cloak.name) {
		o.room.result().strange("cloak %s is shown as %s", o.cloak.id, a)
		return nil
	}
	return shown
}

// showPhoto fetches a thumbnail of one of the cloak's photos.
func (o *opener) showPhoto(random randomness) {
	shown := o.shown()
	if shown == nil || len(shown.Images) == 0 {
		return
	}
	p := o.told(shown.Images[random.IntN(len(shown.Images))].CloakImageID)
	if p == nil {
		return
	}
	k := withToken(photoCall(p, smallFile+random.IntN(2)), o.token)
	a, v, _ := o.c.until(k)
	switch {
	case v == done:
		p.check(o.room.result(), k, a)
	case v == refused && !p.ending.Load() && !o.cloak.changedSince(o.changes):
		o.room.result().lost("photo %s of cloak %s is refused to a token of its password: %s", p.id, o.cloak.id, a)
	}
}

// told is what its keeper was told of a photo, nil where that is not yet so.
func (o *opener) told(id string) *toldPhoto {
	o.room.mu.Lock()
	defer o.room.mu.Unlock()
	for i := len(o.room.photos) - 1; i >= 0; i-- { // young ones are asked for
		if p := o.room.photos[i]; p.id == id {
			return p
		}
	}
	return nil
}
