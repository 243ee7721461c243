package main

import (
	"net/url"
	"sync/atomic"
)

// looks are how often something was looked at: with an answer, and without, in
// which case it may be counted or not.
type looks struct{ answered, unanswered atomic.Int64 }

func (l *looks) holds(counted int64) bool {
	return l.answered.Load() <= counted && counted <= l.answered.Load()+l.unanswered.Load()
}

// looker is somebody who has no account, and looks at what is public.
type looker struct {
	room *cloakroom
	c    *caller
}

func (l *looker) act(random randomness) {
	p := l.room.aPhoto(random)
	if p == nil {
		return
	}
	switch n := random.IntN(10); {
	case n < 6:
		l.c.look(p, "")
	case n < 9:
		file := random.IntN(largeFile + 1)
		if file == originalFile && !p.cloak.download {
			l.mayNot(p)
			return
		}
		l.c.fetch(photoCall(p, file), p)
	default:
		l.show(p)
	}
}

// look looks at a photo once: a second look would be a second view.
func (c *caller) look(p *toldPhoto, token string) {
	a, v := c.once(withToken(posting("photos_look", p.id, "photos/look", url.Values{"cd": {p.id}}), token))
	switch v {
	case done:
		p.looks.answered.Add(1)
		p.cloak.looks.answered.Add(1)
	case failed, wasCut:
		p.looks.unanswered.Add(1)
		p.cloak.looks.unanswered.Add(1)
	case refused:
		if !refusedAs(a, "invalid_cloaktoken") && !p.ending.Load() && !p.cloak.ending.Load() {
			c.w.found.of(c.api).lost("photo %s cannot be looked at: %s", p.id, a)
		}
	}
}

// mayNot asks for an original that only its owner may have.
func (l *looker) mayNot(p *toldPhoto) {
	a, v, _ := l.c.until(photoCall(p, originalFile))
	if v == done {
		l.room.result().strange("photo %s was given to somebody who may not have it", p.id)
	} else if v == refused && !refusedAs(a, "notacceptable_ps") && !p.ending.Load() && !p.cloak.ending.Load() {
		l.room.result().lost("photo %s is refused: %s", p.id, a)
	}
}

// show shows the cloak around a photo, which has it.
func (l *looker) show(p *toldPhoto) {
	a, v, _ := l.c.until(getting("cloaks_show", p.cloak.id, "cloaks", url.Values{"ci": {p.cloak.id}}))
	shown := cloakIn(a.body)
	if (v == refused || v == done && (shown == nil || !shown.has(p.id))) && !p.ending.Load() && !p.cloak.ending.Load() {
		l.room.result().lost("cloak %s is shown without its photo %s: %s", p.cloak.id, p.id, a)
	}
}
