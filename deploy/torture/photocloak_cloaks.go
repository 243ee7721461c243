package main

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// What a keeper has at a time, at the most.
const (
	mostCloaksKept = 20
	mostPhotosKept = 12 // in a cloak
)

// keeper is a member's app that makes cloaks and fills them with photos, changes
// and deletes them. Nobody else does that to its cloaks.
type keeper struct {
	*login
	own []*toldCloak // that are not gone
}

func (k *keeper) act(random randomness) {
	if !k.isIn() {
		return
	}
	if len(k.own) == 0 {
		k.make(random)
		return
	}
	c := k.own[random.IntN(len(k.own))]
	switch n := random.IntN(20); {
	case n < 2:
		if len(k.own) < mostCloaksKept {
			k.make(random)
		} else {
			k.delete(c)
		}
	case n < 3:
		k.change()
	case n < 9:
		if len(c.photos) < mostPhotosKept {
			k.upload(c, random)
		} else {
			k.deletePhoto(c, random.IntN(len(c.photos)))
		}
	case n < 11:
		k.retag(c, random)
	case n < 12:
		k.relock(c)
	case n < 13:
		if len(c.photos) > 0 {
			k.deletePhoto(c, random.IntN(len(c.photos)))
		}
	case n < 15:
		k.search(c)
	case n < 17:
		if len(c.photos) > 0 {
			p := c.photos[random.IntN(len(c.photos))]
			k.fetch(k.as(photoCall(p, random.IntN(3))), p)
		}
	default:
		k.show(c)
	}
}

// make makes a cloak and publishes it. A failure may mean that one before it was
// made, which the list of those in the making tells by the name.
func (k *keeper) make(random randomness) {
	if !k.room.mayMake() {
		return
	}
	c := &toldCloak{keeper: k.login, name: fmt.Sprintf("関所の札 %d", k.room.numbers.next())}
	for begun := time.Now(); c.id == "" && k.c.goesOn(begun, "making "+c.name); {
		a, v := k.c.once(k.as(posting("mycloaks_make", c.name, "mycloaks/", url.Values{"nm": {c.name}})))
		switch v {
		case done:
			c.id = cloakIDIn(a.body)
		case tooMany:
			time.Sleep(100 * time.Millisecond)
		case refused:
			if !refusedAs(a, "limit_cloakno") {
				k.room.result().strange("a cloak is refused: %s", a)
			}
			return
		case strange:
			return
		default:
			c.open++
			k.c.turn++ // the next try goes to the other gateway
			if !k.findMade(c) {
				return
			}
		}
	}
	if c.id == "" {
		return
	}
	k.room.tellCloak(c)
	k.own = append(k.own, c)
	k.complete(c, random)
}

// findMade looks for a cloak in the making by its name.
func (k *keeper) findMade(c *toldCloak) bool {
	a, v := k.until(posting("mycloaks_list", c.name, "mycloaks/list", url.Values{"vm": {"provisional"}}))
	for _, found := range cloaksIn(a.body) {
		if found.Name == c.name {
			c.id = found.CloakID
		}
	}
	return v == done
}

func cloakIDIn(body []byte) string {
	var made struct {
		CloakID string `json:"CloakId"`
	}
	_ = json.Unmarshal(body, &made) // what has none is found by its name
	return made.CloakID
}

// complete publishes a new cloak. One in four has a password, and of every other
// one the photos may be had as they were uploaded.
func (k *keeper) complete(c *toldCloak, random randomness) {
	c.download, c.locked = random.IntN(2) == 0, random.IntN(4) == 0
	c.tags = k.newTags(random)
	form := url.Values{"ci": {c.id}, "st": {"1"}, "ae": {itoa(random.IntN(2))}, "tg": {strings.Join(c.tags, " ")}, "dl": {"0"}}
	if c.download {
		form.Set("dl", "1")
	}
	if c.locked {
		c.lock.change(k.newLock())
		form.Set("sc", "1")
		form.Set("lk", c.lock.word)
	}
	if !k.completes(c, form) {
		return
	}
	if c.lock.changed(); c.locked {
		k.room.publish(c)
	}
}

func (k *keeper) completes(c *toldCloak, form url.Values) bool {
	a, v := k.until(posting("mycloaks_complete", c.id, "mycloaks/complete", form))
	if v == refused {
		k.room.result().lost("cloak %s cannot be completed by its owner: %s", c.id, a)
	}
	return v == done
}

// newTags are one that no other cloak has, and some that others have too.
func (k *keeper) newTags(random randomness) []string {
	tags := []string{fmt.Sprintf("札%06d番", k.room.numbers.next())}
	for _, i := range random.Perm(4)[:random.IntN(4)] {
		tags = append(tags, [...]string{"海", "山", "祭り", "Ａｌｂｕｍ"}[i])
	}
	return tags
}

