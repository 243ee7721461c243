package main

import (
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// ownAddress is the address of somebody who asks for little.
const ownAddress = "192.0.2.1"

// bystander asks for something cheap of every API, one call after the other, from an
// address of its own, and comes again where it is told to.
type bystander struct {
	s       *siege
	http    *http.Client
	leaving atomic.Bool
	gone    sync.WaitGroup
	took    []time.Duration
}

// unasked is the bystander's pause between two calls.
const unasked = 10 * time.Millisecond

// stand has a bystander begin.
func (s *siege) stand() *bystander {
	b := &bystander{s: s, http: newHTTPClient()}
	calls := s.cheap()
	b.gone.Go(func() {
		for n := 0; !b.leaving.Load(); n++ {
			b.ask(calls[n%len(calls)])
			time.Sleep(unasked)
		}
	})
	return b
}

// leave ends it, and gives how long its calls took.
func (b *bystander) leave() (took []time.Duration) {
	b.leaving.Store(true)
	b.gone.Wait()
	b.http.CloseIdleConnections()
	return sortedTimes(b.took)
}

// ask makes a call until it is done.
func (b *bystander) ask(k call) {
	r := b.s.f.of("a bystander")
	for begun := time.Now(); ; time.Sleep(50 * time.Millisecond) {
		asked := time.Now()
		a, err := b.s.g.send(b.http, k)
		v := wasCut
		if err == nil {
			v = k.judge(a)
		}
		r.called(k.operation, v)
		took := time.Since(begun)
		switch {
		case v == done:
			b.took = append(b.took, time.Since(asked))
			if asked.Sub(begun) > time.Millisecond {
				r.outage(took)
			}
			return
		case v == strange || v == refused:
			r.strange("%s is answered %s", k.operation, a)
			return
		case took > 3*patience:
			r.strange("%s was not done for %s, lastly %s %s (%v)", k.operation, took.Round(time.Millisecond), verdictNames[v], a, err)
			return
		}
	}
}

// cheap are calls that take no time worth speaking of, one of each API.
func (s *siege) cheap() []call {
	from := []string{"X-Forwarded-For", ownAddress}
	return []call{
		{operation: "detail", path: "/user/detail?id=1&" + shopQuery, header: from, judge: judgeShop},
		{operation: "echo", path: "/avatar/v1/Echo?message=hello&key=" + siegeKey, header: from, judge: judgeAvatarPlay},
		{operation: "check", path: "/api/v2/cloaks/check?pd=ume&no=11", header: from, judge: judgeCloak},
		{operation: "get_userpoint", crm: true, path: "/Get_UserPoint.aspx?user_code=1234567890123", header: append(s.cookie(), from...), judge: judgePage("Get_UserPoint")},
		{
			operation: "authenticate", method: http.MethodPost, path: siegeAuth + "?step=3", body: []byte(s.software),
			header: append([]string{"Content-Type", formEncoding}, from...), judge: judgeYDITS(yditsAuthenticated),
		},
	}
}