func (k *keeper) newLock() string { return fmt.Sprintf("合言葉%d", k.room.numbers.next()) }

func (k *keeper) retag(c *toldCloak, random randomness) {
	tags := k.newTags(random)
	if k.completes(c, url.Values{"ci": {c.id}, "tg": {strings.Join(tags, "　")}}) {
		c.tags = tags
	}
}

// relock gives a locked cloak another password.
func (k *keeper) relock(c *toldCloak) {
	if !c.locked {
		return
	}
	c.lock.change(k.newLock())
	k.completes(c, url.Values{"ci": {c.id}, "lk": {c.lock.word}})
	c.lock.changed()
}

// lock is the password of a cloak, which its keeper changes while others open it.
type lock struct {
	mu      sync.Mutex
	word    string
	changes atomic.Int64 // odd while it is being changed
}

func (l *lock) change(word string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.word = word
	l.changes.Add(1)
}

func (l *lock) changed() { l.changes.Add(l.changes.Load() & 1) }

func (l *lock) known() (word string, changes int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.word, l.changes.Load()
}

// delete deletes a cloak. A second try is refused where the first has done it.
func (k *keeper) delete(c *toldCloak) {
	c.ending.Store(true)
	a, v, tries := k.c.until(k.as(posting("mycloaks_delete", c.id, "mycloaks/delete", url.Values{"ci": {c.id}})))
	if v != done && (tries == 0 || !refusedAs(a, "notfound_cloak")) {
		if v == refused {
			k.room.result().lost("cloak %s cannot be deleted: %s", c.id, a)
		}
		return
	}
	c.gone = true
	k.own = slices.DeleteFunc(k.own, func(other *toldCloak) bool { return other == c })
	k.showGone(c)
}

// showGone asks for a cloak that was deleted, which is there for nobody.
func (k *keeper) showGone(c *toldCloak) {
	if a, v := k.until(k.showing(c)); v == done || v == refused && !refusedAs(a, "notfound_cloak") {
		k.room.result().lost("cloak %s was deleted and is shown: %s", c.id, a)
	}
}

func (k *keeper) showing(c *toldCloak) call {
	return getting("cloaks_show", c.id, "cloaks", url.Values{"ci": {c.id}})
}

// show reads what this keeper made of a cloak.
func (k *keeper) show(c *toldCloak) { k.read(c) }

// read shows a cloak, holds it against what was told of it, and gives it.
func (k *keeper) read(c *toldCloak) *shownCloak {
	a, v := k.until(k.showing(c))
	if v != done {
		if v == refused {
			k.room.result().lost("cloak %s is refused to its owner: %s", c.id, a)
		}
		return nil
	}
	shown := cloakIn(a.body)
	if shown == nil {
		k.room.result().strange("cloak %s is shown as %s", c.id, a)
		return nil
	}
	for _, wrong := range c.differs(shown) {
		k.room.result().lost("cloak %s %s", c.id, wrong)
	}
	return shown
}

// differs says how a cloak is shown otherwise than it was told.
func (c *toldCloak) differs(shown *shownCloak) (wrong []string) {
	var tags []string
	for _, t := range shown.Tags {
		tags = append(tags, t.Tag)
	}
	if shown.CloakID != c.id || shown.Name != c.name || shown.Status != "1" || !slices.Equal(tags, c.tags) {
		wrong = append(wrong, fmt.Sprintf("is shown as %q of status %s with %q; want %q with %q", shown.Name, shown.Status, tags, c.name, c.tags))
	}
	for _, p := range c.photos {
		if !shown.has(p.id) {
			wrong = append(wrong, fmt.Sprintf("is shown without its photo %s", p.id))
		}
	}
	if more := len(shown.Images) - len(c.photos); more > c.late {
		wrong = append(wrong, fmt.Sprintf("is shown with %d photos too many", more))
	}
	return wrong
}

// search finds a cloak by the tag that no other one has, where it is open.
func (k *keeper) search(c *toldCloak) {
	a, v, _ := k.c.until(getting("cloaks_search", c.id, "cloaks/search", url.Values{"tg": {c.tags[0]}}))
	if v != done {
		return
	}
	found := cloaksIn(a.body)
	switch {
	case c.locked && len(found) > 0:
		k.room.result().strange("cloak %s has a password and is found: %s", c.id, a)
	case !c.locked && (len(found) != 1 || found[0].CloakID != c.id):
		k.room.result().lost("cloak %s is not found by its tag %s: %s", c.id, c.tags[0], a)
	}
}
